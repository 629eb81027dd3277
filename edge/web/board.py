"""What a plant page shows, gathered in one go and shared by everybody who looks at the same plant."""

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from edge.api.figure_query import described
from edge.api.query import Query
from edge.api.time_range import DAY, HOUR, MINUTE, TimeRange
from edge.api.windows import aligned
from edge.store import Event
from edge.store.together import intervals_of
from edge.web.line_sums import LineSums, line_sums, steps_of
from edge.web.period import Period
from edge.web.timeline import LANES_DAYS, stretches
from edge.web.unit_view import MimicView, mimic_view
from twin.model.declaration import Declaration
from twin.model.frame import Sample

Found = TypeVar("Found")

WINDOWS = ("Last hour", "Shift", "Last 24 h")
EVENTS = 2000  # so many are read, so that an alarm that comes and goes is counted fully
KEPT = 500  # answers that are kept at most
_SWEEP_S = 60.0  # and those that are too old to be given are dropped so often
_DAYS = 60  # bars at most
_SETTLED_S = 60.0  # what lies in the past is read anew so often


@dataclass(frozen=True, slots=True)
class Board:
    """One plant, now and over the chosen window `span`; `lanes` is None for a range too long to draw its states."""

    declaration: Declaration
    status: dict[str, Any]
    latest: dict[str, Sample]
    view: MimicView
    window: str
    span: TimeRange
    figures: dict[str, dict[str, Any]]
    losses: dict[str, Any]
    energy: dict[str, Any]
    energy_peak_ms: int | None
    lanes: dict[str, list[tuple[int, int, str]]] | None
    hours: list[tuple[int, float | None]]
    events: list[Event]
    orders: list[dict[str, Any]]

    def line(self, tag: str) -> str:
        """Return the text of one of the line's tags, "" while unknown."""
        sample = self.latest.get(f"{self.declaration.units[0].path}/{tag}")
        return "" if sample is None else str(sample.value)

    def active_faults(self) -> int:
        """Count the injected faults that are there now."""
        declaration = self.declaration
        paths = [f"{declaration.unit(fault.unit).path}/{fault.tag}" for fault in declaration.faults]
        return sum(float(self.latest[path].value) >= 0.5 for path in paths if path in self.latest)


@dataclass(frozen=True, slots=True)
class Card:
    """One plant on the overview: `plant` as the API tells it, the line's states of the last 8 hours, OEE by hour.

    `before` are the figures of the 24 hours before the last 24, None where they are not stored in full; `targets` those
    of the data sheet. `alarms` were raised in the last 24 hours and in those before, None where that is not known.
    """

    plant: dict[str, Any]
    titles: dict[str, str]
    view: MimicView
    span: TimeRange
    lane: list[tuple[int, int, str]]
    hours: list[tuple[int, float | None]]
    events: list[Event]
    before: Mapping[str, float | None]
    targets: Mapping[str, float]
    alarms: tuple[int | None, int | None]


class Boards:
    """Boards of all plants: values are read at most once a second, sums and history less often.

    Safe to use from several threads; whoever comes first reads the store, the others wait for that answer.
    """

    def __init__(self, query: Query) -> None:
        self.query = query
        self._kept: dict[tuple[Any, ...], tuple[float, Any]] = {}  # until when, and what
        self._locks: dict[tuple[Any, ...], threading.Lock] = {}
        self._guard = threading.Lock()
        self._swept = time.monotonic()

    def kept(self, key: tuple[Any, ...], seconds: float, read: Callable[[], Found]) -> Found:
        """Return what `read` gave for `key` within the last `seconds`, else read anew."""
        with self._guard:
            if len(self._locks) > KEPT or time.monotonic() - self._swept > _SWEEP_S:
                self._forget()
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            found = self._kept.get(key)
            if found is not None and time.monotonic() <= found[0]:
                known: Found = found[1]
                return known
            value = read()
            # From now on: who waited for an answer that took long gets this one too.
            self._kept[key] = time.monotonic() + seconds, value
            return value

    def lasting(self, seconds: float, span: TimeRange, last_ms: int | None) -> float:
        """Return how long an answer over `span` is kept: `seconds`, longer where all of it lies in the past."""
        return _SETTLED_S if span.end_ms < (last_ms or 0) - HOUR else seconds

    def _forget(self) -> None:
        """Drop what is too old to be given, and everything where that is not enough."""
        now = self._swept = time.monotonic()
        kept = {key: found for key, found in list(self._kept.items()) if found[0] >= now}
        self._kept = kept if len(kept) < KEPT else {}
        self._locks = {key: lock for key, lock in self._locks.items() if key in self._kept or lock.locked()}

    def board(self, plant: str, window: "str | Period") -> Board | None:
        """Return the plant's board, None while the edge does not know the plant."""
        declaration = next((one for one in self.query.store.declarations() if one.plant == plant), None)
        if declaration is None:
            return None
        query, epoch = self.query, declaration.epoch
        key: tuple[str | int, ...] = (plant, epoch)
        status, latest = self.status(declaration), self._latest(declaration)
        span = self.span(declaration, window, status["last_ms"])
        # While history fills, minutes fly by; a range of the past stays as it is.
        key = (*key, str(window))
        held = (2.0, 2.0, 2.0) if (status["behind_s"] or 0.0) > 120.0 else (5.0, 10.0, 2.0)
        sums_s, lanes_s, events_s = (self.lasting(one, span, status["last_ms"]) for one in held)
        figures, losses, energy = self.kept((*key, "figures"), sums_s, lambda: self._sums(declaration, span))
        lanes = self.kept((*key, "lanes"), lanes_s, lambda: self._lanes(declaration, span))
        # Live: up to the newest, whatever its clock says.
        beyond = MINUTE if isinstance(window, Period) else HOUR
        events, orders = self.kept(
            (*key, "events"), events_s,
            lambda: (
                query.store.events(declaration.line_path, span.start_ms, span.end_ms + beyond, EVENTS),
                query.orders(declaration, span),
            ),
        )  # fmt: skip
        return Board(
            declaration=declaration, status=status, latest=latest,
            window=window if isinstance(window, str) else "Range",
            view=mimic_view(declaration, latest, stale=status["data"] == "stale"),
            span=span, figures={figure["name"]: figure for figure in figures}, losses=losses, energy=energy,
            energy_peak_ms=energy["peak_start_ms"], lanes=lanes, hours=self.hours(declaration, span, sums_s),
            events=events, orders=orders,
        )  # fmt: skip

    def cards(self) -> list[Card]:
        """Return the overview's cards, in the order of the store."""
        return self.kept(("cards",), 0.9, self._cards)

    def _cards(self) -> list[Card]:
        ends = []
        for declaration in self.query.store.declarations():
            last = max((sample.time_ms for sample in self._latest(declaration).values()), default=None)
            if last is not None:
                ends.append((declaration, last // MINUTE * MINUTE))
        now = self.query.clock_ms()
        behind = any(now - end > 3 * MINUTE for _, end in ends)
        sums = self.kept(("line sums",), 3.0 if behind else 10.0, lambda: line_sums(self.query.store, ends))
        return [
            self._card(declaration, sums.get(declaration.plant, LineSums()))
            for declaration in self.query.store.declarations()
        ]

    def _card(self, declaration: Declaration, sums: LineSums) -> Card:
        plant = self.query.plant(declaration, sums.headline, self.status(declaration))
        latest = self._latest(declaration)
        last = plant["status"]["last_ms"]
        end = (self.query.clock_ms() if last is None else last) // MINUTE * MINUTE
        span = TimeRange(end - 8 * HOUR, end)
        line = declaration.units[0]
        lane = self.kept(
            (declaration.plant, declaration.epoch, "card lane"), 10.0,
            lambda: stretches(self.query.store.intervals(line.path, span.start_ms, span.end_ms), span, end),
        )  # fmt: skip
        return Card(
            plant=plant, titles={unit.name: unit.title for unit in declaration.units},
            view=mimic_view(declaration, latest, stale=plant["status"]["data"] == "stale"), span=span, lane=lane,
            hours=sums.hours,
            events=self.kept(
                (declaration.plant, declaration.epoch, "card events"), 3.0,
                lambda: self.query.store.events(declaration.line_path, span.start_ms, end + HOUR, 200),
            ),
            before=sums.before,
            targets=_targets(declaration),
            alarms=sums.alarms,
        )  # fmt: skip

    def hours(
        self, declaration: Declaration, span: TimeRange, seconds: float
    ) -> list[tuple[int, float | None]]:
        """Return the line's OEE up to the end of `span`: 24 hours, or day by day where it is longer than two days.

        None for a step without planned time; kept for `seconds`.
        """
        path = declaration.units[0].path
        last = -(-span.end_ms // HOUR) * HOUR
        steps, width = TimeRange(last - DAY, last), HOUR
        if span.width_ms > 2 * DAY:
            days, width = aligned(span, DAY, self.query.utc_offset), DAY
            steps = TimeRange(max(days.start_ms, days.end_ms - _DAYS * DAY), days.end_ms)

        def read() -> list[tuple[int, float | None]]:
            rows = self.query.store.tally(path, steps.start_ms, steps.end_ms, width)
            return steps_of(declaration, rows, steps, width)

        return self.kept((declaration.plant, declaration.epoch, "hours", steps), seconds, read)

    def span(self, declaration: Declaration, window: "str | Period", last_ms: int | None) -> TimeRange:
        """Return the range of a window, which ends with the newest full minute of data, or of a period."""
        end = (self.query.clock_ms() if last_ms is None else last_ms) // MINUTE * MINUTE
        if isinstance(window, Period):
            return window.span(end)
        if window == "Shift":
            shift = self.query.present_shift(declaration, end)
            return (
                TimeRange(shift.start_ms, max(end, shift.start_ms + MINUTE))
                if shift
                else TimeRange(end - HOUR, end)
            )
        width = HOUR if window == "Last hour" else DAY
        start = max(end - width, min(declaration.start_ms, end - MINUTE)) if width == DAY else end - width
        return TimeRange(start, end)

    def status(self, declaration: Declaration) -> dict[str, Any]:
        """Return how far the plant's history reaches and how its link does."""
        key = (declaration.plant, declaration.epoch, "status")
        return self.kept(key, 0.9, lambda: self.query.status(declaration))

    def _latest(self, declaration: Declaration) -> dict[str, Sample]:
        key = (declaration.plant, declaration.epoch, "latest")
        return self.kept(key, 0.9, lambda: self.query.latest(declaration))

    def _sums(
        self, declaration: Declaration, span: TimeRange
    ) -> tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]]:
        """Return figures, losses and energy of the line, from sums that are read once."""
        query, line = self.query, declaration.units[0]
        values = query.tally(line.path, span)
        return (
            described(values, line), query.losses(line, span, values), query.energy(declaration, span, values)
        )  # fmt: skip

    def _lanes(
        self, declaration: Declaration, span: TimeRange
    ) -> dict[str, list[tuple[int, int, str]]] | None:
        if span.width_ms > LANES_DAYS * DAY:
            return None
        paths = [unit.path for unit in declaration.units]
        found = intervals_of(self.query.store, paths, span.start_ms, span.end_ms)
        return {unit.name: stretches(found[unit.path], span, span.end_ms) for unit in declaration.units}


def _targets(declaration: Declaration) -> dict[str, float]:
    """Return the data sheet's figures, with the OEE index that follows from its three factors."""
    targets = dict(declaration.targets)
    factors = [targets.get(name) for name in ("availability", "effectiveness", "quality_ratio")]
    if all(factors):
        targets["oee_index"] = math.prod(factor for factor in factors if factor)
    return targets
