"""Energy baseline and performance: what the same output would have taken in the reference period (ISO 50006 style)."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

LEAST = 8  # periods below which nothing is fitted (est.)
MOST_CV = 0.25  # CV(RMSE) up to which a baseline is taken as good (ASHRAE Guideline 14: 25 %)


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Energy of a period = `base` + `slope` x output, by least squares over `count` periods.

    `base` in kWh a period, `slope` in kWh a unit of output. `r2` is the share of the variance that it explains,
    `cv_rmse` the scatter about it in the mean energy, with two degrees of freedom taken off (ASHRAE Guideline 14).
    """

    base: float
    slope: float
    count: int
    r2: float
    cv_rmse: float

    def expected(self, output: float, periods: float = 1.0) -> float:
        """Return the energy in kWh that `output` in so many periods would have taken."""
        return self.base * periods + self.slope * output

    @property
    def good(self) -> bool:
        """Whether its scatter is small enough to judge by it, and no term is without physical meaning."""
        return self.cv_rmse <= MOST_CV and self.slope >= 0.0 and self.base >= 0.0


def baseline(periods: Sequence[tuple[float, float]]) -> Baseline | None:
    """Fit (output, energy) of periods of one length; None for too few, for an output that does not vary, or no energy.

    >>> found = baseline([(float(made), 10.0 + 2.0 * made) for made in range(8)])
    >>> round(found.base, 9), round(found.slope, 9), round(found.r2, 9)
    (10.0, 2.0, 1.0)
    """
    if len(periods) < LEAST:
        return None
    made, used = fmean(one for one, _ in periods), fmean(one for _, one in periods)
    square = sum((one - made) ** 2 for one, _ in periods)
    if used <= 0.0 or square <= 1e-12 * max(made * made, 1e-12) * len(periods):
        return None
    slope = sum((output - made) * (energy - used) for output, energy in periods) / square
    base = used - slope * made
    missed = sum((energy - base - slope * output) ** 2 for output, energy in periods)
    varied = sum((energy - used) ** 2 for _, energy in periods)
    return Baseline(
        base=base, slope=slope, count=len(periods), r2=1.0 - missed / varied if varied > 0.0 else 1.0,
        cv_rmse=(missed / (len(periods) - 2)) ** 0.5 / used,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """Energy performance of a reporting period: `actual` against `expected` kWh; `cusum` after each of its periods."""

    actual: float
    expected: float
    cusum: list[float]

    @property
    def ratio(self) -> float | None:
        """Return the EnPI actual / expected; None where nothing was expected."""
        return self.actual / self.expected if self.expected > 0.0 else None


def performance(reference: Baseline, periods: Sequence[tuple[float, float]]) -> Performance:
    """Hold (output, energy) of periods against the baseline.

    >>> told = performance(Baseline(base=10.0, slope=2.0, count=9, r2=1.0, cv_rmse=0.0), [(5.0, 21.0), (0.0, 8.0)])
    >>> told.expected, told.cusum
    (30.0, [1.0, -1.0])
    """
    total, sums = 0.0, []
    for output, energy in periods:
        total += energy - reference.expected(output)
        sums.append(total)
    return Performance(
        actual=sum(energy for _, energy in periods),
        expected=sum(reference.expected(output) for output, _ in periods), cusum=sums,
    )  # fmt: skip
