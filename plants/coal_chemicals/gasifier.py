"""One gasifier: slurry and oxygen in, gas and slag out; its heat, its slag tap, its brick, its burner."""

import math

import simpy

from plants.coal_chemicals import laws
from plants.coal_chemicals.coal import Coal, Slurry
from twin.model.dynamics import PiController
from twin.model.streams import Streams
from twin.model.unit_operation import UnitOperation
from twin.model.wander import wander

HOUR, DAY = 3600.0, 86_400.0
INERT = 0.5  # mol of nitrogen and argon per kg of dry coal, from coal and from oxygen of 99.6 %, est.
ASH_HEAT = 1.1  # kJ/(kg K) of slag
SLAG_RUNS = 20.0  # K above the fusion point at which the tap stays clear
FREEZE, MELT = (
    0.16,
    0.35,
)  # 1/h: tap blocked per hour at the fusion point; cleared per hour well above it; est.
NOTICED, CLEARED = 0.30, 0.12  # blockage at which the board operator heats the gasifier, and stops doing so
HEAT_UP = 30.0  # K by which he raises the set point
BLOCKED = 0.95  # blockage at which the gasifier must be stopped
BRICK_SLOPE = 60.0  # K for a factor e in brick wear
SAMPLE = 8 * HOUR  # between laboratory samples of slag
HEAT_CAPACITY = 9.5  # kJ/(K kg) of dry coal: what a kelvin takes, endothermic carbon gasification included


class Gasifier:
    """Three minutes of heat, hours of slag, months of brick.

    `load` 1 is `full` kg/s of dry coal. The temperature is inferred from the gas (soft sensor) and held by a PI
    controller on the oxygen/coal ratio. `output` gives CO, CO2, H2 and inert in kmol/s.
    """

    def __init__(
        self, env: simpy.Environment, streams: Streams, number: int, coal: Coal, slurry: Slurry, *, full: float,
        ash: float, heat_loss: float, temperature: float, heat_sigma: float, sensor_sigma: float, brick_life: float,
        burner_life: float, preheat: float, tau: float, step: float,
    ) -> None:  # fmt: skip
        name = self.name = f"gasifier_{number}"
        self._coal, self._slurry = coal, slurry
        self.full, self._ash, self._heat_loss = full, ash, heat_loss
        self.usual = self.temperature_setpoint = temperature
        self._heat = wander(streams.normal(f"{name}/heat"), 900.0 / step)
        self._sensor = wander(streams.normal(f"{name}/sensor"), 2 * HOUR / step)
        self._flow = wander(streams.normal(f"{name}/flow"), 60.0 / step)
        self._lab = streams.normal(f"{name}/laboratory")
        self._heat_sigma, self.sensor_sigma = heat_sigma, sensor_sigma
        self._brick_life, self.burner_life = brick_life, burner_life
        self._tau = tau
        self._ratio = PiController(
            gain=1.0e-4, reset=420.0, step=step, low=0.50, high=0.78, setpoint=temperature, bias=0.645
        )
        self.unit = UnitOperation(
            env, name, title=f"Gasifier {number}", kind="reactor",
            power={"coal": {"execute": full * 29_000.0},
                   "natural_gas": {"idle": preheat, "standby": preheat}},
        )  # fmt: skip
        # what a fault changes
        self.sensor_bias = self.ash_shift = self.leak = 0.0
        self.spray = 1.0
        # state
        self.load = 0.0
        self.temperature = self.inferred = temperature
        self.ratio = 0.645
        self.blockage = 0.0
        self.brick = self.burner_age = 0.0
        self.cooling_water = 0.0
        self.shell = 200.0
        self.slag_carbon = 3.0
        self.upsets = 0.0
        self.upset = False
        self.coal_total = 0.0
        self.carbon_in = self.carbon_slag = self.carbon_gas = 0.0  # kmol
        self.coal_energy = 0.0  # kWh
        self.shares = (45.0, 37.0, 17.4, 0.03)
        self.output = (0.0, 0.0, 0.0, 0.0)
        self.efficiency = 72.0
        self.pressure = 6.4
        self._sampled, self._sum, self._count = 0.0, 0.0, 0
        self.viscosity = 10.0

    @property
    def capacity(self) -> float:
        """Share of its load that the slag tap lets it carry: what runs off a narrow tap is less."""
        if self.upset:
            return 0.62
        return min(1.0, 1.0 - 0.35 * (self.blockage - 0.1)) if self.blockage > 0.1 else 1.0

    @property
    def effective_gas(self) -> float:
        """CO + H2 in the dry gas, %."""
        return self.shares[0] + self.shares[1]

    @property
    def tap_pressure(self) -> float:
        """Pressure drop over the slag tap, kPa: it grows with the square of the speed in what is left open."""
        open_share = 1.0 - 0.8 * self.blockage
        return 2.0 * (self.load / open_share) ** 2

    def burn(self, seconds: float) -> None:
        """Gasify for `seconds` at the present load: ratio, elements, heat, then what slag, brick and burner suffer."""
        temperature = self.temperature
        self.inferred = temperature + self.sensor_bias + self.sensor_sigma * self._sensor()
        control = self._ratio
        control.setpoint = self.temperature_setpoint + (HEAT_UP if self.upset else 0.0)
        self.ratio = control.step(self.inferred)
        ratio = self.ratio + 0.004 * self._flow()
        ash = self._ash
        heat = laws.HEAT_ASH_FREE * (1.0 - ash) * self._coal.heat * (1.0 + self._heat_sigma * self._heat())
        water = 1000.0 * laws.slurry_water(self._slurry.concentration) / laws.WATER
        worn = self.burner_age / self.burner_life
        unburnt = laws.unburnt_carbon(temperature, self.spray * (1.0 + 0.5 * worn * worn))
        carbon = 1000.0 * laws.COAL_C * (1.0 - ash) / laws.CARBON
        lost = min(unburnt, 0.3) * carbon
        trace = laws.methane(temperature) * carbon
        gas = laws.equilibrium_gas(
            carbon - lost - trace,
            1000.0 * laws.COAL_H * (1.0 - ash) / 2.016 + water - 2.0 * trace,
            1000.0 * laws.COAL_O * (1.0 - ash) / 15.999 + water + 2000.0 * ratio / laws.MOLAR_VOLUME,
            laws.water_gas_constant(temperature + 273.15 - laws.FREEZING),
        )
        co, co2, h2, _ = gas
        chemical = co * laws.HEAT_CO + h2 * laws.HEAT_H2 + trace * laws.HEAT_CH4
        rate = self.full * self.load
        surplus = (
            heat - chemical - lost * laws.HEAT_C - laws.sensible_heat(gas, INERT, temperature)
            - ash * ASH_HEAT * (temperature - 25.0) - water * laws.EVAPORATION - self._heat_loss / rate
        )  # fmt: skip
        self.temperature = temperature + surplus / HEAT_CAPACITY * (seconds / self._tau)
        kilo = rate / 1000.0
        self.output = (co * kilo, co2 * kilo, h2 * kilo, (INERT + trace) * kilo)
        dry = 100.0 / (co + co2 + h2 + trace + INERT)
        self.shares = (co * dry, h2 * dry, co2 * dry, trace * dry)
        self.efficiency = 100.0 * chemical / heat
        self.coal_total += rate * seconds / 1000.0
        self.carbon_in += carbon * kilo * seconds
        self.carbon_slag += lost * kilo * seconds
        self.carbon_gas += (co + co2 + trace) * kilo * seconds
        power = rate * heat
        self.coal_energy += power * seconds / 3600.0
        self.unit.draw("coal", power)
        self._suffer(seconds, unburnt)

    def _suffer(self, seconds: float, unburnt: float) -> None:
        temperature, hours = self.temperature, seconds / HOUR
        margin = temperature - self._coal.fusion - self.ash_shift
        self.viscosity = min(laws.slag_viscosity(temperature, temperature - margin), 999.0)
        if margin < SLAG_RUNS:
            self.blockage = min(
                1.0, self.blockage + FREEZE * min((SLAG_RUNS - margin) / SLAG_RUNS, 4.0) * hours
            )
        else:
            self.blockage *= 1.0 - MELT * min((margin - SLAG_RUNS) / 40.0, 2.0) * hours
        if self.upset:
            self.upset = self.blockage > CLEARED
        elif self.blockage > NOTICED:
            self.upset = True
            self.upsets += 1.0
        self.brick += (
            seconds / self._brick_life * math.exp((temperature - laws.REFERENCE_TEMPERATURE) / BRICK_SLOPE)
        )
        self.burner_age += seconds
        steel = 175.0 + 75.0 * min(self.brick, 1.2) + 0.55 * (temperature - laws.REFERENCE_TEMPERATURE)
        self.shell += (steel - self.shell) * min(1.0, hours / 2.0)
        self.cooling_water += (self.leak - 0.02 * self.cooling_water) * hours
        self.pressure = 6.4 + 0.04 * self._flow()
        self._sum += laws.slag_carbon(min(unburnt, 0.3), self._ash)
        self._count += 1
        self._sampled += seconds
        if self._sampled >= SAMPLE:
            self.slag_carbon = max(0.1, 100.0 * self._sum / self._count + 0.8 * self._lab())
            self._sampled = self._sum = 0.0
            self._count = 0

    def set_temperature(self, value: float) -> None:
        """Want `value` °C from now on."""
        self.temperature_setpoint = value

    def rest(self) -> None:
        """Make no gas; the preheated gasifier reads its usual temperature."""
        self.load = 0.0
        self.inferred = self.usual
        self.output = (0.0, 0.0, 0.0, 0.0)
        self.unit.draw("coal", 0.0)
