"""Process control: predictive control scatters least, moves its target by what it saves, bears a wrong model."""

import numpy as np
import pytest

from tests.control.closed_loop import MEASURED, SET_POINT, Loop
from twin.control.actuator import Actuator
from twin.control.guard import Guarded, Limits
from twin.control.process_control import ModelPredictive, Pi

MODEL = {"gain": 2.0, "tau": 600.0, "delay": 120.0, "step": 60.0, "baseline": 500.0}
WARM, LONG = 350, 1500


def actuator() -> Actuator:
    return Actuator(key="mpc", path=SET_POINT, baseline=100.0)


def guarded(controller: Pi | ModelPredictive, **limits: float) -> Guarded:
    return Guarded(controller, Limits(stale=200.0, **limits))


def spread_with(controller: Guarded | None, seed: int, **plant: float) -> float:
    loop = Loop(seed, noise=0.02, **plant)
    loop.run(WARM, controller)
    return float(loop.run(LONG, controller).std())


def far_predictive(**settings: float) -> ModelPredictive:
    """A controller whose constraint is a sigma away: no room to shift, only the spread counts."""
    return ModelPredictive(actuator(), MEASURED, constraint=500.1, **(MODEL | settings))


@pytest.mark.parametrize("seed", [1, 2])
def test_predictive_control_scatters_less_than_pi_and_no_control(seed: int) -> None:
    """Half the spread of the usual PI loop, less than the tightest PI loop, a fifth of no control."""
    none = spread_with(None, seed)
    usual = spread_with(guarded(Pi(actuator(), MEASURED, **MODEL)), seed)
    tight = spread_with(guarded(Pi(actuator(), MEASURED, closing=120.0, **MODEL)), seed)
    predictive = spread_with(guarded(far_predictive()), seed)
    assert tight < usual < none
    assert predictive < 0.93 * tight
    assert predictive < 0.55 * usual
    assert predictive < 0.25 * none


@pytest.mark.parametrize("truth", [{"gain": 2.6, "delay": 180.0}, {"gain": 1.4, "tau": 900.0}])
def test_predictive_control_bears_a_wrong_model(truth: dict[str, float]) -> None:
    """30 % more gain and a step more dead time, or 30 % less gain and half as slow again."""
    controller = guarded(far_predictive())
    assert spread_with(controller, 1, **truth) < 0.4 * spread_with(None, 1, **truth)
    assert controller.fallbacks == 0


def test_target_moves_by_the_spread_saved_and_no_further() -> None:
    """Far from the constraint the shift is sigmas x (spread without - spread with), both as measured."""
    inner = ModelPredictive(actuator(), MEASURED, constraint=520.0, **MODEL)
    loop = Loop(2, noise=0.02)
    controller = guarded(inner)
    loop.run(1000, controller)
    without, now = inner.spread
    assert without is not None
    assert now is not None
    assert now < 0.3 * without
    assert inner.target == pytest.approx(500.0 + 3.0 * (without - now))
    assert float(loop.run(1500, controller).mean()) == pytest.approx(inner.target, abs=0.2)


def test_target_keeps_its_distance_from_a_near_constraint() -> None:
    """A limit 1.5 below, a spread of 1 known: the target stops three measured sigmas before the limit."""
    inner = ModelPredictive(actuator(), MEASURED, constraint=498.5, spread=1.0, **MODEL)
    loop = Loop(2, noise=0.02)
    controller = guarded(inner)
    loop.run(1000, controller)
    outputs = loop.run(1500, controller)
    _, now = inner.spread
    assert now is not None
    assert inner.target == pytest.approx(498.5 + 3.0 * now)
    assert inner.target < 499.3
    assert float(np.mean(outputs < 498.5)) < 0.005


def test_target_stays_where_nothing_is_saved() -> None:
    """Without authority to act there is no spread with control, and so no shift."""
    inner = ModelPredictive(actuator(), MEASURED, constraint=510.0, **MODEL)
    loop = Loop(1)
    loop.run(WARM, guarded(inner, authority=0.0))
    assert inner.target == 500.0
    assert loop.value == 100.0


def test_constant_disturbance_leaves_no_deviation() -> None:
    """The observer finds a lasting offset exactly; PI and predictive control both remove it."""
    for inner in (Pi(actuator(), MEASURED, **MODEL), far_predictive(spread=1.0, sigmas=1e6)):
        loop = Loop(1, sigma=0.0)
        loop._process = type(loop._process)(
            gain=2.0, tau=600.0, delay=120.0, step=60.0, operating_input=101.0, operating_output=500.0
        )
        outputs = loop.run(WARM, guarded(inner))
        assert outputs[-1] == pytest.approx(500.0, abs=1e-3)


def test_two_runs_give_the_same_commands() -> None:
    runs = []
    for _ in range(2):
        loop = Loop(5)
        runs.append(loop.run(700, guarded(far_predictive())).tolist())
    assert runs[0] == runs[1]


def test_late_decisions_are_borne() -> None:
    """Every third sample and decision lost, the loop still scatters far less than without control."""
    inner = far_predictive(spread=1.0)
    controller = guarded(inner)
    loop = Loop(3)
    loop.run(LONG, controller, seen=lambda number: number % 3 != 0)
    outputs = loop.run(LONG, controller, seen=lambda number: number % 3 != 0)
    assert outputs.std() < 0.4 * spread_with(None, 3)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"gain": 0.0}, "gain other than 0"),
        ({"tau": 0.0}, "tau > 0"),
        ({"constraint": 500.0}, "equals baseline"),
        ({"spread": 0.0}, "spread 0.0 must be positive"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, float], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        ModelPredictive(actuator(), MEASURED, **(MODEL | {"constraint": 510.0} | changes))


def test_closing_must_be_positive() -> None:
    with pytest.raises(ValueError, match="closing"):
        Pi(actuator(), MEASURED, closing=0.0, **MODEL)
