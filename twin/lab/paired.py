"""Pairs of runs with common random numbers, and what the difference between them says."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from twin.lab.interval import Interval, mean_interval


@dataclass(frozen=True, slots=True)
class PairedChange:
    """The relative change of one figure over pairs of runs: `mean` with its 95 % interval `low`..`high`, as shares.

    `before` and `after` are the plain means of the figure.
    """

    before: float
    after: float
    mean: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2.0

    @property
    def significant(self) -> bool:
        """Whether the interval excludes no change at all."""
        return not self.low <= 0.0 <= self.high


def log_ratios(before: Sequence[float], after: Sequence[float]) -> list[float]:
    """Return ln(after / before) of every pair; raises ValueError for a figure that is not positive or undefined.

    >>> log_ratios([2.0], [2.0])
    [0.0]
    """
    if not all(0.0 < value < math.inf for value in (*before, *after)):
        raise ValueError("a relative change needs figures above zero in every run; let the runs last longer")
    return [math.log(one / other) for one, other in zip(after, before, strict=True)]


def paired_change(before: Sequence[float], after: Sequence[float]) -> PairedChange:
    """Return the relative change of a figure from pairs that share their random numbers; raises ValueError.

    Student-t on the logarithms of the ratios: a ratio's logarithm is as likely to miss upwards as downwards, logarithms
    of successive changes add up (the waterfall), and no interval reaches below -100 %.

    >>> change = paired_change([100.0, 100.0], [110.0, 121.0])  # ln 1.1 x (1, 2): mean 1.5, s/sqrt(2) = 0.5, t = 12.71
    >>> round(change.mean, 4), round(change.low, 4), round(change.high, 4)
    (0.1537, -0.3703, 1.1138)
    """
    interval = mean_interval(log_ratios(before, after))
    count = len(before)
    return PairedChange(
        math.fsum(before) / count, math.fsum(after) / count, math.expm1(interval.mean), math.expm1(interval.low),
        _expm1(interval.high),
    )  # fmt: skip


def paired_difference(before: Sequence[float], after: Sequence[float]) -> Interval:
    """Return the mean difference of pairs with its 95 % interval, on the figure's own scale.

    >>> paired_difference([0.5, 0.25], [0.75, 0.5]).mean
    0.25
    """
    return mean_interval([one - other for one, other in zip(after, before, strict=True)])


def _expm1(value: float) -> float:
    return math.expm1(value) if value < 700.0 else math.inf
