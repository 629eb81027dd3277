"""A station alone: rates, places, stops in operating time, and its refusals."""

from itertools import pairwise

import pytest
import simpy

from twin.model.buffer import Buffer
from twin.model.calendar import Calendar
from twin.model.cycle import Cycle
from twin.model.discrete_line import DiscreteLine
from twin.model.failure import Stop, StopMode
from twin.model.line_unit import LineUnit
from twin.model.order import endless
from twin.model.passage import go, passage
from twin.model.signal import Signal
from twin.model.state import LEGAL_MOVES, Reason, State
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.supply import Supply
from twin.model.unit import Unit


def alone(station: Station) -> DiscreteLine:
    unit = LineUnit(station.env, Calendar.continuous(), ideal_cycle_time=1.0)
    line = DiscreteLine(
        station.env, Streams(1), unit, {"a": [station]}, orders=endless("a"), pacing=station.name
    )
    line.start()
    return line


@pytest.mark.parametrize("places", [1, 2, 5])
def test_parallel_places_multiply_the_rate(places: int) -> None:
    """A saturated station of n places makes n parts a cycle; its ideal cycle time is per part."""
    env = simpy.Environment()
    station = Station(env, Streams(1), "s", cycle=Cycle(mean=10.0), places=places)
    line = alone(station)
    env.run(until=1001)
    assert line.good == 100 * places
    assert station.ideal_cycle_time == 10.0 / places


def test_stop_strikes_in_operating_time() -> None:
    """Availability of one machine is life / (life + repair), whatever the cycle time; states carry it."""
    env = simpy.Environment()
    mode = StopMode(name="fail", between=100.0, duration=25.0, cv=0.5)
    station = Station(env, Streams(4), "s", cycle=Cycle(mean=7.0), stops=[mode])
    alone(station)
    env.run(until=400_000)
    page = station.account()
    assert page["seconds/execute/production"] / 400_000 == pytest.approx(0.8, abs=0.01)
    assert page["seconds/aborted/failure"] / 400_000 == pytest.approx(0.2, abs=0.01)
    assert station.operating == pytest.approx(page["seconds/execute/production"], abs=10.0)


def test_stop_mid_cycle_is_exact() -> None:
    """A stop due at 12.5 operating seconds begins at 12.5 s, and the rest of the cycle follows it."""
    env = simpy.Environment()
    station = Station(env, Streams(1), "s", cycle=Cycle(mean=5.0))
    stop = Stop(
        StopMode(name="jam", between=1.0, duration=3.0, cv=0.0, category=Reason.MICRO_STOP), "s", Streams(1)
    )
    stop.at = 12.5
    station.stops.append(stop)
    station.aim()
    line = alone(station)
    station.pending = []
    env.run(until=12.6)
    assert station.state is State.HELD
    assert station.pending[-1][0] == 12.5
    stop._draw_life = lambda: 1e9
    env.run(until=18.1)
    assert line.good == 3


def test_operating_does_not_count_standstill() -> None:
    """A starved station does not age."""
    env, streams = simpy.Environment(), Streams(1)
    slow = Station(env, streams, "slow", cycle=Cycle(mean=10.0))
    fast = Station(env, streams, "fast", cycle=Cycle(mean=1.0))
    unit = LineUnit(env, Calendar.continuous(), ideal_cycle_time=1.0)
    DiscreteLine(env, streams, unit, {"a": [slow, fast]}, orders=endless("a"), pacing="slow").start()
    env.run(until=1000.5)
    assert fast.operating == pytest.approx(100.0, abs=1.5)


def test_every_passage_is_legal_and_none_is_missing() -> None:
    """From any state to EXECUTE, STOPPED, HELD, ABORTED there is a legal way."""
    for before in State:
        for after in (State.EXECUTE, State.STOPPED, State.HELD, State.ABORTED):
            way = [before, *passage(before, after), after]
            for here, there in pairwise(way):
                assert here is there or there in LEGAL_MOVES[here]


def test_go_passes_states_in_no_time() -> None:
    """A repaired unit goes ABORTED -> STOPPED -> … -> EXECUTE at one moment."""
    env = simpy.Environment()
    unit = Unit(env, "u")
    go(unit, State.ABORTED, "failure:x")
    go(unit, State.EXECUTE, Reason.PRODUCTION)
    assert unit.state is State.EXECUTE
    assert sum(unit.account()[key] for key in unit.account() if key.startswith("seconds/")) == 0.0


@pytest.mark.parametrize("capacity", [-1, 0.5, float("nan")])
def test_bad_buffer_is_refused(capacity: float) -> None:
    with pytest.raises(ValueError, match="capacity"):
        Buffer(capacity)
    with pytest.raises(ValueError, match="station s: buffer capacity"):
        Station(simpy.Environment(), Streams(1), "s", cycle=Cycle(mean=1.0), buffer=capacity)


def test_bad_stations_are_refused() -> None:
    env, streams = simpy.Environment(), Streams(1)
    with pytest.raises(ValueError, match="station s: places 0"):
        Station(env, streams, "s", cycle=Cycle(mean=1.0), places=0)
    with pytest.raises(ValueError, match="cycle: mean 0"):
        Cycle(mean=0.0)
    with pytest.raises(ValueError, match="cycle: cv"):
        Cycle(mean=1.0, cv=-0.1)
    with pytest.raises(ValueError, match="supply rack: size"):
        Supply(env, streams, "rack", size=0, containers=1, trip=1.0)
    supply = Supply(env, streams, "rack", size=1, containers=1, trip=1.0)
    Station(env, streams, "s", cycle=Cycle(mean=1.0), supplies=(supply,))
    with pytest.raises(ValueError, match="already serves s"):
        Station(env, streams, "t", cycle=Cycle(mean=1.0), supplies=(supply,))


def test_signal_reads_the_attribute_of_its_name() -> None:
    class Thing:
        force = 3.0

    thing = Thing()
    tag = Signal("force", "kN", 0, 10, 0.1, (None, None, 7, 9), "force").tag(thing)
    thing.force = 4.0
    assert tag.read is not None
    assert tag.read() == 4.0
    with pytest.raises(ValueError, match="no attribute 'torque' to read"):
        Signal("torque", "kN", 0, 10, 0.1, (None, None, 7, 9), "torque").tag(thing)
