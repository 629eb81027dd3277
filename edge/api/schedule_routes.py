"""Faults planned without a drill, and the reset of all: for operators, by the same schedule as drills."""

import uuid
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Path

from edge.api import drill_answer as shape
from edge.api.access import Caller, Role, requires
from edge.api.answer import Items
from edge.api.dispatch import Dispatch
from edge.api.drill_routes import kept, planned_told
from edge.api.fault_query import FaultQuery
from edge.api.json_response import JsonResponse, items
from edge.api.problem import PROBLEM_RESPONSES, Problem
from edge.api.query import Query
from edge.api.read_routes import PlantName
from edge.training.drill import Plan
from edge.training.drills import Drills, NotNow
from twin.model.trigger import fault_command

Number = Annotated[int, Path(ge=1, le=1 << 62, description="number of the planned fault")]
Operator = Annotated[Caller, Depends(requires(Role.OPERATOR))]


def schedule_routes(query: Query, dispatch: Dispatch, drills: Drills) -> APIRouter:
    """Build the routes of planned faults."""
    router = APIRouter(prefix="/api/v1", responses=PROBLEM_RESPONSES, tags=["faults"])
    faults = FaultQuery(query)
    refused: dict[int | str, dict[str, Any]] = {
        401: PROBLEM_RESPONSES["4XX"], 503: PROBLEM_RESPONSES["4XX"]
    }  # fmt: skip

    def audited(caller: Caller, action: str, plant: str, target: str, value: str) -> int:
        return dispatch.audit.begin(
            query.clock_ms(), caller.name, caller.client, action, plant=plant, target=target, value=value
        )

    @router.get("/plants/{plant}/schedule", response_model=Items[shape.PlannedFaultAnswer], responses=refused)
    def planned(plant: PlantName, _: Operator) -> JsonResponse:
        """List the faults of a plant that were planned without a drill, and what became of them."""
        query.declaration(plant)
        return items([planned_told(one) for one in drills.faults("") if one.plant == plant])

    @router.post(
        "/plants/{plant}/schedule",
        status_code=201,
        response_model=shape.PlannedFaultAnswer,
        responses=refused,
    )
    def plan(plant: PlantName, asked: shape.PlannedRequest, caller: Operator) -> JsonResponse:
        """Let a fault strike after some time and be reset some time later; also when the edge is started anew."""
        faults.fault(query.declaration(plant), asked.key)
        with kept():
            value = f"after {asked.after_s:g} s for {asked.duration_s:g} s"
            number = audited(caller, "fault planned", plant, asked.key, value)
            found = drills.plan(plant, Plan(**asked.model_dump()), caller.name, query.clock_ms())
            dispatch.audit.end(number, query.clock_ms(), 201, f"planned under number {found.number}")
        return JsonResponse(planned_told(found), 201)

    @router.delete(
        "/plants/{plant}/schedule/{number}", response_model=shape.PlannedFaultAnswer, responses=refused
    )
    def withdraw(plant: PlantName, number: Number, caller: Operator) -> JsonResponse:
        """Take a planned fault back; one that has struck is reset."""
        query.declaration(plant)
        known = [one for one in drills.faults("") if one.number == number and one.plant == plant]
        if not known:
            raise Problem(404, f"no fault of plant {plant} is planned under number {number}")
        with kept():
            row = audited(caller, "fault withdrawn", plant, known[0].key, str(number))
            try:
                drills.withdraw(number, query.clock_ms())
            except NotNow as error:
                dispatch.audit.end(row, query.clock_ms(), 409, str(error))
                raise Problem(409, str(error)) from error
            dispatch.audit.end(row, query.clock_ms(), 200, "withdrawn")
        return JsonResponse(planned_told(drills.faults_where("number = ?", number)[0]))

    @router.delete(
        "/plants/{plant}/faults", status_code=202, response_model=shape.ResetAnswer, responses=refused
    )
    async def reset_all(plant: PlantName, caller: Operator) -> JsonResponse:
        """Mend every fault of a plant that is there, pending or not told; what is planned here stays planned."""
        declaration = await anyio.to_thread.run_sync(query.declaration, plant)
        found = await anyio.to_thread.run_sync(faults.faults, declaration)
        keys = [one["key"] for one in found if one["active"] is not False or one["pending"]]
        for key in keys:
            command = fault_command(
                declaration, key, strike=False, id_=uuid.uuid4().hex, now_ms=query.clock_ms(), source=caller.name,
                reason="reset of all",
            )  # fmt: skip
            await dispatch.send(plant, command, f"{caller.name} resets fault {key}", caller)
        return JsonResponse({"keys": keys, "accepted": True}, 202)

    return router
