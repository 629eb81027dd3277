"""Operators: they load machines, and now and then they are away for something else."""

from collections.abc import Generator
from typing import Any

import simpy

from twin.model.discrete_line import DiscreteLine
from twin.model.failure import Crew
from twin.model.streams import Streams

ERRAND = 240.0  # s, est.: bring trays, carry a sample to the CMM, empty a chip bin


def run_errands(
    line: DiscreteLine, crew: Crew, streams: Streams, name: str, share: float
) -> Generator[simpy.Event, Any, None]:
    """Take the operators of `crew` away for errands, `share` of the time that the line is open."""
    if share <= 0.0:
        return
    pause = streams.exponential(f"{name}/errand", ERRAND * (1.0 - share) / share)
    lasting = streams.lognormal(f"{name}/errand/duration", ERRAND, 0.6)
    while True:
        yield from line.attend(pause())
        yield from crew.join()
        yield from line.attend(lasting())
        crew.leave()
