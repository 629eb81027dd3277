"""Tables of Flux, and the steps of a pipeline that make tables of tables."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from edge.dashboards.flux_tree import Duration, FluxError

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class Time:
    """Nanoseconds since 1970."""

    ns: int


class Table:
    """Rows that share their group key; those of a stored series are made when they are looked at."""

    def __init__(self, key: dict[str, Any], rows: list[Row] | Callable[[], list[Row]]) -> None:
        self.key = key
        self._rows = rows

    @property
    def rows(self) -> list[Row]:
        if not isinstance(self._rows, list):
            self._rows = self._rows()
        return self._rows


Tables = list[Table]
_AGGREGATES: dict[str, Callable[[list[Any]], Any]] = {
    "min": min, "max": max, "sum": sum, "count": len, "first": lambda v: v[0], "last": lambda v: v[-1],
    "mean": lambda v: sum(v) / len(v),
}  # fmt: skip


def hashed(key: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(sorted(key.items()))


def merged(tables: Iterable[Table]) -> Tables:
    """Put tables of one group key together."""
    found: dict[tuple[Any, ...], Table] = {}
    for table in tables:
        held = found.setdefault(hashed(table.key), Table(table.key, []))
        held.rows.extend(table.rows)
    return list(found.values())


def regrouped(sources: Iterable[Tables]) -> Tables:
    """Put the tables of several sources together; those of one group key become one."""
    return merged(table for source in sources for table in source)


def _keep(source: Tables, columns: list[str]) -> Tables:
    cut = [
        Table(
            {name: value for name, value in table.key.items() if name in columns},
            [{name: value for name, value in row.items() if name in columns} for row in table.rows],
        )
        for table in source
    ]
    return merged(cut)


def _set(source: Tables, key: str, value: str) -> Tables:
    return merged(
        Table(
            {**table.key, key: value} if key in table.key else table.key,
            [{**row, key: value} for row in table.rows],
        )
        for table in source
    )


def _last(source: Tables) -> Tables:
    return [Table(table.key, table.rows[-1:]) for table in source]


def _selected(choose: Callable[..., Row]) -> Callable[..., Tables]:
    def select(source: Tables, column: str = "_value") -> Tables:
        found = []
        for table in source:
            rows = [row for row in table.rows if row.get(column) is not None]
            if rows:
                found.append(Table(table.key, [choose(rows, key=lambda row: row[column])]))
        return found

    return select


def _aggregated(name: str) -> Callable[..., Tables]:
    def aggregate(source: Tables, column: str = "_value") -> Tables:
        """Leave of each table its group key and the result; other columns are gone."""
        found = []
        for table in source:
            values = [row[column] for row in table.rows if row.get(column) is not None]
            if table.rows and not any(column in row for row in table.rows):
                raise FluxError(f"{name}: column {column!r} does not exist")
            if name in ("mean", "sum") and any(isinstance(value, str | bool) for value in values):
                raise FluxError(f"unsupported input type for aggregate {name}")
            if values:
                found.append(Table(table.key, [{**table.key, column: _AGGREGATES[name](values)}]))
        return found

    return aggregate


def _distinct(source: Tables, column: str) -> Tables:
    found = []
    for table in source:
        values = dict.fromkeys(row[column] for row in table.rows if row.get(column) is not None)
        found.append(Table(table.key, [{**table.key, "_value": value} for value in values]))
    return found


def _difference(source: Tables) -> Tables:
    """Leave of each row but the first what `_value` has changed by since the row before."""
    return [
        Table(table.key, [
            {**after, "_value": after["_value"] - before["_value"]} for before, after in pairwise(table.rows)
        ])
        for table in source
    ]  # fmt: skip


def _group(source: Tables, columns: list[str] | None = None) -> Tables:
    by_row = [
        Table({name: row[name] for name in columns or [] if name in row}, [row])
        for table in source
        for row in table.rows
    ]
    return merged(by_row)


def _sort(source: Tables, columns: list[str], desc: bool = False) -> Tables:
    def order(row: Row) -> list[Any]:
        return [row[name] for name in columns]

    return [Table(table.key, sorted(table.rows, key=order, reverse=desc)) for table in source]


def _limit(source: Tables, n: int) -> Tables:
    return [Table(table.key, table.rows[:n]) for table in source]


def _pivot(source: Tables, rowKey: list[str], columnKey: list[str], valueColumn: str) -> Tables:  # noqa: N803
    (column,) = columnKey
    pivoted: dict[tuple[Any, ...], dict[tuple[Any, ...], Row]] = {}
    keys: dict[tuple[Any, ...], dict[str, Any]] = {}
    for table in source:
        key = {name: value for name, value in table.key.items() if name not in (column, valueColumn)}
        place = hashed(key)
        keys[place] = key
        rows = pivoted.setdefault(place, {})
        for row in table.rows:
            at = tuple(row[name] for name in rowKey)
            held = rows.setdefault(at, {**key, **{name: row[name] for name in rowKey}})
            held[row[column]] = row[valueColumn]
    return [Table(keys[place], [rows[at] for at in sorted(rows)]) for place, rows in pivoted.items()]


def _aggregateWindow(  # noqa: N802
    source: Tables, every: Duration, fn: str, offset: Duration = Duration(0),  # noqa: B008
    createEmpty: bool = True, timeSrc: str = "_stop",  # noqa: N803
) -> Tables:  # fmt: skip
    if createEmpty or fn not in _AGGREGATES or timeSrc not in ("_start", "_stop"):
        raise FluxError(f"aggregateWindow with createEmpty {createEmpty}, fn {fn}, timeSrc {timeSrc}")
    found = []
    for table in source:
        if fn in ("mean", "sum") and any(isinstance(row["_value"], str) for row in table.rows):
            raise FluxError("unsupported input type for aggregate: string")
        windows: dict[int, list[Any]] = {}
        for row in table.rows:
            start = (row["_time"].ns - offset.ns) // every.ns * every.ns + offset.ns
            windows.setdefault(start, []).append(row["_value"])
        rows = []
        for start, values in sorted(windows.items()):
            # A window is cut by the range that it lies in.
            edges = {
                "_start": max(Time(start), table.key["_start"]),
                "_stop": min(Time(start + every.ns), table.key["_stop"]),
            }
            value = _AGGREGATES[fn](values)
            rows.append({**table.key, "_time": edges[timeSrc], "_value": value})
        found.append(Table(table.key, rows))
    return found


STEPS: dict[str, Callable[..., Tables]] = {
    "keep": _keep, "set": _set, "last": _last, "group": _group, "sort": _sort, "limit": _limit, "pivot": _pivot,
    "aggregateWindow": _aggregateWindow, "max": _selected(max), "min": _selected(min), "sum": _aggregated("sum"),
    "mean": _aggregated("mean"), "count": _aggregated("count"), "distinct": _distinct, "difference": _difference,
}  # fmt: skip
