"""The potroom as units: four sections with their means and meters, and the cells that are published in detail."""

import numpy as np
import simpy

from plants.aluminium.cells import SECTIONS, Array, Cells
from plants.aluminium.electrolysis import Electrolysis
from plants.aluminium.supply import Rectifier
from twin.model.state import Reason, State
from twin.model.tag import Limits
from twin.model.unit import Unit
from twin.model.unit_operation import UnitOperation, drive

# tag, array of Cells, unit, sigma of one cell, range, limits LoLo/Lo/Hi/HiHi, description
_VARIABLES: tuple[tuple[str, str, str, float, float, float, Limits, str], ...] = (
    ("bath_temperature", "temperature", "Cel", 5.5, 900, 1020,
     Limits(lolo=935, lo=945, hi=970, hihi=980), "bath temperature"),
    ("superheat", "superheat", "K", 2.5, -20, 60, Limits(lolo=3, lo=5, hi=15, hihi=20), "bath above its liquidus"),
    ("alumina", "alumina", "%", 0.35, 0, 9, Limits(lolo=1.3, lo=1.6, hi=4.0, hihi=5.0), "alumina in the bath"),
    ("alf3", "alf3", "%", 1.3, 0, 25, Limits(lolo=6, lo=8, hi=13, hihi=15), "excess aluminium fluoride, mass share"),
    ("metal_level", "level", "cm", 1.0, 0, 40, Limits(lolo=17, lo=20, hi=28, hihi=30), "metal pad"),
    ("bath_level", "bath_level", "cm", 1.2, 0, 40, Limits(lolo=14, lo=16, hi=22, hihi=24), "bath"),
    ("noise", "noise", "mV", 8.0, 0, 500, Limits(hi=40, hihi=80), "voltage instability"),
    ("acd", "acd", "cm", 0.1, 2, 8, Limits(lolo=3.6, lo=3.9, hi=5.0, hihi=5.5), "anode-cathode distance"),
    ("iron", "iron", "%", 0.03, 0, 2, Limits(hi=0.20, hihi=0.30), "iron in the metal, mass share; Al99.70 up to 0.20"),
    ("anode_effect_frequency", "effect_rate", "1/d", 0.05, 0, 5, Limits(hi=0.15),
     "anode effects per cell-day, remembered over ten days"),
)  # fmt: skip
# tag, array of Cells, unit, sigma, range, limits, description; of the cell below which the coldest 5 % of a section lie
_TAILS: tuple[tuple[str, str, str, float, float, float, Limits, str], ...] = (
    ("superheat_p05", "superheat", "K", 0.3, -20, 60, Limits(lolo=3, lo=5), "bath above its liquidus"),
    ("bath_temperature_p05", "temperature", "Cel", 0.6, 900, 1020, Limits(lolo=935, lo=945), "bath temperature"),
)  # fmt: skip
_TAIL = 0.05
_VOLTAGE_LIMITS = Limits(lolo=3.80, lo=3.88, hi=4.10, hihi=8.0)


class Potroom:
    """Sections and detailed cells over the arrays of all cells; it meters what the cells draw, every step.

    `detailed` are the numbers, from 1, of the cells published one by one. Each section's meter takes the direct
    current of its cells; the rectifier's takes only what it loses on the way: together the alternating current.
    """

    every = 1

    def __init__(
        self,
        env: simpy.Environment,
        cells: Cells,
        rectifier: Rectifier,
        line: Unit,
        *,
        detailed: tuple[int, ...],
        ideal_cell: float,
        rectifier_efficiency: float,
        section_power: float,
        step: float,
    ) -> None:
        self.cells = cells
        self.rectifier = rectifier
        self.line = line
        self._per_minute = round(60.0 / step)
        self._until_means = 0
        self._loss = 1.0 / rectifier_efficiency - 1.0
        self._detailed = tuple(number - 1 for number in detailed)
        self._in_effect = [False] * cells.count
        self._flowing = True
        self._sources: list[Array] = [getattr(cells, array) for _, array, *_ in _VARIABLES] + [
            cells.efficiency
        ]
        self.means = np.zeros((len(self._sources), SECTIONS))
        self._tailed: list[Array] = [getattr(cells, array) for _, array, *_ in _TAILS]
        self.tails = np.zeros((len(_TAILS), SECTIONS))
        self.section_volts = np.zeros(SECTIONS)  # V, mean of the cells in service
        self.total_volts = 0.0
        self.electrolysis: Electrolysis | None = None
        self.sections = [
            UnitOperation(
                env, f"section_{number + 1}", title=f"Potroom section {number + 1}", kind="cells", counted=True,
                ideal_cycle_time=ideal_cell / (cells.count // SECTIONS),
                power={"electricity": {"execute": section_power}},
            )
            for number in range(SECTIONS)
        ]  # fmt: skip
        self.published = {
            place: UnitOperation(
                env, f"cell_{place + 1:03d}", title=f"Cell {place + 1}", kind="cell", counted=True,
                ideal_cycle_time=ideal_cell,
            )
            for place in self._detailed
        }  # fmt: skip
        rectifier.unit.measure(
            "line_voltage", lambda: self.total_volts, unit="V", sigma=2.0, low=0, high=2000,
            description="voltage over all cells in series",
        )  # fmt: skip
        for number, section in enumerate(self.sections):
            self._describe_section(section, number)
        for place, unit in self.published.items():
            self._describe_cell(unit, place)

    @property
    def units(self) -> list[UnitOperation]:
        """Sections, then the cells published in detail."""
        return [*self.sections, *self.published.values()]

    def _describe_section(self, unit: UnitOperation, number: int) -> None:
        places = self.cells.places(number)
        unit.measure("voltage", self.section_volts, number, unit="V", sigma=0.01, low=0, high=60,
                     limits=_VOLTAGE_LIMITS, description="mean voltage of the cells in service")  # fmt: skip
        for row, (name, _, measure, sigma, low, high, limits, words) in enumerate(_VARIABLES):
            # A mean of 72 cells moves far less than one of them.
            unit.measure(name, self.means[row], number, unit=measure, sigma=sigma / 6.0, low=low, high=high,
                         limits=limits, description=f"{words}; mean of the cells in service")  # fmt: skip
        for row, (name, _, measure, sigma, low, high, limits, words) in enumerate(_TAILS):
            unit.measure(name, self.tails[row], number, unit=measure, sigma=sigma, low=low, high=high, limits=limits,
                         description=f"{words}; 95 % of the cells in service lie above it")  # fmt: skip
        unit.measure(
            "current_efficiency",
            lambda: 100.0 * self.means.item(len(_VARIABLES), number),
            unit="%",
            sigma=0.2,
            low=0,
            high=100,
            description="current efficiency; mean of the cells in service",
        )
        effects = self.cells.effects[places]
        unit.total("anode_effect_count", lambda: float(effects.sum()), description="anode effects")
        self._describe_setpoints(unit, places)

    def _describe_cell(self, unit: UnitOperation, place: int) -> None:
        cells = self.cells
        unit.measure("voltage", cells.voltage, place, unit="V", sigma=0.025, low=0, high=60, limits=_VOLTAGE_LIMITS,
                     description="cell voltage, anode effects included")  # fmt: skip
        for name, array, measure, sigma, low, high, limits, words in _VARIABLES:
            unit.measure(name, getattr(cells, array), place, unit=measure, sigma=sigma, low=low, high=high,
                         limits=limits, description=words)  # fmt: skip
        unit.measure("current_efficiency", lambda: 100.0 * cells.efficiency.item(place), unit="%", sigma=1.0, low=0,
                     high=100, description="current efficiency")  # fmt: skip
        unit.measure(
            "anode_current_deviation",
            cells.anode_deviation,
            place,
            unit="%",
            sigma=4.0,
            low=-100,
            high=100,
            limits=Limits(lolo=-30, lo=-20, hi=20, hihi=30),
            description="worst anode against the mean",
        )
        unit.measure("shell_temperature", cells.shell, place, unit="Cel", sigma=10.0, low=0, high=800,
                     limits=Limits(hi=400, hihi=450), description="shell side; rising: risk of tap-out")  # fmt: skip
        unit.total("anode_effect_count", lambda: cells.effects.item(place), description="anode effects")
        self._describe_setpoints(unit, place)

    def _describe_setpoints(self, unit: UnitOperation, places: int | slice) -> None:
        cells = self.cells
        unit.setpoint("voltage_setpoint", cells.voltage_setpoint, places, unit="V", low=3.85, high=4.20,
                      description="cell voltage that the pot controller holds by the ACD")  # fmt: skip
        unit.setpoint("alf3_target", cells.alf3_target, places, unit="%", low=6.0, high=14.0,
                      description="excess aluminium fluoride wanted")  # fmt: skip
        unit.setpoint("alumina_target", cells.alumina_target, places, unit="%", low=1.8, high=4.0,
                      description="alumina concentration that demand feeding holds")  # fmt: skip
        unit.setpoint("metal_level_target", cells.level_target, places, unit="cm", low=18.0, high=28.0,
                      description="metal pad that tapping holds in the mean")  # fmt: skip

    # -- what happens to the cells ---------------------------------------------------------------------------

    def effect(self, place: int, begins: bool) -> None:
        """Take note that an anode effect begins or ends."""
        self._in_effect[place] = begins
        if begins:
            self.cells.effect_rate[place] += 0.1  # one in ten days
        self._judge(place)

    def in_service(self, place: int, on: bool) -> None:
        """Cut a cell out of the circuit for relining, or put it back."""
        cells = self.cells
        cells.cut_out[place] = 0.0 if on else 1.0
        number = cells.section(place)
        size = cells.count // SECTIONS
        self.sections[number].set_capacity(1.0 - float(cells.cut_out[cells.places(number)].sum()) / size)
        self.line.set_capacity(1.0 - float(cells.cut_out.sum()) / cells.count)
        self._judge(place)

    def _judge(self, place: int) -> None:
        unit = self.published.get(place)
        if unit is None:
            return
        if self.cells.cut_out[place]:
            drive(unit, State.STOPPED, "maintenance:relining")
        elif not self._flowing:
            drive(unit, State.SUSPENDED, "waiting:rectifier")
        elif self._in_effect[place]:
            drive(unit, State.HELD, "upset:anode_effect")
        else:
            drive(unit, State.EXECUTE, Reason.PRODUCTION)

    # -- every step ------------------------------------------------------------------------------------------

    def step(self, seconds: float) -> None:
        """Meter the step that begins; renew the means once a minute."""
        del seconds
        flowing = self.rectifier.load > 0.0
        if flowing is not self._flowing:
            self._flowing = flowing
            self._interrupt(flowing)
        self.meter()
        if self._until_means == 0:
            self._until_means = self._per_minute
            self.average()
        self._until_means -= 1

    def _interrupt(self, flowing: bool) -> None:
        if flowing:
            drive(self.line, State.EXECUTE, Reason.PRODUCTION)
        else:
            drive(self.line, State.ABORTED, "failure:rectifier")
        for section in self.sections:
            if flowing:
                drive(section, State.EXECUTE, Reason.PRODUCTION)
            else:
                drive(section, State.SUSPENDED, "waiting:rectifier")
        for place in self._detailed:
            self._judge(place)

    def meter(self) -> None:
        """Draw what the cells draw now."""
        assert self.electrolysis is not None
        kiloamperes = self.electrolysis.current / 1000.0
        in_service = self.cells.count // SECTIONS
        for number, volts in enumerate(self.electrolysis.section_voltage):
            section = self.sections[number]
            section.draw("electricity", volts * kiloamperes)
            self.section_volts[number] = volts / max(in_service * section.capacity, 1.0)
        self.total_volts = sum(self.electrolysis.section_voltage)
        self.rectifier.unit.draw("electricity", self._loss * self.electrolysis.power / 1000.0)

    def average(self) -> None:
        """Renew the sections' means and coldest cells over the cells in service."""
        on = self.cells.on.reshape(SECTIONS, -1)
        weights = on / np.maximum(on.sum(axis=1, keepdims=True), 1.0)
        for row, source in enumerate(self._sources):
            np.add.reduce(source.reshape(SECTIONS, -1) * weights, axis=1, out=self.means[row])
        coldest = (_TAIL * on.sum(axis=1)).astype(np.intp)[:, None]
        for row, source in enumerate(self._tailed):
            ranked = np.sort(np.where(on > 0.0, source.reshape(SECTIONS, -1), np.inf), axis=1)
            self.tails[row] = np.take_along_axis(ranked, coldest, axis=1)[:, 0]
