"""A section of two like trains of which one is out now and then: the other carries more than its half."""

from collections.abc import Generator
from typing import Any

import simpy

from twin.model.chance import Chance
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.unit_operation import UnitOperation, drive


class Section:
    """Two trains of `unit`; one fails every `between` s in the mean and is repaired in `lasting` s (lognormal, `cv`).

    `repair` multiplies repairs to come. `share` is what the section can carry then, of the plant. A fault that
    `limit`s the section counts as well.
    """

    def __init__(
        self, env: simpy.Environment, streams: Streams, unit: UnitOperation, *, between: float, lasting: float,
        share: float, cv: float = 0.5,
    ) -> None:  # fmt: skip
        self._env = env
        self.unit = unit
        self._share = share
        self._limit = 1.0
        self.broken = False
        self.failure = Chance(env, streams.exponential(f"{unit.name}/between", between), name=unit.name)
        self.repair = 1.0
        self._lasting = streams.lognormal(f"{unit.name}/lasting", lasting, cv)
        env.process(self._suffer())

    @property
    def capacity(self) -> float:
        """The share of the plant that the section can carry now."""
        return min(self._share, self._limit) if self.broken else self._limit

    def limit(self, share: float) -> None:
        """Let the section carry at most `share` for another reason than a failed train."""
        if share != self._limit:
            self._limit = share
            self._tell()

    def _tell(self) -> None:
        self.unit.set_capacity(self.capacity)
        if self.unit.state is State.EXECUTE:
            drive(
                self.unit,
                State.EXECUTE,
                f"{Reason.PRODUCTION}:one_train" if self.broken else Reason.PRODUCTION,
            )

    def _suffer(self) -> Generator[simpy.Event, Any, None]:
        while True:
            yield from self.failure.wait()
            self.broken = True
            self._tell()
            yield self._env.timeout(self._lasting() * self.repair)
            self.broken = False
            self._tell()
