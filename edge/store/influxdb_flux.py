"""Questions to InfluxDB: the few shapes of Flux that the store asks in, and the answers as rows of text.

A question is source |> range |> filter, then one of: keep, aggregateWindow, pivot, last, or group-sort-limit. Every
text that comes from outside passes through `quote`.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Row: TypeAlias = dict[str, str]  # column -> text; a column without a value is missing

# What int64 nanoseconds reach, in ms, with a margin: 1678 to 2262.
FIRST_MS, LAST_MS = -9_223_372_036_000, 9_223_372_036_000
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t", "$": r"\x24"})
PIVOT = '  |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")'


class DamagedAnswer(ValueError):
    """An answer that is no annotated CSV, or an error that the server tells within one."""


def quote(text: str) -> str:
    r"""Return `text` as a string of Flux that means exactly this text.

    >>> print(quote('a"b${c}'))
    "a\"b\x24{c}"
    """
    return f'"{text.translate(_ESCAPES)}"'


def moment(time_ms: int) -> str:
    """Return a time of Flux, clamped to what InfluxDB can tell.

    >>> moment(1000)
    'time(v: 1000000000)'
    """
    return f"time(v: {min(max(time_ms, FIRST_MS), LAST_MS) * 1_000_000})"


def equal(**columns: str) -> list[str]:
    """Return conditions that columns have these values; a leading `_` is written as a trailing one.

    >>> equal(field_="value", plant="press")
    ['r._field == "value"', 'r.plant == "press"']
    """
    return [
        f"r.{'_' + name[:-1] if name.endswith('_') else name} == {quote(value)}"
        for name, value in columns.items()
    ]


def select(bucket: str, measurement: str, start_ms: int, end_ms: int, where: Sequence[str]) -> str:
    """Return the beginning of a question: rows of a measurement in [start, end) for which every condition holds."""
    conditions = " and ".join([f"r._measurement == {quote(measurement)}", *where])
    return (
        f"from(bucket: {quote(bucket)})\n"
        f"  |> range(start: {moment(start_ms)}, stop: {moment(end_ms)})\n"
        f"  |> filter(fn: (r) => {conditions})"
    )


def keep(*columns: str) -> str:
    """Return the step that leaves only these columns."""
    return f"  |> keep(columns: [{', '.join(map(quote, columns))}])"


def windows(every_ms: int, function: str, *, offset_ms: int = 0) -> str:
    """Return the step that aggregates windows of `every_ms`, told by their start."""
    offset = f", offset: {offset_ms}ms" if offset_ms else ""
    return (
        f"  |> aggregateWindow(every: {every_ms}ms, fn: {function}{offset}, createEmpty: false, "
        'timeSrc: "_start")'
    )


def newest(count: int) -> str:
    """Return the step that leaves the newest rows of all tables, newest first."""
    return f'  |> group()\n  |> sort(columns: ["_time"], desc: true)\n  |> limit(n: {count})'


def together(*steps: str) -> str:
    """Join steps to a question."""
    return "\n".join(steps)


def rows(answer: str) -> Iterator[Row]:
    """Read annotated CSV, the answer of `/api/v2/query`; raises DamagedAnswer."""
    columns: list[str] = []
    defaults: list[str] = []
    names_follow = True
    for record in csv.reader(io.StringIO(answer, newline="")):
        if not record:
            names_follow = True
        elif record[0].startswith("#"):
            names_follow = True
            if record[0] == "#default":
                defaults = record
        elif names_follow:
            columns, names_follow = record, False
        elif len(record) != len(columns):
            raise DamagedAnswer(
                f"a row of {len(record)} values under {len(columns)} columns: the answer is cut off"
            )
        else:
            row = {
                name: value or (defaults[place] if place < len(defaults) else "")
                for place, (name, value) in enumerate(zip(columns, record, strict=True))
            }
            if "error" in row:
                raise DamagedAnswer(row["error"])
            yield {name: value for name, value in row.items() if value and name}


def times_ms(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return RFC 3339 times in UTC as ms since 1970.

    >>> times_ms(["1970-01-01T00:00:01.5Z"]).tolist()
    [1500]
    """
    stripped = [text.removesuffix("Z") for text in texts]
    return np.array(stripped, "datetime64[ns]").astype(np.int64) // 1_000_000


def time_ms(row: Row) -> int:
    """Return the time of one row in ms since 1970."""
    return int(times_ms([row["_time"]])[0])
