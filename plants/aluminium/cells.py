"""The cells of the potline: one array a variable, one place a cell; what all laws and crews share."""

import numpy as np
from numpy.typing import NDArray

from plants.aluminium.laws import (
    BATH_MASS,
    PAD_AREA_DENSITY,
    REFERENCE_ACD,
    REFERENCE_ALUMINA,
    REFERENCE_NOISE,
    REFERENCE_TEMPERATURE,
)

SECTIONS = 4
Array = NDArray[np.float64]


class Cells:
    """State of `count` cells, a multiple of the sections; units as in laws.py.

    The arrays are changed in place only: tags read their elements.
    """

    def __init__(self, count: int, *, voltage: float, alf3: float, efficiency: float, pad: float) -> None:
        def filled(value: float) -> Array:
            return np.full(count, value)

        self.count = count
        # Set points, in range by their tags.
        self.voltage_setpoint = filled(voltage)
        self.alf3_target = filled(alf3)
        self.alumina_target = filled(REFERENCE_ALUMINA)
        self.level_target = filled(pad / PAD_AREA_DENSITY)  # cm of metal in the mean between two taps
        # In service.
        self.on = filled(1.0)
        self.cut_out = filled(0.0)  # 1 where a cell is to be short-circuited for relining
        self.sick = filled(0.0)
        # Electrical.
        self.voltage = filled(voltage)
        self.effect_voltage = filled(0.0)  # V that an anode effect adds
        self.emf = filled(1.7)
        self.resistance = filled((voltage - 1.7) / 400_000.0)  # ohm
        self.acd = filled(REFERENCE_ACD)
        self.voltage_sum = filled(0.0)  # V summed over the steps since the last slow step
        # Bath.
        self.alumina = filled(REFERENCE_ALUMINA)
        self.alf3 = filled(alf3)
        self.temperature = filled(REFERENCE_TEMPERATURE)
        self.superheat = filled(10.0)
        self.noise = filled(REFERENCE_NOISE)
        self.bath_level = filled(18.5)
        self.fresh_anode = filled(0.0)  # 1 at an anode change, fading
        # Metal.
        self.efficiency = filled(efficiency)
        self.pad = filled(pad)  # kg
        self.level = filled(pad / PAD_AREA_DENSITY)
        self.iron = filled(0.12)
        # Feeding: kg asked for in a step, kg owed until a dose is due, share of a dose that gets through.
        self.feed = filled(0.0)
        self.owed = filled(0.0)
        self.delivered = filled(1.0)
        self.air = filled(1.0)  # share of a dose that the breakers' air pushes through the crust
        self.alf3_dosing = filled(1.0)  # share of the cells' fluoride that is still being added
        # Anode effects.
        self.effects = filled(0.0)  # since the start
        self.effect_rate = filled(0.08)  # per day, over ten days
        # Wear, for people to watch.
        self.anode_deviation = filled(0.0)
        self.shell = filled(300.0)
        self.lining_age = filled(0.0)  # share of the pot's life

    def dissolved_alumina(self) -> float:
        """Return the alumina in all baths, kg."""
        return float(np.add.reduce(self.alumina)) * BATH_MASS / 100.0

    def metal(self) -> float:
        """Return the metal in all pads, kg."""
        return float(np.add.reduce(self.pad))

    def section(self, place: int) -> int:
        """Return the section, from 0, of a cell."""
        return place * SECTIONS // self.count

    def places(self, section: int) -> slice:
        """Return the places of a section's cells."""
        size = self.count // SECTIONS
        return slice(section * size, (section + 1) * size)
