"""The writing half of the API: commands, for operators only, on record before they act."""

import uuid
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Path

from edge.api import answer
from edge.api.access import Caller, Role, requires
from edge.api.dispatch import Dispatch
from edge.api.json_response import JsonResponse
from edge.api.problem import PROBLEM_RESPONSES, Problem
from edge.api.query import Query
from edge.api.time_range import rfc3339
from twin.model.command import Command

PlantName = Annotated[str, Path(max_length=100)]


def command_routes(query: Query, dispatch: Dispatch) -> APIRouter:
    """Build the command routes."""
    router = APIRouter(prefix="/api/v1", responses=PROBLEM_RESPONSES)

    @router.post(
        "/plants/{plant}/commands", tags=["commands"], status_code=202, response_model=answer.CommandAnswer,
        responses={401: PROBLEM_RESPONSES["4XX"], 503: PROBLEM_RESPONSES["4XX"]},
    )  # fmt: skip
    async def command(
        plant: PlantName,
        request: answer.CommandRequest,
        caller: Annotated[Caller, Depends(requires(Role.OPERATOR))],
    ) -> JsonResponse:
        """Ask a plant to set a tag. Recorded as an event before it is sent, and again with its outcome."""
        declaration = await anyio.to_thread.run_sync(query.declaration, plant)
        unit, tag = query.tag(declaration, request.path)
        path = f"{unit.path}/{tag.name}"
        if not tag.writable:
            known = [
                f"{one.name}/{other.name}"
                for one in declaration.units
                for other in one.tags
                if other.writable
            ]
            raise Problem(409, f"{path} cannot be written; writable tags: {', '.join(known) or 'none'}")
        if not (tag.low is None or tag.high is None or tag.low <= request.value <= tag.high):
            raise Problem(422, f"value: {request.value:g} {tag.unit} lies outside {tag.low:g}..{tag.high:g}")
        now = query.clock_ms()
        sent = Command(
            id=request.id or uuid.uuid4().hex, path=path, value=request.value,
            expires_ms=now + round(request.expires_in_s * 1000), source=caller.name, reason=request.reason,
        )  # fmt: skip
        intent = f"{caller.name} asks {unit.name}/{tag.name} = {request.value:g} {tag.unit}"
        sent = await dispatch.send(plant, sent, intent, caller)
        body: dict[str, Any] = {
            "id": sent.id, "path": path, "value": sent.value, "expires": rfc3339(sent.expires_ms), "accepted": True,
        }  # fmt: skip
        return JsonResponse(body, 202)

    return router
