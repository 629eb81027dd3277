"""The audit, for operators, and new tokens, for the admin alone."""

import json
import sqlite3
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from fastapi import Query as Parameter

from edge.api import audit_answer as shape
from edge.api.access import USERS, Caller, Role, Tokens, requires
from edge.api.json_response import JsonResponse
from edge.api.problem import PROBLEM_RESPONSES, Problem
from edge.api.query import Query
from edge.api.time_range import rfc3339
from edge.audit import Audit, Deed

_REFUSED: dict[int | str, dict[str, Any]] = {
    401: PROBLEM_RESPONSES["4XX"], 403: PROBLEM_RESPONSES["4XX"]
}  # fmt: skip


def audit_routes(query: Query, audit: Audit, tokens: Tokens) -> APIRouter:
    """Build the routes of what only named callers see and do; they run in the thread pool."""
    router = APIRouter(prefix="/api/v1", responses=PROBLEM_RESPONSES, tags=["audit"])

    @router.get("/audit", response_model=shape.AuditAnswer, responses=_REFUSED)
    def deeds(
        _: Annotated[Caller, Depends(requires(Role.OPERATOR))],
        before: Annotated[
            int | None, Parameter(ge=1, le=1 << 62, description="`next` of the page before")
        ] = None,
        plant: Annotated[str, Parameter(max_length=100, description="of this plant; all when empty")] = "",
        limit: Annotated[int, Parameter(ge=1, le=1000)] = 100,
    ) -> JsonResponse:
        """List who did what, newest first: commands of people and loops, modes, tokens, and refused callers."""
        try:
            found = audit.page(before=before, plant=plant, limit=limit)
        except sqlite3.Error as error:
            raise Problem(503, f"the audit cannot be read now ({error}); try again") from error
        following = found[-1].number if len(found) == limit else None
        return JsonResponse({"items": list(map(_row, found)), "count": len(found), "next": following})

    @router.post(
        "/tokens/{role}", response_model=shape.TokenAnswer,
        responses=_REFUSED | {503: PROBLEM_RESPONSES["4XX"]},
    )  # fmt: skip
    def rotate(
        role: Annotated[str, Path(max_length=20, description=", ".join(USERS))],
        caller: Annotated[Caller, Depends(requires(Role.ADMIN))],
    ) -> JsonResponse:
        """Give a role a new token, which is shown in this answer alone; the old one is refused from now on."""
        if role not in USERS:
            raise Problem(404, f"there is no role {role!r}; roles: {', '.join(USERS)}")
        try:
            number = audit.begin(query.clock_ms(), caller.name, caller.client, "token", target=role)
            token = tokens.rotate(Role[role.upper()])
            audit.end(number, query.clock_ms(), 200, "rotated")
        except (OSError, sqlite3.Error) as error:
            raise Problem(
                503, f"the token was not replaced ({error}); free disk space and try again"
            ) from error
        return JsonResponse({"role": role, "token": token})

    return router


def _row(deed: Deed) -> dict[str, Any]:
    return {
        "number": deed.number, "time": rfc3339(deed.time_ms), "who": deed.who, "client": deed.client,
        "action": deed.action, "plant": deed.plant, "target": deed.target, "value": deed.value, "reason": deed.reason,
        "id": deed.id, "expires": rfc3339(json.loads(deed.command)["expires_ms"]) if deed.command else None,
        "status": deed.status or None, "outcome": deed.outcome,
        "ended": None if deed.ended_ms is None else rfc3339(deed.ended_ms),
    }  # fmt: skip
