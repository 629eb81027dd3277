"""The writing half of the API: commands, for operators only, on record before they act."""

import hmac
import uuid
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from edge.api import answer
from edge.api.json_response import JsonResponse
from edge.api.problem import PROBLEM_RESPONSES, Problem
from edge.api.query import Query
from edge.api.refusal import Refusals
from edge.api.time_range import rfc3339
from edge.collect import Link
from edge.store import Event
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


def command_routes(query: Query, links: Callable[[], Sequence[Link]], token: str) -> APIRouter:
    """Build the command routes; `links` are those that run now."""
    router = APIRouter(prefix="/api/v1", responses=PROBLEM_RESPONSES)

    @router.post(
        "/plants/{plant}/commands", tags=["commands"], status_code=202, response_model=answer.CommandAnswer,
        responses={401: PROBLEM_RESPONSES["4XX"], 503: PROBLEM_RESPONSES["4XX"]},
    )  # fmt: skip
    async def command(
        plant: PlantName,
        request: answer.CommandRequest,
        operator: Annotated[str, Depends(operator_only(query, token))],
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

        def record(severity: str, text: str) -> None:
            event = Event(query.clock_ms(), unit.path, "command", severity, text, tag.name, request.value)
            query.store.record([event])

        intent = f"{operator} asks {unit.name}/{tag.name} = {request.value:g} {tag.unit}"
        try:
            await anyio.to_thread.run_sync(record, "info", f"{intent} ({request.reason}; id {sent.id})")
        except Exception as error:
            raise Problem(
                503, f"the command was not sent: it could not be put on record ({error})"
            ) from error
        link = next(
            (one for one in links() if one.status.plant == plant and one.status.state == "online"), None
        )
        if link is None:
            refusal, status = f"plant {plant} has no link that is online; try again when it is back", 503
        else:
            try:
                refusal, status = await link.write(sent), 409
            except (ConnectionError, TimeoutError) as error:
                refusal, status = f"plant {plant} did not answer: {error}", 503
        if refusal:
            await anyio.to_thread.run_sync(record, "warning", f"command {sent.id} not carried out: {refusal}")
            raise Problem(status, refusal)
        await anyio.to_thread.run_sync(record, "info", f"command {sent.id} accepted by the plant")
        body: dict[str, Any] = {
            "id": sent.id, "path": path, "value": sent.value, "expires": rfc3339(sent.expires_ms), "accepted": True,
        }  # fmt: skip
        return JsonResponse(body, 202)

    return router
