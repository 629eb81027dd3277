"""Reconciliation: the edge's sums against the ledger that the plant itself keeps."""

from collections.abc import Callable, Sequence
from typing import Any

import anyio.to_thread
from fastapi import APIRouter

from edge.api import answer
from edge.api.json_response import JsonResponse
from edge.api.problem import PROBLEM_RESPONSES, Problem
from edge.api.query import Query
from edge.api.read_routes import End, PlantName, Start
from edge.api.time_range import rfc3339, time_range
from edge.collect import Link
from edge.verify import NotReconcilable, Reconciliation, reconcile


def reconcile_routes(
    query: Query, links: Callable[[], Sequence[Link]], *, max_range_days: float
) -> APIRouter:
    """Build the route; `links` are those that run now."""
    router = APIRouter(prefix="/api/v1", responses=PROBLEM_RESPONSES)

    @router.get(
        "/plants/{plant}/reconciliation", tags=["figures"], response_model=answer.ReconciliationAnswer,
        responses={503: PROBLEM_RESPONSES["4XX"]},
    )  # fmt: skip
    async def reconciliation(plant: PlantName, start: Start = "-24h", end: End = "now") -> JsonResponse:
        """Ask the plant for its ledger and compare: counts exact, times and energy within 0.1 %."""
        await anyio.to_thread.run_sync(query.declaration, plant)
        span = time_range(start, end, query.clock_ms(), max_days=max_range_days)
        link = next(
            (one for one in links() if one.status.plant == plant and one.status.state == "online"), None
        )
        if link is None:
            raise Problem(
                503,
                f"plant {plant} has no link that is online, so its ledger cannot be read; try again later",
            )
        try:
            marks = await link.ledger()
        except (ConnectionError, TimeoutError, ValueError) as error:  # the last: an answer that is no JSON
            raise Problem(503, f"plant {plant} did not give its ledger: {error}; try again later") from error
        try:
            found = await anyio.to_thread.run_sync(
                reconcile, query.store, marks, plant, span.start_ms, span.end_ms
            )
        except NotReconcilable as error:
            raise Problem(409, str(error)) from error
        return JsonResponse(_body(found))

    return router


def _body(found: Reconciliation) -> dict[str, Any]:
    return {
        "plant": found.plant,
        "epoch": found.epoch,
        "start": rfc3339(found.start_ms),
        "end": rfc3339(found.end_ms),
        "agrees": found.ok,
        "rows": [
            {
                "unit": row.scope,
                "quantity": row.figure,
                "edge": row.edge,
                "ledger": row.ledger,
                "difference": row.difference,
                "allowed": row.tolerance,
                "agrees": row.ok,
            }
            for row in found.rows
        ],
    }
