"""What history takes on disk, and how fast it is backed up and restored.

Run: python benchmarks/bench_upkeep.py [--quick]
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from edge.backup import STORE_FILE, back_up, restore
from edge.outbox import Outbox
from edge.store import Results
from edge.store.duckdb import DuckDbStore
from twin.model.declaration import Declaration, TagDeclaration, UnitDeclaration
from twin.model.tag import Kind
from twin.packing import Batch

START = 1_800_000_000_000
UNITS, TAGS, BLOCK_S = 10, 10, 600


def plant() -> Declaration:
    """Declare 10 units of 10 measures."""
    tags = tuple(
        TagDeclaration(
            name=f"measure_{number}", kind=Kind.MEASURE, unit="kW", low=None, high=None, lolo=None, lo=None, hi=None,
            hihi=None, deadband=0.0, writable=False, description="",
        )
        for number in range(TAGS)
    )  # fmt: skip
    line = "demo/bench/area_1/line_1"
    return Declaration(
        plant="bench", title="bench", industry="", line_kind="discrete", line_path=line, pacing="u1",
        product_unit="{piece}", epoch=1, start_ms=START, scan_s=1.0, seed=1, configuration={}, flows=(),
        units=tuple(
            UnitDeclaration(
                name=name, title=name, role="unit", kind="press", path=f"{line}/{name}", count_unit="{piece}", tags=tags
            )
            for name in ["line", *(f"u{number}" for number in range(1, UNITS))]
        ),
    )  # fmt: skip


def fill(store: DuckDbStore, known: Declaration, seconds: int) -> int:
    """Store a value of two decimals of each measure each second; return how many."""
    rng = np.random.default_rng(1)
    for begin in range(0, seconds, BLOCK_S):
        seq = np.repeat(np.arange(begin + 1, begin + BLOCK_S + 1), UNITS)
        time_ms = START + seq * 1000
        frames = len(seq)
        store.write(known.plant, [Batch(
            known.epoch, np.tile(np.arange(UNITS), BLOCK_S), seq, time_ms, np.full(frames, TAGS),
            np.tile(np.arange(TAGS), frames).astype(np.int32), np.repeat(time_ms, TAGS),
            rng.normal(100, 3, frames * TAGS).round(2), {},
        )], Results())  # fmt: skip
    return seconds * UNITS * TAGS


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10 minutes of samples instead of 3 hours")
    seconds = BLOCK_S if parser.parse_args().quick else 3 * 3600
    table = Table("upkeep", "figure", box=None)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        known = plant()
        store, outbox = DuckDbStore(folder / STORE_FILE), Outbox(folder / "outbox.sqlite")
        store.declare(known)
        samples = fill(store, known, seconds)
        begin = time.perf_counter()
        back_up(folder / "backup", folder, outbox, store)
        spent = time.perf_counter() - begin
        store.close()
        outbox.close()
        size = (folder / STORE_FILE).stat().st_size
        table.add_row(f"{samples:,} samples in DuckDB", f"{size / samples:.1f} bytes a sample")
        table.add_row("backup", f"{samples / spent:,.0f} samples/s")
        begin = time.perf_counter()
        restore(folder / "backup", folder / "new")
        table.add_row("restore", f"{time.perf_counter() - begin:.3f} s")
    Console().print(table)


if __name__ == "__main__":
    main()
