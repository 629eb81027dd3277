"""Confidence intervals of means over independent replications."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy import stats


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with the half-width of its confidence interval (infinite for fewer than two values)."""

    mean: float
    half_width: float

    @property
    def low(self) -> float:
        """Lower end."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """Upper end."""
        return self.mean + self.half_width


def mean_interval(values: Sequence[float], confidence: float = 0.95) -> Interval:
    """Return mean and Student-t half-width of independent `values`; raises ValueError for none.

    >>> interval = mean_interval([1.0, 2.0, 3.0])  # s = 1, t(0.975, 2) = 4.3027
    >>> round(interval.mean, 4), round(interval.half_width, 4)
    (2.0, 2.4841)
    """
    if not values:
        raise ValueError("an interval needs at least one value")
    count = len(values)
    mean = math.fsum(values) / count
    if count < 2:
        return Interval(mean, math.inf)
    variance = math.fsum((value - mean) ** 2 for value in values) / (count - 1)
    quantile = float(stats.t.ppf(0.5 + confidence / 2.0, count - 1))
    return Interval(mean, quantile * math.sqrt(variance / count))
