"""Those who work on the cells in turn: anode changing cranes, metal tapping, relining."""

from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import simpy

from plants.aluminium.cells import Cells
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.unit_operation import UnitOperation, drive

HOUR, DAY = 3600.0, 86_400.0
CRANE_MTBF = 150 * HOUR  # of work
CRANE_MTTR = 3 * HOUR
MICRO_STOPS = 1.0 / HOUR  # of work
MICRO_STOP = 90.0  # s


class Round:
    """Like machines that visit all cells in turn, each cell once every `every` s, in a fixed order.

    A visit takes `lasting` s in the mean (lognormal) and ends in `visit(place)`. A machine that finds the next cell
    not due yet waits; one that is late takes the oldest visit due. While `room()` is false no visit begins.
    """

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        unit: UnitOperation,
        cells: Cells,
        *,
        machines: int,
        every: float,
        lasting: float,
        visit: Callable[[int], None],
        room: Callable[[], bool] = lambda: True,
    ) -> None:
        name = unit.name
        self._env = env
        self._unit = unit
        self._cells = cells
        self._machines = machines
        self._visit = visit
        self._room = room
        self._spacing = every / cells.count
        self.order: list[int] = streams.generator(f"{name}/order").permutation(cells.count).tolist()
        self._next = 0
        self._busy = 0
        self._down = 0
        self._blocked = 0
        self._lasting = streams.lognormal(f"{name}/lasting", lasting, 0.2)
        self._stops = streams.exponential(f"{name}/micro_stop_pause", 1.0 / MICRO_STOPS)
        self._stop = streams.lognormal(f"{name}/micro_stop", MICRO_STOP, 0.6)
        self._life = streams.exponential(f"{name}/life", CRANE_MTBF)
        self._repair = streams.lognormal(f"{name}/repair", CRANE_MTTR, 0.8)
        for _ in range(machines):
            env.process(self._work())

    def since_last(self, position: int) -> float:
        """Return how long before the start the cell at `position` of the order had its last visit, s."""
        count = len(self.order)
        return (count - position - 0.5) * self._spacing

    def _work(self) -> Generator[simpy.Event, Any, None]:
        env, cells = self._env, self._cells
        left, stop_in = self._life(), self._stops()
        while True:
            number, self._next = self._next, self._next + 1
            place = self.order[number % len(self.order)]
            due = (number + 0.5) * self._spacing
            if due > env.now:
                yield env.timeout(due - env.now)
            if not cells.on[place]:
                continue
            while not self._room():
                self._blocked += 1
                self._judge()
                yield env.timeout(60.0)
                self._blocked -= 1
            self._busy += 1
            self._judge()
            lasting = self._lasting()
            left -= lasting
            stop_in -= lasting
            while stop_in < 0.0:
                stop_in += self._stops()
                lasting += self._stop()
            yield env.timeout(lasting)
            self._visit(place)
            self._busy -= 1
            if left < 0.0:
                left = self._life()
                self._down += 1
                self._unit.set_capacity(1.0 - self._down / self._machines)
                self._judge()
                yield env.timeout(self._repair())
                self._down -= 1
                self._unit.set_capacity(1.0 - self._down / self._machines)
            self._judge()

    def _judge(self) -> None:
        if self._busy:
            drive(self._unit, State.EXECUTE, Reason.PRODUCTION)
        elif self._down == self._machines:
            drive(self._unit, State.ABORTED, "failure:crane")
        elif self._blocked:
            drive(self._unit, State.SUSPENDED, "blocked:holding_furnace")
        else:
            drive(self._unit, State.SUSPENDED, Reason.STARVED)


class Relining:
    """Takes each cell out of the circuit after `life` s for `lasting` s; the ages of the pots are spread evenly.

    `changed(place, on)` is called when a cell leaves and returns. Its metal and bath wait and come back with it.
    """

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        cells: Cells,
        *,
        life: float,
        lasting: float,
        changed: Callable[[int, bool], None],
    ) -> None:
        self._env = env
        self._cells = cells
        self._life = life
        self._lasting = lasting
        self._changed = changed
        generator = streams.generator("relining")
        cycle = life + lasting
        shift = generator.random()
        ages = (np.arange(cells.count) + shift) / cells.count * cycle
        for place, position in enumerate(generator.permutation(cells.count).tolist()):
            age = float(ages[position])
            cells.lining_age[place] = min(age / life, 1.0)
            if age >= life:
                changed(place, False)
            env.process(self._live(place, age))

    def _live(self, place: int, age: float) -> Generator[simpy.Event, Any, None]:
        while True:
            if age < self._life:
                yield self._env.timeout(self._life - age)
                self._changed(place, False)
                age = self._life
            yield self._env.timeout(self._life + self._lasting - age)
            self._cells.lining_age[place] = 0.0
            self._changed(place, True)
            age = 0.0
