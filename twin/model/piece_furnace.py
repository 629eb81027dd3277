"""A furnace that holds many pieces at once and heats them while they wait for their turn."""

import math
from collections import deque
from collections.abc import Sequence
from typing import Generic

from twin.model.piece import P


class PieceFurnace(Generic[P]):
    """Up to `places` pieces in the order of charging, heated by the `zones` that they pass (walking beam).

    A piece stands in the zone of its place counted from the exit: the zones share the places evenly, the last of
    `zones` (°C, changed in place by the plant) is the one at the exit. Heating is first order towards the zone's
    temperature, time constant `tau` s (lumped body, Newton's law), exact over each step; `heat_capacity` in J/(kg K).
    """

    def __init__(self, *, places: int, zones: Sequence[float], tau: float, heat_capacity: float) -> None:
        if places < 1 or not zones or tau <= 0.0 or heat_capacity <= 0.0:
            raise ValueError(
                "furnace: needs places >= 1, at least one zone, tau > 0 and heat_capacity > 0, "
                f"not {places}, {list(zones)}, {tau}, {heat_capacity}"
            )
        self.places = places
        self.zones = zones
        self.tau = tau
        self.heat_capacity = heat_capacity
        self.pieces: deque[P] = deque()
        self.charged = 0
        self.discharged = 0
        self._of_place = [
            len(zones) - 1 - place * len(zones) // places for place in range(places)
        ]  # zone by place from the exit

    def __len__(self) -> int:
        return len(self.pieces)

    @property
    def room(self) -> int:
        """How many more pieces it takes."""
        return self.places - len(self.pieces)

    def mass(self) -> float:
        """Return the mass held, kg."""
        return sum(piece.mass for piece in self.pieces)

    def charge(self, piece: P, now: float) -> None:
        """Put `piece` in at the entry; raises ValueError when the furnace is full."""
        if self.room < 1:
            raise ValueError(f"furnace is full with {self.places} pieces: piece {piece.number} must wait")
        piece.entered = now
        self.charged += 1
        self.pieces.append(piece)

    def discharge(self) -> P:
        """Take the first piece out; raises ValueError when the furnace is empty."""
        if not self.pieces:
            raise ValueError("furnace is empty")
        self.discharged += 1
        return self.pieces.popleft()

    def heat(self, seconds: float) -> float:
        """Heat all pieces for `seconds`; return the heat that they took up in J."""
        share = 1.0 - math.exp(-seconds / self.tau)
        zones, taken = self.zones, 0.0
        for piece, zone in zip(self.pieces, self._of_place, strict=False):
            rise = (zones[zone] - piece.temperature) * share
            piece.temperature += rise
            taken += piece.mass * rise
        return taken * self.heat_capacity

    def time_to(self, temperature: float) -> float:
        """Return the seconds until the first piece reaches `temperature`: 0 if it has, infinite if it never will."""
        if not self.pieces:
            return math.inf
        now, zone = self.pieces[0].temperature, self.zones[-1]
        if now >= temperature:
            return 0.0
        if zone <= temperature:
            return math.inf
        return self.tau * math.log((zone - now) / (zone - temperature))
