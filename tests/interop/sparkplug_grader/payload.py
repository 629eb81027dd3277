"""Sparkplug B payloads read field by field from their bytes: a second opinion, which shares nothing with ours."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_VALUES = {
    10: "int",
    11: "long",
    12: "float",
    13: "double",
    14: "bool",
    15: "text",
    16: "bytes",
    17: "dataset",
    18: "template",
}
# which of the value's fields a datatype stands in
_FIELD = (
    dict.fromkeys((1, 2, 3, 5, 6, 7), "int")
    | dict.fromkeys((4, 8, 13), "long")
    | {
        9: "float",
        10: "double",
        11: "bool",
        12: "text",
        14: "text",
        15: "text",
        16: "dataset",
        17: "bytes",
        18: "bytes",
    }
    | {19: "template"}
    | dict.fromkeys(range(22, 35), "bytes")
)


class Unreadable(ValueError):
    """Bytes that are no protobuf message of Sparkplug B."""


@dataclass
class Metric:
    """One metric; None where a field is not there. `held` names the field that the value stands in."""

    name: str | None = None
    alias: int | None = None
    timestamp: int | None = None
    datatype: int | None = None
    historical: bool = False
    null: bool = False
    held: str | None = None
    value: Any = None
    property_types: list[int | None] = field(default_factory=list)

    @property
    def fits(self) -> bool:
        """Whether the value stands where its datatype belongs; a null has none."""
        if self.datatype is None or self.null:
            return not (self.null and self.held)
        return _FIELD.get(self.datatype) == self.held


@dataclass
class Payload:
    """One payload; None where a field is not there."""

    timestamp: int | None = None
    seq: int | None = None
    metrics: list[Metric] = field(default_factory=list)

    def metric(self, name: str) -> Metric | None:
        """Return the metric called `name`."""
        return next((metric for metric in self.metrics if metric.name == name), None)


def read(data: bytes) -> Payload:
    """Read a payload; raises Unreadable."""
    payload = Payload()
    for number, value in _fields(data):
        if number == 1:
            payload.timestamp = value
        elif number == 2:
            payload.metrics.append(_metric(value))
        elif number == 3:
            payload.seq = value
    return payload


def _metric(data: bytes) -> Metric:
    metric = Metric()
    names = {2: "alias", 3: "timestamp", 4: "datatype"}
    for number, value in _fields(data):
        if number == 1:
            metric.name = value.decode()
        elif number in names:
            setattr(metric, names[number], value)
        elif number == 5:
            metric.historical = bool(value)
        elif number == 7:
            metric.null = bool(value)
        elif number == 9:
            metric.property_types = [
                next((kind for place, kind in _fields(entry) if place == 1), None)
                for field_number, entry in _fields(value) if field_number == 2
            ]  # fmt: skip
        elif number in _VALUES:
            metric.held, metric.value = _VALUES[number], value
    return metric


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        kind = key & 7
        if kind == 0:
            value, place = _varint(data, place)
            yield key >> 3, value
            continue
        size = {1: 8, 5: 4}.get(kind)
        if kind == 2:
            size, place = _varint(data, place)
        if size is None or place + size > len(data):
            raise Unreadable(f"byte {place}: no field of protobuf")
        part = data[place : place + size]
        place += size
        yield key >> 3, struct.unpack("<d" if kind == 1 else "<f", part)[0] if kind in (1, 5) else part


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if place >= len(data) or shift > 63:
            raise Unreadable(f"byte {place}: a number without an end")
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
