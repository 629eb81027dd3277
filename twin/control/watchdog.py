"""Tells when a controller makes its own loop worse."""

import math
from collections import deque
from collections.abc import Collection, Sequence
from itertools import pairwise
from statistics import fmean

FACTOR = 2.0  # times the objective that counts as harm: 1.4 times the spread (est.)
_SIGNIFICANT = 3.0  # standard errors (est.)
_LEAST = 10  # readings that allow a verdict
_BEFORE, _AFTER = 200, 30  # readings that are remembered


class Watchdog:
    """Compares the objective of a loop while its controller acts with that while it does not (less is better).

    `usual` is the objective without the controller, where it is known; else the first `watch` readings show it. A loop
    that got worse for another reason gets no better without the controller, and that acquits it.
    """

    def __init__(self, *, watch: int = 0, usual: float | None = None) -> None:
        self._watch = 0 if usual is not None else watch
        self._before: deque[float] = deque([] if usual is None else [usual], maxlen=max(_BEFORE, watch))
        self._after: deque[float] = deque(maxlen=_AFTER)
        self._accused: float | None = None  # the objective for which the controller was stopped
        self._trial: list[float] = []  # without it, since then

    @property
    def watching(self) -> bool:
        """Whether the objective without the controller is still to be seen."""
        return self._watch > 0

    def record(self, objective: float | None, *, acting: bool) -> None:
        """Take a reading, None for nothing to judge, made while the controller was `acting` or not."""
        if objective is not None and math.isfinite(objective):
            (self._after if acting else self._before).append(objective)
            if not acting:
                self._watch -= 1
            if not acting and self._accused is not None:
                self._trial.append(objective)

    def accuse(self) -> None:
        """Begin a trial: the controller is stopped for what it did."""
        self._accused = fmean(self._after)
        self._after.clear()
        self._trial.clear()

    def acquits(self) -> bool:
        """Say whether the loop, given time to settle, is about as bad without the controller: it was not the cause."""
        newest = self._trial[-_LEAST:]
        if self._accused is None or len(self._trial) < 2 * _LEAST or FACTOR * fmean(newest) < self._accused:
            return False
        self._accused = None
        self._before.clear()
        self._before.extend(newest)
        return True

    def harm(self) -> str:
        """Return how much worse the loop is with its controller, empty when it is not shown to be."""
        if len(self._after) < _LEAST or not self._before:
            return ""
        before, after = fmean(self._before), fmean(self._after)
        if after <= FACTOR * before:
            return ""
        error = math.hypot(standard_error(self._before), standard_error(self._after))
        if after - before <= _SIGNIFICANT * error:
            return ""
        return (
            f"objective {after:.4g} with the controller against {before:.4g} without, "
            f"standard error of the difference {error:.2g}"
        )


def standard_error(readings: Collection[float]) -> float:
    """Return the standard error of the mean of readings in order, their lag-1 correlation allowed for.

    An AR(1) series of n readings is worth n (1 - r)/(1 + r) independent ones (Bayley & Hammersley 1946, simplified).
    """
    values: Sequence[float] = list(readings)
    if len(values) < 2:
        return 0.0
    centre = fmean(values)
    square = sum((value - centre) ** 2 for value in values)
    if square == 0.0:
        return 0.0
    lagged = sum((one - centre) * (other - centre) for one, other in pairwise(values))
    correlation = min(max(lagged / square, 0.0), 0.9)
    worth = max(len(values) * (1.0 - correlation) / (1.0 + correlation), 1.0)
    return math.sqrt(square / (len(values) - 1) / worth)
