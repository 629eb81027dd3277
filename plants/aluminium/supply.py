"""What the cells live on: direct current from the rectifiers, alumina from the silo."""

import numpy as np
import simpy

from twin.model.disturbance import OrnsteinUhlenbeck, StepEvents
from twin.model.dynamics import FirstOrderDeadTime, PiController
from twin.model.material import Holdup, MaterialStream
from twin.model.outage import Machines, Outage
from twin.model.state import State
from twin.model.streams import Streams
from twin.model.tag import Limits
from twin.model.unit_operation import UnitOperation

HOUR = 3600.0
RAMP = 0.01 / 60.0  # load restored after a trip: 1 % a minute
SAG_DEPTH = 0.15  # est.; grid sags twice a month
CURRENT_SIGMA = 600.0  # A


class Rectifier:
    """The rectifier station, 5+1 groups: one group may fail without effect, a trip of the station stops the line."""

    every = 1

    def __init__(
        self, env: simpy.Environment, streams: Streams, *, current: float, step: float, loss: float
    ) -> None:
        self.setpoint = np.array([current / 1000.0])  # kA
        self.current = current  # A
        self.groups = 1.0  # share of the current that the groups in service can carry
        self.load = 1.0  # share of the set point, below 1 while it is restored after a trip
        self.unit = UnitOperation(
            env, "rectifier", title="Rectifier station", kind="rectifier",
            power={"electricity": {"execute": loss, "idle": 0.0, "standby": 0.0}},
        )  # fmt: skip
        trip = Outage(
            state=State.ABORTED, reason="failure:rectifier", between=8760 * HOUR, lasting=0.5 * HOUR
        )
        Machines(env, streams, self.unit, 1, [trip])
        self._wander = OrnsteinUhlenbeck(
            streams, "rectifier/current", places=1, sigma=CURRENT_SIGMA, tau=120.0, step=step
        )
        self._sag = StepEvents(
            env, streams, "rectifier/sag", places=1, rate=2 / (30 * 24 * HOUR), duration=60.0
        )
        self.unit.measure(
            "line_current", lambda: self.current / 1000.0, unit="kA", sigma=0.6, low=0.0, high=450.0,
            limits=Limits(lolo=380, lo=395, hi=405, hihi=410), description="direct current through all cells",
        )  # fmt: skip
        self.unit.setpoint(
            "line_current_setpoint", self.setpoint, unit="kA", low=300.0, high=410.0,
            description="direct current wanted",
        )  # fmt: skip

    def step(self, seconds: float) -> None:
        """Set the current that flows from now on."""
        self._wander.step()
        if self.unit.state is not State.EXECUTE:
            self.load = 0.0
            self.current = 0.0
            return
        wanted = 1000.0 * self.setpoint.item(0)
        self.load = min(1.0, self.load + RAMP * seconds)
        self.current = (
            self.load
            * self.groups
            * (wanted + self._wander.values.item(0))
            * (1.0 - SAG_DEPTH * self._sag.active.item(0))
        )


class AluminaSupply:
    """Alumina receiving, dry scrubber and the day silo, whose level a PI controller holds by the conveying rate."""

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        *,
        demand: float,
        baths: Holdup,
        step: float,
        power: float,
    ) -> None:
        self.every = round(60.0 / step)
        self._capacity = 24.0 * HOUR * demand  # kg, a day's demand (kg/s)
        self.silo = Holdup("alumina_silo", 0.75 * self._capacity)
        self.receiving = MaterialStream(None, self.silo)
        self.feeding = MaterialStream(self.silo, baths)
        self.rate = demand  # kg/s conveyed
        self.level_setpoint = np.array([75.0])  # %
        self.automatic = np.array([1.0])  # 0: the conveying rate is what the operator says
        self.manual_rate = np.array([3.6 * demand])  # t/h
        self._conveyor = FirstOrderDeadTime(
            gain=1.0, tau=120.0, delay=60.0, step=60.0, operating_input=demand, operating_output=demand
        )
        self._level = PiController(
            gain=0.1 * demand,
            reset=12 * HOUR,
            step=60.0,
            low=0.0,
            high=1.5 * demand,
            setpoint=75.0,
            bias=demand,
        )
        self.unit = UnitOperation(
            env, "alumina_supply", title="Alumina supply and scrubber", kind="silo",
            power={"electricity": {"execute": power, "idle": power, "standby": 0.8 * power}},
        )  # fmt: skip
        failure = Outage(
            state=State.ABORTED, reason="failure:conveyor", between=2000 * HOUR, lasting=6 * HOUR
        )
        plug = Outage(
            state=State.HELD, reason="micro_stop:dense_phase_plug", between=20 * HOUR, lasting=600.0, cv=0.6
        )
        Machines(env, streams, self.unit, 1, [failure, plug])
        self.unit.measure(
            "silo_level", lambda: 100.0 * self.silo.mass / self._capacity, unit="%", sigma=1.0, low=0.0, high=110.0,
            limits=Limits(lolo=10, lo=30, hi=95, hihi=100), description="alumina in the day silo",
        )  # fmt: skip
        self.unit.measure(
            "conveying_rate", lambda: 3.6 * self.rate, unit="t/h", sigma=2.0, low=0.0, high=5.4 * demand,
            description="alumina conveyed into the silo",
        )  # fmt: skip
        self.unit.setpoint(
            "silo_level_setpoint", self.level_setpoint, unit="%", low=30.0, high=90.0,
            description="level that the controller holds",
        )  # fmt: skip
        self.unit.setpoint(
            "level_control_automatic", self.automatic, low=0.0, high=1.0,
            description="1: the controller sets the conveying rate, 0: the operator does",
        )  # fmt: skip
        self.unit.setpoint(
            "conveying_rate_setpoint", self.manual_rate, unit="t/h", low=0.0, high=5.4 * demand,
            description="conveying rate in manual",
        )  # fmt: skip

    def step(self, seconds: float) -> None:
        """Convey for `seconds`."""
        if self.automatic.item(0) >= 0.5:
            self._level.automatic = True
        else:
            self._level.set_manual(self.manual_rate.item(0) / 3.6)
        self._level.setpoint = self.level_setpoint.item(0)
        output = self._level.step(100.0 * self.silo.mass / self._capacity)
        rate = self._conveyor.step(output)
        self.rate = max(rate, 0.0) if self.unit.state is State.EXECUTE else 0.0
        self.receiving.move(self.rate * seconds)
        self.unit.touched = True
