"""Disturbances against their closed forms."""

import math

import numpy as np
import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

from twin.model.disturbance import OrnsteinUhlenbeck, StepEvents
from twin.model.streams import Streams

Z99 = 2.576


@pytest.mark.parametrize("step", [1.0, 60.0, 900.0])
def test_ou_variance_is_stationary_at_any_step(step: float) -> None:
    """Exact discretisation: the variance is sigma² at once, and stays so however long the step."""
    process = OrnsteinUhlenbeck(Streams(7), "ou", places=40_000, sigma=2.5, tau=300.0, step=step)
    interval = Z99 * 4.0 * math.sqrt(2.0 / 40_000)  # of a variance of 40,000 independent places, generous
    assert process.values.var() == pytest.approx(6.25, rel=interval)
    for _ in range(200):
        process.step()
    assert process.values.var() == pytest.approx(6.25, rel=interval)
    assert process.values.mean() == pytest.approx(0.0, abs=4.0 * 2.5 / math.sqrt(40_000))


def test_ou_autocorrelation_decays_exponentially() -> None:
    """corr(x(t), x(t + lag)) = exp(-lag / tau)."""
    tau, step, places = 600.0, 60.0, 40_000
    process = OrnsteinUhlenbeck(Streams(3), "ou", places=places, sigma=1.0, tau=tau, step=step)
    start = process.values.copy()
    for steps in range(1, 21):
        process.step()
        correlation = float(np.mean(start * process.values))
        assert correlation == pytest.approx(math.exp(-steps * step / tau), abs=4.5 * math.sqrt(2.0 / places))


def test_ou_streams_depend_on_name_and_seed_alone() -> None:
    def walk(seed: int, name: str) -> list[float]:
        process = OrnsteinUhlenbeck(Streams(seed), name, places=3, sigma=1.0, tau=10.0, step=1.0)
        for _ in range(130):
            process.step()
        return process.values.tolist()

    assert walk(1, "a") == walk(1, "a")
    assert walk(1, "a") != walk(2, "a")
    assert walk(1, "a") != walk(1, "b")


def test_ou_refuses_nonsense() -> None:
    with pytest.raises(ValueError, match="tau > 0"):
        OrnsteinUhlenbeck(Streams(1), "ou", places=1, sigma=1.0, tau=0.0, step=1.0)


def test_step_events_keep_rate_and_share_of_time() -> None:
    """Poisson arrivals: count = rate x places x time; mean number active = rate x duration (Little)."""
    env = simpy.Environment()
    rate, duration, places = 1e-4, 500.0, 50
    events = StepEvents(env, Streams(5), "hole", places=places, rate=rate, duration=duration)
    area = 0.0
    for moment in range(100, 400_001, 100):
        env.run(until=moment)
        area += float(events.active.sum()) * 100.0
    expected = rate * places * 400_000
    assert events.count == pytest.approx(expected, abs=Z99 * math.sqrt(expected))
    assert area / 400_000 / places == pytest.approx(rate * duration, rel=0.10)


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(1.0, 100.0)), max_size=20), st.integers(0, 3))
def test_step_events_end_where_they_began(strikes: list[tuple[int, float]], cleared: int) -> None:
    """However events overlap and are cleared, every place is quiet again afterwards."""
    env = simpy.Environment()
    seen: list[int] = []
    events = StepEvents(env, Streams(1), "e", places=4, rate=0.0, duration=1.0, changed=seen.append)
    for place, lasting in strikes:
        events.strike(place, lasting)
    assert events.active.sum() == len(strikes)
    env.run(until=5.0)
    events.clear(cleared)
    assert events.active[cleared] == 0.0
    events.strike(cleared, 10.0)
    env.run(until=14.0)
    assert events.active[cleared] == 1.0, "an event that was cleared must not end a later one"
    env.run(until=200.0)
    assert events.active.tolist() == [0.0, 0.0, 0.0, 0.0]


def test_step_events_refuse_nonsense() -> None:
    with pytest.raises(ValueError, match="duration > 0"):
        StepEvents(simpy.Environment(), Streams(1), "e", places=1, rate=1.0, duration=0.0)


def test_ou_tuned_at_the_start_is_the_one_built_so() -> None:
    """Half as far from the first value on, drawn batches included."""
    built = OrnsteinUhlenbeck(Streams(1), "ou", places=3, sigma=0.5, tau=10.0, step=1.0)
    tuned = OrnsteinUhlenbeck(Streams(1), "ou", places=3, sigma=1.0, tau=10.0, step=1.0)
    tuned.tune(0.7)
    tuned.tune(0.5)
    for _ in range(100):
        built.step()
        tuned.step()
    assert tuned.values.tolist() == pytest.approx(built.values.tolist(), rel=1e-12)
    built.tune(2.0)
    tuned.tune(1.0)
    for _ in range(100):
        built.step()
        tuned.step()
    assert tuned.values.tolist() == pytest.approx(built.values.tolist(), rel=1e-9)


def test_step_events_tuned_at_the_start_are_those_built_so() -> None:
    def active(rate: float, duration: float, factor: float) -> list[float]:
        env = simpy.Environment()
        events = StepEvents(env, Streams(2), "event", places=4, rate=rate, duration=duration)
        events.tune(rate=factor, lasting=factor)
        seen = []
        for moment in range(1, 400):
            env.run(until=moment)
            seen.append(float(events.active.sum()))
        return seen

    assert active(0.01, 8.0, 1.0) == active(0.02, 16.0, 0.5)
