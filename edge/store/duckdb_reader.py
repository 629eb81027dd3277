"""Questions to the DuckDB file; any thread may ask."""

import json
import threading
from collections.abc import Callable, Collection, Iterable, Sequence, Set
from typing import Any, TypeVar

import duckdb
import numpy as np

from edge.store import Event, Interval, OrderRow, QuestionTooSlow, Series, StoreUnavailable, TallyRow
from edge.store.catalogue import FOREVER, Catalogue, Span
from edge.store.statement_limit import StatementLimit

_Result = TypeVar("_Result")


class DuckDbReader:
    """History as SQL. A cursor of its own for every thread that asks; readers never wait for the writer.

    A question that takes longer than `question_s` raises QuestionTooSlow.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, *, question_s: float
    ) -> None:
        self._db = connection
        self._catalogue = catalogue
        self._limit = StatementLimit(question_s)
        self._cursors = threading.local()
        self._names: tuple[duckdb.DuckDBPyConnection, dict[int, str]] = connection, {}

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        found: tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection] | None = getattr(
            self._cursors, "held", None
        )
        if found is None or found[0] is not self._db:
            found = (self._db, self._db.cursor())
            self._cursors.held = found
        return found[1]

    def _rows(self, sql: str, arguments: Sequence[object] = ()) -> list[Any]:
        """Return all rows that answer a question."""
        return self._ask(lambda cursor: cursor.execute(sql, list(arguments)).fetchall())

    def _columns(self, sql: str, arguments: Sequence[object]) -> dict[str, Any]:
        """Return the answer to a question as NumPy columns."""
        return self._ask(lambda cursor: cursor.execute(sql, list(arguments)).fetchnumpy())

    def _ask(self, question: Callable[[duckdb.DuckDBPyConnection], _Result]) -> _Result:
        """Ask within the limit.

        An answer is read to its end: one that is not keeps its transaction open, and with it every version of a row
        that was written since in memory.
        """
        cursor = self._cursor()
        try:
            with self._limit.watching(cursor):
                return question(cursor)
        except duckdb.InterruptException as error:
            raise QuestionTooSlow(
                f"the store was asked for more than it can answer within {self._limit.seconds:g} s; ask for a shorter "
                "range or wider buckets, or raise EDGE_MAX_QUESTION_S"
            ) from error
        except (
            duckdb.IOException,
            duckdb.OutOfMemoryException,
            duckdb.FatalException,
            duckdb.InternalException,
            duckdb.ConnectionException,
        ) as error:
            raise StoreUnavailable(
                f"store: cannot be read now ({error}); check the disk and the edge's log"
            ) from error

    def series(self, path: str, start_ms: int, end_ms: int, every_ms: int = 0) -> Series:
        """Return a numeric tag's trend in buckets of `every_ms`, or raw; raises KeyError for an unknown path."""
        spans = self._catalogue.tag(path, text=False)
        where, arguments = _visible("tag_id", "time_ms", spans, start_ms, end_ms)
        if not every_ms:
            rows = self._columns(
                f"SELECT time_ms, value FROM samples WHERE {where} ORDER BY time_ms", arguments
            )
            at, value = _column(rows["time_ms"], np.int64), _column(rows["value"], np.float64)
            return Series(path, every_ms, at, value, value, value, value)
        # The four aggregates of a bucket in one pass.
        rows = self._columns(
            f"SELECT time_ms // ? * ? AS bucket, min(value) AS low, avg(value) AS mean, max(value) AS high, "
            f"arg_max(value, time_ms) AS last FROM samples WHERE {where} GROUP BY bucket ORDER BY bucket",
            [every_ms, every_ms, *arguments],
        )
        return Series(
            path, every_ms, _column(rows["bucket"], np.int64),
            *(_column(rows[name], np.float64) for name in ("low", "mean", "high", "last")),
        )  # fmt: skip

    def texts(self, path: str, start_ms: int, end_ms: int) -> list[tuple[int, str]]:
        """Return a text tag's samples; raises KeyError for an unknown path."""
        where, arguments = _visible(
            "tag_id", "time_ms", self._catalogue.tag(path, text=True), start_ms, end_ms
        )
        return self._rows(f"SELECT time_ms, text FROM texts WHERE {where} ORDER BY time_ms", arguments)

    def tally(self, scope: str, start_ms: int, end_ms: int, every_ms: int) -> list[TallyRow]:
        """Return sums over windows of `every_ms`; a window in which nothing was added up is left out."""
        return self.tallies([scope], start_ms, end_ms, every_ms)[scope]

    def tallies(
        self, scopes: Sequence[str], start_ms: int, end_ms: int, every_ms: int
    ) -> dict[str, list[TallyRow]]:
        """Return what `tally` gives for each of several scopes, by one pass over the history."""
        spans = [(span, scope) for scope in scopes for span in self._catalogue.scope_spans(scope)]
        owners = {span.id: scope for span, scope in spans}
        where, arguments = _visible("scope_id", "start_ms", [span for span, _ in spans], start_ms, end_ms)
        found = self._rows(
            "SELECT scope_id, ? + (start_ms - ?) // ? * ? AS bucket, name_id, sum(value) FROM tallies "
            f"WHERE {where} GROUP BY ALL",
            [start_ms, start_ms, every_ms, every_ms, *arguments],
        )
        names = self._names_of({row[2] for row in found})
        sums: dict[str, dict[int, dict[str, float]]] = {scope: {} for scope in scopes}
        for number, at, name_id, total in found:
            values = sums[owners[number]].setdefault(at, {})
            name = names[name_id]
            values[name] = values.get(name, 0.0) + total
        return {
            scope: [
                TallyRow(scope, at, min(at + every_ms, end_ms), values) for at, values in sorted(of.items())
            ]
            for scope, of in sums.items()
        }

    def _names_of(self, numbers: Set[int]) -> dict[int, str]:
        """Return the names of sums by their numbers; they are read anew only when one is not known yet."""
        db, known = self._names
        if db is not self._db or not numbers <= known.keys():
            db = self._db
            known = dict(self._rows("SELECT name_id, name FROM names"))
            self._names = db, known
        return known

    def orders(self, scope: str, start_ms: int, end_ms: int) -> list[OrderRow]:
        """Return the orders that overlap the range, oldest first."""
        rows = self._overlapping("orders", "name, product, quantity, figures", [scope], start_ms, end_ms)
        return [
            OrderRow(scope, name, product, quantity, start, end, json.loads(figures))
            for _, start, end, name, product, quantity, figures in rows
        ]

    def intervals(self, scope: str, start_ms: int, end_ms: int) -> list[Interval]:
        """Return the state intervals that overlap the range, not clipped, oldest first."""
        return self.intervals_of([scope], start_ms, end_ms)[scope]

    def intervals_of(self, scopes: Sequence[str], start_ms: int, end_ms: int) -> dict[str, list[Interval]]:
        """Return what `intervals` gives for each of several scopes, by one pass over the history."""
        found: dict[str, list[Interval]] = {scope: [] for scope in scopes}
        for scope, *row in self._overlapping("intervals", "state, reason", scopes, start_ms, end_ms):
            found[scope].append(Interval(scope, *row))
        return found

    def _overlapping(
        self, table: str, columns: str, scopes: Sequence[str], start_ms: int, end_ms: int
    ) -> list[tuple[Any, ...]]:
        """Return (scope, start, end, `columns`) of the rows that overlap the range, oldest first.

        What goes on where a newer epoch begins ends there.
        """
        owners = {
            number: (scope, until_ms)
            for scope in scopes
            for number, until_ms in self._catalogue.scope_spans(scope)
            if start_ms < until_ms
        }
        rows = self._rows(
            f"SELECT scope_id, start_ms, end_ms, {columns} FROM {table} WHERE scope_id IN ({_places(owners)}) "
            "AND start_ms < ? AND (end_ms > ? OR end_ms IS NULL) ORDER BY start_ms",
            [*owners, end_ms, start_ms],
        )
        found = []
        for number, start, end, *rest in rows:
            scope, until_ms = owners[number]
            if start < until_ms:
                clipped = end if until_ms == FOREVER else until_ms if end is None else min(end, until_ms)
                found.append((scope, start, clipped, *rest))
        return found

    def events(self, scope: str, start_ms: int, end_ms: int, limit: int = 200) -> list[Event]:
        """Return events of all scopes that begin with path `scope`, newest first."""
        where = "time_ms >= ? AND time_ms < ?"
        arguments: list[object] = [start_ms, end_ms]
        if scope:
            where += " AND (scope = ? OR starts_with(scope, ?))"
            arguments += [scope, scope + "/"]
        for plant, epochs in self._catalogue.plants.items():
            for epoch in epochs:
                until_ms = self._catalogue.until(plant, epoch)
                if until_ms != FOREVER:
                    where += " AND NOT (plant = ? AND epoch = ? AND time_ms >= ?)"
                    arguments += [plant, epoch, until_ms]
        rows = self._rows(
            f"SELECT time_ms, scope, kind, severity, text, tag, value FROM events WHERE {where} "
            "ORDER BY time_ms DESC, rowid DESC LIMIT ?",
            [*arguments, limit],
        )
        return [Event(*row) for row in rows]


def _visible(
    number: str, time: str, spans: Iterable[Span], start_ms: int, end_ms: int
) -> tuple[str, list[object]]:
    """Return the condition, and its arguments, for rows of `spans` in the range that no newer epoch replaces.

    Alternatives hide from DuckDB which blocks it need not read: there are some only where an epoch ends in the range.
    """
    met = [(found, min(end_ms, until_ms)) for found, until_ms in spans if start_ms < min(end_ms, until_ms)]
    where = f"{number} IN ({_places(met)}) AND {time} >= ? AND {time} < ?"
    arguments: list[object] = [*(found for found, _ in met), start_ms, end_ms]
    for found, until_ms in met:
        if until_ms < end_ms:
            where += f" AND NOT ({number} = ? AND {time} >= ?)"
            arguments += [found, until_ms]
    return where, arguments


def _places(values: Collection[object]) -> str:
    """Return the places of values in a list of SQL; an empty list is none."""
    return ", ".join("?" * len(values)) or "NULL"


def _column(column: Any, kind: Any) -> Any:
    return np.ascontiguousarray(np.ma.getdata(column), kind)
