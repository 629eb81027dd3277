"""What a process is about to do: its state and its disturbance, estimated from what was measured and set."""

import functools
import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_WANDER, _NOISE = (
    1.0,
    0.1,
)  # of disturbance and measurement a step, in the same unit; their ratio counts (est.)
_RICCATI = 500  # steps to the steady state


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """First order plus dead time: tau dy/dt = gain u(t - delay) - y + d(t), in steps of `step` s."""

    gain: float
    tau: float
    delay: float
    step: float

    def __post_init__(self) -> None:
        if self.gain == 0.0 or not (self.tau > 0.0 and self.delay >= 0.0 and self.step > 0.0):
            raise ValueError(
                f"process: needs gain other than 0, tau > 0, delay >= 0 and step > 0, "
                f"not {self.gain}, {self.tau}, {self.delay}, {self.step}"
            )

    @property
    def steps(self) -> int:
        """The dead time in whole steps."""
        return round(self.delay / self.step)

    @property
    def decay(self) -> float:
        """What is left of a deviation after one step."""
        return math.exp(-self.step / self.tau)


class Observer:
    """A Kalman filter in its steady state over the process and a disturbance that wanders at random.

    A constant disturbance is found exactly, so that control with it leaves no lasting deviation. All numbers are
    deviations from the operating point.
    """

    def __init__(self, process: Process) -> None:
        self.process = process
        self.lost = True
        self._correction = _steady_gain(process)
        self._decay = process.decay
        self._state = 0.0
        self.disturbance = 0.0
        self._inputs: deque[float] = deque(maxlen=process.steps + 1)  # newest last

    def begin(self, measured: float, value: float) -> None:
        """Begin at rest: what is measured is how it stands, with the input at `value` for long."""
        self.lost = False
        self._state = measured
        self.disturbance = measured - self.process.gain * value
        self._inputs.extend([value] * (self.process.steps + 1))

    def step(self, measured: float, value: float, steps: int = 1) -> None:
        """Advance by `steps` with the input at `value` over them, then correct by what is measured."""
        for _ in range(steps):
            self._inputs.append(value)
            self._state = self._ahead(self._state, self._inputs[0])
        surprise = measured - self._state
        self._state += self._correction[0] * surprise
        self.disturbance += self._correction[1] * surprise

    def predict(self, horizon: int) -> NDArray[np.float64]:
        """Return the next `horizon` outputs that an input set now can change, if the input stays as it is."""
        state = self._state
        for value in list(self._inputs)[1:]:
            state = self._ahead(state, value)
        rest = self.process.gain * self._inputs[-1] + self.disturbance
        return np.asarray(rest + (state - rest) * _fade(self.process, horizon), dtype=np.float64)

    def _ahead(self, state: float, value: float) -> float:
        rest = self.process.gain * value + self.disturbance
        return rest + (state - rest) * self._decay


@functools.lru_cache(maxsize=256)
def _steady_gain(process: Process) -> tuple[float, float]:
    """Return the correction of state and disturbance per unit of surprise: the Riccati recursion run to its end."""
    decay = process.decay
    model = np.array([[decay, 1.0 - decay], [0.0, 1.0]])
    seen = np.array([1.0, 0.0])
    covariance = np.eye(2)
    gain = seen
    for _ in range(_RICCATI):
        covariance = model @ covariance @ model.T + np.diag([0.0, _WANDER**2])
        gain = covariance @ seen / (seen @ covariance @ seen + _NOISE**2)
        covariance = covariance - np.outer(gain, seen @ covariance)
    return float(gain[0]), float(gain[1])


@functools.lru_cache(maxsize=256)
def _fade(process: Process, horizon: int) -> NDArray[np.float64]:
    """Return what is left of a deviation after 1 to `horizon` steps."""
    return np.asarray(process.decay ** np.arange(1, horizon + 1), dtype=np.float64)
