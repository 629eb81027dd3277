"""The work calendar: segments, shifts over midnight, breaks, local time."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.model.calendar import Calendar, Closure, Shift

TWO = Calendar([Shift("day", 8, 20, ((12, 12.5),)), Shift("night", 20, 32, ((24, 25),))])


@pytest.mark.parametrize(
    ("hour", "shift", "busy", "reason"),
    [
        (0.5, "night", False, "break"),
        (3.0, "night", True, ""),
        (8.0, "day", True, ""),
        (12.0, "day", False, "break"),
        (12.5, "day", True, ""),
        (20.0, "night", True, ""),
        (24.99, "night", False, "break"),
    ],
)
def test_segments_of_two_shifts(hour: float, shift: str, busy: bool, reason: str) -> None:
    segment = TWO.segment(hour * 3600)
    assert (segment.shift, segment.busy, segment.reason) == (shift, busy, reason)


def test_time_without_a_shift_is_not_scheduled() -> None:
    segment = Calendar([Shift("day", 8, 16)]).segment(20 * 3600)
    assert (segment.start, segment.end) == (16 * 3600, 32 * 3600)
    assert (segment.shift, segment.busy, segment.reason) == ("", False, "not_scheduled")


def test_start_places_the_local_day() -> None:
    """Second 0 at 02:00 UTC is 10:00 in China: two hours into the day shift."""
    calendar = Calendar(TWO.shifts, utc_offset=8.0, start=datetime(2026, 1, 5, 2, tzinfo=UTC))
    segment = calendar.segment(0.0)
    assert (segment.shift, segment.start, segment.end) == ("day", -2 * 3600, 2 * 3600)


@given(st.floats(0, 30 * 86_400))
def test_segments_tile_time(now: float) -> None:
    """Every moment lies in its segment, and the next segment begins where it ends."""
    segment = TWO.segment(now)
    assert segment.start <= now < segment.end
    assert TWO.segment(segment.end).start == segment.end


def test_busy_hours_add_up() -> None:
    """Two shifts of 12 h with 1.5 h of breaks: 22.5 h a day."""
    busy, now = 0.0, 0.0
    while now < 5 * 86_400:
        segment = TWO.segment(now)
        busy += segment.busy * (min(segment.end, 5 * 86_400) - now)
        now = segment.end
    assert busy == 5 * 22.5 * 3600


def test_bad_shifts_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one shift"):
        Calendar([])
    with pytest.raises(ValueError, match="shift day: start 8"):
        Shift("day", 8, 8)
    with pytest.raises(ValueError, match=r"shift day: break 7-9"):
        Shift("day", 8, 16, ((7, 9),))
    with pytest.raises(ValueError, match="overlap"):
        Calendar([Shift("a", 0, 9), Shift("b", 8, 16)])
    with pytest.raises(ValueError, match="overlap"):
        Calendar([Shift("a", 4, 9), Shift("b", 20, 30)])


# -- weekly closures -----------------------------------------------------------------------------------------

WEEKLY = Calendar.continuous(closures=[Closure(48.0 + 8.0, 12.0)])  # Wednesday 08:00 to 20:00


@pytest.mark.parametrize(
    ("hour", "start", "end", "shift", "busy"),
    [
        (48.0, 48.0, 56.0, "night", True),
        (56.0, 56.0, 64.0, "morning", False),
        (64.0, 64.0, 68.0, "evening", False),
        (68.0, 68.0, 72.0, "evening", True),
        (168.0 + 57.0, 168.0 + 56.0, 168.0 + 64.0, "morning", False),
        (168.0 + 72.0, 168.0 + 72.0, 168.0 + 80.0, "night", True),
    ],
)
def test_weekly_closure_cuts_the_shifts(
    hour: float, start: float, end: float, shift: str, *, busy: bool
) -> None:
    segment = WEEKLY.segment(hour * 3600.0)
    assert (segment.start, segment.end) == (start * 3600.0, end * 3600.0)
    assert (segment.shift, segment.busy) == (shift, busy)
    assert segment.reason == ("" if busy else "not_scheduled:maintenance")


def test_weekly_closure_leaves_breaks_alone() -> None:
    calendar = Calendar([Shift("day", 8, 20, ((12, 13),))], closures=[Closure(10.0, 6.0)])
    reasons = [calendar.segment(hour * 3600.0).reason for hour in (9, 11, 12.5, 14, 17, 22)]
    closed = "not_scheduled:maintenance"
    assert reasons == ["", closed, "break", closed, "", "not_scheduled"]


def test_weekly_closure_follows_the_day_of_the_week() -> None:
    """Second 0 on a Wednesday at 02:00 UTC is 10:00 in China: inside the closure."""
    placed = WEEKLY.placed(datetime(2026, 1, 7, 2, tzinfo=UTC))
    segment = placed.segment(0.0)
    assert (segment.start, segment.end, segment.busy) == (-2 * 3600.0, 6 * 3600.0, False)


@given(st.floats(-1e6, 1e7))
def test_segments_with_closures_follow_one_another(now: float) -> None:
    segment = WEEKLY.segment(now)
    assert segment.start <= now < segment.end
    assert WEEKLY.segment(segment.end).start == pytest.approx(segment.end, abs=1e-6)


@pytest.mark.parametrize(("start", "duration"), [(-1.0, 2.0), (168.0, 1.0), (160.0, 12.0), (5.0, 0.0)])
def test_closure_outside_the_week_is_refused(start: float, duration: float) -> None:
    with pytest.raises(ValueError, match="within one week"):
        Closure(start, duration)


def test_overlapping_closures_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        Calendar.continuous(closures=[Closure(0.0, 12.0), Closure(10.0, 4.0)])
