"""The boilers: coal for the steam that drives compressors and columns, less what the plant gives back as heat."""

import simpy

from plants.coal_chemicals.distillation import Distillation
from plants.coal_chemicals.oxygen import AirSeparation
from plants.coal_chemicals.synthesis import Synthesis
from twin.model.unit_operation import UnitOperation

AIR_WORK = 2_250.0  # kJ/Nm3 of oxygen at the shaft (0.62 kWh), compression to the gasifiers included, est.
COLUMN_HEAT = 2_700.0  # kJ per kg of methanol distilled, est. 1.2 kg of steam
REACTION_HEAT = 90_600.0  # kJ/kmol of methanol, turned to steam in the converter (literature value at 298 K)
RAISED = 0.55  # share of that heat that becomes useful steam, est.
BOILER = 0.90  # efficiency, est.


class Boiler:
    """Steam demand turned into coal, once a minute; `base` kW of heat is always needed.

    `turbine` is the shaft work per heat of steam.
    """

    every = 2

    def __init__(
        self, env: simpy.Environment, air: AirSeparation, synthesis: Synthesis, distillation: Distillation, *,
        base: float, turbine: float, nominal: float,
    ) -> None:  # fmt: skip
        self._air, self._synthesis, self._distillation = air, synthesis, distillation
        self.base = base
        self.turbine = turbine
        self.heat = nominal
        self.fuel = nominal
        self.unit = unit = UnitOperation(
            env, "boiler", title="Boilers", kind="boiler",
            power={"fuel_coal": {"execute": nominal, "idle": nominal, "standby": 0.0}},
        )  # fmt: skip
        unit.measure("steam_heat", lambda: self.heat, unit="kW", sigma=2000.0, low=0, high=1_000_000,
                     description="heat of the steam that is used")  # fmt: skip

    def step(self, seconds: float) -> None:
        """Fire what is missing."""
        del seconds
        synthesis = self._synthesis
        shafts = self._air.made * AIR_WORK + synthesis.recycle_power + synthesis.fresh_power
        self.heat = (
            self.base + shafts / self.turbine + self._distillation.rate * COLUMN_HEAT
            - synthesis.made * REACTION_HEAT * RAISED
        )  # fmt: skip
        self.fuel = max(0.0, (self.heat - synthesis.purge_heat * BOILER) / BOILER)
        self.unit.draw("fuel_coal", self.fuel)
