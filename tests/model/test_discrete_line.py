"""The discrete line: waits, root causes, changeovers, breaks, balances, and its refusals."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.model.calendar import Calendar, Shift
from twin.model.changeover import Changeover
from twin.model.cycle import Cycle
from twin.model.discrete_line import DiscreteLine
from twin.model.failure import StopMode
from twin.model.line_unit import LineUnit
from twin.model.order import Order, endless
from twin.model.quality import DefectCause, Inspection
from twin.model.signal import Signal, Symptom
from twin.model.state import Reason, State
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.supply import Supply
from twin.model.tag import Value

ALWAYS = Calendar([Shift("always", 0, 24)])


class Bed:
    """A line of stations s0, s1, … on a test bed."""

    def __init__(self, *cycles: float, seed: int = 1, calendar: Calendar = ALWAYS) -> None:
        self.env = simpy.Environment()
        self.streams = Streams(seed)
        self.calendar = calendar
        self.cycles = cycles
        self.options: list[dict[str, Any]] = [{} for _ in cycles]

    def build(
        self, orders: Iterator[Order] | None = None, *, pacing: str = "s0", **options: Any
    ) -> DiscreteLine:
        self.stations = [
            Station(self.env, self.streams, f"s{n}", **({"cycle": Cycle(mean=cycle)} | self.options[n]))
            for n, cycle in enumerate(self.cycles)
        ]
        unit = LineUnit(self.env, self.calendar, ideal_cycle_time=1.0)
        routes = dict.fromkeys(("a", "b", "c"), self.stations)
        orders = orders if orders is not None else endless("a")
        line = DiscreteLine(self.env, self.streams, unit, routes, orders=orders, pacing=pacing, **options)
        for unit_ in line.units:
            unit_.pending = []
        line.start()
        return line


def states(logged: Sequence[tuple[float, str, Value]] | None) -> list[tuple[float, str, str]]:
    """Return (time, state, reason) of what a unit logged; passing states of no duration are left out."""
    found: list[tuple[float, str, str]] = []
    reason = ""
    for when, tag, value in logged or ():
        if tag == "reason":
            reason = str(value)
        elif tag == "state":
            if found and found[-1][0] == when:
                found.pop()
            found.append((when, State(int(value)).name, reason))
    return found


def fixed_stop(name: str, between: float, duration: float, category: str = Reason.FAILURE) -> StopMode:
    return StopMode(name=name, between=between, duration=duration, cv=0.0, category=category)


def test_short_waits_are_no_state() -> None:
    """A faster station behind a slower one waits each cycle, stays EXECUTE, and the slower one sets the pace."""
    bed = Bed(4.0, 1.0)
    line = bed.build()
    bed.env.run(until=1001)
    assert states(bed.stations[1].pending) == [(0.0, "EXECUTE", "production")]
    assert line.good == 249  # the first part leaves after 5 s, then one every 4 s


def test_long_wait_is_suspended_exactly_at_the_threshold() -> None:
    """A station starved for 9 s each cycle is SUSPENDED 5 s after it ran dry, and EXECUTE when a part comes."""
    bed = Bed(10.0, 1.0)
    bed.build()
    bed.env.run(until=40)
    assert states(bed.stations[1].pending) == [
        (0.0, "EXECUTE", "production"),
        (5.0, "SUSPENDED", "starved"),
        (10.0, "EXECUTE", "production"),
        (16.0, "SUSPENDED", "starved"),
        (20.0, "EXECUTE", "production"),
        (26.0, "SUSPENDED", "starved"),
        (30.0, "EXECUTE", "production"),
        (36.0, "SUSPENDED", "starved"),
    ]


def test_blocking_after_service() -> None:
    """A station in front of a slower one holds its finished part and is SUSPENDED blocked."""
    bed = Bed(1.0, 10.0)
    bed.build()
    bed.env.run(until=18)
    assert states(bed.stations[0].pending) == [
        (0.0, "EXECUTE", "production"),
        (7.0, "SUSPENDED", "blocked"),
        (11.0, "EXECUTE", "production"),
        (17.0, "SUSPENDED", "blocked"),
    ]


@pytest.mark.parametrize(
    ("broken", "category", "state", "reason"),
    [
        (2, Reason.FAILURE, "ABORTED", "failure:s2"),
        (0, Reason.FAILURE, "ABORTED", "failure:s0"),
        (2, Reason.MICRO_STOP, "HELD", "micro_stop:s2"),
        (1, Reason.TOOLING, "ABORTED", "tooling:s1"),
    ],
)
def test_line_tells_the_root_cause(broken: int, category: str, state: str, reason: str) -> None:
    """Whatever station stops, the line's own unit names it while the pacing unit stands."""
    bed = Bed(1.0, 1.0, 1.0)
    bed.options[broken] = {"stops": [fixed_stop("x", 200.0, 600.0, category)]}
    line = bed.build(pacing="s1")
    bed.env.run(until=4000)
    told = {(what, why) for _, what, why in states(line.line_unit.pending)}
    assert told == {("EXECUTE", "production"), (state, reason)}


def test_missing_supply_is_the_root_cause() -> None:
    """A station without racks waits, and the line says waiting:rack."""
    bed = Bed(1.0, 1.0)
    rack = Supply(bed.env, bed.streams, "rack", size=10, containers=1, trip=60.0, cv=0.0)
    bed.options[1] = {"supplies": (rack,)}
    line = bed.build()
    bed.env.run(until=70)
    told = states(line.line_unit.pending)
    assert told[1][1:] == ("SUSPENDED", "waiting:rack")
    assert line.good == 10
    assert states(bed.stations[1].pending)[-1][1:] == ("SUSPENDED", "waiting:rack")


def test_changeover_empties_the_line_and_counts_from_the_last_release() -> None:
    """Orders of 5 with 100 s changeovers: release stops, the line runs empty, production resumes 100 s later."""
    bed = Bed(2.0, 2.0)
    orders = (Order(name=f"o{n}", product="ab"[n % 2], quantity=5) for n in range(4))
    change = Changeover(bed.streams, mean=100.0, families={"a": "f", "b": "g"}, cv=0.0)
    line = bed.build(orders, changeover=change)
    bed.env.run(until=400)
    told = [entry for entry in states(line.line_unit.pending) if entry[1] != "COMPLETE"]
    assert told[:3] == [
        (0.0, "EXECUTE", "production"),
        (10.0, "RESETTING", "changeover"),
        (110.0, "EXECUTE", "production"),
    ]
    assert line.line_unit.product == "b"
    assert line.good == 20
    assert told[-1][1:] == ("IDLE", "no_order")


def test_worn_parts_that_tell_are_renewed_before_they_fail() -> None:
    """Lives of 1000 s, told at 79 %, changeovers each 60 s: renewal prevents what strikes a line that does not act."""
    signal = Signal("vibration", "mm/s", 0, 30, 0.4, (None, None, 7.0, 11.0), "drive")
    failures = []
    for acts in (True, False):
        bed = Bed(2.0)
        wear = StopMode(
            name="wear", between=1000.0, duration=1.0, shape=3.0, cv=0.0,
            symptoms=(Symptom(signal, 3.0, 12.0, 0.0),), renewed_at_changeover=acts,
        )  # fmt: skip
        bed.options[0] = {"stops": (wear,)}
        orders = (Order(name=f"o{n}", product="ab"[n % 2], quantity=20) for n in range(400))
        change = Changeover(bed.streams, mean=20.0, families={"a": "f", "b": "g"}, cv=0.0)
        bed.build(orders, changeover=change)
        bed.env.run(until=20_000)
        failures.append(sum(entry[1] == "ABORTED" for entry in states(bed.stations[0].pending)))
    assert failures[0] <= 1  # a life shorter than 200 s may end between two changeovers
    assert failures[1] > 8


def test_break_stops_line_and_stations() -> None:
    """The line is STOPPED break exactly from the calendar's minute; a station finishes its part first."""
    calendar = Calendar([Shift("day", 0, 24, ((1.0, 1.5),))])
    bed = Bed(7.0, 7.0, calendar=calendar)
    line = bed.build()
    bed.env.run(until=2 * 3600)
    told = states(line.line_unit.pending)
    assert told == [
        (0.0, "EXECUTE", "production"),
        (3600.0, "STOPPED", "break"),
        (5400.0, "EXECUTE", "production"),
    ]
    stopped = [entry for entry in states(bed.stations[0].pending) if entry[1] == "STOPPED"]
    assert stopped == [(3605.0, "STOPPED", "break")]  # the 515th cycle of 7 s ends at 3605 s
    page = line.line_unit.account()
    assert page["seconds/stopped/break"] == pytest.approx(1800.0)
    assert page["planned_busy_seconds"] == pytest.approx(5400.0)


def test_attended_repair_pauses_in_the_break() -> None:
    """A repair of 40 min that begins 20 min before a break of 30 min ends 20 min after it."""
    calendar = Calendar([Shift("day", 0, 24, ((1.0, 1.5),))])
    bed = Bed(1.0, seed=3, calendar=calendar)
    line = bed.build()
    stops: list[float] = []

    def repair() -> Iterator[simpy.Event]:
        yield bed.env.timeout(2400)
        yield from line.attend(2400)
        stops.append(bed.env.now)

    bed.env.process(repair())  # type: ignore[arg-type]
    bed.env.run(until=3 * 3600)
    assert stops == [pytest.approx(2400 + 2400 + 1800)]


cycles = st.lists(st.floats(0.5, 8.0), min_size=1, max_size=5)


@settings(max_examples=40, deadline=None)
@given(
    cycles=cycles,
    buffer=st.integers(0, 3),
    places=st.integers(1, 3),
    seed=st.integers(0, 2**31),
    until=st.floats(10.0, 30_000.0),
)
def test_pieces_and_time_balance(
    cycles: list[float], buffer: int, places: int, seed: int, until: float
) -> None:
    """Any line, at any moment: every part is good, scrapped, saved, in rework or on its way; every second is booked."""
    calendar = Calendar([Shift("day", 0, 23, ((1.0, 1.25), (3.0, 4.0)))])
    bed = Bed(*cycles, seed=seed, calendar=calendar)
    for n, options in enumerate(bed.options):
        options.update(
            cycle=Cycle(mean=cycles[n], cv=0.3), buffer=buffer, places=places,
            stops=[StopMode(name="fail", between=500.0, duration=60.0),
                   StopMode(name="wear", between=900.0, duration=90.0, shape=3.0),
                   StopMode(name="jam", between=100.0, duration=20.0, category=Reason.MICRO_STOP)],
            causes=[DefectCause(name="dirt", rate=0.02, delay=3, hit=0.7)],
        )  # fmt: skip
    bed.options[-1]["inspection"] = Inspection(detection=0.8, scrap_share={"s0": 0.5})
    orders = (Order(name=f"o{n}", product="abc"[n % 3], quantity=1 + n % 40) for n in range(10**9))
    change = Changeover(bed.streams, mean=300.0, families={"a": "f", "b": "f", "c": "g"}, within=0.5)
    bench = Station(bed.env, bed.streams, "bench", cycle=Cycle(mean=30.0), buffer=math.inf)
    line = bed.build(orders, changeover=change, bench=bench, rework_success=0.85)
    bed.env.run(until=until)
    assert line.balances()["pieces"] == 0.0
    assert line.balances()["time"] < 1e-9
    assert line.wip == sum(len(station.inbox) + station.busy for station in line.stations)
    page = line.line_unit.account()
    assert page["processed"] == line.started - line.wip


def test_reentrant_route() -> None:
    """A route may visit a station twice; each part is worked on there twice."""
    env, streams = simpy.Environment(), Streams(1)
    first = Station(env, streams, "first", cycle=Cycle(mean=5.0))
    again = Station(env, streams, "again", cycle=Cycle(mean=1.0), buffer=math.inf)
    unit = LineUnit(env, ALWAYS, ideal_cycle_time=5.0)
    route = [first, again, again]
    line = DiscreteLine(env, streams, unit, {"a": route}, orders=endless("a"), pacing="first")
    line.start()
    env.run(until=1004)
    assert line.good == 200  # the n-th part is released at 5 (n - 1) s and leaves at 5 n + 2 s
    assert again.processed == 400


def refuse(match: str, **changes: Any) -> None:
    env, streams = simpy.Environment(), Streams(1)
    station = Station(env, streams, "s0", cycle=Cycle(mean=1.0))
    other = Station(env, streams, "s1", cycle=Cycle(mean=1.0))
    options: dict[str, Any] = {"routes": {"a": [station]}, "orders": endless("a"), "pacing": "s0"}
    for key, value in changes.items():
        options[key] = value(station, other, streams) if callable(value) else value
    routes = options.pop("routes")
    with pytest.raises(ValueError, match=match):
        DiscreteLine(env, streams, LineUnit(env, ALWAYS, ideal_cycle_time=1.0), routes, **options)


def renamed(station: Station, name: str) -> Station:
    station.name = name
    return station


def test_inconsistent_lines_are_refused() -> None:
    """Each refusal names the field and the remedy."""
    refuse("at least one product", routes={})
    refuse("visits no station", routes={"a": []})
    refuse("'a' visits 's0', which is no Station", routes={"a": ["s0"]})
    refuse("two stations are called 's0'", routes=lambda s, o, _: {"a": [s], "b": [renamed(o, "s0")]})
    refuse("all finite and can block", routes=lambda s, o, _: {"a": [s, o, o]})
    refuse("pacing 'x'|unit 'x' does not exist", pacing="x")
    refuse("wait_threshold", wait_threshold=0.0)
    refuse("rework_success", rework_success=1.5)
    refuse("unlimited buffer", interarrival=lambda _s, _o, streams: streams.exponential("x"))
    refuse("bench s1: needs an unlimited buffer", bench=lambda _s, o, _: o)


def test_station_of_two_lines_is_refused() -> None:
    """A station belongs to one line."""
    env, streams = simpy.Environment(), Streams(1)
    station = Station(env, streams, "s0", cycle=Cycle(mean=1.0))
    unit = LineUnit(env, ALWAYS, ideal_cycle_time=1.0)
    DiscreteLine(env, streams, unit, {"a": [station]}, orders=endless("a"), pacing="s0")
    with pytest.raises(ValueError, match="already belongs to a line"):
        DiscreteLine(env, streams, unit, {"a": [station]}, orders=endless("a"), pacing="s0")


def test_order_without_route_is_refused() -> None:
    """An order for an unknown product names itself and the remedy."""
    bed = Bed(1.0)
    bed.build(iter([Order(name="o1", product="x", quantity=1)]))
    with pytest.raises(ValueError, match="order o1: product 'x' has no route"):
        bed.env.run(until=1)
