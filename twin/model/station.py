"""A station of a discrete line: takes parts in, works on them, passes them on, stops, and waits."""

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, ClassVar

import simpy

from twin.model.buffer import Buffer
from twin.model.completion import Completion
from twin.model.cycle import Cycle
from twin.model.failure import Crew, Stop, StopMode
from twin.model.part import REWORK, SCRAP, Part
from twin.model.quality import DefectCause, Defects, Inspection
from twin.model.signal import Signal
from twin.model.standstill import Standstill
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.supply import Supply
from twin.model.tag import Kind, Tag
from twin.model.tool import Tooling

_EXECUTE = State.EXECUTE  # the hot path: looking a member up in an Enum costs as much as a call


class Station(Standstill):
    """A station with `places` parallel places that share one input buffer of `buffer` parts.

    `stops` are its stop modes, `causes` what spoils parts here; `inspection` judges them; `supplies` are taken from
    for every part; `crew` clears crewed stops. A finished part stays on its place until the next station of its
    route takes it (blocking after service). Plants override `work` and `prepare`, and list in `signals` what `work`
    measures.

    `pace` multiplies the cycle time: a product's own rate. `operating` counts seconds of operation, summed over
    the places. `normal` draws standard normal numbers for `work`.
    """

    signals: ClassVar[tuple[Signal, ...]] = ()

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        name: str,
        *,
        cycle: Cycle,
        places: int = 1,
        buffer: float = 0,
        stops: Sequence[StopMode] = (),
        causes: Sequence[DefectCause] = (),
        inspection: Inspection | None = None,
        supplies: Sequence[Supply] = (),
        crew: Crew | None = None,
        title: str = "",
        kind: str = "station",
        power: Mapping[str, Mapping[str, float]] | None = None,
        ideal_cycle_time: float | None = None,
        count_unit: str = "{piece}",
    ) -> None:
        try:
            self.inbox = Buffer(buffer)
        except ValueError as error:
            raise ValueError(f"station {name}: {error}") from None
        super().__init__(
            env, name, places=places, title=title, kind=kind, power=power, count_unit=count_unit,
            ideal_cycle_time=ideal_cycle_time or cycle.mean / max(places, 1),
        )  # fmt: skip
        self.pace = 1.0
        self.operating = 0.0
        self.source = False  # takes parts from the line's orders
        self.supplies = tuple(supplies)
        for supply in self.supplies:
            if supply.station is not None:
                raise ValueError(f"station {name}: supply {supply.name} already serves {supply.station.name}")
            supply.station = self
        self.inspection = inspection
        self.tooling: Tooling | None = None
        self.normal = streams.normal(f"{name}/work")
        self._draw_cycle = cycle.drawer(streams, name)
        self._works = type(self).work is not Station.work
        self._judge = streams.uniform(f"{name}/inspection")
        self.stops = [Stop(mode, name, streams, places) for mode in stops]
        self._symptomatic = [stop for stop in self.stops if stop.mode.symptoms]
        self._defects = [Defects(cause, name, streams) for cause in causes]
        self._next_stop = math.inf
        self.aim()
        self._crew = crew
        self._at_completion: list[Callable[[Any], None]] = [self._complete]

    def mount(self, tooling: Tooling) -> None:
        """Let products bring tools; their events are a stop of this station."""
        self.tooling = tooling
        self.stops.append(tooling)
        self.aim()

    @property
    def tool_wear(self) -> float:
        """Age of the mounted tool as a share of its maintenance interval, 0 without tools."""
        return self.tooling.worn(self.operating) if self.tooling is not None else 0.0

    # -- for plants to override ----------------------------------------------------------------------------

    def work(self, part: Part) -> None:
        """Do what this station does to `part`, at the end of its cycle; the default does nothing."""

    def prepare(self, product: str) -> None:
        """Be set up for `product` at the end of a changeover, and at the first order."""
        if self.tooling is not None:
            self.tooling.mount(product, self.operating)
        for stop in self._symptomatic:
            if stop.told:
                stop.renew(self.operating)
        self.aim()

    def own_tags(self) -> tuple[Tag, ...]:
        """Return signals, symptoms, the tool's wear, the level of the input buffer, and the stock of supplies."""
        tags = [signal.tag(self) for signal in self.signals]
        for stop in self.stops:
            tags += stop.tags()
        if self.inbox.capacity > 0:
            tags.append(
                Tag(name="buffer", kind=Kind.MEASURE, unit=self.count_unit, low=0, deadband=0.5,
                    read=lambda: len(self.inbox), description="parts waiting in front of the station")
            )  # fmt: skip
        if self.tooling is not None:
            tags.append(
                Tag(name="tool_wear", kind=Kind.MEASURE, low=0, high=20, deadband=0.01, read=lambda: self.tool_wear,
                    description="tool age, share of its maintenance interval")
            )  # fmt: skip
        tags += [supply.tag() for supply in self.supplies]
        return tuple(tags)

    # -- flow: the hot path ----------------------------------------------------------------------------------

    def offer(self, part: Part) -> bool:
        """Take `part` in if there is room; return whether it was taken."""
        items = self.inbox.items
        if self.busy < self.places and self.ready and not items and (not self.supplies or self._supplied()):
            self._start(part)
            return True
        if len(items) < self.inbox.capacity > 0:
            items.append(part)
            self.touched = True
            return True
        return False

    def pull(self) -> None:
        """Begin whatever can begin now; else wait."""
        inbox = self.inbox
        while self.busy < self.places:
            if not self.ready:
                self.rest()
                return
            if inbox.items:
                if self.supplies and not self._supplied():
                    return
                self._start(inbox.items.popleft())
                if inbox.donors:
                    donor, following = inbox.donors.popleft()
                    inbox.items.append(following)
                    donor.freed()
            elif inbox.donors:
                if self.supplies and not self._supplied():
                    return
                donor, part = inbox.donors.popleft()
                self._start(part)
                donor.freed()
            elif self.source and self.line.release.has_next(self):
                if self.supplies and not self._supplied():
                    return
                self._start(self.line.release.next_part())
            else:
                if not self.active and self.ready:
                    self.wait(Reason.STARVED)
                return

    def freed(self) -> None:
        """Give the place back whose part has just been taken."""
        self.busy -= 1
        self.pull()

    def _start(self, part: Part) -> None:
        self.busy += 1
        self.active += 1
        self.waiting_since = -1.0
        if self.state is not _EXECUTE:
            self.move(_EXECUTE, Reason.PRODUCTION)
        cycle = self._draw_cycle() * self.pace
        operating = self.operating + cycle
        if operating < self._next_stop:
            self.operating = operating
            Completion(self.env, cycle, part, self._at_completion)
        else:
            self.env.process(self._interrupted(part, cycle))

    def _complete(self, completion: Completion) -> None:
        part = completion.part
        self.active -= 1
        self.processed += 1.0
        self.touched = True
        for stop in self._symptomatic:
            stop.measure(self.operating)
        if self._works:
            self.work(part)
        for defects in self._defects:
            defects.left -= 1
            if not defects.left and defects.strikes():
                part.spoil(self, defects.name)
        if self.inspection is not None and part.defect is not None:
            self._inspect(part, self.inspection)
        step = part.step + 1
        if part.verdict is not None or step == len(part.route):
            self.busy -= 1
            self.line.leave(part)
        else:
            part.step = step
            target = part.route[step]
            if target.offer(part):
                self.busy -= 1
            else:
                target.inbox.donors.append((self, part))
                self.blocked_at = target
                if not self.active and self.busy == self.places:
                    self.wait(Reason.BLOCKED)
                    return
        self.pull()

    def _inspect(self, part: Part, inspection: Inspection) -> None:
        if self._judge() < inspection.detection:
            origin = part.origin or self
            scrap = self._judge() < inspection.scrap_share.get(origin.name, 1.0)
            part.verdict = SCRAP if scrap else REWORK
            origin.count(scrapped=float(scrap), reworked=float(not scrap))

    def _supplied(self) -> bool:
        """Take one part's worth of every supply; wait and return False when one is missing."""
        for supply in self.supplies:
            if not supply.stock:
                if not self.active:
                    self.wait(f"{Reason.WAITING}:{supply.name}")
                return False
        for supply in self.supplies:
            supply.take()
        return True

    # -- stops -----------------------------------------------------------------------------------------------

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
