"""A plant's real OPC UA server and links to it, for the tests of collection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from edge.collect.certificate import publish_certificate
from edge.collect.opcua import OpcUaLink
from edge.outbox import Outbox
from tests.edge.waiting import cancelled, free_port
from twin.packing import unpack
from twin.secret import make_secrets, read_secret
from twin.wire.channel import Channel
from twin.wire.opcua_server import OpcUaServer


class Bench:
    """A plant's server that can be cut and started again, an outbox, and links to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        make_secrets(folder / "secrets", ["edge"])
        self.password = read_secret(folder / "secrets", "edge")
        publish_certificate(folder / "certificates", folder / "secrets")
        self.port = free_port()
        self.outbox = Outbox(folder / "outbox.sqlite")
        self.server: OpcUaServer | None = None
        self.tasks: list[asyncio.Task[None]] = []

    async def serve(self, feed: Channel) -> OpcUaServer:
        self.server = OpcUaServer(
            feed, "127.0.0.1", self.port, data=self.folder / "plant", secrets=self.folder / "secrets"
        )
        (self.folder / "plant").mkdir(exist_ok=True)
        await self.server.start()
        return self.server

    async def cut(self) -> None:
        if self.server is not None:
            await self.server.stop()
            self.server = None

    def link(self, password: str | None = None) -> OpcUaLink:
        link = OpcUaLink(
            f"opc.tcp://127.0.0.1:{self.port}", self.outbox, user="edge",
            password=self.password if password is None else password, data=self.folder / "certificates",
            trust=self.folder / "secrets" / "certificates",
        )  # fmt: skip
        self.tasks.append(asyncio.create_task(link.run()))
        return link

    def frames(self) -> int:
        return sum(len(unpack(entry.data)) for entry in self.outbox.pending(limit=10_000, max_bytes=1 << 40))

    async def close(self) -> None:
        for task in self.tasks:
            await cancelled(task)
        await self.cut()
        self.outbox.close()


@asynccontextmanager
async def opened(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    """Yield a bench whose links try again and look for themselves quickly; end all of it afterwards."""
    monkeypatch.setattr("edge.collect.supervision.BACKOFF_S", (0.1,))
    monkeypatch.setattr("edge.collect.supervision.REFUSED_S", 0.1)
    monkeypatch.setattr("edge.collect.opcua._WATCHDOG", 0.3)
    made = Bench(folder)
    yield made
    await made.close()


def clients(server: OpcUaServer) -> list[Any]:
    """Return the connections that a server has."""
    assert server._server is not None
    return list(server._server.bserver.clients)
