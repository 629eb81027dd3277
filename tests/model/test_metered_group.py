"""Metered groups: energy by machine, and what a group of machines does at stops, breaks and reopenings."""

import math
from collections.abc import Generator
from typing import Any

import pytest
import simpy

from twin.model.calendar import Calendar, Shift
from twin.model.cycle import Cycle
from twin.model.detour import Detour
from twin.model.discrete_line import DiscreteLine
from twin.model.failure import Crew, Stop, StopMode
from twin.model.line_unit import LineUnit
from twin.model.loading import Loading
from twin.model.machine import Machine
from twin.model.machine_group import MachineGroup
from twin.model.metered_group import MachineMeter, MeteredGroup
from twin.model.order import endless
from twin.model.part import Part
from twin.model.quality import DefectCause, Inspection
from twin.model.set_up import SetUp
from twin.model.state import Reason, State
from twin.model.station import Station
from twin.model.streams import Streams

POWER = {"electricity": {"execute": 5.0, "idle": 2.0, "standby": 0.5}}
ALWAYS = Calendar([Shift("always", 0, 24)])
HOUR_ON_HOUR_OFF = Calendar([Shift("day", 0, 24, tuple((h, h + 1.0) for h in range(1, 24, 2)))])


class Bed:
    """A test bed for one line with one product."""

    def __init__(self, calendar: Calendar = ALWAYS) -> None:
        self.env = simpy.Environment()
        self.streams = Streams(1)
        self.calendar = calendar

    def group(self, built: type[MachineGroup] = MeteredGroup, cycle: float = 60.0, **options: Any) -> Any:
        if issubclass(built, MeteredGroup):
            options |= {"machine_power": POWER}
        return built(self.env, self.streams, "group", cycle=Cycle(mean=cycle), **options)

    def line(self, *route: Station) -> DiscreteLine:
        unit = LineUnit(self.env, self.calendar, ideal_cycle_time=1.0)
        line = DiscreteLine(
            self.env, self.streams, unit, {"a": route}, orders=endless("a"), pacing=route[-1].name
        )
        for each in line.units:
            each.pending = []
        line.start()
        return line


def energy(group: MeteredGroup) -> dict[str, float]:
    page = group.account()
    return {state: page[f"energy/electricity/{state}"] for state in ("execute", "idle", "standby")}


def test_each_machine_draws_by_what_it_does() -> None:
    """One of four machines gets work, always: an hour of it at 5 kW, three hours of its neighbours at 2 kW."""
    bed = Bed()
    first = Station(bed.env, bed.streams, "first", cycle=Cycle(mean=60.0))
    group = bed.group(places=4, cycle=59.9)
    bed.line(first, group)
    bed.env.run(until=60.0)
    before = energy(group)
    bed.env.run(until=3_660.0)
    used = {state: value - before[state] for state, value in energy(group).items()}
    assert used["execute"] == pytest.approx(5.0, rel=0.01)
    assert used["idle"] == pytest.approx(3 * 2.0, rel=0.01)
    assert used["standby"] == 0.0


def test_machines_rest_while_stopped_and_stand_by_while_closed() -> None:
    """Busy every other hour: in the hour off all stand by; each stop of 100 s in 300 s of work is idle time."""
    bed = Bed(HOUR_ON_HOUR_OFF)
    mode = StopMode(
        name="change", between=300.0, duration=100.0, cv=0.0, category=Reason.TOOLING, regular=True
    )
    group = bed.group(places=2, stops=[mode], cycle=10.0)
    bed.line(group)
    bed.env.run(until=24 * 3600.0)
    used = energy(group)
    worked = sum(machine.operating for machine in group.machines) / 3600.0
    assert worked == pytest.approx(2 * 12 * 0.75, rel=0.03)
    assert used["execute"] == pytest.approx(5.0 * worked, rel=0.02)
    assert used["idle"] + used["standby"] * 4.0 == pytest.approx(2.0 * (2 * 24 - worked), rel=0.02)
    assert used["standby"] == pytest.approx(0.5 * 2 * 12, rel=0.08)


def test_meter_draw_tells_the_moment() -> None:
    env = simpy.Environment()
    meter = MachineMeter(env, {"execute": 20.0, "idle": 8.0, "standby": 2.0}, 4)
    assert meter.draw == 2.0
    meter.switch("execute")
    assert meter.draw == 8.0
    meter.set_working(3)
    assert meter.draw == pytest.approx(3 * 5.0 + 2.0)
    meter.switch("standby")
    assert meter.draw == pytest.approx(3 * 5.0 + 0.5)


class Watcher(MachineGroup):
    """Notes which stop of which machine was cleared with which part in work."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.noted: list[tuple[int, str, str]] = []

    def cleared(self, machine: Machine, stop: Stop, part: Part) -> None:
        """Note it."""
        self.noted.append((machine.number, stop.mode.name, part.product))


def test_group_is_told_of_cleared_stops() -> None:
    bed = Bed()
    mode = StopMode(name="change", between=600.0, duration=60.0, category=Reason.TOOLING, regular=True)
    group = bed.group(Watcher, places=2, stops=[mode])
    bed.line(group)
    bed.env.run(until=7_000.0)
    assert {number for number, _, _ in group.noted} == {1, 2}
    assert {told[1:] for told in group.noted} == {("change", "a")}
    assert len(group.noted) == pytest.approx(2 * 7_000 / 660, abs=2)


def test_stop_can_be_called_for() -> None:
    """A stop that is set to strike now strikes at the machine's next part, and no other machine's."""
    bed = Bed()
    mode = StopMode(name="hold", between=1e12, duration=500.0, cv=0.0, category=Reason.QUALITY)
    group = bed.group(Watcher, places=2, stops=[mode])
    bed.line(group)
    bed.env.run(until=1_000.0)
    machine = group.machines[1]
    machine.stop("hold").at = machine.operating
    machine.aim()
    bed.env.run(until=3_000.0)
    assert group.noted == [(2, "hold", "a")]
    assert group.capacity == 1.0


def test_machines_that_are_out_at_opening_do_not_count_as_blocked() -> None:
    """The operator is away over a break: when the line opens again, the machine goes on waiting for them."""
    bed = Bed(HOUR_ON_HOUR_OFF)
    operators = Crew(bed.env, 1)

    def errand() -> Generator[simpy.Event, Any, None]:
        yield bed.env.timeout(3_000.0)
        yield from operators.join()
        yield bed.env.timeout(6_000.0)
        operators.leave()

    bed.env.process(errand())
    group = bed.group(MachineGroup, cycle=20.0, loading=Loading(operators=operators, seconds=5.0))
    line = bed.line(group)
    bed.env.run(until=8_000.0)
    assert (group.state, group.reason) == (State.SUSPENDED, "waiting:operator")
    bed.env.run(until=10_000.0)
    assert group.state is State.EXECUTE
    assert line.balances()["pieces"] == 0.0


def test_people_finish_loading_before_they_go() -> None:
    """No machine is left half loaded over a break: within a cycle after closing the group has come to rest."""
    bed = Bed(HOUR_ON_HOUR_OFF)
    group = bed.group(MachineGroup, places=3, loading=Loading(operators=Crew(bed.env, 1), seconds=50.0))
    bed.line(group)
    bed.env.run(until=3_600.0 + 50.0 + 60.0 + 1.0)
    assert group.active == 0
    assert group.state in (State.STOPPED, State.SUSPENDED)
    made = group.processed
    bed.env.run(until=7_199.0)
    assert group.processed == made


def test_crewed_stops_wait_for_each_other() -> None:
    """One setter for four machines: tool changes queue, which costs more than the changes themselves."""
    mode = StopMode(
        name="change",
        between=600.0,
        duration=300.0,
        cv=0.0,
        category=Reason.TOOLING,
        regular=True,
        crewed=True,
    )
    made = []
    for size in (1, 4):
        bed = Bed()
        group = bed.group(places=4, stops=[mode], crew=Crew(bed.env, size))
        bed.line(group)
        bed.env.run(until=40 * 900.0)
        made.append(group.processed)
    assert made[1] == pytest.approx(4 * 40 * 10, rel=0.05)
    assert made[0] == pytest.approx(2 * 40 * 900 / 300 * 10 / 2, rel=0.05), "a setter's change for each 600 s"


def test_regular_stops_do_not_come_in_step() -> None:
    """Machines are met at any age: their first changes are spread over the interval."""
    bed = Bed()
    mode = StopMode(name="change", between=6_000.0, duration=1.0, category=Reason.TOOLING, regular=True)
    group = bed.group(places=30, stops=[mode])
    due = sorted(machine.next_stop for machine in group.machines)
    assert due[0] < 1_500.0
    assert due[-1] > 4_500.0


def test_rework_is_cut_without_a_set_up_when_its_key_says_so() -> None:
    """Half of the parts come back once; with a key of its own for rework each of them would cost a set-up."""
    set_ups = {}
    for name, key in (("fits all", lambda part: part.product), ("own fixture", lambda part: part.detours)):
        bed = Bed()
        set_up = SetUp(bed.streams, "group", mean=100.0, cv=0.0, key=key)
        cause = DefectCause(name="burr", rate=0.5)
        group = bed.group(MachineGroup, cycle=10.0, set_up=set_up, causes=[cause])
        gauge = Station(
            bed.env, bed.streams, "gauge", cycle=Cycle(mean=1.0), buffer=math.inf,
            inspection=Inspection(detection=1.0, scrap_share={"group": 0.0}),
        )  # fmt: skip
        gauge.detour = Detour(group)
        bed.line(group, gauge)
        bed.env.run(until=10_000.0)
        set_ups[name] = group.account().get("seconds/resetting/changeover", 0.0)
    assert set_ups["fits all"] == 0.0
    assert set_ups["own fixture"] > 5_000.0
