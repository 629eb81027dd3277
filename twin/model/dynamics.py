"""How a process answers: first-order lag, dead time, and the PI controller that closes the loop."""

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float64]


class FirstOrder:
    """First-order lags in parallel: tau dy/dt = u - y, exact for an input that is constant over a step.

    `initial` sets the number of places and their first output; `tau` and `step` in s.

    >>> lag = FirstOrder([0.0], tau=10.0, step=10.0)
    >>> round(float(lag.step(1.0)[0]), 3)  # one time constant after a unit step
    0.632
    """

    __slots__ = ("_share", "_work", "values")

    def __init__(self, initial: Numbers | list[float], *, tau: float, step: float) -> None:
        if tau <= 0 or step <= 0:
            raise ValueError(f"first-order lag: tau {tau} s and step {step} s must be positive")
        self.values: Numbers = np.array(initial, dtype=np.float64)
        self._share = 1.0 - math.exp(-step / tau)
        self._work = np.empty_like(self.values)

    def step(self, inputs: Numbers | float) -> Numbers:
        """Advance by one step with `inputs` held over it; return the outputs (the array `values`, in place)."""
        np.subtract(inputs, self.values, out=self._work)
        self._work *= self._share
        self.values += self._work
        return self.values


class DeadTime:
    """Pure delays in parallel: what goes in comes out `delay` s later; `delay` must be a multiple of `step`.

    `initial` is what comes out until then.
    """

    __slots__ = ("_place", "_ring")

    def __init__(self, initial: Numbers | list[float], *, delay: float, step: float) -> None:
        steps = round(delay / step)
        if delay < 0 or abs(steps * step - delay) > 1e-9 * max(delay, 1.0):
            raise ValueError(f"dead time {delay} s must be a multiple of the step {step} s")
        self._ring: Numbers = np.tile(np.array(initial, dtype=np.float64), (steps + 1, 1))
        self._place = 0

    def step(self, inputs: Numbers | float) -> Numbers:
        """Take the inputs of this step; return those of `delay` s ago (valid until the next step)."""
        ring = self._ring
        ring[self._place] = inputs
        self._place = (self._place + 1) % len(ring)
        delayed: Numbers = ring[self._place]
        return delayed


class FirstOrderDeadTime:
    """The process of the textbooks: tau dy/dt = gain (u - u0)(t - delay) - (y - y0).

    `operating_input` and `operating_output` are u0 and y0; times in s.
    """

    __slots__ = ("_delay", "_gain", "_lag", "_u0", "_y0")

    def __init__(
        self,
        *,
        gain: float,
        tau: float,
        delay: float,
        step: float,
        operating_input: float = 0.0,
        operating_output: float = 0.0,
    ) -> None:
        self._delay = DeadTime([0.0], delay=delay, step=step)
        self._lag = FirstOrder([0.0], tau=tau, step=step)
        self._gain = gain
        self._u0 = operating_input
        self._y0 = operating_output

    @property
    def value(self) -> float:
        """The present output y."""
        return self._y0 + float(self._lag.values[0])

    def step(self, value: float) -> float:
        """Advance by one step with the input `value`; return the output."""
        delayed = self._delay.step(self._gain * (value - self._u0))
        return self._y0 + float(self._lag.step(delayed)[0])


class PiController:
    """A PI controller with limits, anti-windup and a manual mode.

    output = bias + gain (e + 1/reset ∫ e dt), e = set point - measurement; `reset` and `step` in s. While the
    output stands at a limit the integral does not wind up. In manual the output is what `manual` says, and the
    integral follows it so that going back to automatic does not bump.
    """

    def __init__(
        self,
        *,
        gain: float,
        reset: float,
        step: float,
        low: float,
        high: float,
        setpoint: float,
        bias: float = 0.0,
    ) -> None:
        if reset <= 0 or step <= 0 or not low < high:
            raise ValueError(
                f"PI controller: needs reset > 0, step > 0 and low < high, not {reset}, {step}, {low}, {high}"
            )
        self.gain = gain
        self.reset = reset
        self.low = low
        self.high = high
        self.setpoint = setpoint
        self.automatic = True
        self.manual = bias
        self._bias = bias
        self._step = step
        self._integral = 0.0  # in units of the output

    def set_manual(self, output: float) -> None:
        """Leave automatic and hold `output`."""
        self.automatic = False
        self.manual = output

    def step(self, measurement: float) -> float:
        """Return the output for this step."""
        error = self.setpoint - measurement
        if not self.automatic:
            self._integral = self.manual - self._bias - self.gain * error
            return self.manual
        integral = self._integral + self.gain * error * self._step / self.reset
        output = self._bias + self.gain * error + integral
        if output > self.high:
            self._integral = min(integral, self._integral)
            return self.high
        if output < self.low:
            self._integral = max(integral, self._integral)
            return self.low
        self._integral = integral
        return output
