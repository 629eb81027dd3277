"""History as tables: any tag's samples or buckets, any figures, slice by slice over however long a range."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from edge.api.export import TIME, sliced
from edge.api.query import Query
from edge.api.time_range import DAY, HOUR, TimeRange, moment, readable_step
from edge.api.windows import WIDTHS, WindowKind
from twin.model.declaration import Declaration, TagDeclaration, UnitDeclaration
from twin.model.tag import Kind

_RAW_SLICE_MS = HOUR
_ROWS = 10_000  # buckets of a slice
_WINDOWS = 500  # windows of a slice; each has some thirty figures

TEXTS = pa.schema([("time", TIME), ("text", pa.string())])
SAMPLES = pa.schema([("time", TIME), ("value", pa.float64())])
BUCKETS = pa.schema([("time", TIME), *((name, pa.float64()) for name in ("low", "mean", "high", "last"))])
FIGURES = pa.schema([
    ("start", TIME), ("end", TIME), ("label", pa.string()), ("complete", pa.bool_()), ("figure", pa.string()),
    ("value", pa.float64()), ("unit", pa.string()), ("note", pa.string()),
])  # fmt: skip


class ExportQuery:
    """What can be saved as a file. Iterators block on the store as they go: run them in a thread."""

    def __init__(self, query: Query) -> None:
        self.query = query

    def series(
        self, declaration: Declaration, path: str, span: TimeRange, *, points: int, every_ms: int | None
    ) -> tuple[pa.Schema, Iterator[dict[str, Any]]]:
        """Return a tag's columns and their parts; buckets and raw as in `Query.series`, of any number."""
        unit, tag = self.query.tag(declaration, path)
        every = readable_step(span.width_ms, points) if every_ms is None else every_ms
        schema = TEXTS if tag.kind is Kind.TEXT else BUCKETS if every else SAMPLES
        return schema, self._series(unit, tag, span, every)

    def _series(
        self, unit: UnitDeclaration, tag: TagDeclaration, span: TimeRange, every: int
    ) -> Iterator[dict[str, Any]]:
        store, full = self.query.store, f"{unit.path}/{tag.name}"
        if tag.kind is Kind.TEXT:
            for start, end in sliced(span.start_ms, span.end_ms, DAY):
                texts = store.texts(full, start, end)
                yield {"time": [at for at, _ in texts], "text": [text for _, text in texts]}
            return
        for start, end in sliced(span.start_ms, span.end_ms, every * _ROWS or _RAW_SLICE_MS):
            found = store.series(full, start, end, every)
            if not every:
                yield {"time": _times(found.time_ms), "value": found.last}
                continue
            yield {"time": _times(found.time_ms)} | {
                name: getattr(found, name) for name in ("low", "mean", "high", "last")
            }

    def figures(
        self,
        declaration: Declaration,
        unit: UnitDeclaration,
        kind: WindowKind,
        span: TimeRange,
        utc_offset: float | None,
        only: Sequence[str],
    ) -> tuple[pa.Schema, Iterator[dict[str, Any]]]:
        """Return the columns of figures, a row for each figure of each window, and their parts."""
        return FIGURES, self._figures(declaration, unit, kind, span, utc_offset, only)

    def _figures(
        self,
        declaration: Declaration,
        unit: UnitDeclaration,
        kind: WindowKind,
        span: TimeRange,
        utc_offset: float | None,
        only: Sequence[str],
    ) -> Iterator[dict[str, Any]]:
        offset = self.query.utc_offset if utc_offset is None else utc_offset
        width = WIDTHS.get(kind)
        slices = [(span.start_ms, span.end_ms)]
        if width is not None:
            shift = round(offset * HOUR)  # slices end where windows do
            slices = [
                (start - shift, end - shift)
                for start, end in sliced(span.start_ms + shift, span.end_ms + shift, width * _WINDOWS)
            ]
        for start, end in slices:
            windows = self.query.kpis(declaration, unit, kind, TimeRange(start, end), offset, only)
            rows = [(window, figure) for window in windows for figure in window["figures"]]
            yield {
                "start": [moment(window["start"], 0, "start") for window, _ in rows],
                "end": [moment(window["end"], 0, "end") for window, _ in rows],
                "label": [window["label"] for window, _ in rows],
                "complete": [window["complete"] for window, _ in rows],
                "figure": [figure["name"] for _, figure in rows],
                "value": [figure["value"] for _, figure in rows],
                "unit": [figure["unit"] for _, figure in rows],
                "note": [figure["note"] for _, figure in rows],
            }


def _times(time_ms: Any) -> pa.Array:
    return pa.array(np.asarray(time_ms, np.int64).astype("datetime64[ms]"), pa.timestamp("ms")).cast(TIME)
