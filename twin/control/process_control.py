"""Control of a first-order process with dead time: a PI controller, and a model-predictive one that also shifts."""

import math

import numpy as np
from numpy.typing import NDArray

from twin.control.actuator import Actuator
from twin.control.observer import Observer, Process
from twin.control.spread import Spread
from twin.model.command import Command
from twin.model.frame import Sample

_MOST_STEPS = 20  # without a decision, after which a controller begins anew
_MOVES = 4  # of the set point that are optimised
_SUPPRESSION = (
    0.02  # weight of a move against a deviation of the same effect, per step of the horizon (est.): as
)
# tight as bears a gain that is 30 % and a dead time that is a step larger than the model's
_WATCH = 60  # steps that show a spread, at least (est.)
_LONG = 20.0  # times the process takes to answer, which show it too (est.)


class Pi:
    """A PI controller in velocity form: the usual control of a loop, tuned by its process model.

    IMC rules (Rivera, Morari & Skogestad 1986): gain tau / (K (closing + delay)), reset time tau. `closing` is the time
    constant in s that the closed loop is to have: tau by default, as loops are usually tuned (est.); the delay
    for a tight loop (Skogestad 2003).
    """

    reads_text = False
    usual: float | None = None

    def __init__(
        self,
        actuator: Actuator,
        measured: str,
        *,
        gain: float,
        tau: float,
        delay: float,
        step: float,
        baseline: float,
        bias: float | None = None,
        closing: float | None = None,
    ) -> None:
        process = Process(gain=gain, tau=tau, delay=delay, step=step)
        self.actuator = actuator
        self.subjects = (measured,)
        self.period = step
        self.watch = _steps_to_show(process)
        self.target = baseline
        closing = tau if closing is None else closing
        if not closing > 0.0:
            raise ValueError(f"closing {closing} s must be positive")
        self._gain = tau / (gain * (closing + delay))
        self._reset = tau
        self._measured = math.nan
        self._error = math.nan
        self._decided_ms = 0

    def update(self, sample: Sample) -> None:
        """Take the measurement in."""
        self._measured = float(sample.value)

    def badness(self) -> float | None:
        """Return the squared deviation from the target."""
        return (self._measured - self.target) ** 2 if math.isfinite(self._measured) else None

    def decide(self, time_ms: int) -> list[Command]:
        """Return the next move."""
        if not math.isfinite(self._measured):
            return []
        elapsed = (time_ms - self._decided_ms) / 1000.0
        error = self.target - self._measured
        before, self._error, self._decided_ms = self._error, error, time_ms
        if not 0.0 < elapsed <= _MOST_STEPS * self.period or not math.isfinite(before):
            return []
        move = self._gain * (error - before + error * elapsed / self._reset)
        reason = f"measured {self._measured:.6g} against target {self.target:.6g}: moves by {move:+.3g}"
        return [self.actuator.command(self.actuator.value + move, time_ms, reason)]


class ModelPredictive:
    """Model-predictive control that cuts the spread first and then moves the target towards the constraint.

    Each step minimises the predicted squared deviations from the target plus weighted squared moves; without
    constraints that is a product with a fixed row (dynamic matrix control, Cutler & Ramaker 1980), and limits clamp
    the move that is made. An observer gives the disturbance, from what the set point really stood at. The target is
    `baseline` until the spread with control is known; it then moves by `sigmas` times the spread saved, and never
    nearer to `constraint` than `sigmas` times the spread measured ("reduce variance, then shift").

    `gain`, `tau` s and `delay` s describe the answer of the measured value to the set point, `bias` is the set
    point at which it usually stands at `baseline` (left out: the same number). `spread` is its standard deviation
    without this control; left out, it is measured before the control begins.
    """

    reads_text = False

    def __init__(
        self,
        actuator: Actuator,
        measured: str,
        *,
        gain: float,
        tau: float,
        delay: float,
        step: float,
        baseline: float,
        constraint: float,
        sigmas: float = 3.0,
        bias: float | None = None,
        spread: float | None = None,
    ) -> None:
        process = Process(gain=gain, tau=tau, delay=delay, step=step)
        if constraint == baseline:
            raise ValueError(
                f"constraint {constraint} equals baseline; say by it on which side the limit lies"
            )
        if not sigmas >= 0.0 or not (spread is None or spread > 0.0):
            raise ValueError(f"sigmas {sigmas} must not be negative, spread {spread} must be positive")
        self.actuator = actuator
        self.subjects = (measured,)
        self.period = step
        self.watch = _steps_to_show(process)
        self.usual = None if spread is None else spread**2
        self.target = baseline
        self._baseline = baseline
        self._margin = constraint - baseline
        self._sigmas = sigmas
        self._observer = Observer(process)
        self._row, self._horizon = _first_move(process)
        self._usual_spread = spread
        self._without, self._with = Spread(self.watch), Spread(self.watch)
        self._settling = process.steps + math.ceil(2.0 * tau / step)  # steps, after control begins or ends
        self._controlled = False
        self._settled = self._settling
        self._measured = math.nan
        self._decided_ms = 0

    def update(self, sample: Sample) -> None:
        """Take the measurement in."""
        self._measured = float(sample.value)

    def badness(self) -> float | None:
        """Return the squared deviation from the target."""
        return (self._measured - self.target) ** 2 if math.isfinite(self._measured) else None

    @property
    def spread(self) -> tuple[float | None, float | None]:
        """Standard deviation without and with this control, None where not known yet."""
        enough = self.watch // 2  # a reading may be missing
        without = self._usual_spread
        if without is None and self._without.count >= enough:
            without = self._without.sigma
        return without, self._with.sigma if self._with.count >= enough else None

    def decide(self, time_ms: int) -> list[Command]:
        """Return the next move."""
        if not math.isfinite(self._measured):
            return []
        steps = round((time_ms - self._decided_ms) / 1000.0 / self.period)
        self._decided_ms = time_ms
        actuator = self.actuator
        set_point = actuator.value - actuator.baseline
        if steps > _MOST_STEPS or self._observer.lost:
            self._observer.begin(self._measured - self._baseline, set_point)
            return []
        if steps < 1:
            return []
        self._observer.step(self._measured - self._baseline, set_point, steps)
        self._learn()
        free = self._observer.predict(self._horizon)
        move = float(self._row @ (self.target - self._baseline - free))
        reason = (
            f"measured {self._measured:.6g}, predicted {self._baseline + float(free[-1]):.6g} without a move, "
            f"target {self.target:.6g}: moves by {move:+.3g}"
        )
        return [actuator.command(actuator.value + move, time_ms, reason)]

    def _learn(self) -> None:
        """Measure the spread with or without control, and move the target by what is saved."""
        controlled = self.actuator.value != self.actuator.baseline
        self._settled = self._settled + 1 if controlled is self._controlled else 0
        self._controlled = controlled
        if self._settled < self._settling:
            return
        if controlled:
            self._with.update(self._measured - self.target, about=0.0)
        else:
            self._without.update(self._measured)
        without, now = self.spread
        if without is None or now is None:
            return
        saved = self._sigmas * (without - now)
        room = abs(self._margin) - self._sigmas * now
        self.target = self._baseline + math.copysign(max(min(saved, room), 0.0), self._margin)


def _steps_to_show(process: Process) -> int:
    """Return for how many steps a loop must be seen before its spread is known."""
    return max(math.ceil(_LONG * (process.tau + process.delay) / process.step), _WATCH)


def _first_move(process: Process) -> tuple[NDArray[np.float64], int]:
    """Return the row whose product with predicted deviations is the first optimal move, and the horizon in steps."""
    horizon = max(math.ceil(2.0 * process.tau / process.step), 1) + _MOVES
    answer = process.gain * (1.0 - process.decay ** np.arange(1, horizon + 1))
    matrix = np.zeros((horizon, _MOVES))
    for move in range(_MOVES):
        matrix[move:, move] = answer[: horizon - move]
    weight = _SUPPRESSION * process.gain**2 * horizon
    rows = np.linalg.solve(matrix.T @ matrix + weight * np.eye(_MOVES), matrix.T)
    return rows[0], horizon
