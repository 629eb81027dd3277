"""A finite buffer in front of a station, and who waits to put something in."""

import math
from collections import deque
from typing import TYPE_CHECKING

from twin.model.part import Part

if TYPE_CHECKING:
    from twin.model.station import Station


class Buffer:
    """Room for `capacity` parts (0: none, math.inf: unlimited), first in, first out.

    `donors` are the stations that hold a finished part back because there is no room, in order of their asking.
    """

    __slots__ = ("capacity", "donors", "items")

    def __init__(self, capacity: float) -> None:
        if not capacity >= 0 or (math.isfinite(capacity) and capacity != int(capacity)):
            raise ValueError(f"buffer capacity {capacity} must be a whole number of parts >= 0, or math.inf")
        self.capacity = capacity
        self.items: deque[Part] = deque()
        self.donors: deque[tuple[Station, Part]] = deque()

    def __len__(self) -> int:
        return len(self.items)
