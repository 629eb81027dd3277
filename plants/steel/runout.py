"""Behind the finishing mill: laminar cooling, down-coilers, and the surface inspection that sees marks at last."""

import math
from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import simpy

from plants.steel.mill import Mill
from plants.steel.product import Slab
from plants.steel.sheet import COILER_FAILURE, HOUR
from twin.model.chance import Chance
from twin.model.piece import Stage
from twin.model.streams import Streams
from twin.model.unit_operation import UnitOperation

COOLING_TIME, STRIPPING_TIME, INSPECTION_TIME = 15.0, 60.0, 60.0  # s, 1.2
COILERS = 3
FEEDFORWARD_SIGMA = 19.0  # K that the preset water misses by, chosen for 12 K of the coil means (TI-501)
FEEDFORWARD_SHARE = 0.35  # of a deviation at F7 arrives at the coiler in spite of the preset
FEEDBACK_GAIN = 0.15  # of the deviation is corrected each step, one step (10 s) of transport later: 4-12 s
AUTHORITY = 25.0  # K that the feedback headers can correct either way, est.
WATER = 6500.0  # m3/h on the run-out table at the reference strip; 12-18 m3/t circulate in all
CLEAN, MARKED, SCALED = 3.0, 30.0, 15.0  # surface defects found on a coil, est.


class LaminarCooling:
    """Cools the strip to its coiling temperature: preset by the strip's data, then feedback with dead time."""

    every = 1

    def __init__(self, mill: Mill, scatter: Callable[[], float]) -> None:
        self._mill = mill
        self._scatter = scatter
        self.offset = np.zeros(1)  # K, set point against the recipe
        self.stuck = 0.0  # K by which the strip is too warm because headers stay shut
        self._strip: Slab | None = None
        self._correction = 0.0  # K
        self.deviation = 0.0  # K, of what passes now
        self.mean = 0.0  # K, of the last strip
        self.temperature = 600.0
        self.water = WATER

    def step(self, seconds: float) -> None:
        """Cool the piece of strip that passes in this step."""
        del seconds
        strip = self._mill.strip
        if strip is None:
            return
        if strip is not self._strip:
            self._strip = strip
            self._correction = 0.0
        offset = self.offset.item(0)
        missed = FEEDFORWARD_SIGMA * self._mill.sigma * self._mill.setup * strip.scatter[8]
        missed += FEEDFORWARD_SHARE * strip.finishing
        deviation = missed + self.stuck + offset - self._correction + 2.0 * self._scatter()
        strip.coiling_sum += deviation
        strip.looks += 1
        self.deviation = deviation
        self.temperature = strip.grade.coiling + deviation
        wanted = self._correction + FEEDBACK_GAIN * (deviation - offset)
        self._correction = min(max(wanted, -AUTHORITY), AUTHORITY)
        drop = strip.grade.finishing - strip.grade.coiling + self._correction - 0.5 * self.stuck
        self.water = WATER * drop / 260.0 * strip.speed * strip.gauge / 27.0 * strip.width / 1250.0

    def cool(self, slab: Slab) -> float:
        """Let the tail run over the table."""
        self.mean = slab.coiling
        slab.temperature = slab.grade.coiling + slab.coiling
        return COOLING_TIME


class Coilers:
    """Three down-coilers, each failing on its own; a coil may telescope."""

    def __init__(
        self, env: simpy.Environment, streams: Streams, unit: UnitOperation, *, telescoping: float
    ) -> None:
        self._env = env
        self._streams = streams
        self._unit = unit
        self._telescoping = telescoping
        self._chance = streams.uniform("coilers/telescoping")
        self.in_service = COILERS
        self.lasting = 1.0  # times the usual repair
        self.chances: list[Chance] = []

    def coil(self, slab: Slab) -> float:
        """Coil a strip and strip the coil off."""
        if self._chance() < self._telescoping:
            slab.spoil("handling:telescoping")
        return STRIPPING_TIME

    def fail(self, stage: Stage[Slab], *, between: float, repair: float) -> None:
        """Let each coiler fail every `between` s in the mean."""
        for number in range(COILERS):
            self._env.process(self._suffer(stage, number, between, repair))

    def _suffer(
        self, stage: Stage[Slab], number: int, between: float, repair: float
    ) -> Generator[simpy.Event, Any, None]:
        failure = Chance(
            self._env, self._streams.exponential(f"coilers/{number}/failure", between), name="coilers"
        )
        self.chances.append(failure)
        lasting = self._streams.lognormal(f"coilers/{number}/repair", COILER_FAILURE[1] * HOUR * repair, 0.8)
        while True:
            yield from failure.wait()
            self._serve(stage, -1)
            yield self._env.timeout(lasting() * self.lasting)
            self._serve(stage, 1)

    def _serve(self, stage: Stage[Slab], change: int) -> None:
        self.in_service += change
        self._unit.set_capacity(self.in_service / COILERS)
        stage.places = max(self.in_service, 1)  # the last one is nursed along
        stage.pull()


class SurfaceInspection:
    """Looks at every coil; a roll mark is recognised as one after `delay` marked coils in the mean.

    `seen()` is called when the mark is recognised.
    """

    def __init__(
        self, streams: Streams, *, delay: float, edge_damage: float, seen: Callable[[], None]
    ) -> None:
        self.delay = delay
        self._edge_damage = edge_damage
        self._seen = seen
        self._chance = {
            name: streams.uniform(f"inspection/{name}") for name in ("hit", "patience", "handling")
        }
        self._scatter = streams.normal("inspection/scatter")
        self._left = 0  # marked coils until the mark is recognised, 0 while none is looked for
        self.surface_defects = CLEAN
        self.marked_coils = 0

    def inspect(self, slab: Slab) -> float:
        """Look at a coil."""
        found = CLEAN
        if slab.mark > 0.0:
            found += MARKED
            self.marked_coils += 1
            if self._chance["hit"]() < slab.mark:
                slab.spoil("special:roll_mark")
            self._recognise()
        else:
            self._left = 0
        if slab.defect == "special:rolled_in_scale":
            found += SCALED
        if self._chance["handling"]() < self._edge_damage:
            slab.spoil("handling:edge")
        self.surface_defects = max(found + 0.8 * self._scatter(), 0.0)
        return INSPECTION_TIME

    def _recognise(self) -> None:
        if self._left == 0:
            share = 1.0 / max(self.delay, 1.0)
            chance = self._chance["patience"]()
            self._left = 1 if share >= 1.0 else 1 + int(math.log1p(-chance) / math.log1p(-share))
        self._left -= 1
        if self._left == 0:
            self._seen()
