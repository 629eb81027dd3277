"""Dials on mechanisms: what an upgrade tunes holds at once, by its factor, and a fault multiplies it."""

from typing import Any

import pytest
import simpy

from twin.model.calendar import Calendar, Shift
from twin.model.cycle import Cycle
from twin.model.discrete_line import DiscreteLine
from twin.model.energy import Meter
from twin.model.failure import Stop, StopMode
from twin.model.line_unit import LineUnit
from twin.model.machine_group import MachineGroup
from twin.model.metered_group import MeteredGroup
from twin.model.order import endless
from twin.model.quality import DefectCause, Defects
from twin.model.state import Reason, State
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.supply import Supply
from twin.model.tool import Tooling
from twin.model.unit import Unit

JAM = StopMode(name="jam", between=100.0, duration=20.0, cv=0.0, regular=True)
CHIP = StopMode(name="chip", between=70.0, duration=5.0, cv=0.0, regular=True, category=Reason.MICRO_STOP)


def run(station: Station, until: float) -> DiscreteLine:
    """Run a saturated line of `station` alone."""
    unit = LineUnit(station.env, Calendar.continuous(), ideal_cycle_time=1.0)
    line = DiscreteLine(
        station.env, Streams(1), unit, {"a": [station]}, orders=endless("a"), pacing=station.name
    )
    station.pending = []
    line.start()
    station.env.run(until=until)
    return line


def seconds(unit: Unit, key: str) -> float:
    return unit.account().get(f"seconds/{key}", 0.0)


def test_pace_and_fault_multiply() -> None:
    """A life half used is half used at any pace; pace and haste divide what is left, and each leaves the other."""
    stop = Stop(JAM, "s", Streams(1))
    stop.renew(0.0)
    stop.tune(50.0, pace=0.5)
    assert (stop.at, stop.degradation(50.0)) == (150.0, 0.5)
    stop.hasten(50.0, 4.0)
    assert (stop.at, stop.degradation(50.0)) == (75.0, 0.5)
    stop.renew(75.0)
    assert stop.at == 75.0 + 100.0 / (0.5 * 4.0)
    stop.hasten(75.0, 1.0)
    assert stop.at == 275.0
    stop.tune(75.0)
    assert stop.at == 175.0


def test_lasting_multiplies_durations_to_come() -> None:
    stop = Stop(JAM, "s", Streams(1))
    stop.tune(0.0, lasting=0.25)
    assert stop.duration() == 5.0
    stop.tune(0.0)
    assert stop.duration() == 20.0


def test_tooling_is_tuned_by_its_hazard() -> None:
    """At the eighth of the hazard, shape 3, a new tool's next event comes at twice its age."""
    mode = StopMode(
        name="die", between=100.0, duration=1.0, shape=3.0, regular=False, category=Reason.TOOLING
    )
    tooling = Tooling(mode, "s", Streams(1), products=["a"], life=1000.0)
    tooling.renew(0.0)
    before = tooling.at
    tooling.tune(0.0, pace=0.125)
    assert tooling.at == pytest.approx(2.0 * before)
    tooling.hasten(0.0, 8.0)
    assert tooling.at == pytest.approx(before)


def test_station_tunes_the_stops_that_are_meant() -> None:
    """By name, by what tells of a mode, or all; those left out stay; a stranger is refused with what there is."""
    station = Station(simpy.Environment(), Streams(1), "s", cycle=Cycle(mean=1.0), stops=[JAM, CHIP])
    station.tune(pace=2.0, modes=["jam"])
    assert [stop.pace for stop in station.stops] == [2.0, 1.0]
    station.tune(lasting=3.0, modes=lambda mode: mode.category == Reason.MICRO_STOP)
    assert [(stop.pace, stop.lasting) for stop in station.stops] == [(2.0, 1.0), (1.0, 3.0)]
    station.tune()
    assert [(stop.pace, stop.lasting) for stop in station.stops] == [(1.0, 1.0)] * 2
    with pytest.raises(ValueError, match=r"station s has no stop 'die'; there are: jam, chip"):
        station.tune(modes=["die"])
    with pytest.raises(ValueError, match="stop mode jam: pace 0"):
        station.tune(pace=0.0)


@pytest.mark.parametrize("kind", [Station, MachineGroup])
def test_tuned_stops_take_less_time(kind: type[Station]) -> None:
    """Half as often and half as long: 5 s in 205 instead of 20 s in 120, from the next renewal on."""
    station = kind(simpy.Environment(), Streams(1), "s", cycle=Cycle(mean=1.0), stops=[JAM])
    station.tune(pace=0.5, lasting=0.5)
    line = run(station, 210.0 * 100)
    stopped = seconds(station, "aborted/failure")
    assert stopped == pytest.approx(100 * 10.0, abs=10.0)
    assert line.good == pytest.approx(100 * 200, abs=201)


def test_tempo_multiplies_the_cycle_beside_the_pace() -> None:
    """A product's pace of 2 and a tempo of 1/4 make a cycle of 10 s last 5 s; the planned run time stays."""
    for kind in (Station, MachineGroup):
        station = kind(simpy.Environment(), Streams(1), "s", cycle=Cycle(mean=10.0))
        station.pace, station.tempo = 2.0, 0.25
        assert run(station, 1001.0).good == 200
        assert station.ideal_cycle_time == 10.0


def test_defects_follow_rate_and_delay() -> None:
    """A tuned rate of 0 spoils nothing, a fault's rate is multiplied, and a delay cut below a part is one part."""

    def spoiled(defects: Defects, parts: int) -> int:
        count = 0
        for _ in range(parts):
            defects.left -= 1
            if not defects.left:
                count += defects.strikes()
        return count

    cause = DefectCause(name="dent", rate=0.01, delay=10.0)
    defects = Defects(cause, "s", Streams(1))
    defects.tune(rate=0.0)
    assert spoiled(defects, 10_000) == 0
    defects.set_rate(0.02)
    assert spoiled(defects, 10_000) == 0
    defects.tune(rate=0.5, delay=0.05)
    # one part in 100 begins an event, and each event is one part
    assert spoiled(defects, 100_000) == pytest.approx(1_000, rel=0.1)
    defects.tune(rate=0.5)
    # 100 good parts and 10 bad ones take turns
    assert spoiled(defects, 100_000) == pytest.approx(100_000 * 10 / 109, rel=0.1)


def test_defects_at_their_usual_draw_nothing() -> None:
    """Being told again what holds already does not move the random numbers of a cause."""
    cause = DefectCause(name="dent", rate=0.01, delay=10.0)
    told, untold = (Defects(cause, "s", Streams(1)) for _ in range(2))
    for _ in range(10):
        told.tune()
    assert told.left == untold.left
    assert told._draw() == untold._draw()


def test_station_tunes_a_defect_cause_by_name() -> None:
    cause = DefectCause(name="dent", rate=0.5)
    station = Station(simpy.Environment(), Streams(1), "s", cycle=Cycle(mean=1.0), causes=[cause])
    station.tune_defects("dent", rate=0.0)
    with pytest.raises(ValueError, match="no defect cause 'scratch'; it has: dent"):
        station.tune_defects("scratch")
    with pytest.raises(ValueError, match="defect cause dent: factor delay -1"):
        station.tune_defects("dent", delay=-1.0)


def test_usual_multiplies_the_trips_of_a_supply() -> None:
    """A trip of 10 s, three times as long by a fault, half by an upgrade: one part of a one-part rack in 15 s."""
    env, streams = simpy.Environment(), Streams(1)
    supply = Supply(env, streams, "rack", size=1, containers=1, trip=10.0, cv=0.0)
    supply.delay, supply.usual = 3.0, 0.5
    station = Station(env, streams, "s", cycle=Cycle(mean=1.0), supplies=[supply])
    assert run(station, 150.5).good == 10


def test_power_is_scaled_at_once_and_against_the_nominal() -> None:
    """An hour at 10 kW, one at half of it, one at a quarter; another state's factor waits for that state."""
    env = simpy.Environment()
    unit = Unit(env, "u", power={"electricity": {"standby": 10.0, "idle": 40.0}, "gas": {"standby": 1.0}})
    for factor in (1.0, 0.5, 0.25):
        unit.scale_power("standby", factor, "electricity")
        env.run(until=env.now + 3600.0)
    unit.scale_power("idle", 0.5)
    assert unit.meters["electricity"].draw == 2.5
    unit.to(State.IDLE, Reason.NO_ORDER)
    assert unit.meters["electricity"].draw == 20.0
    assert unit.account()["energy/electricity/standby"] == pytest.approx(17.5)
    assert unit.account()["energy/gas/standby"] == pytest.approx(3.0)
    with pytest.raises(ValueError, match="unit u has no meter of 'steam'; its power names: electricity, gas"):
        unit.scale_power("idle", 1.0, "steam")


def test_a_draw_that_was_set_is_not_scaled() -> None:
    meter = Meter(simpy.Environment(), {"idle": 10.0}, "idle")
    meter.set_draw(7.0)
    meter.scale("idle", 0.5)
    assert meter.draw == 7.0
    meter.switch("idle")
    assert meter.draw == 5.0
    for label, factor, text in (("on", 1.0, "power state 'on'"), ("idle", -1.0, "power factor -1")):
        with pytest.raises(ValueError, match=text):
            meter.scale(label, factor)


def test_machines_at_work_are_scaled_while_the_unit_rests() -> None:
    """Of two machines one works: halving `execute` halves its 8 kW at once; the other goes on drawing 2 kW."""
    env = simpy.Environment()
    power: dict[str, Any] = {"electricity": {"execute": 8.0, "idle": 2.0, "standby": 2.0}}
    group = MeteredGroup(env, Streams(1), "g", cycle=Cycle(mean=1.0), places=2, machine_power=power)
    meter = group.meters["electricity"]
    group._set_working(+1)
    assert meter.draw == 10.0
    env.run(until=3600.0)
    group.scale_power("execute", 0.5)
    assert meter.draw == 6.0
    env.run(until=7200.0)
    assert meter.total() == pytest.approx(16.0)
    assert meter.read("execute") == pytest.approx(12.0)


def test_staff_is_paid_as_it_was_there() -> None:
    """Ten people until half past, six after that; a pause outside the shift costs nothing."""
    env = simpy.Environment()
    unit = LineUnit(env, Calendar([Shift("day", 0, 1)]), ideal_cycle_time=1.0, staff=10.0)
    env.process(unit.run())
    env.run(until=1800.0)
    unit.set_staff(6.0)
    env.run(until=7200.0)
    assert unit.labour_hours() == pytest.approx(8.0)
    assert unit.planned_busy_seconds() == 3600.0
    with pytest.raises(ValueError, match="unit line: staff -1"):
        unit.set_staff(-1.0)
