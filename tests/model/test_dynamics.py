"""Lags, dead times and PI control against their closed forms."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.model.dynamics import DeadTime, FirstOrder, FirstOrderDeadTime, PiController


@given(st.floats(1.0, 1e5), st.sampled_from([1.0, 10.0, 60.0]), st.floats(-50, 50))
def test_first_order_step_response_is_exact(tau: float, step: float, height: float) -> None:
    """y(t) = u (1 - exp(-t / tau)), with no error that grows with the step."""
    lag = FirstOrder([0.0, 1.0], tau=tau, step=step)
    for number in range(1, 51):
        first, second = lag.step(height).tolist()
        fade = math.exp(-number * step / tau)
        assert first == pytest.approx(height * (1.0 - fade), rel=1e-9, abs=1e-12)
        assert second == pytest.approx(height * (1.0 - fade) + fade, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("delay", [0.0, 10.0, 120.0])
def test_first_order_plus_dead_time_step_response(delay: float) -> None:
    """Tau y' = K (u - u0)(t - delay) - (y - y0): nothing before the delay, the exponential after it."""
    tau, gain, step = 300.0, 2.0, 10.0
    process = FirstOrderDeadTime(
        gain=gain, tau=tau, delay=delay, step=step, operating_input=5.0, operating_output=100.0
    )
    assert process.step(5.0) == 100.0
    for number in range(1, 200):
        output = process.step(8.0)
        elapsed = max(number * step - delay, 0.0)
        assert output == pytest.approx(100.0 + 6.0 * (1.0 - math.exp(-elapsed / tau)), rel=1e-12)
        assert output == process.value


def test_dead_time_refuses_what_is_no_multiple_of_the_step() -> None:
    with pytest.raises(ValueError, match="multiple"):
        DeadTime([0.0], delay=15.0, step=10.0)


def test_first_order_refuses_no_time_constant() -> None:
    with pytest.raises(ValueError, match="tau"):
        FirstOrder([0.0], tau=0.0, step=1.0)


def test_pi_loop_reaches_the_set_point_as_in_the_closed_form() -> None:
    """Reset = tau cancels the pole: the closed loop is first order with time constant tau / (gain x K)."""
    tau, gain, process_gain, step = 1000.0, 2.0, 1.5, 1.0
    process = FirstOrderDeadTime(gain=process_gain, tau=tau, delay=0.0, step=step)
    loop = PiController(gain=gain, reset=tau, step=step, low=-100.0, high=100.0, setpoint=1.0)
    output = 0.0
    for number in range(1, 4001):
        output = process.step(loop.step(output))
        expected = 1.0 - math.exp(-number * step / (tau / (gain * process_gain)))
        assert output == pytest.approx(expected, abs=5e-3)
    assert output == pytest.approx(1.0, abs=1e-4)


def test_pi_loop_removes_a_constant_disturbance() -> None:
    loop = PiController(gain=1.0, reset=200.0, step=10.0, low=-10.0, high=10.0, setpoint=50.0)
    process = FirstOrderDeadTime(gain=4.0, tau=600.0, delay=60.0, step=10.0, operating_output=50.0)
    output = 50.0
    for _ in range(3000):
        output = process.step(loop.step(output - 3.0))  # a disturbance that the sensor sees
    assert output - 3.0 == pytest.approx(50.0, abs=1e-6)


def test_pi_integral_does_not_wind_up() -> None:
    """After hours at the limit the output leaves it as soon as the error changes sign."""
    loop = PiController(gain=0.1, reset=100.0, step=10.0, low=0.0, high=1.0, setpoint=10.0)
    for _ in range(1000):
        assert loop.step(0.0) == 1.0 or loop.step(0.0) <= 1.0
    assert loop.step(25.0) < 1.0


def test_pi_goes_back_to_automatic_without_a_bump() -> None:
    loop = PiController(gain=2.0, reset=100.0, step=1.0, low=-50.0, high=50.0, setpoint=10.0, bias=3.0)
    loop.set_manual(7.0)
    assert [loop.step(9.0) for _ in range(5)] == [7.0] * 5
    loop.automatic = True
    assert loop.step(9.0) == pytest.approx(7.0, abs=0.1)


def test_pi_refuses_nonsense() -> None:
    with pytest.raises(ValueError, match="low < high"):
        PiController(gain=1.0, reset=1.0, step=1.0, low=1.0, high=1.0, setpoint=0.0)
