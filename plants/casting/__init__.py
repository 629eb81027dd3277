"""3D-printing-based casting: printed sand moulds, induction melting, iron castings one of a kind."""

import itertools
import math
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import simpy

from plants.casting.dials import metal_dials, mould_dials, shop_dials
from plants.casting.faults import casting_faults
from plants.casting.foundry import Cooling, Fettling, InductionFurnace, Inspection, Pouring, metal_needed
from plants.casting.job import Jobs
from plants.casting.mould import Coating, Design, Printers, Unpacking
from plants.casting.sheet import (
    BOX_METAL,
    BOX_PACKING,
    ENGINEERS,
    IDEAL_PACKING,
    QUALITY_COST,
    SHEET,
    TITLES,
)
from plants.casting.upgrades import INTRODUCTION, UPGRADES
from twin.model.calendar import Calendar
from twin.model.cycle import Cycle
from twin.model.discrete_line import DiscreteLine
from twin.model.failure import Crew, StopMode
from twin.model.holding_furnace import MeltShop
from twin.model.introduction import Introduction
from twin.model.line_unit import LineUnit
from twin.model.metered_group import MeteredGroup
from twin.model.plant import Parameter, Plant
from twin.model.quality import DefectCause
from twin.model.standby import Standby
from twin.model.state import Reason
from twin.model.streams import Streams
from twin.model.supply import Supply
from twin.model.underway import Underway
from twin.model.upgrade import Upgrade

HOUR = 3600.0


@dataclass(frozen=True, kw_only=True)
class Casting(Plant):
    """Iron castings of 20 kg to 3 t, one to twenty of a kind, poured into sand moulds that are printed.

    Every job is a box of cores of its own: designed and nested, printed by one of fourteen binder-jet printers,
    unpacked, coated, assembled to moulds, poured from one of two induction furnaces that hold what they have molten,
    cooled for hours to days, fettled, heat-treated and inspected. Counted in tonnes of castings; the printers set the
    pace. Sources are sections (9.2) and works (V18) of the data sheet.
    """

    name: ClassVar[str] = "casting"
    title: ClassVar[str] = "Casting in 3D-printed moulds"
    industry: ClassVar[str] = "casting"
    area: ClassVar[str] = "foundry"
    product_unit: ClassVar[str] = "t"

    packing: Annotated[float, Parameter("%", 10, 60, "9.1", "of a box that is cores")] = 45
    new_parts: Annotated[float, Parameter("%", 0, 100, "fitted: waits 15 %", "jobs of new parts")] = 8.5
    design_time: Annotated[float, Parameter("h", 0.5, 200, "9.2: 4-60", "engineering of a new part")] = 24
    nesting_time: Annotated[float, Parameter("h", 0, 24, "est.", "nesting and slicing of a known part")] = 0.8
    sand_trip: Annotated[
        float, Parameter("h", 0, 24, "fitted: waits 15 %", "bring the sand of two boxes")
    ] = 1.17
    failures: Annotated[float, Parameter("1", 0.05, 5, "9.2", "factor on the rate of breakdowns")] = 1
    repair: Annotated[float, Parameter("1", 0.05, 5, "9.2", "factor on repair times")] = 1
    micro_stops: Annotated[float, Parameter("1", 0.05, 5, "9.2", "factor on their rate")] = 1
    purges: Annotated[float, Parameter("1", 0.05, 5, "9.2", "factor on the rate of head purges")] = 1
    head_life: Annotated[float, Parameter("h", 50, 20_000, "9.2", "printing between two head changes")] = 1500
    box_change: Annotated[float, Parameter("h", 0, 6, "9.1", "part of a print job")] = 0.75
    fettling_time: Annotated[float, Parameter("h", 0.1, 10, "9.2", "work of a tonne")] = 1.2
    sigma: Annotated[float, Parameter("1", 0.1, 3, "9.4", "factor on common-cause scatter")] = 1
    misprints: Annotated[float, Parameter("%", 0, 50, "fitted: 8 % defects", "jobs at which one begins")] = (
        1.45
    )
    slag: Annotated[float, Parameter("%", 0, 50, "fitted: 8 % defects", "moulds at which it begins")] = 2.1
    detection_delay: Annotated[float, Parameter("{piece}", 1, 200, "est.", "jobs until noticed")] = 2
    rough: Annotated[float, Parameter("%", 0, 50, "fitted: 15 % of defects", "castings lost in handling")] = (
        0.9
    )
    detection: Annotated[float, Parameter("1", 0, 1, "9.2: 5 % escape", "share of bad castings found")] = 0.95
    melt_energy: Annotated[float, Parameter("kW.h/t", 300, 900, "9.3", "a tonne of liquid iron")] = 550
    holding: Annotated[float, Parameter("kW", 0, 2000, "9.2", "a furnace that holds")] = 300
    hall: Annotated[float, Parameter("kW", 0, 5000, "fitted: 8.4 GJ/t", "climate of the hall")] = 150
    demand: Annotated[float, Parameter("1", 0, 1, "fitted: 500 kWh/t, 9.3", "of finishing power")] = 0.53
    idle_power: Annotated[float, Parameter("1", 0, 2, "9.2", "factor on idle power")] = 1
    staff: Annotated[float, Parameter("1", 1, 500, "9.1: 150 in 4 crews", "people a shift")] = 37.5
    labour_rate: Annotated[float, Parameter("[CNY]/h", 0, 1000, "0.6: 95,000 a year", "a person")] = 47.5

    def build(self, env: simpy.Environment, streams: Streams) -> DiscreteLine:
        """Build the shop."""
        crew = Crew(env, 3)
        jobs = Jobs(streams, packing=self.packing, new_parts=self.new_parts / 100.0)

        def station(kind: type[Any], name: str, **more: Any) -> Any:
            places, hours, *_ = SHEET[name]
            if issubclass(kind, MeteredGroup):
                more = {"machine_power": self._power(name), "crew": crew, "stops": self._stops(name)} | more
            more = {"cycle": Cycle(mean=hours * HOUR, cv=0.15), "buffer": math.inf} | more
            return kind(env, streams, name, title=TITLES[name], places=places, count_unit="t", **more)

        design = Design(env, streams, "design", cycle=Cycle(mean=HOUR, cv=0.35), places=ENGINEERS, count_unit="t",
                        title=TITLES["design"])  # fmt: skip
        design.new_part, design.known_part, design.jobs = self.design_time, self.nesting_time, jobs
        sand = Supply(env, streams, "sand", size=2, containers=2, trip=self.sand_trip * HOUR, cv=0.5)
        hours = SHEET["printing"][1] - 0.75 + self.box_change
        printing = station(
            Printers, "printing", cycle=Cycle(mean=hours * HOUR, cv=0.03), buffer=10, supplies=(sand,),
            waits_count=True, ideal_cycle_time=self._ideal(),
            misprint=DefectCause(name="misprint", rate=self.misprints / 100.0, delay=self.detection_delay),
        )  # fmt: skip
        unpacking = station(Unpacking, "depowdering", buffer=20)
        coating = station(Coating, "coating", buffer=40)
        assembly = station(MeteredGroup, "assembly", buffer=60)
        furnaces = tuple(self._furnace(env, streams, number) for number in (1, 2))
        melt = MeltShop(env, streams, furnaces=furnaces, need=metal_needed)
        pouring = station(Pouring, "pouring", melt=melt, standby=Standby(wake=60.0, energy=2.0), slag=DefectCause(
            name="slag", rate=self.slag / 100.0, delay=self.detection_delay))  # fmt: skip
        cooling = station(Cooling, "cooling")
        fettling = station(Fettling, "fettling", cycle=Cycle(mean=self.fettling_time * HOUR, cv=0.3))
        inspection = station(Inspection, "inspection", cycle=Cycle(mean=1.7 * HOUR, cv=0.4))
        inspection.detection, unpacking.rough = self.detection, self.rough / 100.0
        for unit in (printing, coating, pouring, *furnaces):
            unit.sigma = self.sigma
        casting_faults(printing, pouring, unpacking, furnaces, sand)
        route = (design, printing, unpacking, coating, assembly, pouring, cooling, fettling, inspection)
        # What a shop in the middle of its week has on the floor: jobs that wait for metal, cool, and are fettled.
        underway = [
            Underway(jobs.order(f"BEFORE-{number:03d}", number - 100), step)
            for number, step in enumerate(itertools.chain([5] * 10, [6] * 32, [7] * 4))
        ]
        line_unit = self._line_unit(env)
        line = DiscreteLine(
            env, streams, line_unit, {"iron_casting": route}, orders=jobs.orders(), pacing="printing", others=furnaces,
            underway=underway,
        )  # fmt: skip
        groups = (printing, unpacking, coating, pouring, fettling, inspection)
        line.can_turn(
            **mould_dials(self, sand, design, printing, unpacking),
            **metal_dials(self, furnaces, pouring, fettling),
            **shop_dials(self, line_unit, groups, furnaces),
        )
        return line

    def upgrades(self) -> tuple[Upgrade, ...]:
        """Return the measures of sheet 9.6."""
        return UPGRADES

    def introduction(self) -> Introduction:
        """Return how a new casting is introduced, sheet 9.5."""
        return INTRODUCTION

    def targets(self) -> dict[str, float]:
        """Return the line figures of sheet 9.1 and 9.3; gas included in specific energy."""
        return {"availability": 0.76, "effectiveness": 0.82, "quality_ratio": 0.92, "specific_energy": 8.4 / 3.6e-3,
                "defect_rate": 0.08}  # fmt: skip

    def _ideal(self) -> float:
        """Return the seconds a tonne of castings takes at the printers with the best nests, 9.1."""
        places, hours, *_ = SHEET["printing"]
        return hours * HOUR / places / (BOX_METAL * IDEAL_PACKING / BOX_PACKING)

    def _furnace(self, env: simpy.Environment, streams: Streams, number: int) -> InductionFurnace:
        return InductionFurnace(
            env, streams, f"furnace_{number}", title=f"Induction furnace {number}", charge=10.0, melting=75 * 60.0,
            energy=self.melt_energy, least=8.0, patience=8 * HOUR, between=220 * HOUR / self.failures,
            repair=5 * HOUR * self.repair, power={"idle": self.holding * self.idle_power, "standby": 15.0},
        )  # fmt: skip

    def _line_unit(self, env: simpy.Environment) -> LineUnit:
        """Costs: sheet 9.5, 5,200 CNY a tonne; what wages and prices do not cover is indirect, by the hour."""
        base = dict.fromkeys(("execute", "idle", "standby", "off"), self.hall)
        return LineUnit(
            env, Calendar.continuous(), title="Casting shop", power={"electricity": base}, count_unit="t",
            ideal_cycle_time=self._ideal(), staff=self.staff, labour_rate=self.labour_rate,
            prices={"electricity": 0.60, "natural_gas": 3.2 / 10.7},
            carbon={"electricity": 0.5366, "natural_gas": 0.202},
            unit_costs={"consumables": 1050.0}, defect_costs={"quality": QUALITY_COST},
            hourly_costs={"maintenance": 520.0, "fixed": 416.0},
        )  # fmt: skip

    def _power(self, name: str) -> dict[str, dict[str, float]]:
        """Return the power of a unit by state: the sheet's figure is that of one machine of the group."""
        *_, run, idle = SHEET[name]
        if name != "printing":
            run, idle = run * self.demand, idle * self.demand
        power = {"execute": run, "idle": idle * self.idle_power, "standby": 0.3 * idle}
        gas = {"natural_gas": {"execute": 0.0}} if name in ("pouring", "fettling") else {}
        return {"electricity": power, **gas}

    def _stops(self, name: str) -> list[StopMode]:
        _, _, between, repair, rate, length, *_ = SHEET[name]
        rate *= self.purges if name == "printing" else 1.0
        modes = []
        if between:
            modes.append(StopMode(name="breakdown", between=between * HOUR / self.failures,
                                  duration=repair * HOUR * self.repair, crewed=True))  # fmt: skip
        if rate:
            modes.append(StopMode(name="purge" if name == "printing" else "jam", cv=0.6, duration=length,
                                  between=HOUR / (rate * self.micro_stops), category=Reason.MICRO_STOP))  # fmt: skip
        if name == "printing":
            modes.append(StopMode(name="head", between=self.head_life * HOUR, duration=4 * HOUR, regular=True,
                                  category=Reason.MAINTENANCE))  # fmt: skip
        return modes
