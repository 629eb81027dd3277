"""What can be done to the casting shop: every measure moves its own mechanism, switched live or built in."""

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from plants.casting import Casting
from twin.lab.closed_loop import ClosedLoop
from twin.model.command import Command
from twin.model.simulation import Simulation

START = datetime(2026, 1, 5, tzinfo=UTC)
HOUR, DAY = 3600.0, 86_400.0
ROOT = "demo/casting/foundry/line_1"

Units = dict[str, Any]


def shop(strengths: dict[str, float] | None = None, **parameters: float) -> tuple[Simulation, Units]:
    plant = Casting(**parameters).with_upgrades(strengths or {})
    simulation = Simulation(plant, seed=2, start=START, telemetry=False)
    return simulation, {unit.name: unit for unit in simulation.line.units}


def write(simulation: Simulation, tag: str, value: float) -> None:
    simulation.write(
        Command(id=f"{tag}-{value}", path=f"{ROOT}/{tag}", value=value, expires_ms=simulation.now_ms + 60_000)
    )


def power(units: Units, name: str, label: str) -> float:
    return float(units[name].meters["electricity"].power[label])


def lasting(units: Units) -> float:
    return float(units["coating"].machines[0].stop("breakdown").lasting)


# What each parameter means on a running line that was built without upgrades.
MECHANISMS: dict[str, Callable[[Units], float]] = {
    "packing": lambda units: units["design"].jobs.packing,
    "nesting_time": lambda units: units["design"].known_part,
    "sand_trip": lambda units: 1.17 * units["printing"].supplies[0].usual,
    "misprints": lambda units: 1.45 * units["printing"].misprints.usual_rate,
    "purges": lambda units: units["printing"].machines[3].stop("purge").pace,
    "rough": lambda units: 100.0 * units["depowdering"].rough,
    "melt_energy": lambda units: units["furnace_2"]._usual,
    "holding": lambda units: power(units, "furnace_1", "idle"),
    "slag": lambda units: 2.1 * units["pouring"].slag.usual_rate,
    "fettling_time": lambda units: 1.2 * units["fettling"].tempo,
    "repair": lasting,
    "hall": lambda units: units["line"].meters["electricity"].draw,
    "staff": lambda units: units["line"].staff,
}


def test_every_upgrade_can_be_switched_on_the_running_line() -> None:
    declared = shop()[0].declaration.upgrades
    assert [upgrade.key for upgrade in declared] == [upgrade.key for upgrade in Casting().upgrades()]
    assert all(upgrade.live for upgrade in declared)


def test_switched_at_once_every_mechanism_stands_where_it_should() -> None:
    """All measures at mid, switched at the start: each dial has brought its mechanism to the parameter in force."""
    simulation, units = shop()
    everything = {upgrade.key: 2.0 for upgrade in Casting().upgrades()}
    wanted = Casting().in_force(everything)
    write(simulation, "line/upgrade_month", 0.0)
    for key, strength in everything.items():
        write(simulation, f"line/upgrade_{key}", strength)
    simulation.advance(60.0)
    changed = {change.parameter for upgrade in Casting().upgrades() for change in upgrade.changes}
    assert changed == MECHANISMS.keys()
    for parameter, read in MECHANISMS.items():
        assert read(units) == pytest.approx(getattr(wanted, parameter)), parameter
        assert getattr(wanted, parameter) != getattr(Casting(), parameter), parameter


@functools.cache
def ledger(upgrade: str, live: bool = False) -> dict[str, dict[str, float]]:
    """Return the ledger after four days with one upgrade at mid, "" for none; `live`: switched at the start."""
    built = {upgrade: 2.0} if upgrade and not live else {}
    simulation, _ = shop(built)
    if live:
        write(simulation, "line/upgrade_month", 0.0)
        write(simulation, f"line/upgrade_{upgrade}", 2.0)
    simulation.advance(4 * DAY)
    return simulation.ledger()


@pytest.mark.parametrize(
    ("upgrade", "read", "least"),
    [
        ("nesting", lambda page: page["printing"]["processed"], 0.12),
        ("called_sand", lambda page: page["printing"]["seconds/execute/production"], 0.0),
        ("transport", lambda page: page["line"]["labour_hours"], -0.17),
        ("melt_energy", lambda page: page["furnace_1"]["energy/electricity/idle"], -0.2),
        ("robotic_fettling", lambda page: page["fettling"]["energy/electricity/execute"], -0.2),
        ("hall_energy", lambda page: page["line"]["energy/electricity/execute"], -0.09),
    ],
)
def test_a_measure_moves_the_ledger_by_its_mechanism_built_in_or_live(
    upgrade: str, read: Callable[[dict[str, dict[str, float]]], float], least: float
) -> None:
    usual = read(ledger(""))
    for live in (False, True):
        change = read(ledger(upgrade, live)) / usual - 1.0
        assert change < least if least < 0.0 else change >= least, live


@pytest.mark.parametrize(
    ("upgrade", "unit", "defects"),
    [("print_monitoring", "printing", "misprints"), ("auto_pouring", "pouring", "slag")],
)
def test_events_begin_less_often(upgrade: str, unit: str, defects: str) -> None:
    """The gaps between events of ten thousand jobs are longer by the factor of the measure."""
    counts = []
    for strengths in ({}, {upgrade: 2.0}):
        cause = getattr(shop(strengths)[1][unit], defects)
        events = 0
        for _ in range(10_000):
            cause.left -= 1
            if not cause.left:
                events += 1
                cause.strikes()
        counts.append(events)
    assert counts[1] < 0.85 * counts[0]


TAGS = (
    "printing/binder_dosage",
    "printing/sand_temperature",
    "furnace_1/tap_temperature",
    "furnace_1/carbon_equivalent",
)


@functools.cache
def closed(strength: float) -> tuple[Units, np.ndarray]:
    """Return the shop after eight days with all its loops closed; TAGS of the last six days."""
    looped = {upgrade.key: strength for upgrade in Casting().upgrades() if upgrade.loops and strength}
    simulation, units = shop(looped)
    loop = ClosedLoop(simulation)
    readers = [simulation.reader(tag) for tag in TAGS]
    rows = []
    for _ in range(8 * 24):
        loop.advance(HOUR)
        rows.append([float(read()) for read in readers])
    assert loop.refused == 0
    return units, np.array(rows)[48:]


def test_boxes_and_charges_are_held_closer() -> None:
    assert (closed(3.0)[1].std(axis=0) < 0.8 * closed(0.0)[1].std(axis=0)).all()
    assert closed(3.0)[1].mean(axis=0) == pytest.approx([1.8, 25.0, 1505.0, 4.35], abs=3.0)


def test_pouring_lines_stand_by_while_they_wait() -> None:
    energy = [closed(strength)[0]["pouring"].meters["electricity"] for strength in (0.0, 3.0)]
    assert energy[0].read("standby") < 0.1 * energy[1].read("standby")
    assert energy[1].total() < 0.8 * energy[0].total()


def test_a_charge_is_warmed_by_power_and_fed_by_wire_of_which_nothing_comes_back() -> None:
    furnace = shop()[1]["furnace_1"]
    meter = furnace.meters["electricity"]
    furnace.bath_offset = 20.0
    assert (furnace.bath_offset, meter.total()) == (0.0, 0.0)  # it is empty
    furnace.content = 8.0
    warm, magnesium = furnace.tap_temperature, furnace.magnesium
    for kelvin, wire in ((20.0, 0.005), (-5.0, 0.001)):
        furnace.bath_offset, furnace.magnesium_offset = kelvin, wire
    assert furnace.tap_temperature == pytest.approx(warm - 5.0)
    assert furnace.magnesium == pytest.approx(magnesium + 0.005)
    assert meter.total() == pytest.approx(20.0 * 8.0 * 0.84 / 3.6)  # kWh: heat capacity of iron
    furnace.tapped()
    assert furnace.bath_offset == furnace.magnesium_offset == 0.0


def test_probe_reads_what_its_instruments_show() -> None:
    """A thermocouple that reads 40 K too high keeps the bath 40 K too cold without the probe telling."""
    simulation, units = shop()
    furnace = units["furnace_1"]
    furnace.misread = 40.0
    simulation.advance(DAY)
    assert furnace.bath_temperature - furnace.tap_temperature == pytest.approx(40.0, abs=12.0)
