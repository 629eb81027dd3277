"""Recurrences at a pace that changes."""

import pytest
import simpy

from twin.model.recurrence import Recurrence


def times(*, tuned_at: float, pace: float) -> list[float]:
    env = simpy.Environment()
    came: list[float] = []

    def come() -> None:
        came.append(env.now)
        recurrence.begin()

    recurrence = Recurrence(env, lambda: 100.0, come)
    recurrence.begin()
    env.run(until=tuned_at)
    recurrence.tune(pace)
    env.run(until=401.0)
    return came


def test_changed_pace_keeps_the_used_share_of_the_pause_under_way() -> None:
    """At 40 of 100 s the pace doubles: 60 s left become 30, later pauses last 50 s."""
    assert times(tuned_at=40.0, pace=2.0) == [70.0, 120.0, 170.0, 220.0, 270.0, 320.0, 370.0]


def test_same_pace_changes_nothing() -> None:
    assert times(tuned_at=40.0, pace=1.0) == [100.0, 200.0, 300.0, 400.0]


def test_used_share_grows_to_one_and_survives_a_change_of_pace() -> None:
    env = simpy.Environment()
    recurrence = Recurrence(env, lambda: 100.0, lambda: None)
    assert recurrence.used == 0.0
    recurrence.begin()
    env.run(until=40.0)
    recurrence.tune(0.5)
    assert recurrence.used == pytest.approx(0.4)
    env.run(until=100.0)
    assert recurrence.used == pytest.approx(0.7)
    env.run(until=161.0)
    assert recurrence.used == 0.0


@pytest.mark.parametrize("pace", [0.0, -1.0, float("nan"), float("inf")])
def test_pace_that_cannot_be_is_refused(pace: float) -> None:
    recurrence = Recurrence(simpy.Environment(), lambda: 1.0, lambda: None)
    with pytest.raises(ValueError, match="pace"):
        recurrence.tune(pace)
