"""The light tunnel at the end of the line: panels are measured and judged."""

from typing import Any

import simpy

from plants.stamping.sheet import SPELL
from twin.model.part import Part
from twin.model.signal import Signal
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.wander import wander


class LightTunnel(Station):
    """End-of-line inspection: the panel's dimension shows here; the restrike in OP30 makes it."""

    signals = (Signal("gap_flush", "mm", -2, 2, 0.1, (-1, -0.7, 0.7, 1), "panel gap and flush"),)
    sigma, gap_flush = 1.0, 0.0

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._dimension = wander(streams.normal(f"{name}/dimension"), SPELL)

    def work(self, part: Part) -> None:
        """Measure the panel; springback goes with yield strength."""
        self.gap_flush = 0.1 * part.traits[0] / 9.0 + 0.218 * self.sigma * self._dimension()
        if abs(self.gap_flush) > 0.7:
            part.spoil(part.route[3], "common:dimension")
