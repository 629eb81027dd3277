"""Live values as server-sent events: one snapshot, then what changed, at most once a second a client."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Annotated, Any

import anyio.to_thread
import orjson
from fastapi import APIRouter, Depends, Path
from fastapi.sse import EventSourceResponse, ServerSentEvent

from edge.api.problem import PROBLEM_RESPONSES, Problem
from edge.api.query import Query
from edge.api.time_range import rfc3339

INTERVAL_S = 1.0


def stream_routes(query: Query, closing: asyncio.Event, *, most_clients: int = 100) -> APIRouter:
    """Build the stream route; every stream ends soon after `closing` is set."""
    router = APIRouter(prefix="/api/v1", responses=PROBLEM_RESPONSES)
    clients = 0

    async def known(plant: Annotated[str, Path(max_length=100)]) -> str:
        await anyio.to_thread.run_sync(query.declaration, plant)
        if clients >= most_clients:
            raise Problem(503, f"{most_clients} streams are open already; close one")
        return plant

    def newest(plant: str) -> dict[str, Any]:
        found = query.latest(query.declaration(plant))
        return {path: [sample.value, rfc3339(sample.time_ms)] for path, sample in found.items()}

    @router.get("/plants/{plant}/stream", tags=["values"], response_class=EventSourceResponse)
    async def stream(plant: Annotated[str, Depends(known)]) -> AsyncIterator[ServerSentEvent]:
        """Stream committed values: `snapshot` with all, then `change` with those that changed.

        The data of both is an object: path -> [value, time].
        """
        nonlocal clients
        clients += 1
        sent: dict[str, Any] = {}
        try:
            while not closing.is_set():
                found = await anyio.to_thread.run_sync(newest, plant)
                changed = {path: value for path, value in found.items() if sent.get(path) != value}
                if changed or not sent:
                    yield ServerSentEvent(
                        raw_data=orjson.dumps(changed).decode(),
                        event="change" if sent else "snapshot",
                        retry=2000,
                    )
                sent = found
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(closing.wait(), INTERVAL_S)
        finally:
            clients -= 1

    return router
