"""Energy meter of a unit: registers by power state that only ever rise."""

import math
from collections.abc import Mapping

import simpy

POWER_STATES = ("execute", "idle", "standby", "off")


class Meter:
    """Cumulative energy of one carrier, split by power state.

    `power` gives the draw in kW for each power state (`execute`, `idle`, `standby`, `off`; a missing one is 0).
    Energy is in kWh as on a plant's meters.
    """

    __slots__ = ("_env", "_nominal", "_registers", "_since", "draw", "label", "power")

    def __init__(self, env: simpy.Environment, power: Mapping[str, float], label: str = "off") -> None:
        unknown = set(power) - set(POWER_STATES)
        if unknown:
            raise ValueError(f"power states {sorted(unknown)} are unknown; use {', '.join(POWER_STATES)}")
        negative = [state for state, draw in power.items() if draw < 0]
        if negative:
            raise ValueError(f"power of {negative} must not be negative")
        self._env = env
        self._nominal = dict(power)
        self.power = dict(power)
        self._registers = dict.fromkeys(POWER_STATES, 0.0)
        self._since = env.now
        self.label = label
        self.draw = self.power.get(label, 0.0)

    def switch(self, label: str) -> None:
        """Enter power state `label` now, at its nominal draw."""
        self.set_draw(self.power.get(label, 0.0), label)

    def set_draw(self, draw: float, label: str | None = None) -> None:
        """Draw `draw` kW from now on, booked to `label` (default: the present power state)."""
        now = self._env.now
        self._registers[self.label] += self.draw * (now - self._since) / 3600.0
        self._since = now
        self.draw = draw
        if label is not None:
            self.label = label

    def scale(self, label: str, factor: float) -> None:
        """Draw `factor` times the nominal power in power state `label` from now on; a draw that was set stays."""
        if label not in POWER_STATES:
            raise ValueError(f"power state {label!r} is unknown; use {', '.join(POWER_STATES)}")
        if not 0.0 <= factor < math.inf:
            raise ValueError(f"power factor {factor} of {label} must be finite and not negative")
        before = self.power.get(label, 0.0)
        self.power[label] = self._nominal.get(label, 0.0) * factor
        if label == self.label and self.draw == before:
            self.switch(label)

    def add(self, energy: float) -> None:
        """Book a lump of `energy` kWh to the present power state."""
        self._registers[self.label] += energy

    def read(self, label: str) -> float:
        """Return the register of one power state in kWh, exact to this moment."""
        energy = self._registers[label]
        if label == self.label:
            energy += self.draw * (self._env.now - self._since) / 3600.0
        return energy

    def total(self) -> float:
        """Return the sum of all registers in kWh, exact to this moment."""
        return sum(self._registers.values()) + self.draw * (self._env.now - self._since) / 3600.0
