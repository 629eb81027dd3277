"""Energy saver: it stands by in the gaps that pay, learns which do, and wakes when there is work."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.control.closed_loop import START_MS
from twin.control.actuator import Actuator
from twin.control.energy_saver import EnergySaver
from twin.control.gap import GapRule
from twin.control.guard import Guarded, Limits
from twin.model.frame import Sample
from twin.model.state import State
from twin.model.streams import Streams

UNIT = "demo/p/a/l/press"
STATE, STANDBY, BUSY = f"{UNIT}/state", f"{UNIT}/standby", "demo/p/a/l/line/planned_busy"
IDLE, STANDBY_POWER, START = 40.0, 4.0, 1.0  # kW, kW, kWh: break-even 100 s


def saver(planned_busy: str = "", **changes: float) -> EnergySaver:
    return EnergySaver(
        Actuator(key="standby", path=STANDBY, whole=True), STATE, planned_busy,
        **({"idle_power": IDLE, "standby_power": STANDBY_POWER, "start_energy": START, "start_time": 0.0} | changes),
    )  # fmt: skip


class Unit:
    """A unit that executes for 60 s after every gap; its energy in the gaps, and a start for each standby, in kWh."""

    def __init__(self, inner: EnergySaver, *, authority: float = 1.0) -> None:
        self.inner = inner
        self.guard = Guarded(inner, Limits(low=0.0, high=1.0, stale=1e9, authority=authority))
        self.now = 0
        self.standby = False
        self.energy = 0.0
        self.starts = 0
        self.stood_by = 0
        self.reasons: list[str] = []

    def report(self, path: str, value: float) -> None:
        self.guard.update(Sample(path, value, START_MS + self.now * 1000))

    def seconds(self, count: int, *, waits: bool) -> None:
        for _ in range(count):
            self.now += 1
            if waits:
                self.energy += (STANDBY_POWER if self.standby else IDLE) / 3600.0
                self.stood_by += self.standby
            if self.now % 10 == 0:
                self.decide()

    def decide(self) -> None:
        for command in self.guard.decide(START_MS + self.now * 1000):
            if self.standby and command.value == 0.0:
                self.energy += START
                self.starts += 1
            self.standby = command.value == 1.0
            self.reasons.append(command.reason)

    def gap(self, length: int, state: State = State.SUSPENDED) -> None:
        self.report(STATE, state)
        self.seconds(length, waits=True)
        self.report(STATE, State.EXECUTE)
        self.decide()
        self.seconds(60, waits=False)


def run(gaps: list[int], *, authority: float = 1.0) -> Unit:
    unit = Unit(saver(), authority=authority)
    for length in gaps:
        unit.gap(length)
    return unit


def test_long_gaps_are_slept_through() -> None:
    """Gaps of half an hour: after a few it stands by at once and saves most of the waiting power."""
    unit = run([1800] * 20)
    none = run([1800] * 20, authority=0.0)
    assert unit.starts == 20
    assert unit.energy < 0.25 * none.energy
    before = unit.stood_by
    unit.gap(1800)
    assert unit.stood_by - before > 1780


def test_short_gaps_are_waited_through() -> None:
    """Gaps of 30 s, far below break-even: it never stands by, and never pays a start."""
    unit = run([30] * 50)
    assert unit.starts == 0
    assert unit.energy == run([30] * 50, authority=0.0).energy


def test_mixed_gaps_are_told_apart_by_waiting() -> None:
    """Short ones of 20 s and long ones of 30 min: it waits a little, then knows that it is a long one."""
    unit = run([20, 20, 20, 1800] * 15)
    assert unit.starts == 15
    before, starts = unit.stood_by, unit.starts
    unit.gap(20)
    assert unit.starts == starts
    unit.gap(1800)
    assert unit.stood_by - before > 1740


@pytest.mark.parametrize("mean", [20.0, 100.0, 400.0, 2000.0])
def test_expected_cost_is_near_the_best_in_hindsight(mean: float) -> None:
    """Exponential gaps: never much more than the better of always and never standing by."""
    draw = Streams(4).exponential("gap", mean)
    gaps = [max(round(draw()), 1) for _ in range(60)]
    never = run(gaps, authority=0.0).energy
    always = sum(STANDBY_POWER * gap / 3600.0 + START for gap in gaps)
    assert run(gaps).energy < 1.15 * min(never, always)


def test_a_costly_delay_keeps_it_awake() -> None:
    """The same gaps pay when a start delays nobody, and do not when each second of it costs production."""
    for delay_cost, starts in ((0.0, 20), (1.0, 0)):
        unit = Unit(saver(start_time=60.0, delay_cost=delay_cost))
        for _ in range(20):
            unit.gap(900)
        assert unit.starts == starts


def test_failure_is_no_gap() -> None:
    unit = Unit(saver())
    unit.report(STATE, State.ABORTED)
    unit.seconds(7200, waits=True)
    assert not unit.standby


def test_planned_time_wakes_it() -> None:
    """A night outside planned time is slept through; when the shift begins it wakes, though there is no work yet."""
    unit = Unit(saver(planned_busy=BUSY))
    unit.report(BUSY, 1.0)
    unit.report(STATE, State.EXECUTE)
    unit.now += 1
    unit.report(BUSY, 0.0)
    unit.report(STATE, State.STOPPED)
    unit.seconds(8 * 3600, waits=True)
    assert unit.standby
    unit.report(BUSY, 1.0)
    unit.decide()
    assert not unit.standby
    assert unit.reasons[-1] == "wakes: planned busy time is back"


def test_nights_do_not_teach_about_gaps_of_the_shift() -> None:
    inner = saver(planned_busy=BUSY)
    unit = Unit(inner)
    unit.report(BUSY, 1.0)
    unit.report(STATE, State.EXECUTE)
    for _ in range(5):
        unit.now += 1
        unit.report(BUSY, 0.0)
        unit.gap(3600, State.STOPPED)
        unit.report(BUSY, 1.0)
        unit.decide()
    assert inner._rules[False].seen == 5
    assert inner._rules[True].seen == 0


def test_reason_has_the_numbers() -> None:
    unit = run([1800] * 3)
    assert "stands by" in unit.reasons[0]
    assert "break-even 100 s" in unit.reasons[0]
    assert unit.reasons[1] == "wakes: the unit has work"


def test_badness_is_cost_over_waiting_through() -> None:
    inner = saver()
    unit = Unit(inner, authority=0.0)
    unit.gap(1800)
    inner._costs = [1.0, 0.5]
    assert inner.badness() == 0.75
    assert inner.badness() is None


@settings(max_examples=50)
@given(st.lists(st.floats(1.0, 1e5), min_size=5, max_size=60))
def test_waiting_time_is_the_cheapest_over_known_gaps(gaps: list[float]) -> None:
    """No other waiting time is cheaper on the remembered gaps."""
    rule = GapRule(rate=0.01, start=1.0)
    for gap in gaps:
        rule.learn(gap)

    def cost(wait: float) -> float:
        return sum(0.01 * min(gap, wait) + (gap > wait) for gap in gaps)

    chosen = rule.waiting_time()
    assert cost(chosen) <= min(cost(wait) for wait in [0.0, 50.0, 100.0, 1e6, *gaps]) + 1e-3


def test_break_even_without_knowledge() -> None:
    rule = GapRule(rate=0.01, start=1.0)
    rule.learn(1e6)
    assert rule.break_even == rule.waiting_time() == 100.0


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"standby_power": 50.0}, "must exceed standby_power"),
        ({"start_energy": -1.0}, "must not be negative"),
        ({"start_energy": 0.0}, "must cost something"),
    ],
)
def test_nonsense_is_refused(changes: dict[str, float], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        saver(**changes)
