"""A short line with everything a page can show, and a store filled with some hours of it."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, Any, ClassVar

import simpy

from twin.model.calendar import Calendar, Shift
from twin.model.command import Command
from twin.model.fault import Effect, Fault
from twin.model.line import Flow, Line
from twin.model.line_unit import LineUnit
from twin.model.plant import Parameter, Plant
from twin.model.simulation import Simulation
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.tag import Kind, Limits, Tag
from twin.model.unit import Unit

START = datetime(2026, 1, 31, 0, 0, tzinfo=UTC)


class Press(Unit):
    """Takes from the buffer before it, fails by chance, warms up."""

    def __init__(
        self, env: simpy.Environment, streams: Streams, line: LineUnit, name: str, number: int
    ) -> None:
        power = {"electricity": {"execute": 40.0 + 10 * number, "idle": 15.0, "standby": 4.0}}
        super().__init__(
            env,
            name,
            title=f"Press {name[2:]}",
            kind="press",
            power=power,
            counted=True,
            ideal_cycle_time=12.0,
        )
        self._line = line
        self.stock = 4.0
        self.before: Press | None = None
        self.after: Press | None = None
        self.speed = 12.0
        self.tonnage = 8.0
        self._cycle = streams.lognormal(f"{name}/cycle", 1.05, 0.1)
        self._run = streams.exponential(f"{name}/run", 2400.0)
        self._repair = streams.exponential(f"{name}/repair", 240.0)
        self._chance = streams.uniform(f"{name}/defect")
        self.scrap_share = 0.03
        if number == 1:
            self.can_suffer(
                Fault("blunt_die", "Blunt die", mechanism="The cutting edge is worn: panels tear at the rim.",
                      strike=lambda: self._set_scrap(0.5), mend=lambda: self._set_scrap(0.03),
                      effects=(Effect(subject=f"{name}/scrap_count", change=+60, end=3600),
                               Effect(subject="quality_ratio", change=-0.2, begin=600, end=7200)))
            )  # fmt: skip

    def _set_scrap(self, share: float) -> None:
        self.scrap_share = share

    def own_tags(self) -> tuple[Tag, ...]:
        return (
            Tag(name="tonnage", kind=Kind.MEASURE, unit="MN", read=lambda: self.tonnage, low=0, high=12, deadband=0.02,
                limits=Limits(lolo=5.0, lo=6.0, hi=9.5, hihi=10.5), description="draw force of the last stroke"),
            Tag(name="buffer_level", kind=Kind.MEASURE, unit="{piece}", read=lambda: self.stock, low=0, high=10,
                deadband=0.5, description="panels that wait before this press"),
            Tag(name="cycle_setpoint", kind=Kind.SETPOINT, unit="s", read=lambda: self.speed, write=self._set_speed,
                low=10, high=30, description="planned time of a stroke"),
        )  # fmt: skip

    def _set_speed(self, value: float) -> None:
        self.speed = value

    def _both(self, state: State, reason: str) -> None:
        self.to(state, reason)
        if self._line.pace is self:  # type: ignore[attr-defined]
            self._line.to(state, reason)

    def run(self) -> Generator[simpy.Event, Any, None]:
        self._both(State.IDLE, Reason.NO_ORDER)
        self._both(State.EXECUTE, Reason.PRODUCTION)
        until_failure = self._run()
        while True:
            if not self._line.segment.busy:
                self._both(State.STOPPED, self._line.segment.reason)
                while not self._line.segment.busy:
                    yield self._line.segment_changed
                self._both(State.IDLE, Reason.NO_ORDER)
                self._both(State.EXECUTE, Reason.PRODUCTION)
            if self.before is not None and self.stock < 1:
                self._both(State.SUSPENDED, Reason.STARVED)
                while self.stock < 1:
                    yield self.env.timeout(2.0)
                self._both(State.EXECUTE, Reason.PRODUCTION)
            if self.after is not None and self.after.stock >= 10:
                self._both(State.SUSPENDED, Reason.BLOCKED)
                while self.after.stock >= 10:
                    yield self.env.timeout(2.0)
                self._both(State.EXECUTE, Reason.PRODUCTION)
            cycle = self.speed * self._cycle()
            yield self.env.timeout(cycle)
            until_failure -= cycle
            if self.before is not None:
                self.stock -= 1
            self.tonnage += 0.2 * (8.0 + 2.4 * (self._chance() - 0.5) - self.tonnage)
            bad = self._chance() < self.scrap_share
            self.count(1, scrapped=float(bad))
            if self.after is not None:
                self.after.stock += 1
                self.after.touched = True
            else:
                self._line.count(1, scrapped=float(bad))
                self._line.made()  # type: ignore[attr-defined]
            if until_failure <= 0.0:
                minor = self._chance() < 0.5
                if minor:
                    self._both(State.HELD, Reason.MICRO_STOP)
                    yield self.env.timeout(45.0)
                else:
                    self._both(State.ABORTED, f"{Reason.FAILURE}:{self.name}")
                    yield self.env.timeout(self._repair())
                    self._both(State.STOPPED, f"{Reason.FAILURE}:{self.name}")
                    self._both(State.IDLE, Reason.NO_ORDER)
                self._both(State.EXECUTE, Reason.PRODUCTION)
                until_failure = self._run()


class PressLine(Line):
    """A discrete line."""

    kind = "discrete"


class ToyLineUnit(LineUnit):
    """Starts an order after every 400 pieces."""

    pace: Press | None = None
    number = 0

    def made(self) -> None:
        if self.processed >= 400 * self.number:
            self.number += 1
            self.start_order(f"PO-{1000 + self.number}", ("door_outer", "hood_inner")[self.number % 2], 400)


@dataclass(frozen=True, kw_only=True)
class ToyLine(Plant):
    """Four presses in a row with small buffers, in two shifts with a break each."""

    name: ClassVar[str] = "toy_line"
    title: ClassVar[str] = "Toy press line"
    industry: ClassVar[str] = "panel stamping"

    presses: Annotated[float, Parameter("1", 2, 8, "est.", "presses in the row")] = 4

    def build(self, env: simpy.Environment, streams: Streams) -> Line:
        shifts = (
            Shift("early", 6, 14, ((9, 9.5),)),
            Shift("late", 14, 22, ((18, 18.5),)),
            Shift("night", 22, 30),
        )
        line = ToyLineUnit(
            env, Calendar(shifts, start=START), title="Press line", ideal_cycle_time=12.0, staff=6, labour_rate=60.0,
            power={"electricity": {"execute": 20.0, "idle": 20.0, "standby": 20.0}},
            prices={"electricity": 0.7}, carbon={"electricity": 0.57}, unit_costs={"consumables": 0.4},
        )  # fmt: skip
        presses = [
            Press(env, streams, line, f"op{10 * (place + 1)}", place) for place in range(int(self.presses))
        ]
        for left, right in pairwise(presses):
            left.after, right.before = right, left
        line.pace = presses[-1]
        flows = [
            Flow(left.name, right.name, "panels", f"{right.name}/buffer_level", 10)
            for left, right in pairwise(presses)
        ]
        return PressLine(env, [line, *presses], flows, presses[-1].name)


def simulation(seed: int = 7, epoch: int = 1) -> Simulation:
    """Return a fresh run of the line."""
    return Simulation(ToyLine(), seed=seed, start=START, epoch=epoch)


def command(path: str, value: float) -> Command:
    """Return a command for the line."""
    return Command(id="c1", path=path, value=value, expires_ms=4_000_000_000_000)
