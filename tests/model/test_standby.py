"""Standby: a station without work sleeps when it may, and pays for it with time and energy when it wakes."""

import math
from collections.abc import Iterable
from typing import Any

import pytest
import simpy

from twin.model.calendar import Calendar, Shift
from twin.model.cycle import Cycle
from twin.model.discrete_line import DiscreteLine
from twin.model.failure import StopMode
from twin.model.line_unit import LineUnit
from twin.model.machine_group import MachineGroup
from twin.model.metered_group import MeteredGroup
from twin.model.order import Order, endless
from twin.model.set_up import SetUp
from twin.model.signal import Signal, Symptom
from twin.model.standby import Standby
from twin.model.state import Reason, State
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.unit import Unit

ALWAYS = Calendar([Shift("always", 0, 24)])
POWER = {"electricity": {"execute": 100.0, "idle": 40.0, "standby": 4.0}}
WAKE = Standby(wake=30.0, energy=0.5)
VIBRATION = Symptom(
    Signal("vibration", "mm/s", 0, 30, 0.1, (None, None, 7.1, 11), "vibration"), 3.0, 11.0, 0.0
)
WAKING = f"{Reason.WAITING}:wake_up"


def arrivals(
    env: simpy.Environment, station: Station, times: Iterable[float], **options: Any
) -> DiscreteLine:
    """Build and start a line of `station` alone, to which one part comes at each of `times`."""
    before = 0.0
    gaps = []
    for time in times:
        gaps.append(time - before)
        before = time
    gaps.append(math.inf)
    line = DiscreteLine(
        env, Streams(1), LineUnit(env, options.pop("calendar", ALWAYS), ideal_cycle_time=1.0), {"a": [station]},
        orders=endless("a"), pacing=station.name, interarrival=iter([*gaps[:-1], 1e9]).__next__, **options,
    )  # fmt: skip
    station.pending = []
    line.start()
    return line


def press(env: simpy.Environment, kind: type[Station] = Station, **options: Any) -> Station:
    return kind(
        env, Streams(1), "s", cycle=Cycle(mean=10.0),
        **({"buffer": math.inf, "power": POWER, "standby": WAKE} | options),
    )  # fmt: skip


def permit(station: Unit, value: float = 1.0, *, tag: str = "standby") -> None:
    write = next(known.write for known in station.tags() if known.name == tag)
    assert write is not None
    write(value)


def told(station: Unit, tag: str) -> list[tuple[float, object]]:
    """Return the changes of `tag`, the last of each moment."""
    return list(
        {time: value for time, name, value in station.pending or () if name == tag and time > 0.0}.items()
    )


def energy(station: Unit, label: str) -> float:
    return station.account()[f"energy/electricity/{label}"]


@pytest.mark.parametrize("kind", [Station, MachineGroup])
def test_sleeping_and_waking_is_exact(kind: type[Station]) -> None:
    """A part at 100 s: suspended at 5 s, asleep to 100 s, waking to 130 s, at work to 140 s, asleep from 145 s."""
    env = simpy.Environment()
    station = press(env, kind)
    arrivals(env, station, [100.0])
    permit(station)
    env.run(until=99.0)
    assert station.meters["electricity"].draw == 4.0
    env.run(until=101.0)
    assert (station.meters["electricity"].draw, station.meters["electricity"].label) == (40.0, "idle")
    env.run(until=1000.0)
    assert told(station, "reason") == [
        (5.0, Reason.STARVED),
        (100.0, WAKING),
        (130.0, Reason.PRODUCTION),
        (145.0, Reason.STARVED),
    ]
    assert station.processed == 1
    assert energy(station, "execute") == pytest.approx(100.0 * (5 + 15) / 3600)
    assert energy(station, "idle") == pytest.approx(40.0 * 30 / 3600 + 0.5)
    assert energy(station, "standby") == pytest.approx(4.0 * (95 + 855) / 3600)


def test_without_permission_nothing_differs() -> None:
    """A station that may sleep, but is not told to, does and draws what one without standby does."""
    pages = []
    for standby in (None, WAKE):
        env = simpy.Environment()
        station = press(env, standby=standby)
        arrivals(env, station, [100.0, 103.0, 400.0])
        env.run(until=1000.0)
        pages.append((station.account(), station.pending))
    assert pages[0] == pages[1]
    assert "standby" not in [tag.name for tag in press(simpy.Environment(), standby=None).tags()]


def test_taking_the_permission_back_wakes() -> None:
    """Woken at 50 s, awake at 80 s: the part of 100 s finds the station ready; the start-up was paid all the same."""
    env = simpy.Environment()
    station = press(env)
    arrivals(env, station, [100.0])
    permit(station)
    env.run(until=50.0)
    permit(station, 0.0)
    env.run(until=1000.0)
    assert told(station, "standby") == [(50.0, 0.0)]
    assert told(station, "reason")[1] == (100.0, Reason.PRODUCTION)
    assert energy(station, "idle") == pytest.approx(40.0 * (50 + 885) / 3600 + 0.5)
    assert energy(station, "standby") == pytest.approx(4.0 * 45 / 3600)


def test_a_part_that_comes_while_it_wakes_waits_for_the_rest() -> None:
    env = simpy.Environment()
    station = press(env)
    arrivals(env, station, [60.0])
    permit(station)
    env.run(until=50.0)
    permit(station, 0.0)
    env.run(until=1000.0)
    assert told(station, "reason")[1:3] == [(60.0, WAKING), (80.0, Reason.PRODUCTION)]


def test_parts_that_come_while_it_wakes_take_their_places_and_begin_together() -> None:
    """Three parts for two places: two begin at 130 s, the third follows; every piece is somewhere at any time."""
    env = simpy.Environment()
    station = press(env, places=2)
    line = arrivals(env, station, [100.0, 110.0, 120.0])
    permit(station)
    env.run(until=125.0)
    assert (station.busy, len(station.inbox)) == (2, 1)
    assert line.balances()["pieces"] == 0.0
    env.run(until=140.5)
    assert (station.processed, station.busy) == (2, 1)
    env.run(until=1000.0)
    assert line.good == 3
    assert line.balances()["pieces"] == 0.0


def test_the_line_tells_that_it_waits_for_the_wake_up() -> None:
    env = simpy.Environment()
    station = press(env)
    line = arrivals(env, station, [100.0])
    permit(station)
    env.run(until=110.0)
    assert (line.line_unit.state, line.line_unit.reason) == (State.SUSPENDED, WAKING)


def test_a_part_that_is_being_waited_for_is_made_when_the_shift_ends() -> None:
    """The break begins while the station wakes: it finishes the part that it holds, and no other, before it rests."""
    calendar = Calendar([Shift("day", 0, 24, breaks=((1.0, 2.0),))])
    env = simpy.Environment()
    station = press(env)
    line = arrivals(env, station, [3590.0, 3595.0], calendar=calendar)
    permit(station)
    env.run(until=7000.0)
    assert told(station, "reason")[1:] == [
        (3590.0, WAKING),
        (3620.0, Reason.PRODUCTION),
        (3630.0, Reason.BREAK),
    ]
    env.run(until=8000.0)
    assert line.good == 2
    assert told(station, "reason")[4:] == [(7200.0, Reason.PRODUCTION), (7215.0, Reason.STARVED)]


def test_a_blocked_station_sleeps_too() -> None:
    """A fast station in front of a slow one is blocked, sleeps, and is waked by its next part."""
    env, streams = simpy.Environment(), Streams(1)
    fast = press(env, buffer=0)
    slow = Station(env, streams, "slow", cycle=Cycle(mean=100.0))
    unit = LineUnit(env, ALWAYS, ideal_cycle_time=1.0)
    line = DiscreteLine(env, streams, unit, {"a": [fast, slow]}, orders=endless("a"), pacing="slow")
    fast.pending = []
    line.start()
    permit(fast)
    env.run(until=160.0)
    assert told(fast, "reason") == [
        (25.0, Reason.BLOCKED),
        (110.0, WAKING),
        (140.0, Reason.PRODUCTION),
        (155.0, Reason.BLOCKED),
    ]
    assert fast.meters["electricity"].draw == 4.0
    assert line.balances()["pieces"] == 0.0


def test_a_group_does_not_sleep_while_a_machine_is_repaired() -> None:
    """One of two machines is out when the other has nothing to do: the group draws idle until both can sleep."""
    env = simpy.Environment()
    mode = StopMode(name="jam", between=15.0, duration=500.0, cv=0.0, regular=True)
    group = press(env, MachineGroup, places=2, stops=[mode])
    assert isinstance(group, MachineGroup)
    for machine, due in zip(group.machines, (5.0, 1e9), strict=True):
        machine.stops[0].at = due
        machine.aim()
    arrivals(env, group, [100.0])
    env.run(until=50.0)
    permit(group)
    assert group.meters["electricity"].draw == 4.0
    env.run(until=300.0)
    assert (group.state, group.meters["electricity"].draw) == (State.SUSPENDED, 40.0)
    env.run(until=1000.0)
    assert group.processed == 1
    assert group.meters["electricity"].draw == 4.0


def test_a_machine_that_is_spoken_for_is_serviced_after_its_part() -> None:
    """A service requested while the group wakes for a part of each machine does not take one of them away."""
    env = simpy.Environment()
    mode = StopMode(
        name="drive", between=1e9, duration=100.0, cv=0.0, regular=True, symptoms=(VIBRATION,), planned=50.0
    )
    group = press(env, MachineGroup, places=2, stops=[mode], set_up=SetUp(Streams(1), "s", mean=5.0))
    line = arrivals(env, group, [100.0, 101.0])
    permit(group)
    env.run(until=110.0)
    permit(group, tag="service_drive_2")
    env.run(until=1000.0)
    assert told(group, "service_drive_2") == [(110.0, 1.0), (190.0, 0.0)]
    assert line.good == 2
    assert line.balances()["pieces"] == 0.0


def test_machines_that_are_metered_singly_sleep() -> None:
    env = simpy.Environment()
    power = {"electricity": {"execute": 50.0, "idle": 20.0, "standby": 2.0}}
    group = press(env, MeteredGroup, places=2, power=None, machine_power=power)
    arrivals(env, group, [100.0])
    permit(group)
    env.run(until=100.0)
    assert energy(group, "standby") == pytest.approx(4.0 * 95 / 3600)
    env.run(until=131.0)
    assert group.meters["electricity"].draw == 70.0


def test_no_order_is_nothing_to_do() -> None:
    """A line whose orders are all made sleeps."""
    env = simpy.Environment()
    station = press(env, buffer=0)
    unit = LineUnit(env, ALWAYS, ideal_cycle_time=1.0)
    orders = iter([Order(name="last", product="a", quantity=2)])
    DiscreteLine(env, Streams(1), unit, {"a": [station]}, orders=orders, pacing="s").start()
    permit(station)
    env.run(until=100.0)
    assert (station.state, station.meters["electricity"].draw) == (State.IDLE, 4.0)


def test_bad_standby_is_refused() -> None:
    with pytest.raises(ValueError, match=r"standby: wake -1\.0 must be finite and not negative"):
        Standby(wake=-1.0)
    with pytest.raises(ValueError, match="standby: energy nan"):
        Standby(wake=1.0, energy=math.nan)
    for options, text in (
        ({"power": {"electricity": {"idle": 4.0, "standby": 4.0}}}, "station s: standby saves nothing"),
        (
            {"power": {"gas": {"idle": 4.0}}},
            "station s: standby takes 'electricity', but its power names: gas",
        ),
    ):
        env = simpy.Environment()
        with pytest.raises(ValueError, match=text):
            arrivals(env, press(env, **options), [])
