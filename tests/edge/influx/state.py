"""What the double of an InfluxDB server holds: buckets with their points, tasks, faults that were ordered."""

import threading
from collections.abc import Iterator
from typing import Any

from edge.dashboards.flux_tree import FluxError
from tests.edge.influx.flux import Run
from tests.edge.influx.line_protocol import Point, Value

ORG_ID = "00000000000000aa"
_TYPE_NAMES = {bool: "boolean", float: "float", int: "integer", str: "string"}
_SERIES = tuple[str, tuple[tuple[str, str], ...], str]


class Bucket:
    """Points of one bucket: series and field -> time -> value. A field keeps the type that it first had."""

    def __init__(self, name: str, number: int, keep_s: int) -> None:
        self.name = name
        self.id = f"{number:016x}"
        self.keep_s = keep_s
        self.points: dict[_SERIES, dict[int, Value]] = {}
        self.types: dict[tuple[str, str], type] = {}

    def conflict(self, point: Point) -> str:
        """Return why the point cannot be taken, "" when it can."""
        for name, value in point.fields.items():
            known = self.types.setdefault((point.measurement, name), type(value))
            if known is not type(value):
                return (
                    f'field type conflict: input field "{name}" on measurement "{point.measurement}" is type '
                    f"{_TYPE_NAMES[type(value)]}, already exists as type {_TYPE_NAMES[known]}"
                )
        return ""

    def take(self, point: Point, factor: int) -> None:
        """Store a point."""
        for name, value in point.fields.items():
            series = self.points.setdefault((point.measurement, point.tags, name), {})
            series[point.time * factor] = value

    def told(self) -> dict[str, Any]:
        """Return what the API tells of the bucket."""
        rules = [{"type": "expire", "everySeconds": self.keep_s}] if self.keep_s else []
        return {"id": self.id, "orgID": ORG_ID, "name": self.name, "type": "user", "retentionRules": rules}


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


class Double:
    """The server's state; `faults` are spent one a write request, in order."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.buckets: dict[str, Bucket] = {}
        self.tasks: dict[str, dict[str, Any]] = {}
        self.tokens: dict[str, dict[str, Any]] = {}  # authorizations by their token
        self.faults: list[str] = []
        self.query_faults: list[str] = []
        self.requests: list[str] = []
        self.max_body = 1 << 30
        self.down = False  # every connection is reset
        self.refuse = ""  # a pattern; a line that it is found in is refused as if its field had another type
        self.unhang = threading.Event()
        self.url = ""
        self._made = 0

    def next_number(self) -> int:
        self._made += 1
        return self._made

    def series(self, name: str) -> Iterator[tuple[dict[str, str], dict[int, Any]]]:
        """Read a bucket for Flux."""
        with self.lock:
            if name not in self.buckets:
                raise FluxError(f"could not find bucket {name!r}")
            for (measurement, tags, field), values in self.buckets[name].points.items():
                yield {"_measurement": measurement, "_field": field, **dict(tags)}, values

    def run_task(self, name: str, now_ns: int) -> None:
        """Run a task as the server's scheduler would at `now_ns`."""

        def write(
            bucket: str, measurement: str, tags: dict[str, str], field: str, value: Value, at: int
        ) -> None:
            self.buckets[bucket].take(Point(measurement, tuple(sorted(tags.items())), {field: value}, at), 1)

        (task,) = (one for one in self.tasks.values() if one["name"] == name)
        Run(self.series, write, now_ns).script(task["flux"])
