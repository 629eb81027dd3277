"""Waiting with a limit: the answer, the limit, and a cancellation that nothing can lose."""

import asyncio
import contextlib

import pytest

from twin.patience import within


async def test_answer_failure_and_limit_pass() -> None:
    done = asyncio.get_running_loop().create_future()
    done.set_result(3)
    assert await within(1.0, done) == 3
    with pytest.raises(ZeroDivisionError):
        await within(1.0, _fail())
    with pytest.raises(TimeoutError):
        await within(0.01, asyncio.Event().wait())


async def _fail() -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize("steps", range(5))
async def test_cancellation_that_meets_the_answer_is_not_lost(steps: int) -> None:
    """Either the caller had its answer before it was cancelled, or it ends; it never goes on."""
    event = asyncio.Event()

    async def listen() -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await within(5.0, event.wait())
            event.clear()

    task = asyncio.create_task(listen())
    await asyncio.sleep(0)
    event.set()
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=5.0)
    assert done
    assert task.cancelled()


async def test_cancellation_that_the_work_swallows_is_raised_again() -> None:
    async def deaf() -> str:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return "as if nothing had been"

    task = asyncio.create_task(within(5.0, deaf()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_limit_holds_while_cleaning_up_after_a_cancellation() -> None:
    """In a `finally` of a cancelled task the next wait is an ordinary one."""
    said: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            said.append(await within(5.0, asyncio.sleep(0, "goodbye")))

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert (said, task.cancelled()) == (["goodbye"], True)


class _OfItsOwn(asyncio.CancelledError):
    """What wait_for2, which asyncua uses, raises when a cancellation and the answer meet."""


async def test_cancellation_that_nobody_asked_for_is_an_error() -> None:
    """A library's own kind at the limit is the limit; a future that was given up is a lost connection."""

    async def raced() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise _OfItsOwn from None

    with pytest.raises(TimeoutError):
        await within(0.01, raced())
    given_up = asyncio.get_running_loop().create_future()
    given_up.cancel()
    with pytest.raises(ConnectionAbortedError):
        await within(5.0, given_up)
    task = asyncio.create_task(within(5.0, raced()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
