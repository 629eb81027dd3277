"""Brewing: soy sauce after the high-salt dilute-state process, from soy and wheat to bottles, 100 kt a year."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import simpy

from plants.brewing.line import Brewery
from plants.brewing.upgrades import INTRODUCTION, UPGRADES
from twin.model.introduction import Introduction
from twin.model.plant import Parameter, Plant
from twin.model.streams import Streams
from twin.model.upgrade import Upgrade


@dataclass(frozen=True, kw_only=True)
class Brewing(Plant):
    """A soy sauce brewery: four koji discs, 84 fermenters of 300 m3, presses, pasteurisers, blending and bottling.

    Soy is steamed, wheat roasted, both are inoculated and grow koji on rotating discs for 44 h; koji and brine ripen
    as moromi for 120 days; the moromi is pressed, the raw sauce pasteurised, settled, filtered, blended to its grade by
    amino nitrogen and bottled. An ISA-88 batch plant: every lot follows the recipe "brew_lot" through the units.
    **All four discs (48 sectors each) and all 84 fermenters are simulated**; published are the discs, a cellar with its
    means, and four fermenters of different age.

    Assumptions: the koji discs pace the line, and count sauce (5.7 t a t of raw material) while they work; the
    start is the steady state, with fermenters of all ages. Sources are in the parameters and in laws.py; the notes tell
    which figure of the data sheet was kept where two of them disagree.
    """

    name: ClassVar[str] = "brewing"
    title: ClassVar[str] = "Soy sauce, high-salt dilute-state, 100 kt/y"
    industry: ClassVar[str] = "brewing"
    area: ClassVar[str] = "brewery"
    line: ClassVar[str] = "line_1"
    product_unit: ClassVar[str] = "t"
    lead_days: ClassVar[float] = 130.0  # 5.1: 120 days of moromi; pressing, 6 days of settling

    charge: Annotated[
        float, Parameter("t", 10, 30, "5.1: V50, est. 24", "dry raw material of a koji lot")
    ] = 24.0
    ideal_koji_time: Annotated[
        float, Parameter("h", 30, 72, "5.1: V51, best of 40-72 h", "time on the disc at the ideal rate")
    ] = 40.0
    cip: Annotated[
        float, Parameter("h", 0.5, 12, "5.1: V50", "cleaning and steaming of a disc after each lot")
    ] = 4.0
    release_wait: Annotated[
        float,
        Parameter(
            "h",
            0.01,
            12,
            "est., fitted: availability 88 %",
            "until crew and spores are ready for a clean disc",
        ),
    ] = 0.4
    recipe_change: Annotated[float, Parameter("min", 0, 120, "5.3", "set-up of the steamer for a lot")] = 20.0
    preheating: Annotated[
        float,
        Parameter("min", 5, 240, "est.", "from the order to the first mix: soak, steam, cool, roast, crush"),
    ] = 60.0
    failures: Annotated[float, Parameter("1", 0.05, 5, "5.3", "failure rates against the sheet's")] = 1.0
    repair: Annotated[float, Parameter("1", 0.05, 5, "5.3", "repair times against the sheet's")] = 1.0
    koji_sigma: Annotated[
        float, Parameter("K", 0, 5, "5.5: 1.6 -> 0.8", "spread of the koji bed temperature")
    ] = 1.6
    koji_clumps: Annotated[
        float,
        Parameter("1/h", 0, 0.1, "est., fitted: 2.2 % of koji degraded", "clumps that block a sector's air"),
    ] = 0.0040
    koji_crust: Annotated[
        float, Parameter("%", 0, 5, "5.3: 0.3 % lost", "koji scraped off and thrown away")
    ] = 0.26
    vigour_sigma: Annotated[
        float,
        Parameter("%", 0, 40, "5.5: protease 140 of 1,250", "spread of the spores' vigour from lot to lot"),
    ] = 11.0
    moisture_sigma: Annotated[float, Parameter("%", 0, 5, "5.5: 1.2 -> 0.7", "spread of soy moisture")] = 1.2
    cooking_upsets: Annotated[
        float, Parameter("1/h", 0, 5, "est., fitted: 1.1 % cooked wrong", "drops of steam pressure")
    ] = 0.19
    detection_delay: Annotated[
        float, Parameter("min", 0.5, 120, "est.", "until a drop of steam is found")
    ] = 3.0
    brine_strength: Annotated[float, Parameter("%", 16, 26, "5.5: V50, 20-22", "salt in the brine")] = 21.0
    moromi_sigma: Annotated[
        float, Parameter("K", 0, 5, "5.5: 1.3 -> 0.5", "spread of moromi temperature")
    ] = 1.3
    moromi_time: Annotated[float, Parameter("d", 95, 180, "5.1: V51", "from brine to harvest")] = 120.0
    nitrogen_utilisation: Annotated[
        float, Parameter("%", 60, 95, "5.1: est. 72-88", "nitrogen of the raw material that dissolves")
    ] = 80.0
    cloth_wash: Annotated[float, Parameter("min", 0, 240, "5.3", "washing of a press's cloths each day")] = (
        40.0
    )
    pasteuriser_cip: Annotated[
        float, Parameter("min", 5, 300, "5.3", "cleaning of a pasteuriser each day")
    ] = 90.0
    laboratory_delay: Annotated[float, Parameter("h", 0, 48, "5.3", "until a blend is tested")] = 4.0
    laboratory_sigma: Annotated[
        float, Parameter("%", 0, 10, "est.", "error of the sample a blend is made by")
    ] = 0.5
    blend_spread: Annotated[
        float, Parameter("g/dL", 0.0001, 0.1, "est., fitted: 2.6 % off grade", "spread inside a blend")
    ] = 0.0083
    blend_target: Annotated[
        float, Parameter("g/dL", 0.4, 0.8, "est., GB/T 18186: from 0.55", "amino nitrogen blended to")
    ] = 0.567
    content_sigma: Annotated[float, Parameter("mL", 0, 10, "5.5: 1.8 -> 1.1", "spread of bottle content")] = (
        1.8
    )
    format_change: Annotated[float, Parameter("min", 5, 240, "5.3", "change of the bottle format")] = 60.0
    filler_idle: Annotated[float, Parameter("kW", 0, 110, "5.3: 70 kW both", "filling line that waits")] = (
        35.0
    )
    capping: Annotated[
        float, Parameter("%", 0, 20, "est., 5.3: 0.4 %", "bottles with a wrong cap or label")
    ] = 0.35
    filler_failures: Annotated[
        float, Parameter("1", 0.05, 5, "5.3", "failure rates of the filling lines against the sheet's")
    ] = 1.0
    fan_speed: Annotated[
        float, Parameter("1", 0.5, 1.2, "est.", "fans against the recipe, but in GROW and TURN-1")
    ] = 1.0
    fan_power: Annotated[float, Parameter("kW", 0, 200, "5.3", "fan of a koji room at full speed")] = 75.0
    base_load: Annotated[float, Parameter("kW", 0, 1000, "5.3", "light, air, waste water")] = 350.0
    base_steam: Annotated[
        float,
        Parameter(
            "1", 0, 1, "5.4: 0.55 less 0.28 and 0.12 t/t", "steam for cleaning and heat, t per t of sauce"
        ),
    ] = 0.105
    steam_demand: Annotated[
        float,
        Parameter("1", 0.2, 2, "5.4", "steam that all users take for the same heat, against the sheet's"),
    ] = 1.0
    staff: Annotated[float, Parameter("{piece}", 50, 400, "5.1: est. 140-300", "people over all shifts")] = (
        210.0
    )

    fermenters: ClassVar[int] = 84
    step: ClassVar[float] = 30.0

    def build(self, env: simpy.Environment, streams: Streams) -> Brewery:
        """Build the brewery."""
        return Brewery(self, env, streams)

    def upgrades(self) -> tuple[Upgrade, ...]:
        """Return the measures of sheet 5.7."""
        return UPGRADES

    def introduction(self) -> Introduction:
        """Return how a new sauce is introduced, sheet 5.6."""
        return INTRODUCTION

    def targets(self) -> dict[str, float]:
        """Return the data sheet's figures; specific energy is 95 kWh of electricity and 1.5 GJ of steam a t."""
        return {
            "availability": 0.88,
            "effectiveness": 0.90,
            "quality_ratio": 0.93,
            "specific_energy": 95.0 + 1.5 / 3.6e-3,
            "defect_rate": 0.07,
        }
