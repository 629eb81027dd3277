"""What a station needs beside the part: containers of material or empty racks that logistics brings in time or not."""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import simpy

from twin.model.streams import Streams
from twin.model.tag import Kind, Tag

if TYPE_CHECKING:
    from twin.model.part import Part
    from twin.model.station import Station
    from twin.model.unit import Unit


class Supply:
    """Containers for `size` parts each, `containers` of them at the line when all is well.

    A used-up container is replaced by a trip of `trip` s on average (lognormal, `cv`); one carrier makes one trip
    at a time. A station that finds none waits with the reason `waiting:<name>`. `delay` multiplies the trips to
    come, for faults; `usual` does so too, for upgrades.
    """

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        name: str,
        *,
        size: int,
        containers: int,
        trip: float,
        cv: float = 0.8,
    ) -> None:
        if size < 1 or containers < 1:
            raise ValueError(f"supply {name}: size {size} and containers {containers} must be at least 1")
        if trip < 0:
            raise ValueError(f"supply {name}: trip {trip} s must not be negative")
        self._env = env
        self.name = name
        self.size = size
        self.containers = containers
        self.stock = containers  # containers that are not used up, the one in use included
        self.left = size  # parts left of the container in use
        self.station: Station | None = None
        self.sources: tuple[Unit, ...] = ()  # units of the line that it comes from
        self._draw = streams.lognormal(f"supply/{name}/trip", trip, cv) if trip > 0 else lambda: 0.0
        self._carrying = False
        self.delay = 1.0
        self.usual = 1.0

    def has(self, part: "Part | None") -> bool:
        """Return whether there is enough for `part` (None: for a part that is about to be released)."""
        return self.stock > 0

    def take(self, part: "Part | None") -> None:
        """Use up one part's worth."""
        self.left -= 1
        if self.left == 0:
            self.stock -= 1
            self.left = self.size
            if not self._carrying:
                self._carrying = True
                self._env.process(self._carry())

    def _carry(self) -> Generator[simpy.Event, Any, None]:
        while self.stock < self.containers:
            yield self._env.timeout(self._draw() * self.delay * self.usual)
            self.stock += 1
            if self.station is not None:
                self.station.touched = True
                if self.stock == 1:
                    self.station.pull()
        self._carrying = False

    def tag(self) -> Tag:
        """Return the tag that tells the stock."""
        return Tag(
            name=f"{self.name}_stock", kind=Kind.MEASURE, low=0, high=self.containers + 1.0, deadband=0.5,
            read=lambda: self.stock, description=f"{self.name} containers at hand, the one in use included",
        )  # fmt: skip
