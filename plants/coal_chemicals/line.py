"""The plant put together: who may run at what load, what is counted, and that nothing is lost on the way."""

from typing import TYPE_CHECKING

import numpy as np
import simpy

from plants.coal_chemicals.boiler import Boiler
from plants.coal_chemicals.coal import Coal, Slurry
from plants.coal_chemicals.dial import dials
from plants.coal_chemicals.dispatch import Dispatch, Feeding, PlantUnit
from plants.coal_chemicals.distillation import Distillation
from plants.coal_chemicals.faults import offer
from plants.coal_chemicals.gasification import Gasification
from plants.coal_chemicals.gasifier import Gasifier
from plants.coal_chemicals.gasifier_tags import describe
from plants.coal_chemicals.grey_water import GreyWater
from plants.coal_chemicals.oxygen import AirSeparation
from plants.coal_chemicals.purification import Purification, Shift, Wash
from plants.coal_chemicals.synthesis import Synthesis
from twin.model.calendar import Calendar
from twin.model.line import Flow
from twin.model.material import Holdup
from twin.model.process_line import Law, ProcessLine
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.unit_operation import drive

if TYPE_CHECKING:
    from plants.coal_chemicals import CoalChemicals

HOUR, DAY = 3600.0, 86_400.0
QUALITY_COST = (
    0.04 * 620.0 * 0.988 / 0.012
)  # CNY per t off-spec or flared: 4 % of 620 CNY a good t at 1.2 %, 4.5
CARBON_FUEL = 94.6 * 3.6e-3  # kg/kWh, IPCC 2006
CARBON_FEED = 0.200  # kg/kWh: what is not in the methanol; est. for the sheet's 3.0 t CO2/t


class Complex(ProcessLine):
    """The line of `plant`. The product counts as it leaves the columns; gas that is flared counts as scrap."""

    def __init__(self, plant: "CoalChemicals", env: simpy.Environment, streams: Streams) -> None:
        self.plant = plant
        step = plant.step
        full = (
            plant.gasifier_coal * 1000.0 / DAY * (1.0 - plant.moisture / 100.0)
        )  # kg/s dry coal, one gasifier
        need = 2.0 * full
        oxygen = need * 0.645  # Nm3/s at full load
        usual = plant.ideal_rate * 0.83 / 3.6  # kg/s methanol
        hour = HOUR
        rare, mend = hour / plant.outages, hour * plant.repairs
        self.load_setpoint = np.array([plant.load_setpoint])
        line_unit = self._line_unit(env)
        self.coal = Coal(
            streams, interval=plant.blend_interval * DAY, lasting=plant.blend_time * hour, fusion=plant.ash_fusion,
            sigma=plant.ash_fusion_sigma, blends=plant.blend_scatter, step=step,
        )  # fmt: skip
        self.slurry = Slurry(
            env, streams, need=need, hours=plant.slurry_buffer, concentration=plant.slurry_concentration,
            sigma=plant.slurry_sigma, between=plant.mill_interval * hour, repair=plant.mill_repair * hour,
            power=3_400.0, step=step,
        )  # fmt: skip
        self.air = AirSeparation(
            env, streams, size=plant.oxygen_size / hour, need=oxygen, hours=plant.oxygen_buffer, ambient=plant.ambient,
            between=plant.air_interval * rare, repair=plant.air_repair * mend, step=step,
        )  # fmt: skip
        self.gasifiers = [
            Gasifier(
                env, streams, number, self.coal, self.slurry, full=full, ash=plant.ash / 100.0,
                heat_loss=plant.heat_loss, temperature=plant.temperature, heat_sigma=plant.coal_heat_sigma / 100.0,
                sensor_sigma=plant.sensor_sigma, brick_life=plant.brick_life * DAY, burner_life=plant.burner_life * DAY,
                preheat=plant.standby_heat * 1e6 / hour, tau=180.0, step=2.0 * step,
            )
            for number in (1, 2, 3)
        ]  # fmt: skip
        for gasifier in self.gasifiers:
            describe(gasifier)
        self.grey_water = GreyWater(
            env, streams, between=plant.scale_interval * hour, cleaning=plant.scale_cleaning * hour, buffer=2 * hour,
            narrowed=plant.scale_narrowing / 100.0, spread=0.25, cleaned_share=0.45,
            cleaned_at=plant.cleaning_scale / 100.0, power=2_000.0, step=step,
        )  # fmt: skip
        self.gasification = Gasification(
            streams, self.gasifiers, self.grey_water, alone=plant.one_gasifier / 100.0, switch=plant.switch_time * hour,
            trip=plant.gasifier_trip * hour, repair=plant.gasifier_repair * mend, burner_life=plant.burner_life * DAY,
            burner_sigma=6.0 * DAY,
        )  # fmt: skip
        self.shift = Shift(
            env, streams, module=plant.module, between=plant.shift_interval * rare, repair=plant.shift_repair * mend,
            share=plant.one_train / 100.0, step=2.0 * step,
        )  # fmt: skip
        self.wash = Wash(
            env, streams, between=plant.wash_interval * rare, repair=plant.wash_repair * mend,
            share=plant.one_train / 100.0, foaming=plant.foaming * DAY, power=3_000.0, step=2.0 * step,
        )  # fmt: skip
        self.purification = Purification(
            self.shift, self.wash, self.gasification.output, 0.0985 * need * 1.24
        )
        self.crude_tank = Holdup("crude_methanol", 0.5 * 24 * hour * usual)
        self.crude_water = Holdup("crude_water", 0.5 * 24 * hour * usual * 0.055)
        self.synthesis = Synthesis(
            env, streams, self.purification, lambda: self.wash.sulphur, catalyst_age=plant.catalyst_age,
            drum=plant.drum_temperature, pressure=plant.loop_pressure,
            between=plant.synthesis_interval * rare, repair=plant.synthesis_repair * mend,
            share=plant.one_train / 100.0, crude=self.crude_tank, water=self.crude_water, step=step,
        )  # fmt: skip
        self.distillation = Distillation(
            env, streams, self.synthesis, self.crude_tank, self.crude_water, line_unit, rate=usual,
            ideal=HOUR / plant.ideal_rate, moisture=plant.product_water, sigma=plant.product_water_sigma,
            excursions=plant.column_upsets / DAY, excursion=plant.column_excursion, delay=plant.detection_delay * 60.0,
            flush=plant.tank_flush * 1000.0, between=plant.column_interval * hour, repair=plant.column_repair * hour,
            power=1_000.0, step=step,
        )  # fmt: skip
        self.boiler = Boiler(
            env,
            self.air,
            self.synthesis,
            self.distillation,
            base=plant.boiler_base * 1000.0,
            turbine=plant.steam_efficiency / 100.0,
            nominal=160_000.0,
        )
        self.feeding = Feeding(self)
        line_unit.publish_load(self.load_setpoint, self.feeding)
        units = [
            line_unit, self.slurry.unit, self.air.unit, *(gasifier.unit for gasifier in self.gasifiers),
            self.grey_water.unit, self.shift.unit, self.wash.unit, self.synthesis.unit, self.distillation.unit,
            self.boiler.unit,
        ]  # fmt: skip
        laws_in_order: list[Law] = [
            Dispatch(self), self.coal, self.slurry, self.air, self.grey_water, self.gasification, self.feeding,
            self.purification, self.synthesis, self.distillation, self.boiler,
        ]  # fmt: skip
        super().__init__(
            env, units, self._flows(), "synthesis", laws=laws_in_order, step=step,
            stirred=[self.synthesis.unit],
            holdups=[self.slurry.tank, self.air.lox, self.crude_tank, self.crude_water],
        )  # fmt: skip
        offer(self)
        self.can_turn(**dials(self))

    def _line_unit(self, env: simpy.Environment) -> PlantUnit:
        # Costs by the sheet's shares of 620 CNY/t: maintenance 18, consumables 10, quality 4, fixed 8 %.
        plant = self.plant
        hourly = plant.ideal_rate * 0.83  # t/h
        base = 1000.0 * plant.base_load
        unit = PlantUnit(
            env, Calendar.continuous(), title="Coal-to-methanol plant", count_unit="t",
            ideal_cycle_time=HOUR / plant.ideal_rate,
            power={"electricity": dict.fromkeys(("execute", "idle", "standby"), base)},
            staff=plant.paid_staff(), labour_rate=plant.labour_rate(),
            prices={"electricity": 0.60, "fuel_coal": 0.059, "natural_gas": 0.30},
            carbon={"electricity": 0.5366, "fuel_coal": CARBON_FUEL, "coal": CARBON_FEED, "natural_gas": 56.1 * 3.6e-3},
            unit_costs={"consumables": 62.0}, defect_costs={"quality": QUALITY_COST},
            hourly_costs={"maintenance": 112.0 * hourly, "fixed": 50.0 * hourly},
        )  # fmt: skip
        drive(unit, State.EXECUTE, Reason.PRODUCTION)
        env.process(unit.order_daily("methanol", round(24.0 * plant.ideal_rate)))
        return unit

    def _flows(self) -> list[Flow]:
        names = [gasifier.name for gasifier in self.gasifiers]
        flows = [Flow("slurry", name, "slurry", "slurry/tank_level", 100.0) for name in names]
        flows += [Flow("air_separation", name, "oxygen", "air_separation/lox_level", 100.0) for name in names]
        flows += [Flow(name, "grey_water", "slag and black water") for name in names]
        flows += [Flow(name, "shift", "raw gas") for name in names]
        flows += [
            Flow("shift", "methanol_wash", "shifted gas"),
            Flow("methanol_wash", "synthesis", "fresh gas"),
            Flow("synthesis", "distillation", "crude methanol", "distillation/crude_tank_level", 100.0),
            Flow("boiler", "air_separation", "steam"),
            Flow("boiler", "synthesis", "steam"),
            Flow("boiler", "distillation", "steam"),
        ]
        return flows

    def balances(self) -> dict[str, float]:
        """Return closure of mass, time, the loop, carbon from coal to loop, and energy of the feed coal."""
        errors = super().balances()
        errors["mass/loop"] = self.synthesis.loop.imbalance()
        coal = sum(gasifier.carbon_in for gasifier in self.gasifiers)
        slag = sum(gasifier.carbon_slag for gasifier in self.gasifiers)
        gas = sum(gasifier.carbon_gas for gasifier in self.gasifiers)
        errors["mass/gasifier_carbon"] = abs(coal - slag - gas) / max(coal, 1e-12)
        gone = self.purification
        out = gone.carbon_vented + gone.carbon_flared + gone.carbon_passed
        errors["mass/gas_carbon"] = abs(gone.carbon_taken - out) / max(gone.carbon_taken, 1e-12)
        dry = 1000.0 * sum(gasifier.coal_total for gasifier in self.gasifiers)
        errors["mass/coal"] = abs(dry - self.slurry.feeding.total) / max(dry, 1e-12)
        return errors
