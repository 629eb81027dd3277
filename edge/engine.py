"""Samples in; tallies, state intervals, orders and events out: the same whatever way the frames are cut."""

from collections.abc import Sequence

import numpy as np
import orjson
from numpy.typing import NDArray

from edge.alarm import AlarmWatch
from edge.order import OrderTrack
from edge.store import Event, Results, TallyRow
from edge.track import Entry, Track
from twin.kpi.fold import Fold, is_rate, register_key
from twin.kpi.tally import Tally, add
from twin.kpi.tally import total as sum_of
from twin.model.declaration import Declaration
from twin.packing import Batch

MINUTE = 60_000
_DAY = 86_400_000
_VERSION = 1
_IGNORED, _VALUE, _STATE, _REASON, _LINE_TEXT = range(5)
_OF_THE_LINE = ("energy/", "co2", "energy_cost")  # what the line sums over its units


class Engine:
    """The figures of one plant and epoch, folded frame by frame.

    Frames come in order of time, those of one scan together. A minute is closed as soon as every unit has told its
    end (a frame at the full minute), or a frame beyond it has come. Within a minute the line's samples are folded
    first: it tells its units the planned busy time, the prices and where orders begin.
    """

    def __init__(self, declaration: Declaration) -> None:
        self.declaration = declaration
        self._tracks = [Track(unit, index) for index, unit in enumerate(declaration.units)]
        self._order = OrderTrack(declaration.units[0].path)
        self._alarms = AlarmWatch(declaration)
        sizes = [len(unit.tags) for unit in declaration.units]
        self._base = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        self._table: list[tuple[Track, str, int]] = [
            (track, tag.name, _role(track, tag.name)) for track in self._tracks for tag in track.unit.tags
        ]
        self._relevant = np.array([role != _IGNORED for _, _, role in self._table], np.bool_)
        self._clock = 0  # newest frame, ms
        self._end = 0  # end of the open minute, 0 before the first frame
        self._heard = [0] * len(self._tracks)  # newest frame of each unit, ms
        self._closed: bytes | None = None  # the part of the snapshot that changes once a minute

    # -- folding -------------------------------------------------------------------------------------------

    def fold(self, batches: Sequence[Batch]) -> Results:
        """Fold frames; return what they completed or changed, with a snapshot of the state after them.

        Raises ValueError for frames of another epoch.
        """
        results = Results()
        for batch in batches:
            if batch.epoch != self.declaration.epoch:
                raise ValueError(
                    f"plant {self.declaration.plant}: frames of epoch {batch.epoch} came to the engine of epoch "
                    f"{self.declaration.epoch}; make one engine for each epoch"
                )
            if len(batch):
                self._take(batch, results)
        for track in self._tracks:
            track.tell(results)
        results.orders = self._order.rows()
        results.snapshot = self.snapshot()
        return results

    def _take(self, batch: Batch, results: Results) -> None:
        number = self._base[batch.sample_source] + batch.tag
        results.events += self._alarms.check(number, batch.sample_ms, batch.value)
        frame_ms = np.maximum.accumulate(np.maximum(batch.time_ms, self._clock))
        ends = np.cumsum(batch.size, dtype=np.int64)
        chosen = np.flatnonzero(self._relevant[number] & np.isfinite(batch.value))
        # A sample never lies after its frame.
        latest = frame_ms[np.searchsorted(ends, chosen, "right")]
        samples = list(
            zip(
                chosen.tolist(), number[chosen].tolist(), np.minimum(batch.sample_ms[chosen], latest).tolist(),
                batch.value[chosen].tolist(), strict=True,
            )
        )  # fmt: skip
        frame, taken, count = 0, 0, len(batch)
        while frame < count:
            if not self._end:
                self._open(int(frame_ms[frame]))
            until = int(np.searchsorted(frame_ms, self._end, "right"))
            if until > frame:
                last = int(np.searchsorted(chosen, ends[until - 1], "left"))
                self._hear(batch, frame_ms, frame, until)
                self._sort_in(samples[taken:last], batch.texts, results)
                frame, taken = until, last
                if min(self._heard) >= self._end:
                    self._close(results)
            else:
                self._close(results)
                if frame_ms[frame] - self._end > _DAY:
                    self._leap(int(frame_ms[frame]), results)
        self._clock = int(frame_ms[-1])

    def _open(self, time_ms: int) -> None:
        start = time_ms // MINUTE * MINUTE
        self._end = start + MINUTE
        self._closed = None
        planned = "planned_busy" not in self.declaration.units[0].tag_names
        for track in self._tracks:
            track.fold = Fold(start, line=track.index == 0, planned=planned)

    def _hear(self, batch: Batch, frame_ms: NDArray[np.int64], start: int, end: int) -> None:
        for source, time_ms in zip(
            batch.source[start:end].tolist(), frame_ms[start:end].tolist(), strict=True
        ):
            self._heard[source] = time_ms

    def _sort_in(
        self, samples: list[tuple[int, int, int, float]], texts: dict[int, str], results: Results
    ) -> None:
        """Put relevant samples where they wait for the end of the minute; tell what is known at once."""
        start, table = self._end - MINUTE, self._table
        for place, number, time_ms, value in samples:
            track, name, role = table[number]
            if time_ms < start:
                time_ms = start
            if role == _VALUE:
                track.pending.append((time_ms, name, value, ""))
            elif role == _STATE:
                if 1.0 <= value <= 17.0:
                    track.move(time_ms, int(value), results)
            elif role == _REASON:
                track.reason = texts.get(place, "")
            else:
                text = texts.get(place, "")
                self._order.tell(time_ms, name, text, results)
                track.pending.append((time_ms, name, 0.0, text))

    def _leap(self, time_ms: int, results: Results) -> None:
        """Pass over a silence of more than a day without a row for each of its minutes."""
        start = time_ms // MINUTE * MINUTE
        hours = (start - self._end + MINUTE) / 3_600_000
        text = f"no data for {hours:.0f} h: minutes without figures"
        results.events.append(Event(time_ms, self.declaration.units[0].path, "system", "warning", text))
        for track in self._tracks:
            track.fold.cut(start)
        self._end = start + MINUTE

    # -- closing -------------------------------------------------------------------------------------------

    def _close(self, results: Results) -> None:
        """Close the open minute: fold what waits, line first, and write a row for each scope."""
        end = self._end
        for track in self._tracks:
            track.know(min(self._heard[track.index], end), end, results)
        shared, of_line = self._feed_line()
        of_units = [track.feed(shared, end) for track in self._tracks[1:]]
        for parts in of_units:
            for whole, part in zip(of_line, parts, strict=True):
                add(whole, {name: value for name, value in part.items() if name.startswith(_OF_THE_LINE)})
        self._order.close(of_line)
        for track, parts in zip(self._tracks, (of_line, *of_units), strict=True):
            tally = sum_of(parts) if len(parts) > 1 else parts[0]
            results.tallies.append(TallyRow(track.unit.path, end - MINUTE, end, tally))
            for time_ms, name, before, after in track.fold.resets:
                text = f"{track.unit.title}: register {name} fell from {before:g} to {after:g}, counted from zero"
                results.events.append(Event(time_ms, track.unit.path, "system", "warning", text, name, after))
            track.fold.resets.clear()
        self._end = end + MINUTE
        self._closed = None

    def _feed_line(self) -> tuple[list[Entry], list[Tally]]:
        """Fold the line's own samples as it told them: its counters of an order's start stand before the order."""
        line = self._tracks[0]
        entries, line.pending = line.pending, []
        shared: list[Entry] = []
        tallies: list[Tally] = []
        for place, entry in enumerate(entries):
            time_ms, name, value, text = entry
            if name == "order":
                if self._order.starts(time_ms, text):
                    line.bridge(time_ms, entries[place + 1 :])
                    tallies.append(line.fold.cut(time_ms))
                    shared.append((time_ms, "cut", 0.0, ""))
            elif name in ("product", "order_quantity"):
                self._order.describe(name, value, text)
            else:
                if name == "planned_busy" or is_rate(name):
                    shared.append(entry)
                line.apply(entry, entries, place)
        tallies.append(line.fold.cut(self._end))
        return shared, tallies

    # -- memory --------------------------------------------------------------------------------------------

    def snapshot(self) -> bytes:
        """Return everything that `restore` needs to go on after the frames folded so far (JSON)."""
        if self._closed is None:
            folds = [track.fold.state() for track in self._tracks] if self._end else []
            self._closed = orjson.dumps([folds, self._order.state()])
        tracks = [track.state() for track in self._tracks]
        levels = list(self._alarms.levels.items())
        head = [
            _VERSION,
            self.declaration.epoch,
            self._clock,
            self._end,
            self._heard,
            levels,
            self._order.told,
        ]
        return orjson.dumps([*head, tracks, orjson.Fragment(self._closed)])

    @classmethod
    def restore(cls, snapshot: bytes, declaration: Declaration) -> "Engine":
        """Return the engine that wrote `snapshot`; raises ValueError when it does not belong to `declaration`."""
        advice = "fold this epoch's frames anew with Engine(declaration)"
        engine = cls(declaration)
        try:
            version, epoch, clock, end, heard, levels, told, tracks, (folds, order) = orjson.loads(snapshot)
            units = len(tracks)
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"engine snapshot of plant {declaration.plant} is damaged ({error}); {advice}"
            ) from error
        if (version, epoch, units) != (_VERSION, declaration.epoch, len(engine._tracks)):
            raise ValueError(
                f"engine snapshot (version {version}, epoch {epoch}, {units} units) does not fit plant "
                f"{declaration.plant}, epoch {declaration.epoch}, {len(engine._tracks)} units; {advice}"
            )
        engine._clock, engine._end, engine._heard = clock, end, heard
        engine._alarms.levels = dict(levels)
        engine._order.restore(order, told)
        for track, state, fold in zip(engine._tracks, tracks, folds, strict=bool(end)):
            track.restore(state, fold)
        return engine


def _role(track: Track, name: str) -> int:
    if name == "state":
        return _STATE
    if name == "reason":
        return _REASON
    if name in ("capacity", "ideal_cycle_time") or register_key(name):
        return _VALUE
    if track.index == 0:
        if name in ("order", "product", "shift"):
            return _LINE_TEXT
        if name in ("planned_busy", "order_quantity") or is_rate(name):
            return _VALUE
    return _IGNORED
