"""Set-ups of single machines: a machine that takes a part unlike the one before is changed over first."""

from collections.abc import Callable, Hashable

from twin.model.failure import Crew
from twin.model.part import Part
from twin.model.streams import Streams


class SetUp:
    """Time in s that a machine needs before a part whose `key` differs from that of the part before.

    `mean` s (lognormal, `cv`), or what `time(before, after)` says for two keys as a mean. `key` tells what a part
    needs the machine to be set up for (default: its product). With a `crew` fitters are waited for. After
    `longest_run` parts of one key the part that waits longest has its turn (dispatching by set-up).
    """

    def __init__(
        self,
        streams: Streams,
        name: str,
        *,
        mean: float | None = None,
        time: Callable[[Hashable, Hashable], float] | None = None,
        key: Callable[[Part], Hashable] = lambda part: part.product,
        cv: float = 0.2,
        crew: Crew | None = None,
        longest_run: float = float("inf"),
    ) -> None:
        if (mean is None) == (time is None):
            raise ValueError(f"set-up {name}: give either mean or time")
        if mean is not None and mean < 0:
            raise ValueError(f"set-up {name}: mean {mean} s must not be negative")
        if not longest_run >= 1:
            raise ValueError(f"set-up {name}: longest_run {longest_run} must be at least 1 part")
        self.key = key
        self.crew = crew
        self.longest_run = longest_run
        self._time = time
        self._mean = mean or 0.0
        self._draw = streams.lognormal(f"{name}/set_up", 1.0, cv)

    def seconds(self, before: Hashable, after: Hashable) -> float:
        """Draw the time in s of the change from `before` to `after`."""
        mean = self._mean if self._time is None else self._time(before, after)
        return mean * self._draw() if mean > 0.0 else 0.0
