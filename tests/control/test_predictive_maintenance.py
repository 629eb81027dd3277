"""Predictive maintenance: it asks before the failure, not long before, and begins anew after every renewal."""

import math

import numpy as np
import pytest

from tests.control.closed_loop import START_MS
from twin.control.actuator import Actuator
from twin.control.guard import Guarded, Limits
from twin.control.predictive_maintenance import PredictiveMaintenance
from twin.model.frame import Sample
from twin.model.signal import Signal, Symptom
from twin.model.streams import Streams

VIBRATION = Symptom(
    Signal("vibration", "mm/s", 0, 30, 0.4, (None, None, 7.1, 11.0), "drive"), 2.8, 11.5, 0.05
)
CONDITION, SERVICE = "demo/p/a/l/press/vibration", "demo/p/a/l/press/service_drive"
HOUR = 3600.0


def controller(horizon: float, risk: float = 0.05) -> PredictiveMaintenance:
    return PredictiveMaintenance(
        Actuator(key="pdm", path=SERVICE, whole=True), CONDITION,
        healthy=2.8, failed=11.5, noise=0.05, horizon=horizon, risk=risk,
    )  # fmt: skip


class Machine:
    """A machine that wears: a reading a minute, its condition by the used share of a life in operating s."""

    def __init__(self, seed: int, lives: list[float], symptom: Symptom = VIBRATION) -> None:
        self.noise = Streams(seed).normal("noise")
        self.lives = list(lives)
        self.symptom = symptom
        self.time = 0.0
        self.used = 0.0
        self.value = 0.0

    def minute(self, guard: Guarded, *, operates: bool = True) -> bool:
        """Run a minute; return whether service is asked for. Raises StopIteration at a failure."""
        self.time += 60.0
        if operates:
            self.used += 60.0
            self.value = self.symptom.value(self.used / self.lives[0], self.noise())
        if self.used >= self.lives[0]:
            raise StopIteration
        guard.update(Sample(CONDITION, self.value, self.moment))
        if self.time % guard.period == 0.0:
            guard.decide(self.moment)
        return guard.controller.actuator.value >= 0.5

    @property
    def moment(self) -> int:
        return START_MS + round(self.time * 1000)

    def serve(self, guard: Guarded) -> float:
        """Renew and take the request back; return the share of the life that was used."""
        share = self.used / self.lives.pop(0)
        self.used = 0.0
        self.time += 30.0
        guard.update(Sample(SERVICE, 0.0, self.moment))
        self.time += 30.0
        return share


def guard_of(inner: PredictiveMaintenance) -> Guarded:
    return Guarded(inner, Limits(low=0.0, high=1.0, stale=900.0))


def run_lives(lives: list[float], horizon: float, seed: int = 1) -> tuple[list[float], int]:
    """Serve in the pause that follows a request by `horizon`; return the shares of life used, and the failures."""
    guard = guard_of(controller(horizon))
    machine = Machine(seed, lives)
    shares, failures = [], 0
    asked = math.inf
    while machine.lives:
        try:
            if machine.minute(guard):
                asked = min(asked, machine.time)
                if machine.time - asked >= horizon:
                    shares.append(machine.serve(guard))
                    asked = math.inf
        except StopIteration:
            failures += 1
            machine.serve(guard)
            asked = math.inf
    return shares, failures


@pytest.mark.parametrize("mean", [20 * HOUR, 60 * HOUR])
def test_asks_before_failure_and_not_long_before(mean: float) -> None:
    """Lives that scatter by a third: no failure, though service comes up to a horizon after the request."""
    draw = Streams(11).weibull("life", mean, 3.0)
    lives = [max(draw(), 0.4 * mean) for _ in range(12)]
    shares, failures = run_lives(lives, horizon=2 * HOUR)
    assert failures == 0
    assert len(shares) == 12
    assert float(np.mean(shares)) > 0.9
    assert max(shares) < 1.0


def test_renews_by_life_not_by_calendar() -> None:
    """Two machines with lives of 50 h and 150 h are asked for at the same share of life, not at the same age."""
    short, _ = run_lives([30 * HOUR], horizon=2 * HOUR)
    long, _ = run_lives([90 * HOUR], horizon=2 * HOUR)
    assert short[0] == pytest.approx(0.96, abs=0.04)
    assert long[0] == pytest.approx(0.98, abs=0.02)


def test_remaining_life_covers_the_truth() -> None:
    """At nine tenths of life the interval of three standard deviations holds the true remaining life, and is narrow."""
    for seed in range(1, 6):
        inner = controller(horizon=HOUR)
        guard, machine = guard_of(inner), Machine(seed, [40 * HOUR])
        while machine.used < 36 * HOUR:
            machine.minute(guard)
        found = inner.remaining_life()
        assert found is not None
        mean, sigma = found
        assert abs(mean - 4 * HOUR) < 3.5 * sigma + 300.0
        assert sigma < 0.2 * HOUR


def test_a_healthy_machine_is_left_alone() -> None:
    """Noise about the healthy value is no trend, and no remaining life is claimed."""
    inner = controller(horizon=8 * HOUR, risk=0.02)
    guard, machine = guard_of(inner), Machine(1, [1e9])
    for _ in range(3000):
        assert not machine.minute(guard)
    assert inner.remaining_life() is None


@pytest.mark.parametrize("seed", range(1, 7))
def test_the_first_hours_of_a_worn_machine_are_not_misread(seed: int) -> None:
    """Met at two thirds of a life of 60 h: a slope of a few minutes is noise, and nothing is asked 10 h too early."""
    guard, machine = guard_of(controller(horizon=4 * HOUR)), Machine(seed, [60 * HOUR])
    machine.used = 40 * HOUR
    while machine.used < 54 * HOUR:
        assert not machine.minute(guard)
    while not machine.minute(guard):
        pass
    assert machine.used == pytest.approx(56 * HOUR, abs=0.5 * HOUR)


def test_standing_time_is_no_life() -> None:
    """A night in which the value repeats moves neither the trend nor the request."""
    inner = controller(horizon=HOUR)
    guard, machine = guard_of(inner), Machine(3, [40 * HOUR])
    while machine.used < 36 * HOUR:
        machine.minute(guard)
    before = inner.remaining_life()
    for _ in range(300):
        assert not machine.minute(guard, operates=False)
    after = inner.remaining_life()
    assert before is not None
    assert after is not None
    assert after[0] == pytest.approx(before[0], rel=0.02)


def test_a_falling_condition_is_understood() -> None:
    """A symptom that falls towards failure (stop time, vacuum) is followed as one that rises."""
    vacuum = Symptom(Signal("vacuum", "kPa", -101, 0, 2.4, (None, None, None, None), ""), 65.0, 47.0, 0.3)
    inner = PredictiveMaintenance(
        Actuator(key="pdm", path=SERVICE, whole=True), CONDITION,
        healthy=65.0, failed=47.0, noise=0.3, horizon=2 * HOUR,
    )  # fmt: skip
    guard, machine = guard_of(inner), Machine(1, [60 * HOUR], vacuum)
    while not machine.minute(guard):
        pass
    assert 0.85 < machine.serve(guard) < 0.99


def test_life_that_passes_faster_is_followed() -> None:
    """Wear that speeds up threefold at half of life (a dry bearing) is still met before the failure."""
    inner = controller(horizon=HOUR)
    guard, machine = guard_of(inner), Machine(2, [100 * HOUR])
    while machine.used < 60 * HOUR:
        assert not machine.minute(guard)
    machine.lives, machine.used = [100 * HOUR / 3.0], machine.used / 3.0
    while not machine.minute(guard):
        pass
    assert machine.serve(guard) > 0.85


def test_reason_has_the_numbers() -> None:
    inner = controller(horizon=2 * HOUR)
    guard, machine = guard_of(inner), Machine(1, [50 * HOUR])
    guard.mode = "advisory"
    while not guard.proposals:
        machine.minute(guard)
    (command,) = guard.proposals
    assert command.path == SERVICE
    assert command.value == 1.0
    assert command.source == "controller:pdm"
    assert command.id == f"pdm-press/service_drive-1-{machine.moment}"
    assert command.expires_ms == machine.moment + 300_000
    assert "of life used" in command.reason
    assert "probability" in command.reason


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="healthy other than failed"):
        PredictiveMaintenance(
            Actuator(key="k", path=SERVICE), CONDITION, healthy=1.0, failed=1.0, noise=1.0, horizon=1.0
        )


def test_wear_without_a_trend_is_met_by_the_alarm() -> None:
    """A condition that jumps: three readings in a row ask, one outlier does not, and a request is not repeated."""
    inner = PredictiveMaintenance(
        Actuator(key="pdm", path=SERVICE, whole=True), CONDITION, healthy=2.8, failed=11.5, noise=0.05,
        horizon=HOUR, alarm=0.85,
    )  # fmt: skip
    asked = []
    for minute, value in enumerate((3.0, 11.0, 3.1, 10.9, 11.0, 11.1)):
        inner.update(Sample(CONDITION, value, minute * 60_000))
        asked.append(len(inner.decide(minute * 60_000)))
    assert asked == [0, 0, 0, 0, 0, 1]
    inner.actuator.value = 1.0
    assert inner.decide(6 * 60_000) == []


def test_a_plant_that_serves_at_once_is_not_asked_again() -> None:
    """The request is taken back before the next decision; readings of the old life may still be under way."""
    inner = controller(horizon=2 * HOUR)
    guard, machine = guard_of(inner), Machine(3, [30 * HOUR, 1e9])
    while not machine.minute(guard):
        pass
    worn = machine.value
    for minute in range(1, 11):
        moment = machine.moment + minute * 60_000
        guard.update(Sample(CONDITION, worn + 0.001 * minute, moment))
        if minute == 1:
            guard.update(Sample(SERVICE, 0.0, moment))
        assert guard.decide(moment) == []
