"""Tables of any length as CSV or Parquet, written as they are read: a few thousand rows are in memory at a time."""

import io
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
from fastapi.responses import StreamingResponse

TIME = pa.timestamp("ms", tz="UTC")


class Form(StrEnum):
    """How an answer is written."""

    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


MEDIA = {
    Form.JSON: "application/json",
    Form.CSV: "text/csv",
    Form.PARQUET: "application/vnd.apache.parquet",
}
_FILE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
TABLES: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA[form]: _FILE for form in (Form.CSV, Form.PARQUET)}}
}


def chosen_form(asked: Form | None, accept: str) -> Form:
    """Return the form that was asked for, by name or, without one, by the header Accept; JSON where it names none.

    >>> chosen_form(None, "text/csv;q=0.9, */*;q=0.1"), chosen_form(Form.PARQUET, "text/csv"), chosen_form(None, "*/*")
    (<Form.CSV: 'csv'>, <Form.PARQUET: 'parquet'>, <Form.JSON: 'json'>)
    """
    if asked is not None:
        return asked
    named = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    return next((form for name in named for form, media in MEDIA.items() if name == media), Form.JSON)


def table_response(
    parts: Iterable[Mapping[str, Any]], schema: pa.Schema, form: Form, name: str
) -> StreamingResponse:
    """Answer a table as the file `name`: `parts` are columns by name (times in UTC ms), read one after the other.

    The first part is read at once, so that what cannot be asked is a problem and not a torn file.
    """
    iterator = iter(parts)
    first = next(iterator, None)
    whole = chain(() if first is None else (first,), iterator)
    write = _csv if form is Form.CSV else _parquet
    return StreamingResponse(
        write((pa.RecordBatch.from_pydict(dict(part), schema) for part in whole), schema),
        media_type=MEDIA[form] + ("; charset=utf-8" if form is Form.CSV else ""),
        headers={"Content-Disposition": f'attachment; filename="{_plain(name)}.{form.value}"'},
    )


def _csv(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[bytes]:
    """Write a head and the rows; moments as RFC 3339, and no text that a spreadsheet would compute."""
    plain = pa.schema([pa.field(one.name, pa.string()) if one.type == TIME else one for one in schema])
    yield (",".join(schema.names) + "\n").encode()
    options = pa.csv.WriteOptions(include_header=False)
    for batch in batches:
        sink = io.BytesIO()
        pa.csv.write_csv(pa.RecordBatch.from_arrays(list(map(_cells, batch)), schema=plain), sink, options)
        yield sink.getvalue()


def _cells(column: pa.Array) -> pa.Array:
    if column.type == TIME:
        return pc.strftime(column, "%Y-%m-%dT%H:%M:%SZ")
    if column.type == pa.string():
        return pc.replace_substring_regex(column, r"^([=+\-@\t\r])", r"'\1")
    return column


def _parquet(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[bytes]:
    """Write a row group a batch; what is written is passed on and forgotten."""
    sink = _Passage()
    with pa.parquet.ParquetWriter(sink, schema, compression="zstd") as writer:
        for batch in batches:
            if batch.num_rows:
                writer.write_batch(batch)
            yield sink.take()
    yield sink.take()


class _Passage(io.RawIOBase):
    """A file that only grows, whose bytes are taken out as they come."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._passed = 0

    def writable(self) -> bool:
        """It can be written."""
        return True

    def tell(self) -> int:
        """Return how much was written."""
        return self._passed + len(self._held)

    def write(self, data: Any) -> int:
        """Hold bytes until they are taken."""
        self._held += data
        return len(data)

    def take(self) -> bytes:
        """Return what was written since the last call."""
        found = bytes(self._held)
        self._passed += len(found)
        self._held.clear()
        return found


def _plain(name: str) -> str:
    """Return `name` as a file may be called everywhere."""
    return "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "_-.") else "_" for letter in name
    )


def sliced(start_ms: int, end_ms: int, width_ms: int) -> Iterator[tuple[int, int]]:
    """Cut [start_ms, end_ms) at multiples of `width_ms`.

    >>> list(sliced(5, 25, 10))
    [(5, 10), (10, 20), (20, 25)]
    """
    while start_ms < end_ms:
        cut = min(end_ms, start_ms // width_ms * width_ms + width_ms)
        yield start_ms, cut
        start_ms = cut
