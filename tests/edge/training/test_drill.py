"""The plan of a drill: surprises are their seed's, and what cannot be is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from edge.training.drill import Plan, check, surprise
from twin.model.declaration import EffectDeclaration, FaultDeclaration

KEYS = ["a", "b", "c", "d"]


def fault(key: str, unit: str, *begin: float) -> FaultDeclaration:
    effects = tuple(EffectDeclaration(subject="x/y", change=1.0, begin=at, end=at + 3600.0) for at in begin)
    return FaultDeclaration(unit=unit, key=key, tag=f"fault_{key}", title=key, mechanism="", effects=effects)


FAULTS = [fault(key, f"unit_{key}", 0.0) for key in KEYS]


@settings(max_examples=60, deadline=None)
@given(some.integers(0, 2**53 - 1), some.integers(1, 4), some.floats(720, 28_800))
def test_surprise_fits_its_drill(seed: int, count: int, length_s: float) -> None:
    plans = surprise(FAULTS, count, length_s, seed)
    check(plans, KEYS, length_s)
    assert len({plan.key for plan in plans}) == count
    assert plans == sorted(plans, key=lambda plan: plan.after_s)
    assert all(plan.after_s + plan.duration_s <= length_s + 1 for plan in plans)
    assert plans[0].after_s >= 0.1 * length_s - 1, "a class looks at a plant without a fault first"
    assert plans[-1].after_s <= 0.75 * length_s + 1, "and has time for the last one"


def test_surprise_is_another_with_another_seed() -> None:
    assert len({tuple(surprise(FAULTS, 3, 1200, seed)) for seed in range(20)}) == 20


@pytest.mark.parametrize(
    ("plans", "expected"),
    [
        ([], "1 to 20 faults, not 0"),
        ([Plan(key="x", after_s=1, duration_s=60)], "no such fault; it has: a, b, c, d"),
        ([Plan(key="a", after_s=600, duration_s=60)], "begins after 600 s"),
        (
            [Plan(key="a", after_s=300, duration_s=60), Plan(key="a", after_s=100, duration_s=250)],
            "begins again",
        ),
    ],
)
def test_plan_that_cannot_be_is_refused(plans: list[Plan], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        check(plans, KEYS, 600.0)


def test_surprise_of_more_faults_than_there_are_is_refused() -> None:
    with pytest.raises(ValueError, match=r"has 4 faults .*; a surprise of 5"):
        surprise(FAULTS, 5, 1200.0, 1)


def test_surprise_needs_three_minutes_for_each_fault() -> None:
    assert len(surprise(FAULTS, 2, 360.0, 1)) == 2
    with pytest.raises(ValueError, match="3 minutes for each fault: make it 6 minutes or longer"):
        surprise(FAULTS, 2, 359.0, 1)


def test_surprise_leaves_out_what_shows_only_after_it_is_reset() -> None:
    """In an hour a fault lasts 9 min at least: a first sign after 9 min is in time, one after 10 min is not."""
    late, soon = fault("late", "slow", 600.0, 7200.0), fault("soon", "quick", 7200.0, 540.0)
    assert {plan.key for seed in range(30) for plan in surprise([late, soon], 1, 3600.0, seed)} == {"soon"}
    with pytest.raises(ValueError, match="has 1 faults that show soon enough for a drill of 60 minutes"):
        surprise([late, soon], 2, 3600.0, 1)
    assert len(surprise([late, soon], 2, 7200.0, 1)) == 2


def test_surprise_chooses_different_units_and_changes_no_seed_that_did_already() -> None:
    """Where the same draw without units gave two faults of one unit, the second gives way to the next unit."""
    apart = [fault(key, key, 0.0) for key in KEYS]
    shared = [fault(key, "press" if key in "ab" else key, 0.0) for key in KEYS]
    changed = 0
    for seed in range(60):
        free, bound = surprise(apart, 2, 1200.0, seed), surprise(shared, 2, 1200.0, seed)
        assert {plan.key for plan in bound} != {"a", "b"}
        if {plan.key for plan in free} == {"a", "b"}:
            changed += 1
            assert bound[0] == free[0]
        else:
            assert bound == free
    assert changed > 0
    assert len({plan.key for plan in surprise(shared, 4, 1200.0, 1)}) == 4
