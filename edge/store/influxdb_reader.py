"""Questions to InfluxDB; any thread may ask."""

import json
from collections.abc import Iterator, Sequence

import numpy as np

from edge.store import Event, Interval, OrderRow, Series, TallyRow
from edge.store.catalogue import FOREVER, Catalogue
from edge.store.influxdb_flux import (
    FIRST_MS,
    LAST_MS,
    PIVOT,
    Row,
    equal,
    keep,
    newest,
    quote,
    select,
    time_ms,
    times_ms,
    together,
    windows,
)
from edge.store.influxdb_lines import ended
from edge.store.influxdb_link import InfluxLink
from edge.store.influxdb_schema import MEASUREMENTS, NOBODY
from edge.store.influxdb_setup import Layout
from edge.store.line_protocol import unguard

_TAGS_OF_A_TALLY = frozenset(
    ("result", "table", "_start", "_stop", "_time", "_measurement", *MEASUREMENTS["tally"].tags)
)


class InfluxReader:
    """History as Flux. Names and epochs come from the catalogue in memory, one question is asked an epoch in range."""

    def __init__(self, link: InfluxLink, layout: Layout) -> None:
        self._link = link
        self._layout = layout
        self._known = Catalogue()

    @property
    def _catalogue(self) -> Catalogue:
        """What was declared; a store that reads it from the server at the first question overrides this."""
        return self._known

    def _select(self, measurement: str, start_ms: int, end_ms: int, where: Sequence[str]) -> str:
        return select(
            self._layout.bucket(MEASUREMENTS[measurement].bucket), measurement, start_ms, end_ms, where
        )

    def _spans(
        self, scope: str, start_ms: int, end_ms: int, tag: str = ""
    ) -> Iterator[tuple[list[str], int, int]]:
        """Yield the conditions, end and limit of every epoch of a scope (or its tag) that counts in a range."""
        for plant, epochs in self._catalogue.plants.items():
            for number, epoch in sorted(epochs.items()):
                if scope not in epoch.declaration.sources or (tag and f"{scope}/{tag}" not in epoch.tags):
                    continue
                until_ms = self._catalogue.until(plant, number)
                if min(end_ms, until_ms, LAST_MS) > max(start_ms, FIRST_MS):
                    where = equal(plant=plant, epoch=str(number), scope=scope)
                    yield where + (equal(tag=tag) if tag else []), min(end_ms, until_ms), until_ms

    # -- samples -------------------------------------------------------------------------------------------

    def series(self, path: str, start_ms: int, end_ms: int, every_ms: int = 0) -> Series:
        """Return a numeric tag's trend in buckets of `every_ms`, or raw; raises KeyError for an unknown path."""
        self._catalogue.tag(path, text=False)
        scope, _, tag = path.rpartition("/")
        parts: list[_Columns] = []
        for where, end, _ in self._spans(scope, start_ms, end_ms, tag):
            source = self._select("sample", start_ms, end, [*where, *equal(field_="value")])
            parts.append(self._buckets(source, every_ms) if every_ms else self._raw(source))
        at, low, mean, high, last = _joined(parts)
        return Series(path, every_ms, at.astype(np.int64), low, mean, high, last)

    def _raw(self, source: str) -> "_Columns":
        rows = self._link.ask(together(source, keep("_time", "_value")))
        value = np.array([row["_value"] for row in rows], np.float64)
        at = times_ms([row["_time"] for row in rows])
        return _Columns(at, np.ones(len(at)), value, value, value, value)

    def _buckets(self, source: str, every_ms: int) -> "_Columns":
        """Ask for the aggregates in one question with an answer for each.

        Each reads the source itself: then the server's storage adds up, where a source that several share is read row
        by row (60 times slower, measured). Samples may come in between two of them, hence only what all of them tell.
        """
        names = ("count", "min", "mean", "max", "last")
        asked = together(
            *(
                together(
                    source, windows(every_ms, name), keep("_time", "_value"), f'  |> yield(name: "{name}")'
                )
                for name in names
            )
        )
        found: dict[str, dict[str, str]] = {name: {} for name in names}
        for row in self._link.ask(asked):
            found[row["result"]][row["_time"]] = row["_value"]
        times = [at for at in found["count"] if all(at in told for told in found.values())]
        # The first bucket is told by the start of the range where that cuts it.
        at = times_ms(times) // every_ms * every_ms
        values = [np.array([found[name][time] for time in times], np.float64) for name in names]
        return _Columns(at, *values)

    def texts(self, path: str, start_ms: int, end_ms: int) -> list[tuple[int, str]]:
        """Return a text tag's samples; raises KeyError for an unknown path."""
        self._catalogue.tag(path, text=True)
        scope, _, tag = path.rpartition("/")
        found: list[tuple[int, str]] = []
        for where, end, _ in self._spans(scope, start_ms, end_ms, tag):
            rows = self._link.ask(
                together(self._select("text", start_ms, end, where), keep("_time", "_value"))
            )
            at = times_ms([row["_time"] for row in rows]).tolist()
            found += zip(at, (unguard(row.get("_value", "")) for row in rows), strict=True)
        return found

    # -- results -------------------------------------------------------------------------------------------

    def tally(self, scope: str, start_ms: int, end_ms: int, every_ms: int) -> list[TallyRow]:
        """Return sums over windows of `every_ms`; a window in which nothing was added up is left out."""
        sums: dict[int, dict[str, float]] = {}
        step = windows(every_ms, "sum", offset_ms=start_ms % every_ms)
        for where, end, _ in self._spans(scope, start_ms, end_ms):
            source = self._select("tally", start_ms, end, where)
            for row in self._link.ask(together(source, step, keep("_time", "_field", "_value"))):
                window = start_ms + (time_ms(row) - start_ms) // every_ms * every_ms
                total = sums.setdefault(window, {})
                total[row["_field"]] = total.get(row["_field"], 0.0) + float(row["_value"])
        return [
            TallyRow(scope, at, min(at + every_ms, end_ms), values) for at, values in sorted(sums.items())
        ]

    def _minutes(self, plant: str, epoch: int, start_ms: int) -> list[TallyRow]:
        """Return the stored minutes of all scopes of an epoch in the hour from `start_ms` on."""
        where = equal(plant=plant, epoch=str(epoch))
        source = self._select("tally", start_ms, start_ms + 3_600_000, where)
        return [
            TallyRow(
                row["scope"], time_ms(row), time_ms(row) + 60_000,
                {name: float(value) for name, value in row.items() if name not in _TAGS_OF_A_TALLY},
            )
            for row in self._link.ask(together(source, PIVOT))
        ]  # fmt: skip

    def _figures(
        self, plant: str, epoch: int, names: Sequence[str], start_ms: int, end_ms: int
    ) -> list[tuple[str, str, int, float]]:
        """Return scope, figure, start and value of an epoch's quarter hours that begin in the range, oldest first."""
        named = " or ".join(f"r._field == {quote(name)}" for name in names)
        source = self._select(
            "kpi", start_ms, end_ms, [*equal(plant=plant, epoch=str(epoch), window="15m"), f"({named})"]
        )
        found = self._link.ask(together(source, keep("_time", "_field", "_value", "scope")))
        told = [(row["scope"], row["_field"], time_ms(row), float(row["_value"])) for row in found]
        return sorted(told, key=lambda one: one[2])

    def orders(self, scope: str, start_ms: int, end_ms: int) -> list[OrderRow]:
        """Return the orders that overlap the range, oldest first."""
        return [
            OrderRow(
                scope, unguard(row.get("order", "")), unguard(row.get("product", "")), float(row["quantity"]),
                start, end, json.loads(row["tally"]),
            )
            for row, start, end in self._overlapping("order", scope, start_ms, end_ms)
        ]  # fmt: skip

    def intervals(self, scope: str, start_ms: int, end_ms: int) -> list[Interval]:
        """Return the state intervals that overlap the range, not clipped, oldest first."""
        return [
            Interval(scope, start, end, int(row["state"]), unguard(row.get("reason", "")))
            for row, start, end in self._overlapping("state_interval", scope, start_ms, end_ms)
        ]

    def _overlapping(
        self, measurement: str, scope: str, start_ms: int, end_ms: int
    ) -> list[tuple[Row, int, int | None]]:
        """Return rows with begin and end.

        What a scope tells follows one another: of all that began before the range only the newest can reach into it,
        and no year of history is read to find it.
        """
        found: list[tuple[Row, int, int | None]] = []
        for where, end, until_ms in self._spans(scope, start_ms, end_ms):
            rows = self._link.ask(together(self._select(measurement, start_ms, end, where), PIVOT))
            if start_ms > 0:
                before = together(self._select(measurement, 0, start_ms, where), "  |> last()", PIVOT)
                rows += self._link.ask(before)
            for row in rows:
                stop = _closed(ended(row["end_ms"]), until_ms)
                if stop is None or stop > start_ms:
                    found.append((row, time_ms(row), stop))
        return sorted(found, key=lambda item: item[1])

    def events(self, scope: str, start_ms: int, end_ms: int, limit: int = 200) -> list[Event]:
        """Return events of all scopes that begin with path `scope`, newest first."""
        start_ms, end_ms = max(start_ms, FIRST_MS), min(end_ms, LAST_MS)
        if start_ms >= end_ms:
            return []
        where = []
        if scope:
            where.append(
                f"(r.scope == {quote(scope)} or strings.hasPrefix(v: r.scope, prefix: {quote(scope + '/')}))"
            )
        for plant, epochs in self._catalogue.plants.items():
            for number in epochs:
                until_ms = self._catalogue.until(plant, number)
                if until_ms < end_ms:
                    one = " and ".join(equal(plant=plant, epoch=str(number)))
                    where.append(f"not ({one} and r._time >= time(v: {until_ms * 1_000_000}))")
        source = self._select("event", start_ms, end_ms, where)
        rows = self._link.ask(together('import "strings"\n', source, PIVOT, newest(limit)))
        return [_event(row) for row in rows]

    # -- commits -------------------------------------------------------------------------------------------

    def _rows_of(self, measurement: str, where: Sequence[str] = ()) -> list[Row]:
        """Return the points of a measurement of the system's bucket."""
        return self._link.ask(together(self._select(measurement, 0, 1, where), PIVOT))

    def _newest_samples(self, measurement: str, plant: str, epoch: int) -> list[Row]:
        """Return the newest sample of every tag of an epoch."""
        where = equal(plant=plant, epoch=str(epoch), field_="value")
        source = self._select(measurement, 0, FOREVER, where)
        return self._link.ask(together(source, "  |> last()", keep("scope", "tag", "_time", "_value")))


class _Columns(tuple[np.ndarray, ...]):
    """Time, count, low, mean, high, last of a trend's buckets."""

    __slots__ = ()

    def __new__(cls, *columns: np.ndarray) -> "_Columns":
        return super().__new__(cls, columns)


def _joined(parts: Sequence[_Columns]) -> tuple[np.ndarray, ...]:
    """Put the epochs' buckets one after the other; one that two epochs share becomes one."""
    if not parts:
        return tuple(np.empty(0) for _ in range(5))
    at, count, low, mean, high, last = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    first = np.flatnonzero(np.diff(at, prepend=at[0] - 1 if len(at) else 0))
    if len(first) == len(at):
        return at, low, mean, high, last
    return (
        at[first],
        np.minimum.reduceat(low, first),
        np.add.reduceat(mean * count, first) / np.add.reduceat(count, first),
        np.maximum.reduceat(high, first),
        last[np.append(first[1:], len(at)) - 1],
    )


def _closed(end_ms: int | None, until_ms: int) -> int | None:
    """Close what a newer epoch has ended."""
    if until_ms == FOREVER:
        return end_ms
    return until_ms if end_ms is None else min(end_ms, until_ms)


def _event(row: Row) -> Event:
    scope = row["scope"]
    value = row.get("value")
    return Event(
        time_ms(row), "" if scope == NOBODY else scope, row["kind"], row["severity"],
        unguard(row.get("text", "")), row.get("tag", ""), None if value is None else float(value),
    )  # fmt: skip
