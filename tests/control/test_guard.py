"""The guard: whatever a controller wants and whatever data come, its limits hold, and harm ends at the baseline."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.control.closed_loop import MEASURED, SET_POINT, START_MS, Loop
from twin.control.actuator import Actuator
from twin.control.guard import Guarded, Limits
from twin.control.process_control import ModelPredictive
from twin.model.command import Command
from twin.model.frame import BAD, Sample

MINUTE_MS = 60_000


class Wish:
    """A controller that wants what it is told to want."""

    def __init__(self, *, baseline: float = 10.0, whole: bool = False) -> None:
        self.actuator = Actuator(key="k", path=SET_POINT, baseline=baseline, whole=whole)
        self.subjects: tuple[str, ...] = (MEASURED,)
        self.period = 60.0
        self.reads_text = False
        self.watch = 0
        self.usual: float | None = None
        self.want: float | None = None
        self.objective: float | None = None
        self.seen: list[float] = []

    def update(self, sample: Sample) -> None:
        self.seen.append(float(sample.value))

    def decide(self, time_ms: int) -> list[Command]:
        return [] if self.want is None else [self.actuator.command(self.want, time_ms, "wanted")]

    def badness(self) -> float | None:
        return self.objective


def guarded(wish: Wish, **limits: float) -> Guarded:
    return Guarded(wish, Limits(**({"low": 0.0, "high": 100.0, "stale": 180.0} | limits)))


def decide(guard: Guarded, minute: int, value: float = 1.0) -> list[float]:
    guard.update(Sample(MEASURED, value, START_MS + minute * MINUTE_MS))
    return [command.value for command in guard.decide(START_MS + minute * MINUTE_MS)]


@given(
    wishes=st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=30),
    readings=st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=30),
    authority=st.floats(0.0, 1.0),
    rate=st.floats(0.1, 200.0),
    baseline=st.floats(-5.0, 5.0),
)
def test_no_command_leaves_the_clamps(
    wishes: list[float], readings: list[float], authority: float, rate: float, baseline: float
) -> None:
    """Range, share of the distance from the baseline, and rate hold for any wish and any reading, NaN included."""
    wish = Wish(baseline=baseline)
    guard = guarded(wish, low=-20.0, high=30.0, authority=authority, rate=rate)
    before = baseline
    for minute, want in enumerate(wishes):
        wish.want = want
        reading = readings[minute] if minute < len(readings) else 1.0
        for value in decide(guard, minute, reading):
            slack = 1e-9 * 50.0
            assert baseline - authority * (baseline + 20.0) - slack <= value
            assert value <= baseline + authority * (30.0 - baseline) + slack
            assert abs(value - before) <= rate + slack
            before = value


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(), st.integers(0, 500), st.sampled_from([0, 192])), max_size=40))
def test_model_predictive_in_guard_never_leaves_the_clamps(feed: list[tuple[float, int, int]]) -> None:
    """The real controller, fed with nonsense at any pace, raises nothing and stays in its range."""
    inner = ModelPredictive(
        Actuator(key="k", path=SET_POINT, baseline=100.0), MEASURED,
        gain=2.0, tau=600.0, delay=120.0, step=60.0, baseline=500.0, constraint=510.0, spread=1.0,
    )  # fmt: skip
    guard = Guarded(inner, Limits(low=90.0, high=110.0, stale=180.0))
    now_ms = START_MS
    for value, seconds, quality in feed:
        now_ms += seconds * 1000
        guard.update(Sample(MEASURED, value, now_ms, quality))
        for command in guard.decide(now_ms):
            assert 90.0 <= command.value <= 110.0


def test_authority_scales_the_correction() -> None:
    wish = Wish()
    wish.want = 50.0
    assert decide(guarded(wish, authority=0.4), 0) == [26.0]


def test_no_authority_no_command() -> None:
    wish = Wish()
    wish.want = 50.0
    guard = guarded(wish, authority=0.0)
    assert decide(guard, 0) == []
    assert guard.status == "has no authority"


def test_rate_limits_a_step_and_the_reason_says_so() -> None:
    wish = Wish()
    wish.want = 50.0
    guard = guarded(wish, rate=15.0)
    assert [decide(guard, minute) for minute in range(4)] == [[25.0], [40.0], [50.0], []]
    wish.want = 0.0
    guard.update(Sample(MEASURED, 1.0, START_MS + 4 * MINUTE_MS))
    (command,) = guard.decide(START_MS + 4 * MINUTE_MS)
    assert command.reason == "wanted (wanted 0, limited to 35)"


def test_a_switch_is_set_in_the_share_of_cases() -> None:
    """Seven cases of ten with authority 0.7; a case lasts until the wish is gone, and going back is always allowed."""
    wish = Wish(baseline=0.0, whole=True)
    guard = guarded(wish, low=0.0, high=1.0, authority=0.7)
    taken = 0
    for case in range(10):
        wish.want = 1.0
        sent = decide(guard, 4 * case) + decide(guard, 4 * case + 1)
        assert sent in ([], [1.0])
        taken += len(sent)
        wish.want = 0.0
        assert decide(guard, 4 * case + 2) == ([0.0] if sent else [])
    assert taken == 7


def test_stale_data_give_the_baseline_back_once() -> None:
    wish = Wish()
    wish.want = 50.0
    guard = guarded(wish)
    assert decide(guard, 0) == [50.0]
    later = [guard.decide(START_MS + minute * MINUTE_MS) for minute in range(1, 10)]
    assert [[command.value for command in commands] for commands in later] == [[], [], [], [10.0]] + [[]] * 5
    assert guard.fallbacks == 1
    assert guard.status == "baseline, data are 540 s old"
    assert "data are 240 s old" in later[3][0].reason
    assert decide(guard, 10) == [50.0], "fresh data: it acts again"


@pytest.mark.parametrize("sample", [(float("nan"), 192), (float("inf"), 192), (5.0, BAD)])
def test_bad_and_impossible_values_are_no_data(sample: tuple[float, int]) -> None:
    wish = Wish()
    wish.want = 50.0
    guard = guarded(wish)
    for minute in range(8):
        time_ms = START_MS + minute * MINUTE_MS
        guard.update(Sample(MEASURED, sample[0], time_ms, sample[1]))
        assert guard.decide(time_ms) == []
    assert wish.seen == []
    assert guard.status == "no data yet"


def test_repeated_and_old_samples_count_once() -> None:
    guard = guarded(wish := Wish())
    for time_ms in (1000, 2000, 2000, 1500):
        guard.update(Sample(MEASURED, 3.0, time_ms))
    assert len(wish.seen) == 2


def test_a_lost_connection_ends_at_the_baseline() -> None:
    """A predictive controller whose samples stop in the middle of a disturbance goes back and stays there."""
    inner = predictive(gain=2.0)
    guard = Guarded(inner, Limits(low=90.0, high=110.0, stale=180.0))
    loop = Loop(1)
    loop.run(100, guard)
    assert loop.value != 100.0
    loop.run(100, guard, seen=lambda _: False)
    assert loop.value == 100.0
    assert guard.fallbacks == 1


def predictive(*, gain: float) -> ModelPredictive:
    return ModelPredictive(
        Actuator(key="mpc", path=SET_POINT, baseline=100.0), MEASURED,
        gain=gain, tau=600.0, delay=120.0, step=60.0, baseline=500.0, constraint=510.0, spread=0.9,
    )  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_wrong_sign_is_caught_and_costs_little(seed: int) -> None:
    """A controller that pushes the wrong way is stopped; nine tenths of the time the loop is as without it."""
    none = Loop(seed).run(1500)
    loop = Loop(seed)
    guard = Guarded(predictive(gain=-2.0), Limits(low=98.0, high=102.0, stale=180.0))
    outputs = loop.run(1500, guard)
    assert guard.fallbacks >= 1
    assert "harm" in guard.status or guard.status == "acts"
    harmed = abs(outputs - none) > 0.5
    assert harmed.mean() < 0.35
    assert abs(outputs - 500.0).max() < 9.0, "the clamps bound what it can do"


@pytest.mark.parametrize("seed", range(1, 7))
def test_a_good_controller_is_left_alone(seed: int) -> None:
    guard = Guarded(predictive(gain=2.0), Limits(low=90.0, high=110.0, stale=180.0))
    Loop(seed, noise=0.02).run(1500, guard)
    assert guard.fallbacks == 0


def test_rest_after_harm_doubles() -> None:
    wish = Wish()
    wish.usual, wish.objective = 1.0, 1.0
    guard = guarded(wish, cooling_off=600.0)
    rests, rested = [], 0
    for minute in range(120):
        standing = wish.actuator.value
        wish.objective = 9.0 + minute % 2 if standing != 10.0 else 1.0
        wish.want = 50.0
        decide(guard, minute)
        if guard.status.startswith("baseline"):
            rested += 1
        elif rested:
            rests.append(rested)
            rested = 0
    assert rests[:2] == [10, 20]
    assert guard.fallbacks >= 3


def test_it_watches_first_where_the_usual_objective_is_unknown() -> None:
    wish = Wish()
    wish.watch, wish.objective, wish.want = 3, 1.0, 50.0
    guard = guarded(wish)
    assert [decide(guard, minute) for minute in range(3)] == [[], [], [50.0]]


def test_advisory_sends_nothing_and_says_what_it_would() -> None:
    wish = Wish()
    wish.want = 50.0
    guard = Guarded(wish, Limits(low=0.0, high=100.0, authority=0.5, stale=180.0), mode="advisory")
    assert decide(guard, 0) == []
    assert [command.value for command in guard.proposals] == [30.0]
    assert wish.actuator.value == 10.0
    guard.mode = "automatic"
    assert decide(guard, 1) == [30.0]
    assert guard.proposals == []


def test_the_tag_tells_where_it_stands() -> None:
    """Somebody else's set point is taken over; a report on its way while a command goes out is not."""
    wish = Wish()
    wish.want = 50.0
    guard = guarded(wish)
    assert decide(guard, 0) == [50.0]
    guard.update(Sample(SET_POINT, 10.0, START_MS + 2000))
    assert wish.actuator.value == 50.0
    guard.update(Sample(SET_POINT, 44.0, START_MS + 30_000))
    assert wish.actuator.value == 44.0
    assert SET_POINT in guard.subjects


def test_actions_are_kept_with_their_effect() -> None:
    wish = Wish()
    wish.objective = 4.0
    guard = guarded(wish)
    decide(guard, 0)
    wish.want = 50.0
    decide(guard, 1)
    wish.want, wish.objective = None, 1.0
    for minute in range(2, 12):
        decide(guard, minute)
    (action,) = guard.actions.take_finished()
    assert (action.key, action.path, action.value, action.reason) == ("k", SET_POINT, 50.0, "wanted")
    assert (action.before, action.effect) == (4.0, -3.0)


@pytest.mark.parametrize(
    "limits", [{"low": 100.0}, {"authority": 1.1}, {"authority": math.nan}, {"rate": 0.0}, {"stale": -1.0}]
)
def test_impossible_limits_are_refused(limits: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="limits"):
        guarded(Wish(), **limits)
