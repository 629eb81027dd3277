"""Holds a controller in check: clamps, rate limit, fresh data, and back to the baseline when it harms."""

import math
from dataclasses import dataclass, replace
from typing import Literal

from twin.control.action_log import ActionLog
from twin.control.controller import Judged
from twin.control.watchdog import Watchdog
from twin.model.command import Command
from twin.model.frame import GOOD, Sample

_UNDERWAY = 10.0  # s after a command in which the tag may still report its old value (est.)
_MOST_DOUBLINGS = 4  # of the cooling-off time
_ABSURD = 1e15  # no tag reaches it; the squares of larger numbers leave what a float can hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a controller may do.

    `low`..`high` is the range of its tag; of its correction (the distance from the baseline) it may apply the share
    `authority`, 0..1, in steps of at most `rate` per decision. A whole tag is set in that share of the cases.
    Without a sample for `stale` s it must not act. After harm it rests for `cooling_off` s, twice as long each time,
    unless the loop turns out to be as bad without it.
    """

    low: float = -math.inf
    high: float = math.inf
    authority: float = 1.0
    rate: float = math.inf
    stale: float
    cooling_off: float = 4 * 3600.0

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"limits: low {self.low} must lie below high {self.high}")
        if not 0.0 <= self.authority <= 1.0:
            raise ValueError(f"limits: authority {self.authority} must lie in 0..1")
        for name in ("rate", "stale", "cooling_off"):
            if not getattr(self, name) > 0.0:
                raise ValueError(f"limits: {name} {getattr(self, name)} must be positive")


class Guarded:
    """A controller within limits, in `automatic` or `advisory` mode.

    In advisory mode nothing is sent; `proposals` lists what would have been. When data are stale or the loop is worse
    with the controller than without, the baseline goes out once and `fallbacks` counts; `status` says what is
    going on. `actions` holds what was sent and what came of it.
    """

    def __init__(
        self, controller: Judged, limits: Limits, *, mode: Literal["automatic", "advisory"] = "automatic"
    ) -> None:
        self.controller = controller
        self.limits = limits
        self.mode = mode
        self.period = controller.period
        own = controller.actuator.path
        self.subjects = (*controller.subjects, *(() if own in controller.subjects else (own,)))
        self.proposals: list[Command] = []
        self.status = "no data yet"
        self.fallbacks = 0
        self.actions = ActionLog(settling=10.0 * controller.period)
        self.watchdog = Watchdog(watch=controller.watch, usual=controller.usual)
        self._needed = len(set(controller.subjects))
        self._seen: dict[str, int] = {}  # subjects of the controller alone
        self._stood: dict[str, float] = {}  # value before the newest command
        self._acting = False
        self._sent_ms = -math.inf
        self._resting_until_ms = -math.inf
        self._harms = 0
        self._share = 0.0  # of cases, carried over until it makes a whole one
        self._granted: bool | None = None  # None: there is no case

    def update(self, sample: Sample) -> None:
        """Pass a good, plausible sample on; note what the controlled tag stands at."""
        value, actuator = sample.value, self.controller.actuator
        text = isinstance(value, str)
        if sample.quality != GOOD or not (text or abs(float(value)) < _ABSURD):
            return
        if sample.time_ms <= self._seen.get(sample.path, -1):
            return
        if sample.path == actuator.path and not text and sample.time_ms > self._sent_ms + _UNDERWAY * 1000.0:
            actuator.value = float(value)
        if sample.path in self.controller.subjects and text is self.controller.reads_text:
            self._seen[sample.path] = sample.time_ms
            self.controller.update(sample)

    def decide(self, time_ms: int) -> list[Command]:
        """Return what the controller wants at `time_ms`, as far as it may."""
        self.proposals = []
        if len(self._seen) < self._needed:
            return []
        late = (time_ms - min(self._seen.values())) / 1000.0
        if late > self.limits.stale:
            return self._fall_back(f"data are {late:.0f} s old", time_ms)
        wanted = self.controller.decide(time_ms)
        objective = self.controller.badness()
        self.watchdog.record(objective, acting=self._acting)
        self.actions.measure(time_ms, objective)
        harm = self.watchdog.harm() if self._acting else ""
        if harm:
            rest = self.limits.cooling_off * 2.0 ** min(self._harms, _MOST_DOUBLINGS)
            self._harms += 1
            self._resting_until_ms = time_ms + rest * 1000.0
            self.watchdog.accuse()
            return self._fall_back(f"harm: {harm}", time_ms)
        if time_ms < self._resting_until_ms and not self._acquitted():
            return []
        allowed = self._allow(wanted)
        self._acting = False
        if self.mode == "advisory":
            self.status = "advises"
        elif self.limits.authority == 0.0:
            self.status = "has no authority"
        elif self.watchdog.watching:
            self.status = "watches the loop without control"
        else:
            self.status = "acts"
            self._acting = True
            for command in allowed:
                self._send(command, time_ms)
            return allowed
        self.proposals = allowed
        return []

    def not_taken(self, command: Command) -> None:
        """Take notice that `command`, which `decide` has just returned, did not reach the plant or was refused."""
        self.controller.actuator.value = self._stood.get(command.id, self.controller.actuator.value)
        self._acting = False
        self._sent_ms = -math.inf

    def _acquitted(self) -> bool:
        """Say whether the rest may end: what got worse was not the controller's doing."""
        if not self.watchdog.acquits():
            return False
        self._harms = 0
        self._resting_until_ms = -math.inf
        return True

    def _send(self, command: Command, time_ms: int) -> None:
        self._stood = {command.id: self.controller.actuator.value}
        self.controller.actuator.value = command.value
        self._sent_ms = time_ms
        self.actions.begin(command, time_ms)

    def _fall_back(self, why: str, time_ms: int) -> list[Command]:
        """Give the tag its baseline back, once."""
        self.status = f"baseline, {why}"
        actuator = self.controller.actuator
        self._granted = None
        if not self._acting:
            return []
        self._acting = False
        self.fallbacks += 1
        if actuator.value == actuator.baseline:
            return []
        command = actuator.command(actuator.baseline, time_ms, f"back to the baseline: {why}")
        self._send(command, time_ms)
        return [command]

    def _allow(self, wanted: list[Command]) -> list[Command]:
        """Return `wanted` within the limits, without what would change nothing."""
        actuator = self.controller.actuator
        if not wanted and actuator.value == actuator.baseline:
            self._granted = None
        allowed = []
        for command in wanted:
            if not abs(command.value) < _ABSURD:
                continue
            value = self._whole(command.value) if actuator.whole else self._part(command.value)
            if value == actuator.value:
                continue
            reason = command.reason
            if value != command.value:
                reason += f" (wanted {command.value:.6g}, limited to {value:.6g})"
            allowed.append(replace(command, value=value, reason=reason))
        return allowed

    def _part(self, value: float) -> float:
        limits, actuator = self.limits, self.controller.actuator
        value = min(max(value, limits.low), limits.high)
        value = actuator.baseline + limits.authority * (value - actuator.baseline)
        value = min(max(value, actuator.value - limits.rate), actuator.value + limits.rate)
        return min(max(value, limits.low), limits.high)

    def _whole(self, value: float) -> float:
        limits, actuator = self.limits, self.controller.actuator
        value = float(round(min(max(value, limits.low), limits.high)))
        if value == actuator.baseline:
            self._granted = None
            return value
        if self._granted is None:
            self._share += limits.authority
            self._granted = self._share >= 1.0 - 1e-9
            if self._granted:
                self._share -= 1.0
        return value if self._granted else actuator.value
