"""Drills through the API: operators plan, start and end them; a class joins, marks and sees who did best."""

import math
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Request

from edge.api import drill_answer as shape
from edge.api.access import Caller, Role, requires
from edge.api.allowance import Allowance, Meter
from edge.api.answer import Items
from edge.api.dispatch import Dispatch
from edge.api.json_response import JsonResponse, items
from edge.api.problem import PROBLEM_RESPONSES, Problem
from edge.api.query import Query
from edge.api.time_range import moment, rfc3339
from edge.training.drill import Drill, Participant, Phase, Plan, PlannedFault, Progress, check, surprise
from edge.training.drills import NotNow
from edge.training.result import Results, mark_told
from edge.training.schedule import Schedule

DrillId = Annotated[str, Path(max_length=40, description="drill", examples=["3f9a1c"])]
Operator = Annotated[Caller, Depends(requires(Role.OPERATOR))]
Token = Annotated[
    str,
    Header(alias="Participant-Token", max_length=100, description="what joining gave", examples=["4c1f…"]),
]
BEHIND_S = 60.0  # a plant that is further behind fills its history still, and a drill would begin in its past
_LEAST = 1000  # ms that a mark's time may lie before the beginning: clocks of browsers are read in seconds
_MARKS = Allowance(rate=0.2, burst=10.0)
_JOINS = Allowance(rate=2.0, burst=100.0)  # a class behind one address
_OPEN: tuple[str, ...] = ("points", "named", "found", "missed", "false_alarms", "wrong_names", "delay_s", "scrap",
                          "scrap_within", "kwh", "kwh_within")  # fmt: skip


def drill_routes(query: Query, dispatch: Dispatch, schedule: Schedule) -> APIRouter:
    """Build the drill routes; they run in the thread pool."""
    drills = schedule.drills
    router = APIRouter(prefix="/api/v1", responses=PROBLEM_RESPONSES, tags=["drills"])
    results = Results(query, drills)
    marks, joins = Meter(_MARKS), Meter(_JOINS)
    metering = threading.Lock()
    refused: dict[int | str, dict[str, Any]] = {
        401: PROBLEM_RESPONSES["4XX"], 503: PROBLEM_RESPONSES["4XX"]
    }  # fmt: skip

    def known(id_: str) -> Drill:
        found = drills.drill(id_)
        if found is None:
            raise Problem(404, f"there is no drill {id_!r}; /api/v1/drills lists them")
        return found

    def takes_part(drill: Drill, token: str) -> Participant:
        found = drills.participant(drill.id, token)
        if found is None:
            raise Problem(401, "the participant token is not of this drill; join it first")
        return found

    def metered(meter: Meter, who: str) -> None:
        with metering:
            wait = math.ceil(meter.wait(who))
        if wait:
            raise Problem(429, f"too often; try again in {wait} s", {"Retry-After": str(wait)})

    def about(drill: Drill) -> dict[str, Any]:
        runs = drill.phase is Phase.RUNNING
        counts = drills.mark_counts(drill.id)
        return {
            "id": drill.id, "name": drill.name, "plant": drill.plant, "phase": str(drill.phase),
            "length_s": drill.length_s, "start": rfc3339(drill.start_ms) if drill.start_ms else None,
            "end": rfc3339(drill.end_ms) if drill.end_ms else None,
            "remaining_s": max(0.0, (drill.end_ms - query.clock_ms()) / 1000) if runs else None,
            "cancelled": drill.cancelled, "participants": len(counts),
            "marks": sum(counts.values()),
        }  # fmt: skip

    def beside(drill: Drill) -> list[dict[str, Any]]:
        start = drill.start_ms or query.clock_ms()
        end = drill.end_ms or start + round(drill.length_s * 1000)
        found = results.beside(query.declaration(drill.plant), start, end)
        # What is not over yet may be part of the next drill, and an ended one is everybody's.
        return [one for one in found if drill.phase is not Phase.ENDED or one["progress"] == Progress.OVER]

    def audited(caller: Caller, action: str, drill: Drill, work: Callable[[], None]) -> None:
        with kept():
            number = dispatch.audit.begin(
                query.clock_ms(), caller.name, caller.client, action, plant=drill.plant, target=drill.id,
                value=drill.name,
            )  # fmt: skip
            try:
                work()
            except NotNow as error:
                dispatch.audit.end(number, query.clock_ms(), 409, str(error))
                raise Problem(409, str(error)) from error
            dispatch.audit.end(number, query.clock_ms(), 200, "done")

    # -- everybody -----------------------------------------------------------------------------------------

    @router.get("/drills", response_model=Items[shape.DrillAnswer])
    def listed() -> JsonResponse:
        """List the drills, newest first; nothing here tells what they do."""
        return items([about(drill) for drill in drills.drills()])

    @router.get("/drills/{drill_id}", response_model=shape.DrillAnswer)
    def one(drill_id: DrillId) -> JsonResponse:
        """Show one drill."""
        return JsonResponse(about(known(drill_id)))

    @router.get("/drills/{drill_id}/plan", response_model=shape.PlanAnswer)
    def plan(drill_id: DrillId, request: Request) -> JsonResponse:
        """Give what a drill does and what became of it: to operators, and to everybody after its end."""
        drill = known(drill_id)
        _ended_or_operator(drill, request)
        faults = [planned_told(fault) for fault in drills.faults(drill.id)]
        return JsonResponse({"id": drill.id, "seed": drill.seed, "faults": faults, "beside": beside(drill)})

    @router.get("/drills/{drill_id}/board", response_model=shape.BoardAnswer)
    def board(drill_id: DrillId, request: Request) -> JsonResponse:
        """Give the class: names and numbers of marks; to operators, and to everybody after the end, the points."""
        drill = known(drill_id)
        caller: Caller = request.state.caller
        open_ = drill.phase is Phase.ENDED or (drill.phase is Phase.RUNNING and caller.may(Role.OPERATOR))
        if open_ and drill.start_ms:
            rows = results.result(drill)["rows"]
            told = [
                {name: value for name, value in row.items() if name not in ("findings", "marks")}
                for row in rows
            ]
        else:
            counts = drills.mark_counts(drill.id)
            told = [
                {"name": who.name, "marks_set": counts.get(who.number, 0)} | dict.fromkeys(_OPEN)
                for who in drills.participants(drill.id)
            ]
        return JsonResponse({"hidden": not open_, "items": told, "count": len(told)})

    @router.get("/drills/{drill_id}/result", response_model=shape.ResultAnswer)
    def result(drill_id: DrillId, request: Request) -> JsonResponse:
        """Give the truth against every participant's marks: to operators, and to everybody after the end."""
        drill = known(drill_id)
        _ended_or_operator(drill, request)
        if not drill.start_ms:
            raise Problem(409, f"drill {drill.name!r} was never started; it has no result")
        return JsonResponse(results.result(drill))

    # -- participants --------------------------------------------------------------------------------------

    @router.post(
        "/drills/{drill_id}/participants", status_code=201, response_model=shape.JoinAnswer, responses=refused
    )
    def join(drill_id: DrillId, asked: shape.JoinRequest, request: Request) -> JsonResponse:
        """Take part under a name that nobody has yet. Needs no token where reading needs none."""
        drill = known(drill_id)
        metered(joins, request.state.caller.client)
        with kept():
            try:
                who, token = drills.join(drill.id, asked.name, query.clock_ms())
            except NotNow as error:
                raise Problem(409, str(error)) from error
        return JsonResponse({"name": who.name, "token": token}, 201)

    @router.post(
        "/drills/{drill_id}/marks", status_code=201, response_model=shape.MarkAnswer, responses=refused
    )
    def mark(drill_id: DrillId, asked: shape.MarkRequest, token: Token) -> JsonResponse:
        """Mark what was seen. A mark stays; what it was worth is told after the end."""
        drill = known(drill_id)
        who = takes_part(drill, token)
        now = query.clock_ms()
        declaration = query.declaration(drill.plant)
        unit = query.unit(declaration, asked.unit).name
        if asked.fault is not None:
            keys = {fault.key: fault.unit for fault in declaration.faults}
            if asked.fault not in keys:
                raise Problem(
                    422,
                    f"fault: the plant has no {asked.fault!r}; it has: {', '.join(keys)}, or null for something else",
                )
            if keys[asked.fault] != unit:
                raise Problem(422, f"unit: {asked.fault} is a fault of {keys[asked.fault]}, not of {unit}")
        at = moment(asked.time, now, "time")
        if drill.phase is Phase.RUNNING and not drill.start_ms - _LEAST <= at <= now + _LEAST:
            raise Problem(422, f"time: {asked.time!r} does not lie between the drill's beginning and now")
        metered(marks, str(who.number))
        with kept():
            try:
                made = drills.mark(
                    drill.id, who.number, now, min(max(at, drill.start_ms), now), unit, asked.fault or ""
                )
            except NotNow as error:
                raise Problem(409, str(error)) from error
        return JsonResponse(mark_told(made), 201)

    @router.get("/drills/{drill_id}/marks", response_model=Items[shape.MarkAnswer], responses=refused)
    def own_marks(drill_id: DrillId, token: Token) -> JsonResponse:
        """List the participant's own marks."""
        drill = known(drill_id)
        return items([mark_told(one) for one in drills.marks(drill.id, takes_part(drill, token).number)])

    # -- the trainer ---------------------------------------------------------------------------------------

    @router.post("/drills", status_code=201, response_model=shape.DrillAnswer, responses=refused)
    def create(asked: shape.DrillRequest, caller: Operator) -> JsonResponse:
        """Plan a drill; it begins when it is started."""
        declaration = query.declaration(asked.plant)
        keys = [fault.key for fault in declaration.faults]
        if bool(asked.faults) == (asked.surprise is not None):
            raise Problem(422, "faults: give faults or a surprise, one of the two")
        seed = None
        try:
            if asked.surprise is not None:
                seed = secrets.randbelow(10**6) if asked.surprise.seed is None else asked.surprise.seed
                plans = surprise(declaration.faults, asked.surprise.count, asked.length_s, seed)
            else:
                plans = [Plan(**one.model_dump()) for one in asked.faults]
            check(plans, keys, asked.length_s)
        except ValueError as error:
            raise Problem(422, str(error)) from error
        drill = Drill(
            id=secrets.token_hex(3), name=asked.name, plant=asked.plant, by=caller.name, created_ms=query.clock_ms(),
            length_s=asked.length_s, seed=seed, reference_min=asked.reference_min,
        )  # fmt: skip
        audited(caller, "drill planned", drill, lambda: drills.add(drill, plans))
        return JsonResponse(about(drill), 201)

    @router.post("/drills/{drill_id}/start", response_model=shape.StartAnswer, responses=refused)
    def start(drill_id: DrillId, caller: Operator) -> JsonResponse:
        """Begin a drill now; from now on the truth about its plant is hidden from everybody but operators.

        What strikes beside the drill is told: it counts as truth like the drill's own faults.
        """
        drill = known(drill_id)
        declaration = query.declaration(drill.plant)
        behind = query.status(declaration)["behind_s"]
        if behind is None or behind > BEHIND_S:
            raise Problem(
                409,
                f"plant {drill.plant} fills its history still, or does not answer; start when it is up to date",
            )
        if active := results.active(declaration):
            raise Problem(
                409, f"{', '.join(active)} of plant {drill.plant} is active; reset it before the drill"
            )
        audited(caller, "drill started", drill, lambda: drills.start(drill.id, query.clock_ms()))
        schedule.tell(drill, "begins; what its faults do can be seen, which they are is hidden until its end")
        drill = known(drill_id)
        return JsonResponse(about(drill) | {"beside": beside(drill)})

    @router.delete("/drills/{drill_id}", response_model=shape.DrillAnswer, responses=refused)
    def cancel(drill_id: DrillId, caller: Operator) -> JsonResponse:
        """End a drill before its time: its faults are reset, what was not struck yet never is; marks stay."""
        drill = known(drill_id)

        def end() -> None:
            drills.end(drill.id, query.clock_ms(), cancelled=True)

        audited(caller, "drill cancelled", drill, end)
        schedule.tell(drill, "ended before its time")
        return JsonResponse(about(known(drill_id)))

    return router


@contextmanager
def kept() -> Iterator[None]:
    """Turn a file that cannot be written now into a problem that says so."""
    try:
        yield
    except sqlite3.Error as error:
        raise Problem(503, f"it could not be kept ({error}); free disk space and try again") from error


def planned_told(fault: PlannedFault) -> dict[str, Any]:
    """Return a planned fault as the API tells it."""
    return {
        "number": fault.number, "plant": fault.plant, "key": fault.key, "by": fault.by, "after_s": fault.after_s,
        "duration_s": fault.duration_s, "due": rfc3339(fault.due_ms) if fault.due_ms else None,
        "progress": str(fault.progress), "struck": rfc3339(fault.struck_ms) if fault.struck_ms else None,
        "reset": rfc3339(fault.reset_ms) if fault.reset_ms else None, "told": fault.told,
    }  # fmt: skip


def _ended_or_operator(drill: Drill, request: Request) -> None:
    caller: Caller = request.state.caller
    if drill.phase is not Phase.ENDED and not caller.may(Role.OPERATOR):
        raise Problem(
            403, "the truth is hidden until the drill has ended; before that it is shown to operators only"
        )
