"""A TCP proxy before a broker that records what every client sends and receives."""

import asyncio
import contextlib
import re
from dataclasses import replace

from tests.interop.sparkplug_grader.packet import Packet, Reader

_GUESS = re.compile("-[0-9a-f]{16}$")  # what makes our clients' names hard to guess


def _short(client: str) -> str:
    return _GUESS.sub("", client)


class Recorder:
    """Listens on loopback and passes everything on to the broker at `port`; `packets` is the recording."""

    def __init__(self, port: int) -> None:
        self.packets: list[Packet] = []
        self.port = 0
        self._broker = port
        self._server: asyncio.Server | None = None
        self._writers: dict[str, asyncio.StreamWriter] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections = 0

    async def start(self) -> None:
        """Begin to listen; `port` is the one to connect to."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """End every connection."""
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def cut(self, client: str) -> None:
        """Reset the connection of a client, as a cable would: no DISCONNECT comes."""
        self._writers[client].transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._connections += 1
        try:
            await self._pass(reader, writer, self._connections)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        to_broker, from_broker = Reader(number, sent=True), Reader(number, sent=False)
        broker_reader, broker_writer = await asyncio.open_connection("127.0.0.1", self._broker)
        ended = False

        async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter, parser: Reader) -> None:
            nonlocal ended
            while data := await source.read(65_536):
                for packet in parser.feed(data):
                    named = replace(packet, client=_short(to_broker.client))
                    self.packets.append(named)
                    if packet.kind == "CONNECT":
                        from_broker.version = parser.version
                        self._writers[named.client] = writer
                    ended = ended or packet.kind == "DISCONNECT"
                target.write(data)
                await target.drain()

        pumps = [
            asyncio.create_task(pump(reader, broker_writer, to_broker)),
            asyncio.create_task(pump(broker_reader, writer, from_broker)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not ended:
                self.packets.append(
                    Packet(connection=number, client=_short(to_broker.client), sent=True, kind="LOST")
                )
            broker_writer.transport.abort()
            for task in pumps:
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*pumps, return_exceptions=True)
