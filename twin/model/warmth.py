"""A body that warms while it works and cools while it does not."""

import math

import simpy


class Warmth:
    """Temperature of a body, exact at any moment: first order with time constant `tau` s (Newton's law of cooling).

    At work it goes towards `ambient` + `rise`, else towards `ambient` (°C and K).
    """

    __slots__ = ("_ambient", "_env", "_from", "_rise", "_since", "_tau", "_towards")

    def __init__(self, env: simpy.Environment, *, ambient: float, rise: float, tau: float) -> None:
        if tau <= 0:
            raise ValueError(f"warmth: tau {tau} s must be positive")
        self._env = env
        self._ambient = ambient
        self._rise = rise
        self._tau = tau
        self.renew()

    def renew(self) -> None:
        """Put a cold body in its place."""
        self._from = self._towards = self._ambient
        self._since = self._env.now

    def work(self, *, at_work: bool) -> None:
        """Begin or end to work now."""
        self._from = self.value
        self._since = self._env.now
        self._towards = self._ambient + (self._rise if at_work else 0.0)

    @property
    def value(self) -> float:
        """The temperature now, °C."""
        share = math.exp(-(self._env.now - self._since) / self._tau)
        return self._towards + (self._from - self._towards) * share
