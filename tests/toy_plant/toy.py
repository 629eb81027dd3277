"""A plant of one machine: small enough to read in a minute, complete enough for every check."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import simpy

from twin.model.calendar import Calendar
from twin.model.line import Flow, Line
from twin.model.line_unit import LineUnit
from twin.model.plant import Parameter, Plant
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.tag import Kind, Limits, Tag
from twin.model.unit import Unit


class Machine(Unit):
    """Makes pieces, jams by chance, counts itself and the line."""

    def __init__(
        self, env: simpy.Environment, streams: Streams, line: LineUnit, cycle: float, defects: float
    ) -> None:
        power = {"electricity": {"execute": 10.0, "idle": 4.0, "standby": 1.0}}
        super().__init__(env, "machine", counted=True, ideal_cycle_time=cycle, power=power)
        self._line = line
        self._cycle = streams.lognormal("machine/cycle", cycle, 0.05)
        self._run = streams.exponential("machine/run", 900.0)
        self._jam = streams.exponential("machine/jam", 100.0)
        self._chance = streams.uniform("machine/defect")
        self._defects = defects
        self.made = 0
        self.temperature = 20.0

    def own_tags(self) -> tuple[Tag, ...]:
        return (
            Tag(name="temperature", kind=Kind.MEASURE, unit="Cel", read=lambda: self.temperature, low=0, high=100,
                limits=Limits(hi=80, hihi=95), deadband=0.2, description="spindle temperature"),
        )  # fmt: skip

    def run(self) -> Generator[simpy.Event, Any, None]:
        for state in (State.IDLE, State.EXECUTE):
            for unit in (self, self._line):
                unit.to(state, Reason.PRODUCTION)
        until_jam = self._run()
        while True:
            cycle = self._cycle()
            yield self.env.timeout(cycle)
            bad = self._chance() < self._defects
            self.made += 1
            self.temperature += 0.01 * (60.0 - self.temperature) + 0.1 * (cycle / 10.0 - 1.0)
            for unit in (self, self._line):
                unit.count(1, scrapped=float(bad))
            until_jam -= cycle
            if until_jam <= 0.0:
                for unit in (self, self._line):
                    unit.to(State.HELD, Reason.MICRO_STOP)
                yield self.env.timeout(self._jam())
                for unit in (self, self._line):
                    unit.to(State.EXECUTE, Reason.PRODUCTION)
                until_jam = self._run()


class ToyLine(Line):
    """Closes its balance of pieces."""

    kind = "discrete"

    def balances(self) -> dict[str, float]:
        machine = self.units[1]
        assert isinstance(machine, Machine)
        return {"pieces": machine.processed / machine.made - 1.0 if machine.made else 0.0}


@dataclass(frozen=True, kw_only=True)
class Toy(Plant):
    """One machine that makes a piece in ten seconds, jams once in a quarter of an hour and spoils a few pieces."""

    name: ClassVar[str] = "toy"
    title: ClassVar[str] = "Toy machine"
    industry: ClassVar[str] = "tests"

    cycle: Annotated[float, Parameter("s", 1, 100, "est.", "time per piece")] = 10.0
    defects: Annotated[float, Parameter("1", 0, 1, "est.", "share of scrap")] = 0.05

    def build(self, env: simpy.Environment, streams: Streams) -> Line:
        line = LineUnit(env, Calendar.continuous(), title="Toy line", ideal_cycle_time=self.cycle, staff=1)
        machine = Machine(env, streams, line, self.cycle, self.defects)
        return ToyLine(env, [line, machine], [Flow("machine", "line", "pieces")], "machine")

    def targets(self) -> dict[str, float]:
        # 900 s of run between jams of 100 s; the energy of a piece follows from the power of both states
        energy = (900.0 * 10.0 + 100.0 * 4.0) / 3600.0 / (90.0 * (1.0 - self.defects))
        return {
            "availability": 1.0, "effectiveness": 0.9, "quality_ratio": 1.0 - self.defects,
            "specific_energy": energy, "defect_rate": self.defects,
        }  # fmt: skip
