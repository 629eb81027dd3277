"""Events that come by chance, at a pace that an upgrade may change while one waits for the next."""

import math
from collections.abc import Callable, Generator
from typing import Any

import simpy


class Chance:
    """The times between events of one kind: what `draw` says in s, passed at `pace` times the usual.

    A change of the pace holds for what is left of the present time, too: a rare event would not feel it for a year.
    """

    def __init__(self, env: simpy.Environment, draw: Callable[[], float], *, name: str = "") -> None:
        self._env = env
        self._draw = draw
        self._name = name
        self.pace = 1.0
        self._changed = env.event()

    def set_pace(self, pace: float) -> None:
        """Let events come `pace` times as often from now on."""
        if not (math.isfinite(pace) and pace > 0.0):
            raise ValueError(f"chance {self._name}: pace {pace} must be positive and finite")
        self.pace = pace
        changed, self._changed = self._changed, self._env.event()
        changed.succeed()

    def wait(self) -> Generator[simpy.Event, Any, None]:
        """Wait for the next event."""
        left = self._draw()
        while True:
            began, pace = self._env.now, self.pace
            due = self._env.timeout(left / pace)
            yield due | self._changed
            if due.processed:
                return
            left = max(left - (self._env.now - began) * pace, 0.0)
