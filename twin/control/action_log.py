"""What a controller did, why, and what came of it."""

from collections import deque
from dataclasses import dataclass, field
from statistics import fmean

from twin.model.command import Command

_READINGS = 10  # of the objective before an action


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A command with the loop's objective around it (less is better).

    `before` is the mean objective before the command, `effect` its mean change over the settling time that followed;
    None where there was nothing to measure.
    """

    time_ms: int
    key: str
    path: str
    value: float
    reason: str
    before: float | None
    effect: float | None


@dataclass(slots=True)
class _Open:
    command: Command
    time_ms: int
    before: float | None
    readings: list[float] = field(default_factory=list)


class ActionLog:
    """Actions whose effect is measured for `settling` s after them.

    >>> log = ActionLog(settling=60.0)
    >>> log.measure(0, 4.0)
    >>> log.begin(Command(id="1", path="a/b", value=2.0, expires_ms=9, source="controller:k", reason="far off"), 0)
    >>> log.measure(60_000, 1.0)
    >>> [(action.before, action.effect) for action in log.take_finished()]
    [(4.0, -3.0)]
    """

    def __init__(self, *, settling: float) -> None:
        self._settling_ms = settling * 1000.0
        self._recent: deque[float] = deque(maxlen=_READINGS)
        self._open: deque[_Open] = deque()
        self._finished: list[Action] = []

    def begin(self, command: Command, time_ms: int) -> None:
        """Record `command` as sent at `time_ms`."""
        self._open.append(_Open(command, time_ms, fmean(self._recent) if self._recent else None))

    def measure(self, time_ms: int, objective: float | None) -> None:
        """Take the objective at `time_ms`, None when there is none, and finish what has settled by then."""
        if objective is not None:
            self._recent.append(objective)
            for action in self._open:
                action.readings.append(objective)
        while self._open and time_ms - self._open[0].time_ms >= self._settling_ms:
            self._finished.append(_finish(self._open.popleft()))

    def take_finished(self) -> list[Action]:
        """Return the actions whose effect is known since the last call, in order of time."""
        finished, self._finished = self._finished, []
        return finished


def _finish(action: _Open) -> Action:
    command, before, readings = action.command, action.before, action.readings
    return Action(
        time_ms=action.time_ms,
        key=command.source.removeprefix("controller:"),
        path=command.path,
        value=command.value,
        reason=command.reason,
        before=before,
        effect=fmean(readings) - before if readings and before is not None else None,
    )
