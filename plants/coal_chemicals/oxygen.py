"""Air separation: oxygen from two trains, derated by hot air, backed up by liquid oxygen."""

import math

import simpy

from plants.coal_chemicals.section import Section
from twin.model.material import Holdup, MaterialStream
from twin.model.streams import Streams
from twin.model.tag import Limits
from twin.model.unit_operation import UnitOperation
from twin.model.wander import wander

HOUR, DAY = 3600.0, 86_400.0
DENSITY = 1.4276  # kg/Nm3 oxygen, 31.998 / 22.414
ONE_TRAIN = 0.55  # share of the station's oxygen that one train gives when pushed, est.
DERATE, COOL = 0.004, 15.0  # share of oxygen lost per K of air above °C, est.
DAY_SWING, WEATHER = 5.0, 4.0  # K, amplitude of the day and sigma of the weather (3 d), est.
REFILL = 0.03  # share of the station's oxygen that can be made liquid to refill the tank, est.
COLD_FLOOR = 0.72  # turndown floor; what is made beyond need is vented (70-75 % in the sheet)


class AirSeparation:
    """The station: `size` Nm3/s of oxygen in cool air; the LOX tank holds `hours` of it.

    `demand` is set by the gasifiers; `share` tells what part of full load there is oxygen for.
    """

    every = 2

    def __init__(
        self, env: simpy.Environment, streams: Streams, *, size: float, need: float, hours: float, ambient: float,
        between: float, repair: float, step: float,
    ) -> None:  # fmt: skip
        self.size = size
        self._need = need
        self.demand = need
        self._ambient = ambient
        self._weather = wander(streams.normal("air_separation/weather"), 3 * DAY / (step * self.every))
        self._env = env
        self._full = hours * HOUR * need * DENSITY
        self.lox = Holdup("liquid_oxygen", 0.95 * self._full)
        self.filling = MaterialStream(None, self.lox)
        self.evaporating = MaterialStream(self.lox, None)
        self.air = ambient
        self.made = need  # Nm3/s
        self.vented = 0.0
        self.unit = UnitOperation(env, "air_separation", title="Air separation unit", kind="column")
        self.section = Section(env, streams, self.unit, between=between, lasting=repair, share=ONE_TRAIN)
        self._describe()

    def _describe(self) -> None:
        unit = self.unit
        unit.measure("oxygen_flow", lambda: 3600.0 * self.demand, unit="m3/h", sigma=900.0, low=0, high=90_000,
                     description="oxygen to the gasifiers at 0 °C, 101.3 kPa")  # fmt: skip
        unit.measure("oxygen_made", lambda: 3600.0 * self.made, unit="m3/h", sigma=900.0, low=0, high=90_000,
                     description="gaseous oxygen made, vented oxygen included")  # fmt: skip
        unit.measure("lox_level", lambda: 100.0 * self.lox.mass / self._full, unit="%", sigma=1.5, low=0, high=105,
                     limits=Limits(lolo=10, lo=40), description="liquid oxygen in the back-up tank")  # fmt: skip
        unit.measure("air_temperature", lambda: self.air, unit="Cel", sigma=3.0, low=-40, high=50,
                     limits=Limits(hi=32, hihi=38), description="air at the main compressor's inlet")  # fmt: skip

    @property
    def able(self) -> float:
        """Oxygen that the trains can make in this air, Nm3/s."""
        trains = ONE_TRAIN if self.section.broken else 1.0
        return self.size * trains * (1.0 - DERATE * max(0.0, self.air - COOL))

    @property
    def backed(self) -> bool:
        """Whether the LOX tank can help."""
        return self.lox.mass > 0.05 * self._full

    @property
    def capacity(self) -> float:
        """Share of the plant that oxygen is there for: a train that is out is felt when the tank is empty."""
        return 1.0 if self.backed or not self.section.broken else ONE_TRAIN

    @property
    def share(self) -> float:
        """Share of full load that there is oxygen for now, hot air included."""
        return 1.2 if self.section.broken and self.backed else self.able / self._need

    def step(self, seconds: float) -> None:
        """Make the oxygen that was needed, evaporate what is missing, refill the tank with what is left."""
        hour = (self._env.now % DAY) / DAY
        self.air = (
            self._ambient + DAY_SWING * math.sin(2.0 * math.pi * (hour - 0.375)) + WEATHER * self._weather()
        )
        able = self.able
        missing = self.demand - able
        self.vented = 0.0
        if missing > 0.0:
            self.made = able
            self.evaporating.move(min(missing * seconds * DENSITY, self.lox.mass))
        else:
            spare = min(REFILL * self.size, -missing) if self.lox.mass < 0.97 * self._full else 0.0
            if spare > 0.0:
                self.filling.move(spare * seconds * DENSITY)
            floor = COLD_FLOOR * self.size * (ONE_TRAIN if self.section.broken else 1.0)
            self.made = max(self.demand + spare, floor)
            self.vented = self.made - self.demand - spare
        self.unit.touched = True
