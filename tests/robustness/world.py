"""A small world to attack: a broker, two real plants behind it, an edge that collects them, and the API before it."""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import simpy
from fastapi import FastAPI
from paho.mqtt import client as paho
from paho.mqtt.enums import MQTTProtocolVersion

from edge.api.access import Tokens
from edge.api.allowance import Allowance, Limits
from edge.api.application import application
from edge.api.dispatch import Dispatch
from edge.api.query import Query
from edge.audit import Audit
from edge.collect.sparkplug import SparkplugHost
from edge.comparison import Comparisons
from edge.loop_modes import LoopModes
from edge.loops import Loops
from edge.outbox import Outbox
from edge.store import Results
from edge.store.memory import MemoryStore
from edge.training.drills import Drills
from edge.training.schedule import Schedule
from edge.training.veil import VeiledStore
from tests.edge.api_bench import tokens
from tests.edge.drifting import Drifting
from tests.edge.waiting import cancelled, free_port, until
from twin.broker.access import EDGE
from twin.broker.mosquitto import find_mosquitto, write_mosquitto
from twin.demo.port import LOOPBACK, answers
from twin.model.fault import Effect, Fault
from twin.model.frame import Frame
from twin.model.line import Line
from twin.model.streams import Streams
from twin.packing import pack, unpack
from twin.secret import make_secrets, read_secret
from twin.sparkplug import DamagedPayload, Metric, Payload, decode, encode
from twin.wire.process import PlantProcess
from twin.wire.sparkplug_node import SparkplugNode

PLANTS = ("alpha", "beta")
GROUP = "demo"
FAULT = "worn"
_PLENTY = Allowance(1e6, 1e6)


class Breaking(Drifting):
    """The drifting lathe, which can break too."""

    def build(self, env: simpy.Environment, streams: Streams) -> Line:
        line = super().build(env, streams)
        lathe = line.units[1]
        lathe.can_suffer(
            Fault(FAULT, "Worn tool", mechanism="The tool is worn.", strike=lambda: None, mend=lambda: None,
                  effects=(Effect(subject="lathe/dimension", change=1.0, end=60.0),))
        )  # fmt: skip
        return line


class Full(Outbox):
    """An outbox that takes nothing: no journal is acknowledged, so that only somebody else can have done it."""

    def accept(self, plant: str, journal: bytes, entries: Sequence[tuple[int, bytes]]) -> int:
        return 0


class PlantAtWork:
    """A real plant process and its Sparkplug edge node."""

    def __init__(self, name: str, folder: Path, port: int, *, three: bool) -> None:
        self.process = PlantProcess(
            Breaking(alias=name), data=folder / name, seed=1, since=timedelta(minutes=2)
        )
        self.node = SparkplugNode(
            self.process, LOOPBACK, port, journal=self.process.journal, secrets=folder / "secrets"
        )
        if three:
            self.node._version = MQTTProtocolVersion.MQTTv311
        self._stop = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self.node.start()
        self._task = asyncio.create_task(self.process.run(self.node, self._stop))
        await until(lambda: self.process.status.phase == "live" and self.process.status.transport == "online")

    async def stop(self) -> None:
        self._stop.set()
        if self._task is not None:
            await self._task
        await self.node.stop()
        self.process.close()


PATIENT = (sys.executable, "-c", "import time; time.sleep(300)")  # instead of `twin`


@dataclass
class World:
    """What attackers may aim at, and the state by which an effect is seen."""

    port: int
    secrets: Path
    plants: dict[str, PlantAtWork]
    host: SparkplugHost
    app: FastAPI
    client: httpx.AsyncClient
    loops: Loops
    audit: Audit
    tokens: Tokens
    three: bool  # the broker speaks MQTT 3.1.1 only
    heard: list[tuple[str, bytes]]  # by the edge's host, in order
    comparisons: Comparisons
    drills: Drills
    store: MemoryStore
    _fences: int = 0

    @property
    def alpha(self) -> PlantAtWork:
        """The plant that is attacked."""
        return self.plants["alpha"]

    def snapshot(self) -> dict[str, Any]:
        """Return all that an attack could change at the plant and at the edge."""
        alpha, link = self.alpha, self.host.links[f"{GROUP}/alpha"]
        return {
            "commands": alpha.process.journal.commands(),
            "acknowledged": alpha.process.journal.acknowledged,
            "births": alpha.node._births,
            "ignored": self.host.ignored,
            "link": (link.status.state, link.status.connects),
            "automatic": sorted(self.loops.modes._automatic),
            "tokens": sorted(file.read_text() for file in self.secrets.iterdir() if file.is_file()),
            "comparisons": [(one.id, one.stage) for one in self.comparisons.all()],
            "drills": [(one, self.drills.faults(one.id)) for one in self.drills.drills()],
            "class": [
                (self.drills.participants(one.id), self.drills.marks(one.id)) for one in self.drills.drills()
            ],
            "planned": self.drills.faults(""),
            "deeds": [one.number for one in self.audit.page(limit=1000) if one.action != "refused"],
        }

    def hear_alpha(self, seq: int) -> None:
        """Store frame `seq` of the attacked plant's line, told just now."""
        declaration = self.alpha.process.declaration
        now = time.time_ns() // 1_000_000
        frame = Frame(declaration.sources[0], declaration.epoch, seq, now, [0], [now], [1.0])
        self.store.write("alpha", [unpack(pack([frame], declaration.sources))], Results())

    async def fence(self) -> None:
        """Return when whatever was on its way through the broker has been seen by plant and edge."""
        self._fences += 1
        name = f"fence-{self._fences}"
        question = Metric(name="Frames/Declare", value=json.dumps({"id": name, "epoch": 1}))
        edge = self.host._broker
        assert edge is not None
        edge.publish(f"spBv1.0/{GROUP}/NCMD/alpha", encode(Payload(time_ms=1, metrics=(question,))))
        mark = name.encode()
        await until(lambda: any(mark in data for topic, data in self.heard if "NDATA" in topic))

    async def online(self) -> None:
        """Wait until the edge serves the attacked plant."""
        await until(lambda: f"{GROUP}/alpha" in self.host.links)
        link = self.host.links[f"{GROUP}/alpha"]
        await until(lambda: link.status.state == "online" and link._served is link._birth is not None)

    async def publish(self, login: tuple[str, str] | None, topic: str, payload: bytes) -> bool:
        """Try to publish as somebody; return whether the broker let them in at all."""
        return await asyncio.to_thread(self._publish, login, topic, payload)

    def _publish(self, login: tuple[str, str] | None, topic: str, payload: bytes) -> bool:
        version = MQTTProtocolVersion.MQTTv311 if self.three else MQTTProtocolVersion.MQTTv5
        client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=version, reconnect_on_failure=False)
        if login is not None:
            client.username_pw_set(*login)
        answer: list[bool] = []
        client.on_connect = lambda _c, _d, _f, code, _p: answer.append(not code.is_failure)
        client.on_disconnect = lambda *_: answer.append(False)
        client.connect(LOOPBACK, self.port, 30)
        try:
            while not answer:
                client.loop(0.05)
            if answer[0]:
                message = client.publish(topic, payload, qos=1)
                for _ in range(100):  # a broker that tells nothing about a refusal may also just close
                    if message.is_published() or len(answer) > 1:
                        break
                    client.loop(0.05)
            return answer[0]
        finally:
            client.disconnect()
            client.loop(0.05)


@asynccontextmanager
async def broker(folder: Path, kind: str) -> AsyncIterator[int]:
    """Run the broker `kind`, mosquitto or embedded, for the plants; yields its port."""
    port = free_port()
    secrets = folder / "secrets"
    make_secrets(secrets, (EDGE, *PLANTS))
    if kind == "mosquitto":
        program = find_mosquitto()
        assert program is not None
        configuration = write_mosquitto(
            folder / "broker", port=port, secrets=secrets, group=GROUP, plants=PLANTS
        )
        command = [program, "-c", str(configuration)]
    else:
        command = [
            sys.executable, "-m", "twin.broker", "--port", str(port), "--secrets", str(secrets), "--group", GROUP,
            "--plants", ",".join(PLANTS),
        ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await until(lambda: answers(port))
        yield port
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@asynccontextmanager
async def world(folder: Path, kind: str, inbox: Callable[[Path], Outbox] = Full) -> AsyncIterator[World]:
    """Build the world; `inbox` is the edge's outbox."""
    async with broker(folder, kind) as port:
        secrets = folder / "secrets"
        known = tokens(secrets)
        three = kind == "embedded"
        outbox = inbox(folder / "outbox.sqlite")
        host = SparkplugHost(
            f"mqtt://{LOOPBACK}:{port}", outbox, user=EDGE, password=read_secret(secrets, EDGE)
        )
        heard: list[tuple[str, bytes]] = []
        receive = host._receive

        def listen(topic: str, data: bytes) -> None:
            receive(topic, data)
            heard.append((topic, data))

        host._receive = listen  # type: ignore[method-assign]
        plants = {name: PlantAtWork(name, folder, port, three=three) for name in PLANTS}
        store, audit = MemoryStore(), Audit(folder / "audit.sqlite")
        for plant in plants.values():
            store.declare(plant.process.declaration)
        drills = Drills(folder / "drills.sqlite")
        query = Query(
            VeiledStore(store, drills.hidden), lambda: [link.status for link in host.links.values()]
        )
        dispatch = Dispatch(query, lambda: list(host.links.values()), audit)
        loops = Loops(store, LoopModes(folder / "loops.json"), dispatch.refusal, clock_ms=query.clock_ms)
        comparisons = Comparisons(folder / "comparisons", PATIENT, clock_ms=query.clock_ms)
        schedule = Schedule(
            drills, store.declarations, dispatch.refusal, store.record, clock_ms=query.clock_ms
        )
        app = application(
            query, lambda: list(host.links.values()), dispatch, loops, comparisons, schedule, tokens=known,
            version="0", closing=asyncio.Event(), limits=Limits(_PLENTY, _PLENTY, _PLENTY),
        )  # fmt: skip
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        task = asyncio.create_task(host.run())
        try:
            for plant in plants.values():
                await plant.start()
            async with httpx.AsyncClient(transport=transport, base_url="http://edge") as client:
                found = World(
                    port,
                    secrets,
                    plants,
                    host,
                    app,
                    client,
                    loops,
                    audit,
                    known,
                    three,
                    heard,
                    comparisons,
                    drills,
                    store,
                )
                await found.online()
                yield found
        finally:
            await comparisons.close()
            await cancelled(task)
            for plant in plants.values():
                await plant.stop()
            outbox.close()
            audit.close()
            drills.close()


def carries(data: bytes, mark: str) -> bool:
    """Tell whether a payload, whatever it is, holds `mark`."""
    with contextlib.suppress(DamagedPayload):
        return any(mark in str(metric.value) or mark in metric.name for metric in decode(data).metrics)
    return mark.encode() in data
