"""What the groups make: a flat datum, widths within their tolerance, smooth chamfers."""

from functools import partial
from typing import Any

import simpy

from plants.machining_3c import laws
from plants.machining_3c.cnc_group import CncGroup, Cutter
from plants.machining_3c.sheet import (
    CONTROL_FLATNESS,
    CONTROL_ROUGHNESS,
    CONTROL_WIDTH,
    FLAT,
    SIGMA_FLATNESS,
    SIGMA_ROUGHNESS,
    SIGMA_WIDTH,
    SMOOTH,
    SPELL,
    TOLERANCE,
)
from twin.model.machine import Machine
from twin.model.part import Part
from twin.model.signal import Signal
from twin.model.streams import Streams
from twin.model.tag import Kind, Tag
from twin.model.wander import wander

NONE = (None, None, None, None)


class FaceGroup(CncGroup):
    """Face and datum: flatness."""

    signals = (
        *CncGroup.signals,
        Signal("flatness", "mm", 0, 0.5, 0.01, (None, None, FLAT, 0.15), "datum face of the last frame"),
    )
    flatness = 0.06

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._face = wander(streams.normal(f"{name}/face"), SPELL)

    def cut(self, cutter: Cutter, part: Part) -> bool:
        """Mill the face."""
        mean = laws.flatness(self.clamp_pressure, cutter.wear)
        self.flatness = abs(mean + SIGMA_FLATNESS * self.sigma * self._face())
        if self.flatness > FLAT:
            part.spoil(self, "common:flatness")
        return self.flatness > CONTROL_FLATNESS


class ProfileGroup(CncGroup):
    """Cavities, profiles and slots: a width with a tolerance, measured and corrected on each machine.

    With `detailed` the group publishes the wear of every machine's tool and its program's speeds too.
    """

    signals = (
        *CncGroup.signals,
        Signal("width", "mm", -0.5, 0.5, 0.01, (-TOLERANCE, -TOLERANCE, TOLERANCE, TOLERANCE),
               "critical dimension of the last frame, from nominal"),
    )  # fmt: skip
    width = 0.0

    def __init__(
        self, env: simpy.Environment, streams: Streams, name: str, *, detailed: bool = False, **options: Any
    ) -> None:
        super().__init__(env, streams, name, **options)
        self._detailed = detailed

    @property
    def spindle_speed(self) -> float:
        """Spindle speed of the program in 1/min."""
        return 16_000.0

    @property
    def feed_rate(self) -> float:
        """Feed of the program in mm/min, times the feed override."""
        return 4_400.0 * self.feed

    def own_tags(self) -> tuple[Tag, ...]:
        """Return the group's tags and each machine's."""
        found = list(super().own_tags())
        if self._detailed:
            found += [
                Signal("spindle_speed", "1/min", 0, 40_000, 100, NONE, "of the program").tag(self),
                Signal("feed_rate", "mm/min", 0, 20_000, 50, NONE, "of the program, with feed override").tag(
                    self
                ),
            ]
        for number, cutter in enumerate(self.cutters, start=1):
            if self._detailed:
                wear = Signal(f"flank_wear_{number}", "um", 0, 400, 5, (None, None, 150, 200),
                              f"VB of the finishing tool, machine {number}")  # fmt: skip
                found.append(wear.tag_of(partial(getattr, cutter, "wear")))
            width = Signal(f"width_{number}", "mm", -0.5, 0.5, 0.01, NONE,
                           f"critical dimension of the last frame, machine {number}")  # fmt: skip
            found.append(width.tag_of(partial(getattr, cutter, "width")))
            found.append(
                Tag(name=f"offset_correction_{number}", kind=Kind.SETPOINT, unit="mm", low=-TOLERANCE, high=TOLERANCE,
                    read=partial(getattr, cutter, "correction"), write=partial(setattr, cutter, "correction"),
                    description=f"what a control loop adds to the tool offset, machine {number}")
            )  # fmt: skip
        return tuple(found)

    def cut(self, cutter: Cutter, part: Part) -> bool:
        """Mill the width: wear and warmth since the last correction, its error, and scatter."""
        drift = laws.edge_recession(cutter.wear) + laws.thermal_growth(self.media.coolant_temperature)
        scatter = SIGMA_WIDTH * self.sigma + cutter.runout
        self.width = cutter.width = (
            drift + cutter.offset + cutter.correction + cutter.shift + scatter * self.normal()
        )
        if abs(self.width) > TOLERANCE:
            part.spoil(self, "common:width")
        return abs(self.width + self.metrology.bias) > CONTROL_WIDTH


class DiamondGroup(CncGroup):
    """High-light chamfers: roughness."""

    signals = (
        *CncGroup.signals,
        Signal("roughness", "um", 0, 5, 0.03, (None, None, SMOOTH, 1.2), "Ra of the last frame's chamfer"),
    )
    roughness = 0.6

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._surface = wander(streams.normal(f"{name}/surface"), SPELL)

    def judged(self, machine: Machine, cutter: Cutter) -> None:
        """Give it a new diamond."""
        self._new_tool(machine, cutter)

    def cut(self, cutter: Cutter, part: Part) -> bool:
        """Cut the chamfer."""
        mean = laws.roughness(cutter.wear, self.media.coolant_concentration)
        self.roughness = max(mean + SIGMA_ROUGHNESS * self.sigma * self._surface(), 0.05)
        if self.roughness > SMOOTH:
            part.spoil(self, "common:roughness")
        return self.roughness > CONTROL_ROUGHNESS
