"""Damaged payloads through a real broker: from a plant gone mad to the edge, and from a mad edge to a plant."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import MQTTProtocolVersion

from edge.collect.sparkplug_link import SparkplugLink
from edge.outbox import Outbox
from tests.edge.waiting import until
from tests.robustness.extent import LONG, SEED, cases
from tests.robustness.mqtt_mutation import Mutator
from tests.robustness.test_mqtt_in_process import messages
from tests.robustness.world import GROUP, World, world
from twin.demo.port import LOOPBACK
from twin.packing import unpack
from twin.secret import read_secret
from twin.sparkplug import Metric, Payload, encode

pytestmark = [pytest.mark.mosquitto, pytest.mark.timeout(3600 if LONG else 240)]

_ROUND = 50  # messages between two looks


class Shouter:
    """A client that publishes whatever it is given, on a connection that it makes anew when the broker ends it."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.username_pw_set(user, password)
        self._client.connect(LOOPBACK, port, 60)
        self._client.loop_start()

    async def shout(self, topic: str, payload: bytes) -> None:
        """Publish and wait until the broker has it."""
        message = self._client.publish(topic, payload, qos=1)
        await asyncio.to_thread(message.wait_for_publish, 30)

    async def close(self) -> None:
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)


@pytest.fixture
async def found(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, "mosquitto", inbox=Outbox) as made:
        yield made


async def asked(link: SparkplugLink) -> float:
    """Ask the healthy plant something over broker and edge; return how long the answer took (s)."""
    begin = time.perf_counter()
    await link.declare(0)
    return time.perf_counter() - begin


async def test_healthy_plant_is_served_while_others_send_rubbish(found: World) -> None:
    """Half of the rubbish goes to the edge in the name of plant alpha, half to that plant in the name of the edge."""
    mutator = Mutator(messages(), SEED + 5)
    mad_plant = Shouter(found.port, "alpha", read_secret(found.secrets, "alpha"))
    mad_edge = Shouter(found.port, "edge", read_secret(found.secrets, "edge"))
    to_edge = [f"spBv1.0/{GROUP}/{kind}/alpha" for kind in ("NDATA", "NBIRTH", "NDATA", "NDEATH", "DDATA")]
    to_edge = [topic + ("/lathe" if "DDATA" in topic else "") for topic in to_edge]
    to_plant = [f"spBv1.0/{GROUP}/NCMD/alpha", f"spBv1.0/{GROUP}/DCMD/alpha/lathe", "spBv1.0/STATE/edge"]
    link = found.host.links[f"{GROUP}/beta"]
    base = [await asked(link) for _ in range(50)]
    process, slow = psutil.Process(), []
    before = process.memory_info().rss
    number = cases(1_000, 50_000)
    for place in range(0, number, _ROUND):
        for case in range(place, place + _ROUND):
            # the first of a kind is whole rubbish, so that the least is sure to be ignored
            payload = b"\xff" if case < 10 else mutator.next()
            if case % 2:
                await mad_plant.shout(to_edge[case // 2 % len(to_edge)], payload)
            else:
                await mad_edge.shout(to_plant[case // 2 % len(to_plant)], payload)
        slow.append(await asked(link))
    grown = process.memory_info().rss - before
    await mad_plant.close()
    await mad_edge.close()
    quiet, loud = (1000 * float(np.percentile(some, 99)) for some in (base, slow))
    print(
        f"{number} messages: host ignored {found.host.ignored}, plant ignored {found.alpha.node.ignored}; healthy "
        f"plant p99 {quiet:.1f} ms before, {loud:.1f} ms meanwhile, worst {1000 * max(slow):.0f} ms; memory "
        f"+{grown / 1e6:.0f} MB"
    )
    assert found.host.ignored > number // 20
    assert found.alpha.node.ignored > number // 20
    assert grown < 80_000_000
    assert link.status.state == "online"
    if LONG:
        assert loud <= max(20.0, 10 * quiet)
        assert max(slow) < 1.0
    await whole_again(found)


async def test_no_side_lets_a_message_wait_for_an_acknowledgement(found: World) -> None:
    """Nagle's algorithm is off at plant, edge and broker; with it a question takes 40 ms now and then."""
    assert found.host._broker is not None
    assert found.alpha.node._session is not None
    for client in (found.host._broker._client, found.alpha.node._session._client):
        sock = client.socket()
        assert sock is not None
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert (
        "set_tcp_nodelay true"
        in (next(found.secrets.parent.rglob("mosquitto.conf"))).read_text().splitlines()
    )


async def whole_again(found: World) -> None:
    """Both plants run, both are collected without a gap, and the attacked one obeys its edge as before."""
    for plant in found.plants.values():
        assert plant._task is not None
        assert not plant._task.done()
        assert plant.process.status.phase == "live"
    assert not any(task.done() for task in found.host._tasks.values())
    birth = Payload(time_ms=1, metrics=(Metric(name="Node Control/Rebirth", value=True),))
    assert found.host._broker is not None
    found.host._broker.publish(f"spBv1.0/{GROUP}/NCMD/alpha", encode(birth))
    for name in found.plants:
        link, journal = found.host.links[f"{GROUP}/{name}"], found.plants[name].process.journal
        head = journal.head
        await until(lambda link=link: link.status.state == "online")  # type: ignore[misc]
        await until(lambda head=head, journal=journal: journal.acknowledged >= head)  # type: ignore[misc]
    outbox = found.host._inbox
    assert isinstance(outbox, Outbox)
    entries = [one for one in outbox.pending(limit=100_000, max_bytes=1 << 40) if one.plant == "beta"]
    positions = [one.position for one in entries]
    assert positions == list(range(1, len(positions) + 1))
    assert all(len(unpack(one.data)) for one in entries)


async def test_plant_that_speaks_in_the_name_of_another_is_refused(found: World) -> None:
    """The broker binds a plant to its topics; the edge binds what it says there to that plant."""
    expected = found.host._inbox.expected("alpha", found.alpha.process.journal.id)
    await found.plants["beta"].stop()
    journal = found.alpha.process.journal
    thief = Shouter(found.port, "beta", read_secret(found.secrets, "beta"))
    try:
        forged = Payload(
            time_ms=1,
            seq=0,
            metrics=(
                Metric(name="bdSeq", value=0),
                Metric(name="Frames/Journal", value=journal.id),
                Metric(name="Frames/Head", value=10**6),
                Metric(name="Frames/Declaration", value=found.alpha.process.declaration.to_json()),
            ),
        )
        await thief.shout(f"spBv1.0/{GROUP}/NBIRTH/beta", encode(forged))
        link = found.host.links[f"{GROUP}/beta"]
        await until(lambda: link.status.state == "refused")
        assert "calls itself alpha, not beta" in link.status.detail
        live = Payload(
            time_ms=1, metrics=(Metric(name="Frames/Live", value=journal.read(1, 10**6).to_bytes()),)
        )
        await thief.shout(f"spBv1.0/{GROUP}/NDATA/beta", encode(live))
        await found.online()
        assert link.status.plant == "beta"
        assert found.host._inbox.expected("alpha", journal.id) >= expected
        assert found.host.links[f"{GROUP}/alpha"].status.state == "online"
    finally:
        await thief.close()
        del found.plants["beta"]
