"""A toy plant with two upgrades: one whose parameter has a dial, one that changes what has none."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import simpy

from tests.wire.toy import Mixer, Toy, ToyLine
from twin.model.calendar import Calendar
from twin.model.introduction import Introduction
from twin.model.line import Flow, Line
from twin.model.line_unit import LineUnit
from twin.model.plant import Parameter
from twin.model.streams import Streams
from twin.model.upgrade import Change, Function, Paradigm, Upgrade


@dataclass(frozen=True, kw_only=True)
class Upgradable(Toy):
    """A mixer that can be made faster while it runs, and colder when it is built."""

    name: ClassVar[str] = "upgradable"

    ambient: Annotated[float, Parameter("Cel", 0.0, 60.0, "est.")] = 20.0

    def build(self, env: simpy.Environment, streams: Streams) -> Line:
        line = LineUnit(env, Calendar.continuous(), ideal_cycle_time=self.cycle)
        mixer = Mixer(env, streams, self.cycle, line)
        mixer.temperature = self.ambient
        made = ToyLine(env, [line, mixer], [Flow("line", "mixer")], "mixer")
        made.can_turn(cycle=mixer.set_target)
        return made

    def upgrades(self) -> tuple[Upgrade, ...]:
        return (
            Upgrade(key="faster", title="Faster", paradigm=Paradigm.NETWORKED, function=Function.PROCESS,
                    mechanism="Cycles take less long.", changes=(Change("cycle", 0.9, 0.8, 0.5),), one_off=100.0,
                    running=1.0, source="est.", ramp=6.0),
            Upgrade(key="colder", title="Colder", paradigm=Paradigm.INTELLIGENT, function=Function.DEVELOPMENT,
                    mechanism="The hall is cooled, and trials are built sooner.",
                    changes=(Change("ambient", 0.9, 0.8, 0.7),), introduction=(Change("build", 0.9, 0.7, 0.5),),
                    one_off=100.0, running=1.0, source="est."),
        )  # fmt: skip

    def introduction(self) -> Introduction:
        return Introduction(subject="a cake", fixed=4.0, trials=4.0, build=2.0, run=1.0, analyse=1.0, recipe="cycle",
                            source="est.")  # fmt: skip
