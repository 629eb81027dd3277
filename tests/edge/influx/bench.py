"""Stores on InfluxDB for tests: on the double, or on the server that INFLUXDB_URL names."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from edge.store.influxdb import InfluxStore
from edge.store.influxdb_link import Address, InfluxLink
from edge.store.influxdb_setup import Layout, remove
from edge.store.refused import Refused
from tests.edge.influx import real
from tests.edge.influx.double import ORG, TOKEN, serving
from tests.edge.influx.flux_table import Time
from tests.edge.influx.state import Double


def real_server() -> Address | None:
    """Return the server to test against, None where only the double is there."""
    url = os.environ.get("INFLUXDB_URL", "")
    if not url:
        return None
    return Address(url, os.environ["INFLUXDB_ORG"], os.environ["INFLUXDB_TOKEN"])


@dataclass(slots=True)
class Bench:
    """Makes stores with buckets of their own names; what a real server was given is removed at the end."""

    address: Address
    folder: Path
    double: Double | None = None
    layouts: list[Layout] = field(default_factory=list)

    def layout(self, raw_days: int = 0) -> Layout:
        """Return a layout that nobody uses."""
        self.layouts.append(Layout(f"test_{uuid.uuid4().hex[:12]}", raw_days))
        return self.layouts[-1]

    def link(self, *, timeout_s: float = 10.0) -> InfluxLink:
        """Return a link with a quarantine of its own."""
        return InfluxLink(
            self.address, Refused(self.folder / f"{uuid.uuid4().hex}.jsonl"), timeout_s=timeout_s
        )

    def store(self, layout: Layout | None = None, *, timeout_s: float = 10.0) -> InfluxStore:
        """Return a store; the same layout again is the same history."""
        return InfluxStore(self.link(timeout_s=timeout_s), layout or self.layout())

    def points(self, bucket: str) -> real.Points:
        """Return everything in a bucket, as it lies on the server."""
        if self.double is None:
            return real.points(self.address, bucket)
        return {series: dict(values) for series, values in self.double.buckets[bucket].points.items()}

    def run_task(self, name: str, now_ms: int) -> None:
        """Run a task as the scheduler would at `now_ms`."""
        if self.double is None:
            real.run_task(self.address, name, Time(now_ms * 10**6))
        else:
            self.double.run_task(name, now_ms * 10**6)

    def clean(self) -> None:
        """Remove what was made on a real server."""
        if self.double is None:
            link = self.link()
            for layout in self.layouts:
                remove(link, layout)
            link.close()


@contextmanager
def bench() -> Iterator[Bench]:
    """Give a bench while the block runs."""
    with tempfile.TemporaryDirectory() as name:
        address = real_server()
        if address is not None:
            made = Bench(address, Path(name))
            try:
                yield made
            finally:
                made.clean()
            return
        with serving() as double:
            yield Bench(Address(double.url, ORG, TOKEN), Path(name), double)
