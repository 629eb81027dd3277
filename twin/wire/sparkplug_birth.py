"""Device births: what a unit's DBIRTH says of each of its tags."""

from collections.abc import Iterable, Iterator

from twin.model.declaration import Declaration, TagDeclaration
from twin.model.measure import measure_unit
from twin.model.tag import Kind
from twin.sparkplug import DataType, Metric
from twin.wire.channel import Change


def unit_births(
    declaration: Declaration, newest: Iterable[Change], now_ms: int
) -> Iterator[tuple[str, list[Metric]]]:
    """Yield each unit's name and metrics: every tag with its newest value, null where it has none yet.

    Metrics are in the order of their times, as Sparkplug wants them.
    """
    known = {(change.unit, change.tag): change for change in newest}
    for unit_place, unit in enumerate(declaration.units):
        metrics = []
        for tag_place, tag in enumerate(unit.tags):
            change = known.get((unit_place, tag_place))
            metrics.append(
                Metric(
                    name=tag.name, value=None if change is None else change.value,
                    datatype=DataType.STRING if tag.kind is Kind.TEXT else DataType.DOUBLE,
                    time_ms=now_ms if change is None else change.time_ms, properties=_properties(tag),
                )
            )  # fmt: skip
        metrics.sort(key=lambda metric: metric.time_ms or 0)
        yield unit.name, metrics


def _properties(tag: TagDeclaration) -> dict[str, str | float | int]:
    numbers = {
        "engLow": tag.low, "engHigh": tag.high, "lolo": tag.lolo, "lo": tag.lo, "hi": tag.hi, "hihi": tag.hihi,
    }  # fmt: skip
    texts = {"engUnit": measure_unit(tag.unit).display, "description": tag.description, "kind": str(tag.kind)}
    return texts | {name: float(value) for name, value in numbers.items() if value is not None}
