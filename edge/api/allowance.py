"""How often one caller may ask: allowances that fill again with time, for a bounded number of callers."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_CALLERS = 2000  # remembered; the one that was quiet longest is forgotten, and begins with a full allowance


@dataclass(frozen=True, slots=True)
class Allowance:
    """`rate` requests a second in the long run, `burst` at once."""

    rate: float
    burst: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What one caller (role and address) may do: `write`, and `read` for answers that are computed from history.

    `guess` is how many wrong tokens of one address are looked at.
    """

    write: Allowance = Allowance(10.0, 100.0)
    read: Allowance = Allowance(50.0, 500.0)
    guess: Allowance = Allowance(1.0 / 6.0, 10.0)


class Meter:
    """Counts the requests of every caller against one allowance."""

    def __init__(self, allowance: Allowance, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._allowance = allowance
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, caller: str, *, cost: float = 1.0) -> float:
        """Count a request of `caller`; return 0, or the seconds until one would be taken. At `cost` 0 none is counted.

        >>> meter = Meter(Allowance(rate=1.0, burst=2.0), clock=lambda: 0.0)
        >>> meter.wait("a"), meter.wait("a"), meter.wait("a"), meter.wait("b")
        (0.0, 0.0, 1.0, 0.0)
        """
        now = self._clock()
        left, seen = self._left.pop(caller, (self._allowance.burst, now))
        left = min(self._allowance.burst, left + (now - seen) * self._allowance.rate)
        missing = max(0.0, 1.0 - left)
        self._left[caller] = (left if missing else left - cost, now)
        if len(self._left) > _CALLERS:
            self._left.popitem(last=False)
        return missing / self._allowance.rate
