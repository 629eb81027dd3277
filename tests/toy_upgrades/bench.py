"""A plant whose upgrades have effects that can be worked out by hand."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import simpy

from twin.model.calendar import Calendar
from twin.model.introduction import Introduction
from twin.model.line import Flow, Line
from twin.model.line_unit import LineUnit
from twin.model.plant import Parameter, Plant
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.unit import Unit
from twin.model.upgrade import Change, Function, Paradigm, Upgrade


class Vice(Unit):
    """Loads a piece, works on it, and spoils one whenever the shares of the last add up to a whole one."""

    def __init__(self, env: simpy.Environment, streams: Streams, line: LineUnit, plant: "Bench") -> None:
        super().__init__(
            env, "vice", counted=True, ideal_cycle_time=plant.work, power={"electricity": {"execute": 10.0}}
        )
        self._line = line
        self._load = streams.lognormal("vice/load", plant.load, plant.scatter)
        self._work = streams.lognormal("vice/work", plant.work, plant.scatter)
        self._spoil = plant.spoil

    def run(self) -> Generator[simpy.Event, Any, None]:
        spoilt = 0.0
        for state in (State.IDLE, State.EXECUTE):
            for unit in (self, self._line):
                unit.to(state, Reason.PRODUCTION)
        while True:
            yield self.env.timeout(self._load() + self._work())
            spoilt += self._spoil
            bad = spoilt >= 1.0
            spoilt -= bad
            for unit in (self, self._line):
                unit.count(1, scrapped=float(bad))


class BenchLine(Line):
    """Has no material to balance."""

    kind = "discrete"

    def balances(self) -> dict[str, float]:
        return {}


def upgrade(key: str, function: Function, **effects: Any) -> Upgrade:
    return Upgrade(
        key=key, title=f"The {key}", paradigm=Paradigm.NETWORKED, function=function, mechanism="It halves a number.",
        one_off=20_000, running=1_000, source="est.", **effects,
    )  # fmt: skip


def halved(parameter: str) -> tuple[Change, ...]:
    return (Change(parameter, 0.75, 0.5, 0.25),)


@dataclass(frozen=True, kw_only=True)
class Bench(Plant):
    """A vice: ten seconds to load, ten to work, one piece of sixteen spoilt, 36 CNY an hour for one person."""

    name: ClassVar[str] = "bench"
    title: ClassVar[str] = "Work bench"
    industry: ClassVar[str] = "tests"

    load: Annotated[float, Parameter("s", 0.1, 100, "est.", "loading")] = 10.0
    work: Annotated[float, Parameter("s", 0.1, 100, "est.", "working")] = 10.0
    spoil: Annotated[float, Parameter("1", 0, 1, "est.", "share of scrap")] = 0.0625
    scatter: Annotated[float, Parameter("1", 0, 1, "est.", "coefficient of variation of both times")] = 0.0

    def build(self, env: simpy.Environment, streams: Streams) -> Line:
        line = LineUnit(
            env, Calendar.continuous(), ideal_cycle_time=self.work, staff=1, labour_rate=36.0,
            prices={"electricity": 0.6},
        )  # fmt: skip
        return BenchLine(
            env, [line, Vice(env, streams, line, self)], [Flow("vice", "line", "pieces")], "vice"
        )

    def upgrades(self) -> tuple[Upgrade, ...]:
        return (
            upgrade("robot", Function.LABOUR, changes=halved("load")),
            upgrade("cutter", Function.PROCESS, changes=halved("work")),
            upgrade("camera", Function.DEVELOPMENT, introduction=halved("blindness")),
        )

    def introduction(self) -> Introduction:
        return Introduction(
            subject="piece",
            fixed=10.0,
            trials=4.0,
            build=1.0,
            run=0.5,
            analyse=0.5,
            recipe="spoil",
            source="est.",
        )
