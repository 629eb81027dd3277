"""The work calendar: segments, shifts over midnight, breaks, local time."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.model.calendar import Calendar, Shift

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
