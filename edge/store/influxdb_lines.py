"""Rows of the store as lines of InfluxDB: the schema's measurements, times in ns but for samples (ms)."""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.store import Event, Interval, OrderRow, TallyRow
from edge.store.catalogue import Epoch
from edge.store.identity import Marks
from edge.store.influxdb_chart import ChartPoint
from edge.store.influxdb_schema import MEASUREMENTS, NOBODY, FieldType, unit_tags
from edge.store.line_protocol import FieldValue, line, series_key
from twin.kpi import Figure
from twin.model.declaration import Declaration
from twin.model.state import State
from twin.model.tag import Kind

_PART = 60_000  # characters of one string field; the server takes 64 KiB
_RUNS = -1  # `end_ms` of what has not ended: a later row with the same begin replaces every field
_PYTHON = {FieldType.FLOAT: float, FieldType.INT: int, FieldType.BOOL: bool, FieldType.STRING: str}


def point(measurement: str, tags: Mapping[str, str], fields: Mapping[str, object], time_ns: int) -> bytes:
    """Return one point of the schema, each field in the type that the schema gives it; None is left out.

    Raises KeyError for a measurement, tag or field that the schema does not know: nothing else may reach the server.
    """
    known = MEASUREMENTS[measurement]
    unknown = set(tags) - set(known.tags)
    if unknown:
        raise KeyError(f"measurement {measurement} has no tag {', '.join(sorted(unknown))}")
    typed: dict[str, FieldValue] = {
        name: _PYTHON[known.field_type(name)](value) for name, value in fields.items() if value is not None
    }
    return line(measurement, tags, typed, time_ns)


@dataclass(frozen=True, slots=True)
class SeriesPrefixes:
    """Beginnings of the lines of an epoch's tags, by tag number less the epoch's first; made once an epoch."""

    first: int
    samples: NDArray[np.object_]  # up to `value=`
    keys: list[tuple[str, str]]  # scope and tag name

    @classmethod
    def of(cls, epoch: Epoch) -> "SeriesPrefixes":
        """Make the beginnings for every tag of the epoch."""
        known = epoch.declaration
        keys = [(unit.path, tag.name) for unit in known.units for tag in unit.tags]
        samples = np.empty(len(keys), np.object_)
        for place, (scope, tag) in enumerate(keys):
            tags = unit_tags(known.plant, known.epoch, scope) | {"tag": tag}
            samples[place] = series_key("sample", tags) + b" value="
        return cls(int(epoch.base[0]), samples, keys)


def text_line(plant: str, epoch: int, key: tuple[str, str], time_ms: int, text: str) -> bytes:
    """Return a text sample; `key` is scope and tag name."""
    tags = unit_tags(plant, epoch, key[0]) | {"tag": key[1]}
    return point("text", tags, {"value": text}, _ns(time_ms))


def special_line(plant: str, epoch: int, key: tuple[str, str], time_ms: int, value: float) -> bytes:
    """Return a sample that is no finite number, time in ms like other samples."""
    tags = unit_tags(plant, epoch, key[0]) | {"tag": key[1]}
    return point("sample", tags, {"special": str(value)}, time_ms)


def tally_line(plant: str, epoch: int, row: TallyRow) -> bytes:
    """Return the sums of a minute, b"" where all are zero."""
    fields = {name: value for name, value in row.values.items() if value}
    return point("tally", unit_tags(plant, epoch, row.scope), fields, _ns(row.start_ms))


def interval_line(plant: str, epoch: int, row: Interval) -> bytes:
    """Return a state interval."""
    known = row.state in State.__members__.values()
    fields = {
        "state": row.state, "state_name": State(row.state).name if known else str(row.state), "reason": row.reason,
        "end_ms": _RUNS if row.end_ms is None else row.end_ms,
        "duration_s": 0.0 if row.end_ms is None else (row.end_ms - row.start_ms) / 1000,
    }  # fmt: skip
    return point("state_interval", unit_tags(plant, epoch, row.scope), fields, _ns(row.start_ms))


def order_line(plant: str, epoch: int, row: OrderRow) -> bytes:
    """Return an order."""
    fields = {
        "order": row.order, "product": row.product, "quantity": row.quantity,
        "end_ms": _RUNS if row.end_ms is None else row.end_ms,
        "tally": json.dumps(dict(row.values), separators=(",", ":")),
    }  # fmt: skip
    return point("order", unit_tags(plant, epoch, row.scope), fields, _ns(row.start_ms))


def kpi_line(
    plant: str, epoch: int, scope: str, window: str, start_ms: int, *,
    figures: Mapping[str, Figure], complete: bool,
) -> bytes:  # fmt: skip
    """Return the figures of a window with their inputs; one that is undefined has no field."""
    fields: dict[str, object] = {"complete": complete}
    for name, figure in figures.items():
        if figure.value is not None:
            fields[name] = figure.value
            fields |= {f"{name}:{symbol}": value for symbol, value in figure.inputs.items()}
    return point("kpi", unit_tags(plant, epoch, scope) | {"window": window}, fields, _ns(start_ms))


def chart_line(plant: str, epoch: int, scope: str, start_ms: int, told: ChartPoint) -> bytes:
    """Return a point of a control chart."""
    fields = {
        "value": told.value, "centre": told.centre, "lower": told.lower, "upper": told.upper,
        "broken": told.value if told.rules else None, "rules": " ".join(map(str, told.rules)),
    }  # fmt: skip
    tags = unit_tags(plant, epoch, scope) | {"figure": told.figure}
    return point("control_chart", tags, fields, _ns(start_ms))


def limit_lines(declaration: Declaration) -> list[bytes]:
    """Return range, limits and unit of every numeric tag."""
    return [
        point(
            "tag_limit",
            unit_tags(declaration.plant, declaration.epoch, unit.path) | {"tag": tag.name},
            {
                "low": tag.low, "lolo": tag.lolo, "lo": tag.lo, "hi": tag.hi, "hihi": tag.hihi, "high": tag.high,
                "unit_of_measure": tag.unit, "description": tag.description,
            },
            _ns(declaration.start_ms),
        )
        for unit in declaration.units
        for tag in unit.tags
        if tag.kind is not Kind.TEXT
    ]  # fmt: skip


def event_line(event: Event, plant: str = NOBODY, epoch: int = 0) -> bytes:
    """Return an event. Its digits below a millisecond are a sum of what it says: the same event is the same point."""
    digits = zlib.crc32(f"{event.tag}\0{event.text}\0{event.value}".encode()) % 1_000_000
    tags = {
        "plant": plant, "epoch": str(epoch), "scope": event.scope or NOBODY, "kind": event.kind,
        "severity": event.severity,
    }  # fmt: skip
    fields = {"text": event.text, "tag": event.tag, "value": event.value}
    return point("event", tags, fields, _ns(event.time_ms) + digits)


def declaration_line(declaration: Declaration) -> bytes:
    """Return a declaration, in one point and so all or nothing."""
    fields: dict[str, object] = {
        "number": declaration.epoch,
        "start_ms": declaration.start_ms,
        "title": declaration.title,
    }
    fields |= parts("json", declaration.to_json().encode())
    return point("declaration", {"plant": declaration.plant, "epoch": str(declaration.epoch)}, fields, 0)


def commit_line(plant: str, epoch: int, marks: Marks, snapshot: bytes) -> bytes:
    """Return the commit of a plant and epoch: one point, so that watermarks and snapshot cannot disagree.

    Without a snapshot the one that stands there stays.
    """
    columns = json.dumps([marks.seq.tolist(), marks.frames.tolist(), marks.samples.tolist()]).encode()
    missing = int((marks.seq - marks.frames).sum())
    fields: dict[str, object] = {
        "frames": int(marks.frames.sum()),
        "samples": int(marks.samples.sum()),
        "missing": missing,
    }
    fields |= parts("marks", columns)
    if snapshot:
        fields |= parts("snapshot", snapshot)
    return point("commit", {"plant": plant, "epoch": str(epoch)}, fields, 0)


def parts(name: str, data: bytes) -> dict[str, object]:
    """Return bytes as string fields `<name>_<n>` and their number `<name>_parts`; `whole` is the inverse."""
    text = base64.b64encode(zlib.compress(data, 1)).decode()
    cut = [text[start : start + _PART] for start in range(0, len(text), _PART)]
    return {f"{name}_parts": len(cut)} | {f"{name}_{place}": part for place, part in enumerate(cut)}


def whole(name: str, row: Mapping[str, str]) -> bytes | None:
    """Return what `parts` was given, None where it is not there; raises ValueError when it is damaged."""
    count = row.get(f"{name}_parts", "")
    if not count:
        return None
    try:
        return zlib.decompress(
            base64.b64decode("".join(row[f"{name}_{place}"] for place in range(int(count))))
        )
    except (KeyError, ValueError, zlib.error) as error:
        raise ValueError(f"{name} in InfluxDB is damaged: {error!r}") from error


def _ns(time_ms: int) -> int:
    return time_ms * 1_000_000


def ended(end_ms: str) -> int | None:
    """Return the end that a row of an interval or order tells, None while it lasts."""
    return None if int(end_ms) == _RUNS else int(end_ms)
