"""What disturbs a process: continuous wandering, and events that come and go."""

import math
from collections.abc import Callable

import numpy as np
import simpy
from numpy.typing import NDArray

from twin.model.recurrence import Recurrence
from twin.model.streams import Streams

_BATCH = 64


class OrnsteinUhlenbeck:
    """Mean-reverting random walks, one a place: mean 0, standard deviation `sigma`, correlation time `tau` in s.

    The discretisation is exact at any `step` in s: x' = a x + sigma sqrt(1 - a²) N(0, 1) with a = exp(-step/tau)
    (Gillespie 1996, Phys. Rev. E 54, 2084), started in the stationary distribution. `values` is the array that
    physics reads, in the unit of `sigma`.
    """

    __slots__ = ("_batch", "_decay", "_factor", "_generator", "_row", "_scatter", "values")

    def __init__(
        self, streams: Streams, name: str, *, places: int, sigma: float, tau: float, step: float
    ) -> None:
        if places < 1 or sigma < 0 or tau <= 0 or step <= 0:
            raise ValueError(
                f"disturbance {name}: needs places >= 1, sigma >= 0, tau > 0 and step > 0, "
                f"not {places}, {sigma}, {tau}, {step}"
            )
        self._generator = streams.generator(name)
        self._decay = math.exp(-step / tau)
        self._scatter = sigma * math.sqrt(1.0 - self._decay * self._decay)
        self.values: NDArray[np.float64] = sigma * self._generator.standard_normal(places)
        self._batch = np.zeros((_BATCH, places))
        self._row = _BATCH
        self._factor = 1.0

    def tune(self, factor: float) -> None:
        """Wander `factor` times as far as built from now on, the present values included; raises ValueError."""
        if not 0.0 < factor < math.inf:
            raise ValueError(f"factor {factor} on a spread must be positive and finite")
        change = factor / self._factor
        self._factor = factor
        self._scatter *= change
        self.values *= change
        self._batch *= change

    def step(self) -> None:
        """Advance all places by one step, in place."""
        if self._row == _BATCH:
            self._generator.standard_normal(out=self._batch)
            self._batch *= self._scatter
            self._row = 0
        values = self.values
        values *= self._decay
        values += self._batch[self._row]
        self._row += 1


class StepEvents:
    """Events that strike one of many places at random, last a while, and pass.

    They arrive as a Poisson process with `rate` in 1/s per place and last a lognormal time of mean `duration` in
    s and coefficient of variation `cv`. `active` counts the events present at each place: physics multiplies it
    by the size of the disturbance. `changed(place)` is called at each beginning and end, if given. `lasting` is a
    factor on the duration of events to come, for upgrades.
    """

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        name: str,
        *,
        places: int,
        rate: float,
        duration: float,
        cv: float = 0.5,
        changed: Callable[[int], None] | None = None,
    ) -> None:
        if places < 1 or rate < 0 or duration <= 0:
            raise ValueError(
                f"step events {name}: needs places >= 1, rate >= 0 and duration > 0, not {places}, {rate}, {duration}"
            )
        self._env = env
        self._changed = changed
        pause, all_places = streams.exponential(f"{name}/pause"), rate * places
        self._place = streams.uniform(f"{name}/place")
        self.lasting = 1.0
        self._duration = streams.lognormal(f"{name}/lasting", duration, cv)
        self._recurrence = Recurrence(env, lambda: pause() / all_places, self._arrive)
        self._cleared = [0] * places  # events that ended before this number of clearings do not count
        self.active: NDArray[np.float64] = np.zeros(places)
        self.count = 0
        if rate > 0:
            self._recurrence.begin()

    def tune(self, *, rate: float | None = None, lasting: float | None = None) -> None:
        """Let events come `rate` times as often, last `lasting` times as long, as built (None: as now); ValueError."""
        if lasting is not None:
            if not 0.0 < lasting < math.inf:
                raise ValueError(f"factor {lasting} on a duration must be positive and finite")
            self.lasting = lasting
        if rate is not None:
            self._recurrence.tune(rate)

    def strike(self, place: int, lasting: float) -> None:
        """Begin an event of `lasting` s at `place` now."""
        self.count += 1
        self.active[place] += 1.0
        cleared = self._cleared[place]
        self._env.timeout(lasting).callbacks.append(lambda _event: self._end(place, cleared))
        if self._changed is not None:
            self._changed(place)

    def clear(self, place: int) -> None:
        """End all events at `place` now: somebody has removed the cause."""
        self._cleared[place] += 1
        self.active[place] = 0.0
        if self._changed is not None:
            self._changed(place)

    def _end(self, place: int, cleared: int) -> None:
        if cleared == self._cleared[place]:
            self.active[place] -= 1.0
            if self._changed is not None:
                self._changed(place)

    def _arrive(self) -> None:
        self.strike(int(self._place() * len(self.active)), self._duration() * self.lasting)
        self._recurrence.begin()
