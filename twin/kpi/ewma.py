"""The EWMA chart: an exponentially weighted mean that shows small, lasting shifts sooner than single values do."""

from collections.abc import Sequence
from dataclasses import dataclass

from twin.kpi.spc import ControlLimits

# One false alarm in 500 values on average (Lucas & Saccucci, Technometrics 32, 1990, table 3).
WEIGHT, WIDTH = 0.2, 2.962


@dataclass(frozen=True, slots=True)
class EwmaPoint:
    """The weighted mean after a value, with its own control limits."""

    mean: float
    lower: float
    upper: float

    @property
    def beyond(self) -> bool:
        """Whether it lies outside its limits."""
        return not self.lower <= self.mean <= self.upper


def ewma(
    values: Sequence[float], limits: ControlLimits, *, weight: float = WEIGHT, width: float = WIDTH
) -> list[EwmaPoint]:
    """Return the chart's points: z = weight x + (1 - weight) z, from the centre on.

    Limits are centre ± width sigma sqrt(weight / (2 - weight) (1 - (1 - weight)^(2 i))), exact for the i-th value
    (S. W. Roberts 1959; Montgomery, Introduction to Statistical Quality Control, 9.2).

    >>> point = ewma([1.0], ControlLimits(0.0, 1.0), weight=0.5, width=3.0)[0]
    >>> point.mean, point.upper
    (0.5, 1.5)
    """
    if not 0.0 < weight <= 1.0:
        raise ValueError(f"weight {weight} must lie in 0..1")
    mean, points = limits.centre, []
    for place, value in enumerate(values, 1):
        mean += weight * (value - mean)
        spread = limits.sigma * (weight / (2.0 - weight) * (1.0 - (1.0 - weight) ** (2 * place))) ** 0.5
        points.append(EwmaPoint(mean, limits.centre - width * spread, limits.centre + width * spread))
    return points
