"""How long one part takes at a station."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from twin.model.streams import Streams


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """Cycle time of one part: `mean` s, lognormal with coefficient of variation `cv`, or exponential."""

    mean: float
    cv: float = 0.0
    exponential: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and self.mean > 0):
            raise ValueError(f"cycle: mean {self.mean} s must be positive and finite")
        if not 0 <= self.cv < math.inf:
            raise ValueError(f"cycle: cv {self.cv} must be finite and not negative")

    def drawer(self, streams: Streams, station: str) -> Callable[[], float]:
        """Return a drawer of cycle times in s for `station`."""
        if self.exponential:
            return streams.exponential(f"{station}/cycle", self.mean)
        return streams.lognormal(f"{station}/cycle", self.mean, self.cv)

    def varied(self, draw: Callable[[], float], cv: float) -> Callable[[], float]:
        """Return `draw`, which draws this cycle's times, with coefficient of variation `cv` instead of its own.

        Each time keeps its place in the distribution; raises ValueError for cycles that do not scatter lognormally.
        """
        if self.exponential or self.cv == 0.0:
            raise ValueError("cycle: only one that scatters lognormally can be varied; give it a cv above 0")
        if not 0.0 <= cv < math.inf:
            raise ValueError(f"cycle: cv {cv} must be finite and not negative")
        if cv == self.cv:
            return draw
        own, other = math.log1p(self.cv * self.cv), math.log1p(cv * cv)
        power = math.sqrt(other / own)
        scale = self.mean * math.exp(0.5 * (own * power - other)) / self.mean**power
        return lambda: float(scale * draw() ** power)
