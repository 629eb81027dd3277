"""MQTT packets as a recording keeps them, and the reading of them from the wire (MQTT 3.1.1 and 5)."""

import base64
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

_KINDS = {1: "CONNECT", 3: "PUBLISH", 8: "SUBSCRIBE", 14: "DISCONNECT"}


@dataclass(frozen=True, kw_only=True)
class Packet:
    """One packet between a client and the broker. `sent` is whether the client sent it.

    `kind` is CONNECT, PUBLISH, SUBSCRIBE, DISCONNECT, or LOST for a connection that ended without the last. In a
    CONNECT `topic`, `qos`, `retain` and `payload` are the Will's.
    """

    connection: int
    client: str
    sent: bool
    kind: str
    topic: str = ""
    qos: int = 0
    retain: bool = False
    payload: bytes = b""
    version: int = 0
    clean: bool = False
    expiry: int = 0
    reason: int = 0
    filters: tuple[str, ...] = field(default=())


def save(packets: list[Packet], path: Path) -> None:
    """Write a recording as JSON, payloads in base64."""
    rows = [{**asdict(packet), "payload": base64.b64encode(packet.payload).decode()} for packet in packets]
    path.write_text(json.dumps({"packets": rows}, indent=1), encoding="utf-8")


def load(path: Path) -> list[Packet]:
    """Read what `save` wrote."""
    rows = json.loads(path.read_text(encoding="utf-8"))["packets"]
    return [
        Packet(**{**row, "payload": base64.b64decode(row["payload"]), "filters": tuple(row["filters"])})
        for row in rows
    ]


class Reader:
    """Cuts one direction of a connection into packets."""

    def __init__(self, connection: int, *, sent: bool) -> None:
        self.client = ""
        self.version = 0
        self._connection = connection
        self._sent = sent
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Packet]:
        """Take bytes; return the packets that they complete and that a recording keeps."""
        self._buffer += data
        while (found := _cut(self._buffer)) is not None:
            first, body = found
            kind = _KINDS.get(first >> 4)
            if kind is not None:
                packet = self._read(kind, first & 0x0F, _Body(body))
                self.client = packet.client
                yield packet

    def _read(self, kind: str, flags: int, body: "_Body") -> Packet:
        packet = Packet(
            connection=self._connection, client=self.client, sent=self._sent, kind=kind, version=self.version
        )
        if kind == "CONNECT":
            return self._connect(packet, body)
        if kind == "PUBLISH":
            topic, qos = body.text(), flags >> 1 & 3
            if qos:
                body.number(2)
            self._skip_properties(body)
            return replace(packet, topic=topic, qos=qos, retain=bool(flags & 1), payload=body.rest())
        if kind == "SUBSCRIBE":
            body.number(2)
            self._skip_properties(body)
            filters = []
            while body.left():
                filters.append(body.text())
                body.number(1)
            return replace(packet, filters=tuple(filters))
        return replace(packet, reason=body.number(1) if body.left() else 0)

    def _connect(self, packet: Packet, body: "_Body") -> Packet:
        body.text()
        self.version = body.number(1)
        flags = body.number(1)
        body.number(2)
        expiry = _session_expiry(body.properties()) if self.version == 5 else 0
        client = body.text()
        packet = replace(packet, client=client, version=self.version, clean=bool(flags & 2), expiry=expiry)
        if flags & 4:
            self._skip_properties(body)
            packet = replace(
                packet, topic=body.text(), payload=body.binary(), qos=flags >> 3 & 3, retain=bool(flags & 32)
            )
        return packet

    def _skip_properties(self, body: "_Body") -> None:
        if self.version == 5:
            body.properties()


class _Body:
    """A packet's variable header and payload, read from the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    def left(self) -> int:
        return len(self._data) - self._place

    def take(self, size: int) -> bytes:
        self._place += size
        return self._data[self._place - size : self._place]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def binary(self) -> bytes:
        return self.take(self.number(2))

    def text(self) -> str:
        return self.binary().decode()

    def properties(self) -> bytes:
        size, place = _length(self._data, self._place)
        self._place = place
        return self.take(size)

    def rest(self) -> bytes:
        return self.take(self.left())


def _session_expiry(properties: bytes) -> int:
    """Return the Session Expiry Interval (property 17), which our clients send first or not at all."""
    return int.from_bytes(properties[1:5], "big") if properties[:1] == b"\x11" else 0


def _cut(buffer: bytearray) -> tuple[int, bytes] | None:
    """Take the first whole packet out of `buffer`: its first byte and its body."""
    try:
        size, place = _length(buffer, 1)
    except IndexError:
        return None
    if len(buffer) < place + size:
        return None
    first, body = buffer[0], bytes(buffer[place : place + size])
    del buffer[: place + size]
    return first, body


def _length(data: Any, place: int) -> tuple[int, int]:
    """Read a variable byte integer; return it and the place behind it."""
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
