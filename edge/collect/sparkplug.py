"""Collection over Sparkplug B: one host application at a broker finds the plants and owns a link for each."""

import asyncio
import secrets
import ssl
import time

import structlog

from edge.collect import Inbox, LinkRefused, LinkStatus
from edge.collect.broker import Broker
from edge.collect.sparkplug_link import SparkplugLink
from edge.collect.supervision import supervise
from twin.mqtt_address import MqttAddress
from twin.sparkplug import DamagedPayload, Metric, Payload, Topic, decode, encode

# DDATA is for other tools: our frames travel as node metrics.
_TELL_S = 1.0  # between two log lines about messages that were ignored
_MOST_NODES = 1000  # served at one broker
_TOPICS = ["spBv1.0/+/NBIRTH/+", "spBv1.0/+/NDEATH/+", "spBv1.0/+/NDATA/+"]

_log = structlog.get_logger(__name__)


class SparkplugHost:
    """The host application at one broker (`address` mqtt(s)://host:port): finds plants, owns a link for each.

    `links` maps `group/node` to its link; `status` is that of the broker's connection. `tls` checks its certificate.
    `ignored` counts messages that nothing was done with.
    """

    def __init__(
        self, address: str, inbox: Inbox, *, host_id: str = "edge", user: str = "", password: str = "",
        tls: ssl.SSLContext | None = None,
    ) -> None:  # fmt: skip
        self.status = LinkStatus(address)
        self.links: dict[str, SparkplugLink] = {}
        self.ignored = 0
        self._told = -_TELL_S
        place = MqttAddress.parse(address)
        self._host, self._port, self._tls = place.host, place.port, tls
        self._inbox = inbox
        self._host_id = host_id
        # Whoever knows a client's name can take its place at a broker: nobody can guess this one.
        self._client_id = f"edge-{host_id}-{secrets.token_hex(8)}"
        self._login = (user, password) if user else None
        self._broker: Broker | None = None
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Connect, announce the host, serve the links; again and again. Ends by cancellation only."""
        try:
            await supervise(self.status, self._session, _explain, event="broker lost")
        finally:
            for task in self._tasks.values():
                task.cancel()
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _session(self) -> None:
        broker = Broker(
            self._host_id,
            client_id=self._client_id,
            now_ms=time.time_ns() // 1_000_000,
            login=self._login,
            tls=self._tls,
            received=self._receive,
        )
        try:
            await broker.open(self._host, self._port, _TOPICS)
            self._broker = broker
            self.status.state, self.status.detail = "online", ""
            self.status.connects += 1
            _log.info("broker online", address=self.status.address)
            await broker.gone.wait()
            raise ConnectionError(f"the broker is gone: {broker.cause}")
        except Exception as error:
            for link in self.links.values():
                link.offline(f"no broker: {_explain(error)[1]}")
            raise
        finally:
            self._broker = None
            await broker.close()

    def _receive(self, topic: str, data: bytes) -> None:
        try:
            place = Topic.parse(topic)
            payload = decode(data)
        except DamagedPayload as error:
            self.ignored += 1
            self.status.detail = f"a message on {topic[:100]} was not understood: {error}"
            if time.monotonic() - self._told >= _TELL_S:
                self._told = time.monotonic()
                _log.warning(
                    "message ignored", topic=topic[:100], cause=str(error)[:500], so_far=self.ignored
                )
            return
        key = f"{place.group}/{place.node}"
        link = self.links.get(key)
        if link is None:
            if place.type == "NDEATH":
                return
            if len(self.links) >= _MOST_NODES:
                self.ignored += 1
                self.status.detail = f"more than {_MOST_NODES} nodes: {key[:100]} is not served"
                return
            link = self.links[key] = SparkplugLink(
                f"{self.status.address}/{key}",
                self._inbox,
                place.node,
                lambda metrics: self._send(place, metrics),
            )
            self._tasks[key] = asyncio.create_task(link.run())
        link.receive(place.type, payload)

    def _send(self, place: Topic, metrics: list[Metric]) -> None:
        if self._broker is None:
            raise ConnectionError(f"no broker: {self.status.detail}")
        payload = Payload(time_ms=time.time_ns() // 1_000_000, metrics=tuple(metrics))
        self._broker.publish(str(Topic(place.group, "NCMD", place.node)), encode(payload))


def _explain(error: Exception) -> tuple[str, str]:
    """Return state and detail of a broker's connection that ended with `error`, for people."""
    if isinstance(error, ConnectionRefusedError):
        return "connecting", "nothing answers at this address; is the broker running?"
    return "refused" if isinstance(error, LinkRefused) else "connecting", str(error) or "no answer"
