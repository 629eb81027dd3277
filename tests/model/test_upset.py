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


def test_upset_that_comes_twice_as_often_stretches_the_pause_under_way() -> None:
    """The used share of the present pause stays: a trip due in 600 s comes after 300 s at twice the pace."""

    def first(pace: float) -> float:
        env = simpy.Environment()
        unit = UnitOperation(env, "cold_box")
        upsets = Upsets(env, Streams(3), unit, [Upset(reason="failure:trip", between=900.0, lasting=100.0)])
        upsets.tune("failure:trip", pace=pace)
        while unit.state is not State.ABORTED:
            env.step()
        return env.now

    assert first(2.0) == pytest.approx(first(1.0) / 2.0, rel=1e-12)


def test_upset_that_lasts_half_as_long_loses_half() -> None:
    env = simpy.Environment()
    unit = UnitOperation(env, "cold_box")
    upsets = Upsets(
        env, Streams(3), unit, [Upset(reason="upset:plug", between=900.0, lasting=100.0, depth=0.2)]
    )
    upsets.tune("upset:plug", lasting=0.5)
    env.run(until=4_000_000.0)
    assert 1.0 - unit.account()["capacity_seconds"] / 4_000_000.0 == pytest.approx(0.2 * 50 / 950, rel=0.1)


def test_wear_that_shows_can_be_renewed_and_chance_cannot() -> None:
    """Renewed before its end, a foreseeable upset never comes; one by chance comes at its time."""
    env = simpy.Environment()
    worn, struck = (
        Upset(reason=f"upset:{name}", between=900.0, lasting=10.0, depth=0.2, foreseeable=share)
        for name, share in (("wear", 1.0), ("chance", 0.0))
    )
    upsets = Upsets(env, Streams(5), UnitOperation(env, "compressor"), [worn, struck])
    seen = 0.0
    while env.now < 90_000.0:
        env.run(until=env.now + 0.5)
        seen = max(seen, upsets.degradation("upset:wear"))
        if upsets.degradation("upset:wear") > 0.9:
            upsets.renew("upset:wear")
        upsets.renew("upset:chance")
        assert upsets.degradation("upset:chance") == 0.0
    assert 0.9 < seen < 1.0
    assert upsets.count == pytest.approx(100, abs=30)
