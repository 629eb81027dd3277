"""A running standard deviation that forgets."""

import math


class Spread:
    """Mean and standard deviation of the newest values, weighted exponentially over `memory` readings.

    >>> spread = Spread(100)
    >>> for value in (1.0, 3.0, 1.0, 3.0):
    ...     spread.update(value)
    >>> spread.sigma
    1.0
    """

    __slots__ = ("_mean", "_memory", "_variance", "count")

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._mean = 0.0
        self._variance = 0.0
        self.count = 0

    def update(self, value: float, *, about: float | None = None) -> None:
        """Take a value in; its deviation counts `about` a given number, or about the running mean."""
        self.count += 1
        share = 1.0 / min(self.count, self._memory)
        before = value - (self._mean if about is None else about)
        self._mean += share * (value - self._mean)
        after = value - (self._mean if about is None else about)
        self._variance += share * (before * after - self._variance)

    @property
    def sigma(self) -> float:
        """The standard deviation, 0 before the second value."""
        return math.sqrt(max(self._variance, 0.0))
