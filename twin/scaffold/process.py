"""My plant: a heated tank, the smallest process plant there is."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import simpy

from twin import model

STEP = 10.0  # s of simulated time between two steps of the physics
HEAT_CAPACITY = 4.19 / 3600  # kWh/(kg K), water


class Heating:
    """The law: heat in less heat carried out warms the content; too cold or too hot is off-spec."""

    every = 1

    def __init__(self, plant: "MyPlant", streams: model.Streams, line: model.LineUnit) -> None:
        self.plant, self.line = plant, line
        power = {"electricity": {"execute": 30.0}, "steam": {"execute": 0.0}}
        ideal = 3600 / plant.feed
        tank = model.UnitOperation(line.env, "tank", counted=True, ideal_cycle_time=ideal, power=power)
        self.tank = tank
        self.holdup = model.Holdup("tank", 10_000.0)
        self.temperature, self.heater = plant.setpoint, 1.0
        self.inlet = model.OrnsteinUhlenbeck(
            streams, "inlet", places=1, sigma=plant.sigma, tau=1800, step=STEP
        )
        heat = plant.feed * 1000 * HEAT_CAPACITY * (plant.setpoint - 20)  # kW that are needed in the mean
        self.control = model.PiController(gain=0.08 * heat, reset=900, step=STEP, low=0, high=3 * heat,
                                          setpoint=plant.setpoint, bias=heat)  # fmt: skip
        tank.measure("temperature", lambda: self.temperature, unit="Cel", sigma=0.5, low=0, high=120,
                     limits=model.Limits(lolo=60, lo=66, hi=74, hihi=80), description="content")  # fmt: skip
        tank.can_suffer(
            model.Fault("scale", "Scale on the heater", mechanism="half of the heat does not get through",
                        strike=lambda: setattr(self, "heater", 0.5), mend=lambda: setattr(self, "heater", 1.0),
                        effects=(model.Effect(subject="tank/temperature", change=-1.0, end=3600),
                                 model.Effect(subject="specific_energy", change=5.0, end=7200))))  # fmt: skip

    def step(self, seconds: float) -> None:
        """Advance by `seconds`."""
        self.inlet.step()
        heat = self.control.step(self.temperature)  # kW
        self.tank.draw("steam", heat)
        flow = self.plant.feed * 1000 * seconds / 3600  # kg in this step, and as much out
        rise = heat * self.heater * seconds / 3600 / HEAT_CAPACITY
        colder = self.temperature - 20 - self.inlet.values.item(0)  # K, what comes in
        self.temperature += (rise - flow * colder) / self.holdup.mass
        self.holdup.take_in(flow)
        self.holdup.give_out(flow)
        off_spec = abs(self.temperature - self.plant.setpoint) > self.plant.tolerance
        model.book([self.tank, self.line], flow / 1000, off_spec=off_spec, recovered=True)


@dataclass(frozen=True, kw_only=True)
class MyPlant(model.Plant):
    """A tank of 10 t through which product flows; steam keeps it at its set point."""

    name: ClassVar[str] = "my_plant"
    title: ClassVar[str] = "My plant"
    industry: ClassVar[str] = "education"
    product_unit: ClassVar[str] = "t"

    feed: Annotated[float, model.Parameter("t/h", 0.1, 500, "est.", "product through the tank")] = 20
    setpoint: Annotated[float, model.Parameter("Cel", 30, 95, "est.", "temperature wanted")] = 70
    tolerance: Annotated[float, model.Parameter("K", 0.1, 20, "est.", "either side of the set point")] = 2
    sigma: Annotated[float, model.Parameter("K", 0, 20, "est.", "spread of the inlet temperature")] = 4

    def build(self, env: simpy.Environment, streams: model.Streams) -> model.ProcessLine:
        """Build the line."""
        calendar, prices = model.Calendar.continuous(), {"electricity": 0.6, "steam": 0.26}
        line = model.LineUnit(env, calendar, ideal_cycle_time=3600 / self.feed, count_unit="t", prices=prices)
        model.drive(line, model.State.EXECUTE, model.Reason.PRODUCTION)
        law = Heating(self, streams, line)
        units, flows = [line, law.tank], [model.Flow("tank", "line", "product")]
        return model.ProcessLine(
            env, units, flows, "tank", laws=[law], step=STEP, stirred=units, holdups=[law.holdup]
        )
