"""Campaigns of like units in parallel that foul, coke or age while they run, and are cleaned in turn."""

import math
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from twin.model.streams import Streams


class Stage(StrEnum):
    """Where a unit stands in its campaign."""

    RUN = "run"
    SPARE = "spare"  # ready, not needed
    CALL = "call"  # a spare on its way in
    WAIT = "wait"  # worn and off, no crew free
    MAINTENANCE = "maintenance"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPlan:
    """How a group of like units is run.

    `needed` of them run at once; a unit whose wear has reached `due` goes into maintenance as soon as a spare can
    take its place and one of `crews` is free, and at `worn` in any case. Maintenance lasts `lasting` s (lognormal,
    `cv`). A spare takes over from a worn unit without a gap; for one that failed it comes after `call` s. Units fail
    while they run, every `between` s in the mean (exponential), for `repair` s (lognormal, `repair_cv`).
    """

    needed: int
    lasting: float
    cv: float = 0.0
    crews: int = 1
    due: float = 1.0
    worn: float = 1.05
    call: float = 0.0
    between: float = math.inf
    repair: float = 0.0
    repair_cv: float = 0.8

    def __post_init__(self) -> None:
        if self.needed < 1 or self.crews < 1:
            raise ValueError(
                f"campaign: needed {self.needed} and crews {self.crews} must be at least 1 unit and 1 crew"
            )
        if not (math.isfinite(self.lasting) and self.lasting > 0.0 and self.call >= 0.0):
            raise ValueError(
                f"campaign: lasting {self.lasting} s must be positive, call {self.call} s not negative"
            )
        if not 0.0 < self.due <= self.worn:
            raise ValueError(f"campaign: due {self.due} must lie above 0 and not above worn {self.worn}")
        if not self.between > 0.0:
            raise ValueError(f"campaign: between {self.between} s must be positive; inf for never")
        if math.isfinite(self.between) and not self.repair > 0.0:
            raise ValueError(f"campaign: repair {self.repair} s must be positive where units fail")


class Campaign:
    """The units of one group: which run, which stand by, which are out.

    `wear` is the array the physics writes, one place a unit, 1 where its campaign is over; the physics resets it in
    `renewed(place)`. `changed(place)` is called whenever `stage[place]` changes. `on` is 1 where a unit runs. Add it
    to the line's laws: it looks once every `every` steps. The first `needed` units run from the start.
    """

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        name: str,
        plan: CampaignPlan,
        wear: NDArray[np.float64],
        *,
        changed: Callable[[int], None] = lambda place: None,
        renewed: Callable[[int], None] = lambda place: None,
        every: int = 1,
    ) -> None:
        count = len(wear)
        if plan.needed > count:
            raise ValueError(f"campaign {name}: {plan.needed} needed of {count} units; have at least as many")
        self.every = every
        self.plan = plan
        self.wear = wear
        self.stage = [Stage.RUN if place < plan.needed else Stage.SPARE for place in range(count)]
        self.on: NDArray[np.float64] = np.array([float(stage is Stage.RUN) for stage in self.stage])
        self.count = 0  # maintenances begun
        self._env = env
        self._changed = changed
        self._renewed = renewed
        self._out = 0
        self._waiting: deque[int] = deque()
        self._lasting = streams.lognormal(f"{name}/maintenance", plan.lasting, plan.cv)
        if math.isfinite(plan.between):
            self._repair = streams.lognormal(f"{name}/repair", plan.repair, plan.repair_cv)
            for place in range(count):
                env.process(self._suffer(place, streams.exponential(f"{name}/{place}/life", plan.between)))

    def running(self) -> int:
        """Return how many units run."""
        return self.stage.count(Stage.RUN)

    def fail(self, place: int, lasting: float) -> None:
        """Let a running unit fail now, for `lasting` s; a spare is called."""
        if self.stage[place] is Stage.RUN:
            self._put(place, Stage.FAILURE)
            self._env.process(self._mend(place, lasting))
            self._call()

    def step(self, seconds: float) -> None:
        """Look who is due; worn units go first."""
        del seconds
        if self.wear.max() < self.plan.due:
            return
        for place in np.argsort(-self.wear).tolist():
            if self.wear[place] < self.plan.due:
                return
            if self.stage[place] is not Stage.RUN:
                continue
            spare = self._spare()
            if spare is not None and self._out < self.plan.crews:
                self._put(spare, Stage.RUN)
                self._retire(place)
            elif self.wear[place] >= self.plan.worn:
                self._retire(place)
                self._call()

    def _spare(self) -> int | None:
        """Return the least worn unit that is ready."""
        ready = [place for place, stage in enumerate(self.stage) if stage is Stage.SPARE]
        return min(ready, key=self.wear.item, default=None)

    def _put(self, place: int, stage: Stage) -> None:
        self.stage[place] = stage
        self.on[place] = float(stage is Stage.RUN)
        self._changed(place)

    def _retire(self, place: int) -> None:
        if self._out < self.plan.crews:
            self._begin(place)
        else:
            self._put(place, Stage.WAIT)
            self._waiting.append(place)

    def _begin(self, place: int) -> None:
        self._out += 1
        self.count += 1
        self._put(place, Stage.MAINTENANCE)
        self._env.process(self._maintain(place))

    def _maintain(self, place: int) -> Generator[simpy.Event, Any, None]:
        yield self._env.timeout(self._lasting())
        self._out -= 1
        self.wear[place] = 0.0
        self._renewed(place)
        if self._waiting:
            self._begin(self._waiting.popleft())
        self._return(place)

    def _mend(self, place: int, lasting: float) -> Generator[simpy.Event, Any, None]:
        yield self._env.timeout(lasting)
        self._return(place)

    def _return(self, place: int) -> None:
        self._put(place, Stage.RUN if self.running() < self.plan.needed else Stage.SPARE)

    def _call(self) -> None:
        spare = self._spare()
        if spare is not None:
            self._put(spare, Stage.CALL)
            self._env.process(self._come(spare))

    def _come(self, place: int) -> Generator[simpy.Event, Any, None]:
        yield self._env.timeout(self.plan.call)
        self._return(place)

    def _suffer(self, place: int, life: Callable[[], float]) -> Generator[simpy.Event, Any, None]:
        # Chance has no memory: what would strike a unit that stands does not count.
        while True:
            yield self._env.timeout(life())
            if self.stage[place] is Stage.RUN:
                self.fail(place, self._repair())
