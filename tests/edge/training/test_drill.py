"""The plan of a drill: surprises are their seed's, and what cannot be is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from edge.training.drill import Plan, check, surprise

KEYS = ["a", "b", "c", "d"]


@settings(max_examples=60, deadline=None)
@given(some.integers(0, 2**53 - 1), some.integers(1, 4), some.floats(60, 28_800))
def test_surprise_fits_its_drill(seed: int, count: int, length_s: float) -> None:
    plans = surprise(KEYS, count, length_s, seed)
    check(plans, KEYS, length_s)
    assert len({plan.key for plan in plans}) == count
    assert plans == sorted(plans, key=lambda plan: plan.after_s)
    assert all(plan.after_s + plan.duration_s <= length_s + 1 for plan in plans)
    assert plans[0].after_s >= 0.1 * length_s - 1, "a class looks at a plant without a fault first"
    assert plans[-1].after_s <= 0.75 * length_s + 1, "and has time for the last one"


def test_surprise_is_another_with_another_seed() -> None:
    assert len({tuple(surprise(KEYS, 3, 1200, seed)) for seed in range(20)}) == 20


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
    with pytest.raises(ValueError, match="has 4 faults; a surprise of 5"):
        surprise(KEYS, 5, 600.0, 1)
