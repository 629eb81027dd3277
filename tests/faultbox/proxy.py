"""A process of TCP proxies, one for each link, that cuts, swallows, slows, repeats and shuffles what passes.

Its orders come on stdin as JSON lines, each answered by one line on stdout: `{"do": "open", "link": name, "to": port,
"mqtt": true, "seed": n}` by `{"port": …}`; `{"do": "set", "link": name, "mode": one of MODES, "rate": bytes/s}`,
`{"do": "cut", "link": name}` and `{"do": "count", "link": name}` by what the link has seen.
"""

import asyncio
import contextlib
import json
import os
import socket
import struct
import sys
import threading
from dataclasses import dataclass, field
from typing import Any

from tests.faultbox.tap import Tap

PASS, SWALLOW, SLOW, REFUSE, SHUFFLE = "pass", "swallow", "slow", "refuse", "shuffle"
MODES = (PASS, SWALLOW, SLOW, REFUSE, SHUFFLE)
_CHUNK = 65_536
_ABORT = struct.pack("ii", 1, 0)  # SO_LINGER: the closing socket sends RST


@dataclass(slots=True)
class Link:
    """One listening port and what happens to the bytes that pass it now.

    `rate` bytes/s both ways while slow; `connections` since the start; `tap` counts what it repeated and moved.
    """

    to: int
    mqtt: bool
    seed: int
    mode: str = PASS
    rate: float = 0.0
    connections: int = 0
    tap: Tap = field(init=False)
    flowing: asyncio.Event = field(default_factory=asyncio.Event)
    writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.tap = Tap(self.seed)
        self.flowing.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until either side or a fault ends it."""
        if self.mode == REFUSE:
            _abort(writer)
            return
        await self.flowing.wait()  # a black hole answers nothing
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            _abort(writer)
            return
        self.connections += 1
        pair = {writer, server_writer}
        self.writers |= pair
        ways = [
            asyncio.create_task(self._carry(reader, server_writer, tapped=False)),
            asyncio.create_task(self._carry(server_reader, writer, tapped=self.mqtt)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self.writers -= pair
            for one in pair:
                _abort(one)

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, tapped: bool
    ) -> None:
        with contextlib.suppress(OSError):
            stream = self.tap.stream() if tapped else None
            while data := await reader.read(_CHUNK):
                await self.flowing.wait()
                if self.mode == SLOW:
                    await asyncio.sleep(len(data) / self.rate)
                if stream is not None:
                    data = stream.pass_on(data, mixing=self.mode == SHUFFLE)
                writer.write(data)
                await writer.drain()

    def set(self, mode: str, rate: float) -> None:
        """Change what happens to the bytes from now on."""
        self.mode, self.rate = mode, rate
        if mode == SWALLOW:
            self.flowing.clear()
        else:
            self.flowing.set()

    def cut(self) -> None:
        """End every connection by RST, as a peer that vanished and came back does."""
        for writer in list(self.writers):
            _abort(writer)


def _abort(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
    writer.transport.abort()


class Switchboard:
    """All links by name; obeys orders."""

    def __init__(self) -> None:
        self._links: dict[str, Link] = {}

    async def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Carry out one order and return its answer."""
        name = order["link"]
        if order["do"] == "open":
            link = self._links[name] = Link(order["to"], order["mqtt"], order["seed"])
            server = await asyncio.start_server(link.serve, "127.0.0.1", 0)
            return {"port": server.sockets[0].getsockname()[1]}
        link = self._links[name]
        if order["do"] == "cut":
            link.cut()
        elif order["do"] == "set" and order["mode"] in MODES:
            link.set(order["mode"], order["rate"])
        elif order["do"] != "count":
            raise ValueError(f"no such order: {order}")
        return {"connections": link.connections, "repeated": link.tap.repeated, "moved": link.tap.moved}


async def _serve() -> None:
    board = Switchboard()
    orders: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(orders.put_nowait, line)
        os._exit(0)  # the box is gone

    threading.Thread(target=read, daemon=True).start()
    while True:
        answer = await board.obey(json.loads(await orders.get()))
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_serve())
