"""What can be done to the brewery: every measure moves its own mechanism, switched live or built in."""

import functools
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest

from plants.brewing import Brewing, laws
from plants.brewing.line import Brewery
from twin.lab.closed_loop import ClosedLoop
from twin.model.command import Command
from twin.model.simulation import Simulation

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = 3600.0
ROOT = "demo/brewing/brewery/line_1"


def brewery(strengths: dict[str, float] | None = None, **parameters: float) -> tuple[Simulation, Brewery]:
    plant = Brewing(**parameters).with_upgrades(strengths or {})
    simulation = Simulation(plant, seed=3, start=START, telemetry=False)
    assert isinstance(simulation.line, Brewery)
    return simulation, simulation.line


def write(simulation: Simulation, tag: str, value: float) -> None:
    simulation.write(
        Command(id=f"{tag}-{value}", path=f"{ROOT}/{tag}", value=value, expires_ms=simulation.now_ms + 60_000)
    )


def switched(strengths: dict[str, float]) -> tuple[Simulation, Brewery]:
    """Return a brewery whose upgrades were switched at second 0, to be in effect at once."""
    simulation, line = brewery()
    write(simulation, "line/upgrade_month", 0.0)
    for key, strength in strengths.items():
        write(simulation, f"line/upgrade_{key}", strength)
    return simulation, line


# What each parameter means on a running line.
MECHANISMS: dict[str, Callable[[Brewery], float]] = {
    "fan_speed": lambda line: line.koji._fan_speed,
    "detection_delay": lambda line: line.preparation.upsets.lasting * line.plant.detection_delay,
    "moromi_time": lambda line: 90.0 + line.recipe["Moromi"].phases[5].duration / laws.DAY,
    "nitrogen_utilisation": lambda line: line.moromi.utilisation,
    "blend_spread": lambda line: line.blending.spread,
    "laboratory_sigma": lambda line: 100.0 * line.blending.laboratory_sigma,
    "steam_demand": lambda line: line.refinery.steam,
    "base_load": lambda line: line.line_unit.meters["electricity"].draw,
    "cip": lambda line: line.recipe["Koji"].phases[-1].duration / HOUR,
    "recipe_change": lambda line: line.recipe["RawPrep"].phases[0].duration / 60.0,
    "release_wait": lambda line: line.koji.waiting * line.plant.release_wait,
    "cloth_wash": lambda line: line.press.wash / 60.0,
    "pasteuriser_cip": lambda line: clock(line, "cip") * line.plant.pasteuriser_cip,
    "format_change": lambda line: clock(line, "format") * line.plant.format_change,
    "filler_failures": lambda line: line.fillers[0].machine.clocks[0].pace * line.plant.filler_failures,
    "capping": lambda line: 100.0 * line.fillers[1].capping,
    "staff": lambda line: line.brewery_unit.staff * 8760.0 / 1900.0,
    "repair": lambda line: line.koji.discs[0].clocks[0].lasting,
}


def clock(line: Brewery, reason: str) -> float:
    """Return the factor on the length of an outage."""
    clocks = [*line.refinery.machines.clocks, *line.fillers[1].machine.clocks]
    return next(one.lasting for one in clocks if one.outage.reason.endswith(reason))


def changed() -> list[str]:
    return sorted({change.parameter for upgrade in Brewing().upgrades() for change in upgrade.changes})


def test_every_upgrade_can_be_switched_on_the_running_line() -> None:
    declared = brewery()[0].declaration.upgrades
    assert [upgrade.key for upgrade in declared] == [upgrade.key for upgrade in Brewing().upgrades()]
    assert all(upgrade.live for upgrade in declared)
    assert changed() == sorted(MECHANISMS)


def test_switched_at_once_is_as_built_in() -> None:
    """All measures at mid, switched at second 0: each mechanism stands where one that was built with them has it."""
    everything = {upgrade.key: 2.0 for upgrade in Brewing().upgrades()}
    plant = Brewing().in_force(everything)
    live_simulation, live = switched(everything)
    built_simulation, built = brewery(everything)
    live_simulation.advance(60.0)
    built_simulation.advance(60.0)
    for parameter, read in MECHANISMS.items():
        wanted = getattr(plant, parameter)
        assert read(live) == pytest.approx(wanted), parameter
        assert wanted != getattr(Brewing(), parameter), parameter
    assert live.verdict.per_raw == built.verdict.per_raw
    for simulation in (live_simulation, built_simulation):
        simulation.advance(8 * HOUR)
    for figure in ("processed", "labour_hours", "energy/steam/execute", "energy/electricity/execute"):
        pages = [simulation.ledger()["line"][figure] for simulation in (live_simulation, built_simulation)]
        assert pages[0] == pytest.approx(pages[1], rel=0.01), figure


def test_nothing_switched_leaves_the_line_as_it_is() -> None:
    """Strength 0 of every upgrade, written, changes no entry of the ledger."""
    alone, _ = brewery()
    touched, _ = switched({upgrade.key: 0.0 for upgrade in Brewing().upgrades()})
    for simulation in (alone, touched):
        simulation.advance(2 * HOUR)
    assert touched.ledger() == alone.ledger()


def test_yield_follows_nitrogen_and_ripeness() -> None:
    assert laws.sauce_per_raw(80.0, 120.0) == 5.7
    assert laws.sauce_per_raw(84.0, 120.0) == pytest.approx(5.7 * 84 / 80)
    assert 0.97 < laws.sauce_per_raw(80.0, 108.0) / 5.7 < 0.99
    assert laws.ripeness(120.0) == pytest.approx(0.95, abs=0.02)


@functools.cache
def ledger(upgrade: str) -> dict[str, dict[str, float]]:
    """Return the ledger after 8 h with one upgrade at mid, "" for none."""
    simulation, _ = brewery({upgrade: 2.0} if upgrade else {})
    simulation.advance(8 * HOUR)
    return simulation.ledger()


@pytest.mark.parametrize(
    ("upgrade", "read", "least"),
    [
        ("heat_recovery", lambda page: page["preparation"]["energy/steam/execute"], -0.11),
        ("base_load", lambda page: page["line"]["energy/electricity/execute"], -0.07),
        ("autonomous_packing", lambda page: page["line"]["labour_hours"], -0.14),
        ("moromi_twin", lambda page: page["line"]["processed"], 0.015),
        ("koji_control", lambda page: page["koji_air"]["energy/electricity/execute"], -0.10),
    ],
)
def test_a_measure_moves_the_ledger_by_its_mechanism(
    upgrade: str, read: Callable[[dict[str, dict[str, float]]], float], least: float
) -> None:
    change = read(ledger(upgrade)) / read(ledger("")) - 1.0
    assert change < least if least < 0.0 else change > least


def test_bed_is_turned_when_asked_and_rests_before_the_next_turn() -> None:
    """A clump is gone after the turn, what protease forms is less by 3 %, and the second turn waits for 2 h."""
    simulation, line = brewery(koji_clumps=0.0)
    simulation.advance(HOUR)
    beds = line.beds
    disc = next(
        number for number, koji in enumerate(line.koji.discs) if koji.phase_text in ("GROW", "ENZYME")
    )
    places = beds.places(disc)
    forming = beds.forming[places].copy()
    for turned in (True, False):
        beds.clumps.strike(places.start, 6 * HOUR)
        write(simulation, f"koji_{disc + 1}/turn", 1.0)
        simulation.advance(600.0)
        assert beds.asked[disc] == (0.0 if turned else 1.0)
        assert beds.clumps.active[places.start] == (0.0 if turned else 1.0)
    assert beds.forming[places] == pytest.approx(0.97 * forming)
    simulation.advance(2 * HOUR)
    assert beds.asked[disc] == beds.clumps.active[places.start] == 0.0


def test_water_brings_the_moisture_but_cooks_nothing() -> None:
    """Soy that the steam left raw stays off grade, however much water is sprayed on it."""
    found = []
    for offset in (0.0, 4.0):
        simulation, line = brewery(cooking_upsets=3.0)
        write(simulation, "preparation/water_offset", offset)
        simulation.advance(8 * HOUR)
        found.append(line.verdict.found["cooking"])
    assert found[1] >= found[0] > 0.0


TAGS = ("cellar/brine_strength", "preparation/soy_moisture", "filler_1/net_content")


@functools.cache
def closed(strength: float) -> tuple[Brewery, np.ndarray]:
    """Return the line after 20 h with many clumps and the loops of all that has some closed; TAGS each five minutes."""
    looped = {upgrade.key: strength for upgrade in Brewing().upgrades() if upgrade.loops and strength}
    simulation, line = brewery(looped, koji_clumps=0.008)
    loop = ClosedLoop(simulation)
    readers = [simulation.reader(tag) for tag in TAGS]
    rows = []
    for _ in range(20 * 12):
        loop.advance(300.0)
        rows.append([float(read()) for read in readers])
    assert loop.refused == 0
    return line, np.array(rows)[120:]


def test_loops_hold_what_they_see_closer() -> None:
    """Brine, moisture and bottle content scatter less by a third at least with their loops closed."""
    assert (closed(3.0)[1].std(axis=0) < 0.67 * closed(0.0)[1].std(axis=0)).all()


def test_brine_is_moved_towards_its_limit_by_what_is_saved() -> None:
    """The mean falls, but not nearer than some three sigma to 20 %."""
    brine = closed(3.0)[1][:, 0]
    assert 20.0 + 2.0 * brine.std() < brine.mean() < 20.8


def test_clumps_are_turned_away_before_the_koji_is_spoiled() -> None:
    assert closed(3.0)[0].verdict.found.get("koji", 0.0) < 0.7 * closed(0.0)[0].verdict.found["koji"]


def test_filling_lines_stand_by_while_they_wait() -> None:
    """Less energy by the standby power, and all bottles filled: a start delays, but loses nothing."""
    lines = [closed(strength)[0] for strength in (0.0, 3.0)]
    energy = [sum(filler.unit.meters["electricity"].total() for filler in line.fillers) for line in lines]
    filled = [sum(filler.unit.processed for filler in line.fillers) for line in lines]
    assert energy[1] < 0.9 * energy[0]
    assert filled[1] == pytest.approx(filled[0], rel=0.1)
