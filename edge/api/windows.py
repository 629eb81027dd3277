"""Windows that figures are shown for: 1m, 15m, hour, shift, day, order, total."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from edge.api.time_range import DAY, HOUR, MINUTE, TimeRange


class WindowKind(StrEnum):
    """How a range is cut."""

    MINUTE = "1m"
    QUARTER = "15m"
    HOUR = "hour"
    SHIFT = "shift"
    DAY = "day"
    ORDER = "order"
    TOTAL = "total"


WIDTHS = {
    WindowKind.MINUTE: MINUTE,
    WindowKind.QUARTER: 15 * MINUTE,
    WindowKind.HOUR: HOUR,
    WindowKind.DAY: DAY,
}


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open window [start_ms, end_ms) with a name for people."""

    start_ms: int
    end_ms: int
    label: str = ""


def whole_minutes(span: TimeRange) -> TimeRange:
    """Round a range to full minutes, the grain of the stored sums: start down, end up.

    >>> whole_minutes(TimeRange(61_000, 150_000))
    TimeRange(start_ms=60000, end_ms=180000)
    """
    return TimeRange(span.start_ms // MINUTE * MINUTE, -(-span.end_ms // MINUTE) * MINUTE)


def aligned(span: TimeRange, width_ms: int, utc_offset: float) -> TimeRange:
    """Widen a range to multiples of `width_ms`, counted from the local midnight at `utc_offset` hours.

    >>> aligned(TimeRange(HOUR, 2 * HOUR), DAY, 8.0).start_ms == -8 * HOUR
    True
    """
    shift = round(utc_offset * HOUR)
    start = (span.start_ms + shift) // width_ms * width_ms - shift
    end = -(-(span.end_ms + shift) // width_ms) * width_ms - shift
    return TimeRange(start, end)


def shift_windows(texts: Sequence[tuple[int, str]], span: TimeRange) -> list[Window]:
    """Turn samples of the `shift` text tag into the shifts that overlap `span`, clipped to it.

    `texts` must begin with the sample that was valid at the start of the range, when there is one. Repeated
    samples of the same shift are one shift; an empty text is the time outside shifts and gives no window.
    Windows are of full minutes, each in one shift: that in which a shift begins is its first one.

    >>> [(one.start_ms, one.end_ms) for one in shift_windows([(0, "a"), (60_001, "b")], TimeRange(0, 150_000))]
    [(0, 60000), (60000, 180000)]
    """
    windows: list[Window] = []
    changes = [(time_ms, name) for time_ms, name in texts if time_ms < span.end_ms]
    for place, (time_ms, name) in enumerate(changes):
        end = changes[place + 1][0] if place + 1 < len(changes) else span.end_ms
        start, end = max(time_ms, span.start_ms), min(end, span.end_ms)
        if not name or end <= start:
            continue
        if windows and windows[-1].label == name and windows[-1].end_ms == start:
            windows[-1] = Window(windows[-1].start_ms, end, name)
        else:
            windows.append(Window(start, end, name))
    found = []
    for window in windows:
        rounded = whole_minutes(TimeRange(window.start_ms, window.end_ms))
        end = rounded.end_ms if window.end_ms == span.end_ms else window.end_ms // MINUTE * MINUTE
        if end > rounded.start_ms:
            found.append(Window(rounded.start_ms, end, window.label))
    return found
