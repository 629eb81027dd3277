"""Damaged payloads in process: what decodes them refuses or takes them, and nothing else ever happens."""

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psutil
import pytest

from edge.collect import LinkRefused
from edge.collect.declared import read_declaration
from edge.collect.sparkplug import SparkplugHost
from edge.engine import Engine
from edge.outbox import Outbox
from edge.pipeline import Pipeline
from edge.store.memory import MemoryStore
from tests.edge.plant_feed import Feed
from tests.edge.telemetry import blob, declaration, frames
from tests.edge.waiting import cancelled
from tests.robustness.extent import SEED, cases
from tests.robustness.mqtt_mutation import Mutator
from twin.packing import DamagedFrames, Parcel, pack, unpack
from twin.sparkplug import DamagedPayload, DataType, Metric, Payload, Topic, decode, encode
from twin.wire.sparkplug_node import SparkplugNode

pytestmark = pytest.mark.timeout(3600 if cases(0, 1) else 120)


def messages() -> list[bytes]:
    """Return what a healthy plant and its edge say."""
    feed = Feed()
    update = feed.grow(2)
    text = feed.declaration.to_json()

    def say(*metrics: Metric, seq: int | None = 1) -> bytes:
        return encode(Payload(time_ms=1_800_000_000_000, metrics=metrics, seq=seq))

    requests = {
        "Fetch": {"id": "a", "position": 1, "max_bytes": 1000},
        "Acknowledge": {"journal": feed.journal_id.hex(), "upto": 1},
        "Declare": {"id": "b", "epoch": 1},
        "Ledger": {"id": "c"},
        "Command": {"id": "d", "command": {"id": "x", "path": "p", "value": 1.0, "expires_ms": 10**14}},
    }
    return [
        say(
            Metric(name="bdSeq", value=3, datatype=DataType.UINT64),
            Metric(name="Frames/Journal", value=feed.journal_id, datatype=DataType.BYTES),
            Metric(name="Frames/Head", value=2, datatype=DataType.INT64),
            Metric(name="Frames/Declaration", value=text, datatype=DataType.STRING),
            seq=0,
        ),
        say(Metric(name="Frames/Head", value=2), Metric(name="Frames/Live", value=update.parcel)),
        say(Metric(name="Frames/History", value=update.parcel), Metric(name="Frames/Request", value="a-1")),
        say(Metric(name="Frames/Answer", value=json.dumps({"id": "a-1", "result": ""}))),
        say(Metric(name="bdSeq", value=3, datatype=DataType.UINT64), seq=None),
        say(Metric(name="Node Control/Rebirth", value=True), seq=None),
        *(say(Metric(name=f"Frames/{name}", value=json.dumps(body)), seq=None) for name, body in requests.items()),
        say(Metric(name="speed", value=4.0, properties={"engUnit": "m/s", "engLow": 0.0})),
    ]  # fmt: skip


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    made = Outbox(tmp_path / "outbox.sqlite")
    yield made
    made.close()


@pytest.fixture
async def host(outbox: Outbox) -> AsyncIterator[SparkplugHost]:
    """A host without a broker: messages are handed to it."""
    made = SparkplugHost("mqtt://127.0.0.1:1", outbox)
    yield made
    for task in made._tasks.values():
        await cancelled(task)


async def test_decoder_takes_or_refuses_whatever_comes() -> None:
    """Most cases go here: the decoder is the door, and costs least."""
    mutator = Mutator(messages(), SEED)
    taken = refused = 0
    before = psutil.Process().memory_info().rss
    for _ in range(cases(20_000, 900_000)):
        try:
            payload = decode(mutator.next())
        except DamagedPayload:
            refused += 1
        else:
            taken += 1
            assert all(isinstance(metric.name, str) for metric in payload.metrics)
    print(f"decoder: {taken} taken, {refused} refused")
    assert min(taken, refused) > (taken + refused) // 20
    assert psutil.Process().memory_info().rss - before < 50_000_000


async def test_host_and_its_links_outlive_whatever_comes(host: SparkplugHost) -> None:
    mutator = Mutator(messages(), SEED + 1)
    topics = [
        f"spBv1.0/demo/{kind}/{node}" for kind in ("NBIRTH", "NDATA", "NDEATH") for node in ("press", "x")
    ]
    topics += ["spBv1.0/demo/NCMD/press", "spBv1.0/demo/DDATA/press/u1", "elsewhere", "spBv1.0//NDATA/", ""]
    number = cases(5_000, 50_000)
    for case in range(number):
        host._receive(topics[case % len(topics)], mutator.next())
        if case % 20 == 0:
            await asyncio.sleep(0)
    await asyncio.sleep(0.05)
    assert {"demo/press", "demo/x"} <= set(host.links)
    assert not any(task.done() for task in host._tasks.values())
    assert number // 20 < host.ignored < number
    print(f"host: {host.ignored} of {number} not understood, the others handled")


async def test_node_obeys_or_ignores_whatever_comes(tmp_path: Path) -> None:
    secrets = tmp_path / "press"
    secrets.write_text("a password")
    secrets.chmod(0o600)
    feed = Feed()
    feed.grow(3)
    node = SparkplugNode(feed, "127.0.0.1", 1, journal=feed, secrets=tmp_path)  # type: ignore[arg-type]
    mutator = Mutator(messages(), SEED + 2)
    topics = [Topic("demo", "NCMD", "press"), Topic("demo", "DCMD", "press", "u1")]
    obeyed = 0
    for case in range(cases(5_000, 50_000)):
        before = node.ignored
        await node._take(str(topics[case % 2]), mutator.next(), 0)
        obeyed += node.ignored == before
    print(f"node: {obeyed} obeyed, {node.ignored} ignored")
    assert min(obeyed, node.ignored) > 100
    assert feed.commands == [] or all(command["id"] for command in feed.commands)


def test_packed_frames_are_read_or_refused() -> None:
    known = declaration()
    good = pack(frames(known, 3), known.sources)
    mutator = Mutator([good, Parcel(b"j" * 16, ((1, good), (2, good))).to_bytes()], SEED + 3)
    read = refused = 0
    for _ in range(cases(5_000, 50_000)):
        data = mutator.next()
        for reader in (unpack, Parcel.from_bytes):
            try:
                reader(data)
                read += 1
            except DamagedFrames:
                refused += 1
    print(f"frames: {read} read, {refused} refused")
    assert refused > read


def test_bomb_of_packed_frames_is_refused_before_it_fills_the_memory() -> None:
    bomb = b"SFT1" + zlib.compress(b"\x00" * 100_000_000, 9)
    assert len(bomb) < 200_000
    before = psutil.Process().memory_info().rss
    with pytest.raises(DamagedFrames, match="cut off or larger"):
        unpack(bomb)
    assert psutil.Process().memory_info().rss - before < 80_000_000


def test_damaged_entries_end_in_quarantine_and_the_others_in_the_store(outbox: Outbox) -> None:
    """A checksum guards entries on their way; whatever is wrong inside them still must not stop the writer."""
    store = MemoryStore()
    pipeline = Pipeline(outbox, store, lambda known, snapshot: Engine(known))
    known, other = declaration(), declaration("oven")
    for one in (known, other):
        outbox.declare(one)
    mutator = Mutator(
        [blob(known, frames(known, 2, first_seq=1 + 2 * n, start_s=2 * n)) for n in range(5)], SEED + 4
    )
    number = cases(300, 3_000)
    for position in range(1, number + 1):
        outbox.accept("press", b"j" * 16, [(position, _inside(mutator.next()))])
        good = blob(other, frames(other, 1, first_seq=position, start_s=position))
        outbox.accept("oven", b"o" * 16, [(position, good)])
        pipeline.step()
    while pipeline.step():
        pass
    marks = store.watermarks("oven")
    assert {mark.frames for mark in marks.values()} == {number}
    assert {mark.seq for mark in marks.values()} == {number}
    assert outbox.poisoned_total > number // 4
    assert outbox.depth().entries == 0


def _inside(data: bytes) -> bytes:
    """Let half of the damage lie behind the compression, where it is not seen at once."""
    if len(data) % 2 or data[:4] != b"SFT1":
        return data
    try:
        body = bytearray(zlib.decompress(data[4:]))
    except zlib.error:
        return data
    body[len(data) % len(body)] ^= 1 << len(data) % 8
    return b"SFT1" + zlib.compress(bytes(body))


@pytest.mark.parametrize(
    "change",
    [
        {"plant": "oven"}, {"line_path": "demo/oven/area_1/line_1"}, {"units": []}, {"title": ["x"]}, {"epoch": "1"},
        {"epoch": -1}, {"start_ms": 10**18}, {"scan_s": 0}, {"flows": [1]}, {"configuration": []},
    ],
    ids=str,
)  # fmt: skip
def test_declaration_that_is_no_plants_own_is_refused(change: dict[str, object]) -> None:
    text = json.dumps(json.loads(declaration().to_json()) | change)
    with pytest.raises(LinkRefused):
        read_declaration(text, "press")


def test_unit_of_another_plant_in_a_declaration_is_refused() -> None:
    raw = json.loads(declaration().to_json())
    raw["units"][1]["path"] = "demo/oven/area_1/line_1/u1"
    with pytest.raises(LinkRefused, match="does not lie below"):
        read_declaration(json.dumps(raw), "press")


def test_deeply_nested_declaration_is_refused() -> None:
    with pytest.raises(LinkRefused, match="cannot be read"):
        read_declaration("[" * 100_000)
