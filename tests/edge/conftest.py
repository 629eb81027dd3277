"""InfluxDB for the tests of the edge: one double a worker, or the server that INFLUXDB_URL names."""

from collections.abc import Iterator

import pytest

from tests.edge.influx.bench import Bench, bench
from tests.edge.influx.state import Double


@pytest.fixture(scope="session")
def influx() -> Iterator[Bench]:
    """Make stores; the double answers unless INFLUXDB_URL names a real server."""
    with bench() as made:
        yield made


@pytest.fixture
def double(influx: Bench) -> Iterator[Double]:
    """Order faults and look inside; they are all spent at the end."""
    if influx.double is None:
        pytest.skip("faults on order need the double; INFLUXDB_URL names a real server")
    yield influx.double
    assert (influx.double.faults, influx.double.query_faults) == ([], [])
    influx.double.refuse, influx.double.max_body, influx.double.down = "", 1 << 30, False
