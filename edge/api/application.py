"""The FastAPI application: routes, problems, limits; what it serves is passed in."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from edge.api import problem
from edge.api.body_limit import BodyLimit
from edge.api.command_routes import command_routes, operator_only
from edge.api.dispatch import Dispatch
from edge.api.fault_routes import fault_routes
from edge.api.health_routes import Checks, health_routes
from edge.api.query import Query
from edge.api.read_routes import read_routes
from edge.api.reconcile_routes import reconcile_routes
from edge.api.reference_routes import reference_routes
from edge.api.stream_routes import stream_routes
from edge.api.upgrade_routes import upgrade_routes
from edge.collect import Link
from edge.loops import Loops

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
    *,
    token: str,
    version: str,
    closing: asyncio.Event,
    checks: Checks = dict,
    counters: Callable[[], Mapping[str, float]] = dict,
    registries: Sequence[CollectorRegistry] = (),
    max_range_days: float = 366.0,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
) -> FastAPI:
    """Build the application. `token` lets an operator write; `closing` ends streams when the service stops."""
    app = FastAPI(
        title="Smart factory edge", version=version, description=_DESCRIPTION, lifespan=lifespan,
 docs_url=None, redoc_url=None,
    )  # fmt: skip
    problem.install(app)
    app.add_middleware(BodyLimit, most=MAX_BODY)
    app.include_router(read_routes(query, max_range_days=max_range_days))
    app.include_router(reconcile_routes(query, links, max_range_days=max_range_days))
    operator = operator_only(query, token)
    app.include_router(command_routes(query, dispatch, operator))
    app.include_router(fault_routes(query, dispatch, operator, max_range_days=max_range_days))
    app.include_router(upgrade_routes(query, dispatch, loops, operator, max_range_days=max_range_days))
    app.include_router(stream_routes(query, closing))
    app.include_router(reference_routes(app))
    app.include_router(health_routes(query, checks, counters, registries))
    return app
