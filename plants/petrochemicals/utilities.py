"""What the cracker lives on: naphtha, fuel gas of changing heating value, steam for the turbines, electricity."""

import simpy

from plants.petrochemicals import laws
from plants.petrochemicals.furnaces import DAY, Gas
from twin.model.disturbance import OrnsteinUhlenbeck, StepEvents
from twin.model.material import Holdup, MaterialStream
from twin.model.streams import Streams

HOUR = 3600.0
TANK = 3 * 24 * 385.0 * 1000.0  # kg: three days
SWING = -4.0  # % paraffin of another naphtha
COMPRESSOR_STEAM, REFRIGERATION_STEAM = 185.0, 115.0  # MW of turbine steam at full load
RAISED_STEAM = 233.0  # MW that seven clean furnaces raise; fitted: steam import 12 % of 26.0 GJ/t
SPLITTER = 0.40  # of the refrigeration's power that condenses and boils the C2 splitter's reflux, est.
LETDOWN = 5.0  # % of the turbine steam in those figures
COLD = 0.02  # of the refrigeration's power for 1 K colder, est.
STANDING = 0.2  # of the turbine steam while the train is down
ELECTRICITY = 38.5  # MW of pumps, fans and cooling water; fitted: 6 % of 26.0 GJ/t with the base load


class Utilities:
    """Naphtha tank and utilities, advanced once a minute; faults change `poor_fuel` (share of heat lost)."""

    def __init__(
        self, env: simpy.Environment, streams: Streams, *, feed: float, heating_sigma: float, fixed: float,
        letdown: float,
    ) -> None:  # fmt: skip
        self.poor_fuel = 0.0
        self.letdown = letdown  # % of the turbine steam that does no work: let down, vented, lost in traps
        self._fixed = fixed
        self.heating_value = 1.0  # share of the usual
        self.paraffin = laws.REFERENCE_PARAFFIN  # %
        self.steam = 105.0  # MW imported
        self.electricity = ELECTRICITY  # MW
        self.tank = Holdup("naphtha_tank", 0.7 * TANK)
        self.delivery = MaterialStream(None, self.tank)
        self.feeding = MaterialStream(self.tank, None)
        self._usual = feed * 1000.0 / HOUR  # kg/s
        self._fuel = OrnsteinUhlenbeck(
            streams, "utilities/heating_value", places=1, sigma=heating_sigma / 100.0, tau=6 * HOUR, step=60.0
        )
        self._naphtha = OrnsteinUhlenbeck(streams, "feed/paraffin", places=1, sigma=1.0, tau=DAY, step=60.0)
        self._swing = StepEvents(
            env, streams, "feed/swing", places=1, rate=0.1 / DAY, duration=6 * HOUR, cv=0.3
        )
        self._blended = 0.0
        self._renew()

    @property
    def tank_level(self) -> float:
        """Naphtha in the tanks, %."""
        return 100.0 * self.tank.mass / TANK

    def supply(self, seconds: float) -> None:
        """Renew what the furnaces are given: naphtha quality, heating value."""
        self._naphtha.step()
        self._fuel.step()
        wanted = SWING * min(self._swing.active.item(0), 1.0)
        self._blended += (wanted - self._blended) * seconds / HOUR  # pipes and preheat mix for an hour
        self._renew()

    def _renew(self) -> None:
        self.paraffin = laws.REFERENCE_PARAFFIN + self._naphtha.values.item(0) + self._blended
        swing = max(1.0 + self._fuel.values.item(0), 0.5)
        self.heating_value = swing * (1.0 - self.poor_fuel)

    def step(self, gas: Gas, load: float, fouling: float, top: float, reflux: float, seconds: float) -> None:
        """Feed the furnaces from the tank, drive the machines: steam beyond what the furnaces raise is imported."""
        self.feeding.move(gas.feed * 1000.0 * seconds / HOUR)
        self.delivery.move(self._usual * max(1.0 + 2.0 * (0.7 - self.tank.mass / TANK), 0.0) * seconds)
        if load > 0.0:
            part = laws.shaft_power(load, self._fixed)
            colder = 1.0 + COLD * (laws.REFERENCE_TOP - top)
            effort = 1.0 + SPLITTER * (reflux - 1.0)
            demand = part * (COMPRESSOR_STEAM / (1.0 - fouling) + REFRIGERATION_STEAM * colder * effort)
        else:
            part = self._fixed
            demand = STANDING * (COMPRESSOR_STEAM + REFRIGERATION_STEAM)
        demand *= (100.0 - LETDOWN + self.letdown) / 100.0
        self.steam = max(demand - RAISED_STEAM * gas.steam, 0.0)
        self.electricity = part * ELECTRICITY
