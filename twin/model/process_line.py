"""The process line: unit operations joined by streams, integrated at a fixed step for the whole line at once."""

from collections.abc import Generator, Sequence
from typing import Any, Protocol

import simpy

from twin.model.line import Flow, Line
from twin.model.material import Holdup
from twin.model.unit import Unit


class Law(Protocol):
    """A part of the physics: it owns or shares NumPy arrays and advances them in place.

    The line calls `step(seconds)` once every `every` steps of the line, always with the same `seconds`, in the
    order in which the laws were given. What a law reads from the laws before it is of this moment.
    """

    every: int

    def step(self, seconds: float) -> None:
        """Advance by `seconds`."""
        ...


class ProcessLine(Line):
    """Unit operations whose laws are integrated by one SimPy process at a fixed `step` in s (60 a multiple of it).

    `laws` advance in the given order; a slow law advances once in several steps. `stirred` are the units whose
    tags change with every step: they are marked as touched. Events between the steps (failures, crews, batches)
    are SimPy processes that change the arrays the laws read. `holdups` are the places where mass is balanced.
    """

    kind = "process"

    def __init__(
        self,
        env: simpy.Environment,
        units: Sequence[Unit],
        flows: Sequence[Flow],
        pacing: str,
        *,
        laws: Sequence[Law],
        step: float,
        stirred: Sequence[Unit] = (),
        holdups: Sequence[Holdup] = (),
    ) -> None:
        super().__init__(env, units, flows, pacing)
        steps = 60.0 / step if step > 0 else 0.5
        if steps != round(steps):
            raise ValueError(f"step {step} s must divide 60 s")
        for law in laws:
            if law.every < 1:
                raise ValueError(f"law {type(law).__name__}: every {law.every} must be at least 1")
        self.step = step
        self.laws = tuple(laws)
        self.stirred = tuple(stirred)
        self.holdups = tuple(holdups)

    def start(self) -> None:
        """Start the integration, then every unit's behaviour."""
        self.env.process(self._integrate())
        super().start()

    def _integrate(self) -> Generator[simpy.Event, Any, None]:
        timeout, step, stirred = self.env.timeout, self.step, self.stirred
        always = [law.step for law in self.laws]
        every = [law.every for law in self.laws]
        count = 0
        while True:
            yield timeout(step)
            count += 1
            for advance, period in zip(always, every, strict=True):
                if count % period == 0:
                    advance(step * period)
            for unit in stirred:
                unit.touched = True

    def balances(self) -> dict[str, float]:
        """Return the relative closure error of every holdup, and of every unit's time."""
        errors = {f"mass/{holdup.name}": holdup.imbalance() for holdup in self.holdups}
        for unit in self.units:
            spent = sum(value for key, value in unit.account().items() if key.startswith("seconds/"))
            errors[f"time/{unit.name}"] = abs(spent - self.env.now) / max(self.env.now, 1e-12)
        return errors
