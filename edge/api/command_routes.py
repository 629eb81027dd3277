"""The writing half of the API: commands, for operators only, on record before they act."""

import hmac
import uuid
from collections.abc import Callable
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from edge.api import answer
from edge.api.dispatch import Dispatch
from edge.api.json_response import JsonResponse
from edge.api.problem import PROBLEM_RESPONSES, Problem
from edge.api.query import Query
from edge.api.refusal import Refusals
from edge.api.time_range import rfc3339
from twin.model.command import Command

PlantName = Annotated[str, Path(max_length=100)]
_SCHEME = HTTPBearer(auto_error=False, description="content of the file `operator` in the secrets directory")


def operator_only(query: Query, token: str) -> Callable[..., str]:
    """Return the dependency that lets only the bearer of `token` pass, as `operator`; refusals go on record."""
    refusals = Refusals(query.store)

    def check(
        request: Request,
        plant: PlantName,
        given: Annotated[HTTPAuthorizationCredentials | None, Depends(_SCHEME)] = None,
    ) -> str:
        wrong = given is None or not hmac.compare_digest(given.credentials.encode(), token.encode())
        if wrong or not token:
            cause = "no bearer token was sent" if given is None else "the bearer token is not the operator's"
            known = {one.plant: one.line_path for one in query.store.declarations()}
            client = request.client.host if request.client else "an unknown client"
            refusals.record(known.get(plant, "edge"), client, cause, query.clock_ms())
            raise Problem(
                401, f"{cause}; send the content of the file `operator` in the secrets directory",
                {"WWW-Authenticate": "Bearer"},
            )  # fmt: skip
        return "operator"

    return check


def command_routes(query: Query, dispatch: Dispatch, operator_only: Callable[..., str]) -> APIRouter:
    """Build the command routes; `operator_only` is the dependency that lets an operator pass."""
    router = APIRouter(prefix="/api/v1", responses=PROBLEM_RESPONSES)

    @router.post(
        "/plants/{plant}/commands", tags=["commands"], status_code=202, response_model=answer.CommandAnswer,
        responses={401: PROBLEM_RESPONSES["4XX"], 503: PROBLEM_RESPONSES["4XX"]},
    )  # fmt: skip
    async def command(
        plant: PlantName,
        request: answer.CommandRequest,
        operator: Annotated[str, Depends(operator_only)],
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
            expires_ms=now + round(request.expires_in_s * 1000), source=operator, reason=request.reason,
        )  # fmt: skip

        await dispatch.send(
            plant, sent, f"{operator} asks {unit.name}/{tag.name} = {request.value:g} {tag.unit}"
        )
        body: dict[str, Any] = {
            "id": sent.id, "path": path, "value": sent.value, "expires": rfc3339(sent.expires_ms), "accepted": True,
        }  # fmt: skip
        return JsonResponse(body, 202)

    return router
