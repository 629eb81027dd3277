"""The brewery put together: from raw material to bottles, what is metered, and that nothing is lost."""

from dataclasses import replace
from typing import TYPE_CHECKING

import simpy

from plants.brewing import laws
from plants.brewing.air import AirHandling
from plants.brewing.beds import DISCS, Beds
from plants.brewing.bottling import Blending, Filler
from plants.brewing.cellar import LOTS, Cellar
from plants.brewing.costs import COST, LOADED_LABOUR, QUALITY_COST, WORKED_HOURS, people_present
from plants.brewing.dials import dials, mend
from plants.brewing.faults import offer
from plants.brewing.koji import CYCLE, KojiRooms
from plants.brewing.moromi import Moromi
from plants.brewing.preparation import Preparation
from plants.brewing.press import Presses
from plants.brewing.recipe import DAY, HOUR, MINUTE, SETTLING, Conditions, Times, brew_lot
from plants.brewing.refinery import Refinery
from plants.brewing.verdict import Verdict
from twin.model.batch import Recipe
from twin.model.calendar import Calendar
from twin.model.equipment import Equipment
from twin.model.line import Flow
from twin.model.line_unit import LineUnit
from twin.model.process_line import ProcessLine
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.unit_operation import drive

if TYPE_CHECKING:
    from plants.brewing import Brewing

FILLER_STANDBY = 0.2  # of the idle power of a filling line that stands by: controls and vacuum off, est.
RAW_SAUCE = 86.2 / 136.8  # t of raw sauce per t of finished sauce, from 98.6 t of moromi a lot


class Brewery(ProcessLine):
    """The line of `plant`. Electricity and steam are metered at the units; base load and cleaning steam at the line."""

    def __init__(self, plant: "Brewing", env: simpy.Environment, streams: Streams) -> None:
        self.plant = plant
        step = plant.step
        self.usual = usual = laws.SAUCE_PER_RAW * plant.charge * DISCS / CYCLE  # t/s of sauce
        self.brewery_unit = line_unit = self._line_unit(env)
        self.verdict = verdict = Verdict(line_unit)
        verdict.per_raw = laws.sauce_per_raw(plant.nitrogen_utilisation, plant.moromi_time)
        self.beds = Beds(
            env, streams, step=step, sigma=plant.koji_sigma, clumps=plant.koji_clumps,
        )  # fmt: skip
        self.preparation = Preparation(
            env, streams, verdict, step=step, sigma=plant.moisture_sigma, upsets=plant.cooking_upsets,
            detection=plant.detection_delay * MINUTE, steam=plant.steam_demand, power=150.0, failures=plant.failures,
        )  # fmt: skip
        self.moromi = Moromi(
            streams, plant.fermenters, koji=self.beds.koji, step=step, temperature_sigma=plant.moromi_sigma,
            utilisation=plant.nitrogen_utilisation,
        )  # fmt: skip
        self.cellar = Cellar(
            env, streams, self.moromi, recipe=lambda: self.recipe, brine=plant.brine_strength, brine_sigma=0.4,
            sample_sigma=0.02, power=180.0, pumps=60.0, rate=DISCS / CYCLE / LOTS, failures=plant.failures,
        )  # fmt: skip
        self.koji = KojiRooms(
            env, streams, line_unit, verdict, self.beds, self.preparation, recipe=lambda: self.recipe,
            room_for=self.cellar.room, hand_over=self.cellar.receive, release=plant.release_wait * HOUR,
            charge=plant.charge, charge_sigma=0.01, vigour_sigma=plant.vigour_sigma / 100.0,
            crust=plant.koji_crust / 100.0, failures=plant.failures, fan_speed=plant.fan_speed,
        )  # fmt: skip
        self.air = AirHandling(env, self.beds, fan=plant.fan_power, chiller=90.0)
        self.press = Presses(
            env, streams, self.cellar, recipe=lambda: self.recipe, step=step, power=110.0,
            wash=plant.cloth_wash * MINUTE,
            cadence=4.0 * HOUR, failures=plant.failures,
        )  # fmt: skip
        raw_sauce = 1000.0 * usual * RAW_SAUCE  # kg/s
        self.refinery = Refinery(
            env, streams, self.press, verdict, step=step, usual=raw_sauce, settling=SETTLING, finished=1.0 / RAW_SAUCE,
            cip=plant.pasteuriser_cip * MINUTE, steam=plant.steam_demand, sigma=0.8, power=15.0,
            failures=plant.failures,
        )  # fmt: skip
        self.blending = Blending(
            env, streams, self.refinery, verdict, recipe=lambda: self.recipe, target=plant.blend_target,
            laboratory_sigma=plant.laboratory_sigma / 100.0, spread=plant.blend_spread, usual=raw_sauce * SETTLING,
            power=10.0,
        )  # fmt: skip
        taken: list[Equipment] = []
        self.fillers = [
            Filler(
                env, streams, self.blending, verdict, taken, number, step=step, sigma=plant.content_sigma,
                power=110.0, idle=plant.filler_idle, standby=FILLER_STANDBY * plant.filler_idle,
                format_change=plant.format_change * MINUTE, capping=plant.capping / 100.0,
                failures=plant.failures * plant.filler_failures,
            )
            for number in (1, 2)
        ]  # fmt: skip
        fermenters = list(self.cellar.units.values())
        units = [
            line_unit, self.preparation.unit, self.air.unit, *self.koji.units, self.cellar.unit, *fermenters,
            self.press.unit, self.refinery.unit, self.blending.unit, *(filler.unit for filler in self.fillers),
        ]  # fmt: skip
        self._open()
        offer(self)
        mend(self, plant.repair)
        super().__init__(
            env, units, self._flows(), "line",
            laws=[self.preparation, self.beds, self.air, self.koji, self.moromi, self.cellar, self.press, self.refinery,
                  *self.fillers],
            step=step,
            holdups=[self.beds.koji, self.moromi.tanks, self.press.presses_mass, self.press.raw, self.refinery.settled,
                     self.blending.blends],
        )  # fmt: skip
        self.can_turn(**dials(self))

    def _open(self) -> None:
        # The opening state; what comes after the fermenters is full of their ripe moromi.
        plant = self.plant
        self._times = Times(
            recipe_change=plant.recipe_change * MINUTE,
            preheating=plant.preheating * MINUTE,
            cip=plant.cip * HOUR,
            cold=10 * DAY,
            ramp=50 * DAY,
            active=30 * DAY,
            age=(plant.moromi_time - 90.0) * DAY,
            longest_age=(plant.moromi_time - 75.0) * DAY,
            wash=8 * HOUR,
            laboratory=plant.laboratory_delay * HOUR,
        )
        self.recipe = self._recipe()
        self.koji.open()
        self.cellar.open()
        ripe = self.moromi.amino.max().item()
        self.press.amino = self.refinery.amino = ripe

    def _recipe(self) -> Recipe:
        return brew_lot(
            Conditions(
                mixed=self.preparation.ready,
                loaded=self.koji.loaded,
                enzyme=self.koji.ripe,
                brine_ready=lambda batch: self.cellar.room(),
                filled=self.cellar.filled,
                mature=self.cellar.mature,
                harvested=self.cellar.harvested,
                pressed=self.press.pressed,
                blended_out=self.blending.emptied,
            ),
            self._times,
        )

    def change_times(self, **times: float) -> None:
        """Let lots that begin from now on follow a recipe with other `times` in s, by their names in Times."""
        self._times = replace(self._times, **times)
        self.recipe = self._recipe()

    def _line_unit(self, env: simpy.Environment) -> LineUnit:
        # Costs by the sheet's shares of 780 CNY/t: consumables 18, quality 12, maintenance 10, fixed 14 % (5.6).
        plant = self.plant
        hourly = 3600.0 * self.usual  # t/h
        base = plant.base_load
        steam = plant.base_steam * hourly * laws.STEAM_HEAT * plant.steam_demand
        unit = LineUnit(
            env, Calendar.continuous(), title="Brewery", count_unit="t",
            ideal_cycle_time=plant.ideal_koji_time * HOUR / (DISCS * laws.SAUCE_PER_RAW * laws.NAMEPLATE_CHARGE),
            power={
                "electricity": dict.fromkeys(("execute", "idle", "standby"), base),
                "steam": dict.fromkeys(("execute", "idle", "standby"), steam),
            },
            staff=people_present(plant.staff), labour_rate=LOADED_LABOUR / WORKED_HOURS,
            prices={"electricity": 0.60, "steam": 200.0 / laws.STEAM_HEAT},
            carbon={"electricity": 0.5366, "steam": 110.0 * 3.6e-3},
            unit_costs={"consumables": 0.18 * COST},
            defect_costs={"quality": QUALITY_COST},
            hourly_costs={"maintenance": 0.10 * COST * hourly, "fixed": 0.14 * COST * hourly},
        )  # fmt: skip
        drive(unit, State.EXECUTE, Reason.PRODUCTION)
        env.process(unit.order_daily("soy_sauce_second_grade", round(DAY * self.usual)))
        return unit

    def _flows(self) -> list[Flow]:
        flows = [Flow("preparation", unit.name, "mix") for unit in self.koji.units]
        flows += [Flow("koji_air", unit.name, "air") for unit in self.koji.units]
        flows += [Flow(unit.name, "cellar", "koji") for unit in self.koji.units]
        flows += [Flow("cellar", unit.name, "moromi") for unit in self.cellar.units.values()]
        flows += [Flow(unit.name, "press", "moromi") for unit in self.cellar.units.values()]
        flows.append(Flow("press", "pasteuriser", "raw sauce", "press/raw_sauce_level", 100.0))
        flows.append(Flow("pasteuriser", "blending", "sauce", "pasteuriser/settled_level", 100.0))
        flows += [Flow("blending", filler.unit.name, "finished sauce") for filler in self.fillers]
        return flows
