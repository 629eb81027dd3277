"""The store in memory: for unit tests, and the plainest reading of the contract."""

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edge.store import Event, Interval, OrderRow, Results, Series, TallyRow, Watermark
from edge.store.catalogue import FOREVER, Catalogue
from edge.store.identity import Marks, fresh_of
from twin.model.declaration import Declaration
from twin.model.frame import Sample
from twin.packing import Batch


class MemoryStore:
    """History that ends with the process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._catalogue = Catalogue()
        self._marks: dict[tuple[str, int], Marks] = {}
        self._snapshots: dict[tuple[str, int], bytes] = {}
        self._samples: dict[int, tuple[list[int], list[float]]] = defaultdict(lambda: ([], []))
        self._texts: dict[int, list[tuple[int, str]]] = defaultdict(list)
        self._tallies: dict[int, list[TallyRow]] = defaultdict(list)
        self._orders: dict[int, dict[int, OrderRow]] = defaultdict(dict)
        self._intervals: dict[int, dict[int, Interval]] = defaultdict(dict)
        self._events: list[tuple[Event, str, int]] = []

    def declare(self, declaration: Declaration) -> None:
        """Remember a plant's declaration."""
        with self._lock:
            epoch = self._catalogue.add(declaration)
            if epoch is not None:
                self._marks[declaration.plant, declaration.epoch] = Marks.none(len(epoch.base))

    def declarations(self) -> list[Declaration]:
        """Return the current declaration of every plant, by name."""
        with self._lock:
            return self._catalogue.declarations()

    def declaration(self, plant: str, epoch: int) -> Declaration | None:
        """Return the declaration of one epoch."""
        with self._lock:
            return self._catalogue.declaration(plant, epoch)

    def fresh(self, plant: str, batches: Sequence[Batch]) -> list[Batch]:
        """Return the batches without the frames that are already stored."""
        with self._lock:
            return fresh_of(plant, batches, self._marks)

    def write(self, plant: str, batches: Sequence[Batch], results: Results) -> None:
        """Store fresh frames, their watermarks and the engine's results."""
        with self._lock:
            declared = self._catalogue.epoch_of(plant, {batch.epoch for batch in batches})
            epoch, base = declared.declaration.epoch, declared.base
            marks = self._marks[plant, epoch]
            for batch in batches:
                left = marks.pass_by(batch)
                if left is not None:
                    self._keep(left, (base[left.sample_source] + left.tag).tolist())
            for tally in results.tallies:
                self._tallies[self._scope(plant, epoch, tally.scope)].append(tally)
            for order in results.orders:
                self._orders[self._scope(plant, epoch, order.scope)][order.start_ms] = order
            for interval in results.intervals:
                self._intervals[self._scope(plant, epoch, interval.scope)][interval.start_ms] = interval
            self._events += [(event, plant, epoch) for event in results.events]
            if results.snapshot:
                self._snapshots[plant, epoch] = results.snapshot

    def _keep(self, batch: Batch, numbers: list[int]) -> None:
        for place, (number, time_ms, value) in enumerate(
            zip(numbers, batch.sample_ms.tolist(), batch.value.tolist(), strict=True)
        ):
            text = batch.texts.get(place)
            if text is None:
                times, values = self._samples[number]
                times.append(time_ms)
                values.append(value)
            else:
                self._texts[number].append((time_ms, text))

    def _scope(self, plant: str, epoch: int, scope: str) -> int:
        return self._catalogue.scope(plant, epoch, scope)[0]

    def watermarks(self, plant: str) -> dict[tuple[str, int], Watermark]:
        """Return the watermark of every (source, epoch)."""
        with self._lock:
            found: dict[tuple[str, int], Watermark] = {}
            for number, epoch in sorted(self._catalogue.plants.get(plant, {}).items()):
                found |= self._marks[plant, number].watermarks(number, epoch.declaration.sources)
            return found

    def snapshot(self, plant: str, epoch: int) -> bytes | None:
        """Return the engine's newest snapshot of an epoch."""
        with self._lock:
            return self._snapshots.get((plant, epoch))

    def last(self, paths: Sequence[str]) -> dict[str, Sample]:
        """Return the newest sample of each tag path that has one."""
        found = {}
        with self._lock:
            for path in paths:
                number = self._catalogue.newest_tag(path)
                if number is None:
                    continue
                if number in self._texts:
                    time_ms, text = self._texts[number][-1]
                    found[path] = Sample(path, text, time_ms)
                elif number in self._samples:
                    times, values = self._samples[number]
                    found[path] = Sample(path, values[-1], times[-1])
        return found

    def series(self, path: str, start_ms: int, end_ms: int, every_ms: int = 0) -> Series:
        """Return a numeric tag's trend in buckets of `every_ms`, or raw."""
        with self._lock:
            times: list[int] = []
            values: list[float] = []
            for number, until_ms in self._catalogue.tag(path, text=False):
                if number in self._samples:
                    all_times, all_values = self._samples[number]
                    low, high = (
                        bisect_left(all_times, start_ms),
                        bisect_left(all_times, min(end_ms, until_ms)),
                    )
                    times += all_times[low:high]
                    values += all_values[low:high]
        at, value = np.array(times, np.int64), np.array(values, np.float64)
        if not every_ms or not len(at):
            return Series(path, every_ms, at, value, value, value, value)
        bucket = at // every_ms * every_ms
        first = np.flatnonzero(np.diff(bucket, prepend=bucket[0] - 1))
        count = np.diff(first, append=len(at))
        return Series(
            path, every_ms, bucket[first], np.minimum.reduceat(value, first), np.add.reduceat(value, first) / count,
            np.maximum.reduceat(value, first), value[first + count - 1],
        )  # fmt: skip

    def texts(self, path: str, start_ms: int, end_ms: int) -> list[tuple[int, str]]:
        """Return a text tag's samples."""
        with self._lock:
            return [
                (time_ms, text)
                for number, until_ms in self._catalogue.tag(path, text=True)
                for time_ms, text in self._texts.get(number, ())
                if start_ms <= time_ms < min(end_ms, until_ms)
            ]

    def tally(self, scope: str, start_ms: int, end_ms: int, every_ms: int) -> list[TallyRow]:
        """Return sums over windows of `every_ms`; a window in which nothing was added up is left out."""
        sums: dict[int, dict[str, float]] = {}
        with self._lock:
            for number, until_ms in self._catalogue.scope_spans(scope):
                for row in self._tallies.get(number, ()):
                    if start_ms <= row.start_ms < min(end_ms, until_ms):
                        window = start_ms + (row.start_ms - start_ms) // every_ms * every_ms
                        for name, value in row.values.items():
                            if value:
                                total = sums.setdefault(window, {})
                                total[name] = total.get(name, 0.0) + value
        return [
            TallyRow(scope, at, min(at + every_ms, end_ms), values) for at, values in sorted(sums.items())
        ]

    def orders(self, scope: str, start_ms: int, end_ms: int) -> list[OrderRow]:
        """Return the orders that overlap the range, oldest first."""
        with self._lock:
            rows = [
                replace(row, end_ms=_end(row.end_ms, until_ms))
                for number, until_ms in self._catalogue.scope_spans(scope)
                for row in self._orders.get(number, {}).values()
                if row.start_ms < until_ms
            ]
        return sorted((row for row in rows if _overlaps(row, start_ms, end_ms)), key=lambda row: row.start_ms)

    def intervals(self, scope: str, start_ms: int, end_ms: int) -> list[Interval]:
        """Return the state intervals that overlap the range, not clipped, oldest first."""
        with self._lock:
            rows = [
                replace(row, end_ms=_end(row.end_ms, until_ms))
                for number, until_ms in self._catalogue.scope_spans(scope)
                for row in self._intervals.get(number, {}).values()
                if row.start_ms < until_ms
            ]
        return sorted((row for row in rows if _overlaps(row, start_ms, end_ms)), key=lambda row: row.start_ms)

    def events(self, scope: str, start_ms: int, end_ms: int, limit: int = 200) -> list[Event]:
        """Return events of all scopes that begin with path `scope`, newest first."""
        with self._lock:
            found = [
                event
                for event, plant, epoch in reversed(self._events)
                if start_ms
                <= event.time_ms
                < min(end_ms, self._catalogue.until(plant, epoch) if plant else FOREVER)
                and (not scope or event.scope == scope or event.scope.startswith(scope + "/"))
            ]
        return sorted(found, key=lambda event: -event.time_ms)[:limit]

    def record(self, events: Sequence[Event]) -> None:
        """Append events that do not come from frames."""
        with self._lock:
            self._events += [(event, "", 0) for event in events]

    def close(self) -> None:
        """Nothing to release."""


def _end(end_ms: int | None, until_ms: int) -> int | None:
    """Close what a newer epoch has ended."""
    if until_ms == FOREVER:
        return end_ms
    return until_ms if end_ms is None else min(end_ms, until_ms)


def _overlaps(row: OrderRow | Interval, start_ms: int, end_ms: int) -> bool:
    return row.start_ms < end_ms and (row.end_ms is None or row.end_ms > start_ms)
