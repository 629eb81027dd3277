"""Like machines in parallel behind one buffer, each with its own stops, tools and set-up."""

from collections import deque
from collections.abc import Generator
from typing import Any

import simpy

from twin.model.completion import Completion
from twin.model.failure import Stop
from twin.model.loading import Loading
from twin.model.machine import Machine
from twin.model.machine_pool import MachinePool
from twin.model.part import Part
from twin.model.set_up import SetUp
from twin.model.state import Reason, State
from twin.model.streams import Streams

_SET_UP = (State.RESETTING, Reason.CHANGEOVER)
_NO_OPERATOR = (State.SUSPENDED, f"{Reason.WAITING}:operator")


class MachineGroup(MachinePool):
    """Machines that are set up, loaded and stopped singly (a tool group; also one machine that is set up by itself).

    A machine is out of service while it is stopped (but for micro-stops), set up, serviced, or waits for an operator;
    `waits_count` is for machines with long cycles, whose owners ask for each one's time.
    """

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        name: str,
        *,
        set_up: SetUp | None = None,
        loading: Loading | None = None,
        **options: Any,
    ) -> None:
        super().__init__(env, streams, name, **options)
        self._set_up = set_up
        self._selects = set_up is not None
        self._loading = loading

    def cleared(self, machine: Machine, stop: Stop, part: Part) -> None:
        """Take notice that `stop` of `machine`, with `part` in work, has been cleared; the default does nothing."""

    def has_worked_on(self, part: Part) -> None:
        """Let the machines take turns with the parts from before the run."""
        turn = self.machine.number % self.places
        self.machine = self.machines[turn]
        super().has_worked_on(part)

    # -- flow ------------------------------------------------------------------------------------------------

    def _select(self, items: deque[Part]) -> int:
        """Prefer the part that waits longest of those that a free machine is set up for."""
        set_up = self._set_up
        assert set_up is not None
        first = set_up.key(items[0])
        for machine in self._free:
            if machine.set_up_for == first and machine.run < set_up.longest_run:
                return 0
        ready = {machine.set_up_for for machine in self._free if machine.run < set_up.longest_run}
        for place, part in enumerate(items):
            if set_up.key(part) in ready:
                return place
        return 0

    def _choose(self, part: Part) -> Machine:
        """Take a free machine: one that is set up for `part` if there is one, else the one that is free longest."""
        if self._set_up is not None:
            key = self._set_up.key(part)
            for machine in self._free:
                if machine.set_up_for == key:
                    self._free.remove(machine)
                    return machine
        return self._free.popleft()

    def begin(self, part: Part) -> None:
        """Let `part` take a free machine, be set up for and loaded, and be worked on."""
        if self.sleep is not None and self.sleep.keeps(part):
            return
        machine = self._choose(part)
        self._holds[part] = machine
        self.busy += 1
        if self._loading is not None or (
            self._set_up is not None and machine.set_up_for != self._set_up.key(part)
        ):
            self.env.process(self._get_ready(machine, part))
        else:
            machine.run += 1
            self._set_to_work()
            self._run(machine, part)

    def _run(self, machine: Machine, part: Part) -> None:
        self.machine = machine
        cycle = self._draw_cycle() * self.pace * self.tempo
        if self._weighs:
            cycle *= self.content(part)
        operating = machine.operating + cycle
        if operating < machine.next_stop:
            machine.operating = operating
            Completion(self.env, cycle, part, self._at_completion)
        else:
            self.env.process(self._work_through(machine, part, cycle))

    def _set_to_work(self) -> None:
        self.active += 1
        self._tell_capacity()
        self.waiting_since = -1.0
        if self.state is not State.EXECUTE:
            self.move(State.EXECUTE, Reason.PRODUCTION)

    def _complete(self, completion: Completion) -> None:
        part = completion.part
        self.machine = machine = self._holds[part]
        for stop in machine.symptomatic:
            stop.measure(machine.operating)
        super()._complete(completion)
        if self._waits_count:
            self._tell_capacity()

    # -- not at work --------------------------------------------------------------------------------------

    def _get_ready(self, machine: Machine, part: Part) -> Generator[simpy.Event, Any, None]:
        """Set the machine up and have it loaded, as far as needed, then begin."""
        set_up, loading = self._set_up, self._loading
        if set_up is not None:
            key = set_up.key(part)
            before, machine.set_up_for = machine.set_up_for, key
            machine.run += 1
            if before != key:
                machine.run = 1
                seconds = set_up.seconds(before, key) if before is not None else 0.0
                if seconds > 0.0:
                    yield from self._be_out(_SET_UP, seconds, set_up.crew)
        if loading is not None:
            if not loading.operators.free:
                self._withdraw(*_NO_OPERATOR)
                yield from loading.operators.join()
                yield from self.line.attend(0.0)
                self._return()
            else:
                yield from loading.operators.join()
            self._set_to_work()
            yield self.env.timeout(loading.seconds)  # people finish what they hold before they go
            loading.operators.leave()
        else:
            self._set_to_work()
        self._run(machine, part)

    def _work_through(self, machine: Machine, part: Part, cycle: float) -> Generator[simpy.Event, Any, None]:
        """Work a cycle in which a stop of the machine falls due."""
        left = cycle
        while machine.operating + left >= machine.next_stop:
            stop_at = machine.next_stop
            ahead = min(max(stop_at - machine.operating, 0.0), left)
            yield self.env.timeout(ahead)
            machine.operating = max(machine.operating + ahead, stop_at)
            left -= ahead
            stop = min(machine.stops, key=lambda stop: stop.at)
            if stop.mode.category == Reason.MICRO_STOP:
                yield from self.line.attend(stop.duration())
            else:
                self.active -= 1
                crew = self._crew if stop.mode.crewed else None
                yield from self._be_out((stop.state, stop.reason), stop.duration(), crew)
                self._set_to_work()
            stop.renew(machine.operating)
            self.cleared(machine, stop, part)
            machine.aim()
            self.touched = True
        rest = Completion(self.env, left, part, [])
        yield rest
        machine.operating += left
        self._complete(rest)
