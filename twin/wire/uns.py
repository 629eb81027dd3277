"""The unified namespace: every tag a topic of its own, as UMH reads it; for people and other tools, not lossless."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from twin.model.declaration import Declaration
from twin.model.tag import Kind
from twin.wire.channel import Change

PREFIX = "umh/v1"
CONTRACT = "_raw"
_PASSING = frozenset({Kind.MEASURE, Kind.COUNT})


@dataclass(frozen=True, slots=True)
class Message:
    """One value on its topic; `retain`ed where it holds until it changes."""

    topic: str
    payload: bytes
    retain: bool


def topic(unit_path: str, tag: str) -> str:
    """Return the topic of a tag.

    >>> topic("demo/stamping/area_1/line_1/op10", "tonnage")
    'umh/v1/demo/stamping/area_1/line_1/op10/_raw/tonnage'
    """
    return f"{PREFIX}/{unit_path}/{CONTRACT}/{tag}"


def feed(declaration: Declaration, changes: Sequence[Change]) -> Iterator[Message]:
    """Return a message for each change; docs/uns.schema.json describes the payload. JSON has no NaN: left out."""
    for change in changes:
        unit = declaration.units[change.unit]
        tag = unit.tags[change.tag]
        if isinstance(change.value, float) and not math.isfinite(change.value):
            continue
        payload = json.dumps({"timestamp_ms": change.time_ms, "value": change.value}, separators=(",", ":"))
        yield Message(topic(unit.path, tag.name), payload.encode(), tag.kind not in _PASSING)
