"""A lively plant for tests: orders, breaks, failures, changeovers, capacity, two carriers, a price that changes."""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import simpy

from edge.store import Results
from twin.model.calendar import Calendar, Shift
from twin.model.frame import Frame
from twin.model.line import Line
from twin.model.line_unit import LineUnit
from twin.model.plant import Plant
from twin.model.simulation import Simulation
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.tag import Kind, Limits, Tag
from twin.model.unit import Unit
from twin.packing import Batch, pack, unpack

POWER = {
    "electricity": {"execute": 50.0, "idle": 12.0, "standby": 3.0},
    "natural_gas": {"execute": 20.0, "idle": 5.0},
}
START = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)  # 06:00 of the local day


class Floor(LineUnit):
    """The line, with an electricity price that changes with the time of day and a temperature that alarms."""

    def own_tags(self) -> tuple[Tag, ...]:
        tags = [tag for tag in super().own_tags() if tag.name != "price_electricity"]
        return (
            *tags,
            Tag(name="price_electricity", kind=Kind.PARAMETER, unit="[CNY]/(kW.h)", read=self.price),
            Tag(name="warmth", kind=Kind.MEASURE, unit="Cel", read=self.warmth, low=0, high=100,
                limits=Limits(lolo=10, lo=20, hi=80, hihi=90), deadband=0.5),
        )  # fmt: skip

    def price(self) -> float:
        return 0.6 if self.env.now % 1500.0 < 700.0 else 0.9

    def warmth(self) -> float:
        return 50.0 + 48.0 * ((self.env.now / 600.0) % 2.0 - 1.0)


class Machine(Unit):
    """Executes, fails, waits, loses capacity; the first machine counts for the line."""

    def __init__(
        self, env: simpy.Environment, name: str, streams: Streams, line: LineUnit, leads: bool
    ) -> None:
        super().__init__(env, name, power=POWER, counted=True, ideal_cycle_time=7.0)
        self._line, self._leads = line, leads
        self._chance = streams.uniform(f"{name}/chance")
        self._stay = streams.exponential(f"{name}/stay", 40.0)

    def both(self, state: State, reason: str) -> None:
        for unit in (self, self._line) if self._leads else (self,):
            unit.to(state, reason)

    def run(self) -> Generator[simpy.Event, Any, None]:
        order = 0
        while True:
            if not self._line.segment.busy:
                self.both(State.STOPPED, Reason.BREAK)
                yield self._line.segment_changed
                continue
            if self._leads and order % 7 == 0:
                self._line.start_order(f"po_{order}", "wing" if order % 2 else "hood", 10.0)
            order += 1
            self.both(State.RESETTING, Reason.CHANGEOVER)
            yield self.env.timeout(11.0)
            if self._chance() < 0.3:
                self.bump(scrap=True)
            self.both(State.EXECUTE, Reason.PRODUCTION)
            until = self.env.now + self._stay() + 1.0
            while self.env.now < until:
                yield self.env.timeout(7.0 + self._chance())
                self.bump(scrap=self._chance() < 0.1)
            yield from self.trouble()

    def bump(self, *, scrap: bool) -> None:
        rework = float(not scrap and self._chance() < 0.05)
        for unit in (self, self._line) if self._leads else (self,):
            unit.count(1.0, scrapped=float(scrap), reworked=rework)

    def trouble(self) -> Generator[simpy.Event, Any, None]:
        dice = self._chance()
        if dice < 0.2:
            self.both(State.ABORTED, f"{Reason.FAILURE}:gear")
            yield self.env.timeout(self._stay())
            self.both(State.STOPPED, Reason.MAINTENANCE)
            yield self.env.timeout(3.0)
        elif dice < 0.5:
            self.both(State.HELD, Reason.MICRO_STOP)
            yield self.env.timeout(self._stay() / 4.0)
            self.both(State.SUSPENDED, Reason.STARVED)
            yield self.env.timeout(2.5)
        else:
            self.set_capacity(0.5 + 0.5 * self._chance())
            yield self.env.timeout(1.0)
        self.both(State.STOPPED, Reason.NO_ORDER)


class WorkshopLine(Line):
    kind = "discrete"


@dataclass(frozen=True, kw_only=True)
class Workshop(Plant):
    """Two machines."""

    name: ClassVar[str] = "workshop"
    title: ClassVar[str] = "Workshop"

    def build(self, env: simpy.Environment, streams: Streams) -> Line:
        shifts = (Shift("day", 6.0, 7.0, ((6.3, 6.4), (6.52, 6.53))), Shift("late", 7.0, 22.0))
        calendar = Calendar(shifts, start=START)
        line = Floor(
            env, calendar, power={"electricity": {"standby": 5.0, "execute": 6.0, "idle": 5.5}}, ideal_cycle_time=7.0,
            staff=3, labour_rate=40.0, prices={"electricity": 0.6, "natural_gas": 0.3},
            carbon={"electricity": 0.5366, "natural_gas": 0.2}, unit_costs={"consumables": 1.5},
            hourly_costs={"fixed": 100.0},
        )  # fmt: skip
        machines = [Machine(env, "m1", streams, line, True), Machine(env, "m2", streams, line, False)]
        return WorkshopLine(env, [line, *machines], [], "m1")


def workshop(seed: int = 1) -> Simulation:
    """Start a run."""
    return Simulation(Workshop(), seed=seed, start=START, epoch=1)


def batch(frames: list[Frame], simulation: Simulation) -> Batch:
    """Pack and unpack frames."""
    return unpack(pack(frames, simulation.declaration.sources))


def merged(many: list[Results]) -> dict[str, object]:
    """Return what a store would hold after these results, whatever call brought it."""
    return {
        "tallies": sorted(
            ((row.start_ms, row.scope, row.end_ms, dict(row.values)) for one in many for row in one.tallies),
            key=lambda row: row[:2],
        ),
        "orders": {row.start_ms: row for one in many for row in one.orders},
        "intervals": {(row.scope, row.start_ms): row for one in many for row in one.intervals},
        "events": sorted(
            (event for one in many for event in one.events), key=lambda e: (e.time_ms, e.scope, e.tag, e.text)
        ),
    }
