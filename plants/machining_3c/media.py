"""Coolant and compressed air for all machines, from one plant room."""

import math
from collections.abc import Generator, Sequence
from typing import Any

import simpy

from plants.machining_3c import laws
from twin.model.line_unit import LineUnit
from twin.model.metered_group import MeteredGroup
from twin.model.passage import go
from twin.model.signal import Signal
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.tag import Tag
from twin.model.unit import Unit
from twin.model.wander import wander

STEP = 60.0  # s
AIR = 0.6  # Nm3/min a machine while it blows, 6.3
BLOWING = 0.12  # share of the cutting time in which a machine blows (est.)
HEAT = 1.0  # kW a cutting machine gives to the coolant (est.)
COOLING = 3.0  # kW of heat taken out a kW of chiller power (est.)
STANDBY = 0.5  # kW of controls while the shop is closed (est.)
HALL = 25.0  # °C in the hall (est.)
HEATING = 12.0  # K above the hall without a chiller, all machines cutting (est.)
SLOW, FAST = 9000.0, 1800.0  # s: warming without, cooling with the chiller (est.)
SIGNALS = (
    Signal("coolant_concentration", "%", 0, 20, 0.3, (4, 5, 10, 12), "emulsion in the central tank, Brix"),
    Signal("coolant_temperature", "Cel", 0, 60, 0.4, (15, 18, 29, 32), "coolant to the machines"),
    Signal("air_pressure", "MPa", 0, 1, 0.008, (0.45, 0.50, 0.70, 0.75), "compressed air to the machines"),
    Signal("air_flow", "m3/h", 0, 600, 6, (None, None, None, None), "compressed air, normal conditions"),
)


class Media(Unit):
    """Central coolant with chiller and mist extraction, on while the shop is open; compressed air, always on.

    `pumps` kW drive pumps and extraction, `leakage` Nm3/min of air leak as usual. Faults: the emulsion lacks
    `dilution` %, `leak` Nm3/min leak besides, the `chiller` does not run.
    """

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        line: LineUnit,
        *,
        pumps: float,
        leakage: float,
        **options: Any,
    ) -> None:
        power = {"electricity": {"execute": pumps, "standby": STANDBY}}
        super().__init__(
            env, "media", title="Coolant, mist extraction and air", kind="utility", power=power, **options
        )
        self.groups: Sequence[MeteredGroup] = ()
        self._line = line
        self.dilution = self.leak = 0.0
        self.chiller = True
        self._pumps = pumps
        self.leakage = leakage
        # 6.4: sigma 0.7 %, 1.2 K, 0.02 MPa; correlation times est.
        self._tank = wander(streams.normal("media/concentration"), 12 * 3600.0 / STEP)
        self._cold = wander(streams.normal("media/temperature"), 3600.0 / STEP)
        self._main = wander(streams.normal("media/pressure"), 600.0 / STEP)
        self._level = laws.SWEET  # °C, before it wanders
        self.coolant_temperature = laws.SWEET
        self.coolant_concentration = 7.5
        self.air_pressure = 0.60
        self.air_flow = 0.0

    def own_tags(self) -> tuple[Tag, ...]:
        """Return what is measured of coolant and air."""
        return tuple(signal.tag(self) for signal in SIGNALS)

    def run(self) -> Generator[simpy.Event, Any, None]:
        """Follow the machines, once a minute."""
        while True:
            self._step()
            yield self.env.timeout(STEP)

    def _step(self) -> None:
        is_open = self._line.segment.busy
        working = sum(group.working for group in self.groups)
        share = working / max(sum(group.places for group in self.groups), 1)
        cooled = is_open and self.chiller
        goal, lag = (laws.SWEET, FAST) if cooled else (HALL + HEATING * share, SLOW)
        self._level = goal + (self._level - goal) * math.exp(-STEP / lag)
        self.coolant_temperature = self._level + 1.2 * self._cold()
        self.coolant_concentration = max(7.5 + 0.7 * self._tank() - self.dilution, 0.5)
        leaking = self.leakage + self.leak
        flow = working * AIR * BLOWING + leaking
        self.air_flow = 60.0 * flow
        self.air_pressure = max(laws.air_pressure(flow, 0.015 * self._main()), 0.1)
        if is_open:
            if self.state is not State.EXECUTE:
                go(self, State.EXECUTE, Reason.PRODUCTION)
            chilling = working * HEAT / COOLING if cooled else 0.0
            draw = self._pumps + chilling
        else:
            if self.state is State.EXECUTE:
                go(self, State.STOPPED, Reason.NOT_SCHEDULED)
            draw = STANDBY
        for meter in self.meters.values():
            meter.set_draw(draw + laws.compressor_power(flow))
        self.touched = True
