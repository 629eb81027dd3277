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
