"""A station of a discrete line: takes parts in, works on them, passes them on, stops, and waits."""

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import simpy

from twin.model.buffer import Buffer
from twin.model.completion import Completion
from twin.model.cycle import Cycle
from twin.model.failure import Crew, StopMode
from twin.model.part import Part
from twin.model.quality import DefectCause, Inspection
from twin.model.quality_gate import QualityGate
from twin.model.set_point import SetPoint
from twin.model.signal import Signal
from twin.model.standby import Sleep, Standby
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.supply import Supply
from twin.model.tag import Kind, Tag

if TYPE_CHECKING:
    from twin.model.discrete_line import DiscreteLine

_EXECUTE = State.EXECUTE  # the hot path: looking a member up in an Enum costs as much as a call


class Station(QualityGate):
    """A station with `places` parallel places that share one input buffer of `buffer` parts.

    `stops` are its stop modes, `causes` what spoils parts here; `inspection` judges them; `supplies` are taken from
    for every part; `crew` clears crewed stops. A finished part stays on its place until the next station of its
    route takes it (blocking after service). Plants override `work`, `content` and `prepare`, list in `signals` what
    `work` measures, and in `set_points` what it obeys. Parts that its inspection wants reworked go back over the
    stations of `detour`, if given.

    `standby` lets it sleep while it has nothing to do. `pace` multiplies the cycle time: a product's own rate; so does
    `tempo`, for upgrades. `normal` draws standard normal numbers for `work`.
    """

    signals: ClassVar[tuple[Signal, ...]] = ()
    set_points: ClassVar[tuple[SetPoint, ...]] = ()
    _selects = False  # takes parts out of turn

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
        standby: Standby | None = None,
        supplies: Sequence[Supply] = (),
        crew: Crew | None = None,
        causes: Sequence[DefectCause] = (),
        inspection: Inspection | None = None,
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
            env, streams, name, stops=stops, crew=crew, places=places, causes=causes, inspection=inspection,
            title=title, kind=kind, power=power,
            count_unit=count_unit, ideal_cycle_time=ideal_cycle_time or cycle.mean / max(places, 1),
        )  # fmt: skip
        self.pace = 1.0
        self.tempo = 1.0
        self.source = False  # takes parts from the line's orders
        self.travels = False  # its parts need time to get to the next station
        self.supplies = tuple(supplies)
        for supply in self.supplies:
            if supply.station is not None:
                raise ValueError(f"station {name}: supply {supply.name} already serves {supply.station.name}")
            supply.station = self
        self.sleep: Sleep | None = None
        self._standby = standby
        self.normal = streams.normal(f"{name}/work")
        self._cycle = cycle
        self._draw_cycle = self._usual_cycle = cycle.drawer(streams, name)
        self._works = type(self).work is not Station.work
        self._weighs = type(self).content is not Station.content
        self._at_completion: list[Callable[[Any], None]] = [self._complete]

    # -- for plants to override ----------------------------------------------------------------------------

    def work(self, part: Part) -> None:
        """Do what this station does to `part`, at the end of its cycle; the default does nothing."""

    def content(self, part: Part) -> float:
        """Return the work that `part` brings, as a multiple of the cycle time; the default is 1."""
        return 1.0

    def has_worked_on(self, part: Part) -> None:
        """Do to `part` what this station did to it before the run began; its `work` must count nothing.

        Nothing of it was found bad.
        """
        if self._works:
            self.work(part)
        part.defect = part.origin = None

    def vary(self, cv: float) -> None:
        """Let cycles to come scatter with coefficient of variation `cv` about the usual mean; for upgrades."""
        self._draw_cycle = self._cycle.varied(self._usual_cycle, cv)

    def own_tags(self) -> tuple[Tag, ...]:
        """Return signals, set points, symptoms, services, tool wear, the level of the buffer, the stock of supplies."""
        tags = [signal.tag(self) for signal in self.signals]
        tags += [point.tag(self) for point in self.set_points]
        for stop in self.stops:
            tags += stop.tags()
        tags += [service.tag() for service in self.services]
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
        if self.sleep is not None:
            tags.append(self.sleep.tag())
        return tuple(tags)

    def join(self, line: "DiscreteLine") -> None:
        """Become a station of `line`."""
        super().join(line)
        if self._standby is not None:
            self.sleep = Sleep(self, self._standby)

    def move(self, state: State, reason: str) -> None:
        """Move to `state`; sleep or not, as it says."""
        super().move(state, reason)
        if self.sleep is not None:
            self.sleep.follow()

    # -- flow: the hot path ----------------------------------------------------------------------------------

    def offer(self, part: Part) -> bool:
        """Take `part` in if there is room; return whether it was taken."""
        items = self.inbox.items
        if (
            self.busy < self.places
            and self.ready
            and not items
            and (not self.supplies or self._supplied(part))
        ):
            self.begin(part)
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
                place = self._select(inbox.items) if self._selects else 0
                if self.supplies and not self._supplied(inbox.items[place]):
                    return
                part = inbox.items[place]
                del inbox.items[place]
                self.begin(part)
                if inbox.donors and len(inbox.items) < inbox.capacity:
                    donor, following = inbox.donors.popleft()
                    inbox.items.append(following)
                    donor.freed(following)
            elif inbox.donors:
                if self.supplies and not self._supplied(inbox.donors[0][1]):
                    return
                donor, part = inbox.donors.popleft()
                self.begin(part)
                donor.freed(part)
            elif self.source and self.line.release.has_next(self):
                if self.supplies and not self._supplied(None):
                    return
                self.begin(self.line.release.next_part())
            else:
                if not self.active and self.ready:
                    self.wait(Reason.STARVED)
                return

    def freed(self, part: Part) -> None:
        """Give the place back that held `part`, which has just been taken."""
        self._let_go(part)
        self.pull()

    def _let_go(self, part: Part) -> None:
        self.busy -= 1

    def _select(self, items: deque[Part]) -> int:
        """Return the place in the buffer of the part to take next; asked only when `_selects`."""
        return 0

    def begin(self, part: Part) -> None:
        """Let `part` take a free place and be worked on, as soon as the station is awake."""
        if self.sleep is not None and self.sleep.keeps(part):
            return
        self.busy += 1
        self.active += 1
        self.waiting_since = -1.0
        if self.state is not _EXECUTE:
            self.move(_EXECUTE, Reason.PRODUCTION)
        cycle = self._draw_cycle() * self.pace * self.tempo
        if self._weighs:
            cycle *= self.content(part)
        operating = self.operating + cycle
        if operating < self._next_stop:
            self.operating = operating
            Completion(self.env, cycle, part, self._at_completion)
        else:
            self.env.process(self._interrupted(part, cycle))

    def _complete(self, completion: Completion) -> None:
        part = completion.part
        self.active -= 1
        self.processed += part.quantity
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
        if part.verdict is not None or part.step + 1 == len(part.route):
            self._let_go(part)
            self.line.leave(part)
        elif self._forward(part):
            self._let_go(part)
        elif not self.active and self.busy == self.places:
            self.wait(Reason.BLOCKED)
            return
        self.pull()

    def _forward(self, part: Part) -> bool:
        """Pass `part` on to the next station of its route; return whether it is gone, else it stays on its place."""
        part.step += 1
        target = part.route[part.step]
        if self.travels and math.isinf(target.inbox.capacity):
            self.line.carry(part, target)
            return True
        if target.offer(part):
            return True
        if part.step <= part.returning:
            target.inbox.items.append(part)
            return True
        target.inbox.donors.append((self, part))
        self.blocked_at = target
        return False

    def _supplied(self, part: Part | None) -> bool:
        """Take what `part` needs of every supply; wait and return False when one is missing."""
        for supply in self.supplies:
            if not supply.has(part):
                if not self.active:
                    self.wait(f"{Reason.WAITING}:{supply.name}")
                return False
        for supply in self.supplies:
            supply.take(part)
        return True
