"""Planned service: requested by a tag, done in the next natural pause, shorter than the repair that it saves."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import simpy

from twin.model.calendar import Calendar, Shift
from twin.model.changeover import Changeover
from twin.model.command import Command
from twin.model.cycle import Cycle
from twin.model.discrete_line import DiscreteLine
from twin.model.failure import Crew, Stop, StopMode
from twin.model.line_unit import LineUnit
from twin.model.machine_group import MachineGroup
from twin.model.order import Order, endless
from twin.model.plant import Plant
from twin.model.signal import Signal, Symptom
from twin.model.simulation import Simulation
from twin.model.state import Reason
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.unit import Unit

VIBRATION = Symptom(
    Signal("vibration", "mm/s", 0, 30, 0.1, (None, None, 7.1, 11), "vibration"), 3.0, 11.0, 0.0
)
VACUUM = Symptom(Signal("vacuum", "kPa", 0, 100, 1, (None, 60, None, None), "vacuum"), 80.0, 40.0, 0.0)
LEVEL = Symptom(Signal("level", "%", 0, 100, 1, (None, 60, None, None), "oil"), 80.0, 40.0, 0.0)
# from 3600 to 3960 s; a cycle of 10 s, begun at its very first moment, ends at 3610 s
BREAK = Calendar([Shift("day", 0, 24, breaks=((1.0, 1.1),))], utc_offset=0.0)
ALWAYS = Calendar([Shift("always", 0, 24)])
SERVICE = "maintenance:drive"


def drive(planned: float = 120.0, *, crewed: bool = False, between: float = 1e6) -> StopMode:
    return StopMode(name="drive", between=between, duration=600.0, cv=0.0, regular=True, symptoms=(VIBRATION,),
                    planned=planned, crewed=crewed)  # fmt: skip


class Bed:
    """A line of the stations that it is given, with the log of every unit."""

    def __init__(self, calendar: Calendar = BREAK, *, seed: int = 1) -> None:
        self.env = simpy.Environment()
        self.streams = Streams(seed)
        self.calendar = calendar

    def station(self, name: str = "s", *, cycle: float = 10.0, **options: object) -> Station:
        return Station(self.env, self.streams, name, cycle=Cycle(mean=cycle), **options)  # type: ignore[arg-type]

    def group(self, name: str = "g", **options: object) -> MachineGroup:
        return MachineGroup(self.env, self.streams, name, cycle=Cycle(mean=60.0), **options)

    def line(self, *route: Station, orders: Iterator[Order] | None = None, **options: object) -> DiscreteLine:
        line = DiscreteLine(
            self.env, self.streams, LineUnit(self.env, self.calendar, ideal_cycle_time=1.0),
            dict.fromkeys("ab", route), orders=orders or endless("a"), pacing=route[0].name,
            **options,  # type: ignore[arg-type]
        )  # fmt: skip
        for unit in line.units:
            unit.pending = []
        line.start()
        return line

    def request(self, unit: Unit, name: str, at: float, value: float = 1.0) -> None:
        """Write the tag `name` of `unit` at second `at`."""
        self.env.run(until=at)
        write = next(tag.write for tag in unit.tags() if tag.name == name)
        assert write is not None
        write(value)


def reasons(unit: Unit, since: float = 0.0) -> list[tuple[float, str]]:
    """Return when `unit` changed its reason, each moment's last one; a reason that stays counts once."""
    found: dict[float, str] = {}
    for time, name, value in unit.pending or ():
        if name == "reason" and time > since:
            found[round(time, 6)] = str(value)
    times = list(found)
    return [
        (time, found[time])
        for place, time in enumerate(times)
        if place == 0 or found[time] != found[times[place - 1]]
    ]


def requested(unit: Unit, name: str = "service_drive") -> list[tuple[float, float]]:
    return [(time, float(value)) for time, tag, value in unit.pending or () if tag == name]


def test_a_service_hides_in_a_longer_break() -> None:
    """Requested at 100 s, done from 3610 to 3730 s; the station shows nothing but the break, and starts in time."""
    bed = Bed()
    station = bed.station(stops=[drive()])
    bed.line(station)
    bed.request(station, "service_drive", 100.0)
    bed.env.run(until=7200.0)
    assert requested(station) == [(100.0, 1.0), (3730.0, 0.0)]
    assert reasons(station, 1.0) == [(3610.0, Reason.BREAK), (3960.0, Reason.PRODUCTION)]
    assert station.stops[0].began == 3610.0  # in operating seconds


def test_a_service_that_outlasts_the_break_is_maintenance_beyond_it() -> None:
    """Of 600 s in 350 s of break, 250 s are lost; the line tells where; the parts behind it wait."""
    bed = Bed()
    first, second = bed.station("first", buffer=3, stops=[drive(600.0)]), bed.station("second", buffer=3)
    line = bed.line(first, second)
    bed.request(first, "service_drive", 100.0)
    bed.env.run(until=7200.0)
    assert reasons(first, 1.0) == [(3610.0, Reason.BREAK), (3960.0, SERVICE), (4210.0, Reason.PRODUCTION)]
    told = [(3600.0, Reason.BREAK), (3960.0, "maintenance:first"), (4210.0, Reason.PRODUCTION)]
    assert reasons(line.line_unit, 1.0) == told
    assert requested(first) == [(100.0, 1.0), (4210.0, 0.0)]
    assert line.balances() == {"pieces": 0.0, "time": pytest.approx(0.0, abs=1e-12)}


def test_a_request_within_the_break_is_done_in_it_and_one_taken_back_is_not() -> None:
    bed = Bed()
    station = bed.station(stops=[drive()])
    bed.line(station)
    bed.request(station, "service_drive", 100.0)
    bed.request(station, "service_drive", 200.0, 0.0)
    bed.request(station, "service_drive", 3700.0)
    bed.env.run(until=4000.0)
    assert requested(station) == [(100.0, 1.0), (200.0, 0.0), (3700.0, 1.0), (3820.0, 0.0)]


def test_a_part_in_work_is_finished_first() -> None:
    """The cycle under way at the break's begin ends at 3609 s; the service follows it."""
    bed = Bed()
    station = bed.station(cycle=401.0, stops=[drive()])
    bed.line(station)
    bed.request(station, "service_drive", 100.0)
    bed.env.run(until=4200.0)
    assert reasons(station, 1.0) == [(3609.0, Reason.BREAK), (3960.0, Reason.PRODUCTION)]
    assert requested(station) == [(100.0, 1.0), (3729.0, 0.0)]


@pytest.mark.parametrize(
    ("planned", "told"),
    [
        (120.0, [(100.0, Reason.CHANGEOVER), (400.0, Reason.PRODUCTION)]),
        (500.0, [(100.0, Reason.CHANGEOVER), (400.0, SERVICE), (600.0, Reason.PRODUCTION)]),
    ],
)
def test_a_service_in_a_changeover(planned: float, told: list[tuple[float, str]]) -> None:
    """Ten parts of 10 s, then 300 s of changeover: a service is parallel to it, and what is longer comes on top."""
    bed = Bed(ALWAYS)
    station = bed.station(stops=[drive(planned)])
    orders = iter([Order(name="1", product="a", quantity=10), Order(name="2", product="b", quantity=1000)])
    change = Changeover(bed.streams, mean=300.0, families={"a": "a", "b": "b"}, cv=0.0)
    line = bed.line(station, orders=orders, changeover=change)
    bed.request(station, "service_drive", 50.0)
    bed.env.run(until=700.0)
    assert reasons(station, 1.0) == told
    assert requested(station) == [(50.0, 1.0), (100.0 + planned, 0.0)]
    assert line.balances()["pieces"] == 0.0


def test_a_failure_that_comes_first_renews_and_withdraws_the_request() -> None:
    bed = Bed()
    station = bed.station(stops=[drive(between=1000.0)])
    stop = station.stops[0]
    stop.renew(0.0)
    station.aim()
    bed.line(station)
    bed.request(station, "service_drive", 500.0)
    bed.env.run(until=3900.0)
    assert requested(station) == [(500.0, 1.0), (1600.0, 0.0)]
    assert reasons(station, 1.0)[:2] == [(1000.0, "failure:drive"), (1600.0, Reason.PRODUCTION)]


def test_services_follow_one_another_and_begin_in_the_pause_only() -> None:
    """Three of 200 s in a break of 360 s: the second outlasts it, the third stays requested for the next."""
    bed = Bed()
    cups = StopMode(name="cups", between=1e6, duration=400.0, cv=0.0, shape=3.0, symptoms=(VACUUM,))
    oil = StopMode(name="oil", between=1e6, duration=400.0, cv=0.0, shape=3.0, symptoms=(LEVEL,))
    station = bed.station(stops=[drive(200.0), cups, oil])
    bed.line(station)
    bed.request(station, "service_drive", 100.0)
    bed.request(station, "service_cups", 100.5)
    bed.request(station, "service_oil", 101.0)
    bed.env.run(until=5000.0)
    assert requested(station) == [(100.0, 1.0), (3810.0, 0.0)]
    assert requested(station, "service_cups") == [(100.5, 1.0), (4010.0, 0.0)]  # half of its 400 s
    assert requested(station, "service_oil") == [(101.0, 1.0)]
    told = [(3960.0, "maintenance:cups"), (4010.0, Reason.PRODUCTION)]
    assert reasons(station, 1.0)[1:] == told


def test_a_crewed_service_waits_for_a_person_within_the_pause() -> None:
    """One person, two stations, 200 s each in a break of 360 s: the second begins 200 s later."""
    bed = Bed()
    crew = Crew(bed.env, 1)
    first, second = (
        bed.station(name, buffer=5, crew=crew, stops=[drive(200.0, crewed=True)])
        for name in ("first", "second")
    )
    bed.line(first, second)
    for station in (first, second):
        bed.request(station, "service_drive", bed.env.now + 100.0)
    bed.env.run(until=7200.0)
    ends = sorted(requested(station)[1][0] for station in (first, second))
    assert ends == [3810.0, 4010.0]
    assert crew.free == 1


def test_a_crewed_service_without_people_waits_for_the_next_pause() -> None:
    """The only person is away for the whole break: nothing is done, nothing is lost, the request stays."""
    bed = Bed()
    crew = Crew(bed.env, 1)
    crew.free = 0
    station = bed.station(crew=crew, stops=[drive(crewed=True)])
    bed.line(station)
    bed.request(station, "service_drive", 100.0)
    bed.env.run(until=4100.0)
    crew.leave()
    bed.env.run(until=5000.0)
    assert requested(station) == [(100.0, 1.0)]
    assert reasons(station, 1.0) == [(3610.0, Reason.BREAK), (3960.0, Reason.PRODUCTION)]
    assert crew.free == 1


def test_a_machine_is_serviced_as_soon_as_it_has_no_part() -> None:
    """Machine 2 of 2 gives its part away at 120 s and is out until 240 s; the other works on; all pieces are there."""
    bed = Bed(ALWAYS)
    group = bed.group(places=2, stops=[drive()])
    line = bed.line(group)
    bed.request(group, "service_drive_2", 100.0)
    bed.env.run(until=200.0)
    assert (group.capacity, group.busy, group.serviced) == (0.5, 2, 1)
    assert line.balances()["pieces"] == 0.0
    bed.env.run(until=1000.0)
    assert requested(group, "service_drive_2") == [(100.0, 1.0), (240.0, 0.0)]
    shares = [(time, value) for time, name, value in group.pending or () if name == "capacity"]
    assert shares == [(120.0, 0.5), (240.0, 1.0)]
    assert group.machines[1].stops[0].began == 120.0
    assert line.good == 2 + 2 + 14 + 12  # two machines to 120 s, then 14 cycles beside 12
    assert reasons(group, 1.0) == []


def test_the_last_machine_in_service_gives_the_unit_its_state() -> None:
    bed = Bed(ALWAYS)
    group = bed.group(stops=[drive()])
    line = bed.line(group)
    bed.request(group, "service_drive_1", 30.0)
    bed.env.run(until=1000.0)
    assert reasons(group, 1.0) == [(60.0, SERVICE), (180.0, Reason.PRODUCTION)]
    assert reasons(line.line_unit, 1.0) == [(60.0, "maintenance:g"), (180.0, Reason.PRODUCTION)]


@pytest.mark.parametrize(("planned", "beyond"), [(120.0, []), (400.0, [(3960.0, SERVICE)])])
def test_a_machine_in_a_break(planned: float, beyond: list[tuple[float, str]]) -> None:
    """A machine without a part is serviced within the break that it stands in; beyond it, it is out."""
    bed = Bed()
    group = bed.group(stops=[drive(planned)])
    bed.line(group)
    bed.request(group, "service_drive_1", 3680.0)
    bed.env.run(until=5000.0)
    begin = [(3660.0, Reason.BREAK), *beyond]
    assert reasons(group, 1.0) == [*begin, (max(3960.0, 3680.0 + planned), Reason.PRODUCTION)]


def test_a_machine_in_a_changeover_of_the_line() -> None:
    """A service of 500 s that begins 20 s into a changeover of 300 s leaves 220 s of maintenance."""
    bed = Bed(ALWAYS)
    group = bed.group(stops=[drive(500.0)])
    orders = iter([Order(name="1", product="a", quantity=1), Order(name="2", product="b", quantity=1000)])
    change = Changeover(bed.streams, mean=300.0, families={"a": "a", "b": "b"}, cv=0.0)
    bed.line(group, orders=orders, changeover=change)
    bed.request(group, "service_drive_1", 80.0)
    bed.env.run(until=2000.0)
    told = [(60.0, Reason.CHANGEOVER), (360.0, SERVICE), (580.0, Reason.PRODUCTION)]
    assert reasons(group, 1.0) == told


def test_a_request_moves_no_other_random_number() -> None:
    """The planned duration has a stream of its own: the life after a service is the one after a repair."""
    mode = StopMode(name="drive", between=1000.0, duration=60.0, shape=3.0, symptoms=(VIBRATION,))
    served, other = (Stop(mode, "s", Streams(3)) for _ in range(2))
    lasted = [served.planned_duration() for _ in range(2000)]
    assert sum(lasted) / 2000 == pytest.approx(30.0, rel=0.05)  # half of the repair
    for stop in (served, other):
        stop.renew(0.0)
    assert (served.at, served.duration()) == (other.at, other.duration())


def test_bad_services_are_refused() -> None:
    with pytest.raises(ValueError, match=r"stop mode x: planned 0\.0 s must be positive and finite"):
        StopMode(name="x", between=1.0, duration=1.0, shape=2.0, symptoms=(VIBRATION,), planned=0.0)
    with pytest.raises(ValueError, match=r"stop mode x: planned 5\.0 needs symptoms"):
        StopMode(name="x", between=1.0, duration=1.0, planned=5.0)


def test_a_command_requests_a_service() -> None:
    """Over the wire's own way: a Command to the tag's path is carried out at the scan, the tag tells both ends."""

    class Press(Plant):
        name, title, industry = "press", "Press", "none"

        def build(self, env: simpy.Environment, streams: Streams) -> DiscreteLine:
            station = Station(env, streams, "s", cycle=Cycle(mean=10.0), stops=[drive()])
            unit = LineUnit(env, BREAK, ideal_cycle_time=10.0)
            return DiscreteLine(env, streams, unit, {"a": [station]}, orders=endless("a"), pacing="s")

    simulation = Simulation(Press(), seed=1, start=datetime(2026, 3, 2, tzinfo=UTC))
    path = f"{simulation.line_path}/s/service_drive"
    simulation.advance(60.0)
    simulation.write(Command(id="1", path=path, value=1.0, expires_ms=2**62))
    names = tuple(tag.name for tag in simulation.line.units[1].tags())
    told: list[tuple[float, object]] = [(60.0, 0.0)]
    told += [
        ((sample.time_ms - simulation.start_ms) / 1000.0, sample.value)
        for frame in simulation.advance(4000.0)
        if frame.source.endswith("/s")
        for sample in frame.samples(names)
        if sample.path == path
    ]
    ends = [told[place] for place in range(1, len(told)) if told[place][1] != told[place - 1][1]]
    assert ends == [(61.0, 1.0), (3730.0, 0.0)]
