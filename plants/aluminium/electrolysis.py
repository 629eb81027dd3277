"""The fast law of the cells, every step: current, alumina, voltage, anode effects, power."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from plants.aluminium.cells import SECTIONS, Array, Cells
from plants.aluminium.laws import ALUMINA_PER_METAL, BATH_MASS, CRITICAL_ALUMINA, KG_PER_COULOMB
from twin.model.disturbance import OrnsteinUhlenbeck, StepEvents
from twin.model.material import MaterialStream
from twin.model.streams import Streams

DOSE = 4.9  # kg, one stroke of all feeders of a cell, every 75 s at the usual demand (60-90 s)
QUENCHED = 0.7  # wt% above critical to which the quench brings the alumina
DEAD_STOCK = 2_000.0  # kg that a silo does not give out
FEEDER_OPEN = 0.25  # share of a dose that gets through a blocked hole


class Supply(Protocol):
    """What delivers the current."""

    current: float


class Electrolysis:
    """Consumption by Faraday's law against point feeding; voltage; and the anode effect when alumina runs out.

    `blocked` feeders starve their cell; an anode effect makes somebody clear the feeder and quench by feeding.
    Alumina comes by `feeding` from the silo to the baths; `effect(place, begins)` is called as an effect begins
    and as it ends.
    """

    every = 1

    def __init__(
        self,
        cells: Cells,
        streams: Streams,
        supply: Supply,
        *,
        step: float,
        voltage_sigma: float,
        blocked: StepEvents,
        feeding: MaterialStream,
        effect: Callable[[int, bool], None],
    ) -> None:
        self.cells = cells
        self.blocked = blocked
        self._supply = supply
        self._feeding = feeding
        assert feeding.source is not None
        assert feeding.target is not None
        self._silo = feeding.source
        self.baths = feeding.target
        self._effect = effect
        self._flutter = OrnsteinUhlenbeck(
            streams, "cells/voltage", places=cells.count, sigma=voltage_sigma, tau=300.0, step=step
        )
        self._work = np.empty(cells.count)
        self._due = np.empty(cells.count, dtype=np.bool_)
        self._draw_effect = streams.uniform("cells/anode_effect")
        self._quenching: dict[int, list[float]] = {}  # place -> [seconds left, kg of alumina a second]
        self.consumption: Array = np.zeros(cells.count)  # wt% per C, by current efficiency
        self.current = supply.current
        self.charge = 0.0  # C since the slow laws last asked
        self.power = 0.0  # W, all cells
        self.energy = 0.0  # J, all cells, since the start
        self.section_voltage = [0.0] * SECTIONS
        self._volts = cells.voltage.reshape(SECTIONS, -1)
        self.stepped_at = 0.0  # s of simulated time

    def restart(self) -> None:
        """Electrify the cells as they are now, without a step."""
        self.set_efficiency()
        self._electrify()
        self.cells.voltage_sum[:] = 0.0

    def set_efficiency(self) -> None:
        """Take over the cells' current efficiency and service for the steps that follow."""
        np.multiply(self.cells.efficiency, self.cells.on, out=self.consumption)
        self.consumption *= ALUMINA_PER_METAL * KG_PER_COULOMB * 100.0 / BATH_MASS

    def step(self, seconds: float) -> None:
        """Advance all cells: what has flown since the last step is used up, then the new voltages stand."""
        cells, work, due = self.cells, self._work, self._due
        coulombs = self.current * seconds
        self.charge += coulombs
        self.energy += self.power * seconds
        self.stepped_at += seconds
        np.multiply(self.consumption, coulombs, out=work)
        cells.alumina -= work
        self.baths.give_out(float(np.add.reduce(work)) * (BATH_MASS / 100.0))
        cells.owed += cells.feed
        np.greater_equal(cells.owed, DOSE, out=due)
        np.multiply(due, DOSE, out=work)
        cells.owed -= work
        if self._silo.mass > DEAD_STOCK:
            work *= cells.delivered
            self._feeding.move(float(np.add.reduce(work)))
            work *= 100.0 / BATH_MASS
            cells.alumina += work
        if self._quenching:
            self._quench(seconds)
        np.less(cells.alumina, CRITICAL_ALUMINA, out=due)
        if np.count_nonzero(due):
            for place in np.flatnonzero(due).tolist():
                if place not in self._quenching and cells.on[place]:
                    self._begin(place)
        self._flutter.step()
        self._electrify()

    def _electrify(self) -> None:
        cells = self.cells
        self.current = self._supply.current
        volts = cells.voltage
        np.multiply(cells.resistance, self.current, out=volts)
        volts += cells.emf
        volts += self._flutter.values
        volts += cells.effect_voltage
        volts *= cells.on
        cells.voltage_sum += volts
        self.section_voltage = np.add.reduce(self._volts, axis=1).tolist()
        self.power = self.current * sum(self.section_voltage)

    def _begin(self, place: int) -> None:
        cells = self.cells
        lasting = 120.0 + 60.0 * self._draw_effect()  # s
        cells.effect_voltage[place] = 18.0 + 12.0 * self._draw_effect()  # V, of the usual 20-35 in all
        cells.effects[place] += 1.0
        missing = (CRITICAL_ALUMINA + QUENCHED - cells.alumina.item(place)) / 100.0 * BATH_MASS
        used = self.consumption.item(place) * self.current / 100.0 * BATH_MASS  # kg/s
        self._quenching[place] = [lasting, missing / lasting + used]
        self.blocked.clear(place)
        cells.delivered[place] = 1.0
        self._effect(place, True)

    def _quench(self, seconds: float) -> None:
        cells = self.cells
        for place in list(self._quenching):
            quench = self._quenching[place]
            if self._silo.mass > DEAD_STOCK:
                dose = quench[1] * seconds
                cells.alumina[place] += dose * 100.0 / BATH_MASS
                self._feeding.move(dose)
            quench[0] -= seconds
            if quench[0] <= 0.0 and (cells.alumina[place] >= CRITICAL_ALUMINA or not cells.on[place]):
                del self._quenching[place]
                cells.effect_voltage[place] = 0.0
                self._effect(place, False)
