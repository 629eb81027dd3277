"""Refining: raw sauce is pasteurised, settles for days, and is filtered clear."""

import math

import numpy as np
import simpy

from plants.brewing import laws
from plants.brewing.press import ROOM, SAUCE_DENSITY, Presses
from plants.brewing.recipe import DAY, HOUR, MINUTE
from plants.brewing.verdict import Verdict
from twin.model.dynamics import PiController
from twin.model.material import Holdup, MaterialStream
from twin.model.outage import Machines, Outage
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.tag import Limits
from twin.model.unit_operation import UnitOperation, drive
from twin.model.wander import wander

LINES = 2
RATE = 20_000.0 / HOUR  # kg/s a line, 5.3
SET_POINT = 85.0  # °C, 5.5
DIVERSION = 80.0  # °C below which the flow goes back, 5.5: Lo
FEED = 25.0  # °C of raw sauce
TAU = 60.0  # s, 5.5
REGENERATION = 60.0  # K that a valve wide open gives against the recovered heat, est.
STEAM = 0.12  # t/t, 5.3
TURBIDITY, TURBIDITY_SIGMA, CLEAR = 5.0, 1.0, 7.55  # NTU; σ and limit est. for 0.6 % turbid (5.3)
GAIN = 2.0  # of the feed on the level of the raw tank, est.


class Refinery:
    """Two pasteurisers, whose feed holds the level of the raw tank, and the settled tanks behind the filter.

    `valve_stuck` is the position 0..1 in which the steam valve is stuck, None while it obeys. Sauce that is not hot
    enough goes back to the raw tank; sauce that is turbid is filtered again. `steam` is a factor on the steam that is
    taken for the same heat.
    """

    every = 1

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        presses: Presses,
        verdict: Verdict,
        *,
        step: float,
        usual: float,
        settling: float,
        finished: float,
        cip: float,
        steam: float,
        sigma: float,
        power: float,
        failures: float,
    ) -> None:
        self._presses, self._verdict = presses, verdict
        self._usual = usual  # kg/s
        self.steam = steam
        self._finished = finished  # t of finished sauce per t of raw sauce
        self.settled = Holdup("settled_tanks", usual * settling)
        self.capacity = 2500.0 * SAUCE_DENSITY * 1000.0  # kg
        self.amino = presses.amino
        self._flow = MaterialStream(presses.raw, self.settled)
        self.setpoint = np.array([SET_POINT])
        self.temperature = SET_POINT
        self.valve = (SET_POINT - FEED) / REGENERATION
        self.valve_stuck: float | None = None
        self.rate = 0.0  # kg/s
        self.turbidity = TURBIDITY
        self.diverting = False
        self.unit = UnitOperation(
            env, "pasteuriser", title="Pasteurisers and filters", kind="heat_exchanger", counted=True,
            ideal_cycle_time=1000.0 / (LINES * RATE),
            power={
                "electricity": {"execute": power, "idle": 0.3 * power, "standby": 0.2 * power},
                "steam": {"execute": 0.0, "idle": 0.0, "standby": 0.0},
            },
        )  # fmt: skip
        self.machines = Machines(
            env, streams, self.unit, LINES,
            [
                Outage(state=State.ABORTED, reason="failure:pasteuriser", between=350 * HOUR / failures,
                       lasting=2 * HOUR),
                Outage(state=State.HELD, reason="micro_stop:pasteuriser", between=HOUR / 0.3, lasting=90.0, cv=0.6),
                Outage(state=State.RESETTING, reason="changeover:cip", between=DAY, lasting=cip, cv=0.1, regular=True),
            ],
        )  # fmt: skip
        self._sigma = 2.0 * sigma  # K before the heater has smoothed it
        self._steam_pressure = wander(streams.normal("pasteuriser/steam"), 180.0 / step)
        self._haze = wander(streams.normal("pasteuriser/turbidity"), 5 * MINUTE / step)
        self._share = 1.0 - math.exp(-step / TAU)
        self._controller = PiController(
            gain=0.02, reset=120.0, step=step, low=0.0, high=1.6, setpoint=SET_POINT, bias=self.valve
        )
        self.unit.measure(
            "temperature", lambda: self.temperature, unit="Cel", sigma=0.8, low=0, high=130,
            limits=Limits(lolo=76, lo=80, hi=92, hihi=95), description="sauce behind the heater",
        )  # fmt: skip
        self.unit.setpoint(
            "temperature_setpoint", self.setpoint, unit="Cel", low=78.0, high=92.0,
            description="pasteurising temperature wanted",
        )  # fmt: skip
        self.unit.measure(
            "steam_valve", lambda: 100.0 * self.valve, unit="%", sigma=3.0, low=0, high=200,
            description="opening of the steam valve against the usual one",
        )  # fmt: skip
        self.unit.measure(
            "flow", lambda: 3.6 * self.rate, unit="t/h", sigma=0.8, low=0, high=60, description="sauce pasteurised",
        )  # fmt: skip
        self.unit.measure(
            "turbidity", lambda: self.turbidity, unit="1", sigma=TURBIDITY_SIGMA, low=0, high=50,
            limits=Limits(hi=CLEAR, hihi=10), description="turbidity behind the filter, NTU",
        )  # fmt: skip
        self.unit.measure(
            "settled_level", lambda: 100.0 * self.settled.mass / self.capacity, unit="%", sigma=1.0, low=0, high=120,
            limits=Limits(lolo=2, lo=5, hi=95, hihi=99), description="sauce in the settled tanks",
        )  # fmt: skip

    def step(self, seconds: float) -> None:
        """Pasteurise for `seconds`."""
        working = self.machines.in_service
        level = self._presses.raw.mass / (1000.0 * SAUCE_DENSITY * ROOM)
        wanted = self._usual * max(1.0 + GAIN * (level - 0.5) / 0.5, 0.0)
        room = self.settled.mass < 0.98 * self.capacity
        rate = min(wanted, RATE * working) if room and self._presses.raw.mass > 1000.0 else 0.0
        self.rate = rate
        self._heat()
        unit = self.unit
        if rate > 0.0:
            self._pass(rate * seconds)
        if working:
            if rate > 0.0 and self.diverting:
                drive(unit, State.HELD, "quality:too_cold")
            elif rate > 0.0:
                drive(unit, State.EXECUTE, Reason.PRODUCTION)
            else:
                drive(unit, State.SUSPENDED, Reason.STARVED if room else Reason.BLOCKED)
        heat = 3600.0 * rate / 1000.0 * STEAM * self._finished * self.valve * laws.STEAM_HEAT
        unit.draw("steam", heat * self.steam)
        unit.touched = True

    def _heat(self) -> None:
        self._controller.setpoint = self.setpoint.item(0)
        output = self._controller.step(self.temperature)
        self.valve = output if self.valve_stuck is None else self.valve_stuck
        settled = FEED + REGENERATION * self.valve + self._sigma * self._steam_pressure()
        self.temperature += (settled - self.temperature) * self._share
        # back only with a margin, so that the valve does not flutter
        self.diverting = self.temperature < DIVERSION + (1.0 if self.diverting else 0.0)

    def _pass(self, mass: float) -> None:
        tonnes = mass / 1000.0
        self.turbidity = TURBIDITY + TURBIDITY_SIGMA * self._haze()
        if self.diverting:
            # goes round once more, through raw tank and heater
            self.unit.count(tonnes, reworked=tonnes)
            self._verdict.rework("pasteurising", self._finished * tonnes)
            return
        turbid = self.turbidity > CLEAR
        self.unit.count(tonnes, reworked=tonnes if turbid else 0.0)
        if turbid:
            self._verdict.rework("turbid", self._finished * tonnes)
        share = mass / (self.settled.mass + mass)
        self.amino += share * (self._presses.amino - self.amino)
        self._flow.move(mass)
