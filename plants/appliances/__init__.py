"""Household appliances: a mixed-model line for refrigerators."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import simpy

from plants.appliances.body import Excursion, Foaming, FoamJigs, Liner, PreAssembly, UShell
from plants.appliances.cabinet import Planning, Sku, models
from plants.appliances.circuit import Brazing, CabinetRepair, LeakTest, Recovery, Vacuum
from plants.appliances.dials import Dials
from plants.appliances.faults import appliance_faults
from plants.appliances.final import Assembly, ElectricalTest, Packing, RepairBay, RunTest
from plants.appliances.sheet import (
    FAILURE_FIT,
    HANDLING,
    HIT,
    KITTED,
    PACKING_SHARE,
    PUMP_VIBRATION,
    QUALITY_COST,
    RUN_SHARE,
    SCRAP_SHARE,
    SHEET,
    SLEEP,
    SPECIAL_EVENTS,
    STANDBY,
    TAKT,
    USUAL_DELAY,
)
from plants.appliances.upgrades import INTRODUCTION, UPGRADES
from twin.model.calendar import Calendar, Shift
from twin.model.cycle import Cycle
from twin.model.detour import Detour
from twin.model.discrete_line import DiscreteLine
from twin.model.failure import Crew, StopMode
from twin.model.introduction import Introduction
from twin.model.line_unit import LineUnit
from twin.model.plant import Parameter, Plant
from twin.model.quality import Inspection
from twin.model.set_up import SetUp
from twin.model.state import Reason
from twin.model.streams import Streams
from twin.model.supply import Supply
from twin.model.upgrade import Upgrade

SHIFTS = (Shift("day", 8, 18), Shift("late", 18, 28))


@dataclass(frozen=True, kw_only=True)
class Appliances(Plant):
    """Refrigerators in 30 models on one line with a takt of 12 s, in orders of 60 to 400.

    A shell is rolled, a liner formed, both are joined and foamed in heated jigs; compressor and pipes are brazed and
    leak-tested, the circuit is evacuated and charged with R600a; doors and electronics follow, then the electrical
    test, an hour of running, and the carton. Moulds and jigs change machine by machine while the line flows on.
    Sources are sections (10.2) and works (V77) of the data sheet; the notes say what was fitted to what.
    """

    name: ClassVar[str] = "appliances"
    title: ClassVar[str] = "Refrigerator assembly, mixed model"
    industry: ClassVar[str] = "household appliances"
    area: ClassVar[str] = "assembly_hall"

    models: Annotated[float, Parameter("1", 1, 300, "10.1", "models on the line")] = 30
    families: Annotated[float, Parameter("1", 1, 30, "fitted: set-ups 5.2 %", "share moulds and jigs")] = 6
    lot_size: Annotated[float, Parameter("{piece}", 10, 5000, "10.1", "mean of 60-400 an order")] = 230
    horizon: Annotated[float, Parameter("1", 1, 2, "est.", "rounds of demand planned together")] = 1
    mould_change: Annotated[float, Parameter("min", 0, 240, "10.2", "liner mould")] = 20
    shell_change: Annotated[float, Parameter("min", 0, 240, "10.2", "U-shell tools")] = 12
    jig_change: Annotated[float, Parameter("min", 0, 240, "10.2", "foaming jig")] = 18
    jig_share: Annotated[float, Parameter("1", 0, 1, "10.2: part of fleet, est.", "of jigs changed")] = 0.4
    kit_change: Annotated[float, Parameter("min", 0, 60, "10.2", "kits of manual segments")] = 3
    speed_loss: Annotated[float, Parameter("1", 0, 0.4, "fitted: 0.88", "unbalanced work content")] = 0.097
    manual_variation: Annotated[float, Parameter("1", 0, 1, "10.6", "CV of manual cycles")] = 0.16
    failures: Annotated[float, Parameter("1", 0.05, 5, "10.2", "factor on the rate of breakdowns")] = 1
    breakdowns: Annotated[float, Parameter("1", 0.05, 5, "10.2", "factor on those by chance")] = 1
    repair: Annotated[float, Parameter("1", 0.05, 5, "10.2", "factor on repair times")] = 1
    micro_stops: Annotated[float, Parameter("1", 0.05, 5, "10.2", "factor on their rate")] = 1
    kit_trip: Annotated[float, Parameter("s", 0, 7200, "fitted: shortage 3.4 %", "bring 60 kits")] = 430
    sigma: Annotated[float, Parameter("1", 0.1, 3, "10.4", "factor on common-cause scatter")] = 1
    special_events: Annotated[float, Parameter("1", 0, 10, "0.6: half of defects", "factor")] = 1
    wrong_parts: Annotated[float, Parameter("1", 0, 5, "10.6", "factor on misfits by a wrong part")] = 1
    detection_delay: Annotated[float, Parameter("{piece}", 1, 2000, "est.", "until noticed")] = 20
    handling: Annotated[float, Parameter("%", 0, 20, "0.6: 15 % of defects", "marked")] = 0.65
    detection: Annotated[float, Parameter("1", 0, 1, "10.6", "share of marks seen, each look")] = 0.85
    false_rejects: Annotated[float, Parameter("%", 0, 5, "10.6: 6 % of rejects", "a look")] = 0.09
    leak_limit: Annotated[float, Parameter("g/a", 0.1, 10, "10.4", "rejected above it")] = 1.0
    braze_success: Annotated[float, Parameter("1", 0, 1, "10.2", "repairs that hold")] = 0.92
    repair_success: Annotated[float, Parameter("1", 0, 1, "10.2", "repairs that hold")] = 0.95
    staff: Annotated[float, Parameter("1", 1, 1000, "10.1", "people a shift")] = 210
    base_load: Annotated[float, Parameter("kW", 0, 20_000, "fitted: 27 kWh", "electricity")] = 1780
    base_heat: Annotated[float, Parameter("kW", 0, 20_000, "fitted: 50 % by time", "gas")] = 2700
    shop_power: Annotated[float, Parameter("kW.h", 0, 100, "fitted: 27 kWh", "a unit, other shops")] = 9.0
    coating_gas: Annotated[float, Parameter("kW.h", 0, 100, "10.3", "natural gas a shell")] = 15.0
    idle_power: Annotated[float, Parameter("1", 0, 2, "10.2", "factor on idle and standby power")] = 1
    labour_rate: Annotated[float, Parameter("[CNY]/h", 0, 1000, "0.6: 95,000 a year", "a person")] = 47.5
    price: Annotated[float, Parameter("[CNY]/(kW.h)", 0, 5, "0.6", "price of electricity")] = 0.60
    gas_price: Annotated[float, Parameter("[CNY]/(kW.h)", 0, 5, "0.6", "3.2 CNY/Nm3")] = 0.299
    carbon: Annotated[float, Parameter("kg/(kW.h)", 0, 2, "V82", "CO2 of the grid")] = 0.5366

    def build(self, env: simpy.Environment, streams: Streams) -> DiscreteLine:
        """Build the line."""
        families = min(round(self.families), round(self.models))
        skus = models(round(self.models), families, self.speed_loss, streams)
        crew = Crew(env, 3)
        found = Inspection(detection=1.0, scrap_share=SCRAP_SHARE)
        kits = Supply(env, streams, "kit", size=60, containers=2, trip=self.kit_trip)
        compressors = Supply(env, streams, "compressor", size=120, containers=3, trip=self.kit_trip)
        doors = Supply(env, streams, "door", size=60, containers=3, trip=self.kit_trip)

        def station(
            built: type[Any], name: str, title: str, cycle: float, cv: float = 0.02, **more: Any
        ) -> Any:
            power = {"electricity": self._power(name)} if name in SHEET else {}
            sleeps = SLEEP.get(name) if self.idle_power > 0.0 else None
            more = {"power": power, "crew": crew, "stops": self._stops(name), "standby": sleeps} | more
            unit = built(env, streams, name, title=title, cycle=Cycle(mean=cycle, cv=cv), **more)
            for field in ("sigma", "detection"):
                if hasattr(unit, field):
                    setattr(unit, field, getattr(self, field))
            if hasattr(unit, "false_reject"):
                unit.false_reject = self.false_rejects / 100.0
            return unit

        minutes = self._set_up_minutes()

        def changed(name: str, share: float = 1.0) -> SetUp:
            return self._set_up(streams, name, skus, minutes, share)

        u_shell = station(UShell, "u_shell", "U-shell roll-forming", 23.0, places=2,
                          set_up=changed("u_shell"))  # fmt: skip
        liner = station(Liner, "liner", "Liner thermoforming", 35.4, places=3, buffer=30, inspection=found,
                        set_up=changed("liner"))  # fmt: skip
        pre_assembly = station(PreAssembly, "pre_assembly", "Cabinet pre-assembly", TAKT, self.manual_variation,
                               buffer=60, supplies=(kits,),
                               set_up=changed("pre_assembly"))  # fmt: skip
        foaming = station(Foaming, "foaming", "PU foaming", TAKT, 0.01, buffer=15)
        jigs = station(FoamJigs, "foam_jigs", "Foaming jigs", 24 * TAKT, 0.01, places=24,
                       set_up=changed("foam_jigs", self.jig_share))  # fmt: skip
        brazing = station(Brazing, "brazing", "Compressor and brazing", TAKT, 0.05, buffer=20,
                          supplies=(compressors,), set_up=changed("brazing"))  # fmt: skip
        leak_test = station(
            LeakTest, "leak_test", "Leak test", 36.0, 0.02, places=3, buffer=6, inspection=found
        )
        cabinet_repair = station(CabinetRepair, "cabinet_repair", "Re-brazing and refilling", 360.0, 0.3, places=4,
                                 buffer=math.inf)  # fmt: skip
        vacuum = station(Vacuum, "vacuum", "Vacuum carousel and charge", 90 * TAKT, 0.01, places=90, buffer=12,
                         inspection=found)  # fmt: skip
        recovery = station(Recovery, "recovery", "Refrigerant recovery", 300.0, 0.2, places=4,
                           buffer=math.inf)  # fmt: skip
        assembly = station(Assembly, "assembly", "Doors and final assembly", TAKT, self.manual_variation, buffer=10,
                           supplies=(doors,), set_up=changed("assembly"))  # fmt: skip
        electrical = station(ElectricalTest, "electrical_test", "Electrical test", 11.0, 0.05, buffer=20,
                             inspection=found)  # fmt: skip
        run_test = station(RunTest, "run_test", "Run test", 280 * TAKT, 0.02, places=280, buffer=10,
                           inspection=found)  # fmt: skip
        repair_bay = station(RepairBay, "repair_bay", "Repair bay", 240.0, 0.4, places=8, buffer=math.inf)
        packing = station(Packing, "packing", "Packing", 11.0, 0.05, buffer=30, inspection=found,
                          set_up=changed("packing"))  # fmt: skip

        u_shell.skus, u_shell.coating_gas = skus, self.coating_gas
        pre_assembly.shop_power = self.shop_power
        pre_assembly.content_of = {name: sku.cabin for name, sku in skus.items()}
        leak_test.limit = packing.leak_limit = self.leak_limit
        leak_test.foaming, leak_test.detour = foaming, Detour(cabinet_repair, limit=2)
        cabinet_repair.success = self.braze_success
        vacuum.detour = Detour(recovery, limit=4)
        assembly.content_of = {name: sku.door for name, sku in skus.items()}
        electrical.assembly, electrical.detour = assembly, Detour(repair_bay, limit=5)
        run_test.energy = 0.09 * 280 * TAKT / 3600.0
        run_test.vacuum, run_test.detour = vacuum, Detour(repair_bay, limit=6)
        repair_bay.success = self.repair_success
        appliance_faults(pre_assembly, foaming, jigs, brazing, leak_test, vacuum)
        route = (u_shell, liner, pre_assembly, foaming, jigs, brazing, leak_test, vacuum, assembly, electrical,
                 run_test, packing)  # fmt: skip
        self._plan_events(streams, route)
        planning = Planning(list(skus.values()), self.lot_size, streams, horizon=self.horizon)
        line = DiscreteLine(
            env, streams, self._line_unit(env), dict.fromkeys(skus, route), orders=planning.orders(),
            pacing="foaming",
        )  # fmt: skip
        Dials(line, self.configuration(), planning=planning, set_ups=minutes, supplies=(kits, compressors, doors),
              skus=lambda loss: models(len(skus), families, loss, streams))  # fmt: skip
        return line

    def upgrades(self) -> tuple[Upgrade, ...]:
        """Return the measures of sheet 10.6."""
        return UPGRADES

    def introduction(self) -> Introduction:
        """Return how a new platform is introduced, sheet 10.5."""
        return INTRODUCTION

    def targets(self) -> dict[str, float]:
        """Return the line figures of sheet 10.1, 10.3 and 10.5."""
        return {"availability": 0.86, "effectiveness": 0.88, "quality_ratio": 0.955, "specific_energy": 57.5,
                "defect_rate": 0.045}  # fmt: skip

    def _plan_events(self, streams: Streams, stations: Iterable[Any]) -> None:
        for station in stations:
            for name, share in SPECIAL_EVENTS.get(station.name, {}).items():
                often = self.special_events * (self.wrong_parts if name == "misfit" else 1.0)
                rate = share * often / (USUAL_DELAY * HIT)
                event = Excursion(name, station.name, streams, rate=rate, delay=self.detection_delay, hit=HIT)
                setattr(station, name, event)
            for name, share in HANDLING.get(station.name, {}).items():
                rate = share * self.handling / 100.0
                setattr(station, name, Excursion(name, station.name, streams, rate=rate, delay=1.0, hit=1.0))

    def _line_unit(self, env: simpy.Environment) -> LineUnit:
        """Costs: sheet 10.5, 125 CNY a unit; labour beyond wages is indirect, by the hour."""
        base = {"electricity": self.base_load, "natural_gas": self.base_heat}
        states = ("execute", "idle", "standby", "off")
        return LineUnit(
            env, Calendar(SHIFTS), title="Refrigerator line 1", ideal_cycle_time=TAKT, staff=self.staff,
            power={carrier: dict.fromkeys(states, load) for carrier, load in base.items()},
            labour_rate=self.labour_rate, prices={"electricity": self.price, "natural_gas": self.gas_price},
            carbon={"electricity": self.carbon, "natural_gas": 0.202},
            unit_costs={"consumables": 18.75}, defect_costs={"quality": QUALITY_COST},
            hourly_costs={"maintenance": 1580.0, "fixed": 850.0, "indirect_labour": 1170.0},
        )  # fmt: skip

    def _power(self, name: str) -> dict[str, float]:
        run, idle = SHEET[name][4:]
        idle *= self.idle_power
        return {"execute": run, "idle": idle, "standby": STANDBY * idle}

    def _stops(self, name: str) -> list[StopMode]:
        if name not in SHEET:
            return []
        mtbf, mttr, rate, length, *_ = SHEET[name]
        stops = [StopMode(name="jam", between=3600.0 * RUN_SHARE / (rate * self.micro_stops), duration=length,
                          cv=0.6, category=Reason.MICRO_STOP)]  # fmt: skip
        if mtbf:
            between = mtbf * 3600.0 * RUN_SHARE * FAILURE_FIT / self.failures
            stops.append(
                StopMode(
                    name="breakdown",
                    between=between / self.breakdowns,
                    duration=3600.0 * mttr * self.repair,
                    crewed=True,
                )
            )
        if name == "vacuum":
            stops.append(StopMode(name="pump", between=900.0 * 3600.0 / self.failures, shape=3.0, crewed=True,
                                  duration=3600.0 * self.repair, symptoms=(PUMP_VIBRATION,)))  # fmt: skip
        return stops

    def _set_up_minutes(self) -> dict[str, float]:
        """Return how long a set-up of each station takes: a dial turns it."""
        return {"u_shell": self.shell_change, "liner": self.mould_change, "foam_jigs": self.jig_change,
                "packing": PACKING_SHARE * self.kit_change} | dict.fromkeys(KITTED, self.kit_change)  # fmt: skip

    def _set_up(
        self, streams: Streams, name: str, skus: dict[str, Sku], minutes: dict[str, float], share: float
    ) -> SetUp:
        draw = streams.uniform(f"{name}/fleet")
        families = {product: sku.family for product, sku in skus.items()}
        return SetUp(
            streams, name, key=lambda part: families[part.product],
            time=lambda before, after: 60.0 * minutes[name] if draw() < share else 0.0,
        )  # fmt: skip
