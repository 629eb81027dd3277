"""A comparison finds effects that are known, nothing where nothing was changed, and repeats."""

import dataclasses
import math
from pathlib import Path
from typing import Any

import pytest

from twin.discovery import discover
from twin.kpi.headline import HEADLINES
from twin.lab.compare import Comparison, Design, compare, default_days
from twin.lab.record import record
from twin.model.loop import Loop
from twin.model.plant import ParameterError
from twin.model.upgrade import Upgrade

BENCH: Any = discover(Path(__file__).parents[1] / "toy_upgrades", package="no_such_package")["bench"]()
SHAKY = dataclasses.replace(BENCH, scatter=0.3)
ALL = {"robot": 2.0, "cutter": 2.0, "camera": 2.0}
QUICK = Design(days=0.5, warmup_days=0.0, replications=2, waterfall=2, jobs=1)


def with_lead(days: float) -> Any:
    """Return the bench as a plant of a long line."""
    kind: Any = type("Slow", (type(BENCH),), {"lead_days": days})
    return kind()


@pytest.fixture(scope="module")
def halved() -> Comparison:
    """Loading and working take half as long: 10 + 10 s become 5 + 5."""
    return compare(BENCH, ALL, QUICK)


def test_known_effects_are_found(halved: Comparison) -> None:
    found = {name: change.mean for name, change in halved.changes.items()}
    doubled = dict.fromkeys(("productivity", "throughput", "energy_utilisation"), 1.0)
    known = doubled | {"operating_cost": -0.5, "defect_rate": 0.0, "rd_period": found["rd_period"]}
    assert found == pytest.approx(known, abs=5e-3)  # one piece of 2,160 more or less
    assert -0.4 < found["rd_period"] < -0.2  # of 18 weeks, 8 are trials
    # 15 of 16 of 180 pieces an hour, on 10 kW; 36 CNY for the person and 6 for energy
    assert halved.before[0]["productivity"] == pytest.approx(168.75, abs=0.1)
    assert halved.before[0]["operating_cost"] == pytest.approx(42.0 / 168.75, rel=1e-3)
    assert halved.stopped == "every headline change is known to 1.5 points"


def test_waterfall_has_the_known_interaction_and_adds_up(halved: Comparison) -> None:
    fall = halved.waterfalls["productivity"]
    robot, cutter, camera = fall.steps
    assert robot.single.mean == pytest.approx(100 * math.log(20 / 15), abs=0.1)
    assert cutter.single.mean == pytest.approx(100 * math.log(20 / 15), abs=0.1)
    assert robot.last_in.mean == pytest.approx(100 * math.log(15 / 10), abs=0.1)
    assert (camera.single.mean, camera.last_in.mean) == (0.0, 0.0)
    assert fall.interaction == pytest.approx(100 * math.log(2.0 * (15 / 20) ** 2), abs=0.3)
    for one in halved.waterfalls.values():
        assert sum(step.single.mean for step in one.steps) + one.interaction == pytest.approx(one.total.mean)
    assert set(halved.waterfalls) == {headline.name for headline in HEADLINES}


def test_oee_is_shown_before_and_after(halved: Comparison) -> None:
    # the ideal cycle is the work alone, and halves too: nothing is gained in effectiveness
    assert halved.before[0]["effectiveness"] == pytest.approx(0.5, abs=1e-3)
    assert halved.oee["effectiveness"].mean == pytest.approx(0.0, abs=1e-3)
    assert halved.oee["availability"].mean == 0.0


def test_payback_follows_from_cost_and_output(halved: Comparison) -> None:
    saved = (42.0 / 168.75 - 42.0 / 337.5) * 337.5 * 8760
    assert halved.payback.saving.mean == pytest.approx(saved, rel=2e-3)
    assert halved.payback.years == pytest.approx(60_000 / (saved - 3_000), rel=2e-3)


def test_upgrades_without_strength_move_nothing_at_all() -> None:
    found = compare(SHAKY, dict.fromkeys(ALL, 0.0), QUICK)
    assert found.nil
    assert found.before == found.after
    for change in found.changes.values():
        assert (change.low, change.mean, change.high) == (0.0, 0.0, 0.0)
        assert not change.significant
    assert set(found.changes) == {headline.name for headline in HEADLINES} | {"throughput"}
    assert (found.payback.one_off, found.payback.years) == (0.0, math.inf)


def test_comparison_repeats_with_its_seed_on_any_number_of_cores_and_differs_with_another() -> None:
    design = dataclasses.replace(QUICK, waterfall=0, days=0.2)
    one, two = (compare(SHAKY, ALL, dataclasses.replace(design, jobs=jobs)) for jobs in (1, 2))
    other = compare(SHAKY, ALL, dataclasses.replace(design, seed=9))
    assert (one.before, one.after) == (two.before, two.after)
    assert one.before != other.before
    assert record(one) | {"seconds": 0} == record(two) | {"seconds": 0}


def test_pairs_are_added_until_they_are_precise_or_as_many_as_allowed() -> None:
    rough = dataclasses.replace(QUICK, days=0.05, replications=7, waterfall=0)
    never = compare(SHAKY, {"robot": 2.0}, dataclasses.replace(rough, precision=0.0))
    assert (len(never.before), never.stopped) == (7, "7 replications are the most that were allowed")
    early = compare(SHAKY, {"robot": 2.0}, dataclasses.replace(rough, precision=50.0))
    assert len(early.before) == 4


def test_spent_budget_leaves_two_pairs_and_no_waterfall() -> None:
    found = compare(
        SHAKY, ALL, dataclasses.replace(QUICK, replications=8, budget=0.0, precision=0.0, days=0.1)
    )
    assert (len(found.before), found.waterfalls) == (2, {})
    assert found.stopped == "the budget of 0 min is spent"


def test_shared_numbers_make_pairs_precise() -> None:
    """Unpaired, the two runs scatter by more than the interval of their difference allows."""
    found = compare(
        SHAKY, {"robot": 1.0}, dataclasses.replace(QUICK, replications=6, precision=0.0, waterfall=0)
    )
    values = [row["throughput"] for row in found.before]
    spread = (max(values) - min(values)) / values[0]
    assert found.changes["throughput"].half_width < spread


def test_warm_up_is_found_by_pilot_runs_and_never_shorter_than_the_lead_time() -> None:
    design = dataclasses.replace(QUICK, warmup_days=None, waterfall=0, days=0.1)
    assert compare(BENCH, {"robot": 2.0}, design).design.warmup_days == 1.0  # the first hour has a piece less
    slow = with_lead(1.5)
    assert compare(slow, {"robot": 2.0}, design).design.warmup_days == 2.0


@pytest.mark.parametrize(("lead", "days"), [(0.0, 7.0), (6.0, 7.0), (130.0, 33.0)])
def test_days_follow_the_lead_time(lead: float, days: float) -> None:
    assert default_days(with_lead(lead)) == days


def test_defect_rate_of_zero_has_no_relative_change() -> None:
    perfect = dataclasses.replace(BENCH, spoil=0.0)
    found = compare(perfect, {"robot": 2.0}, dataclasses.replace(QUICK, days=0.1))
    assert "defect_rate" not in found.changes
    assert "productivity" in found.changes


@pytest.mark.parametrize(("field", "value"), [("replications", 1), ("waterfall", 1), ("waterfall", -1)])
def test_design_that_gives_no_interval_is_refused(field: str, value: int) -> None:
    with pytest.raises(ValueError, match=field):
        dataclasses.replace(QUICK, **{field: value})


def test_unknown_upgrade_is_refused() -> None:
    with pytest.raises(ParameterError, match="no upgrade 'magic'; it has: robot, cutter, camera"):
        compare(BENCH, {"magic": 1.0}, QUICK)


def test_loop_that_cannot_be_closed_is_refused_before_anything_runs() -> None:
    camera = BENCH.upgrades()[2]
    loops = (Loop(kind="run_to_run", inputs={"measured": "vice/nothing"}, outputs={"offset": "vice/offset"}),)

    class Wired(type(BENCH)):  # type: ignore[misc]
        def upgrades(self) -> tuple[Upgrade, ...]:
            return (dataclasses.replace(camera, loops=loops),)

    with pytest.raises(ParameterError, match="the loops of upgrade camera cannot be closed: "):
        compare(Wired(), {"camera": 1.0}, QUICK)
