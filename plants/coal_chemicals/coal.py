"""Coal as it comes: blends that change, heat value and ash that wander, and the slurry that is ground of it."""

import numpy as np
import simpy

from plants.coal_chemicals import laws
from twin.model.material import Holdup, MaterialStream
from twin.model.outage import Machines, Outage
from twin.model.state import State
from twin.model.streams import Streams
from twin.model.tag import Limits
from twin.model.unit_operation import UnitOperation
from twin.model.wander import wander

HOUR, DAY = 3600.0, 86_400.0
MILLS, MILL_SHARE = (
    2,
    0.62,
)  # each of two mills grinds this share of the usual need, est. (130 t/h of the sheet)
HEAT_BLEND, FUSION_BLEND = 0.004, 7.0  # scatter from blend to blend: share of heat, K; est.
VISCOSITY_TOP, DILUTION = 1_180.0, 0.006 / 100.0  # mPa.s above which water is added, solids per mPa.s; est.


class Coal:
    """What is in the bunker: blends change every `interval` s, for `lasting` s the plant runs on a mixture.

    `heat` multiplies the heat value, `fusion` (°C) is where its slag becomes too stiff, `sigma` (K) its spread within a
    blend; `blends` multiplies what blends differ by.
    """

    every = 2

    def __init__(
        self, streams: Streams, *, interval: float, lasting: float, fusion: float, sigma: float, blends: float,
        step: float,
    ) -> None:  # fmt: skip
        self.interval, self.lasting = interval, lasting
        self._since = interval * streams.uniform("coal/phase")()
        self._draw = streams.normal("coal/blend")
        self._wander = wander(streams.normal("coal/fusion"), 24 * HOUR / (step * self.every))
        self.sigma = sigma
        self.blends = blends
        self._base = fusion
        self._old = (self._draw(), self._draw())
        self._new = (self._draw(), self._draw())
        self.heat = 1.0
        self.fusion = fusion
        self.changing = False
        self.step(0.0)

    def step(self, seconds: float) -> None:
        """Mix the blends as far as the bunker has changed."""
        self._since += seconds
        if self._since >= self.interval:
            self._since -= self.interval
            self._old, self._new = self._new, (self._draw(), self._draw())
        share = min(self._since / self.lasting, 1.0)
        self.changing = share < 1.0
        heat, fusion = (old + share * (new - old) for old, new in zip(self._old, self._new, strict=True))
        self.heat = 1.0 + HEAT_BLEND * self.blends * heat
        self.fusion = self._base + FUSION_BLEND * self.blends * fusion + self.sigma * self._wander()


class Slurry:
    """Mills and slurry tanks; too stiff a slurry is diluted, and all the water must be evaporated again."""

    every = 2

    def __init__(
        self, env: simpy.Environment, streams: Streams, *, need: float, hours: float, concentration: float,
        sigma: float, between: float, repair: float, power: float, step: float,
    ) -> None:  # fmt: skip
        seconds = step * self.every
        self._need = need  # kg/s of dry coal at full load
        self._full = hours * HOUR * need
        self.tank = Holdup("slurry_tank_coal", 0.85 * self._full)
        self.grinding = MaterialStream(None, self.tank)
        self.feeding = MaterialStream(self.tank, None)
        self.setpoint = np.array([concentration])
        self.grind = 1.0  # 1 is the usual particle size; a fault makes it worse
        self.concentration = concentration / 100.0
        self.viscosity = 900.0
        self.dilution = 0.0
        self.rate = need
        self._sigma = sigma / 100.0
        self._solids = wander(streams.normal("slurry/concentration"), HOUR / seconds)
        self._sizes = wander(streams.normal("slurry/grind"), 4 * HOUR / seconds)
        self._answer = seconds / HOUR
        self._power = power
        self.unit = unit = UnitOperation(
            env, "slurry", title="Slurry preparation", kind="mill",
            power={"electricity": {"execute": power, "idle": 0.1 * power, "standby": 0.05 * power}},
        )  # fmt: skip
        failure = Outage(state=State.ABORTED, reason="failure:mill", between=between, lasting=repair)
        self.mills = Machines(env, streams, unit, MILLS, [failure])
        self._describe()

    def _describe(self) -> None:
        unit = self.unit
        unit.measure("concentration", lambda: 100.0 * self.concentration, unit="%", sigma=0.8, low=40, high=75,
                     limits=Limits(lolo=55, lo=58, hi=65, hihi=67),
                     description="solids in the slurry, mass share")  # fmt: skip
        unit.measure("viscosity", lambda: self.viscosity, unit="mPa.s", sigma=120.0, low=0, high=3000,
                     limits=Limits(lolo=400, lo=550, hi=1300, hihi=1500), description="apparent viscosity")  # fmt: skip
        unit.measure("tank_level", lambda: 100.0 * self.tank.mass / self._full, unit="%", sigma=2.5, low=0, high=110,
                     limits=Limits(lolo=10, lo=30, hi=98), description="slurry in the tanks")  # fmt: skip
        unit.measure("grinding_rate", lambda: 3.6 * self.rate, unit="t/h", sigma=5.0, low=0, high=200,
                     description="dry coal ground")  # fmt: skip
        unit.setpoint("concentration_setpoint", self.setpoint, unit="%", low=55, high=66,
                      description="solids wanted in the slurry")  # fmt: skip

    @property
    def share(self) -> float:
        """The share of full load that slurry is there for."""
        if self.tank.mass > 0.03 * self._full:
            return 1.0
        return min(1.0, self.rate / self._need)

    def step(self, seconds: float) -> None:
        """Grind for `seconds`, into tanks that are kept nearly full."""
        self.dilution += (
            max(0.0, self.viscosity - VISCOSITY_TOP) * DILUTION * 5.0 - self.dilution
        ) * self._answer
        wanted = self.setpoint.item(0) / 100.0 - self.dilution
        self.concentration = wanted + self._sigma * self._solids()
        self.viscosity = laws.slurry_viscosity(self.concentration, self.grind * (1.0 + 0.09 * self._sizes()))
        able = self.mills.in_service * MILL_SHARE * self._need
        missing = 0.9 * self._full - self.tank.mass
        self.rate = max(0.0, min(able, missing / (1.5 * HOUR) + 0.85 * self._need))
        if self.rate * seconds > 0.0:
            self.grinding.move(self.rate * seconds)
        self.unit.draw("electricity", self._power * self.rate / self._need)
