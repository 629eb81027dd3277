"""Steel: a 1580-class hot strip mill, from slab to coil."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import simpy

from plants.steel.line import HotStripMill
from plants.steel.upgrades import INTRODUCTION, UPGRADES
from twin.model.introduction import Introduction
from twin.model.plant import Parameter, Plant
from twin.model.streams import Streams
from twin.model.upgrade import Upgrade

YEAR = 8760.0  # h
WORKED_HOURS = 1_900.0  # a person and year, est.
PEOPLE = 300.0  # 1.1
DEFECTS = 0.02  # of the coils, 1.5
GOOD_RATE = 485.0  # t/h of planned time, 1.1
CONVERSION = 210.0  # CNY/t, 1.5


@dataclass(frozen=True, kw_only=True)
class Steel(Plant):
    """A 1580-class hot strip mill: three walking-beam furnaces, descaler, roughers, F1-F7, laminar cooling, coilers.

    Every slab is tracked: charged cold or hot, heated zone by zone among thirty others, discharged at the pace of the
    slowest unit, roughed to a bar, finished to a strip, cooled, coiled and inspected. Its temperatures follow one from
    another, and what the coil is follows from them and from the wear of the rolls. In a mill stop the slabs soak on.

    Assumptions: a slab is lumped (one temperature); a failure lets the mill run empty first, a cobble does not; bars
    that stood behind a cobble are lost. Sources are sections (1.2) and works (V24) of the data sheet; the notes
    tell what was fitted to what and where the sheet contradicts itself.
    """

    name: ClassVar[str] = "steel"
    title: ClassVar[str] = "Hot strip mill, 1580 class"
    industry: ClassVar[str] = "steel"
    area: ClassVar[str] = "hot_rolling"
    line: ClassVar[str] = "mill_1580"
    product_unit: ClassVar[str] = "t"

    ideal_rate: Annotated[float, Parameter("t/h", 300, 1200, "1.1", "of coil at ideal pace")] = 720.0
    soak_temperature: Annotated[float, Parameter("Cel", 1150, 1290, "1.4", "set point of the soak zones")] = (
        1212.0
    )
    least_discharge: Annotated[
        float, Parameter("Cel", 1100, 1250, "est. for 270 t/h a furnace", "coldest slab that is discharged")
    ] = 1177.0
    hot_charge: Annotated[float, Parameter("%", 0, 100, "1.3: 30-40", "slabs charged at 500-700 °C")] = 35.0
    furnace_efficiency: Annotated[
        float, Parameter("%", 30, 98, "fitted: 1.25 GJ/t charged", "of the fuel beyond the hold")
    ] = 81.5
    furnace_hold: Annotated[
        float,
        Parameter("%", 5, 60, "1.3: 25-30 with what slabs still take", "of full firing, at no heat to slabs"),
    ] = 23.0
    delay_setback: Annotated[
        float, Parameter("K", 0, 100, "est.", "the zones' set points are lowered while the mill stands still")
    ] = 5.0
    oxygen: Annotated[float, Parameter("%", 0.5, 8, "1.4", "flue gas oxygen target")] = 1.75
    discharge_sigma: Annotated[
        float, Parameter("K", 0, 40, "fitted: sigma 14 of TI-102", "scatter of slabs heated alike")
    ] = 7.0
    scale_loss: Annotated[float, Parameter("%", 0, 5, "1.1", "of the slab, at 1205 °C and 4 h")] = 0.9
    crop_loss: Annotated[float, Parameter("%", 0, 5, "1.1", "of the bar, at the crop shear")] = 0.7
    failures: Annotated[float, Parameter("1", 0.05, 5, "1.2", "factor on the rate of breakdowns")] = 1.0
    repair: Annotated[float, Parameter("1", 0.05, 5, "1.2", "factor on repair times")] = 1.0
    coiler_failures: Annotated[
        float, Parameter("1", 0.05, 5, "1.2", "factor on the rate of the coilers' breakdowns")
    ] = 1.0
    micro_stops: Annotated[float, Parameter("1", 0.05, 5, "1.2", "factor on their rate")] = 1.0
    pacing_gap: Annotated[
        float, Parameter("s", 0, 120, "fitted: effectiveness 0.86", "between two pieces at the slowest unit")
    ] = 22.5
    roll_campaign: Annotated[
        float, Parameter("t", 500, 10_000, "1.2: 2,000-3,000", "with a set of work rolls")
    ] = 2500.0
    roll_life: Annotated[
        float, Parameter("km", 10, 500, "1.2: 60-80", "strip until work rolls are worn out")
    ] = 80.0
    roll_change: Annotated[float, Parameter("min", 1, 60, "1.2", "work rolls F1-F7")] = 10.0
    slab_interruptions: Annotated[
        float, Parameter("1/d", 0, 20, "fitted: slab wait 2 %", "times that no slabs come")
    ] = 1.7
    slab_interruption: Annotated[float, Parameter("min", 1, 600, "est.", "mean time without slabs")] = 90.0
    sigma: Annotated[float, Parameter("1", 0.1, 3, "1.4", "factor on the scatter of RDT, FDT, CT, gauge")] = (
        1.0
    )
    setup_scatter: Annotated[
        float, Parameter("1", 0.1, 3, "1.4", "factor on what the set-up leaves of FDT, CT and gauge")
    ] = 1.0
    release_tolerance: Annotated[
        float,
        Parameter("1", 0.5, 3, "fitted: 0.7 % common-cause defects", "release limits against Lo and Hi"),
    ] = 1.26
    cobble_rate: Annotated[
        float, Parameter("%", 0, 5, "fitted: 0.20 % of coils", "chance at 1025 °C and half-worn rolls")
    ] = 0.165
    roll_marks: Annotated[float, Parameter("%", 0, 5, "fitted: 1 % special causes", "chance a strip")] = 0.1
    mark_hit: Annotated[
        float, Parameter("%", 0, 100, "est.", "marked coils that cannot be sold as prime")
    ] = 20.0
    detection_delay: Annotated[
        float, Parameter("{piece}", 1, 200, "1.6", "coils until a mark is recognised")
    ] = 12.0
    scale_rate: Annotated[float, Parameter("%", 0, 5, "1.2, est.", "rolled-in scale at 20 MPa")] = 0.17
    camber_rate: Annotated[float, Parameter("%", 0, 5, "1.2", "ski and camber at the rougher")] = 0.10
    handling: Annotated[float, Parameter("%", 0, 5, "0.6: 15 % of 2.0", "telescoping and edges")] = 0.30
    rolling_energy: Annotated[
        float, Parameter("kW.h/t", 5, 200, "fitted: 95 kWh/t in all", "deformation of the reference strip")
    ] = 37.2
    idle_power: Annotated[float, Parameter("1", 0, 2, "1.2", "factor on idle and standby power")] = 1.0
    base_load: Annotated[float, Parameter("kW", 0, 50_000, "1.2", "water system and base")] = 9_000.0
    steam: Annotated[float, Parameter("kW", 0, 20_000, "fitted: 0.02 GJ/t", "steam, drawn all the time")] = (
        2_600.0
    )
    maintenance: Annotated[float, Parameter("h", 0, 100, "1.1", "planned, every Wednesday from 08:00")] = 12.0
    staff: Annotated[float, Parameter("{piece}", 50, 1000, "1.1", "direct and line-indirect people")] = PEOPLE
    price: Annotated[float, Parameter("[CNY]/(kW.h)", 0, 5, "0.6", "electricity")] = 0.60
    gas_price: Annotated[
        float, Parameter("[CNY]/(kW.h)", 0, 5, "fitted: energy 38 % of cost", "mixed gas, 16 CNY/GJ")
    ] = 0.058
    steam_price: Annotated[float, Parameter("[CNY]/(kW.h)", 0, 5, "0.6: 200 CNY/t", "steam of 2.8 GJ/t")] = (
        0.257
    )
    carbon: Annotated[float, Parameter("kg/(kW.h)", 0, 2, "V82", "CO2 of the grid")] = 0.5366

    step: ClassVar[float] = 10.0

    def build(self, env: simpy.Environment, streams: Streams) -> HotStripMill:
        """Build the mill."""
        return HotStripMill(self, env, streams)

    def upgrades(self) -> tuple[Upgrade, ...]:
        """Return the measures of sheet 1.6."""
        return UPGRADES

    def introduction(self) -> Introduction:
        """Return how a new grade is introduced, sheet 1.5."""
        return INTRODUCTION

    def targets(self) -> dict[str, float]:
        """Return the data sheet's figures; energy is fuel per t charged, power and steam per t of coil (see notes)."""
        coil = (1.0 - self.scale_loss / 100.0) * (1.0 - self.crop_loss / 100.0)
        return {
            "availability": 0.80,
            "effectiveness": 0.86,
            "quality_ratio": 0.98,
            "specific_energy": (1.25 / 3.6e-3 / coil + 95.0 + 0.02 / 3.6e-3) / 0.98,
            "defect_rate": 0.020,
        }

    # -- derived ---------------------------------------------------------------------------------------------

    def ideal_time(self) -> float:
        """Return the seconds for a tonne at the ideal rate."""
        return 3600.0 / self.ideal_rate

    def paid_staff(self) -> float:
        """Return the people who are paid at any hour, all shifts and absences counted."""
        return self.staff * WORKED_HOURS / YEAR

    def labour_rate(self) -> float:
        """Return the cost of an hour of a person, CNY."""
        return 150_000.0 / WORKED_HOURS

    def costs(self) -> dict[str, float]:
        """Return the other conversion costs by the shares of 1.5: CNY per processed or defective t, or calendar hour.

        Labour is 16 %; what the people of the line do not cost is indirect, whoever of them may be saved later.
        """
        hourly = GOOD_RATE * (
            1.0 - self.maintenance / 168.0
        )  # t of prime coil in a calendar hour, as the sheet's
        return {
            "consumables": 0.12 * CONVERSION * 0.98,
            "quality": 0.08 * CONVERSION * (1.0 - DEFECTS) / DEFECTS,
            "maintenance": 0.20 * CONVERSION * hourly,
            "fixed": 0.06 * CONVERSION * hourly,
            "indirect_labour": 0.16 * CONVERSION * hourly - PEOPLE * WORKED_HOURS / YEAR * self.labour_rate(),
        }
