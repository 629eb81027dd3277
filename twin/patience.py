"""Waiting with a limit that never loses a cancellation."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

_T = TypeVar("_T")


async def within(seconds: float, work: Awaitable[_T]) -> _T:
    """Return what `work` gives; raises TimeoutError after `seconds` and CancelledError when we are cancelled.

    Before Python 3.12, asyncio.wait_for drops a cancellation that arrives just when the work is done, and asyncua
    drops one that arrives while it ends its own tasks: the caller would go on, and whoever awaits its end would
    wait for ever. A task counts the cancellations it was asked for, so that a dropped one is raised again here.
    """
    task = asyncio.current_task()
    assert task is not None
    before = task.cancelling()
    try:
        async with asyncio.timeout(seconds):
            return await work
    finally:
        if task.cancelling() > before:
            raise asyncio.CancelledError
