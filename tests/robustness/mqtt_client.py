"""MQTT clients for the tests of robustness."""

import asyncio

from paho.mqtt import client as paho
from paho.mqtt.enums import MQTTProtocolVersion

from twin.demo.port import LOOPBACK


class Listener:
    """Hears a topic filter in a thread of its own; `forged` are the topics of payloads that say so."""

    def __init__(self, port: int, user: str, password: str, topic: str) -> None:
        self.forged: list[str] = []
        self.topics: list[str] = []
        self.subscribed = False
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)
        self._client.username_pw_set(user, password)
        self._client.on_connect = lambda client, *_: client.subscribe(topic, qos=0)
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._client.connect(LOOPBACK, port)
        self._client.loop_start()

    def _on_subscribe(self, *_: object) -> None:
        self.subscribed = True

    def _on_message(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        self.topics.append(message.topic)
        if b"forged" in message.payload:
            self.forged.append(message.topic)

    async def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)
