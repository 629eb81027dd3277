"""Detours over stations that no route visits: the benches belong to the line."""

import math
from typing import Any

import pytest
import simpy

from twin.model.calendar import Calendar, Shift
from twin.model.cycle import Cycle
from twin.model.detour import Detour
from twin.model.discrete_line import DiscreteLine
from twin.model.line_unit import LineUnit
from twin.model.order import endless
from twin.model.quality import DefectCause, Inspection
from twin.model.station import Station
from twin.model.streams import Streams

ALWAYS = Calendar([Shift("always", 0, 24)])


def repaired() -> tuple[DiscreteLine, Station]:
    """A line of maker and test; what the test rejects goes over a bench that is on no route."""
    env, streams = simpy.Environment(), Streams(1)

    def station(name: str, cycle: float, **options: Any) -> Station:
        return Station(env, streams, name, cycle=Cycle(mean=cycle), **options)

    maker = station("maker", 10.0, causes=[DefectCause(name="leak", rate=0.2)])
    test = station("test", 1.0, buffer=5, inspection=Inspection(detection=1.0, scrap_share={"maker": 0.0}))
    bench = station("bench", 30.0, buffer=math.inf)
    test.detour = Detour(bench)
    unit = LineUnit(env, ALWAYS, ideal_cycle_time=10.0)
    line = DiscreteLine(env, streams, unit, {"a": (maker, test)}, orders=endless("a"), pacing="maker")
    line.start()
    env.run(until=20_000)
    return line, bench


def test_bench_of_a_detour_is_a_station_of_the_line() -> None:
    """A fifth of the parts is mended at the bench and tested again; none is lost."""
    line, bench = repaired()
    assert bench in line.units
    assert bench.processed / line.line_unit.processed == pytest.approx(0.2, abs=0.03)
    assert line.line_unit.reworked == pytest.approx(bench.processed, abs=3)
    assert line.balances()["pieces"] == 0.0


def test_ways_of_a_detour_are_flows() -> None:
    line, _ = repaired()
    ways = [(flow.source, flow.target, flow.label) for flow in line.flows]
    assert ways == [("maker", "test", ""), ("test", "bench", "rework"), ("bench", "test", "rework")]
