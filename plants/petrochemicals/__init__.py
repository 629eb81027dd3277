"""Petrochemicals: a naphtha steam cracker that makes a million tonnes of ethylene a year."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import simpy

from plants.petrochemicals import laws
from plants.petrochemicals.line import Cracker
from plants.petrochemicals.upgrades import INTRODUCTION, UPGRADES
from twin.model.introduction import Introduction
from twin.model.plant import Parameter, Plant
from twin.model.streams import Streams
from twin.model.upgrade import Upgrade

ON_STREAM, RATE, ON_SPEC = 0.945, 0.950, 0.985  # section 3.1, est.
TURNAROUND = 28.0 / (4.0 * 365.25)  # share of the calendar: 28 d in four years


@dataclass(frozen=True, kw_only=True)
class Petrochemicals(Plant):
    """A naphtha steam cracker: eight furnaces, seven on and one being decoked or spare, and one train behind them.

    Naphtha and steam crack at 840 °C in a fraction of a second; the gas is quenched, compressed, chilled to -96 °C
    and split into ethylene, propylene and the rest. **All eight furnaces are simulated**: firing with dead time and
    PI control every 20 s; severity, yields, coke, tube and exchanger temperatures and fuel every minute. Coke ends a
    run after some fifty days; the spare takes over while the coke is burnt off.

    Assumptions: the train is one hold-up of an hour; steam and fuel follow the load by fixed and variable shares;
    off-spec ethylene leaves for its sphere and does not come back; the turnaround (28 d in four years) is not
    simulated, and the target for availability is that of the time between turnarounds (see notes). Sources
    are in the parameters and in laws.py.
    """

    name: ClassVar[str] = "petrochemicals"
    title: ClassVar[str] = "Naphtha steam cracker, 1.0 Mt/y"
    industry: ClassVar[str] = "petrochemicals"
    area: ClassVar[str] = "olefins"
    line: ClassVar[str] = "cracker_1"
    product_unit: ClassVar[str] = "t"

    ideal_rate: Annotated[
        float,
        Parameter("t/h", 50, 300, "3.1 est.: seven furnaces at 18.4 t/h", "best demonstrated ethylene rate"),
    ] = 129.0
    feed: Annotated[
        float,
        Parameter(
            "t/h", 40, 62, "3.1, 3.4: 55; fitted: 95 % of the ideal rate", "naphtha of a furnace at full load"
        ),
    ] = laws.REFERENCE_FEED
    cot: Annotated[float, Parameter("Cel", 800, 860, "V38: 835-850", "coil outlet temperature set point")] = (
        laws.REFERENCE_COT
    )
    steam_ratio: Annotated[
        float, Parameter("1", 0.35, 0.80, "3.4, Ren 2006: 0.4-0.6", "dilution steam to naphtha, kg/kg")
    ] = laws.REFERENCE_RATIO
    oxygen: Annotated[float, Parameter("%", 1.0, 6.0, "3.4 est. 1.8-2.5", "O2 in the arch")] = (
        laws.REFERENCE_OXYGEN
    )
    demethaniser_top: Annotated[
        float, Parameter("Cel", -102, -85, "3.4 est. -96", "demethaniser top temperature set point")
    ] = -96.0
    cot_sigma: Annotated[
        float, Parameter("K", 0, 10, "V38: +-5 -> +-1; 3.4 est. 2.5 -> 0.6", "spread of the controlled COT")
    ] = 2.5
    ratio_sigma: Annotated[
        float, Parameter("1", 0, 0.1, "3.4 est. 0.015 -> 0.006", "spread of the steam ratio")
    ] = 0.015
    feed_sigma: Annotated[float, Parameter("%", 0, 10, "V38: 2 -> 1", "spread of a furnace's feed")] = 2.0
    oxygen_sigma: Annotated[float, Parameter("%", 0, 2, "3.4 est. 0.5 -> 0.25", "spread of the arch O2")] = (
        0.5
    )
    suction_sigma: Annotated[
        float, Parameter("kPa", 0, 20, "3.4 est. 3 -> 1.2", "spread of the compressor's suction pressure")
    ] = 3.0
    heating_sigma: Annotated[
        float, Parameter("%", 0, 15, "3.2: swings daily; est.", "spread of the fuel gas heating value")
    ] = 2.0
    run_length: Annotated[
        float, Parameter("d", 20, 120, "3.1 est. 30-90", "run between two decokes at reference conditions")
    ] = 50.0
    decoke_time: Annotated[float, Parameter("h", 12, 96, "3.1 est. 24-72", "burning the coke off")] = 36.0
    switching_time: Annotated[float, Parameter("h", 2, 48, "3.1 est.", "out of and into service")] = 12.0
    call_time: Annotated[
        float, Parameter("h", 0, 48, "est.", "until the spare takes over from a furnace that tripped")
    ] = 3.0
    furnace_trips: Annotated[float, Parameter("h", 100, 1e6, "3.2 est.", "running time between trips")] = (
        3000.0
    )
    furnace_repair: Annotated[float, Parameter("h", 0.5, 200, "3.2 est.", "repair of a furnace")] = 10.0
    burner_failures: Annotated[float, Parameter("1/d", 0, 1, "3.2 est.", "burner upsets of a furnace")] = 0.02
    trip_share: Annotated[
        float,
        Parameter("1", 0.02, 0.98, "est., see notes", "part of a train unit's lost time that is whole trips"),
    ] = 0.125
    upset_rate: Annotated[
        float, Parameter("1", 0.05, 5, "3.2 at 1", "factor on how often train units are upset")
    ] = 1.0
    compressor_failures: Annotated[
        float, Parameter("1", 0.05, 20, "3.2 at 1", "factor on how often the compressor fails or is upset")
    ] = 1.0
    recovery: Annotated[
        float,
        Parameter(
            "h", 0.2, 48, "fitted: ramp-ups 1.5 % (3.1)", "time constant with which the rate comes back"
        ),
    ] = 2.8
    acetylene_slips: Annotated[
        float, Parameter("1/d", 0, 48, "fitted: 0.6 % of hours (3.2)", "excursions of the hydrogenation")
    ] = 3.6
    purity_dips: Annotated[
        float, Parameter("1/d", 0, 48, "fitted: 0.4 % of hours (3.2)", "excursions of the C2 splitter")
    ] = 2.5
    correction_time: Annotated[
        float, Parameter("min", 0.1, 600, "est.", "until an excursion is seen and corrected")
    ] = 2.0
    fixed_share: Annotated[
        float,
        Parameter(
            "1",
            0,
            0.9,
            "fitted: +0.35 % energy for -1 % rate (3.3)",
            "of machine power that does not turn down",
        ),
    ] = 0.37
    base_load: Annotated[
        float, Parameter("kW", 0, 50_000, "est.", "buildings, tank farm, lights, water treatment")
    ] = 11_500.0
    staff: Annotated[float, Parameter("{piece}", 20, 2000, "3.1 est.", "people over all crews")] = 260.0
    operator_upsets: Annotated[
        float, Parameter("1", 0, 5, "3.6 at 1", "factor on the upsets that operation causes")
    ] = 1.0
    repair: Annotated[
        float, Parameter("1", 0.05, 5, "3.2 at 1", "factor on how long a train unit stands after a trip")
    ] = 1.0
    foreseeable: Annotated[
        float, Parameter("1", 0, 1, "est.", "share of the compressor's upsets that come of wear")
    ] = 0.5
    letdown: Annotated[
        float, Parameter("%", 0, 20, "est.", "of the turbine steam let down, vented or lost in traps")
    ] = 5.0

    step: ClassVar[float] = 20.0

    def build(self, env: simpy.Environment, streams: Streams) -> Cracker:
        """Build the cracker."""
        return Cracker(self, env, streams)

    def upgrades(self) -> tuple[Upgrade, ...]:
        """Return the measures of sheet 3.6."""
        return UPGRADES

    def introduction(self) -> Introduction:
        """Return how a new feed slate is introduced, sheet 3.5."""
        return INTRODUCTION

    def targets(self) -> dict[str, float]:
        """Return the data sheet's figures; availability is that of the time between turnarounds (see notes)."""
        return {
            "availability": ON_STREAM / (1.0 - TURNAROUND),
            "effectiveness": RATE,
            "quality_ratio": ON_SPEC,
            "specific_energy": 26.0 / 3.6e-3,
            "defect_rate": 1.0 - ON_SPEC,
        }

    def usual_rate(self) -> float:
        """Return the good ethylene in t/h over the time between turnarounds."""
        return self.ideal_rate * ON_STREAM / (1.0 - TURNAROUND) * RATE * ON_SPEC
