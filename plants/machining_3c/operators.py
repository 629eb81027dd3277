"""Operators: they load machines, and now and then they are away for something else."""

from collections.abc import Generator
from typing import Any

import simpy

from twin.model.discrete_line import DiscreteLine
from twin.model.failure import Crew
from twin.model.streams import Streams

ERRAND = 240.0  # s, est.: bring trays, carry a sample to the CMM, empty a chip bin


class Errands:
    """What takes operators away from their machines, `share` of the time that the line is open."""

    def __init__(self, share: float) -> None:
        self.share = share

    @property
    def _between(self) -> float:
        """Mean time in s between two errands."""
        return ERRAND * (1.0 - self.share) / self.share

    def run(
        self, line: DiscreteLine, crew: Crew, streams: Streams, name: str
    ) -> Generator[simpy.Event, Any, None]:
        """Take the operators of `crew` away now and then."""
        if self.share <= 0.0:
            return
        usual = self._between
        pause = streams.exponential(f"{name}/errand", usual)
        lasting = streams.lognormal(f"{name}/errand/duration", ERRAND, 0.6)
        while True:
            yield from line.attend(pause() * (self._between / usual))
            yield from crew.join()
            yield from line.attend(lasting())
            crew.leave()
