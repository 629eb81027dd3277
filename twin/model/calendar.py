"""The work calendar: when a line is planned to be busy, and which shift it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from twin.model.state import Reason

_DAY = 86_400.0
_WEEK = 7.0 * _DAY


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift of every working day: `name`, `start` and `end` in hours of the local day (end may pass 24).

    `breaks` are (start, end) in hours of the local day, inside the shift.
    """

    name: str
    start: float
    end: float
    breaks: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        if not 0.0 <= self.start < self.end <= self.start + 24.0:
            raise ValueError(
                f"shift {self.name}: start {self.start} h must lie before end {self.end} h, within a day"
            )
        for begin, end in self.breaks:
            if not self.start <= begin < end <= self.end:
                raise ValueError(f"shift {self.name}: break {begin}-{end} h must lie inside the shift")


@dataclass(frozen=True, slots=True)
class Closure:
    """A time of every week, inside the shifts, in which the line is not planned to be busy: people are there and paid.

    `start` is in hours of the local week (0: Monday 00:00), `duration` in hours; `reason` is published.

    >>> Closure(48.0 + 8.0, 12.0).reason  # Wednesday, the day shift
    'not_scheduled:maintenance'
    """

    start: float
    duration: float
    reason: str = f"{Reason.NOT_SCHEDULED}:maintenance"

    def __post_init__(self) -> None:
        if not (0.0 <= self.start < 168.0 and self.duration > 0.0 and self.start + self.duration <= 168.0):
            raise ValueError(
                f"closure: start {self.start} h and duration {self.duration} h must lie within one week, 0..168 h"
            )


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch [start, end) in seconds of simulated time; `reason` says why it is not planned busy."""

    start: float
    end: float
    shift: str
    busy: bool
    reason: str


class Calendar:
    """Shifts that repeat daily, `closures` that repeat weekly; all boundaries fall on full minutes.

    `utc_offset` in hours places the local day; `start` is the UTC moment of simulated second 0. Left out, a
    simulation places it, and without one second 0 is local midnight of a Monday. Continuous plants use
    `Calendar.continuous()`.
    """

    def __init__(
        self,
        shifts: Sequence[Shift],
        *,
        utc_offset: float = 8.0,
        start: datetime | None = None,
        closures: Sequence[Closure] = (),
    ) -> None:
        if not shifts:
            raise ValueError("a calendar needs at least one shift")
        self.shifts = tuple(sorted(shifts, key=lambda shift: shift.start))
        for before, after in zip(self.shifts, self.shifts[1:], strict=False):
            if before.end > after.start:
                raise ValueError(f"shifts {before.name} and {after.name} overlap")
        if self.shifts[-1].end - 24.0 > self.shifts[0].start:
            raise ValueError(f"shifts {self.shifts[-1].name} and {self.shifts[0].name} overlap")
        self.closures = tuple(sorted(closures, key=lambda closure: closure.start))
        for first, second in zip(self.closures, self.closures[1:], strict=False):
            if first.start + first.duration > second.start:
                raise ValueError(f"closures at {first.start} h and {second.start} h of the week overlap")
        self._utc_offset = utc_offset
        self._placed = start is not None
        self._offset = 0.0  # simulated second 0 in seconds of its local week
        if start is not None:
            local = start.astimezone(UTC) + timedelta(hours=utc_offset)
            self._offset = local.weekday() * _DAY + local.hour * 3600.0 + local.minute * 60.0 + local.second

    def placed(self, start: datetime) -> "Calendar":
        """Return this calendar with second 0 at `start`; itself when its place was given."""
        if self._placed:
            return self
        return Calendar(self.shifts, utc_offset=self._utc_offset, start=start, closures=self.closures)

    @classmethod
    def continuous(
        cls, *, utc_offset: float = 8.0, start: datetime | None = None, closures: Sequence[Closure] = ()
    ) -> "Calendar":
        """Return a calendar that is planned busy but for `closures`, in three shifts of eight hours."""
        shifts = (Shift("night", 0, 8), Shift("morning", 8, 16), Shift("evening", 16, 24))
        return cls(shifts, utc_offset=utc_offset, start=start, closures=closures)

    def segment(self, now: float) -> Segment:
        """Return the segment that holds the simulated second `now`."""
        segment = self._daily(now)
        if not self.closures:
            return segment
        start, end = segment.start, segment.end
        monday = (now + self._offset) // _WEEK * _WEEK - self._offset
        for week in (monday - _WEEK, monday, monday + _WEEK):
            for closure in self.closures:
                begin = week + closure.start * 3600.0
                over = begin + closure.duration * 3600.0
                if begin <= now < over:
                    if segment.busy:
                        start, end = max(start, begin), min(end, over)
                        return Segment(start, end, segment.shift, False, closure.reason)
                elif over <= now:
                    start = max(start, over) if segment.busy else start
                elif segment.busy:
                    end = min(end, begin)
        return Segment(start, end, segment.shift, segment.busy, segment.reason)

    def _daily(self, now: float) -> Segment:
        moment = now + self._offset
        midnight = moment // _DAY * _DAY
        edges: list[tuple[float, float, str, bool, str]] = []
        for day in (-1.0, 0.0, 1.0):
            base = midnight + day * _DAY
            for shift in self.shifts:
                at = shift.start
                for begin, end in sorted(shift.breaks):
                    edges.append((base + at * 3600, base + begin * 3600, shift.name, True, ""))
                    edges.append((base + begin * 3600, base + end * 3600, shift.name, False, Reason.BREAK))
                    at = end
                edges.append((base + at * 3600, base + shift.end * 3600, shift.name, True, ""))
        edges = [edge for edge in edges if edge[1] > edge[0]]
        for begin, end, name, busy, reason in edges:
            if begin <= moment < end:
                return Segment(begin - self._offset, end - self._offset, name, busy, reason)
        last = max(edge[1] for edge in edges if edge[1] <= moment)
        following = min(edge[0] for edge in edges if edge[0] > moment)
        return Segment(last - self._offset, following - self._offset, "", False, Reason.NOT_SCHEDULED)
