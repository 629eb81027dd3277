"""Routes through stations: checked, and seen as flows and as neighbours."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from twin.model.line import Flow
from twin.model.station import Station


def check_routes(routes: Mapping[str, Sequence[Station]], *, arrivals: bool, bench: Station | None) -> None:
    """Refuse routes that cannot work; raises ValueError that names the route and the remedy.

    `arrivals` says that parts come by themselves, `bench` where rework goes.
    """
    if not routes:
        raise ValueError("routes: none given; a discrete line needs at least one product with a route")
    called: dict[str, Station] = {}
    for product, route in routes.items():
        for station in route:
            if not isinstance(station, Station):
                raise ValueError(f"routes: product {product!r} visits {station!r}, which is no Station")
            if called.setdefault(station.name, station) is not station:
                raise ValueError(
                    f"routes: two stations are called {station.name!r}; give each a name of its own"
                )
        if not route:
            raise ValueError(f"routes: product {product!r} visits no station; name at least one")
        _check_loops(product, route)
        if arrivals and not math.isinf(route[0].inbox.capacity):
            raise ValueError(
                f"station {route[0].name}: parts that come by themselves need an unlimited buffer (math.inf) here"
            )
        if bench is not None and bench in route:
            raise ValueError(f"bench {bench.name}: must not be a station of the route of {product!r}")
    if bench is not None and not math.isinf(bench.inbox.capacity):
        raise ValueError(f"bench {bench.name}: needs an unlimited buffer (math.inf)")


def _check_loops(product: str, route: Sequence[Station]) -> None:
    """Refuse a loop in which every buffer is finite: once all are full, nothing moves any more."""
    last: dict[str, int] = {}
    for step, station in enumerate(route):
        first = last.get(station.name)
        if first is not None:
            loop = route[first + 1 : step + 1]
            if not any(math.isinf(before.inbox.capacity) for before in loop):
                names = " -> ".join(before.name for before in (station, *loop))
                raise ValueError(
                    f"routes: product {product!r} runs in a loop {names} whose buffers are all finite and can "
                    f"block one another for ever; give one of them an unlimited buffer (math.inf)"
                )
        last[station.name] = step


def flows(routes: Mapping[str, Sequence[Station]], bench: Station | None) -> list[Flow]:
    """Return each pair of neighbours once, supplies, the flow from inspections to `bench`, the ways of detours."""
    found: dict[tuple[str, str], Flow] = {}
    for route in routes.values():
        for source, target in pairwise(route):
            capacity = target.inbox.capacity
            finite = 0.0 if math.isinf(capacity) else capacity
            buffer = f"{target.name}/buffer" if capacity else ""
            found.setdefault((source.name, target.name), Flow(source.name, target.name, "", buffer, finite))
        for station in route:
            for supply in station.supplies:
                for unit in supply.sources:
                    found.setdefault((unit.name, station.name), Flow(unit.name, station.name, supply.name))
            if bench is not None and station.inspection is not None:
                flow = Flow(station.name, bench.name, "rework", f"{bench.name}/buffer")
                found.setdefault((station.name, bench.name), flow)
            if station.detour is not None:
                for source, target in pairwise((station, *station.detour.stations, station)):
                    flow = Flow(source.name, target.name, "rework")
                    found.setdefault((source.name, target.name), flow)
    return list(found.values())


def with_detours(stations: Sequence[Station]) -> tuple[Station, ...]:
    """Return `stations` and, behind them, those that their detours visit besides."""
    detours = [station.detour for station in stations if station.detour is not None]
    return tuple(dict.fromkeys([*stations, *(station for detour in detours for station in detour.stations)]))


def upstream(routes: Mapping[str, Sequence[Station]]) -> dict[str, tuple[Station, ...]]:
    """Return the stations right before each station, by its name."""
    found: dict[str, dict[Station, None]] = {}
    for route in routes.values():
        found.setdefault(route[0].name, {})
        for before, station in pairwise(route):
            found.setdefault(station.name, {})[before] = None
        for station in with_detours(route):
            found.setdefault(station.name, {})
    return {name: tuple(stations) for name, stations in found.items()}
