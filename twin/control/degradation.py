"""The trend of a condition towards failure: how much of the life is used, how fast it passes, how sure that is."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MOST = 96  # groups of readings; above it neighbours are joined two by two
_LEAST = 8  # groups that show something beyond noise, before a trend is believed
_CLEAR = 4.0  # standard errors from healthy that show something (est.)
_KNOWN = 10.0  # standard deviations that the rate of wear lies above 0, before a trend is believed (est.)
_HUBER = 2.0  # standard errors beyond which a residual counts linearly
_BENT = 6.0  # standard errors by which the newest groups leave the trend together
_NEWEST = 6
_ROUNDS = 6  # of Gauss and Newton


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """Used share of life now and its rate in 1/s of operating time, with their covariance."""

    share: float
    rate: float
    covariance: tuple[float, float, float]  # var(share), cov, var(rate)

    def ahead(self, seconds: float) -> tuple[float, float]:
        """Return mean and standard deviation of the used share after `seconds` more of operation."""
        own, both, rate = self.covariance
        variance = own + 2.0 * seconds * both + seconds * seconds * rate
        return self.share + self.rate * seconds, math.sqrt(max(variance, 0.0))

    def remaining(self) -> tuple[float, float]:
        """Return mean and standard deviation of the remaining life in s of operation (first-order propagation)."""
        left = max(1.0 - self.share, 0.0)
        by_share, by_rate = -1.0 / self.rate, -left / self.rate**2
        own, both, rate = self.covariance
        variance = by_share**2 * own + 2.0 * by_share * by_rate * both + by_rate**2 * rate
        return left / self.rate, math.sqrt(max(variance, 0.0))


class Degradation:
    """Readings of a condition over operating time, and the trend through them.

    A reading is the share of the way from healthy to failed, with normal noise of standard deviation `noise`; its
    mean is the cube of the used share of life (see twin.model.signal.Symptom). Readings are grouped, so that a
    life of any length is held in a bounded space. The fit is least squares of the cube itself, by Gauss and Newton:
    early readings, on which the cube hardly depends, weigh little of themselves. Huber's weights bear with outliers.
    """

    def __init__(self, noise: float) -> None:
        self._noise = noise
        self._group = 1  # readings that fill a group
        self._times: list[float] = []
        self._sums: list[float] = []
        self._counts: list[int] = []

    def clear(self) -> None:
        """Begin a new life."""
        self._group = 1
        self._times, self._sums, self._counts = [], [], []

    def add(self, time: float, reading: float) -> None:
        """Take in a reading at `time` s of operation."""
        if self._counts and self._counts[-1] < self._group:
            self._counts[-1] += 1
            self._sums[-1] += reading
            self._times[-1] += (time - self._times[-1]) / self._counts[-1]
            return
        self._times.append(time)
        self._sums.append(reading)
        self._counts.append(1)
        if len(self._counts) > _MOST:
            self._join()

    def trend(self, now: float) -> Trend | None:
        """Return the trend at `now` s of operation, None where readings do not show one yet."""
        if len(self._counts) < _LEAST:
            return None
        times = np.array(self._times) - now
        counts = np.array(self._counts, dtype=np.float64)
        levels = np.array(self._sums) / counts
        weights = counts / self._noise**2
        clear = levels * np.sqrt(weights) > _CLEAR
        if int(clear.sum()) < _LEAST:
            return None
        fitted = _fit(times, levels, weights, clear)
        if fitted is None:
            return None
        trend, residuals = fitted
        newest = residuals[-_NEWEST:]
        if abs(float(newest.sum())) > _BENT * math.sqrt(_NEWEST) * max(_spread(residuals), 1.0):
            # Life passes at another rate than it did: the older half misleads.
            half = len(self._counts) // 2
            del self._times[:half], self._sums[:half], self._counts[:half]
            return None
        return trend if trend.rate > _KNOWN * math.sqrt(trend.covariance[2]) else None

    def _join(self) -> None:
        """Join neighbouring groups."""
        self._group *= 2
        pairs = range(0, len(self._counts) - 1, 2)
        times = [
            (self._times[at] * self._counts[at] + self._times[at + 1] * self._counts[at + 1])
            / (self._counts[at] + self._counts[at + 1])
            for at in pairs
        ]
        rest = slice(2 * len(pairs), None)
        self._times = times + self._times[rest]
        self._sums = [self._sums[at] + self._sums[at + 1] for at in pairs] + self._sums[rest]
        self._counts = [self._counts[at] + self._counts[at + 1] for at in pairs] + self._counts[rest]


_Numbers = NDArray[np.float64]


def _fit(
    times: _Numbers, levels: _Numbers, weights: _Numbers, clear: NDArray[np.bool_]
) -> tuple[Trend, _Numbers] | None:
    """Return the trend and the residuals in standard errors; None where there is none."""
    shares = np.cbrt(levels[clear])
    line = _line(weights[clear] * shares**4, times[clear], shares)
    precision = np.sqrt(weights)
    residuals = np.zeros_like(levels)
    for _ in range(_ROUNDS):
        if line is None:
            return None
        share, rate, covariance = line
        used = np.maximum(share + rate * times, 0.0)
        slopes = 3.0 * used**2 + 1e-12
        missed = levels - used**3
        residuals = missed * precision
        trust = weights * (_HUBER / np.maximum(np.abs(residuals), _HUBER))
        line = _line(trust * slopes**2, times, share + rate * times + missed / slopes)
    if line is None:
        return None
    share, rate, covariance = line
    if not (math.isfinite(share) and rate > 0.0):
        return None
    own, both, of_rate = (one * max(_spread(residuals), 1.0) ** 2 for one in covariance)
    return Trend(share=share, rate=rate, covariance=(own, both, of_rate)), residuals


def _line(
    weights: _Numbers, times: _Numbers, values: _Numbers
) -> tuple[float, float, tuple[float, float, float]] | None:
    """Return height at time 0, slope and covariance of the weighted line; None where it is not determined."""
    total = float(weights.sum())
    centre = float(weights @ times) / total if total > 0.0 else 0.0
    apart = times - centre
    square = float(weights @ (apart * apart))
    if not (total > 0.0 and square > 0.0 and math.isfinite(square)):
        return None
    mean, slope = float(weights @ values) / total, float(weights @ (apart * values)) / square
    variances = 1.0 / total + centre * centre / square, -centre / square, 1.0 / square
    return mean - slope * centre, slope, variances


def _spread(residuals: _Numbers) -> float:
    """Return the robust spread of standardised residuals: 1 where the trend explains all but noise."""
    return float(np.median(np.abs(residuals)) / 0.6745)
