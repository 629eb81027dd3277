"""What each upgrade contributes to the change of a figure, alone and as the last, and what is interaction."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from twin.lab.interval import Interval, mean_interval
from twin.lab.paired import log_ratios


@dataclass(frozen=True, slots=True)
class Step:
    """One upgrade in log points (100 x ln of the ratio): `single` alone, `last_in` added to all the others."""

    upgrade: str
    single: Interval
    last_in: Interval


@dataclass(frozen=True, slots=True)
class Waterfall:
    """How the change of one figure comes about, in log points.

    The single effects and the interaction add up to `total`. A negative interaction on a figure that rises says that
    upgrades work on the same losses.
    """

    figure: str
    steps: tuple[Step, ...]
    interaction: float
    total: Interval


def waterfall(
    figure: str,
    base: Sequence[float],
    full: Sequence[float],
    singles: Mapping[str, Sequence[float]],
    others: Mapping[str, Sequence[float]],
) -> Waterfall:
    """Return the waterfall of `figure` from its values in the same replications of every case; raises ValueError.

    `base` is without upgrades, `full` with all; `singles` with each alone, `others` with all but that one.

    >>> a, b = [1.2, 1.2], [1.3, 1.3]
    >>> fall = waterfall("x", [1.0, 1.0], [1.5, 1.5], {"a": a, "b": b}, {"a": b, "b": a})
    >>> [round(step.single.mean, 1) for step in fall.steps], round(fall.interaction, 1), round(fall.total.mean, 1)
    ([18.2, 26.2], -3.9, 40.5)
    """
    steps = tuple(
        Step(upgrade, _log_points(base, values), _log_points(others[upgrade], full))
        for upgrade, values in singles.items()
    )
    total = _log_points(base, full)
    interaction = total.mean - math.fsum(step.single.mean for step in steps)
    return Waterfall(figure, steps, interaction, total)


def _log_points(before: Sequence[float], after: Sequence[float]) -> Interval:
    return mean_interval([100.0 * ratio for ratio in log_ratios(before, after)])
