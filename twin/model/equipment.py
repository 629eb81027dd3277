"""Equipment that batches run in: it executes unit procedures, is held and restarted, and is allocated."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from typing import Any

import simpy

from twin.model.batch import Batch, Operation, Phase, Recurrence, UnitProcedure
from twin.model.outage import Outage, OutageClock
from twin.model.state import State
from twin.model.streams import Streams
from twin.model.tag import Kind, Tag
from twin.model.unit_operation import UnitOperation, drive

ROUNDING = 1e-6  # s; a phase that lacks less has had its time


class Equipment:
    """One vessel or machine that executes unit procedures, one batch at a time.

    `unit` (None: nobody sees this one) publishes the batch and its phase as TEXT tags and follows with its state.
    `entered(batch, phase)` is called when a phase begins: there the plant tells its physics. End conditions are
    looked at every `poll` s. `clocks` are the outages that it suffers.
    """

    def __init__(
        self,
        env: simpy.Environment,
        name: str,
        *,
        unit: UnitOperation | None = None,
        entered: Callable[[Batch, Phase], None] = lambda batch, phase: None,
        poll: float = 60.0,
    ) -> None:
        if not poll > 0:
            raise ValueError(f"equipment {name}: poll {poll} s must be positive")
        self.env = env
        self.name = name
        self.unit = unit
        self.batch: Batch | None = None
        self.phase: Phase | None = None
        self._operation: Operation | None = None
        self._beside = ""
        self._entered = entered
        self._poll = poll
        self._holds: dict[str, State] = {}
        self._turned = env.event()  # succeeds, and is replaced, at every hold and restart
        self.clocks: list[OutageClock] = []
        if unit is not None:
            for tag in self._tags():
                unit.publish(tag)

    # -- telemetry -----------------------------------------------------------------------------------------

    @property
    def batch_text(self) -> str:
        """Identity of the batch in work, "" without one."""
        return self.batch.name if self.batch is not None else ""

    @property
    def phase_text(self) -> str:
        """The phase in work and, after a +, the recurring one beside it; "" without one."""
        return (self.phase.name if self.phase is not None else "") + self._beside

    def _tags(self) -> tuple[Tag, Tag]:
        return (
            Tag(name="batch", kind=Kind.TEXT, read=lambda: self.batch_text, description="batch in work"),
            Tag(name="phase", kind=Kind.TEXT, read=lambda: self.phase_text,
                description="ISA-88 phase in work; after + one that recurs beside it"),
        )  # fmt: skip

    # -- executing -----------------------------------------------------------------------------------------

    @property
    def held(self) -> bool:
        """Whether something holds the equipment."""
        return bool(self._holds)

    @property
    def working(self) -> bool:
        """Whether a phase is in work and not held."""
        return self.phase is not None and not self._holds

    def execute(
        self, batch: Batch, procedure: UnitProcedure, *, elapsed: float = 0.0
    ) -> Generator[simpy.Event, Any, None]:
        """Run `procedure` on `batch`; to be yielded from, by one process at a time.

        A batch that is under way when the simulation begins joins in at `elapsed` s of the procedure: phases that lie
        before are passed over, with their times in the record. End conditions of the past took no time.
        """
        if self.batch is not None:
            raise ValueError(f"equipment {self.name}: {self.batch.name} is in work; {batch.name} must wait")
        self.batch = batch
        began = self.env.now - elapsed
        for operation in procedure.operations:
            self._operation = operation
            if elapsed < sum(phase.duration for phase in operation.phases):
                for recurrence in operation.recurring:
                    self.env.process(self._recur(batch, operation, recurrence, max(elapsed, 0.0)))
            for phase in operation.phases:
                if elapsed >= phase.duration and elapsed > 0.0:
                    batch.write(began, self.name, phase.name, "began")
                    began += phase.duration
                    elapsed -= phase.duration
                    batch.write(began, self.name, phase.name, "ended")
                    continue
                yield from self._work(batch, phase, elapsed)
                elapsed = 0.0
        self.batch = self.phase = self._operation = None
        self._touch()

    def _work(self, batch: Batch, phase: Phase, elapsed: float) -> Generator[simpy.Event, Any, None]:
        env = self.env
        self.phase = phase
        batch.write(env.now - elapsed, self.name, phase.name, "began")
        self._show()
        self._entered(batch, phase)
        spent = elapsed
        while True:
            if self._holds:
                yield self._turned
                continue
            if spent < phase.duration - ROUNDING:
                wanted = phase.duration - spent
            elif phase.ends is None or spent >= phase.longest - ROUNDING or phase.ends(batch):
                break
            else:
                wanted = min(self._poll, phase.longest - spent)
            since = env.now
            yield env.timeout(wanted) | self._turned
            spent += env.now - since
        batch.write(env.now, self.name, phase.name, "ended")

    def _recur(
        self, batch: Batch, operation: Operation, recurrence: Recurrence, elapsed: float
    ) -> Generator[simpy.Event, Any, None]:
        phase = recurrence.phase
        yield self.env.timeout(recurrence.every - elapsed % recurrence.every)
        while self.batch is batch and self._operation is operation:
            if not self._holds:
                self._beside = f"+{phase.name}"
                self._touch()
                batch.write(self.env.now, self.name, phase.name, "began")
                self._entered(batch, phase)
                if phase.duration > 0.0:
                    yield self.env.timeout(phase.duration)
                batch.write(self.env.now, self.name, phase.name, "ended")
                self._beside = ""
                self._touch()
            yield self.env.timeout(recurrence.every - phase.duration)

    # -- holding -------------------------------------------------------------------------------------------

    def hold(self, reason: str, state: State = State.HELD) -> None:
        """Hold the phase for `reason` until `restart(reason)`; the first of several reasons gives the state."""
        if reason in self._holds:
            return
        self._holds[reason] = state
        self._turn("held", reason)

    def restart(self, reason: str) -> None:
        """Take back the hold for `reason`; the phase goes on with the last one."""
        if self._holds.pop(reason, None) is not None:
            self._turn("restarted", reason)

    def _turn(self, event: str, reason: str) -> None:
        if self.batch is not None and self.phase is not None:
            self.batch.write(self.env.now, self.name, self.phase.name, event, reason)
        self._show()
        turned, self._turned = self._turned, self.env.event()
        turned.succeed()

    def suffer(self, streams: Streams, outage: Outage) -> None:
        """Let `outage` hold the equipment again and again; it strikes only while a phase is in work."""
        name = f"{self.name}/{outage.reason}"
        clock = OutageClock(streams, name, outage)
        self.clocks.append(clock)
        first = outage.between * streams.uniform(f"{name}/first")() if outage.regular else 0.0
        self.env.process(self._suffer(clock, first))

    def _suffer(self, clock: OutageClock, first: float) -> Generator[simpy.Event, Any, None]:
        outage = clock.outage
        if outage.regular:
            yield self.env.timeout(first)
        while True:
            yield self.env.timeout(clock.pause())
            if self.working:
                self.hold(outage.reason, outage.state)
                yield self.env.timeout(clock.length())
                self.restart(outage.reason)

    # -- the unit ------------------------------------------------------------------------------------------

    def _show(self) -> None:
        if self.unit is None or self.phase is None:
            return
        if self._holds:
            reason, state = next(iter(self._holds.items()))
            drive(self.unit, state, reason)
        else:
            drive(self.unit, self.phase.state, self.phase.reason)
        self._touch()

    def _touch(self) -> None:
        if self.unit is not None:
            self.unit.touched = True


class Allocation:
    """Like equipment that is given to those who ask for it, first come, first served.

    `free` are the members that nobody has, in the order in which they came back.
    """

    def __init__(self, env: simpy.Environment, members: Iterable[Equipment]) -> None:
        self._env = env
        self.free: deque[Equipment] = deque(members)
        self._asking: deque[simpy.Event] = deque()

    def take(self) -> simpy.Event:
        """Return an event that succeeds with the equipment, as soon as one is free."""
        asked = self._env.event()
        if self.free:
            asked.succeed(self.free.popleft())
        else:
            self._asking.append(asked)
        return asked

    def give(self, member: Equipment) -> None:
        """Give `member` back."""
        if member in self.free:
            raise ValueError(f"equipment {member.name} is free already")
        if self._asking:
            self._asking.popleft().succeed(member)
        else:
            self.free.append(member)
