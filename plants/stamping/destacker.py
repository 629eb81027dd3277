"""The destacker: where blanks, and with them the coil's properties, come in."""

from typing import Any

import simpy

from plants.stamping.sheet import SPELL
from twin.model.part import Part
from twin.model.signal import Signal
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.wander import wander


class Destacker(Station):
    """Takes blanks from stacks; each stack is cut from a new stretch of coil."""

    signals = (
        Signal("yield_strength", "MPa", -60, 60, 2, (-30, -20, 20, 30), "yield strength, from nominal"),
        Signal("blank_thickness", "mm", -0.15, 0.15, 0.008, (-0.07, -0.05, 0.05, 0.07), "from nominal"),
        Signal("oil_film", "g/m2", 0, 5, 0.12, (0.4, 0.7, 2.3, 3.0), "drawing oil on the blank"),
    )
    sigma, oil_film = 1.0, 1.4
    yield_strength = blank_thickness = coil_thickness = 0.0
    stronger = thicker = 0.0  # MPa and mm that a coil out of its specification adds
    _strength = 0.0

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._thickness = wander(streams.normal(f"{name}/thickness"), SPELL)
        self._oil = wander(streams.normal(f"{name}/oil"), SPELL)

    def work(self, part: Part) -> None:
        """Measure the blank: yield strength keeps for a stack, thickness varies a little along the coil."""
        draw, stack = self.normal, self.supplies[0]
        if stack.left == stack.size - 1:
            self._strength = 9.0 * self.sigma * draw()
            self.coil_thickness = 0.014 * self.sigma * draw()
        self.yield_strength = self._strength + self.stronger
        self.blank_thickness = self.coil_thickness + self.thicker + 0.0078 * self.sigma * self._thickness()
        self.oil_film = max(1.4 + 0.25 * self._oil(), 0.0)
        part.traits = (self.yield_strength, self.blank_thickness)
