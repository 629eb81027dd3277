"""Faults: told and set by their tag, and the hooks of the kernel that they turn."""

import math
from statistics import fmean

import pytest
import simpy

from twin.model.failure import Stop, StopMode
from twin.model.fault import Effect, Fault
from twin.model.quality import DefectCause, Defects
from twin.model.signal import Signal, Symptom
from twin.model.state import Reason
from twin.model.streams import Streams
from twin.model.tool import Tooling
from twin.model.unit import Unit

EFFECT = Effect(subject="availability", change=-0.1, end=60.0)


def test_fault_is_told_and_set_by_its_tag() -> None:
    done: list[str] = []
    unit = Unit(simpy.Environment(), "press")
    unit.pending = []
    fault = Fault("crack", "Crack", mechanism="It breaks.", effects=(EFFECT,),
                  strike=lambda: done.append("strike"), mend=lambda: done.append("mend"))  # fmt: skip
    unit.can_suffer(fault)
    tag = next(tag for tag in unit.tags() if tag.name == "fault_crack")
    assert tag.read is not None
    assert tag.write is not None
    for value in (0.0, 1.0, 1.0, 0.0, 0.0, 1.0):
        tag.write(value)
        assert tag.read() == value
    assert done == ["strike", "mend", "strike"], "what is there already does not strike again"
    assert fault.injected == 2
    assert unit.pending == [(0, "fault_crack", 1.0), (0, "fault_crack", 0.0), (0, "fault_crack", 1.0)]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"subject": "tonnage"}, "name a tag as unit/tag or one of availability"),
        ({"change": 0.0}, "change must not be 0"),
        ({"begin": 60.0}, "needs 0 <= begin < end"),
        ({"end": 0.0}, "needs 0 <= begin < end"),
    ],
)
def test_effect_that_says_nothing_is_refused(change: dict[str, object], problem: str) -> None:
    fields: dict[str, object] = {"subject": "op10/tonnage", "change": 1.0, "end": 60.0}
    with pytest.raises(ValueError, match=problem):
        Effect(**(fields | change))  # type: ignore[arg-type]


def test_hastened_stop_comes_sooner_and_as_ever_when_it_is_mended() -> None:
    mode = StopMode(name="drive", between=1000.0, duration=10.0, shape=3.0)
    usual, hasty = (Stop(mode, "press", Streams(1)) for _ in range(2))
    usual.renew(0.0)
    hasty.renew(0.0)
    used = hasty.degradation(100.0)
    hasty.hasten(100.0, 10.0)
    assert hasty.degradation(100.0) == pytest.approx(used), "the wear so far stays"
    assert hasty.at - 100.0 == pytest.approx((usual.at - 100.0) / 10.0)
    hasty.hasten(100.0, 1.0)
    assert (hasty.at, hasty.began) == pytest.approx((usual.at, usual.began))

    def mean_life(factor: float) -> float:
        stop = Stop(mode, "press", Streams(2))
        stop.hasten(0.0, factor)
        lives = []
        for _ in range(400):
            begin = stop.at
            stop.renew(begin)
            lives.append(stop.at - begin)
        return fmean(lives)

    assert mean_life(4.0) == pytest.approx(mean_life(1.0) / 4.0)
    with pytest.raises(ValueError, match="must be positive"):
        usual.hasten(0.0, 0.0)


def test_hastened_tool_uses_up_its_hazard_sooner_whatever_is_mounted() -> None:
    mode = StopMode(name="die", category=Reason.TOOLING, between=1000.0, shape=2.0, duration=10.0)
    usual, hasty = (Tooling(mode, "press", Streams(1), products=["a", "b"], life=500.0) for _ in range(2))
    hasty.hasten(50.0, 4.0)
    hasty.mount("b", 80.0)
    hasty.mount("a", 90.0)
    usual.mount("b", 80.0)
    usual.mount("a", 90.0)
    assert hasty.at < usual.at
    fresh, hastened = (Tooling(mode, "press", Streams(3), products=["a"], life=500.0) for _ in range(2))
    hastened.hasten(0.0, 4.0)
    for tooling in (fresh, hastened):
        tooling.renew(0.0)
    assert hastened.at == pytest.approx(fresh.at / 2.0), "four times the hazard of shape 2 is half the life"


def test_excess_is_seen_in_the_symptoms_and_not_by_those_who_renew() -> None:
    symptom = Symptom(
        Signal("vacuum", "kPa", -101, 0, 1, (None, None, -52, -45), "vacuum"), -65.0, -45.0, 0.0
    )
    mode = StopMode(
        name="cups", between=1e6, duration=10.0, shape=3.0, symptoms=(symptom,), renewed_at_changeover=True
    )
    stop = Stop(mode, "transfer", Streams(1))
    stop.renew(0.0)
    stop.measure(0.0)
    assert stop.readings == [-65.0]
    stop.excess = 0.8
    stop.measure(0.0)
    assert stop.readings == [pytest.approx(-49.0)]
    assert not stop.told


def test_defect_rate_can_be_set_and_taken_back() -> None:
    defects = Defects(DefectCause(name="crack", rate=0.0), "press", Streams(1))

    def struck(parts: int) -> int:
        count = 0
        for _ in range(parts):
            defects.left -= 1
            if not defects.left:
                count += defects.strikes()
        return count

    assert struck(1000) == 0
    defects.set_rate(0.1)
    assert struck(5000) == pytest.approx(500, rel=0.15)
    defects.set_rate(0.0)
    assert struck(1000) == 0
    with pytest.raises(ValueError, match=r"must lie in 0\.\.1"):
        defects.set_rate(math.nan)
