"""Upsets in series: the deepest counts, a trip is a state, the lost share is that of the renewal theory."""

import pytest
import simpy

from twin.model.state import State
from twin.model.streams import Streams
from twin.model.unit_operation import UnitOperation
from twin.model.upset import Upset, Upsets


def test_deepest_upset_counts_and_a_trip_is_a_state() -> None:
    env = simpy.Environment()
    unit = UnitOperation(env, "compressor")
    upsets = Upsets(env, Streams(1), unit, [])
    upsets.impose("surge", 0.1, "upset:surge")
    upsets.impose("fouling", 0.3, "upset:fouling")
    assert (upsets.able, unit.capacity, unit.state) == (0.7, 0.7, State.EXECUTE)
    upsets.impose("trip", 1.0, "failure:turbine")
    assert (upsets.able, unit.state, unit.reason) == (0.0, State.ABORTED, "failure:turbine")
    upsets.relieve("fouling")
    upsets.relieve("trip")
    upsets.relieve("trip")
    assert (upsets.able, unit.capacity, unit.state) == (0.9, 0.9, State.EXECUTE)


def test_lost_share_is_depth_times_lasting_over_cycle() -> None:
    env = simpy.Environment()
    unit = UnitOperation(env, "cold_box")
    Upsets(env, Streams(3), unit, [Upset(reason="upset:plug", between=900.0, lasting=100.0, depth=0.2)])
    env.run(until=4_000_000.0)
    assert 1.0 - unit.account()["capacity_seconds"] / 4_000_000.0 == pytest.approx(0.02, rel=0.1)


def test_trips_take_mttr_over_cycle() -> None:
    env = simpy.Environment()
    unit = UnitOperation(env, "cold_box")
    upsets = Upsets(env, Streams(3), unit, [Upset(reason="failure:trip", between=900.0, lasting=100.0)])
    env.run(until=4_000_000.0)
    assert unit.account()["seconds/aborted/failure"] / 4_000_000.0 == pytest.approx(0.1, rel=0.1)
    assert upsets.count == pytest.approx(4000, rel=0.1)


@pytest.mark.parametrize(
    ("field", "value"), [("between", 0.0), ("lasting", -1.0), ("depth", 1.5), ("cv", -0.1)]
)
def test_upset_that_cannot_be_is_refused(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=field):
        Upset(**({"reason": "upset:x", "between": 1.0, "lasting": 1.0} | {field: value}))  # type: ignore[arg-type]
