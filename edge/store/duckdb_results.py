"""What the engine made, written to the DuckDB file: tallies, orders, intervals, events."""

import json
from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from edge.store import Event, Interval, OrderRow, Results, TallyRow
from edge.store.catalogue import Catalogue

_Row = OrderRow | Interval


def insert(db: duckdb.DuckDBPyConnection, table: str, columns: dict[str, Any]) -> None:
    """Append columns to a table in one statement."""
    db.register("incoming", pa.table(columns))
    try:
        db.execute(f"INSERT INTO {table} SELECT * FROM incoming")
    finally:
        db.unregister("incoming")


def insert_events(
    db: duckdb.DuckDBPyConnection, events: Sequence[Event], plant: str = "", epoch: int = 0
) -> None:
    """Append events; those of frames belong to an epoch."""
    if events:
        insert(db, "events", {
            "time_ms": [event.time_ms for event in events], "scope": [event.scope for event in events],
            "kind": [event.kind for event in events], "severity": [event.severity for event in events],
            "text": [event.text for event in events], "tag": [event.tag for event in events],
            "value": pa.array([event.value for event in events], pa.float64()),
            "plant": [plant] * len(events), "epoch": [epoch] * len(events),
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
            columns = list(zip(*fresh, strict=True))
            kinds = [pa.int32(), pa.int64(), pa.int64(), *([None] * (len(columns) - 3))]
            arrays = [pa.array(column, kind) for column, kind in zip(columns, kinds, strict=True)]
            insert(self._db, table, {f"column_{place}": array for place, array in enumerate(arrays)})


def _fields(row: _Row) -> tuple[Any, ...]:
    if isinstance(row, Interval):
        return row.start_ms, row.end_ms, row.state, row.reason
    figures = json.dumps(dict(row.values), separators=(",", ":"))
    return row.start_ms, row.end_ms, row.order, row.product, row.quantity, figures
