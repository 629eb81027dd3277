"""Run-to-run control: a measured characteristic is brought back to its target by an offset, as SPC calls for it."""

import math
from collections import deque

from twin.control.actuator import Actuator
from twin.kpi.spc import RULES, ControlLimits, nelson
from twin.model.command import Command
from twin.model.frame import Sample

_RULES = {rule: RULES[rule] for rule in (1, 2, 3, 5, 6)}  # those that call for a correction
_CHART = 15  # values that the rules look at
_WATCH = 30  # values that show the usual spread


class RunToRun:
    """An EWMA controller with a dead band, and Nelson's rules to break it.

    The process is measured = level + `gain` x offset + noise of standard deviation `sigma`. The level is estimated by
    an exponentially weighted mean with `weight` (lambda), and the offset that brings the expected value to `target`
    is (target - level) / gain (Sachs, Hu & Ingolfsson 1995; stable for a true gain below 2 / weight times the one
    that is believed: Ingolfsson & Sachs 1993). It is set when the expected value is off by more than `deadband` sigmas,
    or when one of Nelson's rules 1, 2, 3, 5, 6 sees a special cause on the chart since the last correction. What is
    measured was made `delay` s ago. A value that repeats to the last digit is a reminder, not a new part.
    """

    reads_text = False
    watch = _WATCH
    usual: float | None = None

    def __init__(
        self,
        actuator: Actuator,
        measured: str,
        *,
        target: float,
        sigma: float,
        gain: float,
        weight: float = 0.2,
        deadband: float = 0.5,
        delay: float = 0.0,
        period: float = 60.0,
        baseline: float = 0.0,
    ) -> None:
        if gain == 0.0 or not (
            sigma > 0.0 and 0.0 < weight <= 1.0 and deadband >= 0.0 and delay >= 0.0 and period > 0.0
        ):
            raise ValueError(
                "needs gain other than 0, sigma > 0, weight in 0..1, deadband >= 0, delay >= 0 and period > 0, not "
                f"{gain}, {sigma}, {weight}, {deadband}, {delay}, {period}"
            )
        self.actuator = actuator
        self.subjects = (measured,)
        self.period = period
        self._target, self._sigma, self._gain = target, sigma, gain
        self._weight, self._deadband = weight, deadband
        self._delay_ms = delay * 1000.0
        self._level = target - gain * baseline
        self._chart: deque[float] = deque(maxlen=_CHART)
        self._broken: list[int] = []
        self._offsets: deque[tuple[float, float]] = deque([(-math.inf, baseline)])  # since when, oldest first
        self._decided_ms = -math.inf
        self._value = math.nan
        self._squares: list[float] = []

    def update(self, sample: Sample) -> None:
        """Take a measured part in."""
        value = float(sample.value)
        if value == self._value:
            return
        self._value = value
        self._note_offset()
        while len(self._offsets) > 1 and self._offsets[1][0] <= sample.time_ms - self._delay_ms:
            self._offsets.popleft()
            self._chart.clear()
            self._broken = []
        self._level += self._weight * (value - self._gain * self._offsets[0][1] - self._level)
        self._chart.append(value)
        self._broken = [
            rule
            for rule in nelson(list(self._chart), ControlLimits(self._target, self._sigma))
            if rule in _RULES
        ] or self._broken
        self._squares.append(((value - self._target) / self._sigma) ** 2)

    def badness(self) -> float | None:
        """Return the mean squared deviation of the parts since the last call, in squared sigmas."""
        if not self._squares:
            return None
        mean = math.fsum(self._squares) / len(self._squares)
        self._squares.clear()
        return mean

    def decide(self, time_ms: int) -> list[Command]:
        """Correct the offset when the process is off."""
        self._note_offset()
        self._decided_ms = time_ms
        if len(self._offsets) > 1:
            return []  # the last correction is not measured yet
        standing = self.actuator.value
        expected = self._level + self._gain * standing
        off = (expected - self._target) / self._sigma
        rules, self._broken = self._broken, []
        if not rules and abs(off) <= self._deadband:
            return []
        why = (
            "; ".join(f"Nelson rule {rule}, {_RULES[rule]}" for rule in rules)
            or f"dead band {self._deadband:g} σ"
        )
        reason = f"expects {expected:.6g} against target {self._target:.6g}, {off:+.2f} σ ({why})"
        return [self.actuator.command((self._target - self._level) / self._gain, time_ms, reason)]

    def _note_offset(self) -> None:
        """Note an offset that was set after the last decision."""
        if self.actuator.value != self._offsets[-1][1]:
            self._offsets.append((self._decided_ms, self.actuator.value))
