"""What was measured in the lab beforehand, through the API: plants against themselves, and the survey."""

from typing import Annotated

from fastapi import APIRouter, Path

from edge.api.answer import Items
from edge.api.json_response import JsonResponse, items
from edge.api.problem import PROBLEM_RESPONSES, Problem
from edge.measured import FoundSurvey, Measured, Run, RunSummary

_EXPLAINS = set(Run.model_fields) - set(RunSummary.model_fields)


def measured_routes(measured: Measured) -> APIRouter:
    """Build the routes of results that were made beforehand: none of them tells of what runs now."""
    router = APIRouter(prefix="/api/v1", responses=PROBLEM_RESPONSES, tags=["comparisons"])

    @router.get("/gains", response_model=Items[RunSummary])
    def runs() -> JsonResponse:
        """List the plants that were measured against themselves before this version was shipped, not live."""
        return items([run.model_dump(exclude=_EXPLAINS) for run in measured.runs()])

    @router.get("/gains/{plant}", response_model=Run)
    def run(
        plant: Annotated[str, Path(max_length=100, description="plant", examples=["stamping"])],
    ) -> JsonResponse:
        """Give what was measured of one plant, with OEE, payback and what each upgrade adds to all the others."""
        found = measured.run(plant)
        if found is None:
            raise Problem(404, f"nothing was measured of {plant!r}; GET /api/v1/gains lists what was")
        return JsonResponse(found.model_dump())

    @router.get("/survey", response_model=FoundSurvey)
    def survey() -> JsonResponse:
        """Give the survey of simulated projects: one's own, else the one that this version was shipped with."""
        return JsonResponse(measured.survey().model_dump())

    return router
