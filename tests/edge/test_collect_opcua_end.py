"""The end of an OPC UA link: whenever it is cancelled, it ends, and leaves no task and no connection."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from asyncua.client.client import Client

from tests.edge.opcua_bench import Bench, clients, opened
from tests.edge.plant_feed import Feed
from tests.edge.waiting import cancelled, until


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    async with opened(tmp_path, monkeypatch) as made:
        yield made


async def test_link_that_is_cancelled_just_when_it_is_woken_ends(bench: Bench) -> None:
    """At every step between a wake-up and what follows from it, and while a fetch is on its way."""
    feed = Feed()
    await bench.serve(feed)
    for steps in range(6):
        link = bench.link()
        await until(lambda link=link: link.status.state == "online")  # type: ignore[misc]
        before = len(feed.fetched)
        await until(lambda before=before: len(feed.fetched) > before)  # type: ignore[misc] # by the watchdog
        link._wake.set()
        for _ in range(steps):
            await asyncio.sleep(0)
        await cancelled(bench.tasks.pop())


class Halt:
    """Tells when a step of asyncua's client is begun, or done."""

    def __init__(self, patch: pytest.MonkeyPatch, name: str, *, done: bool) -> None:
        self.reached = asyncio.Event()
        original = getattr(Client, name)

        async def step(*given: Any, **named: Any) -> Any:
            if not done:
                self.reached.set()
            result = await original(*given, **named)
            self.reached.set()
            return result

        patch.setattr(Client, name, step)


@pytest.mark.parametrize("done", [False, True])
async def test_link_that_is_cancelled_at_any_step_leaves_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    """Cut off in the steps of asking, connecting, browsing and pulling: no task and no connection is left."""
    server = await bench.serve(Feed())
    before = asyncio.all_tasks()
    for name in (
        "connect_socket", "send_hello", "open_secure_channel", "get_endpoints", "create_session", "activate_session",
        "get_namespace_array", "create_subscription",
    ):  # fmt: skip
        with monkeypatch.context() as patch:
            halt = Halt(patch, name, done=done)
            bench.link()
            async with asyncio.timeout(60):
                await halt.reached.wait()
            await cancelled(bench.tasks.pop())
        assert not {task for task in asyncio.all_tasks() - before if "asyncua/client" in repr(task)}
    await until(lambda: not clients(server))


@pytest.mark.parametrize("done", [False, True])
async def test_link_that_is_cancelled_again_while_it_says_goodbye_leaves_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    server = await bench.serve(Feed())
    before = asyncio.all_tasks()
    link = bench.link()
    await until(lambda: link.status.state == "online")
    halt = Halt(monkeypatch, "close_session", done=done)
    bench.tasks[0].cancel()
    async with asyncio.timeout(60):
        await halt.reached.wait()
    await cancelled(bench.tasks.pop())
    await until(
        lambda: not [task for task in asyncio.all_tasks() - before if "asyncua/client" in repr(task)], 1.0
    )
    await until(lambda: not clients(server))
