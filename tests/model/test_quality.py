"""Defects: special events until somebody notices, handling, inspection."""

import math

import pytest
import simpy
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.model.calendar import Calendar
from twin.model.cycle import Cycle
from twin.model.discrete_line import DiscreteLine
from twin.model.line_unit import LineUnit
from twin.model.order import endless
from twin.model.quality import DefectCause, Defects, Inspection, outside
from twin.model.station import Station
from twin.model.streams import Streams


def share(cause: DefectCause, parts: int, seed: int = 1) -> float:
    defects = Defects(cause, "s", Streams(seed))
    spoiled = 0
    for _ in range(parts):
        defects.left -= 1
        if not defects.left:
            spoiled += defects.strikes()
    return spoiled / parts


@settings(max_examples=15, deadline=None)
@given(rate=st.floats(0.001, 0.05), delay=st.floats(1.0, 30.0), hit=st.floats(0.2, 1.0))
def test_share_of_special_events(rate: float, delay: float, hit: float) -> None:
    """Renewal theory: events of mean length d every 1/rate good parts spoil hit * d / (d + 1/rate - 1) of all."""
    expected = hit * delay / (delay + 1.0 / rate - 1.0)
    parts = 200_000
    runs = parts * rate
    tolerance = 5.0 * expected * math.sqrt((1.0 + 2.0 / hit) / runs)
    assert share(DefectCause(name="x", rate=rate, delay=delay, hit=hit), parts) == pytest.approx(
        expected, abs=tolerance
    )


def test_quicker_detection_spoils_less() -> None:
    """The gain of an early alarm is the delay that it saves."""
    slow = share(DefectCause(name="x", rate=0.001, delay=40.0, hit=0.5), 400_000)
    quick = share(DefectCause(name="x", rate=0.001, delay=10.0, hit=0.5), 400_000)
    assert 3.0 < slow / quick < 5.0


def test_no_rate_no_defect() -> None:
    assert share(DefectCause(name="x", rate=0.0, delay=40.0), 10_000) == 0.0


@pytest.mark.parametrize(("sigmas", "expected"), [(1.0, 0.31731), (2.0, 0.04550), (3.0, 0.0026998)])
def test_outside_is_the_normal_tail(sigmas: float, expected: float) -> None:
    """Table values of the two-sided normal tail."""
    assert outside(sigmas * 0.7, 0.7) == pytest.approx(expected, rel=1e-4)


def test_inspection_finds_and_sorts() -> None:
    """Found share, scrap share and the station that is blamed; the rest escapes and counts as good."""
    env, streams = simpy.Environment(), Streams(1)
    cause = DefectCause(name="dent", rate=0.1, cause="handling")
    maker = Station(env, streams, "maker", cycle=Cycle(mean=1.0), causes=[cause])
    look = Inspection(detection=0.8, scrap_share={"maker": 0.25})
    looker = Station(env, streams, "looker", cycle=Cycle(mean=1.0), inspection=look)
    unit = LineUnit(env, Calendar.continuous(), ideal_cycle_time=1.0)
    line = DiscreteLine(env, streams, unit, {"a": [maker, looker]}, orders=endless("a"), pacing="maker")
    line.start()
    env.run(until=50_000)
    found = unit.scrapped + unit.reworked
    assert found / unit.processed == pytest.approx(0.08, rel=0.05)
    assert unit.scrapped / found == pytest.approx(0.25, rel=0.1)
    assert (maker.scrapped, maker.reworked) == (unit.scrapped, unit.reworked)
    assert looker.scrapped == looker.reworked == 0.0
    assert line.balances()["pieces"] == 0.0


def test_bad_figures_are_refused() -> None:
    with pytest.raises(ValueError, match="rate 1"):
        DefectCause(name="x", rate=1.0)
    with pytest.raises(ValueError, match="delay 0"):
        DefectCause(name="x", rate=0.1, delay=0.0)
    with pytest.raises(ValueError, match="hit 2"):
        DefectCause(name="x", rate=0.1, hit=2.0)
    with pytest.raises(ValueError, match=r"inspection: detection 1\.1"):
        Inspection(detection=1.1, scrap_share={})
    with pytest.raises(ValueError, match="inspection: op10"):
        Inspection(detection=0.9, scrap_share={"op10": -0.1})
