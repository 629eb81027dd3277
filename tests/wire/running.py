"""A toy plant on the wire for the tests of the transports."""

import asyncio
import contextlib
import queue
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.wire.toy import Toy
from twin.wire import run_plant

PASSWORD = "correct horse"
LINE = "demo/toy/area_1/line_1"


@asynccontextmanager
async def running(address: str, tmp_path: Path, **options: Any) -> AsyncIterator[str]:
    """Run the toy plant; yields the address that answers."""
    secrets = tmp_path / "secrets"
    secrets.mkdir(exist_ok=True)
    for user in ("edge", "toy"):
        (secrets / user).write_text(PASSWORD + "\n")
        (secrets / user).chmod(0o600)
    answered: asyncio.Queue[str] = asyncio.Queue()
    settings: dict[str, Any] = {
        "data": tmp_path / "data", "secrets": secrets, "seed": 1, "since": timedelta(hours=1),
        "ready": answered.put_nowait,
    } | options  # fmt: skip
    plant = asyncio.create_task(run_plant(Toy(), address=address, **settings))
    ready = asyncio.create_task(answered.get())
    try:
        await asyncio.wait({plant, ready}, return_when=asyncio.FIRST_COMPLETED)  # the test has its limit
        if plant.done():
            plant.result()
        yield ready.result()
    finally:
        ready.cancel()
        plant.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await plant


@contextmanager
def running_beside(address: str, tmp_path: Path) -> Iterator[str]:
    """Run the toy plant on an event loop of its own, for all tests of a module; yields the address that answers."""
    answered: queue.Queue[str] = queue.Queue()
    stop = asyncio.Event()

    async def serve() -> None:
        async with running(address, tmp_path) as found:
            answered.put(found)
            await stop.wait()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        yield answered.get(timeout=90)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


async def eventually(probe: Callable[[], Awaitable[Any]]) -> Any:
    """Return the first true answer of `probe`."""
    async with asyncio.timeout(60.0):
        while True:
            if answer := await probe():
                return answer
            await asyncio.sleep(0.05)
