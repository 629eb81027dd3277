"""The measures of the CNC shop: dials do what building does, loops earn what they are bought for."""

from collections.abc import Callable
from datetime import UTC, datetime
from statistics import pstdev
from typing import Any

import pytest

from plants.machining_3c import Machining3c
from plants.machining_3c.sheet import SIGMA_WIDTH
from twin.lab.closed_loop import ClosedLoop
from twin.model.command import Command
from twin.model.part import Part
from twin.model.simulation import Simulation

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday, 08:00 in China
HOUR = 3600.0
DAY = 24 * HOUR
GROUPS = ("cnc1", "cnc2", "cnc3", "cnc4", "cnc5", "cnc6")


def shop(seed: int = 1, upgrades: dict[str, float] | None = None, **parameters: float) -> Simulation:
    plant = Machining3c(**parameters).with_upgrades(upgrades or {})
    return Simulation(plant, seed=seed, start=START, telemetry=False)


def unit(simulation: Simulation, name: str) -> Any:
    return next(unit for unit in simulation.line.units if unit.name == name)


def groups(simulation: Simulation) -> list[Any]:
    return [unit(simulation, name) for name in GROUPS]


def stops(simulation: Simulation, *names: str) -> list[float]:
    """Return when the stops `names` of all machines come next and how long the mode's mean lasts."""
    found = [
        (machine.stop(name), name)
        for group in groups(simulation)
        for machine in group.machines
        for name in names
    ]
    return [number for stop, _ in found for number in (stop.at, stop.mode.duration * stop.lasting)]


def events(simulation: Simulation) -> list[float]:
    """Return the rate and the delay of every defect cause."""
    return [
        number
        for group in (*groups(simulation), unit(simulation, "wash"))
        for defects in group._defects
        for number in (defects.cause.rate * defects.usual_rate, defects.cause.delay * defects.usual_delay)
    ]


def offsets(simulation: Simulation) -> list[float]:
    return [group._lead for group in groups(simulation)]


def cycles(simulation: Simulation) -> list[float]:
    return [
        number for group in groups(simulation) for number in (group.feed, group.tempo * group._draw_cycle())
    ]


def eyes(simulation: Simulation) -> list[float]:
    inspection = unit(simulation, "inspection")
    return [inspection.inspection.detection, inspection.false_reject]


def books(simulation: Simulation) -> list[float]:
    """Return what an hour has put into the ledger."""
    simulation.advance(HOUR)
    return [value for page in simulation.ledger().values() for value in page.values()]


@pytest.mark.parametrize(
    ("parameter", "value", "reading"),
    [
        ("load_time", 12.0, books),
        ("errands", 0.05, books),
        ("feed", 0.95, cycles),
        ("staff", 4.2, books),
        ("idle_power", 0.5, books),
        ("base_load", 9.0, books),
        ("air_leakage", 10.0, books),
        ("detection", 0.98, eyes),
        ("false_reject", 0.02, eyes),
        ("repair", 0.6, lambda shop: stops(shop, "technical", "spindle", "tool_breakage")),
        ("technical", 0.5, lambda shop: stops(shop, "technical")),
        ("feed", 0.95, lambda shop: stops(shop, "tool_change")),
        ("tool_life", 1.2, lambda shop: stops(shop, "tool_change")),
        ("tool_life", 1.2, offsets),
        ("changeover", 30.0, lambda shop: [group.set_up_time for group in groups(shop)]),
        ("handling", 0.5, events),
        ("detection_delay", 2.0, events),
    ],
)  # fmt: skip
def test_dial_does_what_building_does(
    parameter: str, value: float, reading: Callable[[Simulation], list[float]]
) -> None:
    """A shop that is switched at its first second is one that was built so, and another than it was."""
    switched = shop()
    switched.line.dials[parameter](value)
    found = reading(switched)
    assert found == pytest.approx(reading(shop(**{parameter: value})), rel=1e-9)
    assert found != pytest.approx(reading(shop()), rel=1e-9)


def test_every_upgrade_can_be_switched_live() -> None:
    """Each changed parameter has a dial, each loop's tags exist, and what it sets can be written."""
    simulation = shop(upgrades={upgrade.key: 2.0 for upgrade in Machining3c().upgrades()})
    declaration = simulation.declaration
    tags = {f"{unit.name}/{tag.name}": tag for unit in declaration.units for tag in unit.tags}
    loops = [loop for upgrade in declaration.upgrades for loop in upgrade.loops]
    assert all(upgrade.live for upgrade in declaration.upgrades)
    assert all(tag in tags for loop in loops for tag in loop.inputs.values())
    assert all(tags[tag].writable for loop in loops for tag in loop.outputs.values())
    assert len(ClosedLoop(simulation).controllers) == len(loops) == 24 + 24 + 19


def test_robots_are_switched_on_by_command() -> None:
    """Written to the line, without ramp: fewer people are paid from then on, machines are loaded in 12 s."""
    simulation = shop()
    prefix = f"{simulation.line_path}/line"
    for place, (tag, value) in enumerate((("upgrade_month", 0.0), ("upgrade_robots", 3.0))):
        simulation.write(
            Command(id=f"c{place}", path=f"{prefix}/{tag}", value=value, source="test", reason="",
                    expires_ms=simulation.now_ms + 60_000)
        )  # fmt: skip
    simulation.advance(2 * HOUR)
    before = unit(simulation, "line").labour_hours()
    simulation.advance(HOUR)
    assert unit(simulation, "line").labour_hours() - before == pytest.approx(0.6 * 7)
    assert unit(simulation, "cnc4")._loading.seconds == pytest.approx(12.0)


def test_frames_cost_what_the_sheet_says() -> None:
    """34 CNY a good frame (6.5) at the sheet's output, energy and defects; a tenth of it is paid by the bad frame."""
    rates = shop().line.line_unit.rates()
    processed = 20 * HOUR / 75.0 * 0.82 * 0.80  # a day
    good = 0.93 * processed
    hourly = sum(rate for name, rate in rates.items() if name.startswith("hourly_cost_"))
    quality = rates["defect_cost_quality"] * 0.07 * processed / good
    labour = 20 * 7 * rates["labour_rate"] / good
    other = 24.0 * hourly / good + rates["unit_cost_consumables"] / 0.93 + 3.0 * rates["price_electricity"]
    assert quality == pytest.approx(3.4)
    assert labour + other + quality == pytest.approx(34.0, rel=0.01)


def widths(simulation: Simulation, run: Callable[[float], None]) -> list[float]:
    group, found = unit(simulation, "cnc4"), []
    cut = group.cut

    def measured(cutter: Any, part: Part) -> bool:
        suspect: bool = cut(cutter, part)
        found.append(group.width)
        return suspect

    group.cut = measured
    run(DAY)
    return found


def test_probing_takes_wear_and_warmth_out_of_the_widths() -> None:
    """The loop leaves little more than what scatters from frame to frame, which it cannot foresee."""
    usual, probed = shop(seed=3), shop(seed=3, upgrades={"probing": 3.0})
    loop = ClosedLoop(probed)
    without, with_it = pstdev(widths(usual, usual.advance)), pstdev(widths(probed, loop.advance))
    assert SIGMA_WIDTH < with_it < 0.90 * without
    assert loop.refused == 0


def test_edge_that_chips_is_heard_before_the_tool_breaks() -> None:
    """Of tools that would break within the day, nearly all are changed before, and their frames are saved."""
    broken = []
    for upgrades in ({}, {"tool_monitoring": 3.0}):
        simulation = shop(seed=4, upgrades=upgrades)
        for group in groups(simulation):
            for machine in group.machines:
                stop = machine.stop("tool_breakage")
                stop.began, stop.at = machine.operating - 20 * HOUR, machine.operating + 8 * HOUR
                machine.stop("tool_change").at = machine.operating + 60 * HOUR
                machine.aim()
        ClosedLoop(simulation).advance(DAY)
        broken.append(sum(unit(simulation, name).scrapped for name in ("cnc2", "cnc3", "cnc4", "cnc5")))
    assert broken[1] < broken[0] - 8


def test_bearing_is_exchanged_before_it_seizes() -> None:
    """A spindle with 20 h to live: its trend asks for the exchange, between two frames."""
    simulation = shop(seed=5, upgrades={"pdm": 3.0})
    machine = unit(simulation, "cnc4").machines[0]
    stop = machine.stop("spindle")
    stop.began, stop.at = -80 * HOUR, 20 * HOUR
    machine.aim()
    ClosedLoop(simulation).advance(1.5 * DAY)
    assert 10 * HOUR < stop.began < 20 * HOUR
