"""CNC machining of aluminium mid-frames for phones: six groups of machines, wash and inspection."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import simpy

from plants.machining_3c import laws
from plants.machining_3c.characteristic import DiamondGroup, FaceGroup, ProfileGroup
from plants.machining_3c.cnc_group import CncGroup
from plants.machining_3c.dials import Dials
from plants.machining_3c.faults import machining_faults
from plants.machining_3c.media import Media
from plants.machining_3c.metrology import FinalInspection, Metrology, ReworkWays
from plants.machining_3c.operators import Errands
from plants.machining_3c.sheet import GROUPS, QUALITY_COST, STATIONS, TAKT, TOOLS
from plants.machining_3c.stops import group_stops, station_stops
from plants.machining_3c.upgrades import INTRODUCTION, UPGRADES
from twin.model.calendar import Calendar, Shift
from twin.model.cycle import Cycle
from twin.model.detour import Detour
from twin.model.discrete_line import DiscreteLine
from twin.model.failure import Crew
from twin.model.introduction import Introduction
from twin.model.line_unit import LineUnit
from twin.model.loading import Loading
from twin.model.order import Order
from twin.model.plant import Parameter, Plant
from twin.model.quality import DefectCause, Inspection
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.upgrade import Upgrade

MODELS = ("frame_a", "frame_b", "frame_c", "frame_d")
SHIFTS = (Shift("day", 8, 18), Shift("night", 20, 30))  # 20 h a day, 6.1
# Frames that wait in front of each station when a run begins, as they do in the long run: full before CNC4.
WAITING = {"cnc2": 35, "cnc3": 35, "cnc4": 55, "cnc5": 4, "cnc6": 8, "wash": 1, "inspection": 0}


@dataclass(frozen=True, kw_only=True)
class Machining3c(Plant):
    """Mid-frames of phones, milled of 6-series aluminium on 24 CNC machines in six groups, washed and inspected.

    A slice of a larger shop with one frame every 75 s at best; CNC4, the outer profile, is the bottleneck. Five
    operators load the machines, setters change tools and correct offsets at trial frames, and every few days
    machine after machine is set up for the next model. Sources are sections (6.2) and works (V55) of the data sheet;
    the plant's notes say what was fitted to what and where the sheet contradicts itself.
    """

    name: ClassVar[str] = "machining_3c"
    title: ClassVar[str] = "CNC machining of phone mid-frames"
    industry: ClassVar[str] = "3C machining"
    area: ClassVar[str] = "cnc_shop"

    feed: Annotated[float, Parameter("1", 0.5, 1.2, "fitted: effectiveness 0.80", "feed override")] = 0.87
    load_time: Annotated[float, Parameter("s", 0, 120, "6.6", "load and unload a machine")] = 25
    errands: Annotated[float, Parameter("1", 0, 0.6, "fitted: 6 % waits", "of an operator's time")] = 0.145
    setters: Annotated[float, Parameter("1", 1, 12, "est.", "people who change tools")] = 2
    model_run: Annotated[float, Parameter("d", 0.5, 60, "6.1: 3 to 10", "mean time of a model")] = 6.5
    changeover: Annotated[float, Parameter("min", 0, 480, "6.1", "fixture and program, a machine")] = 90
    tool_life: Annotated[float, Parameter("1", 0.2, 3, "6.2", "factor on frames between tool changes")] = 1
    tool_change: Annotated[float, Parameter("1", 0.1, 3, "6.2", "factor on its time, with offset trial")] = 1
    failures: Annotated[float, Parameter("1", 0.05, 5, "6.2", "factor on the rate of breakdowns")] = 1
    technical: Annotated[float, Parameter("1", 0.05, 5, "6.2", "factor on the rate of those by chance")] = 1
    breakages: Annotated[float, Parameter("1", 0.05, 5, "V55", "factor on tools broken at a given age")] = 1
    repair: Annotated[float, Parameter("1", 0.05, 5, "6.2", "factor on repair times")] = 1
    micro_stops: Annotated[float, Parameter("1", 0.05, 5, "6.2", "factor on their rate")] = 1
    hold_time: Annotated[float, Parameter("min", 1, 480, "fitted: 3 % holds", "to judge and correct")] = 60
    cmm_share: Annotated[float, Parameter("1", 0, 1, "6.2", "share of frames measured")] = 0.05
    sigma: Annotated[float, Parameter("1", 0.1, 3, "6.4", "factor on common-cause scatter")] = 1
    special_events: Annotated[float, Parameter("1/h", 0, 20, "fitted: 7 % defects", "at takt")] = 0.96
    detection_delay: Annotated[float, Parameter("{piece}", 1, 2000, "est.", "until noticed")] = 6
    handling: Annotated[float, Parameter("%", 0, 20, "0.6: 15 % of defects", "frames scratched")] = 1.05
    detection: Annotated[float, Parameter("1", 0, 1, "6.2", "share of bad frames found")] = 0.85
    false_reject: Annotated[float, Parameter("1", 0, 0.9, "6.6", "good frames doubted at first sight")] = 0.08
    second_look: Annotated[float, Parameter("1", 0, 1, "est.", "share of them let go")] = 0.96
    staff: Annotated[float, Parameter("1", 1, 100, "6.1", "5 operators, 2 inspectors a shift")] = 7
    machine_demand: Annotated[float, Parameter("1", 0, 1, "fitted: 1.45 kWh", "of connected power")] = 0.443
    wash_demand: Annotated[float, Parameter("1", 0, 1, "fitted: 0.3 kWh", "of connected power")] = 0.208
    pumps: Annotated[float, Parameter("kW", 0, 200, "fitted: 0.75 kWh", "coolant pumps, mist")] = 4.6
    air_leakage: Annotated[float, Parameter("m3/h", 0, 600, "est.", "usual leaks, normal m3")] = 30
    base_load: Annotated[float, Parameter("kW", 0, 500, "6.3: 0.5 kWh", "ventilation, light, mean")] = 12.2
    idle_power: Annotated[float, Parameter("1", 0, 2, "6.2", "factor on idle and standby power")] = 1
    labour_rate: Annotated[float, Parameter("[CNY]/h", 0, 1000, "0.6: 95,000 a year", "a person")] = 47.5
    price: Annotated[float, Parameter("[CNY]/(kW.h)", 0, 5, "0.6", "price of electricity")] = 0.60
    carbon: Annotated[float, Parameter("kg/(kW.h)", 0, 2, "V82", "CO2 of the grid")] = 0.5366

    def build(self, env: simpy.Environment, streams: Streams) -> DiscreteLine:
        """Build the line."""
        line_unit = self._line_unit(env)
        media = Media(env, streams, line_unit, pumps=self.pumps, leakage=self.air_leakage / 60.0)
        metrology = Metrology(self.cmm_share)
        operators = {name: Crew(env, 1) for name in GROUPS if name != "cnc6"}
        setters = Crew(env, round(self.setters))
        errands = Errands(self.errands)
        groups = {
            name: self._group(env, streams, name, media, metrology, setters, operators.get(name))
            for name in GROUPS
        }
        media.groups = tuple(groups.values())
        wash = Station(env, streams, "wash", stops=self._stops("wash"), **self._common("wash"))
        inspection = FinalInspection(
            env, streams, "inspection", metrology=metrology, false_reject=self.false_reject,
            second_look=self.second_look, stops=self._stops("inspection"), inspection=self._inspection(),
            **self._common("inspection"),
        )  # fmt: skip
        polish = Station(
            env, streams, "polish", cycle=Cycle(mean=180, cv=0.3), buffer=math.inf, title="Polishing"
        )
        ways = {name: Detour(groups[name], wash) for name in GROUPS if name != "cnc4"}
        inspection.detour = ReworkWays(polish, ways | {"wash": Detour(wash)})
        machining_faults(groups, media, inspection, metrology)
        route = (*groups.values(), wash, inspection)
        line = DiscreteLine(
            env, streams, line_unit, dict.fromkeys(MODELS, route), orders=self._orders(streams), pacing="cnc4",
            others=(media,),
        )  # fmt: skip
        for step, station in enumerate(route):
            for _ in range(WAITING.get(station.name, 0)):
                part = line.bring_in(MODELS[0], route)
                part.step = step
                station.inbox.items.append(part)
        for name, crew in operators.items():
            env.process(errands.run(line, crew, streams, name))
        dials = Dials(
            self.configuration(), line_unit, media, errands, tuple(groups.values()), (wash, inspection)
        )
        line.can_turn(**dials.by_parameter())
        return line

    def upgrades(self) -> tuple[Upgrade, ...]:
        """Return the measures of sheet 6.6."""
        return UPGRADES

    def introduction(self) -> Introduction:
        """Return how a new model is introduced, sheet 6.5."""
        return INTRODUCTION

    def targets(self) -> dict[str, float]:
        """Return the line figures of sheet 6.1 and 6.3."""
        return {"availability": 0.82, "effectiveness": 0.80, "quality_ratio": 0.93, "specific_energy": 3.0,
                "defect_rate": 0.07}  # fmt: skip

    def _group(
        self, env: simpy.Environment, streams: Streams, name: str, media: Media, metrology: Metrology, setters: Crew,
        operator: Crew | None,
    ) -> CncGroup:  # fmt: skip
        row, tools = STATIONS[name], TOOLS[name]
        built: type[CncGroup] = {"cnc1": FaceGroup, "cnc6": DiamondGroup}.get(name, ProfileGroup)
        options: dict[str, Any] = {"detailed": True} if name == "cnc4" else {}
        stops = group_stops(
            row, tools, feed=self.feed, tool_life=self.tool_life, tool_change=self.tool_change, failures=self.failures,
            technical=self.technical, breakages=self.breakages, repair=self.repair, micro_stops=self.micro_stops,
            hold=60.0 * self.hold_time,
        )  # fmt: skip
        return built(
            env, streams, name, title=row.title, kind="cnc", cycle=Cycle(mean=row.cycle / self.feed, cv=0.02),
            places=row.machines, buffer=row.buffer, ideal_cycle_time=row.cycle / row.machines, stops=stops,
            crew=setters, set_up_time=60.0 * self.changeover, causes=self._causes(name),
            tools=tools.number, feed=self.feed, sigma=self.sigma,
            loading=None if operator is None else Loading(operators=operator, seconds=self.load_time),
            expected=laws.GROWTH * tools.interval * self.tool_life, media=media, metrology=metrology,
            machine_power={"electricity": self._power(name, self.machine_demand)}, **options,
        )  # fmt: skip

    def _common(self, name: str) -> dict[str, Any]:
        row = STATIONS[name]
        power = {state: row.machines * draw for state, draw in self._power(name, self.wash_demand).items()}
        return {
            "title": row.title, "cycle": Cycle(mean=row.cycle, cv=0.05), "places": row.machines, "buffer": row.buffer,
            "causes": self._causes(name), "power": {"electricity": power},
        }  # fmt: skip

    def _power(self, name: str, demand: float) -> dict[str, float]:
        run, idle, standby = (demand * draw for draw in STATIONS[name].power)
        return {"execute": run, "idle": idle * self.idle_power, "standby": standby * self.idle_power}

    def _stops(self, name: str) -> list[Any]:
        return station_stops(name, failures=self.failures, technical=self.technical, repair=self.repair,
                             micro_stops=self.micro_stops)  # fmt: skip

    def _causes(self, name: str) -> list[DefectCause]:
        """Share special events and scratches out as table 6.2 has scrap and rework."""
        total = sum(row.scrap + row.rework for row in STATIONS.values())
        share = (STATIONS[name].scrap + STATIONS[name].rework) / total
        special = DefectCause(
            name="chip_mark",
            rate=self.special_events * TAKT / 3600.0 * share,
            delay=self.detection_delay,
            hit=0.4,
        )
        scratch = DefectCause(name="scratch", rate=self.handling / 100.0 * share, cause="handling")
        return [special, scratch] if share > 0.0 else []

    def _inspection(self) -> Inspection:
        shares = {
            name: row.scrap / (row.scrap + row.rework)
            for name, row in STATIONS.items()
            if row.scrap + row.rework > 0.0
        }
        return Inspection(detection=self.detection, scrap_share=shares)

    def _orders(self, streams: Streams) -> Iterator[Order]:
        """Yield models in turn, 3 to 10 d long (6.1) around the mean; the first one is met at any age."""
        generator = streams.generator("orders")
        daily = 20.0 * 3600.0 / TAKT * 0.82 * 0.80
        share = generator.random()
        due = 0.0
        for number in range(1, 1_000_000):
            days = self.model_run * share * generator.uniform(3.0 / 6.5, 10.0 / 6.5)
            share = 1.0
            due += 86_400.0 * days
            yield Order(name=f"MO-{number:05d}", product=MODELS[(number - 1) % len(MODELS)],
                        quantity=max(round(daily * days), 1), due=due)  # fmt: skip

    def _line_unit(self, env: simpy.Environment) -> LineUnit:
        """Costs: sheet 6.5, 34 CNY a good frame; what wages and price do not cover is indirect, by the hour."""
        base = dict.fromkeys(("execute", "idle", "standby", "off"), self.base_load)
        return LineUnit(
            env, Calendar(SHIFTS), title="CNC shop", power={"electricity": base}, ideal_cycle_time=TAKT,
            staff=self.staff, labour_rate=self.labour_rate, prices={"electricity": self.price},
            carbon={"electricity": self.carbon}, unit_costs={"consumables": 7.59},
            defect_costs={"quality": QUALITY_COST},
            hourly_costs={"maintenance": 74.7, "fixed": 83.0, "indirect_labour": 21.6, "energy_demand": 47.3},
        )  # fmt: skip
