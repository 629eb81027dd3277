"""A plant that talks more than a real one: every value of its many signals is a function of who, what and when."""

from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar

import simpy

from twin.model.calendar import Calendar
from twin.model.line import Flow, Line
from twin.model.line_unit import LineUnit
from twin.model.plant import Parameter, Plant
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.tag import Kind, Tag
from twin.model.unit import Unit

_MASK = (1 << 64) - 1
SPAN = 1_000_000.0  # signals lie in [0, SPAN)


def signal(unit: int, number: int, time_ms: int) -> float:
    """Return what signal `number` of the unit shows `time_ms` after the run's start: its proof of being unaltered.

    A mix of the three numbers (the finalizer of SplitMix64), so that no shifted or swapped sample shows the same.
    """
    mixed = (time_ms * 0x9E3779B97F4A7C15 + unit * 0xD1B54A32D192ED03 + number * 0x8CB92BA72F3D8DD7) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return ((mixed ^ (mixed >> 31)) >> 11) * SPAN / (1 << 53)


class Talker(Unit):
    """Makes pieces at random cycle times, jams now and then, and shows `signals` values anew every `period` s."""

    def __init__(
        self, env: simpy.Environment, streams: Streams, place: int, signals: int, period: float
    ) -> None:
        power = {"electricity": {"execute": 12.0, "idle": 3.0, "standby": 1.0}}
        super().__init__(env, f"talker_{place}", counted=True, ideal_cycle_time=5.0, power=power)
        self.place = place
        self.signals = signals
        self._period = period
        self._cycle = streams.lognormal(f"{self.name}/cycle", 5.0, 0.2)
        self._chance = streams.uniform(f"{self.name}/fate")

    def own_tags(self) -> tuple[Tag, ...]:
        """Declare the signals."""
        return tuple(
            Tag(name=f"signal_{number}", kind=Kind.MEASURE, unit="1", low=0.0, high=SPAN,
                read=partial(self.show, number), description="function of unit, number and time")
            for number in range(self.signals)
        )  # fmt: skip

    def show(self, number: int) -> float:
        """Read a signal now."""
        return signal(self.place, number, round(self.env.now * 1000.0))

    def run(self) -> Generator[simpy.Event, Any, None]:
        """Work."""
        self.env.process(self._speak())
        for state in (State.IDLE, State.EXECUTE):
            self.to(state, Reason.PRODUCTION)
        while True:
            yield self.env.timeout(self._cycle())
            chance = self._chance()
            self.count(1.0, scrapped=1.0 if chance < 0.02 else 0.0)
            if chance > 0.97:
                self.to(State.HELD, f"{Reason.MICRO_STOP}:jam_{int(chance * 1000)}")
                yield self.env.timeout(7.5)
                self.to(State.EXECUTE, Reason.PRODUCTION)

    def _speak(self) -> Generator[simpy.Event, Any, None]:
        while True:  # a unit that nothing touches is not scanned
            yield self.env.timeout(self._period)
            self.touched = True


class BusyLine(Line):
    """Talkers side by side."""

    kind = "discrete"


@dataclass(frozen=True, kw_only=True)
class Busy(Plant):
    """Talkers on a line: units x signals samples in every `period` where the scan is as quick."""

    name: ClassVar[str] = "busy"
    title: ClassVar[str] = "Busy plant"
    industry: ClassVar[str] = "Tests"

    units: Annotated[int, Parameter("1", 1, 200, "est.")] = 10
    signals: Annotated[int, Parameter("1", 1, 200, "est.")] = 20
    period: Annotated[float, Parameter("s", 0.01, 60.0, "est.")] = 0.5

    def build(self, env: simpy.Environment, streams: Streams) -> Line:
        """Put the talkers side by side."""
        line = LineUnit(env, Calendar.continuous(), ideal_cycle_time=5.0, staff=2.0, labour_rate=60.0,
                        prices={"electricity": 0.7})  # fmt: skip
        talkers = [
            Talker(env, streams, place, self.signals, self.period) for place in range(1, self.units + 1)
        ]
        return BusyLine(
            env, [line, *talkers], [Flow("line", talker.name) for talker in talkers], talkers[0].name
        )
