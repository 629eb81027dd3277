"""The potline's speed: simulated seconds per wall second, and array integration against one process a unit.

Run: python benchmarks/bench_process_line.py
Everything is measured in one sitting, the best of several runs: read the ratios, the machine may be busy.
"""

import math
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import simpy

from plants.aluminium import Aluminium
from twin.model.calendar import Calendar
from twin.model.line_unit import LineUnit
from twin.model.process_line import ProcessLine
from twin.model.simulation import Simulation

START = datetime(2026, 1, 1, tzinfo=UTC)
STATES = 288
SHARE = -math.expm1(-10.0 / 600.0)


def best(run: Callable[[], float], repeats: int = 3) -> float:
    """Return the highest rate of several runs."""
    return max(run() for _ in range(repeats))


def potline(days: float, *, telemetry: bool) -> tuple[float, int]:
    """Return simulated s per wall s and the samples published."""
    simulation = Simulation(Aluminium(), seed=1, start=START, telemetry=telemetry)
    simulation.advance(60.0)
    begin = time.perf_counter()
    samples = 0
    for _ in range(round(days * 24)):
        samples += sum(len(frame) for frame in simulation.advance(3600.0))
    return days * 86_400 / (time.perf_counter() - begin), samples


class Lags:
    """First-order lags that chase their neighbour: the smallest coupled line."""

    every = 1

    def __init__(self) -> None:
        self.values = np.linspace(0.0, 1.0, STATES)
        self.inputs = np.empty(STATES)

    def step(self, seconds: float) -> None:
        """Advance all states."""
        values, inputs = self.values, self.inputs
        inputs[1:] = values[:-1]
        inputs[0] = values[-1]
        inputs -= values
        inputs *= SHARE
        values += inputs


def arrays(steps: int) -> float:
    """Return steps/s of a process line."""
    env = simpy.Environment()
    unit = LineUnit(env, Calendar.continuous(), ideal_cycle_time=1.0)
    line = ProcessLine(env, [unit], [], "line", laws=[Lags()], step=10.0)
    line.start()
    begin = time.perf_counter()
    env.run(until=steps * 10.0 + 5.0)
    return steps / (time.perf_counter() - begin)


def processes(steps: int) -> float:
    """Return steps/s with one SimPy process a unit."""
    env = simpy.Environment()
    values = np.linspace(0.0, 1.0, STATES).tolist()

    def unit(place: int) -> Generator[simpy.Event, Any, None]:
        while True:
            yield env.timeout(10.0)
            values[place] += (values[place - 1] - values[place]) * SHARE

    for place in range(STATES):
        env.process(unit(place))
    begin = time.perf_counter()
    env.run(until=steps * 10.0 + 5.0)
    return steps / (time.perf_counter() - begin)


def main() -> None:
    """Print the ratios."""
    in_arrays = best(lambda: arrays(50_000))
    in_processes = best(lambda: processes(500))
    print(f"{STATES} coupled first-order states, steps/s of the whole line")
    print(f"  one process, arrays in place   {in_arrays:>12,.0f}")
    print(f"  one SimPy process a unit       {in_processes:>12,.0f}   ratio {in_arrays / in_processes:.0f}")
    bare = best(lambda: potline(2.0, telemetry=False)[0])
    samples = 0

    def published() -> float:
        nonlocal samples
        rate, samples = potline(1.0, telemetry=True)
        return rate

    told = best(published)
    print("potline, 288 cells, step 10 s, simulated s per wall s")
    print(f"  without telemetry              {bare:>12,.0f}   ratio to the goal of 100,000: {bare / 1e5:.1f}")
    print(f"  with telemetry at 1 s scan     {told:>12,.0f}   ratio to the goal of 20,000: {told / 2e4:.1f}")
    print(f"  a day of history               {86_400 / told:>12.1f} s, {samples:,} samples")


if __name__ == "__main__":
    main()
