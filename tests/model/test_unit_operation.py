"""Unit operations: tags over arrays, set points that reach the physics, draws that outlive a change of state."""

import numpy as np
import pytest
import simpy

from twin.model.state import Reason, State
from twin.model.tag import Kind, Tag
from twin.model.unit_operation import DEADBAND_SHARE, UnitOperation, drive


def tag(unit: UnitOperation, name: str) -> Tag:
    return next(tag for tag in unit.tags() if tag.name == name)


def test_measure_reads_the_element_as_it_is_now() -> None:
    values = np.array([1.0, 2.0])
    unit = UnitOperation(simpy.Environment(), "tank")
    unit.measure("level", values, 1, unit="m", sigma=0.5, low=0, high=9)
    level = tag(unit, "level")
    values[1] = 7.5
    assert level.read is not None
    assert level.read() == 7.5
    assert type(level.read()) is float
    assert level.deadband == DEADBAND_SHARE * 0.5


def test_setpoint_writes_all_its_places() -> None:
    values = np.zeros(6)
    unit = UnitOperation(simpy.Environment(), "tank")
    unit.setpoint("target", values, slice(2, 5), unit="Cel", low=0, high=10)
    target = tag(unit, "target")
    assert target.kind is Kind.SETPOINT
    assert target.write is not None
    assert target.read is not None
    target.write(4.0)
    assert values.tolist() == [0, 0, 4, 4, 4, 0]
    assert target.read() == 4.0


def test_unit_operation_runs_from_the_first_moment() -> None:
    env = simpy.Environment()
    unit = UnitOperation(env, "reactor")
    env.run(until=100.0)
    assert unit.account()["seconds/execute/production"] == 100.0


def test_draw_of_the_physics_outlives_a_change_of_state() -> None:
    """The energy goes to the register of the new state, at the draw that the physics set."""
    env = simpy.Environment()
    unit = UnitOperation(env, "furnace", power={"natural_gas": {"execute": 100.0, "standby": 5.0}})
    unit.draw("natural_gas", 36.0)
    env.run(until=100.0)
    unit.to(State.ABORTED, Reason.FAILURE)
    env.run(until=200.0)
    page = unit.account()
    assert page["energy/natural_gas/execute"] == pytest.approx(1.0)
    assert page["energy/natural_gas/standby"] == pytest.approx(1.0)
    assert unit.meters["natural_gas"].total() == pytest.approx(2.0)


KNOWN = (State.EXECUTE, State.ABORTED, State.HELD, State.SUSPENDED, State.RESETTING, State.STOPPED)
UNNEEDED = {(State.ABORTED, State.HELD), (State.ABORTED, State.RESETTING), (State.STOPPED, State.RESETTING),
            (State.RESETTING, State.HELD)}  # fmt: skip


@pytest.mark.parametrize(
    ("start", "goal"), [(start, goal) for start in KNOWN for goal in KNOWN if (start, goal) not in UNNEEDED]
)
def test_drive_finds_a_legal_way(start: State, goal: State) -> None:
    """Between the states that a process unit knows there is a legal way, passed in no time."""
    unit = UnitOperation(simpy.Environment(), "unit")
    drive(unit, start, Reason.UPSET)
    drive(unit, goal, Reason.UPSET)
    assert unit.state is goal
    assert sum(value for key, value in unit.account().items() if key.startswith("seconds")) == 0.0
