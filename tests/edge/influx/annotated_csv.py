"""Tables of Flux as annotated CSV, the way `/api/v2/query` answers."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

from tests.edge.influx.flux_table import Table, Time

_TYPES = {Time: "dateTime:RFC3339", float: "double", int: "long", bool: "boolean", str: "string"}


def rfc3339(time: Time) -> str:
    """Return a time as the server writes it: with as many digits as it needs."""
    whole, rest = divmod(time.ns, 1_000_000_000)
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}{fraction}Z"


def text(value: Any) -> str:
    """Return a value as it stands in CSV."""
    if value is None:
        return ""
    if isinstance(value, Time):
        return rfc3339(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)


def answer(results: dict[str, list[Table]]) -> str:
    """Return the tables of every result; a head stands before each change of columns."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    number = 0
    for name, tables in results.items():
        head: list[Any] = []
        for table in tables:
            if not table.rows:
                continue
            columns: dict[str, str] = {}
            for row in table.rows:
                for column, value in row.items():
                    if value is not None:
                        columns.setdefault(column, _TYPES[type(value)])
            wanted = [name, columns, sorted(table.key)]
            if wanted != head:
                if out.tell():
                    writer.writerow([])
                head = wanted
                writer.writerow(["#datatype", "string", "long", *columns.values()])
                writer.writerow(
                    [
                        "#group",
                        "false",
                        "false",
                        *("true" if one in table.key else "false" for one in columns),
                    ]
                )
                writer.writerow(["#default", name, "", *("" for _ in columns)])
                writer.writerow(["", "result", "table", *columns])
            for row in table.rows:
                writer.writerow(["", "", number, *(text(row.get(one)) for one in columns)])
            number += 1
    return out.getvalue()
