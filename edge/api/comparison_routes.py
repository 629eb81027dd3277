"""Comparisons through the API: anybody may see them, operators start and cancel them."""

import re
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Path

from edge.api import comparison_answer as shape
from edge.api.access import Caller, Role, requires
from edge.api.answer import Items
from edge.api.json_response import JsonResponse, items
from edge.api.problem import PROBLEM_RESPONSES, Problem
from edge.api.query import Query
from edge.api.time_range import rfc3339
from edge.audit import Audit
from edge.comparison import AlreadyRunning, Asked, Comparison, Comparisons

_LEVEL = re.compile(r"low|mid|high|[0-3](\.\d{1,3})?")
Id = Annotated[str, Path(max_length=40)]


def comparison_routes(query: Query, comparisons: Comparisons, audit: Audit) -> APIRouter:
    """Build the routes of comparisons."""
    router = APIRouter(prefix="/api/v1", responses=PROBLEM_RESPONSES, tags=["comparisons"])
    refused: dict[int | str, dict[str, Any]] = {
        401: PROBLEM_RESPONSES["4XX"], 409: PROBLEM_RESPONSES["4XX"], 503: PROBLEM_RESPONSES["4XX"]
    }  # fmt: skip

    def known(key: str) -> Comparison:
        found = comparisons.get(key)
        if found is None:
            raise Problem(404, f"there is no comparison {key!r}; GET /api/v1/comparisons lists them")
        return found

    @router.get("/comparisons", response_model=Items[shape.ComparisonAnswer])
    def listed() -> JsonResponse:
        """List the comparisons that were started here, newest first."""
        return items(list(map(_row, comparisons.all())))

    @router.get("/comparisons/{key}", response_model=shape.ComparisonAnswer)
    def one(key: Id) -> JsonResponse:
        """Tell how far a comparison is."""
        return JsonResponse(_row(known(key)))

    @router.get("/comparisons/{key}/result")
    def result(key: Id) -> JsonResponse:
        """Give what came of it, as `twin compare --json` prints it: changes with intervals, waterfalls, payback."""
        found = known(key)
        told = comparisons.result(key)
        if told is None:
            raise Problem(409, f"comparison {key} is {found.stage}: it has no result")
        return JsonResponse(told)

    @router.post("/comparisons", status_code=202, response_model=shape.ComparisonAnswer, responses=refused)
    async def start(
        request: shape.ComparisonRequest, caller: Annotated[Caller, Depends(requires(Role.OPERATOR))]
    ) -> JsonResponse:
        """Start a comparison: runs with and without upgrades on the same random numbers; one at a time."""
        declaration = await anyio.to_thread.run_sync(query.declaration, request.plant)
        keys = [upgrade.key for upgrade in declaration.upgrades]
        if not keys:
            raise Problem(409, f"plant {request.plant} declares no upgrades: there is nothing to compare")
        for chosen in request.upgrades:
            key, _, level = chosen.partition("=")
            if key not in keys:
                raise Problem(
                    422, f"upgrades: {key!r} is none of {request.plant}; it has: {', '.join(keys) or 'none'}"
                )
            if level and not _LEVEL.fullmatch(level):
                raise Problem(
                    422, f"upgrades: {chosen!r}: the level is low, mid, high or a number from 0 to 3"
                )
        if request.waterfall == 1:
            raise Problem(422, "waterfall: an interval needs at least 2 replications; 0 leaves it out")
        asked = Asked(
            plant=request.plant, model=declaration.model or declaration.plant, upgrades=tuple(request.upgrades),
            level=request.level, days=request.days, replications=request.replications, waterfall=request.waterfall,
            budget=request.budget_min,
        )  # fmt: skip
        number = await anyio.to_thread.run_sync(
            lambda: audit.begin(
                query.clock_ms(), caller.name, caller.client, "comparison", plant=request.plant,
                target=",".join(request.upgrades) or "all upgrades", value=request.level,
            )
        )  # fmt: skip
        status, outcome = 202, "started"
        try:
            return JsonResponse(_row(await comparisons.start(asked, caller.name)), 202)
        except AlreadyRunning as error:
            status, outcome = 409, str(error)
        except OSError as error:
            status, outcome = 503, f"the comparison was not started ({error}); free disk space and try again"
        finally:
            await anyio.to_thread.run_sync(audit.end, number, query.clock_ms(), status, outcome)
        raise Problem(status, outcome)

    @router.delete("/comparisons/{key}", response_model=shape.ComparisonAnswer, responses=refused)
    async def cancel(key: Id, caller: Annotated[Caller, Depends(requires(Role.OPERATOR))]) -> JsonResponse:
        """Cancel the comparison that runs."""
        found = known(key)
        number = await anyio.to_thread.run_sync(
            lambda: audit.begin(
                query.clock_ms(),
                caller.name,
                caller.client,
                "cancel comparison",
                plant=found.asked.plant,
                target=key,
            )
        )
        ended = await comparisons.cancel(key)
        status, outcome = (
            (200, "cancelled") if ended else (409, f"comparison {key} is {known(key).stage} already")
        )
        await anyio.to_thread.run_sync(audit.end, number, query.clock_ms(), status, outcome)
        if not ended:
            raise Problem(409, outcome)
        return JsonResponse(_row(known(key)))

    return router


def _row(one: Comparison) -> dict[str, Any]:
    asked = one.asked
    return {
        "id": one.id, "plant": asked.plant, "model": asked.model, "upgrades": list(asked.upgrades),
        "level": asked.level, "days": asked.days, "replications": asked.replications, "waterfall": asked.waterfall,
        "budget_min": asked.budget, "who": one.who, "begun": rfc3339(one.begun_ms),
        "ended": None if one.ended_ms is None else rfc3339(one.ended_ms), "stage": one.stage.value, "step": one.step,
        "done": one.done, "of": one.of, "detail": one.detail,
    }  # fmt: skip
