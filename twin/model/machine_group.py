"""Like machines in parallel behind one buffer, each with its own stops, tools and set-up."""

from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import simpy

from twin.model.completion import Completion
from twin.model.cycle import Cycle
from twin.model.failure import Crew, Stop, StopMode
from twin.model.loading import Loading
from twin.model.machine import Machine
from twin.model.part import Part
from twin.model.set_up import SetUp
from twin.model.state import Reason, State
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.tag import Tag

_SET_UP = (State.RESETTING, Reason.CHANGEOVER)
_NO_OPERATOR = (State.SUSPENDED, f"{Reason.WAITING}:operator")


class MachineGroup(Station):
    """A station whose `places` are machines of their own (a tool group; also one machine that is set up by itself).

    The unit's capacity is the share of the machines in service: a machine is out while it is stopped (but for
    micro-stops), set up, or waits for an operator; once none is left the unit is in the state of the last that went.
    With `waits_count` a machine without work, or that cannot get rid of it, is out of service too: for machines with
    long cycles, whose owners ask for each one's time. `machine` is the one at work when `work` and `content` are
    called. Symptoms are published for each machine.
    """

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        name: str,
        *,
        cycle: Cycle,
        places: int = 1,
        stops: Sequence[StopMode] = (),
        crew: Crew | None = None,
        set_up: SetUp | None = None,
        loading: Loading | None = None,
        waits_count: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(env, streams, name, cycle=cycle, places=places, crew=crew, **options)
        self.machines = [
            Machine(number, [Stop(mode, f"{name}/{number}", streams) for mode in stops])
            for number in range(1, places + 1)
        ]
        self.machine = self.machines[0]
        self._free = deque(self.machines)  # that free longest first
        self._holds: dict[Part, Machine] = {}
        self._out = 0
        self._set_up = set_up
        self._selects = set_up is not None
        self._loading = loading
        self._waits_count = waits_count

    def own_tags(self) -> tuple[Tag, ...]:
        """Return the station's tags and every machine's symptoms, numbered."""
        tags = list(super().own_tags())
        for machine in self.machines:
            for stop in machine.symptomatic:
                for place, symptom in enumerate(stop.mode.symptoms):
                    signal = replace(
                        symptom.signal,
                        name=f"{symptom.signal.name}_{machine.number}",
                        description=f"{symptom.signal.description}, machine {machine.number}",
                    )
                    tags.append(signal.tag_of(partial(stop.readings.__getitem__, place)))
        return tuple(tags)

    def prepare(self, product: str) -> None:
        """Renew what told its wear, at a changeover of the whole line."""
        for machine in self.machines:
            for stop in machine.symptomatic:
                if stop.told:
                    stop.renew(machine.operating)
            machine.aim()

    def hasten(self, mode: str, factor: float) -> None:
        """Let the stop `mode` of every machine come `factor` times as fast as usual from now on; for faults."""
        for machine in self.machines:
            machine.stop(mode).hasten(machine.operating, factor)
            machine.aim()

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

    def _start(self, part: Part) -> None:
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
        cycle = self._draw_cycle() * self.pace
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

    def _let_go(self, part: Part) -> None:
        super()._let_go(part)
        self._free.append(self._holds.pop(part))

    # -- open and closed -------------------------------------------------------------------------------------

    def rest(self) -> None:
        """Stand still while the line is closed, unless every machine has a state of its own."""
        if not (self.active or self.line.open or self._out == self.places):
            self.waiting_since = -1.0
            self.move(State.STOPPED, self.line.closed_for)

    def reopen(self) -> None:
        """Be ready again; machines that are out come back by themselves."""
        self.ready = True
        if self._out < self.places:
            self.move(State.EXECUTE, Reason.PRODUCTION)

    def resume(self) -> None:
        """Pull again; machines that are out do not wait for anything."""
        if self._out < self.places:
            super().resume()

    # -- out of service --------------------------------------------------------------------------------------

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

    def _be_out(
        self, state: tuple[State, str], seconds: float, crew: Crew | None
    ) -> Generator[simpy.Event, Any, None]:
        self._withdraw(*state)
        if crew is not None:
            yield from crew.join()
        yield from self.line.attend(seconds)
        if crew is not None:
            crew.leave()
        self._return()

    def _withdraw(self, state: State, reason: str) -> None:
        """Take a machine out of service; the last one that goes gives the unit its state."""
        self._out += 1
        self.shortage = state, reason
        self._tell_capacity()
        if self._out == self.places:
            self.waiting_since = -1.0
            self.move(state, reason)
        else:
            if not self.active:
                self.wait(Reason.STARVED if self.busy == self._out else Reason.BLOCKED)
            self.line.reconsider()

    def _return(self) -> None:
        """Put a machine back into service; whoever calls gives it work at once."""
        self._out -= 1
        if not self._out:
            self.shortage = None
        self._tell_capacity()
        self.line.reconsider()

    def _tell_capacity(self) -> None:
        at_work = self.active if self._waits_count else self.places - self._out
        if at_work / self.places != self.capacity:
            self.set_capacity(at_work / self.places)
            self.line.reconsider()
