"""Run-to-run control: a drift is held at the target, chance is left alone, and the reason names the rule."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.control.closed_loop import START_MS
from twin.control.actuator import Actuator
from twin.control.guard import Guarded, Limits
from twin.control.run_to_run import RunToRun
from twin.model.frame import Sample
from twin.model.streams import Streams

MEASURED, OFFSET = "demo/p/a/l/cnc/diameter", "demo/p/a/l/cnc/offset"
SIGMA = 0.01


def controller(**changes: float) -> RunToRun:
    return RunToRun(
        Actuator(key="spc", path=OFFSET), MEASURED,
        **({"target": 20.0, "sigma": SIGMA, "gain": 1.0, "period": 60.0} | changes),
    )  # fmt: skip


def run(
    inner: RunToRun, parts: int, *, drift: float = 0.0, step: float = 0.0, gain: float = 1.0, lag: int = 0,
    authority: float = 1.0, seed: int = 1, low: float = -1.0, high: float = 1.0,
) -> tuple[np.ndarray, Guarded, list[str]]:  # fmt: skip
    """A part a minute, measured `lag` parts later; return the deviations in sigmas, the guard and the reasons."""
    guard = Guarded(inner, Limits(low=low, high=high, stale=600.0, authority=authority))
    noise = Streams(seed).normal("noise")
    offset, made, reasons = 0.0, [], []
    for number in range(parts):
        made.append(
            20.0 + drift * number + (step if number >= 100 else 0.0) + gain * offset + SIGMA * noise()
        )
        now_ms = START_MS + number * 60_000
        if number >= lag:
            guard.update(Sample(MEASURED, made[number - lag], now_ms))
        for command in guard.decide(now_ms):
            offset = command.value
            reasons.append(command.reason)
    return (np.array(made) - 20.0) / SIGMA, guard, reasons


def test_a_drift_is_held_at_the_target() -> None:
    """Tool wear of a hundredth of sigma a part: ten sigmas off without control after 1,000 parts, none with it."""
    drift = 0.01 * SIGMA
    without, _, _ = run(controller(), 1000, drift=drift, authority=0.0)
    held, guard, _ = run(controller(), 1000, drift=drift)
    assert without[-100:].mean() == pytest.approx(9.5, abs=0.5)
    assert held[100:].mean() == pytest.approx(0.0, abs=0.5)
    assert held[100:].std() < 1.15
    assert guard.fallbacks == 0


def test_chance_is_left_alone() -> None:
    """In control, a correction is rare, and the spread grows as that of an EWMA does: by 1 / sqrt(1 - weight / 2)."""
    held, _, reasons = run(controller(), 1000)
    without, _, _ = run(controller(), 1000, authority=0.0)
    assert held.std() < 1.07 * without.std()
    assert len(reasons) < 100


def test_a_step_breaks_a_rule_and_the_reason_names_it() -> None:
    deviations, _, reasons = run(controller(deadband=50.0), 300, step=4.0 * SIGMA)
    assert "Nelson rule 1, one beyond 3 σ" in reasons[-1] or any(
        "Nelson rule 1," in reason for reason in reasons
    )
    assert deviations[150:].mean() == pytest.approx(0.0, abs=0.6)


def test_dead_band_is_named() -> None:
    _, _, reasons = run(controller(deadband=0.2), 400, drift=0.01 * SIGMA)
    assert any("dead band 0.2 σ" in reason for reason in reasons)


def test_negative_gain_corrects_the_other_way() -> None:
    held, guard, _ = run(controller(gain=-2.0), 600, drift=0.01 * SIGMA, gain=-2.0)
    assert held[100:].mean() == pytest.approx(0.0, abs=0.5)
    assert guard.fallbacks == 0


def test_late_measurement_is_allowed_for() -> None:
    """Twenty parts between making and measuring: with `delay` the step is corrected once, not again and again."""
    held, guard, reasons = run(controller(delay=20 * 60.0, deadband=1.0), 500, step=4.0 * SIGMA, lag=20)
    assert held[250:].mean() == pytest.approx(0.0, abs=0.7)
    assert abs(held).max() < 8.0
    assert guard.fallbacks <= 1, "the step itself may be held against the controller, until it is acquitted"
    assert len(reasons) < 30


def test_wrong_sign_is_caught() -> None:
    deviations, guard, _ = run(controller(gain=-1.0), 600, low=-0.05, high=0.05)
    assert guard.fallbacks >= 1
    assert abs(deviations).max() < 10.0
    assert np.abs(deviations).mean() < 2.0


@settings(max_examples=40)
@given(st.floats(0.1, 1.9), st.floats(0.2, 1.0))
def test_level_converges_where_theory_says(product: float, weight: float) -> None:
    """Ingolfsson & Sachs: stable while weight x true gain / believed gain lies in 0..2."""
    ratio = product / weight
    inner = controller(weight=weight, deadband=0.0)
    offset = 0.0
    for number in range(250):
        now_ms = START_MS + number * 60_000
        inner.update(Sample(MEASURED, 20.05 + ratio * offset + 1e-12 * number, now_ms))
        for command in inner.decide(now_ms):
            offset = inner.actuator.value = command.value
    assert 20.05 + ratio * offset == pytest.approx(20.0, abs=1e-3)


def test_a_repeated_value_is_no_new_part() -> None:
    inner = controller()
    for number in range(30):
        inner.update(Sample(MEASURED, 20.02, START_MS + number * 60_000))
    assert inner.decide(START_MS) == []
    assert inner.badness() == pytest.approx(4.0)
    assert inner.badness() is None


@pytest.mark.parametrize(
    "changes", [{"gain": 0.0}, {"sigma": 0.0}, {"weight": 0.0}, {"weight": 1.5}, {"delay": -1.0}]
)
def test_nonsense_is_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="needs gain other than 0"):
        controller(**changes)
