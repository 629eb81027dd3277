"""Upsets of a unit that stands in series with others: a share of what it can carry is lost, or all of it."""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import simpy

from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.unit import Unit
from twin.model.unit_operation import drive


@dataclass(frozen=True, slots=True, kw_only=True)
class Upset:
    """One cause that takes the share `depth` of what a unit can carry; `depth` 1 is a trip of the unit.

    It comes every `between` s in the mean after the last one of its kind (exponential) and lasts `lasting` s in
    the mean (lognormal, `cv`). `reason` is what the unit tells during a trip: category[:detail].
    """

    reason: str
    between: float
    lasting: float
    depth: float = 1.0
    cv: float = 0.8

    def __post_init__(self) -> None:
        for field in ("between", "lasting"):
            value = getattr(self, field)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"upset {self.reason}: {field} {value} s must be positive and finite")
        if not 0.0 < self.depth <= 1.0:
            raise ValueError(f"upset {self.reason}: depth {self.depth} must lie in 0..1, above 0")
        if not 0.0 <= self.cv < math.inf:
            raise ValueError(f"upset {self.reason}: cv {self.cv} must be finite and not negative")


class Upsets:
    """The upsets that `unit` suffers, and what they leave it `able` to carry (share 0..1).

    Present at the same time they do not add up: the deepest counts. A partial upset is the unit's `capacity`; a trip
    is its state, ABORTED for the upset's reason, and back to EXECUTE when it is over. `count` is of those that came.
    """

    def __init__(self, env: simpy.Environment, streams: Streams, unit: Unit, upsets: Sequence[Upset]) -> None:
        self._env = env
        self._unit = unit
        self._present: dict[str, tuple[float, str]] = {}
        self.able = 1.0
        self.count = 0
        names = [f"{unit.name}/{upset.reason}/{number}" for number, upset in enumerate(upsets)]
        for name, upset in zip(names, upsets, strict=True):
            env.process(self._suffer(streams, name, upset))

    def impose(self, name: str, depth: float, reason: str) -> None:
        """Let an upset called `name` begin now, or change its depth; it lasts until it is relieved."""
        if not 0.0 < depth <= 1.0:
            raise ValueError(f"unit {self._unit.name}: depth {depth} of {name} must lie in 0..1, above 0")
        self._present[name] = (depth, reason)
        self._judge()

    def relieve(self, name: str) -> None:
        """End the upset called `name` now; nothing happens when it is not there."""
        if self._present.pop(name, None) is not None:
            self._judge()

    def _suffer(self, streams: Streams, name: str, upset: Upset) -> Generator[simpy.Event, Any, None]:
        pause = streams.exponential(f"{name}/between", upset.between)
        lasting = streams.lognormal(f"{name}/lasting", upset.lasting, upset.cv)
        while True:
            yield self._env.timeout(pause())
            self.count += 1
            self.impose(name, upset.depth, upset.reason)
            yield self._env.timeout(lasting())
            self.relieve(name)

    def _judge(self) -> None:
        unit = self._unit
        trips = [reason for depth, reason in self._present.values() if depth >= 1.0]
        left = 1.0 - max((depth for depth, _ in self._present.values() if depth < 1.0), default=0.0)
        if left != unit.capacity:
            unit.set_capacity(left)
        self.able = 0.0 if trips else left
        if trips:
            drive(unit, State.ABORTED, trips[0])
        elif unit.state is State.ABORTED:
            drive(unit, State.EXECUTE, Reason.PRODUCTION)
