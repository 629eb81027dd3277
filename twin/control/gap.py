"""How long a unit will have nothing to do, learned from how long it had: when it pays to stand by."""

import math
from collections import deque

import numpy as np

_REMEMBERED = 200
_LEAST = 5  # gaps that tell what is usual (est.)


class GapRule:
    """The waiting time after which standing by is expected to be cheapest.

    Waiting costs `rate` per second more than standing by, going back costs `start` once (same unit). Break-even is
    start / rate: who waits that long and then stands by never pays more than twice the cheapest course in hindsight,
    and without knowing the gaps no rule promises less (Karlin, Manasse, Rudolph & Sleator 1988). With five past gaps
    and more the waiting time is the one with the least expected cost over them. Where waiting through is cheapest a
    gap is cut when it has outlasted all of them and break-even.
    """

    def __init__(self, *, rate: float, start: float) -> None:
        self.break_even = start / rate
        self._rate, self._start = rate, start
        self._gaps: deque[float] = deque(maxlen=_REMEMBERED)

    @property
    def seen(self) -> int:
        """How many gaps are known."""
        return len(self._gaps)

    def learn(self, gap: float) -> None:
        """Remember a gap of `gap` s."""
        self._gaps.append(gap)

    def waiting_time(self) -> float:
        """Return after how many seconds of a gap to stand by."""
        if len(self._gaps) < _LEAST:
            return self.break_even
        gaps = np.sort(self._gaps)
        waits = np.concatenate([[0.0], gaps])
        waited = np.minimum(gaps[:, None], waits)
        costs = (self._rate * waited + self._start * (gaps[:, None] > waits)).mean(axis=0)
        best = int(costs.argmin())
        last = len(waits) - 1
        return max(float(waits[last]), self.break_even) if best == last else float(waits[best])

    def expected_saving(self, age: float) -> float:
        """Return what standing by from `age` s on is expected to save against waiting on (0 beyond all known gaps)."""
        longer = [gap for gap in self._gaps if gap > age]
        if not longer:
            return 0.0
        return self._rate * (math.fsum(longer) / len(longer) - age) - self._start
