"""Coal chemicals: coal-water-slurry gasification to 600 kt of methanol a year."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import simpy

from plants.coal_chemicals.line import Complex
from plants.coal_chemicals.upgrades import INTRODUCTION, UPGRADES
from twin.model.introduction import Introduction
from twin.model.plant import Parameter, Plant
from twin.model.streams import Streams
from twin.model.upgrade import Upgrade

WORKED_HOURS = 1_900.0  # a person and year, est.
LOADED_LABOUR = 150_000.0  # CNY a person and year, est. (0.6 of the sheet)


@dataclass(frozen=True, kw_only=True)
class CoalChemicals(Plant):
    """Three opposed multi-burner gasifiers (two on, one hot spare) make gas of coal, water and oxygen; of it, methanol.

    Coal is ground with water to a slurry and gasified with oxygen at 6.4 MPa and about 1,320 °C; the gas is quenched,
    shifted until it holds two parts of hydrogen for one of CO, washed with cold methanol and turned into methanol
    over copper, in a loop from which a purge lets the inerts out; columns distil it. **Elements, heat and equilibrium
    are computed**: temperature from the heat balance, CO/H2/CO2 from the water-gas equilibrium, methanol
    from the equilibrium of the synthesis and how near the catalyst comes to it.

    Assumptions: gasifiers every 30 s with one temperature each; ideal gas in the loop; two trains in each section
    behind the gasifiers, of which one can carry 70 % of the plant; availability counts derated hours by the share
    lost (equivalent availability). Sources are in the parameters and in laws.py; the notes tell which
    figure of the data sheet was kept where two of them disagree.
    """

    name: ClassVar[str] = "coal_chemicals"
    title: ClassVar[str] = "Coal-water-slurry gasification to methanol, 600 kt/y"
    industry: ClassVar[str] = "coal chemicals"
    area: ClassVar[str] = "methanol"
    line: ClassVar[str] = "line_1"
    product_unit: ClassVar[str] = "t"

    ideal_rate: Annotated[float, Parameter("t/h", 20, 300, "4.1 est.", "methanol at the ideal rate")] = 82.5
    gasifier_coal: Annotated[
        float, Parameter("t", 500, 3000, "4.1 est.; V88", "coal as received a day and gasifier at full load")
    ] = 1500.0
    moisture: Annotated[float, Parameter("%", 0, 40, "est.", "moisture of coal as received")] = 15.0
    ash: Annotated[float, Parameter("%", 2, 30, "est. 6-12 (Shenfu type)", "ash in dry coal")] = 8.0
    load_setpoint: Annotated[
        float,
        Parameter("%", 60, 105, "est., fitted: effectiveness 0.93", "load wanted of what is in service"),
    ] = 90.8
    # coal and slurry
    coal_heat_sigma: Annotated[
        float,
        Parameter("%", 0, 3, "est., fitted: temperature sigma 22 K", "fast spread of the coal's heat value"),
    ] = 1.1
    ash_fusion: Annotated[
        float, Parameter("Cel", 1100, 1450, "est. 1,230-1,280", "temperature of critical slag viscosity")
    ] = 1271.0
    ash_fusion_sigma: Annotated[float, Parameter("K", 0, 60, "est.", "its spread within a blend")] = 8.0
    blend_scatter: Annotated[
        float, Parameter("1", 0, 3, "est.", "factor on what blends differ by, heat value and ash fusion")
    ] = 1.0
    blend_interval: Annotated[
        float, Parameter("d", 1, 60, "est.", "between two changes of the coal blend")
    ] = 4.0
    blend_time: Annotated[float, Parameter("h", 0.1, 24, "4.2 est.", "duration of a blend change")] = 12.0
    blend_load: Annotated[
        float, Parameter("%", 50, 100, "est.", "load that is dared while the blend changes")
    ] = 85.0
    slurry_concentration: Annotated[
        float, Parameter("%", 55, 66, "4.4 est.; V89 65-70", "solids set point")
    ] = 61.5
    slurry_sigma: Annotated[float, Parameter("%", 0, 3, "4.4 est. 0.8 -> 0.45", "spread of solids")] = 0.8
    slurry_buffer: Annotated[float, Parameter("h", 1, 24, "4.2 est. 6-8 h", "slurry in full tanks")] = 7.0
    mill_interval: Annotated[
        float, Parameter("h", 20, 5000, "4.2 est.", "mean time between failures of a mill")
    ] = 400.0
    mill_repair: Annotated[float, Parameter("h", 0.5, 100, "4.2 est.", "mean time to repair a mill")] = 6.0
    # oxygen
    oxygen_size: Annotated[
        float, Parameter("m3/h", 20_000, 120_000, "est.; 4.2 says 60,000, see notes", "oxygen in cool air")
    ] = 66_000.0
    oxygen_buffer: Annotated[float, Parameter("h", 0, 48, "4.2 est.", "liquid oxygen at full demand")] = 8.0
    ambient: Annotated[float, Parameter("Cel", -20, 40, "est., north China mean", "mean air temperature")] = (
        12.0
    )
    air_interval: Annotated[
        float, Parameter("h", 200, 50_000, "4.2 est.", "between failures of the air separation")
    ] = 8700.0
    air_repair: Annotated[float, Parameter("h", 1, 300, "4.2 est.", "mean time to repair it")] = 30.0
    # gasifiers
    temperature: Annotated[float, Parameter("Cel", 1200, 1450, "4.4 est.; V90", "gasifier set point")] = (
        1320.0
    )
    heat_loss: Annotated[
        float,
        Parameter("kW", 0, 30_000, "est. 2 % of the coal's heat", "lost through the wall of a gasifier"),
    ] = 7_500.0
    sensor_sigma: Annotated[float, Parameter("K", 0, 60, "est.", "error of the inferred temperature")] = 10.0
    gasifier_trip: Annotated[
        float, Parameter("h", 100, 20_000, "4.2 est.", "between trips of a gasifier")
    ] = 1500.0
    gasifier_repair: Annotated[
        float, Parameter("h", 1, 200, "est.", "until a tripped gasifier stands by again")
    ] = 8.0
    burner_life: Annotated[
        float, Parameter("d", 20, 200, "4.2 est. 60-90 d", "mean life of a burner set")
    ] = 75.0
    brick_life: Annotated[
        float, Parameter("d", 100, 2000, "4.2 est. 1.5-2 y", "running time to wear the brick at 1,320 °C")
    ] = 640.0
    switch_time: Annotated[float, Parameter("h", 0.2, 24, "4.2 est.", "switch to the spare gasifier")] = 4.0
    one_gasifier: Annotated[
        float, Parameter("%", 50, 80, "4.2 est.", "load of the plant with one gasifier, and in a switch")
    ] = 70.0
    standby_heat: Annotated[
        float, Parameter("GJ", 0, 10, "4.3 est. 1.5-2.5 GJ/h", "preheat fuel in an hour")
    ] = 2.0
    # grey water
    scale_interval: Annotated[
        float, Parameter("h", 50, 5000, "4.2 est.", "running until a train is full of scale")
    ] = 700.0
    scale_cleaning: Annotated[float, Parameter("h", 0.5, 72, "4.2 est.", "cleaning of a train")] = 8.0
    scale_narrowing: Annotated[
        float, Parameter("%", 0, 50, "est., fitted: availability 0.90", "load lost to a full layer of scale")
    ] = 14.0
    cleaning_scale: Annotated[
        float, Parameter("%", 10, 120, "4.2: cleaned when full", "scale at which a train is cleaned")
    ] = 100.0
    # gas treatment and synthesis
    outages: Annotated[
        float, Parameter("1", 0.05, 5, "4.2", "factor on the failures of air separation to synthesis")
    ] = 1.0
    repairs: Annotated[
        float, Parameter("1", 0.05, 5, "4.2", "factor on repairs of the same, and of tripped gasifiers")
    ] = 1.0
    one_train: Annotated[
        float, Parameter("%", 30, 100, "est.", "load of the plant with one of two trains in a section")
    ] = 70.0
    module: Annotated[
        float, Parameter("1", 1.9, 2.4, "4.4 est. 2.05-2.15", "(H2-CO2)/(CO+CO2) set point")
    ] = 2.10
    shift_interval: Annotated[
        float, Parameter("h", 200, 50_000, "4.2 est.", "between failures of the shift")
    ] = 9000.0
    shift_repair: Annotated[float, Parameter("h", 1, 300, "4.2 est.", "mean time to repair the shift")] = 24.0
    wash_interval: Annotated[
        float, Parameter("h", 200, 50_000, "4.2 est.", "between failures of the wash")
    ] = 7000.0
    wash_repair: Annotated[float, Parameter("h", 1, 300, "4.2 est.", "mean time to repair the wash")] = 20.0
    foaming: Annotated[float, Parameter("d", 1, 1000, "4.2 est.", "between two foamings of the wash")] = 60.0
    synthesis_interval: Annotated[
        float, Parameter("h", 200, 50_000, "4.2 est.", "between failures of the loop")
    ] = 9000.0
    synthesis_repair: Annotated[float, Parameter("h", 1, 300, "4.2 est.", "mean time to repair the loop")] = (
        36.0
    )
    catalyst_age: Annotated[
        float, Parameter("1", 0, 60, "est., mid-life of 3-4 y", "months the catalyst has run")
    ] = 18.0
    drum_temperature: Annotated[
        float, Parameter("Cel", 200, 260, "est.", "boiling water around the catalyst")
    ] = 228.0
    loop_pressure: Annotated[
        float, Parameter("MPa", 5.2, 8.0, "4.4: 5.2-8.0", "pressure that the purge holds in the loop")
    ] = 7.2
    # distillation
    product_water: Annotated[
        float, Parameter("%", 0, 0.2, "est.; GB/T 338 <= 0.10", "usual water in the product")
    ] = 0.052
    product_water_sigma: Annotated[
        float, Parameter("%", 0, 0.1, "est., fitted: a third of the defects", "its spread")
    ] = 0.012
    column_upsets: Annotated[
        float,
        Parameter("1/d", 0, 50, "est., fitted: half of the defects", "upsets of a product column a day"),
    ] = 5.2
    column_excursion: Annotated[float, Parameter("%", 0, 1, "est.", "water that an upset adds")] = 0.047
    detection_delay: Annotated[
        float, Parameter("min", 0.1, 600, "est.", "until the operator corrects an upset")
    ] = 3.5
    tank_flush: Annotated[
        float, Parameter("t", 0, 50, "est.", "sent back at a change of the product tank")
    ] = 0.8
    column_interval: Annotated[
        float, Parameter("h", 200, 50_000, "4.2 est.", "between failures of the columns")
    ] = 10_000.0
    column_repair: Annotated[float, Parameter("h", 1, 300, "4.2 est.", "mean time to repair the columns")] = (
        12.0
    )
    # utilities and people
    base_load: Annotated[
        float, Parameter("MW", 0, 100, "est., fitted: 290 kWh/t", "pumps, cooling water, lighting: always on")
    ] = 11.0
    boiler_base: Annotated[
        float,
        Parameter(
            "MW", 0, 300, "est., fitted: 45.4 GJ/t", "heat for tracing, regeneration, losses: always on"
        ),
    ] = 9.0
    steam_efficiency: Annotated[
        float, Parameter("%", 20, 45, "est.", "shaft work of compressors per heat of their steam")
    ] = 34.0
    staff: Annotated[float, Parameter("{piece}", 50, 2000, "4.1; V17", "people over all crews")] = 420.0

    step: ClassVar[float] = 30.0

    def build(self, env: simpy.Environment, streams: Streams) -> Complex:
        """Build the plant."""
        return Complex(self, env, streams)

    def upgrades(self) -> tuple[Upgrade, ...]:
        """Return the measures of sheet 4.6."""
        return UPGRADES

    def introduction(self) -> Introduction:
        """Return how a new operating window is introduced, sheet 4.5."""
        return INTRODUCTION

    def paid_staff(self) -> float:
        """Return the people who are paid at any hour, all crews and absences counted."""
        return self.staff * WORKED_HOURS / 8760.0

    def labour_rate(self) -> float:
        """Return the cost of an hour of a person, CNY."""
        return LOADED_LABOUR / WORKED_HOURS

    def targets(self) -> dict[str, float]:
        """Return the data sheet's figures; specific energy is 1.55 tce per good t over all carriers."""
        return {
            "availability": 0.90,
            "effectiveness": 0.93,
            "quality_ratio": 0.988,
            "specific_energy": 1.55 * 29.307e6 / 3600.0,
            "defect_rate": 0.012,
        }
