"""What the engine made, written to the DuckDB file: tallies, orders, intervals, events."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from edge.store import Event, Interval, OrderRow, Results, TallyRow
from edge.store.catalogue import Catalogue

_Row = OrderRow | Interval
_KINDS: dict[str, tuple[Any, ...]] = {  # of the columns
    "orders": (np.int32, np.int64, np.int64, str, str, np.float64, str),
    "intervals": (np.int32, np.int64, np.int64, np.int32, str),
}


@contextmanager
def incoming(db: duckdb.DuckDBPyConnection, columns: Mapping[str, NDArray[Any]]) -> Iterator[None]:
    """Let statements read NumPy columns of one length as the table `incoming`."""
    db.register("incoming", dict(columns))
    try:
        yield
    finally:
        db.unregister("incoming")


def insert(db: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, NDArray[Any]]) -> None:
    """Append NumPy columns to a table in one statement."""
    with incoming(db, columns):
        db.execute(f"INSERT INTO {table} SELECT * FROM incoming")


def words(values: Sequence[str]) -> NDArray[np.object_]:
    """Return texts as a column."""
    return np.array(values, np.object_)


def numbers(values: Sequence[float | None], kind: type[np.number[Any]]) -> NDArray[Any]:
    """Return numbers as a column in which None is null."""
    absent = np.array([value is None for value in values], np.bool_)
    present = np.array([0 if value is None else value for value in values], kind)
    return np.ma.array(present, mask=absent)


def insert_events(
    db: duckdb.DuckDBPyConnection, events: Sequence[Event], plant: str = "", epoch: int = 0
) -> None:
    """Append events; those of frames belong to an epoch."""
    if events:
        insert(db, "events", {
            "time_ms": np.array([event.time_ms for event in events], np.int64),
            "scope": words([event.scope for event in events]), "kind": words([event.kind for event in events]),
            "severity": words([event.severity for event in events]), "text": words([event.text for event in events]),
            "tag": words([event.tag for event in events]),
            "value": numbers([event.value for event in events], np.float64),
            "plant": words([plant] * len(events)), "epoch": np.full(len(events), epoch, np.int64),
        })  # fmt: skip


class ResultWriter:
    """Writes results inside a transaction of the store, which then calls `keep` or `forget`.

    Numbers of names and scopes, and the newest row of each scope, are held in memory: rows that come later are
    appended, a row that is known already is replaced, one that has not changed is left alone.
    """

    def __init__(self, db: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
        self._db = db
        self._catalogue = catalogue
        for scope_id, plant, epoch, path in db.execute("SELECT * FROM scopes").fetchall():
            catalogue.scopes.setdefault(path, {})[plant, epoch] = scope_id
            catalogue.next_scope = max(catalogue.next_scope, scope_id + 1)
        self._names: dict[str, int] = {
            name: number for number, name in db.execute("SELECT * FROM names").fetchall()
        }
        self._newest_start: dict[tuple[str, int], int] = {}
        for table in ("orders", "intervals"):
            newest = db.execute(f"SELECT scope_id, max(start_ms) FROM {table} GROUP BY 1").fetchall()
            self._newest_start |= {(table, scope_id): start for scope_id, start in newest}
        self._newest: dict[tuple[str, int], _Row] = {}
        self._new_rows: dict[tuple[str, int], _Row] = {}
        self._new_names: list[str] = []
        self._new_scopes: list[tuple[str, tuple[str, int]]] = []

    def write(self, plant: str, epoch: int, results: Results) -> None:
        """Write everything but the snapshot."""
        self._insert_tallies(plant, epoch, results.tallies)
        self._put("orders", plant, epoch, results.orders)
        self._put("intervals", plant, epoch, results.intervals)
        insert_events(self._db, results.events, plant, epoch)

    def keep(self) -> None:
        """Take over what was written: the transaction is committed."""
        for key, row in self._new_rows.items():
            self._newest[key] = row
            self._newest_start[key] = row.start_ms
        self._begin()

    def forget(self) -> None:
        """Undo what was taken into memory: the transaction is rolled back."""
        for name in self._new_names:
            del self._names[name]
        for scope, key in self._new_scopes:
            del self._catalogue.scopes[scope][key]
        self._begin()

    def _begin(self) -> None:
        self._new_rows, self._new_names, self._new_scopes = {}, [], []

    def _scope(self, plant: str, epoch: int, scope: str) -> int:
        scope_id, is_new = self._catalogue.scope(plant, epoch, scope)
        if is_new:
            self._new_scopes.append((scope, (plant, epoch)))
            self._db.execute("INSERT INTO scopes VALUES (?, ?, ?, ?)", [scope_id, plant, epoch, scope])
        return scope_id

    def _name(self, name: str) -> int:
        number = self._names.get(name)
        if number is None:
            number = len(self._names) + 1
            self._db.execute("INSERT INTO names VALUES (?, ?)", [number, name])
            self._names[name] = number
            self._new_names.append(name)
        return number

    def _insert_tallies(self, plant: str, epoch: int, tallies: Sequence[TallyRow]) -> None:
        rows = [
            (self._scope(plant, epoch, row.scope), row.start_ms, self._name(name), value)
            for row in tallies
            for name, value in row.values.items()
            if value
        ]
        if rows:
            rows.sort()
            scope_id, start_ms, name_id, value = zip(*rows, strict=True)
            insert(self._db, "tallies", {
                "scope_id": np.array(scope_id, np.int32), "start_ms": np.array(start_ms, np.int64),
                "name_id": np.array(name_id, np.int32), "value": np.array(value, np.float64),
            })  # fmt: skip

    def _put(self, table: str, plant: str, epoch: int, rows: Sequence[_Row]) -> None:
        """Append new rows, replace those with a known start, leave alone what is as it was."""
        latest = {(self._scope(plant, epoch, row.scope), row.start_ms): row for row in rows}
        fresh: list[tuple[Any, ...]] = []
        replaced: list[tuple[int, int]] = []
        for (scope_id, start_ms), row in sorted(latest.items(), key=lambda item: item[0]):
            known = self._newest_start.get((table, scope_id), -1)
            if start_ms <= known:
                if self._newest.get((table, scope_id)) == row:
                    continue
                replaced.append((scope_id, start_ms))
            fresh.append((scope_id, *_fields(row)))
            if start_ms >= known:
                self._new_rows[table, scope_id] = row
        if replaced:
            self._db.executemany(f"DELETE FROM {table} WHERE scope_id = ? AND start_ms = ?", replaced)
        if fresh:
            columns = zip(*fresh, strict=True)
            kinds = _KINDS[table]
            insert(self._db, table, {
                f"column_{place}": words(column) if kind is str else numbers(column, kind)
                for place, (kind, column) in enumerate(zip(kinds, columns, strict=True))
            })  # fmt: skip


def _fields(row: _Row) -> tuple[Any, ...]:
    if isinstance(row, Interval):
        return row.start_ms, row.end_ms, row.state, row.reason
    figures = json.dumps(dict(row.values), separators=(",", ":"))
    return row.start_ms, row.end_ms, row.order, row.product, row.quantity, figures
