"""The watchdog: it barks when the loop is worse by a factor and by more than chance, and else is quiet."""

from itertools import pairwise

import pytest

from twin.control.watchdog import Watchdog, standard_error
from twin.model.streams import Streams


def fed(before: list[float], after: list[float]) -> Watchdog:
    watchdog = Watchdog(watch=len(before))
    for value in before:
        watchdog.record(value, acting=False)
    for value in after:
        watchdog.record(value, acting=True)
    return watchdog


def test_harm_needs_factor_and_readings() -> None:
    assert (
        fed([1.0, 1.2] * 10, [3.0, 3.2] * 5)
        .harm()
        .startswith("objective 3.1 with the controller against 1.1")
    )
    assert fed([1.0, 1.2] * 10, [3.0, 3.2] * 4).harm() == "", "eight readings are too few"
    assert fed([1.0, 1.2] * 10, [2.0, 2.2] * 5).harm() == "", "less than twice as bad"


def test_one_outlier_is_no_harm() -> None:
    assert fed([1.0, 1.2] * 10, [1.0] * 19 + [60.0]).harm() == ""


def test_the_newest_readings_count() -> None:
    assert fed([1.0, 1.2] * 10, [0.5] * 500 + [3.0, 3.2] * 15).harm() != ""


def test_a_known_objective_needs_no_watching() -> None:
    watchdog = Watchdog(watch=50, usual=1.0)
    assert not watchdog.watching
    for value in (3.0, 3.2) * 5:
        watchdog.record(value, acting=True)
    assert watchdog.harm() != ""
    watchdog.accuse()
    assert watchdog.harm() == ""


@pytest.mark.parametrize(("without", "acquitted"), [(3.0, True), (1.0, False)])
def test_what_is_as_bad_without_the_controller_acquits_it(without: float, acquitted: bool) -> None:
    """A disturbance that struck meanwhile is not its doing, and sets a new measure."""
    watchdog = fed([1.0, 1.2] * 10, [3.0, 3.2] * 15)
    watchdog.accuse()
    for _ in range(19):
        watchdog.record(without, acting=False)
        assert not watchdog.acquits()
    watchdog.record(without, acting=False)
    assert watchdog.acquits() is acquitted
    for _ in range(30):
        watchdog.record(3.1, acting=True)
    assert bool(watchdog.harm()) is not acquitted


def test_watching_ends_with_its_readings_and_none_is_no_reading() -> None:
    watchdog = Watchdog(watch=300)
    for number in range(300):
        assert watchdog.watching
        watchdog.record(None, acting=False)
        watchdog.record(float(number), acting=False)
    assert not watchdog.watching


def test_false_alarms_are_rare() -> None:
    """200 loops whose controller changes nothing, deviations correlated by 0.9: fewer than one in twenty barks."""
    draw = Streams(1).normal("noise")
    alarms = 0
    for _ in range(200):
        value, readings = 0.0, []
        for _ in range(230):
            value = 0.9 * value + (1.0 - 0.81) ** 0.5 * draw()
            readings.append(value**2)
        alarms += fed(readings[:200], readings[200:]).harm() != ""
    assert alarms < 10


def test_standard_error_of_independent_and_correlated_readings() -> None:
    assert standard_error([1.0, 3.0] * 8) == pytest.approx((16 / 15) ** 0.5 / 4.0)
    assert standard_error([2.0] * 5) == standard_error([2.0]) == 0.0
    walk = [float(number) for number in range(20)]
    independent = (sum((value - 9.5) ** 2 for value in walk) / 19 / 20) ** 0.5
    assert all(after > before for before, after in pairwise(walk))
    assert standard_error(walk) > 2.0 * independent
