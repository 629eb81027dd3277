"""Machines in parallel that fail, stop and are set up: how much of a unit's capacity is in service."""

import math
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import simpy

from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.unit import Unit
from twin.model.unit_operation import drive


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """One cause that takes a machine out of service.

    It comes every `between` s of service in the mean (exponential; with `regular`, always exactly that), lasts
    `lasting` s in the mean (lognormal, `cv`), and puts the unit into `state` for `reason` when no machine is left.
    """

    state: State
    reason: str
    between: float
    lasting: float
    cv: float = 0.8
    regular: bool = False

    def __post_init__(self) -> None:
        for field in ("between", "lasting"):
            value = getattr(self, field)
            if not (math.isfinite(value) and value > 0.0):
                raise ValueError(f"outage {self.reason}: {field} {value} s must be positive and finite")
        if not 0.0 <= self.cv < math.inf:
            raise ValueError(f"outage {self.reason}: cv {self.cv} must be finite and not negative")


class OutageClock:
    """An `outage` at work on one machine: when it comes next and how long it lasts.

    `pace` is how many times as often it comes as its outage says, `lasting` the factor on its length, for upgrades;
    both hold from the next draw on.
    """

    def __init__(self, streams: Streams, name: str, outage: Outage) -> None:
        self.outage = outage
        self.pace = 1.0
        self.lasting = 1.0
        self._pause = streams.exponential(f"{name}/between", outage.between)
        self._length = streams.lognormal(f"{name}/lasting", outage.lasting, outage.cv)

    def pause(self) -> float:
        """Draw the s of service until it comes."""
        return (self.outage.between if self.outage.regular else self._pause()) / self.pace

    def length(self) -> float:
        """Draw how long it lasts, in s."""
        return self._length() * self.lasting


def tune(
    clocks: Iterable[OutageClock], reason: str, *, pace: float | None = None, lasting: float | None = None
) -> None:
    """Set the factors of the outages whose reason begins with `reason`, None leaves one as it is; raises ValueError."""
    for field, factor in (("pace", pace), ("lasting", lasting)):
        if factor is not None and not (math.isfinite(factor) and factor > 0.0):
            raise ValueError(f"outage {reason}: {field} {factor} must be positive and finite")
    meant = [clock for clock in clocks if clock.outage.reason.startswith(reason)]
    if not meant:
        raise ValueError(f"there is no outage whose reason begins with {reason!r}")
    for clock in meant:
        clock.pace = clock.pace if pace is None else pace
        clock.lasting = clock.lasting if lasting is None else lasting


class Machines:
    """`count` like machines of `unit`, each suffering the `outages` on its own.

    The unit's `capacity` is the share in service where there are several machines. A unit without any machine in
    service is in the state of the outage that took the last one, and back in EXECUTE with the first that returns.
    `clocks` are the outages at work on all machines.
    """

    def __init__(
        self, env: simpy.Environment, streams: Streams, unit: Unit, count: int, outages: Sequence[Outage]
    ) -> None:
        self._env = env
        self._unit = unit
        self.count = count
        self._outages_at = [0] * count
        self.in_service = count
        self.clocks: list[OutageClock] = []
        for machine in range(count):
            for outage in outages:
                clock = OutageClock(streams, f"{unit.name}/{machine}/{outage.reason}", outage)
                self.clocks.append(clock)
                env.process(self._suffer(machine, clock))

    def working(self, machine: int) -> bool:
        """Say whether `machine` is in service."""
        return self._outages_at[machine] == 0

    def _suffer(self, machine: int, clock: OutageClock) -> Generator[simpy.Event, Any, None]:
        outage = clock.outage
        if outage.regular:
            yield self._env.timeout(outage.between * (machine + 1) / self.count)
        while True:
            yield self._env.timeout(clock.pause())
            self._outages_at[machine] += 1
            if self._outages_at[machine] == 1:
                self._changed(-1, outage)
            yield self._env.timeout(clock.length())
            self._outages_at[machine] -= 1
            if self._outages_at[machine] == 0:
                self._changed(1, outage)

    def _changed(self, step: int, outage: Outage) -> None:
        before = self.in_service
        self.in_service += step
        if self.count > 1:
            self._unit.set_capacity(self.in_service / self.count)
        if self.in_service == 0:
            drive(self._unit, outage.state, outage.reason)
        elif before == 0:
            drive(self._unit, State.EXECUTE, Reason.PRODUCTION)
