"""What comes again and again at random, at a pace that can change while the next time is already set."""

from collections.abc import Callable

import simpy


class Recurrence:
    """Calls `then()` after each pause drawn, in s, once `begin` has been called for it.

    The used share of a pause stays when the pace changes: what is left of it shrinks or stretches.
    """

    def __init__(self, env: simpy.Environment, draw: Callable[[], float], then: Callable[[], None]) -> None:
        self._env = env
        self._draw = draw
        self._then = then
        self.pace = 1.0
        self.began = env.now
        self.due = env.now
        self._pending = False
        self._plans = 0  # of which only the newest counts

    @property
    def used(self) -> float:
        """The used share 0..1 of the present pause, 0 while there is none."""
        if not self._pending or self.due <= self.began:
            return 0.0
        return min((self._env.now - self.began) / (self.due - self.began), 1.0)

    def begin(self) -> None:
        """Begin a pause now."""
        self._pending = True
        self.began = self._env.now
        self._plan(self._draw() / self.pace)

    def tune(self, pace: float) -> None:
        """Come `pace` times as often as drawn from now on; raises ValueError."""
        if not 0.0 < pace < float("inf"):
            raise ValueError(f"pace {pace} must be positive and finite")
        before, self.pace = self.pace, pace
        if self._pending and pace != before:
            now = self._env.now
            self.began = now - (now - self.began) * before / pace
            self._plan((self.due - now) * before / pace)

    def _plan(self, wait: float) -> None:
        self.due = self._env.now + wait
        self._plans += 1
        plan = self._plans
        self._env.timeout(wait).callbacks.append(lambda _event: self._come(plan))

    def _come(self, plan: int) -> None:
        if plan == self._plans:
            self._pending = False
            self._then()
