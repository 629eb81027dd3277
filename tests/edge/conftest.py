"""For the tests of the edge: an outbox; InfluxDB, as one double a worker or the server of INFLUXDB_URL; the API."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from edge.outbox import Outbox
from edge.store.memory import MemoryStore
from tests.edge import api_bench
from tests.edge.filled_store import Filler
from tests.edge.influx.bench import Bench
from tests.edge.influx.bench import bench as influx_bench
from tests.edge.influx.state import Double


@pytest.fixture(scope="session")
def influx() -> Iterator[Bench]:
    """Make stores; the double answers unless INFLUXDB_URL names a real server."""
    with influx_bench() as made:
        yield made


@pytest.fixture
def double(influx: Bench) -> Iterator[Double]:
    """Order faults and look inside; they are all spent at the end."""
    if influx.double is None:
        pytest.skip("faults on order need the double; INFLUXDB_URL names a real server")
    yield influx.double
    assert (influx.double.faults, influx.double.query_faults) == ([], [])
    influx.double.refuse, influx.double.max_body, influx.double.down = "", 1 << 30, False
    influx.double.tokens.clear()


@pytest.fixture
async def bench(line: tuple[MemoryStore, Filler]) -> AsyncIterator[api_bench.Bench]:
    """A client of the API over the `line` of the module."""
    async with api_bench.served(*line) as found:
        yield found


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    """An empty outbox, `outbox.sqlite` of the test's folder."""
    made = Outbox(tmp_path / "outbox.sqlite")
    yield made
    made.close()
