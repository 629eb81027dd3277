"""Statistical process control: control limits of individuals and moving ranges, Nelson's rules, capability."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import pi
from statistics import fmean, stdev

from twin.kpi.figure import Figure

# Of the range of two normal values, in sigmas: mean d2 = 2 / sqrt(pi) and standard deviation d3 = sqrt(2 - d2 ** 2).
_D2 = 2.0 / pi**0.5
_D3 = (2.0 - _D2**2) ** 0.5
_D4 = 1.0 + 3.0 * _D3 / _D2  # upper limit of moving ranges in their mean; the lower one is 0 (ISO 7870-2)

# Nelson's rules in words.
RULES = {
    1: "one beyond 3 σ", 2: "nine on one side", 3: "six in one direction", 4: "fourteen up and down in turn",
    5: "two of three beyond 2 σ", 6: "four of five beyond 1 σ", 7: "fifteen within 1 σ", 8: "eight outside 1 σ",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ControlLimits:
    """Centre line and within-process standard deviation of a characteristic."""

    centre: float
    sigma: float

    @property
    def lower(self) -> float:
        """Lower control limit, centre - 3 sigma."""
        return self.centre - 3.0 * self.sigma

    @property
    def upper(self) -> float:
        """Upper control limit, centre + 3 sigma."""
        return self.centre + 3.0 * self.sigma


def individuals(values: Sequence[float]) -> ControlLimits:
    """Estimate limits from individual values by their moving ranges (I-MR chart); needs two values.

    >>> limits = individuals([1.0, 2.0, 1.0, 2.0])
    >>> round(limits.centre, 2), round(limits.sigma, 4)
    (1.5, 0.8862)
    """
    if len(values) < 2:
        raise ValueError(f"control limits need at least two values, not {len(values)}")
    ranges = [abs(after - before) for before, after in pairwise(values)]
    return ControlLimits(fmean(values), fmean(ranges) / _D2)


def moving_ranges(values: Sequence[float]) -> tuple[list[float], float, float]:
    """Return the moving ranges of two, their mean and their upper control limit; needs two values.

    >>> ranges, mean, upper = moving_ranges([1.0, 2.0, 1.0, 2.0])
    >>> ranges, mean, round(upper, 3)
    ([1.0, 1.0, 1.0], 1.0, 3.267)
    """
    if len(values) < 2:
        raise ValueError(f"moving ranges need at least two values, not {len(values)}")
    ranges = [abs(after - before) for before, after in pairwise(values)]
    mean = fmean(ranges)
    return ranges, mean, _D4 * mean


def autocorrelation(values: Sequence[float]) -> float | None:
    """Return how much neighbours are alike, -1..1 (lag 1), None where nothing varies or there are fewer than three.

    >>> autocorrelation([1.0, -1.0] * 50)
    -0.99
    """
    if len(values) < 3:
        return None
    mean = fmean(values)
    apart = [value - mean for value in values]
    square = sum(one * one for one in apart)
    if square <= 0.0:
        return None
    return round(sum(before * after for before, after in pairwise(apart)) / square, 12)


# Rule number -> (points looked at, points needed, on one side only), for rules of the form "n of m beyond k sigma".
_BEYOND = {1: (1, 1, 3.0), 5: (3, 2, 2.0), 6: (5, 4, 1.0)}


def nelson(values: Sequence[float], limits: ControlLimits) -> list[int]:
    """Return which of Nelson's eight rules the newest value completes (L. S. Nelson, JQT 16, 1984).

    1 beyond 3 sigma; 2 nine on one side; 3 six rising or falling; 4 fourteen alternating; 5 two of three beyond 2 sigma
    on one side; 6 four of five beyond 1 sigma on one side; 7 fifteen within 1 sigma; 8 eight outside 1 sigma.

    >>> nelson([0.0] * 5 + [3.5], ControlLimits(0.0, 1.0))
    [1]
    """
    if limits.sigma <= 0.0 or not values:
        return []
    scores = [(value - limits.centre) / limits.sigma for value in values[-15:]]
    steps = [after - before for before, after in pairwise(scores)]
    found = []
    for rule, (looked, needed, far) in _BEYOND.items():
        last = scores[-looked:]
        above = last[-1] > far and sum(score > far for score in last) >= needed
        below = last[-1] < -far and sum(score < -far for score in last) >= needed
        if len(last) == looked and (above or below):
            found.append(rule)
    if _one_sign(scores[-9:], 9):
        found.append(2)
    if _one_sign(steps[-5:], 5):
        found.append(3)
    if _one_sign([step * (-1.0) ** place for place, step in enumerate(steps[-13:])], 13):
        found.append(4)
    if len(scores) == 15 and all(abs(score) < 1.0 for score in scores):
        found.append(7)
    if len(scores) >= 8 and all(abs(score) > 1.0 for score in scores[-8:]):
        found.append(8)
    return sorted(found)


def violations(values: Sequence[float], limits: ControlLimits) -> list[list[int]]:
    """Return for each value which of Nelson's rules it completes.

    >>> violations([0.0, 3.5, 0.0], ControlLimits(0.0, 1.0))
    [[], [1], []]
    """
    return [nelson(values[max(0, place - 14) : place + 1], limits) for place in range(len(values))]


def _one_sign(numbers: Sequence[float], count: int) -> bool:
    return len(numbers) == count and (all(n > 0.0 for n in numbers) or all(n < 0.0 for n in numbers))


def capability(values: Sequence[float], low: float | None, high: float | None) -> list[Figure]:
    """Return cp, cpk (sigma within, from moving ranges) and pp, ppk (overall s) against tolerance limits.

    cp and pp need both limits, cpk and ppk one (ISO 22514-2 style).
    """
    if len(values) < 2:
        return [
            Figure(name, None, "", "", {}, "fewer than two values") for name in ("cp", "cpk", "pp", "ppk")
        ]
    centre, found = fmean(values), []
    for name, symbol, sigma in (("cp", "σ", individuals(values).sigma), ("pp", "s", stdev(values))):
        inputs = {"x̄": centre, symbol: sigma}
        inputs |= {key: limit for key, limit in (("LSL", low), ("USL", high)) if limit is not None}
        wide, near = f"(USL - LSL) / 6{symbol}", f"min(USL - x̄, x̄ - LSL) / 3{symbol}"
        if sigma <= 0.0:
            found += [
                Figure(name, None, "", wide, inputs, "no spread"),
                Figure(f"{name}k", None, "", near, inputs, "no spread"),
            ]
            continue
        both = (high - low) / (6.0 * sigma) if low is not None and high is not None else None
        sides = [high - centre] if high is not None else []
        sides += [centre - low] if low is not None else []
        found.append(
            Figure(name, both, "", wide, inputs, "" if both is not None else "needs both tolerance limits")
        )
        nearest = min(sides) / (3.0 * sigma) if sides else None
        found.append(Figure(f"{name}k", nearest, "", near, inputs, "" if sides else "no tolerance limit"))
    return found
