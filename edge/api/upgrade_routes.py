"""Upgrades through the API: anybody may see them, operators switch them and let their loops act."""

import uuid
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Path
from fastapi import Query as Parameter

from edge.api import upgrade_answer as shape
from edge.api.access import Caller, Role, requires
from edge.api.answer import Items
from edge.api.dispatch import Dispatch
from edge.api.json_response import JsonResponse, items
from edge.api.problem import PROBLEM_RESPONSES, Problem
from edge.api.query import Query
from edge.api.read_routes import End, PlantName, Start
from edge.api.time_range import time_range
from edge.api.upgrade_query import UpgradeQuery
from edge.loops import Loops, scope
from edge.store import Event
from twin.model.command import Command

Key = Annotated[str, Path(max_length=100, description="key of the upgrade", examples=["smed"])]
OfKey = Annotated[str, Parameter(max_length=100, description="key of an upgrade; all when empty")]
_VALID_MS = 60_000


def upgrade_routes(query: Query, dispatch: Dispatch, loops: Loops, *, max_range_days: float) -> APIRouter:
    """Build the upgrade routes."""
    router = APIRouter(prefix="/api/v1", responses=PROBLEM_RESPONSES, tags=["upgrades"])
    upgrades = UpgradeQuery(query, loops)
    refused: dict[int | str, dict[str, Any]] = {
        401: PROBLEM_RESPONSES["4XX"], 503: PROBLEM_RESPONSES["4XX"]
    }  # fmt: skip

    @router.get("/plants/{plant}/upgrades", response_model=Items[shape.UpgradeAnswer])
    def declared(plant: PlantName) -> JsonResponse:
        """List the upgrades of a plant: mechanism, cost, how far each is in effect, how its loops do."""
        return items(upgrades.upgrades(query.declaration(plant)))

    @router.get("/plants/{plant}/actions", response_model=Items[shape.ActionAnswer])
    def actions(plant: PlantName, key: OfKey = "", start: Start = "-24h", end: End = "now") -> JsonResponse:
        """Give what the loops did and proposed, with the reason, and what came of it; newest first, 500 at most."""
        declaration = query.declaration(plant)
        if key:
            upgrades.upgrade(declaration, key)
        span = time_range(start, end, query.clock_ms(), max_days=max_range_days)
        return items(upgrades.actions(declaration, key, span))

    @router.post(
        "/plants/{plant}/upgrades/{key}", status_code=202, response_model=shape.UpgradeAccepted,
        responses=refused,
    )  # fmt: skip
    async def switch(
        plant: PlantName,
        key: Key,
        request: shape.UpgradeRequest,
        caller: Annotated[Caller, Depends(requires(Role.OPERATOR))],
    ) -> JsonResponse:
        """Switch an upgrade of a running plant: its effect follows over its ramp."""
        declaration = await anyio.to_thread.run_sync(query.declaration, plant)
        upgrade = upgrades.upgrade(declaration, key)
        if not upgrade.live:
            raise Problem(
                409,
                f"upgrade {key} takes effect with a start of the plant: twin run {plant} --upgrades {key}",
            )
        command = Command(
            id=request.id or uuid.uuid4().hex, path=upgrades.path(declaration, upgrade), value=request.strength,
            expires_ms=query.clock_ms() + _VALID_MS, source=caller.name, reason=request.reason,
        )  # fmt: skip
        intent = f"{caller.name} switches upgrade {key} to {request.strength:g}"
        command = await dispatch.send(plant, command, intent, caller)
        body = {"id": command.id, "key": key, "strength": command.value, "accepted": True}
        return JsonResponse(body, 202)

    @router.put("/plants/{plant}/upgrades/{key}/mode", response_model=shape.ModeAccepted, responses=refused)
    async def choose(
        plant: PlantName,
        key: Key,
        request: shape.ModeRequest,
        caller: Annotated[Caller, Depends(requires(Role.OPERATOR))],
    ) -> JsonResponse:
        """Let the loops of an upgrade act by themselves (`automatic`), or only advise."""
        declaration = await anyio.to_thread.run_sync(query.declaration, plant)
        upgrade = upgrades.upgrade(declaration, key)
        if not upgrade.loops:
            raise Problem(409, f"upgrade {key} brings no loops; it is switched only")

        def keep() -> None:
            text = f"{caller.name} lets the loops of {key} be {request.mode}"
            number = dispatch.audit.begin(
                query.clock_ms(),
                caller.name,
                caller.client,
                "mode",
                plant=plant,
                target=key,
                value=request.mode,
            )
            query.store.record([Event(query.clock_ms(), scope(plant, key), "system", "info", text)])
            loops.modes.choose(plant, key, request.mode)
            dispatch.audit.end(number, query.clock_ms(), 200, "kept")

        try:
            await anyio.to_thread.run_sync(keep)
        except Exception as error:
            raise Problem(
                503, f"the mode could not be kept ({error}); free disk space and try again"
            ) from error
        return JsonResponse({"key": key, "mode": request.mode})

    return router
