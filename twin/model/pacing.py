"""Pacing of a train: pieces are let in as fast as the slowest unit allows, and not while something stands still."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Generic

import simpy

from twin.model.failure import Stop
from twin.model.line_unit import LineUnit
from twin.model.passage import go
from twin.model.piece import P, Stage, Train
from twin.model.state import Reason, State, category
from twin.model.unit import Unit

RETRY = 60.0  # s after which a source that is not ready is asked again at the latest


@dataclass(slots=True, eq=False)
class Standing:
    """A reason why `unit` stands in `state`; with `gate` nothing is let in, with `tells` it is the line's state too."""

    unit: Unit
    state: State
    reason: str
    gate: bool = True
    tells: bool = True


class Pacing(Generic[P]):
    """Lets pieces into `train`, and keeps the states of the line and its `units`.

    `ready()` gives the seconds until the source has a piece (0: now), `take()` that piece, `interval(piece)` the
    seconds until the next may follow: those of the slowest unit. The interval runs while nothing stands still. A
    source that lets the train wait longer than `patience` s suspends the line for `starved`.
    """

    def __init__(
        self,
        env: simpy.Environment,
        line: LineUnit,
        train: Train[P],
        units: Sequence[Unit],
        *,
        ready: Callable[[], float],
        take: Callable[[], P],
        interval: Callable[[P], float],
        patience: float = 120.0,
        starved: str = Reason.STARVED,
    ) -> None:
        self._env = env
        self.line = line
        self.train = train
        self._units = tuple(units)
        self._ready = ready
        self._take = take
        self._interval = interval
        self._patience = patience
        self._starved = starved
        self._stops: list[tuple[Stop, Unit, Stage[P] | None]] = []
        self._struck: set[Stop] = set()
        self._standings: list[Standing] = []
        self._drains = 0
        self._wake = env.event()
        self._emptied = env.event()
        self._closed = False
        self._closed_for: str = Reason.NOT_SCHEDULED
        self._free_since = env.now
        self._free = True
        self._free_time = 0.0
        self._operating = 0.0
        self._operating_since: float | None = None
        self.released = 0
        train.watch = self._freed

    # -- what stands still -----------------------------------------------------------------------------------

    def subject(self, stop: Stop, unit: Unit, stage: Stage[P] | None = None) -> None:
        """Let `unit` suffer `stop`, counted in operating seconds of the line; `stage` then begins no piece.

        A failure waits until the train has run empty; a minor stop strikes at once.
        """
        self._stops.append((stop, unit, stage))

    def stand(self, standing: Standing) -> None:
        """Let a unit stand still from now on."""
        self._standings.append(standing)
        self.reconsider()

    def resume(self, standing: Standing) -> None:
        """End what `stand` began."""
        self._standings.remove(standing)
        self.reconsider()

    def suffer(
        self, standing: Standing, duration: float, stage: Stage[P] | None = None, *, drained: bool = False
    ) -> Generator[simpy.Event, Any, None]:
        """Stand still for `duration` s; if `drained`, once the train has run empty."""
        if drained:
            self._drains += 1
            self._set_free()
            while len(self.train):
                yield self._emptied
            self._drains -= 1
        if stage is not None:
            stage.close()
        self.stand(standing)
        yield self._env.timeout(duration)
        if stage is not None:
            stage.open()
        self.resume(standing)

    def _strike(self, stop: Stop, unit: Unit, stage: Stage[P] | None) -> Generator[simpy.Event, Any, None]:
        minor = stop.state is State.HELD
        reason = f"{category(stop.reason)}:{unit.name}"
        yield from self.suffer(Standing(unit, stop.state, reason), stop.duration(), stage, drained=not minor)
        stop.renew(self.operating())
        self._struck.remove(stop)

    def operating(self) -> float:
        """Return the seconds that the line has been operating: executing, or in a minor stop."""
        since = self._operating_since
        return self._operating + (self._env.now - since if since is not None else 0.0)

    # -- states ----------------------------------------------------------------------------------------------

    def reconsider(self) -> None:
        """Move the line and its units to the states that follow from what stands still."""
        self._set_free()
        telling = next((standing for standing in self._standings if standing.tells), None)
        if self._closed:
            state, reason = State.STOPPED, self._closed_for
        elif telling is not None:
            state, reason = telling.state, telling.reason
        else:
            state, reason = State.EXECUTE, Reason.PRODUCTION
        self._move(self.line, state, reason)
        operating = state is State.EXECUTE or state is State.HELD
        if operating and self._operating_since is None:
            self._operating_since = self._env.now
        elif not operating and self._operating_since is not None:
            self._operating = self.operating()
            self._operating_since = None
        own = {standing.unit: standing for standing in reversed(self._standings)}
        for unit in self._units:
            mine = own.get(unit)
            if mine is not None:
                self._move(unit, mine.state, mine.reason)
            elif operating:
                self._move(unit, State.EXECUTE, Reason.PRODUCTION)
            elif self._closed:
                self._move(unit, State.STOPPED, self._closed_for)
            else:
                assert telling is not None
                cause = telling.reason if telling.unit is self.line else f"waiting:{telling.unit.name}"
                self._move(unit, State.SUSPENDED, cause)

    def _move(self, unit: Unit, state: State, reason: str) -> None:
        if unit.state is not state or unit.reason != reason:
            go(unit, state, reason)

    def _set_free(self) -> None:
        free = not (self._closed or self._drains or any(standing.gate for standing in self._standings))
        if free is self._free:
            return
        if self._free:
            self._free_time += self._env.now - self._free_since
        self._free_since = self._env.now
        self._free = free
        if free:
            self._nudge()

    def _freed(self, stage: Stage[P]) -> None:
        if not len(self.train):
            emptied, self._emptied = self._emptied, self._env.event()
            emptied.succeed()
        self._nudge()

    def _nudge(self) -> None:
        if self._wake.callbacks:  # somebody waits
            wake, self._wake = self._wake, self._env.event()
            wake.succeed()

    # -- letting in ------------------------------------------------------------------------------------------

    def follow_calendar(self) -> Generator[simpy.Event, Any, None]:
        """Close and reopen with the line's calendar."""
        while True:
            segment = self.line.segment
            self._closed, self._closed_for = not segment.busy, segment.reason or Reason.NOT_SCHEDULED
            self.reconsider()
            yield self.line.segment_changed

    def run(self) -> Generator[simpy.Event, Any, None]:
        """Let pieces in for ever."""
        while True:
            yield from self._until_ready()
            piece = self._take()
            self.released += 1
            self.train.enter(piece)
            self._strike_due()
            left = self._interval(piece)
            while left > 0.0:
                before = self._free_time_now()
                yield self._env.timeout(left)
                left -= self._free_time_now() - before
                if left < 1e-6:  # rounding of the clock
                    break
                while not self._free:
                    yield self._wake

    def _free_time_now(self) -> float:
        return self._free_time + (self._env.now - self._free_since if self._free else 0.0)

    def _until_ready(self) -> Generator[simpy.Event, Any, None]:
        waiting: Standing | None = None
        while True:
            wait = self._ready()
            if wait > self._patience and waiting is None and self._free:
                waiting = Standing(self.line, State.SUSPENDED, self._starved, gate=False)
                self.stand(waiting)
            if not self._free:
                yield self._wake
            elif wait > 0.0:
                yield self._env.timeout(min(max(wait, 1.0), RETRY))
            elif any(stage.free < 1 for stage in self.train.stages):
                yield self._wake
            else:
                break
        if waiting is not None:
            self.resume(waiting)

    def _strike_due(self) -> None:
        operating = self.operating()
        for stop, unit, stage in self._stops:
            if operating >= stop.at and stop not in self._struck:
                self._struck.add(stop)
                self._env.process(self._strike(stop, unit, stage))
