"""The cracker put together: its parts, its flows, its prices, and that nothing is lost on the way."""

from typing import TYPE_CHECKING

import simpy

from plants.petrochemicals.dials import WORKED_HOURS, cracker_dials, people_present, with_operators
from plants.petrochemicals.faults import add_faults
from plants.petrochemicals.furnace_unit import furnace_units
from plants.petrochemicals.furnaces import COUNT, DAY, NEEDED, Furnaces
from plants.petrochemicals.operation import Operation
from plants.petrochemicals.separation import Separation
from plants.petrochemicals.train import Train
from plants.petrochemicals.utilities import HOUR, Utilities
from twin.model.calendar import Calendar
from twin.model.campaign import Campaign, CampaignPlan
from twin.model.disturbance import StepEvents
from twin.model.line import Flow
from twin.model.line_unit import LineUnit
from twin.model.load import Load
from twin.model.process_line import ProcessLine
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.unit_operation import drive

if TYPE_CHECKING:
    from plants.petrochemicals import Petrochemicals

LOADED_LABOUR = 150_000.0  # CNY a person and year, section 0.6
CONVERSION = 1_450.0  # CNY/t without naphtha; its shares: section 3.5, est.
QUALITY_COST = (
    0.05 * CONVERSION / 0.015
)  # CNY per t off-spec or flared: 5 % of the cost at 1.5 % of the ethylene
FUEL_PRICE = 12.8  # CNY/GJ of own fuel gas; fitted: energy is 52 % of the conversion cost
STEAM_HEAT = 2.8  # GJ/t of steam at 200 CNY/t
FUEL_CARBON, STEAM_CARBON = (
    36.3,
    110.0,
)  # kg CO2/GJ; fuel fitted: 1.35 t/t (V41), it is half hydrogen; steam 0.6


class Cracker(ProcessLine):
    """The line of `plant`. The COT loops run every step; cracking, separation and meters once a minute.

    Fuel gas is metered at each furnace, imported steam and electricity at the utilities, base load at the line.
    """

    def __init__(self, plant: "Petrochemicals", env: simpy.Environment, streams: Streams) -> None:
        self.plant = plant
        every = round(60.0 / plant.step)
        self.utilities = Utilities(
            env, streams, feed=NEEDED * plant.feed, heating_sigma=plant.heating_sigma, fixed=plant.fixed_share,
            letdown=plant.letdown,
        )  # fmt: skip
        burner = StepEvents(
            env, streams, "furnaces/burner", places=COUNT, rate=plant.burner_failures / DAY, duration=4 * HOUR
        )
        self.furnaces = Furnaces(
            streams, step=plant.step, burner=burner, feed=plant.feed, cot=plant.cot, ratio=plant.steam_ratio,
            oxygen=plant.oxygen, cot_sigma=plant.cot_sigma, ratio_sigma=plant.ratio_sigma,
            feed_sigma=plant.feed_sigma, oxygen_sigma=plant.oxygen_sigma, run_length=plant.run_length,
            heating_value=self.utilities.heating_value,
        )  # fmt: skip
        self.excursions = slips, dips = tuple(
            StepEvents(env, streams, f"separation/{name}", places=1, rate=rate / DAY,
                       duration=plant.correction_time * 60.0, cv=0.3)
            for name, rate in (("acetylene", plant.acetylene_slips), ("purity", plant.purity_dips))
        )  # fmt: skip
        self.separation = Separation(
            streams, slips=slips, dips=dips, suction_sigma=plant.suction_sigma, top=plant.demethaniser_top
        )
        self.train = Train(
            env, streams, self.separation, self.utilities, lambda: float(self.furnaces.fuel_flow.sum()),
            trip_share=plant.trip_share,
            upset_rate=plant.upset_rate * with_operators(plant.operator_upsets),
            compressor_failures=plant.compressor_failures, repair=plant.repair, foreseeable=plant.foreseeable,
        )  # fmt: skip
        self.cracking = furnace_units(env, self.furnaces)
        line_unit = self._line_unit(env)
        self.operation = Operation(
            line_unit, Load(recovery=plant.recovery * HOUR), self.furnaces, self.cracking, self.train,
            self.separation, self.utilities, every=every,
        )  # fmt: skip
        self.campaign = Campaign(
            env, streams, "furnaces",
            CampaignPlan(needed=NEEDED, lasting=(plant.decoke_time + plant.switching_time) * HOUR, cv=0.1,
                         call=plant.call_time * HOUR, between=plant.furnace_trips * HOUR,
                         repair=plant.furnace_repair * HOUR),
            self.furnaces.wear, changed=self.operation.changed, renewed=self.furnaces.renew, every=every,
        )  # fmt: skip
        self.operation.begin(self.campaign)
        self._set_points()
        first, *others = self.train.units.values()
        units = [line_unit, first, *self.cracking, *others, self.train.flare]
        add_faults(self)
        super().__init__(
            env, units, _flows(), "line", laws=[self.furnaces, self.campaign, self.operation], step=plant.step,
            stirred=self.cracking, holdups=[self.utilities.tank, self.separation.train],
        )  # fmt: skip
        cracker_dials(self)

    def _line_unit(self, env: simpy.Environment) -> LineUnit:
        plant = self.plant
        hourly = plant.usual_rate()
        indirect = 0.10 * CONVERSION * hourly - plant.staff * LOADED_LABOUR / 8760.0
        unit = LineUnit(
            env, Calendar.continuous(), title="Ethylene plant", count_unit="t",
            ideal_cycle_time=3600.0 / plant.ideal_rate,
            power={"electricity": dict.fromkeys(("execute", "idle", "standby"), plant.base_load)},
            staff=people_present(plant.staff), labour_rate=LOADED_LABOUR / WORKED_HOURS,
            prices={"fuel_gas": FUEL_PRICE * 3.6e-3, "steam": 200.0 / STEAM_HEAT * 3.6e-3, "electricity": 0.60},
            carbon={"fuel_gas": FUEL_CARBON * 3.6e-3, "steam": STEAM_CARBON * 3.6e-3, "electricity": 0.5366},
            unit_costs={"consumables": 0.09 * CONVERSION}, defect_costs={"quality": QUALITY_COST},
            hourly_costs={"maintenance": 0.16 * CONVERSION * hourly, "fixed": 0.08 * CONVERSION * hourly,
                          "indirect_labour": max(indirect, 0.0)},
        )  # fmt: skip
        drive(unit, State.EXECUTE, Reason.PRODUCTION)
        env.process(unit.order_daily("polymer_grade_ethylene", 24.0 * plant.ideal_rate))
        return unit

    def _set_points(self) -> None:
        units = self.train.units
        units["quench"].setpoint(
            "steam_ratio_setpoint", self.furnaces.ratio_setpoint, slice(0, COUNT), low=0.35, high=0.80,
            description="dilution steam to naphtha of all furnaces, kg/kg",
        )  # fmt: skip
        units["utilities"].setpoint(
            "arch_oxygen_setpoint", self.furnaces.oxygen_setpoint, slice(0, COUNT), unit="%", low=1.0, high=6.0,
            description="O2 in the arch of all furnaces",
        )  # fmt: skip
        units["splitters"].setpoint(
            "reflux_setpoint", self.separation.reflux_setpoint, low=0.8, high=1.2,
            description="reflux of the C2 splitter, share of the usual",
        )  # fmt: skip
        units["cold_box"].setpoint(
            "demethaniser_top_setpoint", self.separation.top_setpoint, unit="Cel", low=-102.0, high=-85.0,
            description="top temperature that the reflux holds",
        )  # fmt: skip

    # -- ground truth --------------------------------------------------------------------------------------

    def balances(self) -> dict[str, float]:
        """Return closure of mass and time; of naphtha against products, and of fuel against its meters."""
        errors = super().balances()
        separation = self.separation
        cracked = self.utilities.feeding.total
        products = sum(stream.total for stream in separation.leaving.values()) + separation.to_flare
        held = separation.train.mass - separation.opening
        errors["mass/naphtha_to_products"] = abs(cracked - products - held) / max(cracked, 1e-12)
        burnt = self.operation.fuel_burnt(self.env.now)
        metered = sum(unit.meters["fuel_gas"].total() for unit in self.cracking)
        errors["energy/fuel_gas"] = abs(burnt - metered) / max(burnt, 1e-12)
        return errors


def _flows() -> list[Flow]:
    names = [f"furnace_{place + 1}" for place in range(COUNT)]
    flows = [Flow("feed", name, "naphtha", "feed/tank_level", 100.0) for name in names]
    flows += [Flow(name, "quench", "cracked gas") for name in names]
    flows += [Flow("utilities", name, "fuel gas") for name in names]
    flows += [
        Flow("quench", "compressor", "cracked gas"),
        Flow("compressor", "cold_box", "cracked gas"),
        Flow("compressor", "flare", "relief"),
        Flow("cold_box", "hydrogenation", "C2 and heavier"),
        Flow("cold_box", "utilities", "tail gas"),
        Flow("hydrogenation", "splitters", "C2"),
        Flow("splitters", "flare", "purge"),
    ]
    return flows
