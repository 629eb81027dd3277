"""The methanol loop: converter, separator, recycle compressor and purge; catalyst that ages and can be poisoned."""

from collections.abc import Callable

import numpy as np
import simpy

from plants.coal_chemicals import laws
from plants.coal_chemicals.purification import Purification
from plants.coal_chemicals.section import Section
from twin.model.dynamics import PiController
from twin.model.material import Holdup, MaterialStream
from twin.model.recycle import Component, Reaction, RecycleLoop
from twin.model.streams import Streams
from twin.model.tag import Limits
from twin.model.unit_operation import UnitOperation
from twin.model.wander import wander

HOUR, MONTH = 3600.0, 730.0 * 3600.0
COMPONENTS = (
    Component(name="co", mass=28.010, separated=0.0005),
    Component(name="co2", mass=44.009, separated=0.02),
    Component(name="h2", mass=2.016, separated=0.0003),
    Component(name="inert", mass=28.010, separated=0.002),
    Component(name="methanol", mass=32.042, separated=0.96),
    Component(name="water", mass=18.015, separated=0.99),
)
REACTIONS = (
    Reaction("co_hydrogenation", {"co": -1.0, "h2": -2.0, "methanol": 1.0}),
    Reaction("co2_hydrogenation", {"co2": -1.0, "h2": -3.0, "methanol": 1.0, "water": 1.0}),
)
OPENING = {"co": 30.0, "co2": 33.0, "h2": 430.0, "inert": 75.0, "methanol": 3.0, "water": 0.3}  # kmol
LOOP_VOLUME, LOOP_TEMPERATURE = 235.0, 330.0  # m3, K: 30 s of what circulates, vessels included, est.
CIRCULATION, REFERENCE_PRESSURE = (
    10.0,
    7.0,
)  # kmol/s at MPa: the machine moves a volume, est. (recycle ratio 4-5)
DAMKOEHLER = 1.9  # of fresh catalyst at 250 °C, est.: four fifths of the way to equilibrium
ACTIVATION = 7_500.0  # K, E/R, est. 60 kJ/mol
CO2_SHARE = 0.30  # of CO2 turned per pass at full approach, est.
POISON = 1.0e-3  # activity lost per ppm h of sulphur above 0.05 ppm, est.
AGEING = 0.01  # activity a month
RELIEF, RELIEF_RATE = 8.4, 1.0  # MPa above which gas is let to the flare; kmol/s per MPa
HOT_RISE = 24.0  # K of the hot spot above the boiling water at the usual rate
USUAL = 0.66  # kmol/s methanol
METHANOL_YIELD = 0.94  # methanol per third of the CO + H2 that it could have been, for what is flared


class Synthesis:
    """The loop each step: mix, convert towards equilibrium, separate, purge."""

    every = 1

    def __init__(
        self, env: simpy.Environment, streams: Streams, purification: Purification, sulphur: Callable[[], float], *,
        catalyst_age: float, drum: float, pressure: float, between: float, repair: float, share: float,
        crude: Holdup, water: Holdup, step: float,
    ) -> None:  # fmt: skip
        self._purification, self._sulphur = purification, sulphur
        self.loop = RecycleLoop(
            COMPONENTS, REACTIONS, amounts=OPENING, volume=LOOP_VOLUME, temperature=LOOP_TEMPERATURE
        )
        self.activity = 1.0 - AGEING * catalyst_age
        self.poisoned = 1.0  # a fault: share of the activity that is left
        self.drum = np.array([drum])
        self.hot_spot = drum + HOT_RISE
        self._wander = wander(streams.normal("synthesis/hot_spot"), 1200.0 / step)
        self._machine = wander(streams.normal("synthesis/circulation"), HOUR / step)
        self._purging = PiController(
            gain=-0.06, reset=1200.0, step=step, low=0.04, high=0.6, setpoint=pressure, bias=0.13
        )
        self.pressure_setpoint = np.array([pressure])
        self._guess = 0.6
        self.purge = 0.13
        self.relief = 0.0
        self.made = USUAL
        self.conversion = 50.0
        self.recycle_power = self.fresh_power = 2000.0
        self.purge_heat = 20_000.0  # kW
        self.crude_share = 94.0
        self.crude, self.water = MaterialStream(None, crude), MaterialStream(None, water)
        self.flash = 0.0  # kg
        self.unit = unit = UnitOperation(env, "synthesis", title="Methanol synthesis loop", kind="reactor")
        self.section = Section(env, streams, unit, between=between, lasting=repair, share=share)
        self._describe(unit)

    def _describe(self, unit: UnitOperation) -> None:
        loop = self.loop
        unit.measure("hot_spot_temperature", lambda: self.hot_spot, unit="Cel", sigma=3.0, low=0, high=400,
                     limits=Limits(lolo=205, lo=215, hi=270, hihi=280),
                     description="hot spot of the catalyst bed")  # fmt: skip
        unit.measure("loop_pressure", lambda: loop.pressure, unit="MPa", sigma=0.12, low=0, high=12,
                     limits=Limits(lolo=4.5, lo=4.9, hi=8.3, hihi=8.8), description="pressure of the loop")  # fmt: skip
        unit.measure("loop_inert", lambda: 100.0 * loop.share(3), unit="%", sigma=0.5, low=0, high=100,
                     limits=Limits(hi=20, hihi=30), description="N2, Ar and CH4 in the circulating gas")  # fmt: skip
        unit.measure("conversion_per_pass", lambda: self.conversion, unit="%", sigma=1.5, low=0, high=100,
                     description="CO converted in one pass")  # fmt: skip
        unit.measure("crude_methanol", lambda: self.crude_share, unit="%", sigma=0.25, low=0, high=100,
                     limits=Limits(lo=91), description="methanol in the crude, mass share")  # fmt: skip
        unit.measure("crude_rate", lambda: 3.6 * 32.042 * self.made, unit="t/h", sigma=2.0, low=0, high=150,
                     description="methanol made")  # fmt: skip
        unit.measure("purge_flow", lambda: 3600.0 * laws.MOLAR_VOLUME * (self.purge + self.relief), unit="m3/h",
                     sigma=600.0, low=0, high=100_000,
                     description="gas let out of the loop, at 0 °C, 101.3 kPa")  # fmt: skip
        unit.measure("recycle_compressor_power", lambda: self.recycle_power, unit="kW", sigma=60.0, low=0, high=10_000,
                     description="shaft power; steam turbine")  # fmt: skip
        unit.measure("catalyst_activity", lambda: 100.0 * self.activity * self.poisoned, unit="%", sigma=0.2, low=0,
                     high=110, limits=Limits(lo=50), description="against fresh catalyst")  # fmt: skip
        unit.setpoint("drum_temperature_setpoint", self.drum, unit="Cel", low=200, high=260,
                      description="boiling water around the catalyst")  # fmt: skip
        unit.setpoint("pressure_setpoint", self.pressure_setpoint, unit="MPa", low=5.2, high=8.0,
                      description="pressure that the purge holds in the loop")  # fmt: skip

    def step(self, seconds: float) -> None:
        """Make methanol for `seconds`."""
        loop = self.loop
        pressure = loop.pressure
        trains = 0.6 if self.section.broken else 1.0  # catalyst in service
        circulation = CIRCULATION * pressure / REFERENCE_PRESSURE * (1.0 + 0.01 * self._machine())
        inlet = loop.enter(self._purification.fresh, circulation)
        co, co2, h2, _, methanol, _ = inlet
        flow = sum(inlet)
        temperature = self.hot_spot
        activity = self.activity * self.poisoned * trains
        approach = laws.conversion_share(
            DAMKOEHLER * activity * laws.arrhenius(temperature, 250.0, ACTIVATION)
            * (pressure / REFERENCE_PRESSURE) * (12.2 / flow)
        )  # fmt: skip
        limit = laws.methanol_equilibrium(
            co,
            h2,
            methanol,
            flow,
            laws.methanol_constant(temperature + 273.15) * pressure * pressure,
            self._guess,
        )
        self._guess = limit
        first = approach * limit
        second = min(CO2_SHARE * approach * co2, 0.3 * max(h2 - 2.0 * first, 0.0))
        self._purging.setpoint = self.pressure_setpoint.item(0)
        self.purge = self._purging.step(pressure) * min(1.0, pressure / 5.0)
        self.relief = max(0.0, pressure - RELIEF) * RELIEF_RATE
        loop.step(seconds, (first, second), self.purge + self.relief)
        self.made = first + second
        self.conversion = 100.0 * first / co
        self._condense(seconds)
        self._drive(circulation, pressure)
        self._age(seconds)

    def _condense(self, seconds: float) -> None:
        liquid = self.loop.liquid
        methanol, water = 32.042 * liquid[4], 18.015 * liquid[5]
        gas = sum(part * mass for part, mass in zip(liquid[:4], self.loop.masses, strict=False))
        self.crude.move(methanol * seconds)
        self.water.move(water * seconds)
        self.flash += gas * seconds
        whole = methanol + water + gas
        if whole > 0.0:
            self.crude_share = 100.0 * methanol / whole

    def _drive(self, circulation: float, pressure: float) -> None:
        ratio = 1.0 + 0.06 * circulation / CIRCULATION
        self.recycle_power = laws.compression_work(circulation, ratio, 315.0, 0.75)
        self.fresh_power = laws.compression_work(
            sum(self._purification.fresh), max(1.0, pressure / 5.4), 310.0, 0.75
        )
        purged = self.loop.purge
        share = self.purge / max(self.purge + self.relief, 1e-9)
        self.purge_heat = 1000.0 * share * (purged[0] * laws.HEAT_CO + purged[2] * laws.HEAT_H2)

    def _age(self, seconds: float) -> None:
        aim = self.drum.item(0) + HOT_RISE * self.made / USUAL + 2.5 * self._wander()
        self.hot_spot += (aim - self.hot_spot) * min(1.0, seconds / 480.0)
        poison = POISON * max(0.0, self._sulphur() - 0.05) / HOUR
        self.activity = max(0.05, self.activity - (AGEING / MONTH + poison) * seconds)

    @property
    def vented(self) -> float:
        """CO + H2 that goes to the flare by the relief, kmol/s."""
        purged = self.loop.purge
        share = self.relief / max(self.purge + self.relief, 1e-9)
        return share * (purged[0] + purged[2])
