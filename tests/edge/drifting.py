"""A plant whose measured characteristic drifts, with an upgrade whose loop can take the drift out."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import simpy

from twin.model.calendar import Calendar
from twin.model.line import Flow, Line
from twin.model.line_unit import LineUnit
from twin.model.loop import Loop
from twin.model.plant import Plant
from twin.model.simulation import Simulation
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.tag import Kind, Tag
from twin.model.unit import Unit
from twin.model.upgrade import Function, Paradigm, Upgrade

START = datetime(2026, 1, 31, 4, 55, tzinfo=UTC)
KEY = "correction"


class Lathe(Unit):
    """Turns a part every 20 s; its dimension is off by what wore off and by what the offset adds, in µm."""

    def __init__(self, env: simpy.Environment, streams: Streams) -> None:
        super().__init__(env, "lathe", title="Lathe", counted=True, ideal_cycle_time=20.0)
        self.offset = 0.0
        self.dimension = 0.0
        self.worn = 0.0
        self._noise = streams.normal("lathe/noise")

    def set_offset(self, value: float) -> None:
        self.offset = value

    def own_tags(self) -> tuple[Tag, ...]:
        return (
            Tag(name="dimension", kind=Kind.MEASURE, unit="um", low=-1000, high=1000, deadband=0.0,
                read=lambda: self.dimension, description="of the last part, from nominal"),
            Tag(name="offset", kind=Kind.SETPOINT, unit="um", low=-500, high=500, read=lambda: self.offset,
                write=self.set_offset, description="tool offset"),
        )  # fmt: skip

    def run(self) -> Generator[simpy.Event, Any, None]:
        self.to(State.IDLE, Reason.NO_ORDER)
        self.to(State.EXECUTE, Reason.PRODUCTION)
        while True:
            yield self.env.timeout(20.0)
            self.worn += 0.2
            self.dimension = self.worn + self.offset + self._noise()
            self.count(1.0)


@dataclass(frozen=True, kw_only=True)
class Drifting(Plant):
    """A lathe whose tool wears by 0.2 µm a part."""

    name: ClassVar[str] = "drifting"
    title: ClassVar[str] = "Drifting lathe"
    industry: ClassVar[str] = "Toys"

    def build(self, env: simpy.Environment, streams: Streams) -> Line:
        line = LineUnit(env, Calendar.continuous(), ideal_cycle_time=20.0)
        return Line(env, [line, Lathe(env, streams)], [Flow("line", "lathe")], "lathe")

    def upgrades(self) -> tuple[Upgrade, ...]:
        return (
            Upgrade(
                key=KEY, title="Offset correction", paradigm=Paradigm.INTELLIGENT, function=Function.QUALITY,
                mechanism="The dimension is brought back by the tool offset.",
                loops=(
                    Loop(kind="run_to_run", inputs={"measured": "lathe/dimension"}, outputs={"offset": "lathe/offset"},
                         settings={"target": 0.0, "sigma": 1.0, "gain": 1.0, "rate": 100.0}),
                ),
                one_off=1.0, running=1.0, source="est.", ramp=0.0,
            ),
        )  # fmt: skip


def drifting() -> Simulation:
    return Simulation(Drifting(), seed=1, start=START)
