"""TFT-LCD: the array shop of a generation 8.5 plant."""

import math
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import simpy

from plants.tft.dials import Dials, noticed
from plants.tft.etch import DryEtch
from plants.tft.facility import Facility, Stocker
from plants.tft.faults import tft_faults
from plants.tft.film import Pecvd, Sputter
from plants.tft.flow import campaigns_of_lots, lots_underway
from plants.tft.inspection import Aoi, ArrayTest, Repair
from plants.tft.lot import Lot
from plants.tft.photo import Photo
from plants.tft.sheet import CYCLE, EXIT, ITO, KILLERS, LOT, MASKS, PANELS, QUALITY_COST, ROUTE, TOOLS
from plants.tft.tools import Clean, ToolGroup, stop_modes
from plants.tft.upgrades import INTRODUCTION, UPGRADES
from twin.model.calendar import Calendar
from twin.model.cycle import Cycle
from twin.model.detour import Detour
from twin.model.discrete_line import DiscreteLine
from twin.model.introduction import Introduction
from twin.model.line_unit import LineUnit
from twin.model.part import Part
from twin.model.plant import Parameter, Plant
from twin.model.quality import DefectCause, Inspection
from twin.model.set_up import SetUp
from twin.model.streams import Streams
from twin.model.upgrade import Upgrade

KINDS: dict[str, type[ToolGroup]] = {
    "clean": Clean, "sputter": Sputter, "pecvd": Pecvd, "photo": Photo, "dry_etch": DryEtch, "aoi": Aoi,
    "test": ArrayTest, "repair": Repair,
}  # fmt: skip
RECIPE = 300.0  # s: another recipe in AOI and test, sheet 7.2


def mask(part: Part) -> Hashable:
    """Return the mask, or the recipe, that a lot needs: its product's for its layer."""
    lot: Lot = part.traits
    return lot.mask


def target(part: Part) -> Hashable:
    """Return the target that a lot needs in the sputter: gate and SD are the same metal."""
    return bool(part.traits.layer == ITO)


@dataclass(frozen=True, kw_only=True)
class Tft(Plant):
    """The TFT array of liquid crystal displays: four masks on glass of 2,200 x 2,500 mm, 90,000 sheets a month.

    Cassettes of 24 sheets pass the same tool groups once for each layer: clean, deposit, expose, etch, strip and
    inspect; then panels are tested and repaired. Eleven exposure tools are the bottleneck and change masks between
    lots. Particles, overlay, line width and film thickness decide how many panels are good; a good sheet is a sheet's
    worth of good panels. Sources are sections (7.2) and works (V58) of the data sheet; docs/plants/tft.md says what was
    fitted to what and where the sheet contradicts itself.
    """

    name: ClassVar[str] = "tft"
    title: ClassVar[str] = "TFT-LCD array, Gen 8.5, 4 masks"
    industry: ClassVar[str] = "TFT panels"
    area: ClassVar[str] = "array_shop"
    lead_days: ClassVar[float] = 6.0  # 7.1: 5.5 days in the shop

    lots: Annotated[float, Parameter("{piece}", 20, 3000, "7.1: 5.5 d", "cassettes in the shop")] = 690
    campaign: Annotated[
        float, Parameter("{piece}", 1, 100, "est.", "lots of a product released in a row")
    ] = 6
    mask_change: Annotated[float, Parameter("min", 0, 120, "7.2", "change of the mask")] = 12
    longest_run: Annotated[float, Parameter("{piece}", 1, 100, "7.2: 2-6", "lots on a mask")] = 4
    pilot: Annotated[float, Parameter("min", 0, 120, "fitted: 90 % performance", "per mask change")] = 5.5
    recipe_change: Annotated[float, Parameter("min", 0, 120, "7.2", "other target in the sputter")] = 10
    recipe_run: Annotated[float, Parameter("{piece}", 1, 200, "est.", "lots on a target, a test recipe")] = 16
    failures: Annotated[float, Parameter("1", 0.05, 5, "7.2", "factor on the rate of breakdowns")] = 1
    repair: Annotated[float, Parameter("1", 0.05, 5, "7.2", "factor on repair and maintenance times")] = 1
    assists: Annotated[float, Parameter("1", 0.05, 5, "7.2", "factor on the rate of micro-stops")] = 1
    sigma: Annotated[float, Parameter("1", 0.1, 3, "7.4", "factor on common-cause scatter")] = 1
    particles: Annotated[float, Parameter("1", 0, 10, "7.2", "factor on particles of all tools")] = 1
    excursions: Annotated[float, Parameter("1", 0, 0.2, "fitted: 5 % defects", "a lot and tool")] = 0.0077
    detection_delay: Annotated[float, Parameter("{piece}", 1, 200, "7.6", "lots until noticed")] = 6
    handling: Annotated[float, Parameter("%", 0, 20, "0.6: 15 % of defects", "sheets chipped")] = 0.75
    adi_detection: Annotated[float, Parameter("1", 0, 1, "est.", "share of bad exposures seen")] = 0.95
    sampling: Annotated[float, Parameter("1", 0.05, 1, "7.2", "share of sheets in the AOI")] = 0.5
    escape: Annotated[float, Parameter("1", 0, 1, "7.2: 15-25 %", "killers overlooked")] = 0.20
    repair_success: Annotated[float, Parameter("1", 0, 1, "7.2: 60 % of all", "of those located")] = 0.75
    repair_time: Annotated[float, Parameter("s", 10, 2000, "7.2", "laser repair of a sheet")] = 180
    move_low: Annotated[float, Parameter("min", 0.1, 600, "7.2", "shortest move of a cassette")] = 6
    move_span: Annotated[float, Parameter("min", 0, 600, "7.2", "longest less shortest move")] = 3
    late_moves: Annotated[float, Parameter("%", 0, 100, "7.2", "of moves, twice as long")] = 1
    staff: Annotated[float, Parameter("1", 1, 2000, "7.1: 420 in 4 crews", "people a shift")] = 105
    facility_load: Annotated[float, Parameter("kW", 0, 1e5, "fitted: 350 kWh", "clean room, air")] = 24_800
    idle_power: Annotated[float, Parameter("1", 0, 2, "7.2", "factor on the idle power of tools")] = 1
    labour_rate: Annotated[float, Parameter("[CNY]/h", 0, 1000, "0.6: 95,000 a year", "a person")] = 47.5
    price: Annotated[float, Parameter("[CNY]/(kW.h)", 0, 5, "fitted: 22 % of 620 CNY", "grid")] = 0.39
    carbon: Annotated[float, Parameter("kg/(kW.h)", 0, 2, "V82", "CO2 of the grid")] = 0.5366

    def build(self, env: simpy.Environment, streams: Streams) -> DiscreteLine:
        """Build the line."""
        line_unit = self._line_unit(env)
        facility = Facility(env, streams, load=self.facility_load)
        stocker = Stocker(env, streams, low=60.0 * self.move_low, span=60.0 * self.move_span,
                          late=self.late_moves / 100.0)  # fmt: skip
        groups: dict[str, Any] = {name: self._group(name, env, streams) for name in TOOLS}
        facility.groups = tuple(groups.values())
        photo, aoi, test, repair = (groups[name] for name in ("photo", "aoi", "test", "repair"))
        photo.facility, photo.pilot = facility, 60.0 * self.pilot
        photo.detour = Detour(groups["strip"], limit=1000, first_pass=False)
        aoi.sampling, aoi.escape = self.sampling, self.escape
        test.films = groups["pecvd"]
        repair.located, repair.success = 1.0 - self.escape, self.repair_success
        tft_faults(groups, facility, stocker)
        line = DiscreteLine(
            env, streams, line_unit, dict.fromkeys(PANELS, tuple(groups[name] for name in ROUTE)),
            orders=campaigns_of_lots(round(self.campaign), streams), pacing="photo", others=(stocker, facility),
            wip_limit=round(self.lots), transport=stocker.move,
            underway=lots_underway(round(self.lots), self.lots * LOT * EXIT, streams),
        )  # fmt: skip
        stocker.line = line
        dials = Dials(self.configuration(), line_unit, facility, stocker, groups)
        line.can_turn(**dials.by_parameter())
        return line

    def upgrades(self) -> tuple[Upgrade, ...]:
        """Return the measures of sheet 7.6."""
        return UPGRADES

    def introduction(self) -> Introduction:
        """Return how a new panel is introduced, sheet 7.5."""
        return INTRODUCTION

    def targets(self) -> dict[str, float]:
        """Return the line figures of sheet 7.1, 7.3 and 7.5."""
        return {"availability": 0.85, "effectiveness": 0.90, "quality_ratio": 0.95, "specific_energy": 350.0,
                "defect_rate": 0.05}  # fmt: skip

    def _group(self, name: str, env: simpy.Environment, streams: Streams) -> ToolGroup:
        row, visits = TOOLS[name], ROUTE.count(name)
        options: dict[str, Any] = {}
        tact = self.repair_time if name == "repair" else row.tact
        masks = MASKS * len(PANELS)
        changes = {  # s, what the tool is set up for, how many of these there are, lots in a row
            "photo": (60.0 * self.mask_change, mask, masks, self.longest_run),
            "sputter": (60.0 * self.recipe_change, target, 2, self.recipe_run),
            "aoi": (RECIPE, mask, masks, self.recipe_run),
            "test": (RECIPE, mask, len(PANELS), self.recipe_run),
        }
        if name in changes:
            _, key, _, longest = changes[name]
            options["set_up"] = SetUp(streams, name, time=lambda before, after: group.set_up_time, key=key,
                                      longest_run=longest)  # fmt: skip
        if name == "photo":
            options["inspection"] = Inspection(detection=self.adi_detection, scrap_share={"photo": 0.0})
        group = KINDS.get(name, ToolGroup)(
            env, streams, name, row=row, cycle=Cycle(mean=tact * LOT, cv=0.02), buffer=math.inf,
            stops=stop_modes(row, failures=self.failures, repair=self.repair, assists=self.assists),
            excursion=DefectCause(
                name="excursion", rate=self.excursions if row.loss else 0.0, delay=1.0 / noticed(self.configuration())
            ),
            chipping=DefectCause(
                name="chip", rate=min(self.handling / 100.0 * LOT / len(ROUTE), 0.99), cause="handling"
            ),
            killers=row.loss / 100.0 * KILLERS / visits if name != "photo" else 0.0,
            sigma=self.sigma, idle_power=self.idle_power, **options,
        )  # fmt: skip
        group.dirt = self.particles
        if name in changes:
            group.set_up_time, _, group.kinds, _ = changes[name]
        return group

    def _line_unit(self, env: simpy.Environment) -> LineUnit:
        """Costs: sheet 7.5, 620 CNY a sheet; labour beyond wages is indirect, by the hour."""
        return LineUnit(
            env, Calendar.continuous(), title="Array shop", ideal_cycle_time=CYCLE, staff=self.staff,
            labour_rate=self.labour_rate, prices={"electricity": self.price}, carbon={"electricity": self.carbon},
            unit_costs={"consumables": 141.4}, defect_costs={"quality": QUALITY_COST},
            hourly_costs={"maintenance": 12_300.0, "fixed": 9_230.0, "indirect_labour": 7_320.0},
        )  # fmt: skip
