"""The load of units in series: it falls with the weakest of them at once, and takes its time to come back."""

import math


class Load:
    """The share of full rate at which a train of units runs.

    It follows a falling limit at once and a rising one by first order with time constant `recovery` in s: those who
    run the plant raise the rate the more carefully the nearer they are. What is left below `near` is made up in
    one step.

    >>> load = Load(recovery=3600.0)
    >>> load.step(0.0, 60.0)  # a trip
    0.0
    >>> round(load.step(1.0, 3600.0), 3)
    0.632
    """

    __slots__ = ("near", "recovery", "share")

    def __init__(self, *, recovery: float, near: float = 0.005) -> None:
        if not recovery > 0.0:
            raise ValueError(f"load: recovery {recovery} s must be positive")
        if not 0.0 <= near < 1.0:
            raise ValueError(f"load: near {near} must lie in 0..1, below 1")
        self.recovery = recovery
        self.near = near
        self.share = 1.0

    def step(self, limit: float, seconds: float) -> float:
        """Advance by `seconds` under a constant `limit` 0..1; return the share."""
        missing = limit - self.share
        if missing > 0.0:
            missing *= math.exp(-seconds / self.recovery)
        self.share = limit if missing <= self.near else limit - missing
        return self.share
