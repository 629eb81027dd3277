"""Machines in parallel: capacity in service follows the outages."""

import pytest
import simpy

from twin.model.outage import Machines, Outage, tune
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.unit_operation import UnitOperation

FAILURE = Outage(state=State.ABORTED, reason="failure:pump", between=900.0, lasting=100.0)


def test_single_machine_availability_is_mtbf_over_cycle() -> None:
    """Alternating renewal: share of time down = MTTR / (MTBF + MTTR)."""
    env = simpy.Environment()
    unit = UnitOperation(env, "pump")
    Machines(env, Streams(11), unit, 1, [FAILURE])
    env.run(until=4_000_000.0)
    page = unit.account()
    assert page["seconds/aborted/failure"] / 4_000_000.0 == pytest.approx(0.1, abs=0.01)
    assert unit.capacity == 1.0, "the state alone tells that the only machine is down"


def test_several_machines_reduce_capacity_before_they_stop_the_unit() -> None:
    env = simpy.Environment()
    unit = UnitOperation(env, "pumps")
    machines = Machines(env, Streams(4), unit, 3, [FAILURE])
    seen = set()
    for moment in range(1, 30_000):
        env.run(until=moment * 10.0)
        working = sum(machines.working(machine) for machine in range(3))
        assert working == machines.in_service
        assert unit.capacity == pytest.approx(working / 3.0)
        assert (unit.state is State.ABORTED) == (working == 0)
        seen.add(working)
    assert seen == {0, 1, 2, 3}
    page = unit.account()
    assert page["capacity_seconds"] / 299_990.0 == pytest.approx(0.9, abs=0.02)


def test_regular_outage_is_spread_over_the_machines() -> None:
    """A set-up that is due every 100 s does not take all machines at once."""
    env = simpy.Environment()
    unit = UnitOperation(env, "casters")
    setup = Outage(
        state=State.RESETTING, reason="changeover:mould", between=100.0, lasting=10.0, cv=0.0, regular=True
    )
    Machines(env, Streams(1), unit, 2, [setup])
    env.run(until=1_000.0)
    assert unit.state is State.EXECUTE
    assert unit.reason == Reason.PRODUCTION
    assert 0.85 < unit.account()["capacity_seconds"] / 1_000.0 < 0.97


def test_tuned_outages_come_and_last_as_told_from_the_next_draw_on() -> None:
    """Regular ones without scatter: twice as often, half as long, and no other outage is meant."""
    env = simpy.Environment()
    unit = UnitOperation(env, "unit")
    machines = Machines(
        env, Streams(1), unit, 1,
        [Outage(state=State.HELD, reason=reason, between=100.0, lasting=10.0, cv=0.0, regular=True)
         for reason in ("failure:pump", "micro_stop:valve")],
    )  # fmt: skip
    tune(machines.clocks, "failure", pace=2.0)
    tune(machines.clocks, "failure", lasting=0.5)
    pump, valve = machines.clocks
    assert (pump.pause(), pump.length()) == (50.0, 5.0)
    assert (valve.pause(), valve.length()) == (100.0, 10.0)
    with pytest.raises(ValueError, match="leak"):
        tune(machines.clocks, "leak", pace=2.0)
    with pytest.raises(ValueError, match="lasting"):
        tune(machines.clocks, "failure", lasting=0.0)
