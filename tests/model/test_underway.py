"""Parts on their routes when a line starts: there from the first second, with what was done to them behind them."""

import math

import pytest
import simpy

from twin.model.calendar import Calendar, Shift
from twin.model.cycle import Cycle
from twin.model.discrete_line import DiscreteLine
from twin.model.failure import StopMode
from twin.model.line_unit import LineUnit
from twin.model.machine_group import MachineGroup
from twin.model.order import Order, endless
from twin.model.part import Part
from twin.model.quality import Inspection
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.underway import Underway

ALWAYS = Calendar([Shift("always", 0, 24)])


class Stamp(MachineGroup):
    """Notes who worked on a part, and finds all of them bad."""

    left: list[list[tuple[str, int]]]

    def work(self, part: Part) -> None:
        """Leave a mark of station and machine."""
        part.traits = [*(part.traits or []), (self.name, self.machine.number)]
        part.spoil(self, "common:all")


def build(*underway: Underway, wip_limit: float = math.inf, buffer: float = math.inf) -> DiscreteLine:
    env, streams = simpy.Environment(), Streams(1)
    one = Stamp(env, streams, "one", cycle=Cycle(mean=100.0), places=2, buffer=buffer)
    two = Station(env, streams, "two", cycle=Cycle(mean=10.0), buffer=buffer)
    one.inspection = Inspection(detection=0.0, scrap_share={})
    line = DiscreteLine(
        env, streams, LineUnit(env, ALWAYS, ideal_cycle_time=1.0), {"a": (one, two)}, orders=endless("a"),
        pacing="two", underway=underway, wip_limit=wip_limit,
    )  # fmt: skip
    line.start()
    return line


def lots(quantity: int, lot: float = 1.0, product: str = "a") -> Order:
    return Order(name="underway", product=product, quantity=quantity, lot=lot)


def test_parts_underway_leave_before_any_that_are_released() -> None:
    """Three lots of five wait for the second station: they are out after three cycles, and the balance closes."""
    line = build(Underway(lots(3, lot=5.0), 1))
    line.env.run(until=31)
    assert (line.good, line.line_unit.processed) == (3, 15.0)
    assert line.balances()["pieces"] == 0.0


def test_stations_behind_have_worked_on_them_in_turn() -> None:
    """What the first station does is done, by one machine after the other; nothing is counted or found bad."""
    line = build(Underway(lots(2), 1, age=500.0))
    line.env.run(until=0.5)
    one, two = line.stations
    waiting = two.inbox.items[0]
    assert waiting.traits == [("one", 1)]
    assert waiting.entered == -500.0
    assert waiting.defect is None
    assert (one.processed, one.scrapped) == (0.0, 0.0)


def test_parts_underway_count_as_work_in_process() -> None:
    """The limit is full with them: the first release comes with the first exit."""
    line = build(Underway(lots(2), 1), wip_limit=2)
    line.env.run(until=9)
    assert (line.wip, line.started) == (2, 2)
    line.env.run(until=11)
    assert (line.wip, line.started) == (2, 3)


@pytest.mark.parametrize(
    ("item", "buffer", "match"),
    [
        (Underway(lots(1), 2), math.inf, "beyond its route"),
        (Underway(lots(1, product="b"), 1), math.inf, "no route"),
        (Underway(lots(1), 1), 3, "unlimited buffer"),
    ],
    ids=["step", "product", "buffer"],
)
def test_parts_that_cannot_be_underway_are_refused(item: Underway, buffer: float, match: str) -> None:
    line = build(item, buffer=buffer)
    with pytest.raises(ValueError, match=match):
        line.env.run(until=1)


def test_underway_needs_a_step_and_an_age() -> None:
    with pytest.raises(ValueError, match="step -1"):
        Underway(lots(1), -1)
    with pytest.raises(ValueError, match="age nan"):
        Underway(lots(1), 0, age=math.nan)


def test_hastened_group_stops_more_often() -> None:
    """Stops of all machines come four times as often from the middle of the run on, then as usual again."""
    env, streams = simpy.Environment(), Streams(3)
    mode = StopMode(name="jam", between=1_000.0, duration=1.0, cv=0.0)
    group = MachineGroup(env, streams, "group", cycle=Cycle(mean=10.0), places=4, stops=[mode])
    line = DiscreteLine(
        env,
        streams,
        LineUnit(env, ALWAYS, ideal_cycle_time=1.0),
        {"a": (group,)},
        orders=endless("a"),
        pacing="group",
    )
    group.pending = []
    line.start()
    counts = []
    for factor in (1.0, 4.0, 1.0):
        group.hasten("jam", factor)
        env.run(until=env.now + 100_000.0)
        counts.append(sum(name == "capacity" for _, name, _ in group.pending) / 2)
        group.pending.clear()
    usual = 4 * 100.0
    assert counts == [
        pytest.approx(usual, rel=0.15),
        pytest.approx(4 * usual, rel=0.15),
        pytest.approx(usual, rel=0.15),
    ]
