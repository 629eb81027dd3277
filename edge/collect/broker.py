"""One MQTT connection of the host application, from CONNECT to its end; a new one is made for every attempt."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import Callable
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from edge.collect import LinkRefused
from twin.mqtt_socket import send_at_once
from twin.patience import within

KEEPALIVE_S = 15
_ANSWER_S = 5.0
_REFUSED = frozenset({4, 5, 134, 135})  # bad credentials, not authorised (3.1.1, then 5)


class Broker:
    """A session with the host's STATE as birth and Will.

    `received` is called on the event loop with (topic, payload). `gone` is set when the connection has ended.
    MQTT 3.1.1 with a clean session: every broker speaks it, and nothing here rests on the broker's memory.
    """

    def __init__(
        self,
        host_id: str,
        *,
        client_id: str,
        now_ms: int,
        login: tuple[str, str] | None,
        tls: ssl.SSLContext | None = None,
        received: Callable[[str, bytes], None],
    ) -> None:
        self.gone = asyncio.Event()
        self.cause = "connection closed"
        self._loop = asyncio.get_running_loop()
        self._received = received
        self._connected: asyncio.Future[None] = self._loop.create_future()
        self._state_topic = f"spBv1.0/STATE/{host_id}"
        self._now_ms = now_ms
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv311,
            reconnect_on_failure=False, clean_session=True,
        )  # fmt: skip
        client.connect_timeout = _ANSWER_S
        # Birth and Will of one CONNECT carry the same timestamp.
        client.will_set(self._state_topic, self._state(online=False), qos=1, retain=True)
        if login is not None:
            client.username_pw_set(*login)
        if tls is not None:
            client.tls_set_context(tls)
        client.on_socket_open = send_at_once
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        self._client = client
        self._subscribed: asyncio.Future[None] = self._loop.create_future()
        self._there = False  # between our birth and our death

    def _state(self, *, online: bool) -> str:
        return json.dumps({"online": online, "timestamp": self._now_ms})

    async def open(self, host: str, port: int, topics: list[str]) -> None:
        """Connect, subscribe, say that the host is online; raises OSError, LinkRefused or TimeoutError."""
        await asyncio.to_thread(self._client.connect, host, port, KEEPALIVE_S)
        self._client.loop_start()
        await within(_ANSWER_S, self._connected)
        code, _ = self._client.subscribe([*((topic, 0) for topic in topics), (self._state_topic, 1)])
        if code is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise ConnectionError(f"subscribing failed: {paho.error_string(code)}")
        await within(_ANSWER_S, self._subscribed)
        self._there = True
        self._say_online()

    def _say_online(self) -> None:
        self._client.publish(self._state_topic, self._state(online=True), qos=1, retain=True)

    def publish(self, topic: str, payload: bytes) -> None:
        """Send at QoS 0, not retained, as Sparkplug wants commands; lost when the connection is."""
        self._client.publish(topic, payload, qos=0, retain=False)

    async def close(self) -> None:
        """Say that the host is offline and disconnect."""
        self._there = False
        if self._client.is_connected():
            message = self._client.publish(self._state_topic, self._state(online=False), qos=1, retain=True)
            with contextlib.suppress(ValueError, RuntimeError):
                await asyncio.to_thread(message.wait_for_publish, 1.0)
        self._client.disconnect()
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
        self._hand_over(self._answer, str(code) if code.is_failure else "", code.value)

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        self._hand_over(self._end, str(code))

    def _on_subscribe(self, _client: Any, _data: Any, _mid: int, _codes: Any, _properties: Any) -> None:
        self._hand_over(self._answer_subscription)

    def _on_message(self, _client: Any, _data: Any, message: Any) -> None:
        with contextlib.suppress(UnicodeDecodeError):  # a topic that is no text concerns nobody
            if message.topic == self._state_topic:
                self._hand_over(self._hear_of_ourselves, bytes(message.payload))
            else:
                self._hand_over(self._received, message.topic, bytes(message.payload))

    # -- on the event loop -----------------------------------------------------------------------------------

    def _answer(self, failure: str, code: int) -> None:
        if self._connected.done():
            return
        if not failure:
            self._connected.set_result(None)
        elif code in _REFUSED:
            self._connected.set_exception(
                LinkRefused(f"the broker refuses us ({failure}); check user and password")
            )
        else:
            self._connected.set_exception(ConnectionError(f"the broker refuses: {failure}"))

    def _answer_subscription(self) -> None:
        if not self._subscribed.done():
            self._subscribed.set_result(None)

    def _hear_of_ourselves(self, payload: bytes) -> None:
        """Contradict whoever says that we are offline, such as the Will of our last connection."""
        with contextlib.suppress(ValueError):
            state = json.loads(payload)
            if self._there and isinstance(state, dict) and state.get("online") is False:
                self._say_online()

    def _end(self, cause: str) -> None:
        self.cause = cause
        self.gone.set()
        for future in (self._connected, self._subscribed):
            if not future.done():
                future.set_exception(ConnectionError(f"the broker closed the connection: {cause}"))
