"""The API on a real socket, with the protocol that `edge run` serves it with, on an event loop of its own."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

import httpx
import uvicorn

from edge.header_deadline import DeadlineProtocol
from edge.store.memory import MemoryStore
from tests.edge.api_bench import Bench, served
from tests.edge.filled_store import Filler, filled
from tests.edge.waiting import until

_T = TypeVar("_T")


@asynccontextmanager
async def listening(
    line: tuple[MemoryStore, Filler] | None = None, **options: Any
) -> AsyncIterator[tuple[str, Bench]]:
    """Serve the API over `line`, or half an hour of the toy line; yields its address and what stands behind it."""
    store, filler = line or filled(30)
    assert isinstance(store, MemoryStore)
    async with served(store, filler, **options) as bench:
        app = bench.client._transport.app  # type: ignore[attr-defined]
        config = uvicorn.Config(app, http=DeadlineProtocol, log_level="critical", lifespan="off")
        server = uvicorn.Server(config)
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
        with socket.create_server(("127.0.0.1", 0), backlog=2048) as sock:
            task = asyncio.create_task(server.serve(sockets=[sock]))
            await until(lambda: server.started)
            try:
                yield f"http://127.0.0.1:{sock.getsockname()[1]}", bench
            finally:
                server.should_exit = True
                await task


@contextmanager
def listening_beside(
    line: tuple[MemoryStore, Filler] | None = None,
    **options: Any,
) -> Iterator[tuple[str, Callable[[Callable[[Bench], Awaitable[_T]]], _T]]]:
    """Serve the API beside a test that blocks; yields its address and what runs a coroutine next to it."""
    loop = asyncio.new_event_loop()
    begun: asyncio.Future[tuple[str, Bench]] = loop.create_future()
    stop = asyncio.Event()

    async def live() -> None:
        async with listening(line, **options) as found:
            begun.set_result(found)
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(live(),))
    thread.start()
    try:
        address, bench = asyncio.run_coroutine_threadsafe(_result(begun), loop).result(60)

        def beside(work: Callable[[Bench], Awaitable[_T]]) -> _T:
            return asyncio.run_coroutine_threadsafe(_call(work, bench), loop).result(60)

        yield address, beside
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


async def _result(future: "asyncio.Future[_T]") -> _T:
    return await future


async def _call(work: Callable[[Bench], Awaitable[_T]], bench: Bench) -> _T:
    return await work(bench)


async def answers(address: str) -> int:
    """Ask once with a client of its own; return the status."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        return (await client.get(f"{address}/healthz")).status_code
