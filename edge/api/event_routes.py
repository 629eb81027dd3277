"""Events through the API: anybody may read and export them, operators acknowledge them."""

import csv
import io
import sqlite3
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi import Query as Parameter
from fastapi.responses import Response

from edge.api import event_answer as shape
from edge.api.access import Caller, Role, requires
from edge.api.event_query import KINDS, SEVERITIES, EventFilter, EventQuery, choices
from edge.api.json_response import JsonResponse
from edge.api.problem import PROBLEM_RESPONSES, Problem
from edge.api.read_routes import End, PlantName, Scope, Start
from edge.api.time_range import time_range

Kinds = Annotated[
    str,
    Parameter(
        max_length=200, description="kinds, separated by commas; all when empty", examples=["alarm,clear"]
    ),
]
Severities = Annotated[
    str,
    Parameter(
        max_length=100, description="severities, separated by commas; all when empty", examples=["critical"]
    ),
]
_COLUMNS = (
    "time", "unit", "kind", "severity", "active", "text", "tag", "value", "effect", "acknowledged_by",
    "acknowledged_at", "note", "id",
)  # fmt: skip


class EventForm(StrEnum):
    """How events are written."""

    JSON = "json"
    CSV = "csv"


def event_routes(events: EventQuery, *, max_range_days: float) -> APIRouter:
    """Build the routes of events; they run in the thread pool."""
    router = APIRouter(prefix="/api/v1", responses=PROBLEM_RESPONSES, tags=["history"])
    query = events.query
    refused: dict[int | str, dict[str, Any]] = {
        401: PROBLEM_RESPONSES["4XX"], 503: PROBLEM_RESPONSES["4XX"]
    }  # fmt: skip

    @router.get(
        "/plants/{plant}/events", response_model=shape.EventsAnswer,
        responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    )  # fmt: skip
    def listed(
        plant: PlantName,
        scope: Scope = "",
        start: Start = "-24h",
        end: End = "now",
        limit: Annotated[int, Parameter(ge=1, le=1000)] = 200,
        kind: Kinds = "",
        severity: Severities = "",
        text: Annotated[str, Parameter(max_length=100, description="words in the event, in any case")] = "",
        loops: Annotated[bool, Parameter(description="what the loops of upgrades did as well")] = False,
        before: Annotated[str, Parameter(max_length=40, description="`next` of the page before")] = "",
        form: Annotated[
            EventForm, Parameter(alias="format", description="csv to save the page as a table")
        ] = EventForm.JSON,
    ) -> Response:
        """List events, newest first, a page at a time: alarms, orders, shifts, commands, data loss; loops on demand."""
        wanted = EventFilter(
            kinds=choices(kind, KINDS, "kind"), severities=choices(severity, SEVERITIES, "severity"), unit=scope,
            text=text, loops=loops,
        )  # fmt: skip
        span = time_range(start, end, query.clock_ms(), max_days=max_range_days)
        try:
            found = events.page(query.declaration(plant), span, wanted, before=before, limit=limit)
        except sqlite3.Error as error:
            raise Problem(503, f"the acknowledgements cannot be read now ({error}); try again") from error
        if form is EventForm.JSON:
            return JsonResponse(found)
        name = f"events_{plant}.csv"
        return Response(
            events_csv(found["items"]), media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )  # fmt: skip

    @router.post(
        "/plants/{plant}/events/acknowledge", response_model=shape.AcknowledgeAnswer, responses=refused
    )
    def acknowledge(
        plant: PlantName,
        request: shape.AcknowledgeRequest,
        caller: Annotated[Caller, Depends(requires(Role.OPERATOR))],
    ) -> JsonResponse:
        """Put on record that events were seen; it is kept with the audit. A repeat changes nothing."""
        declaration = query.declaration(plant)
        for key in request.ids:
            events.event(declaration, key)
        try:
            fresh = events.audit.acknowledge(
                query.clock_ms(), caller.name, caller.client, plant, request.ids, request.note
            )
        except sqlite3.Error as error:
            raise Problem(
                503,
                f"the events were not acknowledged: it could not be put on record ({error}); free disk space",
            ) from error
        return JsonResponse({"acknowledged": len(fresh), "known": len(set(request.ids)) - len(fresh)})

    return router


def events_csv(items: Sequence[dict[str, Any]]) -> str:
    """Write the items of a page as CSV (RFC 4180) with a head."""
    sink = io.StringIO(newline="")
    table = csv.writer(sink)
    table.writerow(_COLUMNS)
    for item in items:
        mark = item["acknowledged"] or {"who": "", "time": "", "note": ""}
        told = item | {"acknowledged_by": mark["who"], "acknowledged_at": mark["time"], "note": mark["note"]}
        table.writerow([_cell(told[name]) for name in _COLUMNS])
    return sink.getvalue()


def _cell(value: object) -> object:
    """Return what a cell holds; a text that a spreadsheet would compute is marked as text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return "" if value is None else value
