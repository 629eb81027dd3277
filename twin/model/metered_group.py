"""A machine group in which each machine draws power by what it does itself."""

from collections.abc import Generator, Mapping
from typing import Any

import simpy

from twin.model.energy import Meter
from twin.model.failure import Crew
from twin.model.machine import Machine
from twin.model.machine_group import MachineGroup
from twin.model.part import Part
from twin.model.state import State
from twin.model.streams import Streams


class MachineMeter(Meter):
    """One meter of `machines` like machines: `working` draw as in `execute`, the others as at rest.

    `power` is that of all machines. At rest they draw as the power state of their unit says, but never more than
    `idle`: a machine that does not work is not at work because its neighbour is.
    """

    __slots__ = ("_machines", "working")

    def __init__(self, env: simpy.Environment, power: Mapping[str, float], machines: int) -> None:
        super().__init__(env, power, "standby")
        self._machines = machines
        self.working = 0

    @property
    def rest(self) -> str:
        """The power state of the machines that do not work."""
        return "idle" if self.label == "execute" else self.label

    def set_working(self, working: int) -> None:
        """Let `working` machines work from now on."""
        self._settle()
        self.working = working
        self._aim()

    def set_draw(self, draw: float, label: str | None = None) -> None:
        """Enter the power state `label` of the unit now; the machines say themselves what they draw."""
        self._settle()
        if label is not None:
            self.label = label
        self._aim()

    def scale(self, label: str, factor: float) -> None:
        """Draw `factor` times the nominal power in power state `label` from now on, machine by machine."""
        self._settle()
        super().scale(label, factor)
        self._aim()

    def read(self, label: str) -> float:
        """Return the register of one power state in kWh, exact to this moment."""
        self._settle()
        return self._registers[label]

    def total(self) -> float:
        """Return the sum of all registers in kWh, exact to this moment."""
        self._settle()
        return sum(self._registers.values())

    def _settle(self) -> None:
        now = self._env.now
        hours = (now - self._since) / 3600.0 / self._machines
        if hours > 0.0:
            resting = self._machines - self.working
            self._registers["execute"] += self.working * self.power.get("execute", 0.0) * hours
            self._registers[self.rest] += resting * self.power.get(self.rest, 0.0) * hours
            self._since = now

    def _aim(self) -> None:
        resting = self._machines - self.working
        work = self.working * self.power.get("execute", 0.0)
        self.draw = (work + resting * self.power.get(self.rest, 0.0)) / self._machines


class MeteredGroup(MachineGroup):
    """A machine group whose meters follow each machine; `machine_power` is the power of one, by carrier and state.

    A machine works while it cuts, deposits, or whatever its cycle is, micro-stops included. Being loaded, set up,
    repaired, starved or blocked, it rests.
    """

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        name: str,
        *,
        machine_power: Mapping[str, Mapping[str, float]],
        places: int = 1,
        **options: Any,
    ) -> None:
        super().__init__(env, streams, name, places=places, **options)
        self.working = 0
        self._machine_meters = {
            carrier: MachineMeter(env, {state: places * draw for state, draw in power.items()}, places)
            for carrier, power in machine_power.items()
        }
        self.meters |= self._machine_meters

    def _set_working(self, change: int) -> None:
        self.working += change
        self.touched = True
        for meter in self._machine_meters.values():
            meter.set_working(self.working)

    def _run(self, machine: Machine, part: Part) -> None:
        self._set_working(+1)
        super()._run(machine, part)

    def _complete(self, completion: Any) -> None:
        self._set_working(-1)
        super()._complete(completion)

    def _be_out(
        self, state: tuple[State, str], seconds: float, crew: Crew | None
    ) -> Generator[simpy.Event, Any, None]:
        interrupted = (
            state[0] is not State.RESETTING
        )  # set-ups come before the work, stops in the middle of it
        if interrupted:
            self._set_working(-1)
        yield from super()._be_out(state, seconds, crew)
        if interrupted:
            self._set_working(+1)
