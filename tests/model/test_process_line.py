"""The process line: one process, a fixed step, laws in order."""

from collections.abc import Sequence

import numpy as np
import pytest
import simpy

from twin.model.calendar import Calendar
from twin.model.line import Flow
from twin.model.line_unit import LineUnit
from twin.model.material import Holdup, MaterialStream
from twin.model.process_line import Law, ProcessLine
from twin.model.unit_operation import UnitOperation


class Recorder:
    """A law that writes down when it was called."""

    def __init__(
        self, env: simpy.Environment, name: str, every: int, log: list[tuple[float, str, float]]
    ) -> None:
        self.env, self.name, self.every, self.log = env, name, every, log

    def step(self, seconds: float) -> None:
        self.log.append((self.env.now, self.name, seconds))


class Drain:
    """Tank 1 runs into tank 2: dm/dt = -m / 100 s."""

    every = 1

    def __init__(self) -> None:
        self.mass = np.array([1000.0, 0.0])
        self.first = Holdup("first", read=lambda: self.mass.item(0))
        self.second = Holdup("second", read=lambda: self.mass.item(1))
        self.stream = MaterialStream(self.first, self.second)

    def step(self, seconds: float) -> None:
        moved = self.mass.item(0) * -np.expm1(-seconds / 100.0)
        self.mass += (-moved, moved)
        self.stream.move(moved)


def line(
    env: simpy.Environment, laws: Sequence[Law], *, step: float = 10.0, holdups: Sequence[Holdup] = ()
) -> ProcessLine:
    units = [
        LineUnit(env, Calendar.continuous(), ideal_cycle_time=1.0),
        UnitOperation(env, "tank_1"),
        UnitOperation(env, "tank_2"),
    ]
    built = ProcessLine(
        env,
        units,
        [Flow("tank_1", "tank_2")],
        "tank_1",
        laws=laws,
        step=step,
        stirred=units[1:2],
        holdups=holdups,
    )
    built.start()
    return built


def test_laws_advance_in_order_each_at_its_period() -> None:
    env = simpy.Environment()
    log: list[tuple[float, str, float]] = []
    line(env, [Recorder(env, "fast", 1, log), Recorder(env, "slow", 3, log)])
    env.run(until=31.0)
    assert log == [(10.0, "fast", 10.0), (20.0, "fast", 10.0), (30.0, "fast", 10.0), (30.0, "slow", 30.0)]


def test_only_stirred_units_are_touched_by_a_step() -> None:
    env = simpy.Environment()
    built = line(env, [])
    for unit in built.units:
        unit.touched = False
    env.run(until=10.5)
    assert [unit.touched for unit in built.units[1:]] == [True, False]


def test_integration_follows_the_closed_form_and_closes_its_balances() -> None:
    env = simpy.Environment()
    drain = Drain()
    built = line(env, [drain], holdups=[drain.first, drain.second])
    env.run(until=505.0)
    assert drain.mass[0] == pytest.approx(1000.0 * np.exp(-5.0), rel=1e-12)
    balances = built.balances()
    assert set(balances) == {"mass/first", "mass/second", "time/line", "time/tank_1", "time/tank_2"}
    assert max(balances.values()) < 1e-12
    drain.mass[1] -= 1.0
    assert built.balances()["mass/second"] > 1e-4


@pytest.mark.parametrize("step", [7.0, 0.0, -10.0, 120.0])
def test_step_must_divide_a_minute(step: float) -> None:
    with pytest.raises(ValueError, match="divide 60"):
        line(simpy.Environment(), [], step=step)


def test_law_must_have_a_period() -> None:
    env = simpy.Environment()
    with pytest.raises(ValueError, match="Recorder"):
        line(env, [Recorder(env, "never", 0, [])])
