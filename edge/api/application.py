"""The FastAPI application: routes, problems, limits; what it serves is passed in."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from edge.api import problem
from edge.api.access import Tokens
from edge.api.allowance import Limits
from edge.api.audit_routes import audit_routes
from edge.api.body_limit import BodyLimit
from edge.api.command_routes import command_routes
from edge.api.comparison_routes import comparison_routes
from edge.api.dispatch import Dispatch
from edge.api.drill_routes import drill_routes
from edge.api.event_query import EventQuery
from edge.api.event_routes import event_routes
from edge.api.fault_routes import fault_routes
from edge.api.gate import Gate
from edge.api.health_routes import Checks, health_routes
from edge.api.measured_routes import measured_routes
from edge.api.query import Query
from edge.api.read_routes import read_routes
from edge.api.reconcile_routes import reconcile_routes
from edge.api.reference_routes import reference_routes
from edge.api.refusal import Refusals
from edge.api.schedule_routes import schedule_routes
from edge.api.stream_routes import stream_routes
from edge.api.upgrade_routes import upgrade_routes
from edge.collect import Link
from edge.comparison import Comparisons
from edge.health import Report
from edge.loops import Loops
from edge.measured import Measured
from edge.training.schedule import Schedule

MAX_BODY = 64 * 1024
_DESCRIPTION = """What the plants did and do: values, figures, history, and commands to them.

Times are RFC 3339 UTC; ranges are half-open; a moment may be written `now` or back from now, such as `-8h`.
Every figure carries its inputs; a figure that cannot be computed is null and says why. Errors are RFC 9457 problems.
"""


def application(
    query: Query,
    links: Callable[[], Sequence[Link]],
    dispatch: Dispatch,
    loops: Loops,
    comparisons: Comparisons,
    schedule: Schedule,
    *,
    tokens: Tokens,
    version: str,
    closing: asyncio.Event,
    checks: Checks = dict,
    counters: Callable[[], Mapping[str, float]] = dict,
    registries: Sequence[CollectorRegistry] = (),
    health: Callable[[], Report] = Report,
    max_range_days: float = 366.0,
    open_reading: bool = True,
    measured: Measured | None = None,
    limits: Limits | None = None,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
) -> FastAPI:
    """Build the application. `closing` ends streams when the service stops.

    `query` reads through the veil over the drills of `schedule`.
    `tokens` tell who asks; with `open_reading` (for a service that listens on loopback) reading needs none.
    """
    app = FastAPI(
        title="Smart factory edge", version=version, description=_DESCRIPTION, lifespan=lifespan,
 docs_url=None, redoc_url=None,
    )  # fmt: skip
    problem.install(app)
    refusals = Refusals(query.store, dispatch.audit, query.clock_ms)
    app.add_middleware(
        Gate, tokens=tokens, refusals=refusals, open_reading=open_reading, limits=limits or Limits()
    )
    app.add_middleware(BodyLimit, most=MAX_BODY)  # the outermost: it looks before anybody reads
    app.include_router(read_routes(query, max_range_days=max_range_days))
    app.include_router(event_routes(EventQuery(query, dispatch.audit), max_range_days=max_range_days))
    app.include_router(reconcile_routes(query, links, max_range_days=max_range_days))
    app.include_router(command_routes(query, dispatch))
    app.include_router(fault_routes(query, dispatch, max_range_days=max_range_days))
    app.include_router(schedule_routes(query, dispatch, schedule.drills))
    app.include_router(drill_routes(query, dispatch, schedule))
    app.include_router(upgrade_routes(query, dispatch, loops, max_range_days=max_range_days))
    app.include_router(comparison_routes(query, comparisons, dispatch.audit))
    app.include_router(measured_routes(measured or Measured()))
    app.include_router(audit_routes(query, dispatch.audit, tokens))
    app.include_router(stream_routes(query, closing))
    app.include_router(health_routes(query, checks, counters, registries, health))
    app.include_router(reference_routes(app))  # the last: it answers whatever is left below /api
    return app
