"""The end of a cycle, the event that a discrete line is made of."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import simpy
from simpy.events import NORMAL

if TYPE_CHECKING:
    from twin.model.part import Part


class Completion(simpy.Event):
    """A timeout of `delay` s that carries `part`.

    Its list of callbacks is given, so that all cycles of a station share one: SimPy itself never changes that list.
    """

    def __init__(
        self, env: simpy.Environment, delay: float, part: "Part", callbacks: list[Callable[[Any], None]]
    ) -> None:
        self.env = env
        self.callbacks = callbacks
        self.part = part
        self._value = None
        self._ok = True
        env.schedule(self, NORMAL, delay)
