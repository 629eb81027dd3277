"""A discrete line: orders are released into stations along routes; the line tells why it does not produce."""

import math
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any

import simpy

from twin.model.changeover import Changeover
from twin.model.line import Line
from twin.model.line_unit import LineUnit
from twin.model.order import Order
from twin.model.part import SCRAP, Part
from twin.model.passage import go
from twin.model.release import Release
from twin.model.root_cause import root_cause
from twin.model.routing import check_routes, flows, upstream, with_detours
from twin.model.state import Reason, State
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.suspension import Suspension
from twin.model.tool import ToolShop
from twin.model.underway import Underway, place
from twin.model.unit import Unit


class DiscreteLine(Line):
    """Stations joined by routes.

    `routes` maps each product to the stations that it visits in turn. `orders` are made one after the other,
    released part by part whenever the first station of the route can take one; with `interarrival` (a drawer of
    seconds) parts come by themselves instead, and the first station needs an unlimited buffer. `changeover` empties
    the line between orders; with it, a `book` shows so many orders to come, and lets others choose the next. Rework
    goes to `bench`, whose good work is saved with probability `rework_success`.
    Stations that are visited on detours only are the line's as well.
    `pacing` names the station whose pace is the line's; a wait of a station becomes SUSPENDED exactly
    `wait_threshold` s after it began, so that a synchronous line is not suspended at every stroke. `others` are
    units without parts; a ToolShop among them maintains the tools that come off worn. No more than `wip_limit` parts
    are on the routes at a time (CONWIP, Spearman et al. 1990). With `transport` (a drawer of seconds) parts travel
    that long to stations with an unlimited buffer; a re-entrant route needs one of these on every loop. Parts
    `underway` are on their routes when the line starts.
    """

    kind = "discrete"

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        line_unit: LineUnit,
        routes: Mapping[str, Sequence[Station]],
        *,
        orders: Iterator[Order],
        pacing: str,
        interarrival: Callable[[], float] | None = None,
        changeover: Changeover | None = None,
        bench: Station | None = None,
        rework_success: float = 1.0,
        others: Sequence[Unit] = (),
        wait_threshold: float = 5.0,
        wip_limit: float = math.inf,
        transport: Callable[[], float] | None = None,
        underway: Iterable[Underway] = (),
        book: int = 0,
    ) -> None:
        check_routes(routes, arrivals=interarrival is not None, bench=bench)
        if not wip_limit >= 1:
            raise ValueError(f"wip_limit {wip_limit} must be at least 1 part, or math.inf")
        if not 0 <= rework_success <= 1:
            raise ValueError(f"rework_success {rework_success} must lie in 0..1")
        self.stations = with_detours(
            tuple(dict.fromkeys(station for route in routes.values() for station in route))
        )
        self.wip_limit = wip_limit
        self.transport = transport
        self.travelling = 0
        self._all = self.stations + ((bench,) if bench is not None else ())
        super().__init__(env, [line_unit, *self._all, *others], flows(routes, bench), pacing)
        for station in self._all:
            station.join(self)
            station.travels = transport is not None
        self.routes = {product: tuple(route) for product, route in routes.items()}
        self.suspension = Suspension(env, self._all, wait_threshold)
        self.open = False
        self.closed_for: str = Reason.NOT_SCHEDULED
        self.opening = env.event()
        self.started = 0
        self.good = 0
        self.scrapped = 0
        self.saved = 0  # by rework
        self.in_rework = 0
        self.wip = 0  # on the routes
        self._unit = line_unit
        self._bench = bench
        self._rework_success = rework_success
        self._rework_draw = streams.uniform("rework/success")
        paced = [station for station in self.stations if station.name == pacing]
        if not paced:
            raise ValueError(f"pacing {pacing!r} must be a station of a route")
        self._pacing = paced[0]
        self._upstream = upstream(routes)
        self._interarrival = interarrival
        self._underway = underway
        shops = [unit for unit in others if isinstance(unit, ToolShop)]
        self.release = Release(self, orders, changeover, shops[0] if shops else None, book)
        if interarrival is None:
            for route in routes.values():
                route[0].source = True

    def start(self) -> None:
        """Start every unit, the calendar, the watch over waits, and the first order."""
        super().start()
        self.env.process(self._run())

    @property
    def line_unit(self) -> LineUnit:
        """The line's own unit."""
        return self._unit

    # -- parts -----------------------------------------------------------------------------------------------

    def bring_in(
        self, product: str, route: tuple[Station, ...], quantity: float = 1.0, traits: Any = None
    ) -> Part:
        """Bring a new part into being; count it as started."""
        self.started += 1
        self.wip += 1
        return Part(product, route, self.env.now, quantity, traits)

    def carry(self, part: Part, target: Station) -> None:
        """Carry `part` to `target`, which has room."""
        assert self.transport is not None
        self.travelling += 1
        self.env.timeout(self.transport()).callbacks.append(lambda _: self._arrived(part, target))

    def _arrived(self, part: Part, target: Station) -> None:
        self.travelling -= 1
        target.offer(part)

    def leave(self, part: Part) -> None:
        """Count a part that leaves its route; send it to rework when that is the verdict."""
        unit = self._unit
        if part.route[0] is self._bench:
            self.in_rework -= 1
            if self._rework_draw() < self._rework_success:
                self.saved += 1
            else:
                self.scrapped += 1
                self._bench.count(scrapped=part.quantity)
            return
        self.wip -= 1
        unit.processed += part.quantity
        unit.scrapped += part.lost
        unit.touched = True
        if part.verdict == SCRAP:
            self.scrapped += 1
            unit.scrapped += part.quantity - part.lost
        elif part.verdict is not None:
            unit.reworked += part.quantity - part.lost
            if self._bench is None:
                self.saved += 1
            else:
                self.in_rework += 1
                part.route, part.step, part.verdict = (self._bench,), 0, None
                self._bench.offer(part)
        elif part.reworked:
            self.saved += 1
            unit.reworked += part.quantity - part.lost
        else:
            self.good += 1
            unit.reworked += part.redone
        if not self.wip:
            self.release.emptied()
        if self.wip + 1 >= self.wip_limit:
            for station in self.stations:
                if station.source and station.ready:
                    station.pull()

    # -- calendar and waits --------------------------------------------------------------------------------------

    def _run(self) -> Generator[simpy.Event, Any, None]:
        place(self, self._underway)
        if self._interarrival is None:
            self.release.begin()
        else:
            self.env.process(self._arrive(self._interarrival))
        self._follow()
        while True:
            yield self._unit.segment_changed
            self._follow()

    def _follow(self) -> None:
        segment = self._unit.segment
        if segment.busy:
            if not self.open:
                self.open = True
                for station in self._all:
                    station.reopen()
                opening, self.opening = self.opening, self.env.event()
                opening.succeed()
                self.resume()
                self.reconsider()
            return
        self.open = False
        self.closed_for = segment.reason
        go(self._unit, State.STOPPED, segment.reason)
        for station in self._all:
            station.close()

    def attend(self, seconds: float) -> Generator[simpy.Event, Any, None]:
        """Let `seconds` of attended work pass: people do it, and they pause when the line is closed."""
        unit = self._unit
        while True:
            there = unit.segment.end - self.env.now
            if not unit.segment.busy or there <= 0.0:
                yield unit.segment_changed
            elif seconds < there:
                yield self.env.timeout(seconds)
                break
            else:
                seconds -= there
                yield self.env.timeout(there)
        while not self.open:  # the calendar moved on at this very moment
            yield self.opening

    def resume(self) -> None:
        """Let every station pull, the last first."""
        for station in reversed(self._all):
            station.resume()

    def _arrive(self, interarrival: Callable[[], float]) -> Generator[simpy.Event, Any, None]:
        product, route = next(iter(self.routes.items()))
        while True:
            yield self.env.timeout(interarrival())
            route[0].offer(self.bring_in(product, route))

    # -- the line's own state ------------------------------------------------------------------------------------

    def reconsider(self) -> None:
        """Let the line's state tell why the pacing station does not produce; called when a station's state moves."""
        if not self.open:
            return
        pacing = self._pacing
        if pacing.capacity != self._unit.capacity:
            self._unit.set_capacity(pacing.capacity)
        if pacing.state is State.EXECUTE:
            go(self._unit, State.EXECUTE, Reason.PRODUCTION)
            return
        cause = root_cause(pacing, self._upstream)
        if cause is not None:
            go(self._unit, *cause)

    # -- balances ----------------------------------------------------------------------------------------------

    def balances(self) -> dict[str, float]:
        """Return the closure of pieces (counted where they are) and of every unit's time, relative."""
        there = self.travelling + sum(
            len(station.inbox) + station.busy - station.serviced for station in self.stations
        )
        rework = len(self._bench.inbox) + self._bench.busy if self._bench is not None else 0
        out = self.good + self.scrapped + self.saved
        elapsed = max(self.env.now, 1e-9)
        time = 0.0
        for unit in self.units:
            spent = sum(value for key, value in unit.account().items() if key.startswith("seconds/"))
            time = max(time, abs(spent - self.env.now) / elapsed)
        return {"pieces": abs(self.started - out - rework - there) / max(self.started, 1), "time": time}
