"""What the tests with programs of others share."""

import asyncio

import pytest

from tests.interop.session import record
from tests.interop.sparkplug_grader.packet import Packet, load, save
from tools import machine


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> list[Packet]:
    """One recorded Sparkplug session, read back from its file; the test carries the marker `mosquitto`."""
    folder = tmp_path_factory.mktemp("session")
    program = machine.find("mosquitto")
    assert program is not None
    packets = asyncio.run(record(program, folder))
    save(packets, folder / "capture.json")
    assert load(folder / "capture.json") == packets
    return packets
