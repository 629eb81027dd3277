"""The API over the memory store, with a link that answers at once: what the tests of the API ask."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from edge.api.access import Role, Tokens
from edge.api.allowance import Limits
from edge.api.application import application
from edge.api.dispatch import Dispatch
from edge.api.query import Query
from edge.audit import Audit
from edge.collect import Link, LinkStatus
from edge.comparison import Comparisons
from edge.loop_modes import LoopModes
from edge.loops import Loops
from edge.store import Store
from edge.training.drills import Drills
from edge.training.schedule import Schedule
from edge.training.veil import VeiledStore
from tests.edge.filled_store import Filler
from twin.model.command import Command

TOKENS = {role: f"{role.user}-token-for-tests" for role in Role}
TOKEN = TOKENS[Role.OPERATOR]
BASE = "/api/v1/plants/toy_line"


class FakeLink:
    """A link that answers at once; `refusal` is what the plant says to a command."""

    def __init__(self) -> None:
        self.status = LinkStatus("mqtt://127.0.0.1:1883/demo/toy_line", "toy_line", "online")
        self.refusal = ""
        self.sent: list[Command] = []
        self.marks: dict[str, Any] = {}

    async def run(self) -> None:
        """Nothing to do."""

    async def ledger(self) -> dict[str, Any]:
        """Return prepared marks."""
        return self.marks

    async def write(self, command: Command) -> str:
        """Note the command."""
        self.sent.append(command)
        return self.refusal


class Bench:
    """A client of the application, and what stands behind it."""

    def __init__(
        self, store: Store, filler: Filler, client: httpx.AsyncClient, link: FakeLink, loops: Loops,
        audit: Audit, comparisons: Comparisons, schedule: Schedule, query: Query,
    ) -> None:  # fmt: skip
        self.store, self.filler, self.client, self.link, self.loops = store, filler, client, link, loops
        self.audit, self.comparisons, self.schedule, self.query = audit, comparisons, schedule, query

    async def get(self, path: str, /, status: int = 200, **parameters: Any) -> Any:
        """Ask and return the body; every error must be a problem."""
        found = await self.client.get(path, params=parameters or None)
        assert found.status_code == status, found.text
        if status >= 400:
            assert found.headers["content-type"] == "application/problem+json"
            assert {"type", "title", "status", "detail", "instance"} <= found.json().keys()
        return found.json()


def tokens(folder: Path | None = None) -> Tokens:
    """Write the tokens of the three roles into `folder`, or one of their own."""
    folder = folder or Path(tempfile.mkdtemp(prefix="tokens-"))
    for role, token in TOKENS.items():
        (folder / role.user).write_text(token)
        (folder / role.user).chmod(0o600)
    return Tokens(folder)


def actors(
    query: Query, links: Callable[[], Sequence[Link]], drills: Drills | None = None
) -> tuple[Dispatch, Loops, Comparisons, Schedule]:
    """Return what acts: dispatch, loops, comparisons with directories of their own, a schedule that stands still."""
    dispatch = Dispatch(query, links, Audit())
    modes = LoopModes(Path(tempfile.mkdtemp(prefix="loop-modes-")) / "loops.json")
    loops = Loops(query.store, modes, dispatch.refusal, clock_ms=query.clock_ms)
    folder = Path(tempfile.mkdtemp(prefix="comparisons-"))
    comparisons = Comparisons(folder, ("true",), clock_ms=query.clock_ms)  # a program that ends at once
    schedule = Schedule(
        drills or Drills(),
        query.store.declarations,
        dispatch.refusal,
        query.store.record,
        clock_ms=query.clock_ms,
    )
    return dispatch, loops, comparisons, schedule


@asynccontextmanager
async def served(
    store: Store, filler: Filler, *, open_reading: bool = True, limits: Limits | None = None
) -> AsyncIterator[Bench]:
    """Serve the API and yield its client."""
    link = FakeLink()
    drills = Drills()
    query = Query(
        VeiledStore(store, drills.hidden), lambda: [link.status], clock_ms=lambda: filler.run.now_ms + 1500
    )
    dispatch, loops, comparisons, schedule = actors(query, lambda: [link], drills)
    app = application(
        query, lambda: [link], dispatch, loops, comparisons, schedule, tokens=tokens(), version="0",
        closing=asyncio.Event(),
        open_reading=open_reading, limits=limits,
        checks=lambda: {"store": ""}, counters=lambda: {"outbox_entries": 3.0},
    )  # fmt: skip
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://edge") as client:
        yield Bench(store, filler, client, link, loops, dispatch.audit, comparisons, schedule, query)
    dispatch.audit.close()
    drills.close()
