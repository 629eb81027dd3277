"""When a wait becomes a state: stations are suspended once they have waited as long as the line's threshold."""

import math
from collections.abc import Sequence

import simpy

from twin.model.standstill import Standstill
from twin.model.state import State

_ROUNDING = 1e-9  # s: two ways to add up the same moment


class Suspension:
    """The watch over the waits of `stations`: each is SUSPENDED exactly `wait_threshold` s after its wait began."""

    def __init__(self, env: simpy.Environment, stations: Sequence[Standstill], wait_threshold: float) -> None:
        if not wait_threshold > 0:
            raise ValueError(f"wait_threshold {wait_threshold} s must be positive")
        self._env = env
        self._stations = stations
        self._threshold = wait_threshold
        self._watching = False  # a look at the waits is planned

    def watch(self) -> None:
        """Look after a wait that begins now; one look is planned at a time, the first that can be due."""
        if not self._watching:
            self._watching = True
            self._env.timeout(self._threshold).callbacks.append(self._look)

    def _look(self, _: simpy.Event) -> None:
        """Suspend the stations whose wait has reached the threshold; plan the next look if others still wait."""
        self._watching = False
        now, threshold = self._env.now, self._threshold
        following = math.inf
        for station in self._stations:
            since = station.waiting_since
            if since >= 0.0 and station.state is State.EXECUTE:
                due = since + threshold
                if due <= now + _ROUNDING:
                    station.move(State.SUSPENDED, station.waiting_for)
                elif due < following:
                    following = due
        if following < math.inf and not self._watching:
            self._watching = True
            self._env.timeout(following - now).callbacks.append(self._look)
