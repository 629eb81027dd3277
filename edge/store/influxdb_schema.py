"""What stands in InfluxDB: buckets, measurements, their tags and typed fields. Writer, reader and dashboards share it.

Tags say where a value comes from and are few: an epoch is one run of one configuration, so that even a year of changes
adds dozens, not thousands. What has no bound (orders, products, texts) is a field. The epoch is part of a point's
identity because a newer epoch tells the same hours anew, and must not overwrite what the older one told.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class FieldType(StrEnum):
    """Types of fields as Flux names them."""

    FLOAT = "double"
    INT = "long"
    BOOL = "boolean"
    STRING = "string"


class Bucket(StrEnum):
    """Roles of buckets; `bucket_name` puts the prefix of an installation before them."""

    RAW = "raw"  # samples, kept for a limited time
    ROLLUP = "rollup"  # samples in buckets of five minutes, made by a task, kept for good
    RESULTS = "results"  # texts, sums, figures, intervals, orders, events, kept for good
    SYSTEM = "system"  # declarations and commits: what the edge needs to go on


def bucket_name(prefix: str, role: Bucket) -> str:
    """Return the name of a bucket.

    >>> bucket_name("factory", Bucket.RAW)
    'factory_raw'
    """
    return f"{prefix}_{role.value}"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measurement; `others` is the type of fields whose names are not known before, None where there are none."""

    name: str
    bucket: Bucket
    tags: tuple[str, ...]
    fields: Mapping[str, FieldType] = field(default_factory=dict)
    others: FieldType | None = None
    time: str = ""
    description: str = ""

    def field_type(self, name: str) -> FieldType:
        """Return the type of a field; raises KeyError for one that is never written."""
        found = self.fields.get(name, self.others)
        if found is None:
            raise KeyError(f"measurement {self.name} has no field {name!r}; it has {', '.join(self.fields)}")
        return found


_FLOAT, _INT, _BOOL, _STRING = FieldType
UNIT_TAGS = ("plant", "epoch", "scope", "area", "line", "unit")

MEASUREMENTS = {
    one.name: one
    for one in (
        Measurement(
            "sample", Bucket.RAW, (*UNIT_TAGS, "tag"), {"value": _FLOAT, "special": _STRING},
            time="of the sample", description="numeric samples; `special` holds NaN and infinities as text",
        ),
        Measurement(
            "rollup", Bucket.ROLLUP, (*UNIT_TAGS, "tag"),
            {"low": _FLOAT, "mean": _FLOAT, "high": _FLOAT, "last": _FLOAT, "count": _INT},
            time="start of five minutes", description="samples by five minutes, written by the task",
        ),
        Measurement(
            "text", Bucket.RESULTS, (*UNIT_TAGS, "tag"), {"value": _STRING},
            time="of the sample", description="text samples: reasons, orders, shifts",
        ),
        Measurement(
            "tally", Bucket.RESULTS, UNIT_TAGS, {}, _FLOAT,
            time="start of the minute", description="what a unit or the line added up in a minute, see docs/kpi.md",
        ),
        Measurement(
            "kpi", Bucket.RESULTS, (*UNIT_TAGS, "window"), {"complete": _BOOL}, _FLOAT,
            time="start of the window",
            description="figures of a window (15m, 1h, order) as `<figure>`, their inputs as `<figure>:<symbol>`",
        ),
        Measurement(
            "control_chart", Bucket.RESULTS, (*UNIT_TAGS, "figure"),
            {"value": _FLOAT, "centre": _FLOAT, "lower": _FLOAT, "upper": _FLOAT, "broken": _FLOAT, "rules": _STRING},
            time="start of a complete quarter hour",
            description="a figure on its control chart; `broken` is the value again where it breaks one of `rules`",
        ),
        Measurement(
            "capability", Bucket.RESULTS, (*UNIT_TAGS, "tag"),
            {"cp": _FLOAT, "cpk": _FLOAT, "pp": _FLOAT, "ppk": _FLOAT, "stable": _BOOL, "values": _INT},
            time="start of a complete quarter hour",
            description="capability of a tag's newest values at its end, against Lo and Hi",
        ),
        Measurement(
            "remaining_life", Bucket.RESULTS, (*UNIT_TAGS, "tag"),
            {
                "reading": _FLOAT, "way": _FLOAT, "mean_s": _FLOAT, "low_s": _FLOAT, "high_s": _FLOAT,
                "acts": _BOOL, "upgrade": _STRING,
            },
            time="start of a complete quarter hour",
            description="how worn a condition is (`way` 0 healthy, 1 failed) and how long it will last, 95 % interval",
        ),
        Measurement(
            "state_interval", Bucket.RESULTS, UNIT_TAGS,
            {"state": _INT, "state_name": _STRING, "reason": _STRING, "end_ms": _INT, "duration_s": _FLOAT},
            time="begin", description="a unit was in a PackML state; `end_ms` -1 and `duration_s` 0 while it lasts",
        ),
        Measurement(
            "order", Bucket.RESULTS, UNIT_TAGS,
            {"order": _STRING, "product": _STRING, "quantity": _FLOAT, "end_ms": _INT, "tally": _STRING},
            time="begin", description="production orders; `end_ms` -1 while one runs, `tally` its sums as JSON",
        ),
        Measurement(
            "event", Bucket.RESULTS, ("plant", "epoch", "scope", "kind", "severity"),
            {"text": _STRING, "tag": _STRING, "value": _FLOAT},
            time="of the event; the digits below a millisecond tell events of one moment apart",
            description="what people want to read; plant `-` and epoch 0: told by the edge itself",
        ),
        Measurement(
            "tag_limit", Bucket.RESULTS, (*UNIT_TAGS, "tag"),
            {
                "low": _FLOAT, "lolo": _FLOAT, "lo": _FLOAT, "hi": _FLOAT, "hihi": _FLOAT, "high": _FLOAT,
                "unit_of_measure": _STRING, "description": _STRING,
            },
            time="start of the epoch", description="what a numeric tag may be; a limit that it has not has no field",
        ),
        Measurement(
            "edge_part", Bucket.RESULTS, ("part",), {"state": _INT, "reason": _STRING},
            time="of the look", description="how a part of the edge does: 0 ok, 1 degraded, 2 stopped",
        ),
        Measurement(
            "edge_flow", Bucket.RESULTS, ("plant",),
            {
                "lag_s": _FLOAT, "journal_entries": _INT, "outbox_entries": _INT, "outbox_age_s": _FLOAT,
                "reconnects": _INT, "missing_frames": _INT, "repeated_frames": _INT, "quarantined_entries": _INT,
                "dropped": _INT,
            },
            time="of the look", description="a plant's data on its way into history, as the page Edge health tells it",
        ),
        Measurement(
            "declaration", Bucket.SYSTEM, ("plant", "epoch"),
            {"number": _INT, "start_ms": _INT, "title": _STRING, "json_parts": _INT}, _STRING,
            time="1970", description="what a plant declared; `json_<n>` zlib in base64",
        ),
        Measurement(
            "commit", Bucket.SYSTEM, ("plant", "epoch"),
            {"frames": _INT, "samples": _INT, "missing": _INT, "marks_parts": _INT, "snapshot_parts": _INT}, _STRING,
            time="1970", description="one point a plant and epoch: watermarks and the engine's state, `…_<n>` likewise",
        ),
    )
}  # fmt: skip

NOBODY = "-"  # plant or scope of an event that has none; no path segment looks like it


def unit_tags(plant: str, epoch: int, scope: str) -> dict[str, str]:
    """Return the tags of a unit; `scope` is its path, whose last three segments are area, line and unit.

    >>> unit_tags("press", 3, "demo/press/shop/line_1/op10")["line"]
    'line_1'
    """
    area, line, unit = ["", "", *scope.split("/")][-3:]
    return {"plant": plant, "epoch": str(epoch), "scope": scope, "area": area, "line": line, "unit": unit}
