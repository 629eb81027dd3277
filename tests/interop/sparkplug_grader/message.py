"""Sparkplug messages in a recording."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.interop.sparkplug_grader.packet import Packet
from tests.interop.sparkplug_grader.payload import Payload, read


@dataclass(frozen=True)
class Message:
    """A PUBLISH in the namespace spBv1.0 that concerns a node or a device, with its payload."""

    packet: Packet
    group: str
    kind: str
    node: str
    device: str
    payload: Payload

    def __str__(self) -> str:
        return f"{self.packet.topic} (seq {self.payload.seq}, connection {self.packet.connection})"


def messages(packets: Sequence[Packet], *kinds: str) -> list[Message]:
    """Return the messages of these kinds (of any, where none is given) in a client's packets, sent or received.

    What a client sends is what births, data and deaths are judged by: of those, only what it sent is returned.
    """
    found = []
    for packet in packets:
        parts = packet.topic.split("/")
        if packet.kind != "PUBLISH" or len(parts) < 4 or parts[0] != "spBv1.0" or parts[1] == "STATE":
            continue
        if kinds and (parts[2] not in kinds or not packet.sent):
            continue
        device = parts[4] if len(parts) > 4 else ""
        found.append(Message(packet, parts[1], parts[2], parts[3], device, read(packet.payload)))
    return found


def sent_messages(packets: Sequence[Packet]) -> list[Message]:
    """Return every message that the client sent."""
    return [message for message in messages(packets) if message.packet.sent]


def connections(packets: Sequence[Packet]) -> list[list[Packet]]:
    """Return a client's packets by connection, each from its CONNECT on."""
    by_number: dict[int, list[Packet]] = {}
    for packet in packets:
        by_number.setdefault(packet.connection, []).append(packet)
    return [found for found in by_number.values() if found[0].kind == "CONNECT"]
