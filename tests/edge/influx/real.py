"""A real InfluxDB 2 server for tests: questions as Grafana sends them, points as they lie there, tasks run on order."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from edge.dashboards.flux_tree import FluxError
from edge.store.influxdb_link import Address
from tests.edge.influx.annotated_csv import rfc3339
from tests.edge.influx.flux_table import Row, Time

# Series (measurement, tags, field) -> time in ns -> value.
Points = Mapping[tuple[str, tuple[tuple[str, str], ...], str], Mapping[int, Any]]
_RANGE = re.compile(r"\bv\.(timeRangeStart|timeRangeStop|windowPeriod)\b")


def ask(address: Address, query: str, start: Time, stop: Time) -> list[Row]:
    """Return the rows of all results of a question whose now is `stop`; raises FluxError with the server's words."""
    given = {"timeRangeStart": rfc3339(start), "timeRangeStop": rfc3339(stop), "windowPeriod": "60s"}
    answer = httpx.post(
        f"{address.url}/api/v2/query",
        params={"org": address.org},
        headers={"Authorization": f"Token {address.token}", "Accept": "application/csv"},
        json={
            "query": _RANGE.sub(lambda found: given[found[1]], query), "type": "flux", "now": rfc3339(stop),
            "dialect": {"annotations": ["datatype", "default"], "header": True},
        },
        timeout=30.0,
    )  # fmt: skip
    if answer.status_code != httpx.codes.OK:
        raise FluxError(answer.text)
    return list(_rows(answer.text))


def points(address: Address, bucket: str) -> Points:
    """Return everything in a bucket."""
    found: dict[tuple[str, tuple[tuple[str, str], ...], str], dict[int, Any]] = {}
    last = Time(2**62)
    for row in ask(
        address, f'from(bucket: "{bucket}") |> range(start: 0, stop: v.timeRangeStop)', last, last
    ):
        tags = {name: value for name, value in row.items() if not name.startswith("_") and value is not None}
        series = row["_measurement"], tuple(sorted(tags.items())), row["_field"]
        found.setdefault(series, {})[row["_time"].ns] = "" if row["_value"] is None else row["_value"]
    return found


def run_task(address: Address, name: str, now: Time) -> None:
    """Run a task's text as if `now` had come: the scheduler itself takes no time that is still ahead."""
    head = {"Authorization": f"Token {address.token}"}
    found = httpx.get(f"{address.url}/api/v2/tasks", params={"name": name, "org": address.org}, headers=head)
    (task,) = found.raise_for_status().json()["tasks"]
    ask(address, task["flux"], now, now)


def _rows(text: str) -> Iterator[Row]:
    """Read annotated CSV with its types; what is empty is missing, but for a default."""
    kinds: list[str] = []
    defaults: list[str] = []
    names: list[str] | None = None
    for record in csv.reader(io.StringIO(text, newline="")):
        if not record:
            names = None
        elif record[0] == "#datatype":
            kinds, names = record, None
        elif record[0] == "#default":
            defaults = record
        elif names is None:
            names = record
        else:
            told = {
                name: _value(kind, value or default)
                for name, kind, value, default in zip(names, kinds, record, defaults, strict=True)
                if name and name not in {"result", "table"}
            }
            if "error" in told:
                raise FluxError(str(told["error"]))
            yield told


def _value(kind: str, text: str) -> Any:
    return _READ[kind](text) if text else None


def _time(text: str) -> Time:
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return Time(
        int(datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp()) * 10**9 + int(f"{fraction:0<9}")
    )


_READ: dict[str, Callable[[str], Any]] = {
    "string": str, "double": float, "long": int, "unsignedLong": int, "boolean": lambda text: text == "true",
    "dateTime:RFC3339": _time, "dateTime:RFC3339Nano": _time,
}  # fmt: skip
