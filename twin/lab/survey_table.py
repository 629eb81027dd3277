"""The table of the paper, with the survey's own means, intervals and spreads."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from twin.kpi.headline import HEADLINES
from twin.lab.interval import Interval, mean_interval
from twin.lab.survey import Outcome

DISCRETE_SHARE = 0.65  # est. (data sheet 11): share of discrete plants among the projects of the paper


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How a figure changed over all projects, as shares: every plant counts the same.

    `count` projects have it; `improved` is the share in which it became better. `weighted` is the mean with
    DISCRETE_SHARE of discrete plants (nan without both kinds).
    """

    name: str
    count: int
    mean: Interval
    median: float
    low: float
    high: float
    improved: float
    weighted: float
    published: float


def stratified_mean(groups: Sequence[Sequence[float]], weights: Sequence[float]) -> Interval:
    """Return the mean of the groups' means by `weights` that add up to 1, with its 95 % interval.

    Student-t with Satterthwaite's degrees of freedom: W. G. Cochran, Sampling Techniques, 1977, 5.4.

    >>> interval = stratified_mean([[1.0, 3.0], [10.0, 10.0]], [0.5, 0.5])  # s² = 2 and 0: 0.25 x 2 / 2, one degree
    >>> interval.mean, round(interval.half_width, 4)
    (6.0, 6.3531)
    """
    means = [math.fsum(group) / len(group) for group in groups]
    mean = math.fsum(weight * value for weight, value in zip(weights, means, strict=True))
    if any(len(group) < 2 for group in groups):
        return Interval(mean, math.inf)
    parts = [
        weight**2 * float(np.var(group, ddof=1)) / len(group)
        for group, weight in zip(groups, weights, strict=True)
    ]
    variance = math.fsum(parts)
    if variance == 0.0:
        return Interval(mean, 0.0)
    degrees = variance**2 / math.fsum(
        part**2 / (len(group) - 1) for part, group in zip(parts, groups, strict=True)
    )
    return Interval(mean, float(stats.t.ppf(0.975, degrees)) * math.sqrt(variance))


def table(outcomes: Sequence[Outcome], kinds: Mapping[str, str]) -> list[Row]:
    """Return a row for each headline figure; `kinds` says of each plant whether it is `discrete` or `process`.

    Raises ValueError for no outcomes.
    """
    if not outcomes:
        raise ValueError("a table needs at least one project")
    return [row for headline in HEADLINES if (row := _row(headline.name, outcomes, kinds)) is not None]


def by_plant(outcomes: Sequence[Outcome]) -> dict[str, dict[str, Interval]]:
    """Return the mean change of each figure by plant, with its 95 % interval."""
    found: dict[str, dict[str, Interval]] = {}
    for headline in HEADLINES:
        for plant, changes in changes_by_plant(outcomes, headline.name).items():
            found.setdefault(plant, {})[headline.name] = mean_interval(changes)
    return found


def changes_by_plant(outcomes: Sequence[Outcome], name: str) -> dict[str, list[float]]:
    """Return the changes of a figure that are defined, by plant."""
    found: dict[str, list[float]] = {}
    for one in outcomes:
        change = one.change(name)
        if math.isfinite(change):
            found.setdefault(one.project.plant, []).append(change)
    return found


def _row(name: str, outcomes: Sequence[Outcome], kinds: Mapping[str, str]) -> Row | None:
    headline = next(one for one in HEADLINES if one.name == name)
    groups = changes_by_plant(outcomes, name)
    if not groups:
        return None
    values = np.array([change for group in groups.values() for change in group])
    weights = np.array([1.0 / len(groups) / len(group) for group in groups.values() for _ in group])
    low, median, high = (
        float(np.quantile(values, share, weights=weights, method="inverted_cdf")) for share in (0.1, 0.5, 0.9)
    )
    better = values > 0.0 if headline.rises else values < 0.0
    return Row(
        name=name, count=len(values), mean=stratified_mean(list(groups.values()), [1.0 / len(groups)] * len(groups)),
        median=median, low=low, high=high, improved=float(weights[better].sum()), weighted=_weighted(groups, kinds),
        published=headline.published,
    )  # fmt: skip


def _weighted(groups: Mapping[str, Sequence[float]], kinds: Mapping[str, str]) -> float:
    """Return the mean with the discrete plants together having DISCRETE_SHARE; nan where a kind is missing."""
    means: dict[str, list[float]] = {"discrete": [], "process": []}
    for plant, changes in groups.items():
        means[kinds[plant]].append(math.fsum(changes) / len(changes))
    if not all(means.values()):
        return math.nan
    discrete, process = (math.fsum(found) / len(found) for found in means.values())
    return DISCRETE_SHARE * discrete + (1.0 - DISCRETE_SHARE) * process
