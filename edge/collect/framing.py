"""Frames made by the edge itself, of values that somebody else's server tells one by one."""

import heapq
import itertools
from dataclasses import dataclass, field

from twin.model.declaration import Declaration
from twin.model.frame import Frame
from twin.model.tag import Kind, Value

SETTLE_MS = 1_000  # values arrive in the order of their subscriptions, not of their times
_MINUTE, _HOUR = 60_000, 3_600_000
_EACH_MINUTE = frozenset({Kind.STATE, Kind.COUNT, Kind.MEASURE})

_Place = tuple[int, int]  # unit and tag in the declaration


@dataclass(slots=True)
class _Open:
    """The samples of one unit's next frame."""

    tags: list[int] = field(default_factory=list)
    times: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)


class Framer:
    """Puts values in the order of their times and cuts them into numbered frames with marks at full minutes.

    Times strictly rise per tag; a value that comes too late is moved behind what is already framed.
    """

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration
        self.newest: dict[_Place, Value] = {}
        self._waiting: list[tuple[int, int, _Place, Value]] = []
        self._order = itertools.count()
        self._last: dict[_Place, int] = {}
        self.framed = declaration.start_ms  # up to here all is framed, UTC ms
        self._seq = [0] * len(declaration.units)
        self._open: dict[int, _Open] = {}

    def add(self, unit: int, tag: int, value: Value, time_ms: int) -> None:
        """Take a value of the tag at `time_ms` (UTC)."""
        heapq.heappush(self._waiting, (max(time_ms, self.framed + 1), next(self._order), (unit, tag), value))

    def cut(self, until_ms: int) -> list[Frame]:
        """Return the frames of everything up to `until_ms`, in the order of time."""
        frames: list[Frame] = []
        while self.framed < until_ms:
            mark = (self.framed // _MINUTE + 1) * _MINUTE
            end = min(mark, until_ms)
            while self._waiting and self._waiting[0][0] <= end:
                time_ms, _, place, value = heapq.heappop(self._waiting)
                self._take(place, value, time_ms)
            if end == mark:
                self._mark(mark)
            frames += self._close(end)
            self.framed = end
        return frames

    def silence(self, until_ms: int) -> None:
        """Pass over a time of which nothing is known: no marks, no frames."""
        self.framed = max(self.framed, until_ms)

    def _take(self, place: _Place, value: Value, time_ms: int) -> None:
        unit, tag = place
        declared = self.declaration.units[unit].tags[tag]
        before = self.newest.get(place)
        if declared.kind is Kind.MEASURE and isinstance(before, float) and isinstance(value, float):
            if before == value or abs(value - before) < declared.deadband:
                return
        elif before == value and declared.name not in ("state", "reason"):
            return
        self._put(place, value, time_ms)

    def _put(self, place: _Place, value: Value, time_ms: int) -> None:
        unit, tag = place
        time_ms = max(time_ms, self._last.get(place, 0) + 1)
        self._last[place] = time_ms
        self.newest[place] = value
        made = self._open.setdefault(unit, _Open())
        if isinstance(value, str):
            made.texts[len(made.tags)] = value
        made.tags.append(tag)
        made.times.append(time_ms)
        made.values.append(0.0 if isinstance(value, str) else float(value))

    def _mark(self, mark: int) -> None:
        """Report what is known once more with the full minute's own time (texts and parameters each hour)."""
        for place, value in list(self.newest.items()):
            unit, tag = place
            kind = self.declaration.units[unit].tags[tag].kind
            if self._last[place] < mark and (kind in _EACH_MINUTE or mark % _HOUR == 0):
                self._put(place, value, mark)

    def _close(self, time_ms: int) -> list[Frame]:
        frames = []
        for unit in sorted(self._open):
            made = self._open.pop(unit)
            self._seq[unit] += 1
            frames.append(
                Frame(
                    self.declaration.units[unit].path, self.declaration.epoch, self._seq[unit],
                    max(time_ms, *made.times), made.tags, made.times, made.values, made.texts,
                )
            )  # fmt: skip
        return frames
