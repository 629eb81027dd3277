"""The machines of a group: each wears, stops and is serviced by itself, and all share one unit's state and capacity."""

from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import simpy

from twin.model.cycle import Cycle
from twin.model.failure import Choice, Crew, Stop, StopMode
from twin.model.machine import Machine
from twin.model.part import Part
from twin.model.service import Service, due
from twin.model.state import Reason, State
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.tag import Tag


class MachinePool(Station):
    """A station whose `places` are machines of their own, in service or out of it.

    The unit's capacity is the share of the machines in service; once none is left the unit is in the state of the
    last that went. With `waits_count` a machine without work, or that cannot get rid of it, is out of service too.
    Symptoms and services are published for each machine; a service that is requested begins as soon as its machine
    has no part. `machine` is the one at work when `work` and `content` are called.
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
        waits_count: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(env, streams, name, cycle=cycle, places=places, **options)
        self.machines = [
            Machine(number, [Stop(mode, f"{name}/{number}", streams) for mode in stops])
            for number in range(1, places + 1)
        ]
        self.machine = self.machines[0]
        for machine in self.machines:
            machine.services = [
                Service(self, stop, partial(self._offer_machine, machine), machine.number)
                for stop in machine.symptomatic
            ]
            self.services += machine.services
        self._free = deque(self.machines)  # that free longest first
        self._holds: dict[Part, Machine] = {}
        self._out = 0
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

    def tune(self, *, pace: float = 1.0, lasting: float = 1.0, modes: Choice = None) -> None:
        """Tune the stops `modes` of every machine, as those of a station are."""
        for machine in self.machines:
            for stop in self._chosen(machine.stops, modes):
                stop.tune(machine.operating, pace=pace, lasting=lasting)
            machine.aim()

    def _let_go(self, part: Part) -> None:
        super()._let_go(part)
        machine = self._holds.pop(part)
        self._free.append(machine)
        self._offer_machine(machine)

    # -- open and closed -------------------------------------------------------------------------------------

    def rest(self) -> None:
        """Stand still while the line is closed, unless every machine has a state of its own."""
        if not (self.active or self.line.open or self._out == self.places):
            self.waiting_since = -1.0
            self.move(State.STOPPED, self.line.closed_for)

    def reopen(self) -> None:
        """Be ready again; machines that are out come back by themselves."""
        self.ready = True
        self._take_state()

    def changed_over(self) -> None:
        """End a changeover; machines that are out come back by themselves."""
        self.ready = True
        self._take_state()

    def _take_state(self) -> None:
        """Work again; if every machine is out, the unit is in the state of the last that went."""
        if self._out < self.places:
            self.move(State.EXECUTE, Reason.PRODUCTION)
        elif self.shortage is not None and self.state in (State.STOPPED, State.RESETTING):
            self.move(*self.shortage)

    def resume(self) -> None:
        """Pull again; machines that are out do not wait for anything."""
        if self._out < self.places:
            super().resume()

    # -- service ---------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Begin no more parts; have done what is requested of machines without one."""
        super().close()
        self._offer_pause()

    def _offer_pause(self) -> None:
        for machine in tuple(self._free):
            self._offer_machine(machine)

    def _offer_machine(self, machine: Machine) -> None:
        """Begin what is requested of `machine`, if it has no part; a crewed service needs a free person then."""
        service = due(machine.services)
        if service is None or machine not in self._free or self.busy == self.places:  # all are spoken for
            return
        crew = self._crew if service.stop.mode.crewed else None
        if crew is not None and not crew.free:
            return
        self._free.remove(machine)
        self.busy += 1
        self.serviced += 1
        if not self.ready:
            self.rest()
        self._withdraw(State.STOPPED, service.reason, unseen=not self.ready)
        self.env.process(self._be_serviced_alone(machine, service.stop, crew))

    def _be_serviced_alone(
        self, machine: Machine, stop: Stop, crew: Crew | None
    ) -> Generator[simpy.Event, Any, None]:
        if crew is not None:
            yield from crew.join()
        yield self.env.timeout(stop.planned_duration())
        if crew is not None:
            crew.leave()
        stop.renew(machine.operating)
        machine.aim()
        self.busy -= 1
        self.serviced -= 1
        self._free.append(machine)
        self._return()
        if self.ready and self.state is State.STOPPED:
            self.move(State.EXECUTE, Reason.PRODUCTION)
        self._offer_machine(machine)
        if self.ready:
            self.resume()
        else:
            self.rest()

    # -- out of service --------------------------------------------------------------------------------------

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

    def _withdraw(self, state: State, reason: str, *, unseen: bool = False) -> None:
        """Take a machine out of service; the last one that goes gives the unit its state, unless a pause hides it."""
        self._out += 1
        self.shortage = state, reason
        self._tell_capacity()
        if self._out == self.places:
            self.waiting_since = -1.0
            if not unseen:
                self.move(state, reason)
        else:
            if not self.active:
                blocked = self.busy > self._out and self.blocked_at is not None
                self.wait(Reason.BLOCKED if blocked else Reason.STARVED)
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
