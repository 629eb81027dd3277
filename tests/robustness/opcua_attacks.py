"""The known ways to bring an OPC UA server down, each written anew."""

import asyncio
import contextlib
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from asyncua import Client, ua
from asyncua.ua.ua_binary import struct_to_binary

from tests.robustness.opcua_bytes import hello, message, open_channel, recorded
from tests.wire.encrypted import Identity

_CHUNK = 65_500
_PATIENCE = 10.0
_ADDITIONAL = 30  # where the additional header of a request begins
_LITERAL_OPERAND = 597  # the type whose binary form is a variant


class Line:
    """A socket to the server; `gone` tells whether it was closed from the other side."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, address: str) -> "Line":
        parts = urlsplit(address)
        return cls(*await asyncio.open_connection(parts.hostname, parts.port))

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        async with asyncio.timeout(_PATIENCE):
            await self.writer.drain()

    async def answer(self) -> bytes:
        """Return one whole chunk, b"" when the server closed."""
        try:
            async with asyncio.timeout(_PATIENCE):
                head = await self.reader.readexactly(8)
                return head + await self.reader.readexactly(int.from_bytes(head[4:], "little") - 8)
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""

    async def closed(self) -> bool:
        """Wait until the server closes; False when it does not."""
        try:
            async with asyncio.timeout(_PATIENCE):
                while await self.reader.read(65_536):
                    pass
        except TimeoutError:
            return False
        except ConnectionError:
            pass
        return True

    async def open(self) -> tuple[int, int]:
        """Say hello and open a channel in plain; return its number and its token."""
        await self.send(hello())
        await self.answer()
        await self.send(open_channel())
        opened = await self.answer()
        channel = struct.unpack_from("<I", opened, 8)[0]
        return channel, 13

    def end(self) -> None:
        self.writer.transport.abort()


@contextlib.asynccontextmanager
async def lines(address: str, count: int = 1):  # type: ignore[no-untyped-def]
    """Give `count` sockets, closed afterwards."""
    made = [await Line.to(address) for _ in range(count)]
    try:
        yield made
    finally:
        for line in made:
            line.end()


# -- before a session --------------------------------------------------------------------------------------------------


async def chunk_flood(address: str) -> None:
    """Messages that never end, over 50 connections."""

    async def flood(line: Line) -> None:
        with contextlib.suppress(ConnectionError, TimeoutError, struct.error):
            channel, token = await line.open()
            for number in range(2, 42):
                await line.send(message(channel, token, number, b"\0" * _CHUNK, b"MSGC"))
            assert await line.closed(), "a message of 2.6 MB was taken"

    async with lines(address, 50) as made:
        await asyncio.gather(*map(flood, made))


async def giant_chunk(address: str) -> None:
    """A chunk that says it has 4 GB, and begins to send them."""
    async with lines(address, 8) as made:
        for line in made:
            await line.send(hello())
            await line.answer()
            with contextlib.suppress(ConnectionError, TimeoutError):
                await line.send(b"MSGF" + struct.pack("<II", 2**32 - 1, 0) + b"\0" * 4_000_000)
            assert await line.closed(), "a chunk of 4 GB was awaited"


async def half_hello(address: str) -> None:
    """Connections that stop in the middle of their first message."""
    async with lines(address, 49) as made:
        for line in made:
            await line.send(hello()[:11])
        await asyncio.sleep(0.2)


async def tiny_buffers(address: str) -> None:
    """A client that takes answers a byte at a time."""
    async with lines(address) as (line,):
        await line.send(hello(buffers=1))
        assert await line.closed(), "chunks of one byte were promised"


async def many_channels(address: str) -> None:
    """A channel opened anew and anew on one connection."""
    async with lines(address) as (line,):
        await line.open()
        with contextlib.suppress(ConnectionError):
            for number in range(2, 500):
                await line.send(open_channel(number=number))
                if not await line.answer():
                    break


async def strangers_channels(address: str) -> None:
    """Encrypted channels of somebody whom nobody trusts, and of certificates that are none."""
    policy = b"http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256"
    with TemporaryDirectory() as folder:
        stranger = Identity(Path(folder), "stranger").cert.read_bytes()
    for certificate in (
        stranger,
        stranger * 20,
        stranger[:200],
        b"",
        b"\x30\x84\xff\xff\xff\xff",
        stranger[::-1],
    ):
        async with lines(address, 10) as made:
            for line in made:
                await line.send(hello())
                await line.answer()
                await line.send(open_channel(policy, certificate))
                assert await line.closed(), "a stranger's channel was opened"


async def message_without_channel(address: str) -> None:
    """A session asked for in a channel that was never opened."""
    request = ua.CreateSessionRequest()
    async with lines(address) as (line,):
        await line.send(hello())
        await line.answer()
        await line.send(message(0, 0, 1, struct_to_binary(request)))
        assert await line.closed(), "a message was taken without a channel"


async def sessions_without_end(address: str) -> None:
    """One connection that creates sessions and activates none."""
    request = ua.CreateSessionRequest()
    request.Parameters.RequestedSessionTimeout = 1e12
    async with lines(address) as (line,):
        channel, token = await line.open()
        with contextlib.suppress(ConnectionError):
            for number in range(2, 500):
                await line.send(message(channel, token, number, struct_to_binary(request)))


async def registrations(address: str) -> None:
    """Servers registered by somebody who has no session."""
    request = ua.RegisterServerRequest()
    request.Server.ServerNames = [ua.LocalizedText("evil")]
    async with lines(address) as (line,):
        channel, token = await line.open()
        with contextlib.suppress(ConnectionError):
            for number in range(2, 500):
                request.Server.ServerUri = f"urn:evil:{number}"
                await line.send(message(channel, token, number, struct_to_binary(request)))


async def decode_bombs_before_session(address: str) -> None:
    """Six bytes that announce many things, in the request that opens a session."""
    for body in bombs():
        # The header's additional information may be any structure, so one that is nothing but a variant.
        wrapped = struct.pack("<BBHBi", 1, 0, _LITERAL_OPERAND, 1, len(body)) + body
        create = struct_to_binary(ua.CreateSessionRequest())
        for damaged_request in (create[:-8] + body, create[:20] + body, create[:_ADDITIONAL] + wrapped):
            async with lines(address) as (line,):
                channel, token = await line.open()
                with contextlib.suppress(ConnectionError):
                    await line.send(message(channel, token, 2, damaged_request))
                    await line.answer()


def bombs() -> list[bytes]:
    """Return things that are small on the wire and large in memory, or without an end."""
    nulls = b"\x80\x00\x19\x07\x3f\xfb"
    return [
        nulls,
        b"\x80" + struct.pack("<i", 2**31 - 1),  # nulls
        b"\x8c" + struct.pack("<i", 2**31 - 1) + struct.pack("<i", -4) * 4,  # texts that go backwards
        b"\x98" + struct.pack("<i", 1_000_000) + b"\x00" * 400_000,  # variants of nothing
        b"\xd8" + struct.pack("<i", 1) + b"\x00" + struct.pack("<iii", 2, 30_000, 30_000),  # dimensions
        b"\x18" * 400_000,  # variants in variants
        b"\x19" + b"\x40" * 400_000,  # diagnostics in diagnostics
        b"\x81" + struct.pack("<i", 400_000) + b"\x01" * 400_000,
        b"\x8c"
        + struct.pack("<i", 3)
        + struct.pack("<i", 4)
        + b"\xff\xfe\xc0\x80" * 3,  # texts that are none
    ]


# -- within a session --------------------------------------------------------------------------------------------------


async def decode_bombs_in_session(address: str) -> None:
    """The same as a value that an anonymous client writes."""
    for body in bombs():
        async with recorded(address, record=False) as made:
            made.ignore_answers()
            value = struct.pack("<BB", 0, 0x55) + struct.pack("<Ii", 13, -1) + b"\x01" + body
            made.send(_write_request(made.client, value))
            await asyncio.sleep(0.05)


def _write_request(client: Client, value: bytes) -> bytes:
    request = ua.WriteRequest()
    request.RequestHeader.AuthenticationToken = client.uaclient.protocol.authentication_token
    whole = struct_to_binary(request)  # ends with the number of values
    return whole[:-4] + struct.pack("<i", 1) + value


async def unlimited_subscriptions(address: str) -> None:
    """More subscriptions than a server has, each as fast as it gets."""
    async with _session(address) as client:
        wanted = ua.CreateSubscriptionParameters(1e-9, 2**32 - 1, 2**32 - 1, 0, True, 0)
        granted = 0
        for _ in range(200):
            with contextlib.suppress(ua.UaError):
                made = await client.uaclient.create_subscription(wanted, callback=lambda _: None)
                assert made.RevisedPublishingInterval >= 50.0
                granted += 1
        assert granted <= 10, f"{granted} subscriptions for one anonymous reader"


async def huge_answers(address: str) -> None:
    """A thousand times the largest text in one answer; the client does not read it."""
    async with _session(address) as client:
        wanted = [ua.ReadValueId(ua.NodeId(8252), ua.AttributeIds.Value)] * 2_000
        for _ in range(5):
            with contextlib.suppress(ua.UaError):
                await client.uaclient.read(ua.ReadParameters(NodesToRead=wanted))


async def answers_that_nobody_takes(address: str) -> None:
    """Requests for large answers, and never a read from the socket."""
    async with recorded(address, record=False) as made:
        made.ignore_answers()
        request = ua.ReadRequest()
        request.RequestHeader.AuthenticationToken = made.client.uaclient.protocol.authentication_token
        request.Parameters.NodesToRead = [ua.ReadValueId(ua.NodeId(8252), ua.AttributeIds.Value)] * 20
        body = struct_to_binary(request)
        made.client.uaclient.protocol.transport.pause_reading()
        with contextlib.suppress(ConnectionError):
            for _ in range(300):
                made.send(body)
                await asyncio.sleep(0.001)
        await asyncio.sleep(1.0)


async def browse_paths(address: str) -> None:
    """Paths that are very long, and paths that branch and come back."""
    async with _session(address) as client:
        up = ua.RelativePathElement(ua.NodeId(40), True, True, ua.QualifiedName("InputArguments", 0))
        down = ua.RelativePathElement(ua.NodeId(40), False, True, ua.QualifiedName("PropertyType", 0))
        deep = ua.RelativePathElement(ua.NodeId(33), False, True, ua.QualifiedName("Server", 0))
        for elements, count in (([up, down] * 1_000, 1), ([deep] * 5_000, 1), ([deep], 5_000)):
            path = ua.BrowsePath(ua.NodeId(68), ua.RelativePath(elements))
            with contextlib.suppress(ua.UaError):
                await client.uaclient.translate_browsepaths_to_nodeids([path] * count)


async def browse_everything(address: str) -> None:
    """As much browsing as a request holds."""
    async with _session(address) as client:
        wanted = ua.BrowseDescription(
            NodeId=ua.NodeId(22), BrowseDirection=ua.BrowseDirection.Both, ResultMask=63
        )
        for count in (5_000, 100):
            with contextlib.suppress(ua.UaError):
                await client.uaclient.browse(ua.BrowseParameters(NodesToBrowse=[wanted] * count))


async def call_then_close(address: str) -> None:
    """Calls whose caller is gone before the answer."""
    for _ in range(20):
        async with recorded(address, record=False) as made:
            made.ignore_answers()
            request = ua.CallRequest()
            request.RequestHeader.AuthenticationToken = made.client.uaclient.protocol.authentication_token
            request.Parameters.MethodsToCall = [
                ua.CallMethodRequest(ua.NodeId(2253), ua.NodeId(11492), [])
            ] * 10
            for _ in range(20):
                made.send(struct_to_binary(request))


async def close_of_the_past(address: str) -> None:
    """A session closed by a request from 1601, twice, and used thereafter."""
    async with recorded(address) as made:
        request = ua.CloseSessionRequest()
        request.RequestHeader.AuthenticationToken = made.client.uaclient.protocol.authentication_token
        for _ in range(3):
            made.send(struct_to_binary(request))
        made.send(made.bodies[0])
        await asyncio.sleep(0.05)


async def flood_of_refreshes(address: str) -> None:
    """ConditionRefresh as often as it goes."""
    async with _session(address) as client:
        call = ua.CallMethodRequest(ua.NodeId(2782), ua.NodeId(3875), [ua.Variant(1, ua.VariantType.UInt32)])
        for _ in range(300):
            with contextlib.suppress(ua.UaError):
                await client.uaclient.call([call] * 10)


async def bad_filters(address: str) -> None:
    """A dead band on a text, an event filter on a value, queues without end."""
    async with _session(address) as client:
        made = await client.create_subscription(100, _Handler())
        band = ua.DataChangeFilter(
            DeadbandType=1, DeadbandValue=1.0, Trigger=ua.DataChangeTrigger.StatusValue
        )
        for flt in (band, ua.EventFilter(), None):
            asked = ua.MonitoringParameters(1, -1.0, flt, 2**32 - 1, True)
            item = ua.MonitoredItemCreateRequest(
                ua.ReadValueId(ua.NodeId(2256), ua.AttributeIds.Value), ua.MonitoringMode.Reporting, asked
            )
            with contextlib.suppress(ua.UaError):
                await client.uaclient.create_monitored_items(
                    ua.CreateMonitoredItemsParameters(
                        made.subscription_id, ua.TimestampsToReturn.Both, [item] * 1_000
                    )
                )


async def abandoned_sessions(address: str, count: int = 100) -> None:
    """Anonymous sessions that are opened and left alone, more than there is room for; each with a subscription."""
    left = []
    for _ in range(count):
        client = Client(address, timeout=20, watchdog_intervall=600)
        client.session_timeout = 10**9
        with contextlib.suppress(Exception):
            await client.connect_socket()
            await client.send_hello()
            await client.open_secure_channel()
            await client.create_session()
            await client.activate_session()
        left.append(client)
    for client in left:
        client.disconnect_socket()


class _Handler:
    def datachange_notification(self, *_: object) -> None:
        """Take whatever comes."""


@contextlib.asynccontextmanager
async def _session(address: str):  # type: ignore[no-untyped-def]
    async with recorded(address, record=False) as made:
        yield made.client


CLASSES: tuple[Callable[[str], Awaitable[None]], ...] = (
    chunk_flood, giant_chunk, half_hello, tiny_buffers, many_channels, strangers_channels, message_without_channel,
    sessions_without_end, registrations, decode_bombs_before_session, decode_bombs_in_session,
    unlimited_subscriptions, huge_answers, answers_that_nobody_takes, browse_paths, browse_everything,
    call_then_close, close_of_the_past, flood_of_refreshes, bad_filters, abandoned_sessions,
)  # fmt: skip
