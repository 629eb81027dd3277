"""Automotive panel stamping: a tandem press line with automatic die change."""

import math
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import simpy

from plants.stamping.destacker import Destacker
from plants.stamping.dials import Dials
from plants.stamping.faults import CRACK, OVERLOAD, stamping_faults
from plants.stamping.light_tunnel import LightTunnel
from plants.stamping.press import DrawPress, Press
from plants.stamping.sheet import (
    CUP_LIFE,
    CYCLE,
    MICRO_SHARE,
    QUALITY_COST,
    RUN_SHARE,
    SHEET,
    STANDBY,
    SYMPTOMS,
    VACUUM,
    WEAR_SHAPE,
    WEAR_SHARE,
)
from plants.stamping.upgrades import INTRODUCTION, UPGRADES
from twin.model.calendar import Calendar, Shift
from twin.model.changeover import Changeover
from twin.model.cycle import Cycle
from twin.model.discrete_line import DiscreteLine
from twin.model.failure import Crew, StopMode
from twin.model.introduction import Introduction
from twin.model.line_unit import LineUnit
from twin.model.order import campaigns
from twin.model.plant import Parameter, Plant
from twin.model.quality import DefectCause, Inspection
from twin.model.state import Reason
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.supply import Supply
from twin.model.tool import Tooling, ToolShop, tool_scale
from twin.model.upgrade import Upgrade
from twin.model.warmth import Warmth

BOOK = 12  # orders that the planners see, a good day's (est.)
SHIFTS = (
    Shift("day", 8, 20, ((10, 10.5), (12.5, 13.25), (15.5, 16), (18, 18.25))),
    Shift("night", 20, 32, ((22, 22.5), (24.5, 25.25), (27.5, 28), (30, 30.25))),
)


@dataclass(frozen=True, kw_only=True)
class Stamping(Plant):
    """Automotive outer panels, stamped on a tandem line of one 20 MN draw press and three 10 MN presses.

    Blanks are destacked, oiled and centred, drawn, trimmed, flanged and pierced in four presses at one stroke rate
    with crossbar feeders between them and no buffers, inspected in a light tunnel and racked. Forty part numbers
    share the line in lots; all dies are changed at once. Sources are sections (8.2) and works (V63) of the data
    sheet; docs/plants/stamping.md says what was fitted to what and where the sheet contradicts itself.
    """

    name: ClassVar[str] = "stamping"
    title: ClassVar[str] = "Panel stamping"
    industry: ClassVar[str] = "automotive"
    area: ClassVar[str] = "press_shop"

    part_numbers: Annotated[float, Parameter("1", 1, 200, "V63", "part numbers on the line")] = 40
    lot_size: Annotated[float, Parameter("{piece}", 50, 20_000, "est.", "panels a lot")] = 900
    changeover: Annotated[float, Parameter("min", 0, 240, "V63, V70b", "last panel to release")] = 18
    speed_loss: Annotated[float, Parameter("1", 0, 0.5, "8.1", "slow strokes, of production")] = 0.06
    failures: Annotated[float, Parameter("1", 0.05, 5, "8.2", "factor on the rate of breakdowns")] = 1
    repair: Annotated[float, Parameter("1", 0.05, 5, "8.2", "factor on repair times")] = 1
    micro_stops: Annotated[float, Parameter("1", 0.05, 5, "8.2", "factor on their rate")] = 1
    die_event_run: Annotated[float, Parameter("h", 0.5, 1e4, "8.2", "hours per on-line die event")] = 14
    die_life: Annotated[float, Parameter("{piece}", 100, 1e6, "8.2", "strokes between cleanings")] = 2500
    rack_trip: Annotated[float, Parameter("s", 0, 3600, "fitted: 4 % waits", "bring a rack of 50")] = 215
    blank_trip: Annotated[float, Parameter("s", 0, 7200, "fitted: 4 % waits", "bring 300 blanks")] = 1020
    sigma: Annotated[float, Parameter("1", 0.1, 3, "8.4", "factor on common-cause scatter")] = 1
    special_events: Annotated[float, Parameter("1/h", 0, 50, "fitted: 3.5 % defects", "run")] = 0.94
    draw_events: Annotated[float, Parameter("1", 0, 5, "8.6", "factor on those of the draw")] = 1
    detection_delay: Annotated[float, Parameter("{piece}", 1, 2000, "15", "until noticed")] = 40
    handling: Annotated[float, Parameter("%", 0, 20, "0.6: 15 % of defects", "panels dented")] = 0.66
    detection: Annotated[float, Parameter("1", 0, 1, "8.2", "share of bad panels found")] = 0.80
    staff: Annotated[float, Parameter("1", 1, 60, "8.1", "people a shift")] = 11
    base_load: Annotated[float, Parameter("kW", 0, 2000, "15", "connected base load")] = 260
    base_demand: Annotated[float, Parameter("1", 0, 1, "fitted: 55 % time-based", "mean share")] = 0.71
    press_demand: Annotated[float, Parameter("1", 0, 1, "fitted: 1.05 kWh", "mean share")] = 0.272
    idle_power: Annotated[float, Parameter("1", 0, 2, "8.2", "factor on idle and standby power")] = 1
    labour_rate: Annotated[float, Parameter("[CNY]/h", 0, 1000, "0.6: 95,000 a year", "a person")] = 47.5
    price: Annotated[float, Parameter("[CNY]/(kW.h)", 0, 5, "0.6", "price of electricity")] = 0.60
    carbon: Annotated[float, Parameter("kg/(kW.h)", 0, 2, "V82", "CO2 of the grid")] = 0.5366

    def build(self, env: simpy.Environment, streams: Streams) -> DiscreteLine:
        """Build the line."""
        products = [f"panel_{number:02d}" for number in range(1, round(self.part_numbers) + 1)]
        families = {product: f"family_{place // 5 + 1}" for place, product in enumerate(products)}
        dies = streams.generator("dies")
        # Slow strokes: each die runs at the rate that its panel bears; evenly spread, 0.4 to 1.6 of the mean loss.
        ranks = dict(zip(products, dies.permutation(len(products)).tolist(), strict=True))

        def paces(loss: float) -> dict[str, float]:
            mean = loss / (1.0 - MICRO_SHARE)
            return {product: 1.0 / (1.0 - mean * (0.4 + 1.2 * (rank + 0.5) / len(products)))
                    for product, rank in ranks.items()}  # fmt: skip

        crew, life = Crew(env, 2), self.die_life * CYCLE
        racks = Supply(env, streams, "rack", size=50, containers=4, trip=self.rack_trip)
        blanks = Supply(env, streams, "blank", size=300, containers=2, trip=self.blank_trip)
        scrap_share = {name: row[5] / (row[5] + row[6]) for name, row in SHEET.items()}
        inspection = Inspection(detection=self.detection, scrap_share=scrap_share)

        def station(built: type[Any], name: str, title: str, cv: float = 0.004, **more: Any) -> Any:
            run, idle, standby = (draw * self.press_demand for draw in SHEET[name][7:])
            power = {"execute": run, "idle": idle * self.idle_power, "standby": standby * self.idle_power}
            more = {"cycle": Cycle(mean=CYCLE, cv=cv), "crew": crew, "power": {"electricity": power}} | more
            return built(env, streams, name, title=title, stops=self._stops(name), causes=self._causes(name),
                         ideal_cycle_time=CYCLE, **more)  # fmt: skip

        def press(built: type[Press], name: str, title: str, low: int, high: int, **more: Any) -> Any:
            sleeps = STANDBY[name] if self.press_demand * self.idle_power > 0.0 else None
            unit = station(built, name, title, kind="press", standby=sleeps, **more)
            unit.sigma, unit.paces = self.sigma, paces(self.speed_loss)
            unit.die = Warmth(env, ambient=25, rise=17, tau=2400)  # warm-up 40 min, normal 25-45 °C, 8.4
            unit.rated = {product: dies.uniform(low, high) for product in products}
            unit.mount(Tooling(self._die_events(), name, streams, products=products, life=life))
            return unit

        destacker = station(Destacker, "destacker", "Destacker and washer", cv=0.02, supplies=(blanks,))
        op10 = press(DrawPress, "op10", "OP10 draw, 20 MN", 8_500, 14_000, buffer=2)
        op20 = press(Press, "op20", "OP20 trim and pierce, 10 MN", 3_000, 6_500)
        op30 = press(Press, "op30", "OP30 flange and restrike, 10 MN", 3_500, 7_500)
        op40 = press(Press, "op40", "OP40 cam pierce and flange, 10 MN", 3_000, 6_500)
        transfer = station(Station, "transfer", "Crossbar transfer")
        tunnel = station(LightTunnel, "inspection", "Light tunnel and racking", supplies=(racks,), places=2,
                         cycle=Cycle(mean=8.6, cv=0.05), inspection=inspection)  # fmt: skip
        destacker.sigma = tunnel.sigma = self.sigma
        stamping_faults(destacker, op10, op20, transfer, tunnel)
        bench = Station(env, streams, "metal_finishing", cycle=Cycle(mean=240, cv=0.3), buffer=math.inf,
                        title="Metal finishing")  # fmt: skip
        shop = ToolShop(env, "die_maintenance", duration=600, title="Die maintenance",
                        power={"electricity": {"execute": 60.0 * self.press_demand}})  # fmt: skip
        changeover = Changeover(streams, mean=60.0 * self.changeover, families=families, within=0.7)
        line = DiscreteLine(
            env, streams, self._line_unit(env),
            dict.fromkeys(products, (destacker, op10, op20, op30, op40, transfer, tunnel)),
            orders=campaigns(products, round(self.lot_size), streams, lead=7200.0), pacing="op10", bench=bench,
            changeover=changeover, rework_success=0.85, others=(shop,), book=BOOK,
        )  # fmt: skip
        Dials(line, self.configuration(), changeover=changeover, racks=racks, blanks=blanks, paces=paces)
        return line

    def upgrades(self) -> tuple[Upgrade, ...]:
        """Return the measures of sheet 8.6."""
        return UPGRADES

    def introduction(self) -> Introduction:
        """Return how a new panel is introduced, sheet 8.5."""
        return INTRODUCTION

    def targets(self) -> dict[str, float]:
        """Return the line figures of sheet 8.1, 8.3 and 8.5."""
        return {"availability": 0.68, "effectiveness": 0.84, "quality_ratio": 0.965, "specific_energy": 1.05,
                "defect_rate": 0.035}  # fmt: skip

    def _line_unit(self, env: simpy.Environment) -> LineUnit:
        """Costs: sheet 8.5, 9.5 CNY a panel; labour and energy beyond wages and price are indirect, by the hour."""
        base = dict.fromkeys(("execute", "idle", "standby", "off"), self.base_load * self.base_demand)
        return LineUnit(
            env, Calendar(SHIFTS), title="Press line 1", power={"electricity": base}, ideal_cycle_time=CYCLE,
            staff=self.staff, labour_rate=self.labour_rate, prices={"electricity": self.price},
            carbon={"electricity": self.carbon}, unit_costs={"consumables": 1.33},
            defect_costs={"quality": QUALITY_COST},
            hourly_costs={"maintenance": 586.0, "fixed": 513.0, "indirect_labour": 577.0, "energy_demand": 270.0},
        )  # fmt: skip

    def _stops(self, name: str) -> list[StopMode]:
        micro, mtbf, mttr, rate, length, *_ = SHEET[name]
        between = mtbf * 3600.0 * RUN_SHARE / self.failures
        repair = mttr * 3600.0 * self.repair
        modes = [
            StopMode(name="drive", between=between / WEAR_SHARE, shape=WEAR_SHAPE, duration=repair, crewed=True,
                     symptoms=SYMPTOMS.get(name, ())),
            StopMode(name="controls", between=between / (1.0 - WEAR_SHARE), duration=repair, crewed=True),
            StopMode(name=micro, between=3600.0 * (1.0 - MICRO_SHARE) / (rate * self.micro_stops),
                     duration=length, cv=0.6, category=Reason.MICRO_STOP),
        ]  # fmt: skip
        if name == "op20":
            modes.append(OVERLOAD)
        if name == "transfer":
            modes.append(
                StopMode(name="cups", between=3600.0 * CUP_LIFE, shape=WEAR_SHAPE, duration=repair, crewed=True,
                         symptoms=(VACUUM,), renewed_at_changeover=True)
            )  # fmt: skip
        return modes

    def _die_events(self) -> StopMode:
        """Hazard of one press's die such that the four presses have one event per `die_event_run`."""
        life = math.ceil(self.die_life / self.lot_size) * self.lot_size * CYCLE
        events = life / (4.0 * 3600.0 * RUN_SHARE * self.die_event_run)
        return StopMode(name="die", category=Reason.TOOLING, shape=2.0, between=tool_scale(events, life, 2.0),
                        duration=0.7 * 3600.0 * self.repair)  # fmt: skip

    def _causes(self, name: str) -> list[DefectCause]:
        """Share the special events and the handling damage out as sheet 8.2 has scrap and rework."""
        share = SHEET[name][5] + SHEET[name][6]
        handled = ("transfer", "inspection")
        total = sum(row[5] + row[6] for key, row in SHEET.items() if (key in handled) == (name in handled))
        if name in handled:
            return [DefectCause(name="dent", rate=self.handling / 100.0 * share / total, cause="handling")]
        drawn = self.draw_events if name == "op10" else 1.0
        rate = self.special_events * drawn * CYCLE / 3600.0 * share / total
        surface = DefectCause(name="surface", rate=rate, delay=self.detection_delay, hit=0.5)
        return [surface, CRACK] if name == "op10" else [surface]
