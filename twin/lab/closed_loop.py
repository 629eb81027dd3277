"""The loops of a plant's upgrades, closed around a simulation without telemetry."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from twin.control.catalogue import build
from twin.control.controller import Controller
from twin.model.command import CommandRefused
from twin.model.frame import Sample
from twin.model.plant import ParameterError, Plant
from twin.model.simulation import Simulation
from twin.model.upgrade import authority

_TICK = 10.0  # s: periods are rounded up to a multiple of it


class ClosedLoop:
    """Advances `simulation`, shows each controller its tags once a period, and carries out what it decides.

    Without an installed upgrade that brings loops it does nothing but advance. `refused` counts commands that the
    plant did not take.
    """

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.controllers = _controllers(simulation)
        self.refused = 0
        prefix = len(simulation.line_path) + 1
        self._loops = [
            (controller, max(math.ceil(controller.period / _TICK), 1),
             [(subject, simulation.reader(subject[prefix:])) for subject in controller.subjects])
            for controller in self.controllers
        ]  # fmt: skip
        self._tick = 0
        self._now = 0.0

    def advance(self, seconds: float) -> None:
        """Run `seconds` of simulated time on."""
        end = self._now + seconds
        if not self._loops:
            self._now = end
            self.simulation.advance(seconds)
            return
        stride = math.gcd(*(every for _, every, _ in self._loops))
        while True:
            following = (self._tick + stride) * _TICK
            if following > end + 1e-6:
                break
            self.simulation.advance(following - self._now)
            self._now, self._tick = following, self._tick + stride
            for controller, every, readers in self._loops:
                if self._tick % every == 0:
                    self._ask(controller, readers)
        if end > self._now:
            self.simulation.advance(end - self._now)
            self._now = end

    def _ask(self, controller: Controller, readers: Sequence[tuple[str, Callable[[], float | str]]]) -> None:
        now_ms = self.simulation.now_ms
        for subject, read in readers:
            controller.update(Sample(subject, read(), now_ms))
        for command in controller.decide(now_ms):
            try:
                self.simulation.write(command)
            except CommandRefused:
                self.refused += 1


def check_loops(plant: Plant, strengths: Mapping[str, float], start: datetime) -> None:
    """Raise ParameterError for an upgrade whose loops cannot be closed: no controller, or a tag that is not there."""
    for upgrade in plant.upgrades():
        strength = strengths.get(upgrade.key, 0.0)
        if upgrade.loops and strength > 0.0:
            alone = plant.with_upgrades({upgrade.key: strength})
            try:
                ClosedLoop(Simulation(alone, seed=1, start=start, telemetry=False))
            except (ValueError, CommandRefused) as error:
                raise ParameterError(
                    f"plant {plant.name}: the loops of upgrade {upgrade.key} cannot be closed: {error}"
                ) from error


def _controllers(simulation: Simulation) -> list[Controller]:
    installed = {key: strength for key, strength in simulation.plant.installed if strength > 0.0}
    ranges = simulation.declaration.writable_ranges()
    return [
        build(loop, key=upgrade.key, line_path=simulation.line_path, authority=authority(installed[upgrade.key]),
              ranges=ranges)
        for upgrade in simulation.plant.upgrades()
        if upgrade.key in installed
        for loop in upgrade.loops
    ]  # fmt: skip
