"""Waiting with a limit that never loses a cancellation."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

_T = TypeVar("_T")


async def within(seconds: float, work: Awaitable[_T]) -> _T:
    """Return what `work` gives; raises TimeoutError after `seconds`, CancelledError only when we are cancelled.

    Before Python 3.12, asyncio.wait_for drops a cancellation that arrives just when the work is done, and asyncua
    drops one that arrives while it ends its own tasks: the caller would go on, and whoever awaits its end would
    wait for ever. A task counts the cancellations it was asked for, so that a dropped one is raised again here.
    The other way round, a library may raise CancelledError where nobody cancelled us: of its own kind when the limit
    and the answer meet (asyncio's timeout knows its own kind alone), or for a future that it gave up. As a
    cancellation it would end the caller without a word; it is a TimeoutError or a ConnectionAbortedError.
    """
    task = asyncio.current_task()
    assert task is not None
    before = task.cancelling()
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            return await work
    except asyncio.CancelledError as error:
        if task.cancelling() > before:
            raise
        if limit.expired():
            raise TimeoutError from error
        raise ConnectionAbortedError("what was waited for was given up") from error
    finally:
        if task.cancelling() > before:
            raise asyncio.CancelledError
