"""Sour shift and low-temperature methanol wash: the right hydrogen, no sulphur, little CO2."""

import math

import numpy as np
import simpy

from plants.coal_chemicals import laws
from plants.coal_chemicals.section import Section
from twin.model.disturbance import StepEvents
from twin.model.dynamics import PiController
from twin.model.streams import Streams
from twin.model.tag import Limits
from twin.model.unit_operation import UnitOperation
from twin.model.wander import wander

HOUR, DAY = 3600.0, 86_400.0
STEAM, STEAM_SIGMA = (
    1.30,
    0.02,
)  # mol of steam per mol of dry gas from quench and scrubber, and its spread, est.
INLET, APPROACH = 270.0, 15.0  # °C before the bed; K short of equilibrium, est.
RISE = 950.0  # K per mol of CO shifted per mol of wet gas: 41 kJ/mol over 0.043 kJ/(mol K), much of it steam
SLIP = 0.034  # CO2 left in the washed gas at the usual temperature, est.
SOLVED = 0.004  # share of CO and H2 that leaves with the CO2, est.
COLD = -52.0  # °C of the methanol
SULPHUR = 0.035  # ppm total sulphur after the wash at the usual temperature and load, est. (< 0.05)
SULPHUR_SLOPE = 8.0  # K for a factor e, est.
TOO_MUCH, STOP = 0.10, 0.20  # ppm: load is cut, gas is flared
REACTION = 900.0  # s until the board operator cuts load, est.
FOAM = 3.0  # times the sulphur while the wash foams
CUT = 0.70  # share of load to which a sulphurous wash is cut


class Shift:
    """CO + H2O = CO2 + H2 over sulphur-tolerant catalyst; the by-pass sets the module M by a PI controller."""

    def __init__(
        self, env: simpy.Environment, streams: Streams, *, module: float, between: float, repair: float, share: float,
        step: float,
    ) -> None:  # fmt: skip
        self.setpoint = np.array([module])
        self.bypass = 0.47
        self.module = self.measured = module
        self.outlet = 430.0
        self._steam = wander(streams.normal("shift/steam"), 600.0 / step)
        self._analyser = wander(streams.normal("shift/analyser"), 900.0 / step)
        self._gas = wander(streams.normal("shift/gas"), 300.0 / step)
        self._control = PiController(
            gain=-0.05, reset=300.0, step=step, low=0.05, high=0.95, setpoint=module, bias=0.5
        )
        self._step = step
        self.shifted = 0.0  # share of the CO
        self.unit = unit = UnitOperation(env, "shift", title="Sour shift", kind="reactor")
        self.section = Section(env, streams, unit, between=between, lasting=repair, share=share)
        unit.measure("module", lambda: self.measured, sigma=0.05, low=0, high=5,
                     limits=Limits(lolo=1.9, lo=2.0, hi=2.2, hihi=2.3),
                     description="(H2 - CO2)/(CO + CO2) of the fresh gas")  # fmt: skip
        unit.measure("bypass", lambda: 100.0 * self.bypass, unit="%", sigma=1.5, low=0, high=100,
                     description="gas that goes round the shift reactor")  # fmt: skip
        unit.measure("outlet_temperature", lambda: self.outlet, unit="Cel", sigma=3.0, low=0, high=600,
                     limits=Limits(hi=470, hihi=490), description="at the end of the bed")  # fmt: skip
        unit.setpoint("module_setpoint", self.setpoint, low=1.9, high=2.4, description="module wanted")

    def react(self, gas: list[float]) -> tuple[float, float, float, float]:
        """Return CO, CO2, H2, inert (kmol/s) of raw `gas` after the shift and its by-pass."""
        co, co2, h2, inert = gas
        dry = co + co2 + h2 + inert
        if dry <= 0.0:
            return 0.0, 0.0, 0.0, 0.0
        through = 1.0 - self.bypass
        steam = dry * (STEAM + STEAM_SIGMA * self._steam())
        constant = laws.water_gas_constant(self.outlet + APPROACH + 273.15)
        left, _, _, _ = laws.equilibrium_gas(co + co2, h2 + steam, co + 2.0 * co2 + steam, constant)
        made = through * (co - left)
        self.shifted = made / co
        end = INLET + RISE * (co - left) / (dry + steam)
        self.outlet += (end - self.outlet) * min(1.0, self._step / 300.0)
        return co - made, co2 + made, h2 + made, inert

    def control(self, gas: tuple[float, float, float]) -> None:
        """Measure the module of the washed gas (CO, CO2, H2) and move the by-pass."""
        co, co2, h2 = gas
        if co <= 0.0:
            return
        self.module = laws.module(co, co2, h2) + 0.04 * self._gas()
        self.measured += (self.module + 0.025 * self._analyser() - self.measured) * min(
            1.0, self._step / 180.0
        )
        self._control.setpoint = self.setpoint.item(0)
        self.bypass = self._control.step(self.measured)
        self.unit.touched = True


class Wash:
    """Cold methanol takes H2S to less than 0.1 ppm and CO2 to a few per cent; warm or foaming, it does not."""

    def __init__(
        self, env: simpy.Environment, streams: Streams, *, between: float, repair: float, share: float, foaming: float,
        power: float, step: float,
    ) -> None:  # fmt: skip
        self.warming = 0.0  # K, a fault of the refrigeration
        self.temperature = COLD
        self.sulphur = SULPHUR
        self.flaring = False
        self._too_much = 0.0  # s
        self._wander = wander(streams.normal("methanol_wash/temperature"), HOUR / step)
        self._step = step
        self._power = power
        self._foam = StepEvents(
            env, streams, "methanol_wash/foam", places=1, rate=1.0 / foaming, duration=1.5 * HOUR
        )
        self.unit = unit = UnitOperation(
            env, "methanol_wash", title="Low-temperature methanol wash", kind="column",
            power={"electricity": {"execute": power, "idle": 0.5 * power, "standby": 0.3 * power}},
        )  # fmt: skip
        self.section = Section(env, streams, unit, between=between, lasting=repair, share=share)
        self.slip = SLIP
        unit.measure("total_sulphur", lambda: self.sulphur, unit="ppm", sigma=0.01, low=0, high=20,
                     limits=Limits(hi=0.10, hihi=0.20), description="sulphur in the washed gas, by volume")  # fmt: skip
        unit.measure("methanol_temperature", lambda: self.temperature, unit="Cel", sigma=1.2, low=-80, high=40,
                     limits=Limits(hi=-45, hihi=-40), description="cold methanol to the absorber")  # fmt: skip
        unit.measure("carbon_dioxide_slip", lambda: 100.0 * self.slip, unit="%", sigma=0.15, low=0, high=20,
                     limits=Limits(hi=5), description="CO2 left in the washed gas")  # fmt: skip

    def absorb(
        self, gas: tuple[float, float, float, float], full: float, seconds: float
    ) -> tuple[float, float, float, float]:
        """Return CO, CO2, H2, inert (kmol/s) of the washed gas; `full` is the dry gas at full load."""
        co, co2, h2, inert = gas
        aim = COLD + self.warming + 0.8 * self._wander()
        self.temperature += (aim - self.temperature) * min(1.0, seconds / 1200.0)
        load = (co + co2 + h2 + inert) / full
        warmth = self.temperature - COLD
        foam = FOAM if self._foam.active.item(0) else 1.0
        steady = SULPHUR * foam * math.exp(warmth / SULPHUR_SLOPE) * (load / 0.9) ** 2
        self.sulphur += (steady - self.sulphur) * min(1.0, seconds / 600.0)
        self.slip = min(SLIP * math.exp(warmth / 25.0), 0.2)
        co, h2 = co * (1.0 - SOLVED), h2 * (1.0 - SOLVED)
        left = min(co2, self.slip / (1.0 - self.slip) * (co + h2 + inert))
        self._guard(seconds)
        return co, left, h2, inert

    def _guard(self, seconds: float) -> None:
        self.flaring = self.sulphur > STOP
        if self.sulphur > TOO_MUCH:
            self._too_much += seconds
            if self._too_much >= REACTION:
                self.section.limit(CUT)
        elif self._too_much > 0.0 and self.sulphur < 0.8 * TOO_MUCH:
            self._too_much = 0.0
            self.section.limit(1.0)
        self.unit.touched = True


class Purification:
    """The gas train as one law: shift, wash, flare; it books where the carbon goes (kmol)."""

    every = 2

    def __init__(self, shift: Shift, wash: Wash, raw: list[float], full: float) -> None:
        self.shift, self.wash = shift, wash
        self._raw = raw
        self._full = full
        self.fresh = [0.0] * 6  # kmol/s to the synthesis: CO, CO2, H2, inert, methanol, water
        self.flared = 0.0  # kmol/s CO + H2
        self.carbon_taken = self.carbon_vented = self.carbon_flared = self.carbon_passed = 0.0

    def take(self, raw: list[float]) -> None:
        """Take the raw gas of this step."""
        self._raw = raw

    def step(self, seconds: float) -> None:
        """Shift and wash the raw gas of this step."""
        raw = self._raw
        shifted = self.shift.react(raw)
        co, co2, h2, inert = self.wash.absorb(shifted, self._full, seconds)
        self.shift.control((co, co2, h2))
        taken = (raw[0] + raw[1]) * seconds
        passed = (co + co2) * seconds
        self.carbon_taken += taken
        self.carbon_vented += (shifted[0] + shifted[1]) * seconds - passed
        if self.wash.flaring:
            self.flared = co + h2
            self.carbon_flared += passed
            self.fresh[:4] = (0.0, 0.0, 0.0, 0.0)
        else:
            self.flared = 0.0
            self.carbon_passed += passed
            self.fresh[:4] = (co, co2, h2, inert)
