"""A plant of two units for the tests of the wire: random cycles, a writable set point, texts, counts, a fault."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import simpy

from twin.model.calendar import Calendar
from twin.model.fault import Effect, Fault
from twin.model.line import Flow, Line
from twin.model.line_unit import LineUnit
from twin.model.plant import Parameter, Plant
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.tag import Kind, Limits, Tag
from twin.model.unit import Unit


class Mixer(Unit):
    """Works pieces at random cycle times about its set point, and stops for a moment now and then."""

    def __init__(self, env: simpy.Environment, streams: Streams, cycle: float, line: LineUnit) -> None:
        super().__init__(
            env, "mixer", title="Mixer", counted=True, ideal_cycle_time=cycle,
            power={"electricity": {"execute": 12.0, "idle": 3.0, "standby": 1.0}},
        )  # fmt: skip
        self.target = cycle
        self.line = line
        self.temperature = 20.0
        self._factor = streams.lognormal("mixer/cycle", 1.0, 0.2)
        self._noise = streams.normal("mixer/temperature")
        self._chance = streams.uniform("mixer/fate")
        self.slip = 1.0
        self.can_suffer(
            Fault("loose_belt", "Loose belt", mechanism="The belt slips: every cycle takes half as long again.",
                  strike=lambda: self.set_slip(1.5), mend=lambda: self.set_slip(1.0),
                  effects=(Effect(subject="mixer/prod_processed_count", change=-100, end=3600),))
        )  # fmt: skip

    def set_slip(self, slip: float) -> None:
        self.slip = slip

    def set_target(self, value: float) -> None:
        self.target = value

    def own_tags(self) -> tuple[Tag, ...]:
        return (
            Tag(name="target_cycle", kind=Kind.SETPOINT, unit="s", low=1.0, high=60.0, read=lambda: self.target,
                write=self.set_target, description="cycle time aimed at"),
            Tag(name="temperature", kind=Kind.MEASURE, unit="Cel", low=0.0, high=80.0, deadband=0.2,
                limits=Limits(lo=5.0, hi=60.0, hihi=70.0), read=lambda: self.temperature, description="of the bowl"),
        )  # fmt: skip

    def run(self) -> Generator[simpy.Event, Any, None]:
        self.line.start_order("order_1", "dough", 1000.0)
        self.to(State.RESETTING, Reason.CHANGEOVER)
        yield self.env.timeout(5.0)
        self.to(State.EXECUTE, Reason.PRODUCTION)
        while True:
            yield self.env.timeout(self.target * self.slip * self._factor())
            chance = self._chance()
            self.temperature += 0.1 * (40.0 - self.temperature) + 0.5 * self._noise()
            self.count(1.0, scrapped=1.0 if chance < 0.02 else 0.0)
            if chance > 0.95:
                self.to(State.HELD, f"{Reason.MICRO_STOP}:jam_{int(chance * 1000)}")
                yield self.env.timeout(7.5)
                self.to(State.EXECUTE, Reason.PRODUCTION)


class ToyLine(Line):
    """A line of one mixer."""

    kind = "discrete"


@dataclass(frozen=True, kw_only=True)
class Toy(Plant):
    """A mixer on a line."""

    name: ClassVar[str] = "toy"
    title: ClassVar[str] = "Toy plant"
    industry: ClassVar[str] = "Toys"

    cycle: Annotated[float, Parameter("s", 1.0, 60.0, "est.")] = 6.0

    def build(self, env: simpy.Environment, streams: Streams) -> Line:
        line = LineUnit(env, Calendar.continuous(), ideal_cycle_time=self.cycle, staff=2.0, labour_rate=60.0,
                        prices={"electricity": 0.7})  # fmt: skip
        return ToyLine(env, [line, Mixer(env, streams, self.cycle, line)], [Flow("line", "mixer")], "mixer")
