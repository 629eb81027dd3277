"""Upsets of a unit that stands in series with others: a share of what it can carry is lost, or all of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import simpy

from twin.model.recurrence import Recurrence
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.unit import Unit
from twin.model.unit_operation import drive


@dataclass(frozen=True, slots=True, kw_only=True)
class Upset:
    """One cause that takes the share `depth` of what a unit can carry; `depth` 1 is a trip of the unit.

    It comes every `between` s in the mean after the last one of its kind (exponential) and lasts `lasting` s in
    the mean (lognormal, `cv`). `reason` is what the unit tells during a trip: category[:detail]. The share
    `foreseeable` of them come of wear that shows beforehand, the rest by chance.
    """

    reason: str
    between: float
    lasting: float
    depth: float = 1.0
    cv: float = 0.8
    foreseeable: float = 0.0

    def __post_init__(self) -> None:
        for field in ("between", "lasting"):
            value = getattr(self, field)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"upset {self.reason}: {field} {value} s must be positive and finite")
        if not 0.0 < self.depth <= 1.0:
            raise ValueError(f"upset {self.reason}: depth {self.depth} must lie in 0..1, above 0")
        if not 0.0 <= self.cv < math.inf:
            raise ValueError(f"upset {self.reason}: cv {self.cv} must be finite and not negative")
        if not 0.0 <= self.foreseeable <= 1.0:
            raise ValueError(f"upset {self.reason}: foreseeable {self.foreseeable} must lie in 0..1")


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
        self._causes = {
            upset.reason: _Cause(self, env, streams, f"{unit.name}/{upset.reason}/{number}", upset)
            for number, upset in enumerate(upsets)
        }
        for cause in self._causes.values():
            cause.begin()

    def tune(self, reason: str, *, pace: float | None = None, lasting: float | None = None) -> None:
        """Let `reason` come `pace` times as often and last `lasting` times as long as built (None: as now)."""
        cause = self._causes[reason]
        if lasting is not None:
            if not 0.0 < lasting < math.inf:
                raise ValueError(
                    f"upset {reason}: factor {lasting} on its duration must be positive and finite"
                )
            cause.factor = lasting
        if pace is not None:
            cause.recurrence.tune(pace)

    def degradation(self, reason: str) -> float:
        """Return the used share 0..1 of the life that ends in the upset of `reason`; 0 while none is foreseeable."""
        cause = self._causes[reason]
        return cause.recurrence.used if cause.foreseen else 0.0

    def renew(self, reason: str) -> None:
        """Renew what wears towards the upset of `reason`: a new life begins. What comes by chance stays as it is."""
        cause = self._causes[reason]
        if cause.foreseen:
            cause.begin()

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


class _Cause:
    """One of a unit's upsets: when it comes next, and whether that can be foreseen."""

    def __init__(
        self, upsets: Upsets, env: simpy.Environment, streams: Streams, name: str, upset: Upset
    ) -> None:
        self._upsets = upsets
        self._env = env
        self._name = name
        self._upset = upset
        self._lasting = streams.lognormal(f"{name}/lasting", upset.lasting, upset.cv)
        self._chance = streams.uniform(f"{name}/foreseeable")
        self.recurrence = Recurrence(env, streams.exponential(f"{name}/between", upset.between), self._come)
        self.foreseen = False
        self.factor = 1.0  # on how long it lasts

    def begin(self) -> None:
        """Begin a life that ends in the upset."""
        self.foreseen = self._chance() < self._upset.foreseeable
        self.recurrence.begin()

    def _come(self) -> None:
        self.foreseen = False
        self._upsets.count += 1
        self._upsets.impose(self._name, self._upset.depth, self._upset.reason)
        self._env.timeout(self._lasting() * self.factor).callbacks.append(lambda _event: self._pass())

    def _pass(self) -> None:
        self._upsets.relieve(self._name)
        self.begin()
