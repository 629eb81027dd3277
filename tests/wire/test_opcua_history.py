"""Raw history in memory: order, limits and parts as OPC UA Part 11 has them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from asyncua import Client, ua

from tests.wire.running import LINE, running
from twin.wire.opcua_history import ANSWER_VALUES, REQUEST_NODES, Storage

NODE = ua.NodeId("demo/toy/x", 2)
START = datetime(2026, 3, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def filled(count: int, kept: int = 100_000) -> Storage:
    storage = Storage([NODE], kept=kept)
    for second in range(count):
        storage.keep(NODE, round(at(second).timestamp() * 1000), float(second))
    return storage


async def read(
    storage: Storage, start: datetime | None, end: datetime | None, most: int = 0
) -> tuple[list[float], datetime | None]:
    values, rest = await storage.read_node_history(NODE, start, end, most)
    return [value.Value.Value for value in values], rest


async def test_start_belongs_to_the_answer_and_end_does_not() -> None:
    storage = filled(10)
    assert await read(storage, at(2), at(5)) == ([2.0, 3.0, 4.0], None)
    assert await read(storage, at(5), at(2)) == ([5.0, 4.0, 3.0], None)
    assert await read(storage, at(2), at(2)) == ([2.0], None)
    assert await read(storage, at(2.5), at(2.5)) == ([], None)
    assert await read(storage, at(100), at(200)) == ([], None)


async def test_one_end_and_a_number_give_that_many() -> None:
    storage = filled(10)
    assert await read(storage, at(4), None, 2) == ([4.0, 5.0], None)
    assert await read(storage, None, at(4), 2) == ([4.0, 3.0], None)
    assert await read(storage, ua.get_win_epoch(), at(4), 2) == ([4.0, 3.0], None)


@pytest.mark.parametrize("most", [0, 7, 5_000])
@pytest.mark.parametrize("backwards", [False, True])
async def test_parts_add_up_to_the_whole(most: int, backwards: bool) -> None:
    count = ANSWER_VALUES + 123
    storage = filled(count)
    begin, end = (at(count), at(-1)) if backwards else (at(-1), at(count))
    found: list[float] = []
    rest: datetime | None = begin
    while rest is not None:
        values, rest = await read(storage, rest, end, most)
        found += values
        assert len(values) <= ANSWER_VALUES
    wanted = [float(second) for second in range(count)]
    assert found == (wanted[::-1] if backwards else wanted)


async def test_memory_is_bounded_and_the_newest_stay() -> None:
    storage = filled(1_000, kept=100)
    values, _ = await read(storage, at(-1), at(2_000))
    assert 50 <= len(values) <= 100
    assert values[-1] == 999.0
    assert all(later == earlier + 1.0 for earlier, later in pairwise(values))


async def test_what_is_not_newer_is_ignored() -> None:
    storage = filled(3)
    storage.keep(NODE, round(at(1).timestamp() * 1000), 7.0)
    storage.keep(ua.NodeId("demo/toy/other", 2), 1, 7.0)
    assert await read(storage, at(-1), at(9)) == ([0.0, 1.0, 2.0], None)


async def test_requests_that_cannot_be_answered_say_why(tmp_path: Path) -> None:
    async with running("opc.tcp://127.0.0.1:0", tmp_path) as address, Client(address) as client:
        index = await client.get_namespace_index("urn:smart-factory-twin:toy")
        nodes = {
            f"{LINE}/mixer/temperature": "Good", f"{LINE}/mixer/reason": "BadHistoryOperationUnsupported",
            f"{LINE}/mixer/nothing": "BadNodeIdUnknown",
        }  # fmt: skip
        wanted = [ua.HistoryReadValueId(NodeId=ua.NodeId(path, index)) for path in nodes]
        details = ua.ReadRawModifiedDetails(IsReadModified=False, StartTime=START, EndTime=datetime.now(UTC))
        asked = ua.HistoryReadParameters(HistoryReadDetails=details, NodesToRead=wanted)
        answers = await client.uaclient.history_read(asked)
        assert [answer.StatusCode.name for answer in answers] == list(nodes.values())
        asked.HistoryReadDetails = ua.ReadRawModifiedDetails(IsReadModified=True, StartTime=START)
        answers = await client.uaclient.history_read(asked)
        assert answers[0].StatusCode.name == "BadHistoryOperationUnsupported"
        asked.NodesToRead = wanted[:1] * (REQUEST_NODES + 1)
        with pytest.raises(ua.uaerrors.BadTooManyOperations):
            await client.uaclient.history_read(asked)
