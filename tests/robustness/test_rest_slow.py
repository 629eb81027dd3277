"""Clients that are slow, half there or too large: they are sent away, and everybody else is served meanwhile."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator

import psutil
import pytest

import edge.header_deadline
from tests.edge.api_bench import BASE, TOKEN, Bench
from tests.robustness.rest_site import answers, listening

HALF_OPEN = 400
LONG = 300_000_000  # bytes
COMMANDS = f"{BASE}/commands"


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[str, Bench]]:
    monkeypatch.setattr(edge.header_deadline, "SECONDS", 1.0)
    async with listening() as found:
        yield found


class Line:
    """A bare connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, address: str, first: bytes = b"") -> "Line":
        host, port = address.removeprefix("http://").split(":")
        line = cls(*await asyncio.open_connection(host, int(port)))
        line.writer.write(first)
        return line

    async def status(self) -> int:
        """Return the status of the next answer."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 60)
        return int(head.split()[1])

    async def ended(self) -> bytes:
        """Wait until the other side closes; return what it said before."""
        with contextlib.suppress(ConnectionError):
            return await asyncio.wait_for(self.reader.read(), 60)
        return b""

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


async def test_half_open_connections_are_closed_and_others_are_served(site: tuple[str, Bench]) -> None:
    address, _ = site
    begin = b"GET /api/v1/plants HTTP/1.1\r\nHost: edge\r\nX-Slow: "
    lines = await asyncio.gather(*(Line.to(address, begin) for _ in range(HALF_OPEN)))
    assert await answers(address) == 200
    trickle = lines[0]
    ends = [asyncio.create_task(line.ended()) for line in lines]
    while not ends[0].done():  # one byte now and then does not buy more time
        with contextlib.suppress(ConnectionError):
            trickle.writer.write(b"a")
        await asyncio.sleep(0.05)
    assert await asyncio.gather(*ends) == [b""] * HALF_OPEN
    for line in lines:
        await line.close()
    assert await answers(address) == 200


async def test_silent_connection_is_closed(site: tuple[str, Bench]) -> None:
    line = await Line.to(site[0])
    assert await line.ended() == b""
    await line.close()


async def test_next_request_of_a_connection_has_its_deadline_too(site: tuple[str, Bench]) -> None:
    whole = b"GET /healthz HTTP/1.1\r\nHost: edge\r\n\r\n"
    line = await Line.to(site[0], whole)
    assert await line.status() == 200
    await line.reader.readuntil(b"}")
    line.writer.write(whole)
    assert await line.status() == 200
    await line.reader.readuntil(b"}")
    line.writer.write(whole[:20])
    assert await line.ended() == b""
    await line.close()


async def test_body_that_does_not_come_is_not_waited_for(
    site: tuple[str, Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, bench = site
    assert await answers(address) == 200
    app = bench.client._transport.app  # type: ignore[attr-defined]
    limit = app.middleware_stack
    while type(limit).__name__ != "BodyLimit":
        limit = limit.app
    monkeypatch.setattr(limit, "_seconds", 0.5)
    head = (
        f"POST {COMMANDS} HTTP/1.1\r\nHost: edge\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: 50\r\n"
        "Content-Type: application/json\r\n\r\n{"
    )
    line = await Line.to(address, head.encode())
    assert await line.status() == 408
    await line.close()
    assert bench.link.sent == []


@pytest.mark.parametrize("told", [True, False], ids=["length told", "in chunks"])
async def test_huge_body_without_a_token_is_not_read(site: tuple[str, Bench], told: bool) -> None:
    """413 where the length is told, else refused for want of a token; the memory of the edge does not follow."""
    address, bench = site
    before = psutil.Process(os.getpid()).memory_info().rss
    length = f"Content-Length: {LONG}" if told else "Transfer-Encoding: chunked"
    head = f"POST {COMMANDS} HTTP/1.1\r\nHost: edge\r\n{length}\r\nContent-Type: application/json\r\n\r\n"
    line = await Line.to(address, head.encode())
    assert await line.status() == (413 if told else 401)
    piece = b"x" * 65_536 if told else b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    with contextlib.suppress(ConnectionError, TimeoutError):
        async with asyncio.timeout(5):
            for _ in range(LONG // len(piece) // 10):
                line.writer.write(piece)
                await line.writer.drain()
    await line.close()
    assert psutil.Process(os.getpid()).memory_info().rss - before < 20_000_000
    assert bench.link.sent == []
    assert await answers(address) == 200
