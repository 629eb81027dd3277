"""A real Sparkplug session over a real broker, recorded: births, data, rebirth, commands, deaths of every kind."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from paho.mqtt import publish

from edge.collect.sparkplug import SparkplugHost
from edge.collect.sparkplug_link import SparkplugLink
from edge.outbox import Outbox
from tests.edge.waiting import cancelled, free_port, until
from tests.interop.sparkplug_grader.packet import Packet
from tests.interop.sparkplug_grader.recorder import Recorder
from tests.wire.running import LINE, running
from twin.demo.port import answers
from twin.model.command import Command
from twin.sparkplug import Metric, Payload, encode

NODE, HOST = "twin-toy", "edge-edge"  # client ids
STATE = "spBv1.0/STATE/edge"
SETPOINT = "target_cycle"
_FAR_MS = 4_000_000_000_000


@asynccontextmanager
async def mosquitto(program: str, folder: Path) -> AsyncIterator[int]:
    """Run a broker that lets everybody do everything; yields its port."""
    port = free_port()
    configuration = folder / "mosquitto.conf"
    configuration.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    quiet = asyncio.subprocess.DEVNULL
    broker = await asyncio.create_subprocess_exec(
        program, "-c", str(configuration), stdout=quiet, stderr=quiet
    )
    try:
        await until(lambda: answers(port))
        yield port
    finally:
        broker.kill()
        await broker.wait()


async def say(port: int, topic: str, payload: bytes, *, retain: bool = False, qos: int = 0) -> None:
    """Publish as somebody else."""
    await asyncio.to_thread(
        publish.single, topic, payload, qos=qos, retain=retain, hostname="127.0.0.1", port=port
    )


async def record(program: str, folder: Path) -> list[Packet]:
    """Return the packets of one session."""
    async with mosquitto(program, folder) as port:
        recorder = Recorder(port)
        await recorder.start()
        outbox = Outbox(folder / "outbox.sqlite")
        host = SparkplugHost(f"mqtt://127.0.0.1:{recorder.port}", outbox)
        task = asyncio.create_task(host.run())
        try:
            async with running(f"mqtt://127.0.0.1:{recorder.port}", folder):
                await _live(host, recorder, port)
            await until(lambda: _last(recorder, NODE) == "DISCONNECT")
        finally:
            await cancelled(task)
            with contextlib.suppress(TimeoutError):
                await until(lambda: _last(recorder, HOST) == "DISCONNECT", 10.0)
            await recorder.stop()
            outbox.close()
        return recorder.packets


async def _live(host: SparkplugHost, recorder: Recorder, port: int) -> None:
    await until(lambda: host.links)
    link = next(iter(host.links.values()))
    await _online(link, recorder, births=1)
    link._ask_for_birth()
    await _online(link, recorder, births=2)
    await until(lambda: _mentions(recorder, b'"phase": "live"'))
    for value in (9.0, 900.0):  # one that is taken, one that is refused
        path = f"{LINE}/mixer/{SETPOINT}"
        await link.write(Command(id=f"interop-{value}", path=path, value=value, expires_ms=_FAR_MS))
    operator = Payload(time_ms=1_800_000_000_000, metrics=(Metric(name=SETPOINT, value=8.0),))
    data = _count(recorder, NODE, "/DDATA/")
    await say(recorder.port, "spBv1.0/demo/DCMD/toy/mixer", encode(operator))
    await until(lambda: _count(recorder, NODE, "/DDATA/") > data + 2)
    recorder.cut(NODE)
    await _online(link, recorder, births=3)
    states = _count(recorder, HOST, STATE)
    await say(port, STATE, json.dumps({"online": False, "timestamp": 1}).encode(), retain=True, qos=1)
    await until(lambda: _count(recorder, HOST, STATE) > states)
    recorder.cut(HOST)
    await until(lambda: host.status.connects == 2 and _count(recorder, HOST, STATE) > states + 1)
    await _online(link, recorder, births=4)
    received = link.status.received
    await until(lambda: link.status.received > received)


async def _online(link: SparkplugLink, recorder: Recorder, *, births: int) -> None:
    await until(lambda: _count(recorder, NODE, "/NBIRTH/") >= births and link.status.state == "online")


def _count(recorder: Recorder, client: str, topic: str) -> int:
    return sum(
        packet.client == client and packet.sent and packet.kind == "PUBLISH" and topic in packet.topic
        for packet in recorder.packets
    )


def _mentions(recorder: Recorder, text: bytes) -> bool:
    return any(text in packet.payload for packet in recorder.packets if packet.client == NODE)


def _last(recorder: Recorder, client: str) -> str:
    return next(
        (packet.kind for packet in reversed(recorder.packets) if packet.client == client and packet.sent), ""
    )
