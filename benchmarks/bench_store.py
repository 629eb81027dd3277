"""How fast the edge's intake is: DuckDB by batch size, trends over a day of 100 tags, outbox commits, outbox to store.

Run: python benchmarks/bench_store.py [--quick]
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from edge.outbox import Outbox
from edge.pipeline import Pipeline
from edge.store import Results
from edge.store.duckdb import DuckDbStore
from twin.model.declaration import Declaration, TagDeclaration, UnitDeclaration
from twin.model.frame import Frame
from twin.model.tag import Kind
from twin.packing import Batch, pack

START = 1_800_000_000_000
UNITS, TAGS = 10, 10


def plant() -> Declaration:
    """Declare 10 units of 10 measures."""
    line = "demo/bench/area_1/line_1"
    tags = tuple(
        TagDeclaration(
            name=f"measure_{number}", kind=Kind.MEASURE, unit="1", low=None, high=None, lolo=None, lo=None, hi=None,
            hihi=None, deadband=0.0, writable=False, description="",
        )
        for number in range(TAGS)
    )  # fmt: skip
    units = tuple(
        UnitDeclaration(
            name=f"u{number}",
            title="",
            role="unit",
            kind="unit",
            path=f"{line}/u{number}",
            count_unit="1",
            tags=tags,
        )
        for number in range(UNITS)
    )
    return Declaration(
        plant="bench", title="", industry="", line_kind="discrete", line_path=line, pacing="u0", product_unit="1",
        epoch=1,
        start_ms=START, scan_s=1.0, seed=1, configuration={}, units=units, flows=(),
    )  # fmt: skip


def scans(first: int, count: int) -> Batch:
    """Return `count` scans of all tags, one frame a unit and second."""
    frames = count * UNITS
    second = np.repeat(np.arange(first, first + count), UNITS)
    time_ms = START + (second + 1) * 1000
    rng = np.random.default_rng(first)
    return Batch(
        1, np.tile(np.arange(UNITS, dtype=np.uint16), count), second + 1, time_ms, np.full(frames, TAGS, np.uint32),
        np.tile(np.arange(TAGS, dtype=np.uint16), frames), np.repeat(time_ms, TAGS),
        np.round(rng.normal(50.0, 5.0, frames * TAGS), 2), {},
    )  # fmt: skip


class NoFigures:
    """An engine that makes nothing, so that the intake alone is measured."""

    def fold(self, batches: Sequence[Batch]) -> Results:
        """Make nothing."""
        return Results(snapshot=b"{}")


def insert(folder: Path, size: int, samples: int) -> float:
    """Write in transactions of `size` samples; return samples per second."""
    store = DuckDbStore(folder / f"insert_{size}.duckdb")
    store.declare(plant())
    count = max(size // (UNITS * TAGS), 1)
    batches = [scans(first, count) for first in range(0, max(samples // (UNITS * TAGS), 3 * count), count)]
    begin = time.perf_counter()
    for batch in batches:
        store.write("bench", [batch], Results())
    spent = time.perf_counter() - begin
    store.close()
    return sum(len(batch.tag) for batch in batches) / spent


def timed(ask: object, times: int = 15) -> float:
    """Return the median time of a question in ms."""
    assert callable(ask)
    spent = []
    for _ in range(times):
        begin = time.perf_counter()
        ask()
        spent.append((time.perf_counter() - begin) * 1000)
    return float(np.median(spent))


def queries(folder: Path, table: Table, seconds: int) -> None:
    """Fill a day and ask for trends."""
    path = folder / "day.duckdb"
    store = DuckDbStore(path)
    store.declare(plant())
    step = 3000  # 300,000 samples a transaction, as the pipeline does when it catches up
    for first in range(0, seconds, step):
        store.write("bench", [scans(first, min(step, seconds - first))], Results())
    tag, end = "demo/bench/area_1/line_1/u4/measure_4", START + seconds * 1000 + 1
    label = f"{seconds * UNITS * TAGS / 1e6:.1f} M samples"
    table.add_row(
        f"trend of a tag, 24 h in minutes ({label})",
        f"{timed(lambda: store.series(tag, START, end, 60_000)):.1f} ms",
    )
    table.add_row(
        "trend of a tag, newest hour in 5 s",
        f"{timed(lambda: store.series(tag, end - 3_600_000, end, 5000)):.1f} ms",
    )
    table.add_row(
        "raw samples of a tag, newest hour",
        f"{timed(lambda: store.series(tag, end - 3_600_000, end)):.1f} ms",
    )
    paths = [
        f"demo/bench/area_1/line_1/u{unit}/measure_{number}"
        for unit in range(UNITS)
        for number in range(TAGS)
    ]
    table.add_row("newest value of 100 tags", f"{timed(lambda: store.last(paths)):.2f} ms")
    store.close()
    begin = time.perf_counter()
    store = DuckDbStore(path)
    table.add_row("open again", f"{(time.perf_counter() - begin) * 1000:.0f} ms")
    table.add_row("size of the file", f"{path.stat().st_size / (seconds * UNITS * TAGS):.1f} B/sample")
    live = [scans(seconds + second, 1) for second in range(100)]
    begin = time.perf_counter()
    for batch in live:
        store.write("bench", [batch], Results(snapshot=b"x" * 20_000))
    table.add_row(
        "live commit (100 samples, 20 kB snapshot)",
        f"{(time.perf_counter() - begin) * 1000 / len(live):.1f} ms",
    )
    store.close()


def outbox_rates(folder: Path, table: Table) -> None:
    """Commit entries one by one, and in parcels."""
    for size, parcel in ((1000, 1), (15_000, 64)):
        outbox = Outbox(folder / f"outbox_{parcel}.sqlite")
        begin = time.perf_counter()
        position = 1
        for _ in range(200):
            outbox.accept("bench", b"j" * 16, [(position + place, b"x" * size) for place in range(parcel)])
            position += parcel
        spent = time.perf_counter() - begin
        table.add_row(f"outbox commits, {parcel} entries of {size:,} B each", f"{200 / spent:,.0f} /s")
        outbox.close()


def end_to_end(folder: Path, table: Table, samples: int) -> None:
    """Drain an outbox that holds a long catch-up."""
    known = plant()
    outbox, store = Outbox(folder / "e2e.sqlite", max_bytes=1 << 40), DuckDbStore(folder / "e2e.duckdb")
    outbox.declare(known)
    entries = []
    for position in range(1, samples // (60 * UNITS * TAGS) + 1):
        batch = scans((position - 1) * 60, 60)
        entries.append((position, pack(_frames(batch, known), known.sources)))
    outbox.accept("bench", b"j" * 16, entries)
    pipeline = Pipeline(outbox, store, lambda declaration, snapshot: NoFigures())
    begin = time.perf_counter()
    while pipeline.step():
        pass
    spent = time.perf_counter() - begin
    stored = sum(mark.samples for mark in store.watermarks("bench").values())
    assert stored == len(entries) * 60 * UNITS * TAGS
    table.add_row(f"outbox to store, {stored:,} samples, read back", f"{stored / spent:,.0f} samples/s")
    store.close()
    outbox.close()


def _frames(batch: Batch, known: Declaration) -> list[Frame]:
    return batch.frames(known.sources)


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the data")
    quick = parser.parse_args().quick
    table = Table("intake", "measured", title="store and outbox")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first = 0.0
        for size in (100, 1000, 10_000, 100_000, 300_000):
            rate = insert(folder, size, 20_000 if size < 1000 else 200_000 if size < 10_000 else 3_000_000)
            first = first or rate
            table.add_row(
                f"DuckDB, {size:,} samples a transaction", f"{rate:,.0f} samples/s ({rate / first:.0f}x)"
            )
        outbox_rates(folder, table)
        end_to_end(folder, table, 600_000 if quick else 6_000_000)
        queries(folder, table, 8640 if quick else 86_400)
    Console().print(table)


if __name__ == "__main__":
    main()
