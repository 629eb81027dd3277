"""OPC UA messages as bytes: what a real client sends, and what becomes of it by damage."""

import asyncio
import contextlib
import random  # noqa: TID251 (damage is no part of the model)
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from asyncua import Client, ua
from asyncua.ua.ua_binary import struct_to_binary

from edge.collect.opcua_client import _end

LENGTHS = (-(2**31), -100, -2, -1, 0, 1, 255, 65_536, 2**24, 2**31 - 1)


def hello(buffers: int = 65_535, url: bytes = b"opc.tcp://127.0.0.1") -> bytes:
    """Return a HEL message."""
    body = struct.pack("<IIIII", 0, buffers, buffers, 0, 0) + struct.pack("<i", len(url)) + url
    return b"HELF" + struct.pack("<I", 8 + len(body)) + body


def chunk(kind: bytes, channel: int, rest: bytes) -> bytes:
    """Return a chunk; `rest` begins with the security header. `kind` is e.g. b"MSGF"."""
    return kind + struct.pack("<II", 12 + len(rest), channel) + rest


def open_channel(policy: bytes = b"http://opcfoundation.org/UA/SecurityPolicy#None", certificate: bytes | None = None,
                 number: int = 1) -> bytes:  # fmt: skip
    """Return an OPN message, with a request that is not encrypted."""
    request = ua.OpenSecureChannelRequest()
    request.Parameters.RequestedLifetime = 60_000
    request.Parameters.SecurityMode = ua.MessageSecurityMode.None_
    request.Parameters.ClientNonce = b""
    sender = (
        struct.pack("<i", -1) if certificate is None else struct.pack("<i", len(certificate)) + certificate
    )
    header = struct.pack("<i", len(policy)) + policy + sender + struct.pack("<i", -1)
    return chunk(b"OPNF", 0, header + struct.pack("<II", number, number) + struct_to_binary(request))


def message(channel: int, token: int, number: int, body: bytes, kind: bytes = b"MSGF") -> bytes:
    """Return a MSG chunk in an unprotected channel."""
    return chunk(kind, channel, struct.pack("<III", token, number, number) + body)


def mutate(body: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """Damage a message: flip, cut, double, splice, or put a length where one may be."""
    made = bytearray(body)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(made)) if made else 0
        way = chance.randrange(6)
        if way == 0 and made:
            made[place] ^= 1 << chance.randrange(8)
        elif way == 1:
            made[place : place + 4] = struct.pack("<i", chance.choice(LENGTHS))
        elif way == 2:
            del made[place : place + chance.randint(1, 16)]
        elif way == 3:
            made[place:place] = chance.randbytes(chance.randint(1, 16))
        elif way == 4:
            other = chance.choice(others)
            made[place:] = other[chance.randrange(len(other)) :]
        else:
            made += made[place : place + 64]
    return bytes(made)


@dataclass
class Recorded:
    """A client with a session that keeps what it sends: the bodies of messages, in order."""

    client: Client
    bodies: list[bytes] = field(default_factory=list)
    listens: bool = True

    def ignore_answers(self) -> None:
        """Await no answer from now on; what was damaged gets answers that fit nothing."""
        self.client.uaclient.protocol._callbackmap = _Nobody()
        self.listens = False

    def send(self, body: bytes) -> None:
        """Send a body in the client's channel; raises ConnectionError when that is closed."""
        protocol: Any = self.client.uaclient.protocol
        if protocol is None or protocol.transport is None or protocol.transport.is_closing():
            raise ConnectionError("closed")
        protocol._request_id += 1
        protocol.transport.write(
            protocol._connection.message_to_binary(body, request_id=protocol._request_id)
        )


class _Handler:
    def datachange_notification(self, *_: Any) -> None:
        """Take whatever comes."""


@contextlib.asynccontextmanager
async def recorded(address: str, *, record: bool = True) -> AsyncIterator[Recorded]:
    """Give an anonymous client in a session; with `record` after it has asked for a little of everything."""
    client = Client(address, timeout=20, watchdog_intervall=60)
    made = Recorded(client)
    try:
        await client.connect()
        if not record:
            yield made
            return
        protocol: Any = client.uaclient.protocol
        original = protocol._connection.message_to_binary

        def keep(body: bytes, *given: Any, **named: Any) -> bytes:
            if len(made.bodies) < 40:
                made.bodies.append(body)
            return bytes(original(body, *given, **named))

        protocol._connection.message_to_binary = keep
        await _ask_a_little_of_everything(client)
        made.ignore_answers()
        yield made
    finally:
        protocol = client.uaclient.protocol
        if not made.listens and protocol.transport is not None:
            protocol.transport.close()  # it would wait for an answer to its goodbye
            await asyncio.sleep(0)
        await _end(client)


class _Nobody(dict[int, Any]):
    """Answers to damaged messages are awaited by nobody."""

    def pop(self, *_: Any) -> Any:
        return asyncio.get_running_loop().create_future()


async def _ask_a_little_of_everything(client: Client) -> None:
    objects = client.nodes.objects
    await client.get_namespace_array()
    await objects.get_references()
    with contextlib.suppress(ua.UaError):
        await client.nodes.root.get_child(["0:Objects", "0:Server", "0:ServerStatus"])
    subscription = await client.create_subscription(500, _Handler())
    handle = await subscription.subscribe_data_change(client.get_node(ua.NodeId(2258)))
    await subscription.unsubscribe(handle)
    for attempt in (
        client.get_node(ua.NodeId(2258)).write_value(1.0),
        objects.call_method(ua.NodeId(2253), ua.NodeId(11492), 1),
        objects.add_object(2, "evil"),
        client.get_node(ua.NodeId(2258)).read_raw_history(numvalues=3),
        subscription.delete(),
    ):
        with contextlib.suppress(ua.UaError):
            await attempt
