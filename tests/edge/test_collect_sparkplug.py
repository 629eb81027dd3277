"""Collection over Sparkplug B from the real edge node of the wire, through a real broker."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from edge.collect.sparkplug import SparkplugHost
from edge.collect.sparkplug_link import SparkplugLink
from edge.outbox import Outbox
from tests.edge.plant_feed import Feed
from tests.edge.waiting import cancelled, free_port, until
from twin.broker.access import all_rights
from twin.demo.port import answers
from twin.model.command import Command
from twin.packing import unpack
from twin.wire.sparkplug_node import SparkplugNode


class Bench:
    """A broker that can be cut and started again, plants behind it, and a host."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.outbox = Outbox(folder / "outbox.sqlite")
        self.host = SparkplugHost(
            f"mqtt://127.0.0.1:{self.port}", self.outbox, user="edge", password="pw-edge"
        )
        self.broker: asyncio.subprocess.Process | None = None
        self.nodes: list[SparkplugNode] = []
        self.task: asyncio.Task[None] | None = None
        (folder / "secrets").mkdir()

    async def serve(self) -> None:
        """Start the broker as a process of its own: when it is cut, the kernel closes what it held."""
        for user in all_rights(["press", "oven"], "demo"):
            (self.folder / "secrets" / user).write_text(f"pw-{user}")
            (self.folder / "secrets" / user).chmod(0o600)
        self.broker = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "twin.broker", "--port", str(self.port),
            "--secrets", str(self.folder / "secrets"), "--plants", "press,oven", stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        await until(lambda: answers(self.port))

    async def cut(self) -> None:
        if self.broker is not None:
            self.broker.kill()
            await self.broker.wait()
            self.broker = None

    async def plant(self, feed: Feed) -> SparkplugNode:
        node = SparkplugNode(feed, "127.0.0.1", self.port, journal=feed, secrets=self.folder / "secrets")  # type: ignore[arg-type]
        node._version = MQTTProtocolVersion.MQTTv311  # what the embedded broker speaks
        await node.start()
        self.nodes.append(node)
        await until(lambda: feed.status.transport == "online")
        return node

    def run(self) -> None:
        self.task = asyncio.create_task(self.host.run())

    def frames(self) -> int:
        return sum(len(unpack(entry.data)) for entry in self.outbox.pending(limit=10_000, max_bytes=1 << 40))

    async def close(self) -> None:
        if self.task is not None:
            await cancelled(self.task)
        for node in self.nodes:
            await node.stop()
        await self.cut()
        self.outbox.close()


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    await made.close()


async def test_one_host_finds_two_plants_and_pulls_both(bench: Bench) -> None:
    """Plants born before the host are asked for their birth when they are heard; live entries follow the history."""
    await bench.serve()
    feeds = {name: Feed(name) for name in ("press", "oven")}
    for feed in feeds.values():
        feed.grow(20, seconds=60)
    nodes = {name: await bench.plant(feed) for name, feed in feeds.items()}
    bench.run()
    await until(lambda: bench.host.status.state == "online")
    for name, node in nodes.items():
        await node.publish(feeds[name].grow())
    await until(lambda: not any(feed.entries for feed in feeds.values()))
    for name, node in nodes.items():
        fetched = len(feeds[name].fetched)
        await node.publish(feeds[name].grow())
        await until(lambda name=name: not feeds[name].entries)  # type: ignore[misc]
        assert len(feeds[name].fetched) <= fetched + 2  # pushed, not fetched, but for the watchdog
    assert sorted(link.status.plant for link in bench.host.links.values()) == ["oven", "press"]
    assert bench.frames() == sum(feed.frames for feed in feeds.values())


async def test_broker_down_at_start_and_cut_and_restarted_loses_nothing(bench: Bench) -> None:
    """Patience with a visible state; entries made while the broker is away arrive when it is back, once."""

    def gone(link: SparkplugLink) -> bool:
        return link.status.state == "stale" and bench.host.status.state == "connecting"

    bench.run()
    await until(lambda: "is the broker running" in bench.host.status.detail)
    await bench.serve()
    feed = Feed()
    node = await bench.plant(feed)
    for _ in range(2):
        update = feed.grow(5)
        while feed.entries:  # a plant tells its head at every scan
            await node.publish(update)
            await asyncio.sleep(0.05)
        link = next(iter(bench.host.links.values()))
        await bench.cut()
        await until(partial(gone, link))
        with pytest.raises(ConnectionError):
            await link.ledger()
        await node.publish(feed.grow())
        await bench.serve()
    await until(lambda: not feed.entries)
    assert bench.frames() == feed.frames
    assert bench.outbox.skipped_total == 0


async def test_plant_that_dies_is_stale_and_comes_back(bench: Bench) -> None:
    await bench.serve()
    bench.run()
    await until(lambda: bench.host.status.state == "online")
    feed = Feed()
    node = await bench.plant(feed)
    feed.grow()
    await until(lambda: not feed.entries)
    link = bench.host.links["demo/press"]
    await node.stop()
    await until(lambda: link.status.state == "stale")
    assert "gone" in link.status.detail
    feed.grow(3)
    await bench.plant(feed)
    await until(lambda: not feed.entries)
    assert link.status.state == "online"
    assert bench.frames() == feed.frames


async def test_commands_and_ledger_pass(bench: Bench) -> None:
    await bench.serve()
    bench.run()
    await until(lambda: bench.host.status.state == "online")
    await bench.plant(Feed())
    await until(lambda: bench.host.links and bench.host.links["demo/press"].status.state == "online")
    link = bench.host.links["demo/press"]
    assert await link.write(Command(id="c1", path="demo/press/u1/speed", value=5.0, expires_ms=10**14)) == ""
    assert "too much" in await link.write(
        Command(id="c2", path="demo/press/u1/speed", value=50.0, expires_ms=10**14)
    )
    assert (await link.ledger())["epoch"] == 1


async def test_wrong_password_is_refused_in_words(bench: Bench) -> None:
    await bench.serve()
    bench.host = SparkplugHost(f"mqtt://127.0.0.1:{bench.port}", bench.outbox, user="edge", password="wrong")
    bench.run()
    await until(lambda: bench.host.status.detail)
    assert bench.host.status.state in {"refused", "connecting"}
    assert "refuses" in bench.host.status.detail or "closed" in bench.host.status.detail


async def test_message_that_is_no_sparkplug_is_noted_and_harms_nothing(bench: Bench) -> None:
    bench.host._receive("spBv1.0/demo/NDATA/mill", b"\xff\xff rubbish")
    bench.host._receive("elsewhere", b"")
    assert "not understood" in bench.host.status.detail
    assert not bench.host.links


async def test_host_announces_itself_and_says_goodbye(bench: Bench) -> None:
    """STATE is retained, online while the host runs, offline after it, with the timestamp of that connection."""
    await bench.serve()
    bench.run()
    await until(lambda: bench.host.status.state == "online")
    told: list[dict[str, object]] = []
    listener = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)
    listener.username_pw_set("press", "pw-press")
    listener.on_message = lambda client, userdata, message: told.append(
        json.loads(message.payload) | {"retained": message.retain}
    )
    listener.connect("127.0.0.1", bench.port)
    listener.subscribe("spBv1.0/STATE/edge", qos=1)
    listener.loop_start()
    try:
        await until(lambda: told and told[-1]["online"] is True)
        listener.subscribe("spBv1.0/STATE/edge", qos=1)  # whoever subscribes later is told too
        await until(lambda: told[-1]["retained"] and told[-1]["online"] is True)
        born = told[-1]["timestamp"]
        assert bench.task is not None
        await cancelled(bench.task)
        await until(lambda: told[-1]["online"] is False)
        assert told[-1]["timestamp"] == born
    finally:
        listener.disconnect()
        listener.loop_stop()
