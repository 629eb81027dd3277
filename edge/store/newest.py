"""The newest value of every tag, in memory: `last` answers without touching the disk."""

import threading
from collections.abc import Sequence

import duckdb
import numpy as np
from numpy.typing import NDArray

from edge.store.catalogue import Catalogue
from twin.model.frame import Sample
from twin.model.tag import Kind
from twin.packing import Batch

_RECENT_MS = 90 * 60_000  # every tag is reported at least once an hour


class Newest:
    """Time and value by tag number; safe to read while a writer moves it on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._time: NDArray[np.int64] = np.full(1024, -1, np.int64)
        self._value: NDArray[np.float64] = np.zeros(1024)
        self._texts: dict[int, tuple[int, str]] = {}

    @classmethod
    def load(cls, db: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> "Newest":
        """Read the newest values from the file: from its last hours first, from all of it where that is not enough."""
        newest = cls()
        texts = {
            number
            for epochs in catalogue.plants.values()
            for epoch in epochs.values()
            for number, kind in epoch.tags.values()
            if kind is Kind.TEXT
        }
        for epochs in catalogue.plants.values():
            epoch = epochs[max(epochs)]
            first, count = int(epoch.base[0]), int(epoch.sizes.sum())
            newest._grow(first + count)
            for table, column in (("samples", "value"), ("texts", "text")):
                select = f"SELECT tag_id, max(time_ms), arg_max({column}, time_ms) FROM {table} WHERE "
                here = f"tag_id BETWEEN {first} AND {first + count - 1}"
                (end,) = db.execute(f"SELECT max(time_ms) FROM {table} WHERE {here}").fetchone() or (None,)
                if end is None:
                    continue
                rows = db.execute(
                    f"{select} {here} AND time_ms > {end - _RECENT_MS} GROUP BY tag_id"
                ).fetchall()
                missing = set(range(first, first + count)) - {row[0] for row in rows}
                missing = missing & texts if table == "texts" else missing - texts
                if missing:
                    numbers = ", ".join(map(str, sorted(missing)))
                    rows += db.execute(f"{select} tag_id IN ({numbers}) GROUP BY tag_id").fetchall()
                for number, time_ms, value in rows:
                    if table == "texts":
                        newest._texts[number] = (time_ms, value)
                    else:
                        newest._time[number], newest._value[number] = time_ms, value
        return newest

    def _grow(self, size: int) -> None:
        if size > len(self._time):
            more = max(size, 2 * len(self._time)) - len(self._time)
            self._time = np.concatenate((self._time, np.full(more, -1, np.int64)))
            self._value = np.concatenate((self._value, np.zeros(more)))

    def put(self, number: int, time_ms: int, value: float | str) -> None:
        """Take over one value that was stored."""
        with self._lock:
            if isinstance(value, str):
                self._texts[number] = (time_ms, value)
            else:
                self._grow(number + 1)
                self._time[number], self._value[number] = time_ms, value

    def move(self, batch: Batch, numbers: NDArray[np.int32]) -> None:
        """Take over what a batch brings; later places win, as time rises along a batch."""
        if not len(numbers):
            return
        with self._lock:
            self._grow(int(numbers.max()) + 1)
            if batch.texts:
                for place in sorted(batch.texts):
                    self._texts[int(numbers[place])] = (int(batch.sample_ms[place]), batch.texts[place])
                numeric = np.ones(len(numbers), np.bool_)
                numeric[list(batch.texts)] = False
                numbers = numbers[numeric]
                self._time[numbers] = batch.sample_ms[numeric]
                self._value[numbers] = batch.value[numeric]
            else:
                self._time[numbers] = batch.sample_ms
                self._value[numbers] = batch.value

    def get(self, number: int) -> tuple[int, float | str] | None:
        """Return time and value of a tag, None when it has none."""
        with self._lock:
            return self._get(number)

    def _get(self, number: int) -> tuple[int, float | str] | None:
        text = self._texts.get(number)
        if text is not None:
            return text
        if number >= len(self._time) or self._time[number] < 0:
            return None
        return int(self._time[number]), float(self._value[number])

    def samples(self, catalogue: Catalogue, paths: Sequence[str]) -> dict[str, Sample]:
        """Return the newest sample of each tag path that has one."""
        found = {}
        with self._lock:
            for path in paths:
                number = catalogue.newest_tag(path)
                held = None if number is None else self._get(number)
                if held is not None:
                    found[path] = Sample(path, held[1], held[0])
        return found
