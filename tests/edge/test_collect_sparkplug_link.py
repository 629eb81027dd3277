"""One Sparkplug link without a broker: what is lost, late or another's."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from edge.collect.sparkplug_link import SparkplugLink
from edge.outbox import Outbox
from tests.edge.plant_feed import Feed
from tests.edge.waiting import cancelled, until
from twin.packing import Parcel, unpack
from twin.sparkplug import DataType, Metric, Payload

Tasks = list[asyncio.Task[None]]


@pytest.fixture
async def tasks(outbox: Outbox) -> AsyncIterator[Tasks]:
    """Links that run; they end before the outbox is closed."""
    made: Tasks = []
    yield made
    for task in made:
        await cancelled(task)


class Wire:
    """Answers commands as the node does, but loses the first of each kind."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.link: SparkplugLink | None = None
        self.lost: set[str] = set()
        self.sent: list[str] = []
        self.tasks: set[asyncio.Task[None]] = set()

    def send(self, metrics: list[Metric]) -> None:
        for metric in metrics:
            self.sent.append(metric.name)
            if metric.name not in self.lost:
                self.lost.add(metric.name)
            else:
                task = asyncio.create_task(self._answer(metric))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)

    async def _answer(self, metric: Metric) -> None:
        assert self.link is not None
        if metric.name == "Node Control/Rebirth":
            self.link.receive("NBIRTH", self.birth())
            return
        request = json.loads(str(metric.value))
        if metric.name == "Frames/Fetch":
            parcel = await self.feed.fetch(request["position"], request["max_bytes"])
            self.link.receive("NDATA", history(parcel, request["id"]))
            return
        if metric.name == "Frames/Acknowledge":
            await self.feed.acknowledge(bytes.fromhex(request["journal"]), request["upto"])
            return
        text = json.dumps({"id": request["id"], "result": await self.feed.ledger(1)})
        answer = Metric(name="Frames/Answer", value=text)
        self.link.receive("NDATA", Payload(time_ms=1, metrics=(answer,)))

    def birth(self) -> Payload:
        text = DataType.STRING
        return Payload(time_ms=1, seq=0, metrics=(
            Metric(name="bdSeq", value=3, datatype=DataType.UINT64),
            Metric(name="Frames/Journal", value=self.feed.journal_id, datatype=DataType.BYTES),
            Metric(name="Frames/Head", value=self.feed.status.head, datatype=DataType.INT64),
            Metric(name="Frames/Declaration", value=self.feed.declaration.to_json(), datatype=text),
        ))  # fmt: skip


def history(parcel: bytes, request: str) -> Payload:
    """Return the message that answers a fetch."""
    metrics = (Metric(name="Frames/History", value=parcel), Metric(name="Frames/Request", value=request))
    return Payload(time_ms=1, metrics=metrics)


async def test_parcel_that_answers_another_request_is_no_gap(outbox: Outbox, tasks: Tasks) -> None:
    """A late answer, or one to another edge's question, is passed by: only the own request's id counts."""
    feed = Feed()
    feed.grow(6)
    wire = Wire(feed)
    wire.lost = {"Frames/Fetch", "Frames/Acknowledge", "Node Control/Rebirth"}
    later = Parcel(feed.journal_id, ((5, feed.entries[5]), (6, feed.entries[6]))).to_bytes()
    answer = feed.fetch

    async def fetch(position: int, max_bytes: int) -> bytes:
        assert wire.link is not None
        for request in ("1", "", "another-1"):
            wire.link.receive("NDATA", history(later, request))
        wire.link.receive("NDATA", Payload(time_ms=1, metrics=(Metric(name="Frames/History", value=later),)))
        return await answer(position, max_bytes)

    feed.fetch = fetch  # type: ignore[method-assign]
    link = wire.link = SparkplugLink("test", outbox, "press", wire.send)
    tasks.append(asyncio.create_task(link.run()))
    await until(lambda: not feed.entries)
    assert outbox.skipped_total == 0
    assert [entry.position for entry in outbox.pending()] == [1, 2, 3, 4, 5, 6]


async def test_gap_is_passed_over_with_one_fetch(outbox: Outbox, tasks: Tasks) -> None:
    """What the plant has dropped is counted at once: the answer is surely to this question."""
    feed = Feed()
    feed.grow(6)
    for position in (1, 2, 3):
        del feed.entries[position]
    wire = Wire(feed)
    wire.lost = {"Frames/Fetch", "Frames/Acknowledge", "Node Control/Rebirth"}
    link = wire.link = SparkplugLink("test", outbox, "press", wire.send)
    tasks.append(asyncio.create_task(link.run()))
    await until(lambda: not feed.entries)
    assert outbox.skipped_total == 3
    assert feed.fetched.count(1) == 1


async def test_two_links_never_use_the_same_id(outbox: Outbox) -> None:
    """Answers go to everybody at the broker."""
    links = [SparkplugLink("test", outbox, "press", lambda metrics: None) for _ in range(2)]
    assert len({next(link._ids) for link in links for _ in range(10)}) == 20


async def test_lost_commands_are_repeated(
    outbox: Outbox, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands are QoS 0: whatever is lost is asked again, an acknowledgement is made good by the next."""
    monkeypatch.setattr("edge.collect.sparkplug_link._ANSWER", 0.05)
    monkeypatch.setattr("edge.collect.sparkplug_link._REBIRTH_PAUSE", 0.05)
    monkeypatch.setattr("edge.collect.sparkplug_link._LEDGER_ANSWER", 0.05)
    feed = Feed()
    feed.grow(3)
    wire = Wire(feed)
    link = wire.link = SparkplugLink("test", outbox, "press", wire.send)
    tasks.append(asyncio.create_task(link.run()))
    await until(lambda: outbox.accepted_total == 3)
    feed.grow()
    await until(lambda: not feed.entries)
    entries = outbox.pending(limit=1000, max_bytes=1 << 40)
    assert sum(len(unpack(entry.data)) for entry in entries) == feed.frames
    assert (await link.ledger())["epoch"] == 1
    assert wire.sent.count("Frames/Fetch") >= 2


async def test_messages_of_others_and_rubbish_harm_nothing(outbox: Outbox, tasks: Tasks) -> None:
    """Another host's answers, damaged payloads, a node without a frame channel: noted, not fatal."""
    feed = Feed()
    wire = Wire(feed)
    wire.lost = {"Frames/Fetch", "Frames/Acknowledge", "Frames/Ledger", "Node Control/Rebirth"}
    link = wire.link = SparkplugLink("test", outbox, "press", wire.send)
    tasks.append(asyncio.create_task(link.run()))
    for value in (b"", b"x" * 40):
        link.receive("NDATA", Payload(time_ms=1, metrics=(Metric(name="Frames/History", value=value),)))
    for text in ("", "[]", '{"id": "77", "result": 1}', '{"id": {}}'):
        link.receive("NDATA", Payload(time_ms=1, metrics=(Metric(name="Frames/Answer", value=text),)))
    link.receive("NDEATH", Payload(time_ms=1, metrics=(Metric(name="bdSeq", value=200),)))
    await until(lambda: link.status.state == "online")
    link.receive(
        "NDEATH", Payload(time_ms=1, metrics=(Metric(name="bdSeq", value=2),))
    )  # of an earlier connection
    assert link.status.state == "online"
    stranger = SparkplugLink("test", outbox, "mill", lambda metrics: None)
    stranger.receive("NBIRTH", Payload(time_ms=1, metrics=(Metric(name="bdSeq", value=1),)))
    tasks.append(asyncio.create_task(stranger.run()))
    await until(lambda: stranger.status.state == "refused")
    assert "no plant of ours" in stranger.status.detail
