"""The Sparkplug side of docs/telemetry.md over real brokers; tests carry the specification's tck-id where one fits."""

import asyncio
import contextlib
import json
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.wire.running import LINE, running
from twin.model.declaration import Declaration
from twin.packing import Parcel, unpack
from twin.sparkplug import DamagedPayload, DataType, Metric, Payload, Topic, decode, encode

NODE = "spBv1.0/demo/{}/toy"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mosquitto:
    """A broker that can be killed and started again."""

    def __init__(self, program: str, folder: Path, port: int) -> None:
        self.program, self.folder, self.port = program, folder, port
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        configuration = self.folder / "mosquitto.conf"
        configuration.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n")
        self._spawn(configuration)
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1.0):
                return
            await asyncio.sleep(0.02)
        raise AssertionError("mosquitto does not answer")

    def _spawn(self, configuration: Path) -> None:
        command = [self.program, "-c", str(configuration)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture
async def broker(mosquitto_program: str, tmp_path: Path) -> AsyncIterator[Mosquitto]:
    made = Mosquitto(mosquitto_program, tmp_path, free_port())
    await made.start()
    yield made
    made.kill()


class Host:
    """A plain host application: it keeps every message and can wait for one."""

    def __init__(self) -> None:
        self.messages: list[tuple[Topic, Payload, int, bool]] = []
        self._changed = asyncio.Event()

    async def wait(
        self, kind: str, wanted: Callable[[Payload], Any] = lambda _: True, *, after: int = 0
    ) -> Payload:
        async with asyncio.timeout(60):
            while True:
                for topic, payload, _, _ in self.messages[after:]:
                    if topic.type == kind and wanted(payload):
                        return payload
                self._changed.clear()
                await self._changed.wait()

    def add(self, topic: str, payload: bytes, qos: int, retain: bool) -> None:
        with contextlib.suppress(DamagedPayload):  # our own malformed commands come back
            self.messages.append((Topic.parse(topic), decode(payload), qos, retain))
            self._changed.set()

    def kinds(self) -> list[str]:
        return [topic.type for topic, *_ in self.messages if topic.type[1:] != "CMD"]


@asynccontextmanager
async def host(
    port: int, version: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5
) -> AsyncIterator[tuple[Host, paho.Client]]:
    loop = asyncio.get_running_loop()
    seen = Host()
    client = paho.Client(CallbackAPIVersion.VERSION2, "host", protocol=version)
    client.on_message = lambda _c, _u, m: loop.call_soon_threadsafe(
        seen.add, m.topic, bytes(m.payload), m.qos, m.retain
    )
    subscribed = asyncio.Event()
    client.on_subscribe = lambda *_: loop.call_soon_threadsafe(subscribed.set)
    client.on_connect = lambda c, *_: c.subscribe("spBv1.0/#", 1)
    await asyncio.to_thread(client.connect, "127.0.0.1", port)
    client.loop_start()
    try:
        await asyncio.wait_for(subscribed.wait(), 60)
        yield seen, client
    finally:
        client.disconnect()
        await asyncio.to_thread(client.loop_stop)


def send(client: paho.Client, name: str, value: Any, kind: str = "NCMD", device: str = "") -> None:
    metric = Metric(name=name, value=value, datatype=DataType.STRING if isinstance(value, str) else None)
    topic = str(Topic("demo", kind, "toy", device))
    client.publish(topic, encode(Payload(time_ms=int(time.time() * 1000), metrics=(metric,))))


def text_of(payload: Payload, name: str) -> str:
    value = payload.get(name)
    assert isinstance(value, str)
    return value


def number_of(payload: Payload, name: str) -> int:
    value = payload.get(name)
    assert isinstance(value, int)
    return value


def is_live(payload: Payload) -> bool:
    status = payload.get("Frames/Status")
    return isinstance(status, str) and json.loads(status)["phase"] == "live"


async def answer_of(seen: Host, identity: str) -> Any:
    def mine(payload: Payload) -> bool:
        answer = payload.get("Frames/Answer")
        return isinstance(answer, str) and json.loads(answer)["id"] == identity

    return json.loads(text_of(await seen.wait("NDATA", mine), "Frames/Answer"))["result"]


@pytest.mark.mosquitto
async def test_births_data_and_death_follow_the_specification(broker: Mosquitto, tmp_path: Path) -> None:
    async with host(broker.port) as (seen, _client):
        async with running(f"mqtt://127.0.0.1:{broker.port}", tmp_path, secrets=None):
            await seen.wait("NDATA", lambda payload: payload.get("Frames/Live"))
            await seen.wait("DDATA")
        death = await seen.wait("NDEATH")
    own = [
        (topic, payload, qos, retain)
        for topic, payload, qos, retain in seen.messages
        if topic.type[1:] != "CMD"
    ]
    assert seen.kinds()[:3] == ["NBIRTH", "DBIRTH", "DBIRTH"], (
        "tck-id-message-flow-device-birth-publish-nbirth-wait"
    )
    birth = own[0][1]
    assert birth.seq == 0, "tck-id-payloads-nbirth-seq"
    assert birth.time_ms is not None, "tck-id-payloads-nbirth-timestamp"
    assert {metric.name for metric in birth.metrics} >= {"bdSeq", "Node Control/Rebirth"}, (
        "tck-id-payloads-nbirth-rebirth-req"
    )
    assert birth.get("Node Control/Rebirth") is False, "tck-id-topics-nbirth-rebirth-metric"
    assert all(metric.datatype is not None for metric in birth.metrics), "tck-id-payloads-metric-datatype-req"
    assert death.get("bdSeq") == birth.get("bdSeq"), "tck-id-payloads-ndeath-bdseq"
    assert death.seq is None, "tck-id-payloads-ndeath-seq"
    assert [metric.name for metric in death.metrics] == ["bdSeq"], "tck-id-topics-ndeath-payload"
    assert not any(retain for *_, retain in own), "tck-id-payloads-nbirth-retain"
    assert {qos for topic, _, qos, _ in own if topic.type != "NDEATH"} == {0}, "tck-id-payloads-ndata-qos"
    sequence = [payload.seq for topic, payload, *_ in own if topic.type != "NDEATH"]
    assert sequence == [number % 256 for number in range(len(sequence))], (
        "tck-id-payloads-sequence-num-incrementing"
    )
    declared: dict[str, set[str]] = {}
    for topic, payload, *_ in own:
        names = {metric.name for metric in payload.metrics}
        if topic.type in ("NBIRTH", "DBIRTH"):
            declared[topic.device] = names
        elif topic.type in ("NDATA", "DDATA"):
            assert names <= declared[topic.device], "tck-id-topics-ddata: only metrics that a birth declared"
            assert all(metric.time_ms is not None for metric in payload.metrics), (
                "tck-id-payloads-ddata-timestamp"
            )
            assert all(metric.datatype is None for metric in payload.metrics), (
                "tck-id-payloads-metric-datatype-not-req"
            )


@pytest.mark.mosquitto
async def test_birth_describes_every_tag(broker: Mosquitto, tmp_path: Path) -> None:
    async with (
        host(broker.port) as (seen, _client),
        running(f"mqtt://127.0.0.1:{broker.port}", tmp_path, secrets=None),
    ):
        declaration = Declaration.from_json(text_of(await seen.wait("NBIRTH"), "Frames/Declaration"))
        await seen.wait(
            "DBIRTH", lambda payload: payload.get("temperature") is not None or len(seen.messages) > 2
        )
        births = {topic.device: payload for topic, payload, *_ in seen.messages if topic.type == "DBIRTH"}
    assert list(births) == [unit.name for unit in declaration.units]
    for unit in declaration.units:
        told = births[unit.name].metrics
        assert sorted(metric.name for metric in told) == sorted(unit.tag_names)
        assert [metric.time_ms or 0 for metric in told] == sorted(metric.time_ms or 0 for metric in told)
    temperature = next(metric for metric in births["mixer"].metrics if metric.name == "temperature")
    assert temperature.datatype is DataType.DOUBLE
    assert temperature.properties == {
        "engUnit": "°C", "engLow": 0.0, "engHigh": 80.0, "lo": 5.0, "hi": 60.0, "hihi": 70.0,
        "description": "of the bowl", "kind": "measure",
    }  # fmt: skip


@pytest.mark.mosquitto
async def test_frame_channel_over_commands(broker: Mosquitto, tmp_path: Path) -> None:
    """Fetch, acknowledge, declare, ledger, command, as the contract has them."""
    async with (
        host(broker.port) as (seen, client),
        running(f"mqtt://127.0.0.1:{broker.port}", tmp_path, secrets=None),
    ):
        birth = await seen.wait("NBIRTH")
        declaration = Declaration.from_json(text_of(birth, "Frames/Declaration"))
        if not is_live(birth):
            await seen.wait("NDATA", is_live)
        send(client, "Frames/Fetch", json.dumps({"id": "f", "position": 1, "max_bytes": 1_000_000}))
        history = await seen.wait("NDATA", lambda payload: payload.get("Frames/History"))
        assert history.metrics[0].is_historical
        assert history.get("Frames/Request") == "f", "the reply names the request that it answers"
        raw = history.get("Frames/History")
        assert isinstance(raw, bytes)
        parcel = Parcel.from_bytes(raw)
        assert parcel.journal == birth.get("Frames/Journal")
        assert [position for position, _ in parcel.entries] == list(range(1, len(parcel.entries) + 1))
        frames = [frame for _, blob in parcel.entries for frame in unpack(blob).frames(declaration.sources)]
        assert frames[0].time_ms == declaration.start_ms
        send(client, "Frames/Acknowledge", json.dumps({"journal": bytes(16).hex(), "upto": 2}))
        send(client, "Frames/Acknowledge", json.dumps({"journal": parcel.journal.hex(), "upto": 1}))
        mark = len(seen.messages)
        send(client, "Frames/Fetch", json.dumps({"id": "g", "position": 1, "max_bytes": 1}))
        answer = await seen.wait("NDATA", lambda payload: payload.get("Frames/Request") == "g", after=mark)
        rest = answer.get("Frames/History")
        assert isinstance(rest, bytes)
        assert [position for position, _ in Parcel.from_bytes(rest).entries] == [2]
        send(client, "Frames/Declare", json.dumps({"id": "d", "epoch": declaration.epoch}))
        assert await answer_of(seen, "d") == declaration.to_json()
        send(client, "Frames/Ledger", json.dumps({"id": "l"}))
        assert json.loads(await answer_of(seen, "l"))["marks"][0]["time_ms"] == declaration.start_ms
        order = {
            "id": "c1",
            "path": f"{LINE}/mixer/target_cycle",
            "value": 9,
            "expires_ms": int(time.time() * 1000) + 60_000,
        }
        send(client, "Frames/Command", json.dumps({"id": "c", "command": order}))
        assert await answer_of(seen, "c") == ""
        await seen.wait("DDATA", lambda payload: payload.get("target_cycle") == 9.0)
        send(client, "target_cycle", 11.0, "DCMD", "mixer")
        await seen.wait("DDATA", lambda payload: payload.get("target_cycle") == 11.0)
        for value in (1.0, 0.0):  # a fault is a tag that can be written like any other
            send(client, "fault_loose_belt", value, "DCMD", "mixer")
            await seen.wait("DDATA", lambda payload, value=value: payload.get("fault_loose_belt") == value)
        send(client, "Frames/Command", json.dumps({"id": "n", "command": order | {"id": "c2", "value": 999}}))
        assert "outside" in await answer_of(seen, "n")


@pytest.mark.mosquitto
async def test_malformed_commands_do_no_harm_and_rebirth_still_works(
    broker: Mosquitto, tmp_path: Path
) -> None:
    async with (
        host(broker.port) as (seen, client),
        running(f"mqtt://127.0.0.1:{broker.port}", tmp_path, secrets=None),
    ):
        first = await seen.wait("NBIRTH")
        for payload in (b"", b"\xff\xff\xff", b"\x12\x03\x0a\x01\xff", bytes(5000)):
            client.publish(NODE.format("NCMD"), payload)
        client.publish(
            "spBv1.0/demo/DCMD/toy/nobody",
            encode(Payload(time_ms=None, metrics=(Metric(name="x", value=1),))),
        )
        for name in ("Fetch", "Acknowledge", "Declare", "Ledger", "Command"):
            for value in (
                "",
                "{",
                "[]",
                "7",
                "null",
                "{}",
                '{"id":{},"position":"x","max_bytes":null,"epoch":[]}',
                7,
                None,
            ):
                send(client, f"Frames/{name}", value)
        send(client, "Node Control/Rebirth", value=False)
        send(client, "nonsense", value=1.5)
        mark = len(seen.messages)
        client.publish(
            NODE.format("NCMD"),
            encode(Payload(time_ms=None, metrics=(Metric(name="Node Control/Rebirth", value=True),))),
        )
        again = await seen.wait("NBIRTH", after=mark)
        assert again.seq == 0
        assert again.get("bdSeq") == first.get("bdSeq"), (
            "tck-id-operational-behavior-data-commands-rebirth-action"
        )
        assert seen.kinds().count("NBIRTH") == 2


@pytest.mark.mosquitto
async def test_killed_broker_is_waited_for_and_each_connect_has_its_own_bd_seq(
    broker: Mosquitto, tmp_path: Path
) -> None:
    """Down at the start, killed while running, restarted process: a new bdSeq each time, never one twice."""
    broker.kill()
    numbers = []
    for _process in range(2):
        async with running(f"mqtt://127.0.0.1:{broker.port}", tmp_path, secrets=None):
            for _ in range(2):
                broker.kill()
                await broker.start()
                async with host(broker.port) as (seen, client):
                    send(
                        client, "Node Control/Rebirth", value=True
                    )  # it may have been born before we listened
                    numbers.append(number_of(await seen.wait("NBIRTH"), "bdSeq"))
        broker.kill()
    assert numbers == sorted(set(numbers)), "tck-id-payloads-nbirth-bdseq: rising with every CONNECT"


@pytest.mark.mosquitto
async def test_connection_that_breaks_is_announced_by_the_will(broker: Mosquitto, tmp_path: Path) -> None:
    from twin.wire.mqtt_session import MqttSession

    will = encode(Payload(time_ms=1, metrics=(Metric(name="bdSeq", value=3, datatype=DataType.UINT64),)))
    async with host(broker.port) as (seen, _client):
        session = MqttSession(
            "twin-toy", version=MQTTProtocolVersion.MQTTv5, will=(NODE.format("NDEATH"), will), login=None,
            received=lambda *_: None,
        )  # fmt: skip
        await session.open("127.0.0.1", broker.port, [NODE.format("NCMD")])
        connection = session._client.socket()
        assert connection is not None
        connection.shutdown(socket.SHUT_RDWR)
        death = await seen.wait("NDEATH")
        await asyncio.wait_for(session.gone.wait(), 60)
        await session.close()
        qos = next(qos for topic, _, qos, _ in seen.messages if topic.type == "NDEATH")
    assert death.get("bdSeq") == 3
    assert qos == 1, "tck-id-payloads-ndeath-will-message-qos"


async def test_embedded_broker_that_speaks_only_mqtt_3_is_served(tmp_path: Path) -> None:
    from amqtt.broker import Broker

    port = free_port()
    broker = Broker({
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    })  # fmt: skip
    await broker.start()
    try:
        async with host(port, MQTTProtocolVersion.MQTTv311) as (seen, _client):
            async with running(f"mqtt://127.0.0.1:{port}", tmp_path, secrets=None):
                assert (await seen.wait("NBIRTH")).seq == 0
                await seen.wait("NDATA")
            await seen.wait("NDEATH")
    finally:
        await broker.shutdown()
