"""Alarm limits: LoLo, Lo, Hi, HiHi of every numeric tag, crossed with hysteresis, checked by column."""

import numpy as np
from numpy.typing import NDArray

from edge.store import Event
from twin.model.declaration import Declaration, TagDeclaration, UnitDeclaration
from twin.model.measure import MEASURE_UNITS
from twin.model.tag import Kind

LEVELS = {-2: "LoLo", -1: "Lo", 1: "Hi", 2: "HiHi"}


def hysteresis(tag: TagDeclaration) -> float:
    """Return how far a value must come back for its alarm to clear: the deadband, else 1 % of the span.

    Never more than a quarter of the way between the inner limits, so that a value in the middle is always clear.
    """
    low = tag.low if tag.low is not None else tag.lolo if tag.lolo is not None else tag.lo
    high = tag.high if tag.high is not None else tag.hihi if tag.hihi is not None else tag.hi
    back = tag.deadband or (0.01 * (high - low) if low is not None and high is not None else 0.0)
    if tag.lo is not None and tag.hi is not None:
        back = min(back, 0.25 * (tag.hi - tag.lo))
    return back


class AlarmWatch:
    """The alarm level of every tag of a plant: 0, or -2 LoLo, -1 Lo, 1 Hi, 2 HiHi.

    Tags are numbered through: the units in order, the tags of each unit in order.
    """

    def __init__(self, declaration: Declaration) -> None:
        self._tags: list[tuple[UnitDeclaration, TagDeclaration]] = [
            (unit, tag) for unit in declaration.units for tag in unit.tags
        ]
        columns: list[tuple[float, float, float, float, float]] = []
        for _, tag in self._tags:
            if tag.kind is Kind.TEXT:
                columns.append((-np.inf, -np.inf, np.inf, np.inf, 0.0))
                continue
            columns.append((
                -np.inf if tag.lolo is None else tag.lolo, -np.inf if tag.lo is None else tag.lo,
                np.inf if tag.hi is None else tag.hi, np.inf if tag.hihi is None else tag.hihi, hysteresis(tag),
            ))  # fmt: skip
        table = np.array(columns, np.float64).reshape(len(columns), 5).T
        self._lolo, self._lo, self._hi, self._hihi, self._back = table
        self._low, self._high = np.maximum(self._lolo, self._lo), np.minimum(self._hi, self._hihi)
        self.levels: dict[int, int] = {}  # raised ones only

    def check(
        self, number: NDArray[np.int64], time_ms: NDArray[np.int64], value: NDArray[np.float64]
    ) -> list[Event]:
        """Take samples in order (`number` of the tag, time, value); return what was raised or cleared.

        An alarm that eases (HiHi to Hi) is told as an alarm again, so that the last event of a tag tells its level.
        """
        beyond = (value > self._high[number]) | (value < self._low[number])
        hot = np.zeros(len(self._tags), np.bool_)
        hot[list(self.levels)] = True
        hot[number[beyond]] = True
        if not hot.any():
            return []
        places = np.flatnonzero(hot[number] & np.isfinite(value))
        places = places[np.argsort(number[places], kind="stable")]
        chosen, values = number[places], value[places]
        enter, stay = self._enter(chosen, values), self._stay(chosen, values)
        # A sample in the same bands as the one before it changes nothing, however long the alarm stands.
        news = np.ones(len(places), np.bool_)
        news[1:] = (np.diff(chosen) != 0) | (np.diff(enter) != 0) | (np.diff(stay) != 0)
        events = []
        for at, tag, entered, stayed in zip(
            places[news].tolist(),
            chosen[news].tolist(),
            enter[news].tolist(),
            stay[news].tolist(),
            strict=True,
        ):
            before = self.levels.get(tag, 0)
            after = _next(before, entered, stayed)
            if after != before:
                if after:
                    self.levels[tag] = after
                else:
                    del self.levels[tag]
                events.append(self._event(tag, before, after, int(time_ms[at]), float(value[at])))
        return events

    def _enter(self, tag: NDArray[np.int64], value: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the level that each value raises by itself."""
        high = np.where(value > self._hihi[tag], 2, np.where(value > self._hi[tag], 1, 0))
        return high - np.where(value < self._lolo[tag], 2, np.where(value < self._lo[tag], 1, 0))

    def _stay(self, tag: NDArray[np.int64], value: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the level that each value still holds up, as 3 x high + low, each 0..2."""
        back = self._back[tag]
        high = np.where(value > self._hihi[tag] - back, 2, np.where(value > self._hi[tag] - back, 1, 0))
        low = np.where(value < self._lolo[tag] + back, 2, np.where(value < self._lo[tag] + back, 1, 0))
        return 3 * high + low

    def _event(self, number: int, before: int, after: int, time_ms: int, value: float) -> Event:
        unit, tag = self._tags[number]
        known = MEASURE_UNITS.get(tag.unit)
        measure = known.display if known is not None else tag.unit
        measured = f"{value:.4g} {measure}".strip()
        what = f"{unit.title}, {tag.description or tag.name.replace('_', ' ')}: {measured}"
        if not after:
            text = f"{what}, back from {LEVELS[before]}"
            return Event(time_ms, unit.path, "clear", "info", text, tag.name, value)
        level = LEVELS[after]
        limit = getattr(tag, level.lower())
        side = "above" if after > 0 else "below"
        eased = f", eased from {LEVELS[before]}" if after * before > 0 and abs(after) < abs(before) else ""
        text = f"{what} {side} {level} {limit:g}{eased}"
        severity = "critical" if abs(after) == 2 else "warning"
        return Event(time_ms, unit.path, "alarm", severity, text, tag.name, value)


def _next(before: int, entered: int, stayed: int) -> int:
    """Return the level after a value that raises `entered` and holds up `stayed` (3 x high + low)."""
    high, low = divmod(stayed, 3)
    if entered > 0:
        return max(entered, min(before, high))
    if entered < 0:
        return min(entered, max(before, -low))
    return min(before, high) if before > 0 else max(before, -low)
