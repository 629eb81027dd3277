"""What the store reads from InfluxDB before anything else: declarations, watermarks, newest values."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from edge.store.catalogue import Catalogue
from edge.store.identity import Marks
from edge.store.influxdb_flux import Row, time_ms
from edge.store.influxdb_lines import whole
from edge.store.line_protocol import unguard
from edge.store.newest import Newest
from twin.model.declaration import Declaration
from twin.model.tag import Kind

Points = Callable[[str], Sequence[Row]]  # measurement -> its points
NewestOf = Callable[
    [str, str, int], Sequence[Row]
]  # measurement, plant, epoch -> the newest sample of each tag


@dataclass(slots=True)
class Loaded:
    """What every write and `last` need, in memory."""

    catalogue: Catalogue
    marks: dict[tuple[str, int], Marks]
    newest: Newest


def load(points: Points, newest_of: NewestOf) -> Loaded:
    """Read it all; raises ValueError for a declaration or commit that is damaged, and what the questions raise."""
    loaded = Loaded(Catalogue(), {}, Newest())
    declared = [Declaration.from_json(whole("json", row) or b"") for row in points("declaration")]
    for declaration in sorted(declared, key=lambda one: (one.plant, one.epoch)):
        epoch = loaded.catalogue.add(declaration)
        assert epoch is not None
        loaded.marks[declaration.plant, declaration.epoch] = Marks.none(len(epoch.base))
    for row in points("commit"):
        marks = loaded.marks[row["plant"], int(row["epoch"])]
        for column, held in zip((marks.seq, marks.frames, marks.samples), _columns(row), strict=True):
            column[:] = held
    for plant, epochs in loaded.catalogue.plants.items():
        _load_newest(loaded, plant, max(epochs), newest_of)
    return loaded


def _columns(row: Row) -> list[np.ndarray]:
    return [np.array(column, np.int64) for column in json.loads(whole("marks", row) or b"[]")]


def _load_newest(loaded: Loaded, plant: str, number: int, newest_of: NewestOf) -> None:
    tags = loaded.catalogue.epoch(plant, number).tags
    for measurement in ("sample", "text"):
        for row in newest_of(measurement, plant, number):
            tag_id, kind = tags[f"{row['scope']}/{row['tag']}"]
            text = row.get("_value", "")
            if (kind is Kind.TEXT) == (measurement == "text"):
                loaded.newest.put(
                    tag_id, time_ms(row), unguard(text) if measurement == "text" else float(text)
                )
