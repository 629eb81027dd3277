"""The reading half of the API: plants, tags, values, figures, history."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path
from fastapi import Query as Parameter
from fastapi.responses import Response

from edge.api import answer
from edge.api.export import TABLES, Form, chosen_form, table_response
from edge.api.export_query import ExportQuery
from edge.api.json_response import JsonResponse, items
from edge.api.problem import PROBLEM_RESPONSES, Problem
from edge.api.query import Query, describe_tag, display_unit
from edge.api.time_range import TimeRange, rfc3339, span, time_range
from edge.api.windows import WindowKind
from edge.store.together import intervals_of
from twin.model.state import State

PlantName = Annotated[str, Path(max_length=100, description="plant", examples=["stamping"])]
Start = Annotated[
    str, Parameter(max_length=40, description="RFC 3339 with zone, or back from now: -8h", examples=["-8h"])
]
End = Annotated[
    str, Parameter(max_length=40, description="RFC 3339 with zone, now, or -1h", examples=["now"])
]
Scope = Annotated[
    str, Parameter(max_length=200, description="unit name or path; the line when empty", examples=["op10"])
]
AsForm = Annotated[
    Form | None,
    Parameter(
        alias="format", description="csv or parquet for a file of any length; wins over the header Accept"
    ),
]
Accept = Annotated[str, Header(max_length=500, include_in_schema=False)]


def read_routes(query: Query, *, max_range_days: float) -> APIRouter:
    """Build the routes that answer from `query`; they run in the thread pool and never block the event loop."""
    router = APIRouter(prefix="/api/v1", responses=PROBLEM_RESPONSES)
    export = ExportQuery(query)

    def ranged(start: str, end: str) -> TimeRange:
        return time_range(start, end, query.clock_ms(), max_days=max_range_days)

    @router.get("/status", tags=["plants"], response_model=answer.StatusAnswer)
    def status() -> JsonResponse:
        """Tell how far each plant's history has come, for progress bars."""
        plants = [query.status(declaration) for declaration in query.store.declarations()]
        return JsonResponse({"plants": plants, "waiting": query.waiting()})

    @router.get("/plants", tags=["plants"], response_model=answer.Items[answer.PlantAnswer])
    def plants() -> JsonResponse:
        """List the plants with status, lag and headline figures."""
        return items(query.plants())

    @router.get("/plants/{plant}", tags=["plants"], response_model=answer.PlantAnswer)
    def plant_of(plant: PlantName) -> JsonResponse:
        """Show one plant."""
        return JsonResponse(query.plant(query.declaration(plant)))

    @router.get("/plants/{plant}/declaration", tags=["plants"])
    def declaration(plant: PlantName) -> dict[str, Any]:
        """Give the declaration as the plant sent it: units, tags, flows, configuration, seed, epoch."""
        found: dict[str, Any] = json.loads(query.declaration(plant).to_json())
        return found

    @router.get("/plants/{plant}/units", tags=["plants"], response_model=answer.Items[answer.UnitAnswer])
    def units(plant: PlantName) -> JsonResponse:
        """List the units with their present states."""
        declared = query.declaration(plant)
        newest = query.store.last(
            [f"{unit.path}/{tag}" for unit in declared.units for tag in ("state", "reason")]
        )
        now = query.clock_ms()
        states = intervals_of(query.store, [unit.path for unit in declared.units], now - 1, now)
        found = []
        for unit in declared.units:
            state, reason = newest.get(f"{unit.path}/state"), newest.get(f"{unit.path}/reason")
            running = states[unit.path]
            found.append(
                {
                    "name": unit.name, "title": unit.title, "role": unit.role, "kind": unit.kind, "path": unit.path,
                    "count_unit": display_unit(unit.count_unit), "tags": len(unit.tags),
                    "state": None if state is None else State(int(float(state.value))).name.lower(),
                    "reason": None if reason is None else str(reason.value),
                    "since": rfc3339(running[-1].start_ms) if running else None,
                }
            )  # fmt: skip
        return items(found)

    @router.get("/plants/{plant}/tags", tags=["values"], response_model=answer.Items[answer.TagAnswer])
    def tags(plant: PlantName, unit: Scope = "") -> JsonResponse:
        """List the tags, of the plant or of one unit, with units of measure, ranges and limits."""
        declared = query.declaration(plant)
        chosen = [query.unit(declared, unit)] if unit else declared.units
        return items([describe_tag(one, tag) for one in chosen for tag in one.tags])

    @router.get("/plants/{plant}/values", tags=["values"], response_model=answer.Items[answer.ValueAnswer])
    def values(
        plant: PlantName,
        unit: Annotated[
            list[str] | None, Parameter(max_length=100, description="unit names; all when missing")
        ] = None,
    ) -> JsonResponse:
        """Give the newest value of every tag in one answer."""
        declared = query.declaration(plant)
        measure = {
            f"{one.path}/{tag.name}": display_unit(tag.unit) for one in declared.units for tag in one.tags
        }
        return items(
            [
                {
                    "path": sample.path, "value": sample.value, "unit": measure[sample.path],
                    "time": rfc3339(sample.time_ms), "quality": sample.quality,
                }
                for sample in query.latest(declared, unit or ()).values()
            ]
        )  # fmt: skip

    @router.get(
        "/plants/{plant}/series", tags=["values"], response_model=answer.SeriesAnswer, responses=TABLES
    )
    def series(
        plant: PlantName,
        path: Annotated[
            str, Parameter(max_length=200, description="tag: unit/tag or full path", examples=["op10/state"])
        ],
        start: Start = "-8h",
        end: End = "now",
        every: Annotated[
            str, Parameter(description="bucket, e.g. 10s, or raw; wins over points", max_length=12)
        ] = "",
        points: Annotated[int, Parameter(ge=2, le=10_000, description="about so many buckets")] = 600,
        asked: AsForm = None,
        accept: Accept = "",
    ) -> Response:
        """Give the trend of one tag: low, mean, high and last of each bucket, or raw samples."""
        width = None if not every else 0 if every == "raw" else span(every, "every")
        form = chosen_form(asked, accept)
        if form is not Form.JSON:
            schema, parts = export.series(
                query.declaration(plant), path, ranged(start, end), points=points, every_ms=width
            )
            return table_response(parts, schema, form, f"{plant}_{path}")
        return JsonResponse(
            query.series(query.declaration(plant), path, ranged(start, end), points=points, every_ms=width)
        )

    @router.get("/plants/{plant}/kpis", tags=["figures"], response_model=answer.KpiAnswer, responses=TABLES)
    def kpis(
        plant: PlantName,
        scope: Scope = "",
        window: WindowKind = WindowKind.TOTAL,
        start: Start = "-8h",
        end: End = "now",
        utc_offset: Annotated[
            float | None,
            Parameter(ge=-12, le=14, description="hours from UTC to the local day of window=day"),
        ] = None,
        figures: Annotated[
            str,
            Parameter(
                max_length=500,
                description="names, separated by commas; all when empty",
                examples=["availability,oee_index"],
            ),
        ] = "",
        asked: AsForm = None,
        accept: Accept = "",
    ) -> Response:
        """Give the figures of a unit or the line, with inputs, formula and, where one is null, the reason."""
        declared = query.declaration(plant)
        unit = query.unit(declared, scope)
        only = [name.strip() for name in figures.split(",") if name.strip()]
        form = chosen_form(asked, accept)
        if form is not Form.JSON:
            schema, parts = export.figures(declared, unit, window, ranged(start, end), utc_offset, only)
            return table_response(parts, schema, form, f"{plant}_{unit.name}_{window.value}")
        found = query.kpis(declared, unit, window, ranged(start, end), utc_offset, only)
        return JsonResponse({"plant": plant, "scope": unit.path, "window": window.value, "windows": found})

    @router.get("/plants/{plant}/losses", tags=["figures"], response_model=answer.LossAnswer)
    def losses(plant: PlantName, scope: Scope = "", start: Start = "-8h", end: End = "now") -> JsonResponse:
        """Give the six big losses, largest first."""
        declared = query.declaration(plant)
        return JsonResponse({"plant": plant} | query.losses(query.unit(declared, scope), ranged(start, end)))

    @router.get("/plants/{plant}/energy", tags=["figures"], response_model=answer.EnergyAnswer)
    def energy(plant: PlantName, start: Start = "-8h", end: End = "now") -> JsonResponse:
        """Give energy by carrier and power state, the quarter-hour peak, CO2 and specific energy."""
        return JsonResponse(query.energy(query.declaration(plant), ranged(start, end)))

    @router.get(
        "/plants/{plant}/intervals", tags=["history"], response_model=answer.Items[answer.IntervalAnswer]
    )
    def intervals(
        plant: PlantName, scope: Scope = "", start: Start = "-8h", end: End = "now"
    ) -> JsonResponse:
        """List the states of one unit, oldest first, not clipped to the range."""
        where = query.unit(query.declaration(plant), scope).path
        found = query.intervals(where, ranged(start, end))
        if len(found) > query.max_points:
            raise Problem(422, f"start: more than {query.max_points} intervals; ask for a shorter range")
        return items(found)

    @router.get("/plants/{plant}/orders", tags=["history"], response_model=answer.Items[answer.OrderAnswer])
    def orders(plant: PlantName, start: Start = "-24h", end: End = "now") -> JsonResponse:
        """List the production orders that overlap the range, oldest first."""
        return items(query.orders(query.declaration(plant), ranged(start, end))[-query.max_points :])

    return router
