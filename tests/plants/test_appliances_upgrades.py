"""What the measures of the refrigerator line change: each its own mechanism, from the start or switched at work."""

import functools
import statistics
from datetime import UTC, datetime
from itertools import islice, pairwise
from typing import Any

import pytest

from plants.appliances import Appliances
from plants.appliances.cabinet import Planning, models
from twin.lab.closed_loop import ClosedLoop
from twin.model.command import Command
from twin.model.simulation import Simulation
from twin.model.streams import Streams

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday, 08:00 in China: the day shift begins
HOURS = 4.0
CHANGING = [upgrade.key for upgrade in Appliances().upgrades() if upgrade.changes]


def units(simulation: Simulation) -> dict[str, Any]:
    return {unit.name: unit for unit in simulation.line.units}


def figures(simulation: Simulation) -> dict[str, float]:
    """Run on and return what the ledger says."""
    simulation.advance(3600.0 * HOURS)
    ledger = simulation.ledger()
    page = ledger["line"]
    stations = [unit for name, unit in ledger.items() if name not in ("line", "metal_finishing")]
    return {
        "processed": page["processed"],
        "labour": page["labour_hours"],
        "changeover": page.get("seconds/resetting/changeover", 0.0),
        "waiting": page.get("seconds/suspended/waiting", 0.0),
        "broken": sum(unit.get("seconds/aborted/failure", 0.0) for unit in stations),
        "foamed": ledger["foaming"]["processed"],
        "base": sum(value for name, value in page.items() if name.startswith("energy/")),
    }


@functools.cache
def built(upgrade: str = "") -> dict[str, float]:
    """Return the figures with `upgrade` at its middle column from the start."""
    plant = Appliances().with_upgrades({upgrade: 2.0} if upgrade else {})
    return figures(Simulation(plant, seed=3, start=START, telemetry=False))


def write(simulation: Simulation, tag: str, value: float) -> None:
    expires_ms = simulation.now_ms + 60_000
    simulation.write(
        Command(id=tag, path=f"{simulation.line_path}/{tag}", value=value, expires_ms=expires_ms)
    )


def switched(upgrade: str) -> dict[str, float]:
    """Return the figures with `upgrade` switched on in the first second, without ramp."""
    simulation = Simulation(Appliances(), seed=3, start=START, telemetry=False)
    write(simulation, "line/upgrade_month", 0.0)
    write(simulation, f"line/upgrade_{upgrade}", 2.0)
    return figures(simulation)


def test_every_measure_can_be_switched_and_every_loop_finds_its_tags() -> None:
    declaration = Simulation(Appliances(), seed=1, start=START).declaration
    assert len(declaration.upgrades) == len(Appliances().upgrades())
    assert all(upgrade.live for upgrade in declaration.upgrades)
    writable = {f"{unit.name}/{tag.name}": tag.writable for unit in declaration.units for tag in unit.tags}
    for upgrade in Appliances().upgrades():
        for loop in upgrade.loops:
            assert writable.keys() >= {*loop.inputs.values()}, upgrade.key
            assert all(writable[output] for output in loop.outputs.values()), upgrade.key


@pytest.mark.parametrize("upgrade", CHANGING)
def test_a_measure_switched_at_once_is_one_that_was_there_from_the_start(upgrade: str) -> None:
    """The same cabinets and stops, to the second in which it was switched."""
    late, early = switched(upgrade), built(upgrade)
    for figure, value in early.items():
        assert late[figure] == pytest.approx(value, rel=5e-3, abs=30.0), figure


@pytest.mark.parametrize(
    ("upgrade", "figure", "most"),
    [
        ("robots", "labour", 0.81),
        ("agv_kits", "waiting", 0.95),
        ("smed", "changeover", 0.8),
        ("ems", "base", 0.95),
    ],
)
def test_a_measure_moves_its_own_mechanism(upgrade: str, figure: str, most: float) -> None:
    """The figure of its mechanism falls at least to the share `most` of what it was."""
    assert built(upgrade)[figure] < most * built()[figure]


def test_repairs_are_shorter_and_breakdowns_rarer_where_their_measures_say_so() -> None:
    """Rate and duration of one stop are turned by two dials, and neither forgets the other."""
    simulation = Simulation(Appliances(), seed=1, start=START, telemetry=False)
    simulation.line.dials["repair"](0.75)
    simulation.line.dials["breakdowns"](0.7)
    vacuum = units(simulation)["vacuum"]
    turned = {stop.mode.name: (stop.pace, stop.lasting) for stop in vacuum.stops}
    assert turned == {"jam": (1.0, 1.0), "breakdown": (0.7, 0.75), "pump": (1.0, 0.75)}


def test_balanced_work_is_done_sooner() -> None:
    assert built("balancing")["foamed"] > built()["foamed"]


def dialled(hours: float, disturb: dict[str, dict[str, float]], **values: float) -> dict[str, Any]:
    """Return the units after `hours` with attributes disturbed and dials turned before they begin."""
    simulation = Simulation(Appliances(), seed=4, start=START, telemetry=False)
    found = units(simulation)
    for unit, fields in disturb.items():
        for field, value in fields.items():
            setattr(found[unit], field, value)
    for name, value in values.items():
        simulation.line.dials[name](value)
    simulation.advance(3600.0 * hours)
    return found


def test_no_wrong_part_is_no_misfit_and_who_looks_finds_marks() -> None:
    """Without scatter of the screws misfits come from wrong parts alone; scratches of handling are left."""
    calm = {"assembly": {"sigma": 0.1}}
    checked = dialled(3.5, calm, wrong_parts=0.0, handling=0.0)
    assert checked["assembly"].reworked == 0.0
    many = dialled(3.5, calm, wrong_parts=5.0, handling=0.0)["assembly"].reworked
    assert many > 10
    assert dialled(3.5, calm, wrong_parts=5.0, handling=0.0, detection=0.2)["assembly"].reworked < 0.7 * many


def test_manual_cycles_that_scatter_less_stay_as_long_on_average() -> None:
    simulation = Simulation(Appliances(), seed=1, start=START, telemetry=False)
    assembly = units(simulation)["assembly"]
    drawn = {}
    for cv in (0.16, 0.10):
        simulation.line.dials["manual_variation"](cv)
        drawn[cv] = [assembly._draw_cycle() for _ in range(4000)]
        assert statistics.fmean(drawn[cv]) == pytest.approx(12.0, rel=0.01)
        assert statistics.stdev(drawn[cv]) == pytest.approx(12.0 * cv, rel=0.05)


def test_a_longer_horizon_changes_families_less_often() -> None:
    """With 1.25 rounds a turn, a fifth fewer changes for the same orders; every model still once a round."""
    streams = Streams(1)
    skus = list(models(30, 6, 0.09, streams).values())
    family = {sku.name: sku.family for sku in skus}
    changes = []
    for horizon in (1.0, 1.25):
        made = [
            order.product
            for order in islice(Planning(skus, 230.0, streams, horizon=horizon).orders(), 30 * 400)
        ]
        changes.append(sum(family[one] != family[other] for one, other in pairwise(made)))
        counts = [made.count(sku.name) for sku in skus]
        assert max(counts) - min(counts) <= 2
    assert changes[1] == pytest.approx(0.8 * changes[0], rel=0.05)


# -- loops: the gain is earned through tags alone ----------------------------------------------------------------


def looped(upgrade: str, **parameters: float) -> ClosedLoop:
    """Return a run with `upgrade` at full authority, before it begins; an empty one is a run without loops."""
    plant = Appliances(**parameters).with_upgrades({upgrade: 3.0} if upgrade else {})
    return ClosedLoop(Simulation(plant, seed=2, start=START, telemetry=False))


def scatter(upgrade: str, tags: tuple[str, ...], target: tuple[float, ...]) -> list[float]:
    """Return the root mean square distance of `tags` from `target` in 5 h without special events."""
    run = looped(upgrade, special_events=0.0)
    readers = [run.simulation.reader(tag) for tag in tags]
    run.advance(3600.0)
    squares = [0.0] * len(tags)
    for _ in range(240):
        run.advance(60.0)
        for place, read in enumerate(readers):
            squares[place] += (float(read()) - target[place]) ** 2 / 240.0
    return [square**0.5 for square in squares]


@pytest.mark.parametrize(
    ("upgrade", "tags", "targets", "most"),
    [
        ("foam_charge_control", ("foaming/mix_ratio", "vacuum/charge_deviation"), (1.16, 0.0), (0.85, 0.98)),
        (
            "heat_control",
            ("liner/sheet_temperature", "brazing/braze_temperature"),
            (162.5, 710.0),
            (0.85, 0.85),
        ),
    ],
)
def test_what_wanders_is_brought_back(
    upgrade: str, tags: tuple[str, ...], targets: tuple[float, ...], most: tuple[float, ...]
) -> None:
    """Each characteristic scatters less about its target; of the charge half of the variance is noise."""
    open_loop, closed = scatter("", tags, targets), scatter(upgrade, tags, targets)
    for before, after, share in zip(open_loop, closed, most, strict=True):
        assert after < share * before


def test_worn_pumps_are_renewed_when_the_line_closes() -> None:
    """The pumps have 20 h of operation left in the morning: they are new after the first night, before that."""
    run = looped("pdm")
    vacuum = units(run.simulation)["vacuum"]
    pump = vacuum.stop("pump")
    pump.began, pump.at = (hours * 3600.0 * vacuum.places for hours in (-300.0, 20.0))
    vacuum.aim()
    run.advance(22.0 * 3600.0)
    assert 10.0 < pump.began / (3600.0 * vacuum.places) < 20.0
