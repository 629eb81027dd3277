"""A plant as a Sparkplug B 3.0.0 edge node: units are devices, the frame channel travels as node metrics."""

import asyncio
import contextlib
import json
import secrets as random
import sqlite3
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from paho.mqtt.enums import MQTTProtocolVersion

from twin.secret import read_secret
from twin.sparkplug import DamagedPayload, DataType, Metric, Payload, Topic, decode, encode
from twin.wire.channel import Change, Channel, Update
from twin.wire.journal import Journal
from twin.wire.log import logger
from twin.wire.mqtt_session import MqttSession, Refused
from twin.wire.sparkplug_birth import unit_births
from twin.wire.sparkplug_request import REQUESTS, answer
from twin.wire.uns import feed

REBIRTH = "Node Control/Rebirth"
_STATE = "spBv1.0/STATE/"  # whether host applications are online
_BACKOFF_S = (0.2, 1.0)
_WAITING = 1000  # messages that may wait for their answer
_TELL_S = 1.0  # between two log lines about commands that were ignored
_DCMD_VALID_MS = 10_000


class SparkplugNode:
    """The edge node of one plant; a Transport.

    Keeps connecting for as long as it runs: with a new bdSeq and a new Will each time. `ignored` counts messages that
    nothing was done with. With `uns` the node also feeds the unified namespace, over the same connection.
    """

    def __init__(
        self, channel: Channel, host: str, port: int, *, journal: Journal, secrets: Path | None,
        tls: ssl.SSLContext | None = None,
        uns: bool = False,
    ) -> None:  # fmt: skip
        declaration = channel.declaration
        self.channel = channel
        self.host = host
        self.port = port
        self.ignored = 0
        self._told = -_TELL_S
        self._tls = tls
        self._journal = journal
        self._uns = uns
        self._group = declaration.line_path.split("/")[0]
        self._plant = declaration.plant
        self._login = None if secrets is None else (self._plant, read_secret(secrets, self._plant))
        # Whoever knows a client's name can take its place at a broker: nobody can guess this one.
        self._client_id = f"twin-{self._plant}-{random.token_hex(8)}"
        self._log = logger(self._plant)
        self._requests: asyncio.Queue[tuple[str, bytes, int]] = asyncio.Queue(_WAITING)
        self._tasks: list[asyncio.Task[None]] = []
        self._session: MqttSession | None = None  # only while births are out: data may follow
        self._version = MQTTProtocolVersion.MQTTv5
        self._bd = 0
        self._seq = 0
        self._births = 0
        self._born: dict[tuple[int, int], int] = {}  # (unit, tag): time of the value in the last birth
        self._phase = ""
        self._head = -1

    async def start(self) -> str:
        """Begin to connect and return the address; a broker that is down is waited for."""
        self._tasks = [asyncio.create_task(self._supervise()), asyncio.create_task(self._answer())]
        return f"{'mqtt' if self._tls is None else 'mqtts'}://{self.host}:{self.port}"

    async def stop(self) -> None:
        """Publish the deaths of devices and node, disconnect."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks = []
        self._show("stopped")

    # -- connection ----------------------------------------------------------------------------------------

    async def _supervise(self) -> None:
        pause = _BACKOFF_S[0]
        while True:
            session: MqttSession | None = None
            alive = True
            try:
                self._bd = await asyncio.to_thread(self._next_bd)
                session = self._new_session()
                topics = [self._topic("NCMD"), self._topic("DCMD", "+"), f"{_STATE}+"]
                await session.open(self.host, self.port, topics)
                self._birth(session)
                self._session = session
                self._feed(session, self.channel.newest())
                self._show("online")
                pause = _BACKOFF_S[0]
                await session.gone.wait()
                alive = False
                self._show(f"waiting for broker {self.host}:{self.port}: {session.cause}")
            except (OSError, TimeoutError, sqlite3.Error) as error:
                alive = False
                if isinstance(error, TimeoutError) or (isinstance(error, Refused) and not error.final):
                    self._change_version()
                self._show(f"waiting for broker {self.host}:{self.port}: {str(error) or 'no answer'}")
            finally:
                online, self._session = self._session is not None, None
                if session is not None:
                    if alive and online:
                        for unit in self.channel.declaration.units:
                            self._send(session, "DDEATH", (), unit.name)
                    await session.close((self._topic("NDEATH"), self._death()) if alive and online else None)
            await asyncio.sleep(pause)
            pause = min(2.0 * pause, _BACKOFF_S[1])

    def _change_version(self) -> None:
        # The embedded broker speaks 3.1.1 only, and says so by closing the connection or by not answering.
        five, three = MQTTProtocolVersion.MQTTv5, MQTTProtocolVersion.MQTTv311
        self._version = three if self._version is five else five

    def _new_session(self) -> MqttSession:
        return MqttSession(
            self._client_id, version=self._version, login=self._login,
            tls=self._tls, will=(self._topic("NDEATH"), self._death()), received=self._enqueue,
        )  # fmt: skip

    def _next_bd(self) -> int:
        before = self._journal.recall("bdseq")
        number = 0 if before is None else (int(before) + 1) % 256
        self._journal.remember("bdseq", number)
        return number

    def _show(self, state: str) -> None:
        if state != self.channel.status.transport:
            self.channel.status.transport = state
            self._log.info("sparkplug", state=state, bd_seq=self._bd)

    def _topic(self, kind: str, device: str = "") -> str:
        return str(Topic(self._group, kind, self._plant, device))

    # -- births and data -----------------------------------------------------------------------------------

    def _death(self) -> bytes:
        now = self._now()
        return encode(Payload(time_ms=now, metrics=(self._bd_metric(now),)))

    def _bd_metric(self, now: int) -> Metric:
        return Metric(name="bdSeq", value=self._bd, datatype=DataType.INT64, time_ms=now)

    def _now(self) -> int:
        return self.channel.now_ms()

    def _send(self, session: MqttSession, kind: str, metrics: Sequence[Metric], device: str = "") -> None:
        self._seq = 0 if kind == "NBIRTH" else (self._seq + 1) % 256
        payload = Payload(time_ms=self._now(), metrics=tuple(metrics), seq=self._seq)
        session.publish(self._topic(kind, device), encode(payload))

    def _birth(self, session: MqttSession) -> None:
        now = self._now()
        declaration, status = self.channel.declaration, self.channel.status
        self._births += 1
        self._phase, self._head = status.phase, status.head

        def metric(name: str, kind: DataType, value: Any = None) -> Metric:
            return Metric(name=name, value=value, datatype=kind, time_ms=now)

        node = [
            self._bd_metric(now),
            metric(REBIRTH, DataType.BOOLEAN, value=False),
            metric("Frames/Journal", DataType.BYTES, self.channel.journal_id),
            metric("Frames/Head", DataType.INT64, status.head),
            metric("Frames/Declaration", DataType.STRING, declaration.to_json()),
            metric("Frames/Status", DataType.STRING, json.dumps(status.to_dict())),
            *(metric(f"Frames/{name}", DataType.STRING) for name in (*REQUESTS, "Answer", "Request")),
            *(metric(f"Frames/{name}", DataType.BYTES) for name in ("Live", "History")),
        ]
        self._send(session, "NBIRTH", node)
        newest = self.channel.newest()
        self._born = {(change.unit, change.tag): change.time_ms for change in newest}
        for unit, metrics in unit_births(declaration, newest, now):
            self._send(session, "DBIRTH", metrics, unit)

    async def publish(self, update: Update) -> None:
        """Send changed tags as DDATA and the newest entry, or at least the head, as NDATA."""
        session = self._session
        if session is None:
            return
        units = self.channel.declaration.units
        by_unit: dict[int, list[Change]] = {}
        for change in update.changes:
            if change.time_ms > self._born.get((change.unit, change.tag), 0):  # else the birth has told it
                by_unit.setdefault(change.unit, []).append(change)
        for place, changes in by_unit.items():
            changes.sort(key=lambda change: change.time_ms)
            names = units[place].tags
            metrics = [
                Metric(name=names[each.tag].name, value=each.value, time_ms=each.time_ms) for each in changes
            ]
            self._send(session, "DDATA", metrics, units[place].name)
        now, status = self._now(), self.channel.status
        node = []
        if update.position != self._head:
            self._head = update.position
            node.append(Metric(name="Frames/Head", value=update.position, time_ms=now))
        if status.phase != self._phase:
            self._phase = status.phase
            node.append(Metric(name="Frames/Status", value=json.dumps(status.to_dict()), time_ms=now))
        if update.parcel:
            node.append(Metric(name="Frames/Live", value=update.parcel, time_ms=now))
        if node:
            self._send(session, "NDATA", node)
        if update.parcel:  # live: what happened long ago is no news
            self._feed(session, update.changes)

    def _feed(self, session: MqttSession, changes: Sequence[Change]) -> None:
        for message in feed(self.channel.declaration, changes) if self._uns else ():
            session.feed(message.topic, message.payload, retain=message.retain)

    # -- commands ------------------------------------------------------------------------------------------

    def _enqueue(self, topic: str, payload: bytes) -> None:
        try:
            self._requests.put_nowait((topic, payload, self._births))
        except asyncio.QueueFull:
            self._log.warning("command_dropped", topic=topic[:200], cause=f"{_WAITING} commands wait already")

    async def _answer(self) -> None:
        while True:
            await self._take(*await self._requests.get())

    async def _take(self, topic: str, payload: bytes, births: int) -> None:
        try:
            if topic.startswith(_STATE):
                self._greet(payload, births)
            else:
                await self._obey(Topic.parse(topic), decode(payload), births)
        except (DamagedPayload, ValueError, TypeError, KeyError, RecursionError) as error:
            self._ignore("command_ignored", topic, str(error))
        except Exception as error:  # noqa: BLE001 - one bad command must not make the node deaf
            self._ignore("command_failed", topic, repr(error))

    def _ignore(self, event: str, topic: str, cause: str) -> None:
        self.ignored += 1
        now = asyncio.get_running_loop().time()
        if now - self._told >= _TELL_S:  # whoever floods the node must not fill its disk
            self._told = now
            self._log.warning(event, topic=topic[:200], cause=cause[:500], so_far=self.ignored)

    def _greet(self, payload: bytes, births: int) -> None:
        """Publish the births again for a host that has just come online: it has not seen them."""
        state = json.loads(payload)
        online = isinstance(state, dict) and state.get("online") is True
        if online and births == self._births and self._session is not None:
            self._birth(self._session)

    async def _obey(self, topic: Topic, payload: Payload, births: int) -> None:
        for metric in payload.metrics:
            if topic.type == "DCMD":
                await self._write_tag(topic.device, metric)
            elif metric.name == REBIRTH:
                # Requests that were waiting when a birth went out are answered by that birth.
                if metric.value is True and births == self._births and self._session is not None:
                    self._birth(self._session)
            elif metric.name.removeprefix("Frames/") in REQUESTS and isinstance(metric.value, str):
                name, request = metric.name.removeprefix("Frames/"), json.loads(metric.value)
                told = await answer(self.channel, name, request)
                if told and self._session is not None:
                    self._send(self._session, "NDATA", told)
            else:
                raise DamagedPayload(f"metric {metric.name[:100]!r} is no command of this node")

    async def _write_tag(self, device: str, metric: Metric) -> None:
        unit = self.channel.declaration.unit(device)
        if not isinstance(metric.value, int | float):
            raise DamagedPayload(f"metric {metric.name[:100]!r} of {device} needs a number")
        command = {
            "id": f"dcmd-{random.token_hex(8)}", "path": f"{unit.path}/{metric.name}", "value": float(metric.value),
            "expires_ms": self._now() + _DCMD_VALID_MS, "source": "dcmd",
        }  # fmt: skip
        reason = await self.channel.command(json.dumps(command))
        if reason:
            self._log.warning("command_refused", path=command["path"], cause=reason)
