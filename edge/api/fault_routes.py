"""Faults through the API: anybody may see them, operators inject, reset and withdraw them."""

import uuid
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Path

from edge.api import fault_answer as shape
from edge.api.access import Caller, Role, requires
from edge.api.answer import Items
from edge.api.dispatch import Dispatch
from edge.api.fault_query import FaultQuery
from edge.api.json_response import JsonResponse, items
from edge.api.problem import PROBLEM_RESPONSES, Problem
from edge.api.query import Query
from edge.api.read_routes import End, PlantName, Start
from edge.api.time_range import rfc3339, time_range
from twin.model.command import Command
from twin.model.trigger import Trigger, fault_command, parse_moment

Key = Annotated[str, Path(max_length=100, description="key of the fault", examples=["die_crack"])]


def fault_routes(query: Query, dispatch: Dispatch, *, max_range_days: float) -> APIRouter:
    """Build the fault routes."""
    router = APIRouter(prefix="/api/v1", responses=PROBLEM_RESPONSES, tags=["faults"])
    faults = FaultQuery(query)
    refused: dict[int | str, dict[str, Any]] = {
        401: PROBLEM_RESPONSES["4XX"], 503: PROBLEM_RESPONSES["4XX"]
    }  # fmt: skip

    @router.get("/plants/{plant}/faults", response_model=Items[shape.FaultAnswer])
    def declared(plant: PlantName) -> JsonResponse:
        """List the faults that a plant can suffer, with mechanism, expected effects and present state."""
        return items(faults.faults(query.declaration(plant)))

    @router.get("/plants/{plant}/faults/log", response_model=Items[shape.FaultLogAnswer])
    def log(plant: PlantName, start: Start = "-24h", end: End = "now") -> JsonResponse:
        """Give the ground truth, newest first: which fault was there from when to when, who asked, by which trigger."""
        span = time_range(start, end, query.clock_ms(), max_days=max_range_days)
        return items(faults.log(query.declaration(plant), span))

    @router.post(
        "/plants/{plant}/faults/{key}", status_code=202, response_model=shape.FaultAccepted, responses=refused
    )
    async def inject(
        plant: PlantName,
        key: Key,
        caller: Annotated[Caller, Depends(requires(Role.OPERATOR))],
        request: shape.FaultRequest | None = None,
    ) -> JsonResponse:
        """Let a fault strike: at once, at a moment, after some seconds, when a condition holds."""
        asked = request or shape.FaultRequest()
        command = await prepare(plant, key, asked, caller, strike=True)
        trigger = f" when {command.when}" if command.when else ""
        moment = f" at {rfc3339(command.due_ms)}" if command.due_ms else ""
        intent = f"{caller.name} injects fault {key}{moment}{trigger}"
        command = await dispatch.send(plant, command, intent, caller)
        return JsonResponse(_accepted(key, command), 202)

    @router.delete(
        "/plants/{plant}/faults/{key}", status_code=202, response_model=shape.FaultAccepted, responses=refused
    )
    async def reset(
        plant: PlantName, key: Key, caller: Annotated[Caller, Depends(requires(Role.OPERATOR))]
    ) -> JsonResponse:
        """Mend a fault, and withdraw what is pending for it; harmless when there is nothing to mend."""
        command = await prepare(plant, key, shape.FaultRequest(), caller, strike=False)
        command = await dispatch.send(plant, command, f"{caller.name} resets fault {key}", caller)
        return JsonResponse(_accepted(key, command), 202)

    async def prepare(
        plant: str, key: str, asked: shape.FaultRequest, caller: Caller, *, strike: bool
    ) -> Command:
        declaration = await anyio.to_thread.run_sync(query.declaration, plant)
        faults.fault(declaration, key)
        try:
            at = None if asked.at is None else parse_moment(asked.at)
            return fault_command(
                declaration, key, strike=strike, id_=asked.id or uuid.uuid4().hex, now_ms=query.clock_ms(),
                trigger=Trigger(at=at, after=asked.after or 0.0, when=asked.when), source=caller.name,
                reason=asked.reason,
            )  # fmt: skip
        except (ValueError, OverflowError) as error:
            raise Problem(422, str(error)) from None

    return router


def _accepted(key: str, command: Command) -> dict[str, Any]:
    return {
        "id": command.id, "key": key, "path": command.path, "value": command.value,
        "due": rfc3339(command.due_ms) if command.due_ms else None, "when": command.when,
        "expires": rfc3339(command.expires_ms), "accepted": True,
    }  # fmt: skip
