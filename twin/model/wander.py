"""Characteristics that wander from part to part: most of what scatters in a process does so slowly."""

import math
from collections.abc import Callable


def wander(draw: Callable[[], float], length: float) -> Callable[[], float]:
    """Return a drawer of standard normal numbers that hang together over `length` parts.

    First-order autoregression x' = a x + sqrt(1 - a²) N(0, 1) with a = exp(-1 / length) (Box & Jenkins, Time Series
    Analysis, ch. 3), begun in its stationary distribution. `draw` draws independent standard normal numbers.

    >>> wander(lambda: 1.0, 1.0)() == math.exp(-1.0) + math.sqrt(1.0 - math.exp(-2.0))
    True
    """
    if not length > 0.0:
        raise ValueError(f"wander: length {length} parts must be positive")
    keep = math.exp(-1.0 / length)
    kick = math.sqrt(1.0 - keep * keep)
    value = draw()

    def following() -> float:
        nonlocal value
        value = keep * value + kick * draw()
        return value

    return following
