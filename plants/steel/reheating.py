"""The reheating furnaces: charged from the yard, heated zone by zone, discharged to the mill at its pace."""

import math
from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import simpy

from plants.steel import laws
from plants.steel.product import Schedule, Slab
from plants.steel.sheet import FURNACE_FAILURE, FURNACE_PLACES, FURNACE_RATE, FURNACES, HOUR
from twin.model.chance import Chance
from twin.model.disturbance import OrnsteinUhlenbeck
from twin.model.material import Holdup, MaterialStream
from twin.model.pacing import Pacing, Standing
from twin.model.piece_furnace import PieceFurnace
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.tag import Limits
from twin.model.unit_operation import UnitOperation

PREHEAT, HEATING = -340.0, 60.0  # K of the first two zones against the soak zone
ZONE_TIME = 900.0  # s, TI-101
ZONE_SIGMA = 9.0  # K, TI-101
OXYGEN_SIGMA = 0.6  # %, AI-103
CHARGING_TIME = 45.0  # s a slab, est.
INTERVAL = 120.0  # s between two discharges in the mean, for the opening state


class Furnace:
    """One walking-beam furnace: what its thermocouples show is `drift` K above the soak zone's true temperature."""

    def __init__(self, temperature: float) -> None:
        self.zones = [temperature + PREHEAT, temperature + HEATING, temperature]
        self.slabs = PieceFurnace[Slab](
            places=FURNACE_PLACES, zones=self.zones, tau=laws.HEATING_TIME, heat_capacity=laws.HEAT_CAPACITY
        )
        self.drift = 0.0  # K
        self.level = temperature  # °C, what the controller has reached, without disturbances
        self.oxygen = 0.0  # %
        self.power = 0.0  # kW of fuel
        self.discharge = temperature  # °C of the last slab
        self.outages = 0  # reasons why it neither charges nor discharges

    @property
    def in_service(self) -> bool:
        """Whether its beams walk."""
        return self.outages == 0

    @property
    def shown(self) -> float:
        """The soak zone's temperature as the thermocouple shows it, °C."""
        return self.zones[2] + self.drift

    def ready_in(self, least: float) -> float:
        """Return the seconds until the first slab is believed to have `least` °C: the slab model trusts the drift."""
        return self.slabs.time_to(least - self.drift)


class Reheating:
    """The furnaces as a law: zones, slabs and fuel, once a minute; and the crews that charge and discharge.

    `hold` is the share of full firing that a furnace burns when it heats nothing. Slabs are discharged from
    `least` °C on; while the mill is `standing` the zones' set points are `setback` K lower.
    """

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        unit: UnitOperation,
        schedule: Schedule,
        *,
        step: float,
        temperature: float,
        least: float,
        hold: float,
        efficiency: float,
        oxygen: float,
        scatter: float,
        scale: float,
        setback: float,
        standing: Callable[[], bool],
    ) -> None:
        self.every = round(60.0 / step)
        self.unit = unit
        self.schedule = schedule
        self.setpoint = np.full(FURNACES, temperature)
        self.least = least
        self.furnaces = [Furnace(temperature) for _ in range(FURNACES)]
        full_heat = FURNACE_RATE / 3.6 * laws.HEAT_CAPACITY / 1000.0  # kW per K of rise
        self._held = hold / (1.0 - hold) * full_heat * (laws.REFERENCE_DISCHARGE - 220.0)
        self.efficiency = efficiency
        self.oxygen = np.full(FURNACES, oxygen)
        self.scatter = scatter
        self._scale = scale
        self.setback = setback
        self._standing = standing
        self._env = env
        self._wander = OrnsteinUhlenbeck(
            streams, "furnaces/zone", places=FURNACES, sigma=ZONE_SIGMA, tau=1800.0, step=60.0
        )
        self._breath = OrnsteinUhlenbeck(
            streams, "furnaces/oxygen", places=FURNACES, sigma=OXYGEN_SIGMA, tau=3600.0, step=60.0
        )
        self._approach = 1.0 - math.exp(-60.0 / ZONE_TIME)
        self.residence = 3.0 * HOUR  # s of the last slab
        self.supply_open = True
        self.interruptions: Chance | None = None
        self.lasting = 1.0  # times the usual repair of a furnace
        self._room = env.event()
        self._out: Standing | None = None
        self.burnt = 0.0  # kWh of fuel since the start
        self.stepped_at = 0.0
        self.inside = Holdup("furnaces", read=lambda: sum(furnace.slabs.mass() for furnace in self.furnaces))
        self.charging = MaterialStream(None, self.inside)
        self.discharging = MaterialStream(self.inside, None)
        self._fill()
        self._settle()
        env.process(self._charge())

    def _fill(self) -> None:
        # As if the mill had been running for hours: the oldest slabs are at the exit.
        for turn in range(FURNACE_PLACES):
            for furnace in self.furnaces:
                furnace.slabs.charge(self.schedule.make(), INTERVAL * FURNACES * (turn - FURNACE_PLACES))
                for _ in range(FURNACES):
                    furnace.slabs.heat(INTERVAL / FURNACES)
            for furnace in self.furnaces:
                furnace.slabs.heat(INTERVAL * (FURNACES - 1))
        self.inside.open()

    # -- charging and discharging ----------------------------------------------------------------------------

    def _charge(self) -> Generator[simpy.Event, Any, None]:
        while True:
            furnace = max(self.furnaces, key=lambda each: each.slabs.room if each.in_service else -1)
            if self.supply_open and furnace.in_service and furnace.slabs.room > 0:
                yield self._env.timeout(CHARGING_TIME)
                if furnace.slabs.room > 0:
                    slab = self.schedule.make()
                    furnace.slabs.charge(slab, self._env.now)
                    self.unit.touched = True
                    self.charging.move(slab.mass)
            else:
                self._room = self._env.event()
                yield self._room

    @property
    def hold(self) -> float:
        """Fuel in kW that a furnace burns without heating anything."""
        return self._held / self.efficiency

    def look(self) -> None:
        """Let the charging crew look whether there is something to charge."""
        if not self._room.triggered:
            self._room.succeed()

    def ready(self) -> float:
        """Return the seconds until a furnace has a slab for the mill."""
        least = self.least
        return min(
            (furnace.ready_in(least) for furnace in self.furnaces if furnace.in_service), default=math.inf
        )

    def take(self) -> Slab:
        """Discharge the slab that has been in longest, of those that are hot; its scale stays behind."""
        hot = [each for each in self.furnaces if each.in_service and each.ready_in(self.least) <= 0.0]
        furnace = min(hot, key=lambda each: each.slabs.pieces[0].entered)
        slab = furnace.slabs.discharge()
        self.discharging.move(slab.mass)
        self.residence = self._env.now - slab.entered
        slab.temperature += self.scatter * slab.scatter[0]
        slab.discharge = furnace.discharge = slab.temperature
        slab.mass -= slab.mass * laws.scale_loss(self._scale, slab.temperature, self.residence)
        self.unit.count(slab.charged_mass / 1000.0)
        self.look()
        return slab

    # -- physics ---------------------------------------------------------------------------------------------

    def step(self, seconds: float) -> None:
        """Burn for `seconds` what the last step found, then advance zones and slabs."""
        self.burnt += sum(furnace.power for furnace in self.furnaces) * seconds / 3600.0
        self.stepped_at += seconds
        self._wander.step()
        self._breath.step()
        self._settle(seconds)

    def _settle(self, seconds: float = 0.0) -> None:
        wander, breath = self._wander.values.tolist(), self._breath.values.tolist()
        setback = self.setback if seconds and self._standing() else 0.0
        oxygen, setpoints, hold = self.oxygen.tolist(), self.setpoint.tolist(), self.hold
        total = 0.0
        for number, furnace in enumerate(self.furnaces):
            furnace.level += (
                (setpoints[number] - setback - furnace.level) * self._approach if seconds else 0.0
            )
            true = furnace.level + wander[number]
            furnace.zones[0] = true + PREHEAT
            furnace.zones[1] = true + HEATING
            furnace.zones[2] = true - furnace.drift
            furnace.oxygen = max(oxygen[number] + breath[number], 0.2)
            heat = furnace.slabs.heat(seconds) / seconds / 1000.0 if seconds else hold * 2.0
            losses = hold * true / laws.REFERENCE_DISCHARGE
            furnace.power = laws.firing(losses, max(heat, 0.0), self.efficiency, furnace.oxygen)
            total += furnace.power
        self.unit.draw("mixed_gas", total)

    # -- what goes wrong -------------------------------------------------------------------------------------

    def fail(self, pacing: Pacing[Slab], streams: Streams, *, between: float, repair: float) -> None:
        """Let each furnace fail every `between` s in the mean; the others go on."""
        for number in range(FURNACES):
            self._env.process(self._suffer(pacing, streams, number, between, repair))

    def _suffer(
        self, pacing: Pacing[Slab], streams: Streams, number: int, between: float, repair: float
    ) -> Generator[simpy.Event, Any, None]:
        pause = streams.exponential(f"furnaces/{number}/failure", between)
        lasting = streams.lognormal(f"furnaces/{number}/repair", FURNACE_FAILURE[1] * HOUR * repair, 0.8)
        while True:
            yield self._env.timeout(pause())
            self.serve(pacing, number, on=False)
            yield self._env.timeout(lasting() * self.lasting)
            self.serve(pacing, number, on=True)

    def serve(self, pacing: Pacing[Slab], number: int, *, on: bool) -> None:
        """Take a furnace out of service, or put it back."""
        before = sum(furnace.in_service for furnace in self.furnaces)
        self.furnaces[number].outages += -1 if on else 1
        serving = sum(furnace.in_service for furnace in self.furnaces)
        self.unit.set_capacity(serving / FURNACES)
        if before and not serving:
            self._out = Standing(self.unit, State.ABORTED, f"{Reason.FAILURE}:furnaces")
            pacing.stand(self._out)
        elif serving and self._out is not None:
            pacing.resume(self._out)
            self._out = None
        self.look()

    def interrupt_supply(self, streams: Streams, *, between: float, lasting: float) -> None:
        """Let no slabs come every `between` s for `lasting` s in the mean."""
        self._env.process(self._interrupt(streams, between, lasting))

    def _interrupt(
        self, streams: Streams, between: float, lasting: float
    ) -> Generator[simpy.Event, Any, None]:
        self.interruptions = Chance(
            self._env, streams.exponential("slab_yard/between", between), name="slab_yard"
        )
        draw = streams.lognormal("slab_yard/lasting", lasting, 0.3)
        while True:
            yield from self.interruptions.wait()
            self.supply_open = False
            yield self._env.timeout(draw())
            self.supply_open = True
            self.look()

    # -- tags ------------------------------------------------------------------------------------------------

    def describe(self) -> None:
        """Publish the furnaces' tags."""
        unit = self.unit
        for number, furnace in enumerate(self.furnaces, start=1):
            self._describe_furnace(number, furnace)
        unit.measure("slabs_held", lambda: float(sum(len(each.slabs) for each in self.furnaces)), unit="{piece}",
                     sigma=1.5, low=0, high=FURNACES * FURNACE_PLACES + 1, limits=Limits(lolo=30, lo=60),
                     description="slabs in all furnaces")  # fmt: skip
        unit.measure("residence_time", lambda: self.residence / 60.0, unit="min", sigma=8.0, low=0, high=2000,
                     description="of the last slab, 150-180 at full pace")  # fmt: skip
        unit.setpoint("soak_temperature_setpoint", self.setpoint, slice(0, FURNACES), unit="Cel", low=1150.0,
                      high=1290.0, description="soak zones of all furnaces; the other zones follow")  # fmt: skip

    def _describe_furnace(self, number: int, furnace: Furnace) -> None:
        unit = self.unit
        unit.setpoint(f"soak_temperature_setpoint_{number}", self.setpoint, number - 1, unit="Cel", low=1150.0,
                      high=1290.0, description=f"soak zone of furnace {number}")  # fmt: skip
        unit.setpoint(f"oxygen_setpoint_{number}", self.oxygen, number - 1, unit="%", low=0.5, high=8.0,
                      description=f"oxygen wanted in the flue gas of furnace {number}")  # fmt: skip
        unit.measure(
            f"soak_temperature_{number}", lambda: furnace.shown, unit="Cel", sigma=ZONE_SIGMA, low=0, high=1400,
            limits=Limits(lolo=1150, lo=1180, hi=1270, hihi=1290),
            description=f"soak zone of furnace {number} as its thermocouple shows it (TI-101)",
        )  # fmt: skip
        unit.measure(
            f"discharge_temperature_{number}", lambda: furnace.discharge, unit="Cel", sigma=14.0, low=0, high=1400,
            limits=Limits(lolo=1130, lo=1160, hi=1240, hihi=1260),
            description=f"last slab discharged from furnace {number} (TI-102)",
        )  # fmt: skip
        unit.measure(
            f"oxygen_{number}", lambda: furnace.oxygen, unit="%", sigma=OXYGEN_SIGMA, low=0, high=21,
            limits=Limits(lolo=0.3, lo=0.6, hi=3.5, hihi=5), description=f"flue gas of furnace {number} (AI-103)",
        )  # fmt: skip
