"""The casthouse: holding furnaces that collect and blend the metal, and the ingot casters."""

import simpy

from twin.model.material import Holdup, MaterialStream
from twin.model.outage import Machines, Outage
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.tag import Limits
from twin.model.unit_operation import UnitOperation, drive

HOUR = 3600.0
CAPACITY = 240_000.0  # kg, four furnaces of 60 t
START_LEVEL, STOP_LEVEL = 90_000.0, 40_000.0  # kg at which casting begins and ends
CASTERS = 2
CASTING_RATE = 22_000.0 / HOUR  # kg/s a caster
DROSS = 0.008  # of the metal received, skimmed
CAST_OFF = 0.006  # of the ingots, remelted
HOLDING_SHARE = 0.4  # of the usual gas goes into keeping the furnaces hot, est.


class Casthouse:
    """Takes the tapped metal, skims its dross, casts it into ingots; gas heat is `gas` J per kg at `usual` kg/s."""

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        *,
        pads: Holdup,
        usual: float,
        gas: float,
        step: float,
        power: float,
    ) -> None:
        self.every = round(60.0 / step)
        self.metal = Holdup("holding_furnace", 0.5 * (START_LEVEL + STOP_LEVEL))
        self.tapping = MaterialStream(pads, self.metal)
        self.skimming = MaterialStream(self.metal, None)
        self.casting = MaterialStream(self.metal, None)
        self._gas = gas
        self._holding = HOLDING_SHARE * usual * gas / 1000.0  # kW
        heat = usual * gas / 1000.0  # kW
        self.furnace = UnitOperation(
            env, "holding_furnace", title="Holding furnaces", kind="furnace", counted=True,
            ideal_cycle_time=3 * HOUR * 1000.0 / CAPACITY,
            power={"natural_gas": {"execute": heat, "idle": self._holding, "standby": self._holding}},
        )  # fmt: skip
        self.caster = UnitOperation(
            env, "caster", title="Ingot casters", kind="caster", counted=True,
            ideal_cycle_time=1000.0 / (CASTERS * CASTING_RATE),
            power={"electricity": {"execute": power, "idle": 0.3 * power, "standby": 0.2 * power}},
        )  # fmt: skip
        failed = Outage(state=State.ABORTED, reason="failure:furnace", between=900 * HOUR, lasting=4 * HOUR)
        Machines(env, streams, self.furnace, 4, [failed])
        self._casters = Machines(
            env, streams, self.caster, CASTERS,
            [
                Outage(state=State.ABORTED, reason="failure:caster", between=120 * HOUR, lasting=1.5 * HOUR),
                Outage(state=State.HELD, reason="micro_stop:caster", between=HOUR / 1.5, lasting=60.0, cv=0.6),
                Outage(state=State.RESETTING, reason="changeover:mould", between=12 * HOUR, lasting=1800.0,
                       cv=0.2, regular=True),
            ],
        )  # fmt: skip
        self._wanted = True
        self.furnace.measure(
            "metal_held", lambda: self.metal.mass / 1000.0, unit="t", sigma=5.0, low=0.0, high=260.0,
            limits=Limits(lo=20, hi=220, hihi=240), description="liquid metal in the holding furnaces",
        )  # fmt: skip

    def room(self) -> bool:
        """Say whether the furnaces in service can take another tap."""
        return self.metal.mass + 4_500.0 <= CAPACITY * self.furnace.capacity

    def receive(self, mass: float, *, blended: bool) -> None:
        """Take `mass` kg from the cells; off-grade metal is blended into the furnaces."""
        self.tapping.move(mass)
        dross = DROSS * mass
        self.skimming.move(dross)
        self.furnace.count(
            mass / 1000.0, scrapped=dross / 1000.0, reworked=(mass - dross) / 1000.0 if blended else 0.0
        )

    def step(self, seconds: float) -> None:
        """Cast for `seconds`."""
        held = self.metal.mass
        if self._wanted and held <= STOP_LEVEL:
            self._wanted = False
        elif not self._wanted and held >= START_LEVEL:
            self._wanted = True
        lines = self._casters.in_service
        rate = CASTING_RATE * lines if self._wanted else 0.0
        if lines:
            if rate > 0.0:
                drive(self.caster, State.EXECUTE, Reason.PRODUCTION)
            else:
                drive(self.caster, State.SUSPENDED, Reason.STARVED)
        cast = min(rate * seconds, held)
        if cast > 0.0:
            self.casting.move(cast * (1.0 - CAST_OFF))
            self.caster.count(cast / 1000.0, reworked=CAST_OFF * cast / 1000.0)
        self.furnace.draw(
            "natural_gas", self._holding + (1.0 - HOLDING_SHARE) * self._gas * cast / seconds / 1000.0
        )
        self.furnace.touched = True
