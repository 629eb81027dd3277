"""Visitors without a browser: they fetch a page, take up its channel and count what is pushed to them."""

import asyncio
import re
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import socketio


class Visitor:
    """One open page: its channel, and how many updates came through it."""

    def __init__(self, url: str, path: str) -> None:
        self.url = url
        self.path = path
        self.html = ""
        self.updates = 0
        self._channel = socketio.AsyncClient(reconnection=False)
        self._channel.on("update", self._updated)

    async def open(self, http: httpx.AsyncClient) -> None:
        """Fetch the page and take up its channel; raises what is wrong with either."""
        answer = await http.get(f"{self.url}{self.path}")
        answer.raise_for_status()
        self.html = answer.text
        client = re.search(r"""client_id['"]?: ?['"]([0-9a-f-]{36})""", self.html)
        assert client, "the page names no client"
        query = {
            "client_id": client[1], "tab_id": str(uuid4()), "document_id": str(uuid4()), "next_message_id": 0,
            "implicit_handshake": "true",
        }  # fmt: skip
        await self._channel.connect(
            f"{self.url}?{urlencode(query)}", socketio_path="/_nicegui_ws/socket.io", transports=["websocket"],
            wait_timeout=60,
        )  # fmt: skip

    async def close(self) -> None:
        """Leave the page."""
        await self._channel.disconnect()

    @property
    def connected(self) -> bool:
        """Whether the channel stands."""
        return bool(self._channel.connected)

    def _updated(self, _: object) -> None:
        self.updates += 1


async def crowd(url: str, paths: list[str], *, at_once: int = 10) -> list[Visitor]:
    """Open a page for each of `paths`, `at_once` at a time."""
    turn = asyncio.Semaphore(at_once)
    visitors = [Visitor(url, path) for path in paths]
    async with httpx.AsyncClient(timeout=60, trust_env=False) as http:

        async def enter(visitor: Visitor) -> None:
            async with turn:
                await visitor.open(http)

        await asyncio.gather(*map(enter, visitors))
    return visitors
