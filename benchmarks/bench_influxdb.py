"""InfluxDB: points a second of our encoder beside influxdb-client's Point, and ingest into each store.

The server of the last rows is the double of the tests: Python, in this process, on the loopback. Its rate says what
encoder, client and HTTP cost together with a slow reader, nothing about a real server.

Run: python benchmarks/bench_influxdb.py [--quick]
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # the double is a part of the tests

import numpy as np
from influxdb_client import Point, WritePrecision
from rich.console import Console
from rich.table import Table

from benchmarks.bench_store import START, TAGS, UNITS, plant, scans
from edge.store import Results, Store
from edge.store.catalogue import Epoch
from edge.store.duckdb import DuckDbStore
from edge.store.influxdb_lines import SeriesPrefixes
from edge.store.influxdb_link import Address, InfluxLink
from edge.store.influxdb_schema import unit_tags
from edge.store.line_protocol import columns
from edge.store.memory import MemoryStore
from edge.store.refused import Refused
from tests.edge.influx.bench import bench
from tests.edge.influx.line_protocol import read
from twin.packing import Batch

_CLIENT_POINTS = 20_000  # Point is slow
_AT_ONCE = 1000  # scans a batch, 100,000 samples


def by_point(batch: Batch, count: int) -> list[str]:
    """Return lines of the first `count` samples as influxdb-client makes them."""
    known = plant()
    keys = [(unit.path, tag.name) for unit in known.units for tag in unit.tags]
    which = (batch.sample_source.astype(np.int64) * TAGS + batch.tag)[:count].tolist()
    lines = []
    for number, value, time_ms in zip(which, batch.value.tolist(), batch.sample_ms.tolist(), strict=False):
        scope, tag = keys[number]
        point = Point("sample")
        for name, text in unit_tags(known.plant, known.epoch, scope).items():
            point.tag(name, text)
        point.tag("tag", tag).field("value", value).time(time_ms, WritePrecision.MS)
        lines.append(point.to_line_protocol())
    return lines


def by_columns(prefixes: SeriesPrefixes, batch: Batch) -> list[bytes]:
    """Return bodies as the store makes them."""
    which = batch.sample_source.astype(np.int64) * TAGS + batch.tag
    return list(columns(prefixes.samples, which, batch.value, batch.sample_ms))


def fastest(work: Callable[[], object], times: int = 5) -> float:
    """Return the shortest of several times of some work in s."""
    spent = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        spent.append(time.perf_counter() - begin)
    return min(spent)


def encoders(table: Table) -> None:
    """Time both encoders in turns, after a proof that they say the same."""
    batch = scans(0, _AT_ONCE)
    prefixes = SeriesPrefixes.of(Epoch.of(plant(), 0))
    ours = b"\n".join(by_columns(prefixes, batch)).decode().split("\n")
    assert [read(one) for one in ours[:500]] == [read(one) for one in by_point(batch, 500)]
    point = _CLIENT_POINTS / fastest(lambda: by_point(batch, _CLIENT_POINTS), 3)
    mine = len(batch.tag) / fastest(lambda: by_columns(prefixes, batch))
    table.add_row("influxdb-client's Point", f"{point:,.0f} points/s (1x)")
    table.add_row("the store's encoder", f"{mine:,.0f} points/s ({mine / point:.0f}x)")


class _Sink(BaseHTTPRequestHandler):
    """A server that reads bodies and does nothing with them."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        """Take a body."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()


def transport(table: Table, folder: Path, count: int) -> None:
    """Encode and send to a server that stores nothing: the limit of encoder, client and HTTP."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Sink)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    link = InfluxLink(
        Address(f"http://127.0.0.1:{server.server_address[1]}", "o", "t"), Refused(folder / "refused")
    )
    prefixes = SeriesPrefixes.of(Epoch.of(plant(), 0))
    batches = [scans(first, _AT_ONCE) for first in range(0, count * _AT_ONCE, _AT_ONCE)]
    begin = time.perf_counter()
    for batch in batches:
        link.write("bucket", by_columns(prefixes, batch), "ms")
    rate = sum(len(batch.tag) for batch in batches) / (time.perf_counter() - begin)
    table.add_row("encoder, client and HTTP into a sink that keeps nothing", f"{rate:,.0f} samples/s")
    link.close()
    server.shutdown()
    server.server_close()
    thread.join()


def stores(folder: Path) -> Iterator[tuple[str, Store, int]]:
    """Yield the stores with the number of batches to write into each."""
    yield "memory", MemoryStore(), 3
    yield "DuckDB", DuckDbStore(folder / "bench.duckdb"), 20
    with bench() as influx:
        label = (
            "InfluxDB, the tests' double in this process"
            if influx.double
            else f"InfluxDB at {influx.address.url}"
        )
        yield label, influx.store(), 1 if influx.double else 20


def ingest(table: Table, folder: Path, *, quick: bool) -> None:
    """Write batches of 100,000 samples into each store, and read one tag back."""
    for label, store, count in stores(folder):
        size = _AT_ONCE // 10 if quick else _AT_ONCE
        batches = [scans(first, size) for first in range(0, count * size, size)]
        store.declare(plant())
        begin = time.perf_counter()
        for batch in batches:
            store.write("bench", [batch], Results(snapshot=b"{}"))
        spent = time.perf_counter() - begin
        tag = f"{plant().line_path}/u4/measure_4"
        assert len(store.series(tag, START, START + 10**9).time_ms) == count * size
        total = count * size * UNITS * TAGS
        table.add_row(f"into {label}, {size * UNITS * TAGS:,} at once", f"{total / spent:,.0f} samples/s")
        store.close()


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the data")
    quick = parser.parse_args().quick
    table = Table("InfluxDB", "measured", title="line protocol and ingest")
    with tempfile.TemporaryDirectory() as name:
        encoders(table)
        transport(table, Path(name), 2 if quick else 20)
        ingest(table, Path(name), quick=quick)
    Console().print(table)


if __name__ == "__main__":
    main()
