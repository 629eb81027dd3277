"""Electrolytic aluminium: a 400 kA Hall-Héroult potline of 288 cells, from alumina to ingot."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import simpy

from plants.aluminium import laws
from plants.aluminium.line import Potline
from plants.aluminium.upgrades import INTRODUCTION, UPGRADES
from twin.model.introduction import Introduction
from twin.model.plant import Parameter, Plant
from twin.model.streams import Streams
from twin.model.upgrade import Upgrade


@dataclass(frozen=True, kw_only=True)
class Aluminium(Plant):
    """A 400 kA prebake potline: 288 cells in series for the current, in parallel for the material.

    Alumina dissolves in molten cryolite at 960 °C and is split by direct current into metal and CO2; cranes change
    anodes and tap the metal, which the casthouse blends and casts. **All 288 cells are simulated**, every one with
    its own alumina, voltage, heat, chemistry, metal, iron, anode effects and crews' visits; alumina, voltage and
    power every 10 s, the slower states every minute. What is scaled is what is *published*: four sections of 72 cells
    with their means and meters, and eight cells (two a section) with all their tags. No figure is multiplied up.

    Assumptions: bath mass is constant (alumina only changes its composition); bath chemistry is dosed by target,
    not by shovel; a cell that is relined keeps its metal until it returns; liquid metal is the product, casting is a
    service to it. Sources are in the parameters and in laws.py; docs/plants/aluminium.md tells which figure of the
    data sheet was kept where two of them disagree.
    """

    name: ClassVar[str] = "aluminium"
    title: ClassVar[str] = "Electrolytic aluminium, 400 kA potline"
    industry: ClassVar[str] = "electrolytic aluminium"
    area: ClassVar[str] = "potroom"
    line: ClassVar[str] = "potline_1"
    product_unit: ClassVar[str] = "t"

    current: Annotated[
        float, Parameter("kA", 300, 410, "V28: 300-640 kA in China", "line current set point")
    ] = 400.0
    voltage: Annotated[
        float, Parameter("V", 3.85, 4.20, "est. for a gross voltage of 4.02 V", "cell voltage set point")
    ] = 4.01
    alf3: Annotated[float, Parameter("%", 6, 14, "est., 9-12 normal", "excess AlF3 target")] = 10.5
    current_efficiency: Annotated[
        float,
        Parameter("%", 85, 96, "V29: 90-93 China; est. within", "current efficiency at reference conditions"),
    ] = 92.0
    ideal_current_efficiency: Annotated[
        float, Parameter("%", 85, 98, "V86: 94-95 world best; 92 / 97.5 %", "efficiency of the ideal rate")
    ] = 94.36
    temperature_slope: Annotated[
        float, Parameter("%", 0.05, 0.4, "rule of thumb 0.15-0.20 %/K, est.", "efficiency lost per kelvin")
    ] = 0.17
    rectifier_efficiency: Annotated[float, Parameter("%", 90, 99.5, "est.", "rectifier efficiency")] = 98.0
    auxiliary_energy: Annotated[
        float, Parameter("kW.h/t", 0, 800, "est. 200-450", "fans, air, cranes, casting at the usual output")
    ] = 300.0
    casthouse_gas: Annotated[float, Parameter("GJ", 0, 3, "est. 0.6-1.5 GJ/t", "gas heat per t of metal")] = (
        1.0
    )
    pot_life: Annotated[float, Parameter("d", 300, 5000, "est. 2,300-2,800 d", "life of a lining")] = 2550.0
    relining_time: Annotated[
        float,
        Parameter("d", 2, 200, "est. for 98.5 % of the cells in service; EGA 50 h", "cell out of service"),
    ] = 38.8
    alumina_sigma: Annotated[
        float, Parameter("%", 0, 1, "est. 0.35; V30 0.20", "spread of alumina concentration")
    ] = 0.35
    feeder_blockages: Annotated[
        float,
        Parameter(
            "1/d", 0, 2, "est. for 0.08 anode effects per cell-day", "feeder holes blocked per cell-day"
        ),
    ] = 0.06
    blockage_time: Annotated[
        float, Parameter("h", 0.1, 12, "est.", "mean time until a blocked hole is found")
    ] = 1.5
    voltage_sigma: Annotated[float, Parameter("mV", 0, 200, "est. 25 -> 15", "spread of cell voltage")] = 25.0
    alf3_sigma: Annotated[float, Parameter("%", 0, 4, "est. 1.3 -> 0.9", "spread of excess AlF3")] = 1.3
    heat_sigma: Annotated[
        float, Parameter("K", 0, 15, "est. for a bath temperature sigma of 5.5", "spread of the heat balance")
    ] = 2.8
    noise_episodes: Annotated[float, Parameter("1/d", 0, 5, "est.", "noise episodes per cell-day")] = 0.3
    sick_pot_interval: Annotated[
        float, Parameter("d", 50, 5000, "est. 33 cell-months", "between two sicknesses of a cell")
    ] = 1004.0
    sick_pot_time: Annotated[float, Parameter("h", 1, 200, "est. 48-72 h", "duration of a sickness")] = 60.0
    anode_changes: Annotated[
        float, Parameter("1/d", 0.3, 1.2, "48 anodes, 29 d, in pairs", "anode changes per cell-day")
    ] = 0.83
    bad_anode_sets: Annotated[float, Parameter("%", 0, 20, "est.", "anode changes that expose iron")] = 1.5
    detection_delay: Annotated[
        float, Parameter("h", 0, 100, "est. lab delay 12-24 h", "until a bad anode set is found")
    ] = 18.0
    iron_attack: Annotated[
        float,
        Parameter("kg", 0, 5, "est. for 6 % off grade", "iron an exposed stub gives to the metal in an hour"),
    ] = 1.0
    iron: Annotated[
        float, Parameter("%", 0, 0.5, "est. 0.08-0.15", "iron in the metal from alumina and anodes")
    ] = 0.12
    iron_sigma: Annotated[
        float, Parameter("%", 0, 0.2, "est.", "spread of that iron between cells and days")
    ] = 0.03
    tap_iron_sigma: Annotated[
        float, Parameter("%", 0, 0.2, "est.", "iron of the metal drawn against the mean of the pad")
    ] = 0.036
    handling_off_grade: Annotated[
        float, Parameter("%", 0, 20, "est. 15 % of 6 %", "taps spoilt by bath carry-over or silicon")
    ] = 0.9
    tap_interval: Annotated[float, Parameter("h", 20, 40, "est. 24-32 h", "between two taps of a cell")] = (
        28.0
    )
    tap_error: Annotated[
        float, Parameter("kg", 0, 500, "est. 80 -> 30", "standard deviation of a tap's mass")
    ] = 80.0
    staff: Annotated[
        float, Parameter("{piece}", 50, 2000, "est. 400-900", "people of the potline over all crews")
    ] = 620.0
    price: Annotated[
        float, Parameter("[CNY]/(kW.h)", 0, 5, "0.6 est., of a smelter", "price of electricity")
    ] = 0.40

    cells: ClassVar[int] = 288
    detailed: ClassVar[tuple[int, ...]] = (18, 54, 90, 126, 162, 198, 234, 270)
    step: ClassVar[float] = 10.0

    def build(self, env: simpy.Environment, streams: Streams) -> Potline:
        """Build the potline."""
        return Potline(self, env, streams)

    def upgrades(self) -> tuple[Upgrade, ...]:
        """Return the measures of sheet 2.6."""
        return UPGRADES

    def introduction(self) -> Introduction:
        """Return how a new lining or process window is introduced, sheet 2.5."""
        return INTRODUCTION

    def targets(self) -> dict[str, float]:
        """Return the data sheet's figures; specific energy is electricity and gas per t of Al99.70 (see docs)."""
        return {
            "availability": 0.985,
            "effectiveness": 0.975,
            "quality_ratio": 0.94,
            "specific_energy": (13_590.0 + 1.0 / 3.6e-3) / 0.94,
            "defect_rate": 0.06,
        }

    # -- derived, SI -----------------------------------------------------------------------------------------

    def usual_rate(self) -> float:
        """Return the metal of the whole line at reference conditions with the usual share of cells on, kg/s."""
        on = self.pot_life / (self.pot_life + self.relining_time)
        return self.cells * on * laws.metal_rate(1000.0 * self.current, self.current_efficiency / 100.0)

    def ideal_cell_time(self) -> float:
        """Return the seconds that one cell needs for a tonne at the ideal rate (400 kA)."""
        return 1000.0 / laws.metal_rate(laws.REFERENCE_CURRENT, self.ideal_current_efficiency / 100.0)
