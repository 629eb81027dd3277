"""Moments and ranges as people write them: RFC 3339 or relative to now."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from edge.api.problem import Problem

SECOND = 1_000
MINUTE = 60_000
HOUR = 3_600_000
DAY = 86_400_000

_UNITS = {"s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
_SPAN = re.compile(r"(\d{1,9})(s|m|h|d)")
# Bucket widths that people read easily; what is longer is a whole number of days.
_STEPS = (
    *(n * SECOND for n in (1, 2, 5, 10, 15, 30)),
    *(n * MINUTE for n in (1, 2, 5, 10, 15, 30)),
    *(n * HOUR for n in (1, 2, 4, 6, 12, 24)),
)


@dataclass(frozen=True, slots=True)
class TimeRange:
    """The half-open range [start_ms, end_ms), UTC."""

    start_ms: int
    end_ms: int

    @property
    def width_ms(self) -> int:
        """How long it is."""
        return self.end_ms - self.start_ms


def span(text: str, field: str) -> int:
    """Read a length such as `15m`, `8h`, in ms; raises Problem that names `field`.

    >>> span("15m", "every")
    900000
    """
    match = _SPAN.fullmatch(text)
    if match is None or int(match[1]) == 0:
        raise Problem(422, f"{field}: {text!r} is no length; write for example 10s, 1m, 8h or 1d")
    return int(match[1]) * _UNITS[match[2]]


def moment(text: str, now_ms: int, field: str) -> int:
    """Read an RFC 3339 moment, `now`, or a moment before now such as `-8h`, as UTC ms; raises Problem.

    >>> moment("-1m", 100_000, "start")
    40000
    """
    text = text.strip()
    if text == "now":
        return now_ms
    if text.startswith("-"):
        return now_ms - span(text[1:], field)
    try:
        # An unescaped + of a query string arrives as a space.
        parsed = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
    except ValueError:
        parsed = None
    if parsed is None or parsed.tzinfo is None:
        raise Problem(
            422,
            f"{field}: {text!r} is no moment; write 2026-01-31T08:00:00Z (RFC 3339 with zone), now, or -8h",
        )
    try:
        return round(parsed.timestamp() * 1000)
    except (OverflowError, ValueError):
        raise Problem(422, f"{field}: {text!r} lies outside the calendar") from None


def time_range(start: str, end: str, now_ms: int, *, max_days: float) -> TimeRange:
    """Read and bound a range; raises Problem with the remedy."""
    found = TimeRange(moment(start, now_ms, "start"), moment(end, now_ms, "end"))
    if found.width_ms <= 0:
        raise Problem(422, f"start: {start!r} must lie before end {end!r}")
    if found.width_ms > max_days * DAY:
        raise Problem(422, f"start: the range is longer than {max_days:g} days; ask for a shorter one")
    if not 0 <= found.start_ms < 4_102_444_800_000:
        raise Problem(422, f"start: {start!r} lies outside 1970..2099")
    return found


def readable_step(width_ms: int, points: int) -> int:
    """Return the smallest readable bucket width that cuts `width_ms` into at most `points`.

    >>> readable_step(8 * HOUR, 600)
    60000
    """
    wanted = width_ms / points
    for step in _STEPS:
        if step >= wanted:
            return step
    return -int(-wanted // DAY) * DAY


def rfc3339(time_ms: int) -> str:
    """Write a moment as RFC 3339 UTC.

    >>> rfc3339(0)
    '1970-01-01T00:00:00.000Z'
    """
    return (
        datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
