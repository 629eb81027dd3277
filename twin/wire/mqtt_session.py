"""One MQTT connection of an edge node, from CONNECT to its end; a new one is made for every attempt."""

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import Callable
from typing import Any, Literal

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from twin.mqtt_socket import send_at_once
from twin.patience import within

KEEPALIVE_S = 15
WITH_WILL = 4  # MQTT 5: disconnect with Will message
_ANSWER_S = 3.0
_PASSING_MOST = 5_000
# CONNACK codes that another protocol version would not change: bad credentials and not authorised (3.1.1, then 5).
_REFUSED = frozenset({4, 5, 134, 135})


class Refused(ConnectionError):
    """The broker answered and said no; `final` when another protocol version would not help."""

    def __init__(self, text: str, *, final: bool) -> None:
        super().__init__(text)
        self.final = final


class MqttSession:
    """A connection with its Will. paho's thread calls back; everything is handed to the event loop.

    `received` is called on the event loop with (topic, payload). `gone` is set when the connection has ended.
    """

    def __init__(
        self,
        client_id: str,
        *,
        version: MQTTProtocolVersion,
        will: tuple[str, bytes],
        login: tuple[str, str] | None,
        tls: ssl.SSLContext | None = None,
        received: Callable[[str, bytes], None],
    ) -> None:
        self.gone = asyncio.Event()
        self.cause = "connection closed"
        self._loop = asyncio.get_running_loop()
        self._received = received
        self._connected: asyncio.Future[None] = self._loop.create_future()
        self._subscribed: asyncio.Future[None] = self._loop.create_future()
        five = version is MQTTProtocolVersion.MQTTv5
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=version, reconnect_on_failure=False,
            clean_session=None if five else True,
        )  # fmt: skip
        client.connect_timeout = _ANSWER_S
        client.will_set(will[0], will[1], qos=1, retain=False)
        if login is not None:
            client.username_pw_set(*login)
        if tls is not None:
            client.tls_set_context(tls)
        client.on_socket_open = send_at_once
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        self._client = client
        self._five = five
        self._passing: deque[paho.MQTTMessageInfo] = deque()  # fed, not yet handed to the network
        self._clean: bool | Literal[3] = True if five else paho.MQTT_CLEAN_START_FIRST_ONLY

    async def open(self, host: str, port: int, topics: list[str]) -> None:
        """Connect and subscribe at QoS 1; raises OSError, Refused or TimeoutError."""
        await asyncio.to_thread(
            lambda: self._client.connect(host, port, KEEPALIVE_S, clean_start=self._clean)
        )
        self._client.loop_start()
        await within(_ANSWER_S, self._connected)
        code, _ = self._client.subscribe([(topic, 1) for topic in topics])
        if code is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise Refused(f"subscribing failed: {paho.error_string(code)}", final=False)
        await within(_ANSWER_S, self._subscribed)

    def publish(self, topic: str, payload: bytes) -> None:
        """Send at QoS 0, not retained, as Sparkplug wants births and data; lost when the connection is."""
        self._client.publish(topic, payload, qos=0, retain=False)

    def feed(self, topic: str, payload: bytes, *, retain: bool) -> None:
        """Send to whoever listens: retained at QoS 1, or passing at QoS 0 and left out while the broker is slow."""
        while self._passing and self._passing[0].is_published():
            self._passing.popleft()
        if retain:
            self._client.publish(topic, payload, qos=1, retain=True)
        elif len(self._passing) < _PASSING_MOST:
            sent = self._client.publish(topic, payload, qos=0, retain=False)
            if sent.rc is MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._passing.append(sent)

    async def close(self, farewell: tuple[str, bytes] | None = None) -> None:
        """Disconnect; `farewell` (topic, payload) is published at QoS 1 before."""
        if farewell is not None and self._client.is_connected():
            message = self._client.publish(*farewell, qos=1, retain=False)
            with contextlib.suppress(ValueError, RuntimeError):
                await asyncio.to_thread(message.wait_for_publish, 1.0)
        # Sparkplug wants the broker to publish the Will, too, where the protocol can ask for that.
        reason = ReasonCode(PacketTypes.DISCONNECT, identifier=WITH_WILL) if self._five else None
        self._client.disconnect(reasoncode=reason)
        await asyncio.to_thread(self._client.loop_stop)
        for future in (self._connected, self._subscribed):
            if future.done() and not future.cancelled():
                future.exception()  # read, so that asyncio does not call it forgotten
            future.cancel()

    # -- called by paho's thread: hand over, never raise ----------------------------------------------------

    def _hand_over(self, work: Callable[..., None], *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the event loop has ended
            self._loop.call_soon_threadsafe(work, *arguments)

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        self._hand_over(self._answer, self._connected, None if not code.is_failure else str(code), code.value)

    def _on_subscribe(self, _client: Any, _data: Any, _mid: int, codes: Any, _properties: Any) -> None:
        bad = [code for code in codes if code.is_failure]
        self._hand_over(
            self._answer,
            self._subscribed,
            f"subscribing: {bad[0]}" if bad else None,
            bad[0].value if bad else 0,
        )

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        self._hand_over(self._end, str(code))

    def _on_message(self, _client: Any, _data: Any, message: Any) -> None:
        if (
            message.retain
        ):  # said before we came: a command is never retained, and a host's state answers itself
            return
        with contextlib.suppress(UnicodeDecodeError):  # a topic that is no text concerns nobody
            self._hand_over(self._received, message.topic, bytes(message.payload))

    # -- on the event loop -----------------------------------------------------------------------------------

    def _answer(self, future: asyncio.Future[None], failure: str | None, code: int) -> None:
        if future.done():
            return
        if failure is None:
            future.set_result(None)
        else:
            future.set_exception(Refused(f"the broker refuses: {failure}", final=code in _REFUSED))

    def _end(self, cause: str) -> None:
        self.cause = cause
        self.gone.set()
        for future in (self._connected, self._subscribed):
            if not future.done():
                future.set_exception(Refused(f"the broker closed the connection: {cause}", final=False))
