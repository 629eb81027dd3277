"""How a station is stopped: in the middle of a cycle, until somebody has cleared it."""

import math
from collections.abc import Generator, Sequence
from typing import Any

import simpy

from twin.model.completion import Completion
from twin.model.failure import Choice, Crew, Stop, StopMode, choose
from twin.model.part import Part
from twin.model.standstill import Standstill
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.tool import Tooling


class Stoppable(Standstill):
    """A station with `stops`, counted in `operating` seconds summed over its places; one stop stops them all.

    `crew` clears crewed stops. Tools that products bring along are mounted with `mount`.
    """

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        name: str,
        *,
        stops: Sequence[StopMode],
        crew: Crew | None,
        places: int,
        **options: Any,
    ) -> None:
        super().__init__(env, name, places=places, **options)
        self.operating = 0.0
        self.tooling: Tooling | None = None
        self.stops = [Stop(mode, name, streams, places) for mode in stops]
        self._symptomatic = [stop for stop in self.stops if stop.mode.symptoms]
        self._next_stop = math.inf
        self._crew = crew
        self.aim()

    def mount(self, tooling: Tooling) -> None:
        """Let products bring tools; their events are a stop of this station."""
        self.tooling = tooling
        self.stops.append(tooling)
        self.aim()

    @property
    def tool_wear(self) -> float:
        """Age of the mounted tool as a share of its maintenance interval, 0 without tools."""
        return self.tooling.worn(self.operating) if self.tooling is not None else 0.0

    def prepare(self, product: str) -> None:
        """Be set up for `product` at the end of a changeover, and at the first order."""
        if self.tooling is not None:
            self.tooling.mount(product, self.operating)
        for stop in self._symptomatic:
            if stop.told:
                stop.renew(self.operating)
        self.aim()

    def stop(self, mode: str) -> Stop:
        """Return the stop called `mode`; raises ValueError."""
        for stop in self.stops:
            if stop.mode.name == mode:
                return stop
        known = ", ".join(stop.mode.name for stop in self.stops) or "none"
        raise ValueError(f"station {self.name} has no stop {mode!r}; it has: {known}")

    def hasten(self, mode: str, factor: float) -> None:
        """Let the stop `mode` come `factor` times as fast as usual from now on (1: as usual); for faults."""
        self.stop(mode).hasten(self.operating, factor)
        self.aim()

    def tune(self, *, pace: float = 1.0, lasting: float = 1.0, modes: Choice = None) -> None:
        """Let the stops `modes` come `pace` times as fast and last `lasting` times as long as their modes say.

        For upgrades: a fault multiplies this. What is left out is as the mode says. `modes` are names, or what
        tells of a StopMode whether it is meant; None: all.
        """
        for stop in self._chosen(self.stops, modes):
            stop.tune(self.operating, pace=pace, lasting=lasting)
        self.aim()

    def _chosen(self, stops: Sequence[Stop], modes: Choice) -> list[Stop]:
        try:
            return choose(stops, modes)
        except ValueError as error:
            raise ValueError(f"station {self.name} has {error}") from None

    def aim(self) -> None:
        """Look for the next stop anew, after a change of the stops."""
        self._next_stop = min((stop.at for stop in self.stops), default=math.inf)

    def _interrupted(self, part: Part, cycle: float) -> Generator[simpy.Event, Any, None]:
        """Work a cycle in which a stop falls due."""
        left = cycle
        while self.operating + left >= self._next_stop and not self.down:
            stop_at = self._next_stop
            ahead = min(max(stop_at - self.operating, 0.0), left)
            yield self.env.timeout(ahead)
            self.operating = max(self.operating + ahead, stop_at)
            left -= ahead
            if self.operating >= self._next_stop and not self.down:
                yield from self._stand(min(self.stops, key=lambda stop: stop.at))
        rest = Completion(self.env, left, part, [])
        yield rest
        self.operating += left
        self._complete(rest)

    def _stand(self, stop: Stop) -> Generator[simpy.Event, Any, None]:
        self.down = True
        self.ready = False
        self.waiting_since = -1.0
        self.move(stop.state, stop.reason)
        crew = self._crew if stop.mode.crewed else None
        if crew is not None:
            yield from crew.join()
        yield from self.line.attend(stop.duration())
        if crew is not None:
            crew.leave()
        stop.renew(self.operating)
        self.aim()
        self.touched = True
        self.down = False
        self.ready = True
        self.move(State.EXECUTE, Reason.PRODUCTION)
        if self.places > 1:
            self.pull()

    def _complete(self, completion: Completion) -> None:
        """Do what comes at the end of a cycle."""
        raise NotImplementedError
