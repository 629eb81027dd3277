"""Predictive maintenance: the trend of a condition becomes a request to renew what wears in the next natural pause."""

import math

from twin.control.actuator import Actuator
from twin.control.degradation import Degradation, Trend
from twin.model.command import Command
from twin.model.frame import Sample

_SURE = 0.15  # standard deviation of the used share at the horizon above which nothing is said (est.)
_BEYOND = 3  # readings in a row beyond the alarm that are no outlier
_FALLS = 3  # readings in a row that show a renewal
_BY = 6.0  # standard deviations of noise by which they lie lower
_SMOOTHING = 0.1  # weight of a reading in the level
_AGAIN = 0.02  # share of the remaining life after which the trend is looked at again (est.)


class PredictiveMaintenance:
    """A request for service when failure before the next natural pause is likelier than `risk`.

    The condition goes from `healthy` to `failed` with the cube of the used share of life, and scatters by `noise`.
    The share used at the end of `horizon` s, the longest time until the next natural pause, counted from the next
    decision, follows from the trend with its uncertainty; failure is a share of 1. A value that repeats to the last
    digit is a machine that stands: its life does not pass, and remaining life is operating time. What follows no trend
    has an `alarm`: three readings in a row beyond that share of the way to failure ask for service as well.
    """

    reads_text = False
    watch = 0
    usual: float | None = 0.0

    def __init__(
        self,
        actuator: Actuator,
        condition: str,
        *,
        healthy: float,
        failed: float,
        noise: float,
        horizon: float,
        risk: float = 0.05,
        period: float = 300.0,
        alarm: float = 0.97,
    ) -> None:
        shares = 0.0 < risk < 1.0 and 0.0 < alarm <= 1.0
        if healthy == failed or not (noise > 0.0 and horizon > 0.0 and shares and period > 0.0):
            raise ValueError(
                "needs healthy other than failed, noise > 0, horizon > 0, risk and alarm in 0..1 and period > 0, not "
                f"{healthy}, {failed}, {noise}, {horizon}, {risk}, {alarm}, {period}"
            )
        self.actuator = actuator
        self.subjects = (condition,)
        self.period = period
        self._healthy, self._way = healthy, failed - healthy
        self._noise = noise / abs(self._way)
        self._horizon, self._risk, self._alarm = horizon, risk, alarm
        self._beyond = 0  # readings in a row beyond the alarm
        self._degradation = Degradation(self._noise)
        self._trend: Trend | None = None
        self._operating = 0.0
        self._value = math.nan
        self._time_ms = 0
        self._level = 0.0
        self._fallen: list[float] = []
        self._asked = False
        self._fitted = 0.0  # operating s
        self._again = 0.0

    def update(self, sample: Sample) -> None:
        """Take a reading of the condition in."""
        value = float(sample.value)
        before_ms, self._time_ms = self._time_ms, sample.time_ms
        self._asked = (
            self._asked or self.actuator.value >= 0.5
        )  # the plant may serve before the next decision
        if value == self._value:
            return
        if not math.isnan(self._value):
            self._operating += (sample.time_ms - before_ms) / 1000.0
        self._value = value
        reading = (value - self._healthy) / self._way
        self._beyond = self._beyond + 1 if reading >= self._alarm else 0
        if reading < min(0.5 * self._level, self._level - _BY * self._noise):
            self._fallen.append(reading)
            if len(self._fallen) < _FALLS:
                return
            self._begin_life()
        self._fallen.clear()
        self._level += _SMOOTHING * (reading - self._level)
        self._degradation.add(self._operating, reading)

    def badness(self) -> float | None:
        """Return None: a failure that was prevented is not seen in this loop."""
        return None

    def remaining_life(self) -> tuple[float, float] | None:
        """Return mean and standard deviation in s of operation, as of the last decision; None where not known yet."""
        if self._trend is None:
            return None
        mean, sigma = self._trend.remaining()
        return max(mean - (self._operating - self._fitted), 0.0), sigma

    def decide(self, time_ms: int) -> list[Command]:
        """Ask for service when it is time."""
        requested = self.actuator.value >= 0.5
        if self._asked and not requested:
            self._begin_life()  # carried out: what wore is new, whatever the readings before it said
        self._asked = requested
        if self._beyond >= _BEYOND and not requested:
            way = (self._value - self._healthy) / self._way
            reason = (
                f"condition {self._value:.4g}: {100.0 * way:.0f} % of the way to failure, {_BEYOND} readings in a row "
                f"beyond {100.0 * self._alarm:.0f} %"
            )
            return [self.actuator.command(1.0, time_ms, reason)]
        if self._trend is not None and self._fitted <= self._operating < self._again:
            return []
        self._trend = self._degradation.trend(self._operating)
        self._fitted = self._again = self._operating
        if self._trend is None or requested:
            return []
        share, sigma = self._trend.ahead(self._horizon + self.period)
        if sigma > _SURE:
            return []
        probability = 0.5 * math.erfc((1.0 - share) / max(sigma, 1e-9) / math.sqrt(2.0))
        if probability <= self._risk:
            self._again += _AGAIN * max(self._trend.remaining()[0] - self._horizon, 0.0)
            return []
        life, spread = self._trend.remaining()
        reason = (
            f"condition {self._value:.4g}: {100.0 * self._trend.share:.0f} % of life used, "
            f"{life / 3600.0:.1f} ± {spread / 3600.0:.1f} h of operation left; failure within "
            f"{self._horizon / 3600.0:.1f} h with probability {probability:.2f}, above {self._risk:g}"
        )
        return [self.actuator.command(1.0, time_ms, reason)]

    def _begin_life(self) -> None:
        self._degradation.clear()
        self._trend = None
        self._level = 0.0
        self._beyond = 0
        self._fallen.clear()
