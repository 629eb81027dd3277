"""Ports to serve at, conditions to wait for and links to end, for the tests of collection."""

import asyncio
import socket
from collections.abc import Callable


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 (what is awaited has no event of its own)
            await asyncio.sleep(0.01)


async def cancelled(task: asyncio.Task[None]) -> None:
    """Cancel once and see the task end: a link that lost the cancellation would run on."""
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=60.0)
    if not done:
        task.cancel()
        raise AssertionError("the link goes on after it was cancelled")
