"""Machine groups: each machine stops, is set up and loaded by itself; lots, detours, transport and CONWIP."""

import itertools
import math
from collections.abc import Iterator
from typing import Any

import pytest
import simpy

from twin.model.calendar import Calendar, Shift
from twin.model.cycle import Cycle
from twin.model.detour import Detour
from twin.model.discrete_line import DiscreteLine
from twin.model.failure import Crew, StopMode
from twin.model.line_unit import LineUnit
from twin.model.loading import Loading
from twin.model.machine_group import MachineGroup
from twin.model.order import Order, endless
from twin.model.part import Part
from twin.model.quality import DefectCause, Inspection
from twin.model.set_up import SetUp
from twin.model.state import Reason, State
from twin.model.station import Station
from twin.model.streams import Streams

ALWAYS = Calendar([Shift("always", 0, 24)])


class Bed:
    """A test bed for one line; `line` builds it of one product's route and starts it."""

    def __init__(self, seed: int = 1) -> None:
        self.env = simpy.Environment()
        self.streams = Streams(seed)

    def group(self, name: str = "group", cycle: float = 60.0, **options: Any) -> MachineGroup:
        return MachineGroup(self.env, self.streams, name, cycle=Cycle(mean=cycle), **options)

    def station(self, name: str, cycle: float = 1.0, **options: Any) -> Station:
        return Station(self.env, self.streams, name, cycle=Cycle(mean=cycle), **options)

    def line(self, *route: Station, orders: Iterator[Order] | None = None, **options: Any) -> DiscreteLine:
        products = options.pop("products", ("a",))
        line = DiscreteLine(
            self.env, self.streams, LineUnit(self.env, ALWAYS, ideal_cycle_time=1.0), dict.fromkeys(products, route),
            orders=orders or endless("a"), pacing=route[0].name, **options,
        )  # fmt: skip
        for unit in line.units:
            unit.pending = []
        line.start()
        return line


def in_turn(*products: str, lot: float = 1.0) -> Iterator[Order]:
    """Order one part of each product after the other, for ever."""
    for number, product in enumerate(itertools.cycle(products)):
        yield Order(name=f"o{number}", product=product, quantity=1, lot=lot)


def capacity(group: Station) -> list[tuple[float, float]]:
    return [(time, float(value)) for time, name, value in group.pending or () if name == "capacity"]


def test_machines_stop_one_by_one() -> None:
    """A stop takes one of three machines out; the others work on, and the line sees the smaller capacity."""
    bed = Bed()
    mode = StopMode(
        name="change", between=600.0, duration=300.0, cv=0.0, category=Reason.TOOLING, regular=True
    )
    group = bed.group(places=3, stops=[mode])
    line = bed.line(group)
    bed.env.run(until=9_000)
    assert group.state is State.EXECUTE
    assert {round(3 * value) for _, value in capacity(group)} <= {0, 1, 2, 3}
    assert line.line_unit.capacity == group.capacity
    # each machine works 600 s and is out 300 s: two thirds of three machines, a part a minute each
    assert group.account()["capacity_seconds"] / 9_000 == pytest.approx(2 / 3, abs=0.03)
    assert group.processed == pytest.approx(9_000 / 60 * 3 * 2 / 3, abs=6)
    assert line.balances()["pieces"] == 0.0


def test_availability_of_exponential_machines() -> None:
    """N machines with mean up time U and down time D are U / (U + D) available, whatever n (99 % in 400 h)."""
    bed = Bed()
    mode = StopMode(name="drive", between=7_200.0, duration=1_800.0, memoryless=True)
    group = bed.group(places=5, stops=[mode])
    bed.line(group)
    bed.env.run(until=400 * 3600.0)
    assert group.account()["capacity_seconds"] / (400 * 3600.0) == pytest.approx(0.8, abs=0.04)


def test_last_machine_gives_the_unit_its_state() -> None:
    """A group of one machine behaves as a station does: ABORTED while it is repaired."""
    bed = Bed()
    mode = StopMode(name="jam", between=600.0, duration=120.0, cv=0.0, regular=True)
    group = bed.group(stops=[mode])
    bed.line(group)
    bed.env.run(until=7_200)
    spent = {key: value for key, value in group.account().items() if key.startswith("seconds/aborted")}
    assert spent["seconds/aborted/failure"] == pytest.approx(7_200 / 6, abs=130)


def test_micro_stops_take_no_capacity() -> None:
    bed = Bed()
    mode = StopMode(name="chip", between=300.0, duration=60.0, cv=0.0, category=Reason.MICRO_STOP)
    group = bed.group(places=2, stops=[mode])
    bed.line(group)
    bed.env.run(until=3_600 * 20)
    assert capacity(group) == []
    assert group.processed == pytest.approx(2 * 3_600 * 20 / 60 * 300 / 360, rel=0.03)


def test_each_machine_is_set_up_for_its_own_product() -> None:
    """Two machines and two products in turn: each keeps its product, nothing is set up after the start."""
    bed = Bed()
    first = bed.station("first", cycle=30.0)
    group = bed.group(places=2, buffer=math.inf, set_up=SetUp(bed.streams, "group", mean=600.0, cv=0.0))
    bed.line(first, group, orders=in_turn("a", "b"), products=("a", "b"))
    bed.env.run(until=3_600)
    assert capacity(group) == []
    assert [machine.set_up_for for machine in group.machines] == ["a", "b"]


def test_dispatching_by_set_up_ends_with_the_longest_run() -> None:
    """One machine, two products in turn and runs of four: a set-up in four parts, not one a part and not none."""
    bed = Bed()
    first = bed.station("first", cycle=1.0)
    set_up = SetUp(bed.streams, "group", mean=30.0, cv=0.0, longest_run=4)
    group = bed.group(cycle=10.0, buffer=40, set_up=set_up)
    bed.line(first, group, orders=in_turn("a", "b"), products=("a", "b"))
    bed.env.run(until=7_000)
    changes = [
        time for time, name, value in group.pending or () if (name, value) == ("state", State.RESETTING)
    ]
    assert len(changes) == pytest.approx(7_000 / (4 * 10 + 30), abs=3)


def test_machines_wait_for_an_operator() -> None:
    """Two machines of 60 s and one operator who needs 60 s a part: every machine waits a third of its time."""
    bed = Bed()
    group = bed.group(places=3, loading=Loading(operators=Crew(bed.env, 1), seconds=60.0))
    bed.line(group)
    bed.env.run(until=36_000)
    assert group.processed == pytest.approx(36_000 / 60, abs=3)  # the operator is the bottleneck
    assert group.account()["capacity_seconds"] / 36_000 == pytest.approx(2 / 3, abs=0.01)


class Ruin(Station):
    """Spoils three of the 24 sheets of every lot."""

    def work(self, part: Part) -> None:
        """Lose them."""
        part.lose(3.0, self)

    def content(self, part: Part) -> float:
        """A lot takes as long as its sheets."""
        return part.quantity


def test_lots_are_counted_in_their_unit() -> None:
    """A lot of 24 sheets takes 24 cycles; the three that are lost are the station's scrap and the line's."""
    bed = Bed()
    ruin = Ruin(bed.env, bed.streams, "ruin", cycle=Cycle(mean=10.0))
    line = bed.line(ruin, orders=in_turn("a", lot=24.0))
    bed.env.run(until=2_401)
    unit = line.line_unit
    assert (ruin.processed, ruin.scrapped, unit.processed, unit.scrapped) == (240.0, 30.0, 240.0, 30.0)
    assert line.line_unit.order_quantity == 24.0


def reworking(limit: int, *, first_pass: bool = True) -> tuple[Bed, DiscreteLine, Station, Station]:
    bed = Bed()
    cutter = bed.station("cutter", buffer=2, causes=[DefectCause(name="burr", rate=0.5)])
    gauge = bed.station(
        "gauge", buffer=math.inf, inspection=Inspection(detection=1.0, scrap_share={"cutter": 0.0})
    )
    gauge.detour = Detour(cutter, limit=limit, first_pass=first_pass)
    line = bed.line(cutter, gauge)
    bed.env.run(until=20_000)
    return bed, line, cutter, gauge


def test_rework_goes_back_over_the_detour() -> None:
    """Half of the parts are cut again, half of those are bad again: a quarter is scrap, none is lost."""
    _, line, cutter, _ = reworking(limit=1)
    out = line.line_unit.processed
    assert line.line_unit.scrapped / out == pytest.approx(0.25, abs=0.02)
    assert line.line_unit.reworked / out == pytest.approx(0.25, abs=0.02)
    assert cutter.processed / out == pytest.approx(1.5, abs=0.03)
    assert line.balances()["pieces"] == 0.0


def test_rework_in_the_process_need_not_count_against_the_first_pass() -> None:
    _, line, cutter, _ = reworking(limit=9, first_pass=False)
    assert line.line_unit.reworked == 0.0
    assert line.line_unit.scrapped / line.line_unit.processed == pytest.approx(0.5**10, abs=0.003)
    assert cutter.reworked > 0


def test_wip_limit_and_transport() -> None:
    """CONWIP with five parts and 60 s of transport: Little's law gives throughput 5 / (60 + 1 + 1 s)."""
    bed = Bed()
    line = bed.line(
        bed.station("one"), bed.station("two", buffer=math.inf), wip_limit=5, transport=lambda: 60.0
    )
    bed.env.run(until=62 * 400)
    assert line.good == pytest.approx(5 * 400, abs=6)
    assert line.wip <= 5
    assert line.balances()["pieces"] == 0.0


class Scales(Station):
    """Adds up the mass of the parts."""

    total = 0.0

    def work(self, part: Part) -> None:
        """Weigh it."""
        self.total += part.traits["mass"]


def test_one_of_a_kind_orders_bring_route_and_traits() -> None:
    """An order's own route is taken instead of the product's, and its parts know its traits."""
    bed = Bed()
    one, two = bed.station("one"), bed.station("two")
    three = Scales(bed.env, bed.streams, "three", cycle=Cycle(mean=1.0))
    orders = iter([Order(name="o", product="a", quantity=3, route=(one, three), traits={"mass": 800.0})])
    line = bed.line(one, two, three, orders=orders)
    bed.env.run(until=100)
    assert (line.good, two.processed, three.total) == (3, 0.0, 2_400.0)
