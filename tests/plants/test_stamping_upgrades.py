"""What the measures of the press line change: each its own mechanism, from the start or switched while it runs."""

import functools
import statistics
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from plants.stamping import Stamping
from twin.lab.closed_loop import ClosedLoop
from twin.model.command import Command
from twin.model.discrete_line import DiscreteLine
from twin.model.simulation import Simulation
from twin.model.station import Station

START = datetime(2026, 1, 5, tzinfo=UTC)
HOURS = 6.0
CHANGING = [upgrade.key for upgrade in Stamping().upgrades() if upgrade.changes]


def figures(simulation: Simulation, hours: float) -> dict[str, float]:
    """Run on and return what the ledger says."""
    simulation.advance(3600.0 * hours)
    ledger = simulation.ledger()
    page = ledger["line"]
    return {
        "processed": page["processed"],
        "scrapped": page["scrapped"],
        "defective": page["scrapped"] + page["reworked"],
        "labour": page["labour_hours"],
        "changeover": page["seconds/resetting/changeover"],
        "micro_stop": page["seconds/held/micro_stop"],
        "waiting": page.get("seconds/suspended/waiting", 0.0),
        "broken": page.get("seconds/aborted/tooling", 0.0) + page.get("seconds/aborted/failure", 0.0),
        "production": page["seconds/execute/production"] / page["processed"],
        "base": sum(value for name, value in page.items() if name.startswith("energy/")),
        "energy": sum(
            value for unit in ledger.values() for name, value in unit.items() if name.startswith("energy/")
        ),
    }


@functools.cache
def built(upgrade: str = "") -> dict[str, float]:
    """Return the figures with `upgrade` at its middle column from the start."""
    plant = Stamping().with_upgrades({upgrade: 2.0} if upgrade else {})
    return figures(Simulation(plant, seed=3, start=START, telemetry=False), HOURS)


def switched(upgrade: str) -> dict[str, float]:
    """Return the figures with `upgrade` switched on in the first second, without ramp."""
    simulation = Simulation(Stamping(), seed=3, start=START, telemetry=False)
    for tag, value in (("upgrade_month", 0.0), (f"upgrade_{upgrade}", 2.0)):
        simulation.write(
            Command(
                id=tag, path=f"{simulation.line_path}/line/{tag}", value=value, expires_ms=simulation.now_ms + 60_000
            )
        )  # fmt: skip
    return figures(simulation, HOURS)


def test_every_measure_can_be_switched_on_the_running_line() -> None:
    declaration = Simulation(Stamping(), seed=1, start=START).declaration
    assert len(declaration.upgrades) == len(Stamping().upgrades())
    assert all(upgrade.live for upgrade in declaration.upgrades)


@pytest.mark.parametrize("upgrade", CHANGING)
def test_a_measure_switched_at_once_is_one_that_was_there_from_the_start(upgrade: str) -> None:
    """The same strokes and stops, to the second in which it was switched; events of defects are drawn anew."""
    late, early = switched(upgrade), built(upgrade)
    for figure in ("processed", "changeover", "waiting", "broken", "production", "base", "energy", "labour"):
        assert late[figure] == pytest.approx(early[figure], rel=5e-3, abs=1.0), figure
    assert late["micro_stop"] == pytest.approx(early["micro_stop"], abs=90.0)
    assert late["defective"] == pytest.approx(early["defective"], rel=0.5)


@pytest.mark.parametrize(
    ("upgrade", "figure", "most"),
    [
        ("smed", "changeover", 0.6),
        ("kitting", "waiting", 0.8),
        ("micro_stops", "micro_stop", 0.8),
        ("base_load", "base", 0.93),
        ("feeder_twin", "production", 0.995),
        ("vision", "labour", 0.82),
    ],
)
def test_a_measure_moves_its_own_mechanism(upgrade: str, figure: str, most: float) -> None:
    """The figure of its mechanism falls at least to the share `most` of what it was."""
    assert built(upgrade)[figure] < most * built()[figure]


@functools.cache
def dialled(**values: float) -> dict[str, float]:
    """Return the figures of 6 h with many special events and little scatter, with dials turned before they begin."""
    plant = Stamping(sigma=0.1, handling=0.0, special_events=6.0, detection=1.0)
    simulation = Simulation(plant, seed=4, start=START, telemetry=False)
    assert isinstance(simulation.line, DiscreteLine)
    for name, value in values.items():
        simulation.line.dials[name](value)
    return figures(simulation, 6.0) | {
        station.name: station.scrapped + station.reworked for station in simulation.line.stations
    }


def test_events_of_the_draw_die_are_rarer_with_its_camera_and_shorter_when_they_are_noticed() -> None:
    usual = dialled()
    rarer = dialled(draw_events=0.0)
    assert usual["op10"] > 50
    assert rarer["op10"] == 0.0
    assert rarer["op20"] >= usual["op20"]
    assert dialled(detection_delay=8.0)["defective"] < 0.6 * usual["defective"]


def test_guided_repair_shortens_repairs_alone() -> None:
    """Breakdowns and die events last three quarters, micro-stops and a fault's trips as long as before."""
    simulation = Simulation(Stamping(), seed=1, start=START, telemetry=False)
    assert isinstance(simulation.line, DiscreteLine)
    simulation.line.dials["repair"](0.75)
    lasting = {stop.mode.name: stop.lasting for station in simulation.line.stations for stop in station.stops}
    assert {lasting.pop(name) for name in ("drive", "controls", "die", "cups")} == {0.75}
    assert lasting.pop("overload") == 1.0
    assert set(lasting.values()) == {1.0}


def test_who_looks_more_closely_finds_more() -> None:
    assert dialled(detection=0.0)["defective"] == 0.0
    assert dialled(detection=0.5)["defective"] == pytest.approx(0.5 * dialled()["defective"], rel=0.15)


def test_the_cushion_follows_its_offset_from_the_next_stroke() -> None:
    """2 % more set force is 2 % more force, whatever else the cushion does."""
    usual, moved = (Simulation(Stamping(), seed=2, start=START, telemetry=False) for _ in range(2))
    moved.write(
        Command(id="1", path=f"{moved.line_path}/op10/cushion_offset", value=2.0, expires_ms=moved.now_ms + 60_000)
    )  # fmt: skip
    for simulation in (usual, moved):
        simulation.advance(600.0)
    read = [simulation.reader("op10/cushion_deviation")() for simulation in (usual, moved)]
    assert float(read[1]) - float(read[0]) == pytest.approx(2.0)


# -- loops: the gain is earned through tags alone ----------------------------------------------------------------


def looped(upgrade: str, seed: int, **parameters: float) -> ClosedLoop:
    """Return a run with `upgrade` at full authority, before it begins; an empty one is a run without loops."""
    plant = Stamping(**parameters).with_upgrades({upgrade: 3.0} if upgrade else {})
    return ClosedLoop(Simulation(plant, seed=seed, start=START, telemetry=False))


def test_every_loop_finds_the_tags_that_it_names() -> None:
    simulation = Simulation(Stamping(), seed=1, start=START)
    tags = {(unit.name, tag.name): tag for unit in simulation.declaration.units for tag in unit.tags}
    for upgrade in Stamping().upgrades():
        for loop in upgrade.loops:
            for subject in (*loop.inputs.values(), *loop.outputs.values()):
                assert tuple(subject.split("/")) in tags, subject
            assert all(tags[tuple(output.split("/"))].writable for output in loop.outputs.values())  # type: ignore[index]


def test_the_cushion_wanders_less_in_its_loop() -> None:
    """By more than the 2.2 -> 1.2 % that the sheet expects (8.4), with all the authority that there is."""

    def scatter(run: ClosedLoop) -> float:
        read = run.simulation.reader("op10/cushion_deviation")
        values = []
        for _ in range(180):
            run.advance(60.0)
            values.append(float(read()))
        return statistics.pstdev(values)

    assert scatter(looped("cushion_control", 1)) < 1.2 / 2.2 * scatter(looped("", 1))


def worn(run: ClosedLoop) -> Station:
    """Return OP20, whose drive has 3 of 103 h of operation left."""
    line = run.simulation.line
    assert isinstance(line, DiscreteLine)
    press = next(station for station in line.stations if station.name == "op20")
    drive = press.stop("drive")
    drive.began, drive.at = -100.0 * 3600.0, 3.0 * 3600.0
    press.aim()
    return press


def test_a_worn_drive_is_renewed_in_a_pause_before_it_fails() -> None:
    """Eight hours: without the loop the press breaks down; with it the drive is new, and nothing broke."""
    for upgrade, broken in (("", True), ("pdm", False)):
        run = looped(upgrade, 1)
        press = worn(run)
        run.advance(8.0 * 3600.0)
        page = run.simulation.ledger()["op20"]
        assert press.stop("drive").began > 0.0, upgrade
        assert (page.get("seconds/aborted/failure", 0.0) > 600.0) is broken, upgrade


def test_presses_that_wait_for_a_repair_stand_by() -> None:
    """Eight hours in which OP20 breaks down: as many panels, and less energy in all."""
    pages = []
    for upgrade in ("", "standby"):
        run = looped(upgrade, 1)
        worn(run)
        run.advance(8.0 * 3600.0)
        ledger = run.simulation.ledger()
        waiting = [ledger[name] for name in ("op10", "op30", "op40")]
        pages.append(
            {
                "processed": ledger["line"]["processed"],
                "idle": sum(page["energy/electricity/idle"] for page in waiting),
                "standby": sum(page["energy/electricity/standby"] for page in waiting),
            }
        )
    usual, saving = pages
    assert saving["processed"] == pytest.approx(usual["processed"], rel=0.01)
    assert saving["standby"] > usual["standby"]
    assert saving["idle"] + saving["standby"] < usual["idle"] + usual["standby"]


def test_lots_of_one_family_follow_each_other() -> None:
    """Small lots for eight hours: dies are changed within their family much more often than as the orders arrive."""
    shares = []
    for upgrade in ("", "sequencing"):
        run = looped(upgrade, 1, lot_size=100.0)
        line = run.simulation.line
        assert isinstance(line, DiscreteLine)
        made: list[str] = []
        for _ in range(96):
            run.advance(300.0)
            if not made or made[-1] != line.line_unit.product:
                made.append(line.line_unit.product)
        families = [(int(product.removeprefix("panel_")) - 1) // 5 for product in made]
        shares.append(sum(one == other for one, other in pairwise(families)) / (len(made) - 1))
    assert len(made) > 10
    assert shares[1] > shares[0] + 0.25
