"""Material: what a unit operation holds, and the streams that carry it from one to the next."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray


class Holdup:
    """The mass in kg of one material in one place, and all that ever went in and out.

    Either a plain amount that `take_in` and `give_out` change, or physics that keeps the mass in arrays and tells
    it through `read`; the balance then proves that the physics lost nothing.
    """

    __slots__ = ("_mass", "_opening", "_read", "given", "name", "taken")

    def __init__(self, name: str, mass: float = 0.0, read: Callable[[], float] | None = None) -> None:
        if not 0.0 <= mass < math.inf:
            raise ValueError(f"holdup {name}: mass {mass} kg must be finite and not negative")
        self.name = name
        self._read = read
        self._mass = mass
        self._opening = mass if read is None else read()
        self.taken = 0.0
        self.given = 0.0

    def open(self) -> None:
        """Begin the balance with what is held now."""
        self._opening = self.mass
        self.taken = self.given = 0.0

    @property
    def mass(self) -> float:
        """The mass held now, kg."""
        return self._mass if self._read is None else self._read()

    def take_in(self, mass: float) -> None:
        """Add `mass` kg."""
        self.taken += mass
        self._mass += mass

    def give_out(self, mass: float) -> None:
        """Remove `mass` kg."""
        self.given += mass
        self._mass -= mass

    def imbalance(self) -> float:
        """Return what is missing, relative to the largest term: |opening + taken - given - held|."""
        largest = max(abs(self._opening), self.taken, self.given, 1e-12)
        return abs(self._opening + self.taken - self.given - self.mass) / largest


class MaterialStream:
    """Material that goes from `source` to `target`; None is the world outside the line. `total` in kg."""

    __slots__ = ("source", "target", "total")

    def __init__(self, source: Holdup | None, target: Holdup | None) -> None:
        self.source = source
        self.target = target
        self.total = 0.0

    def move(self, mass: float) -> None:
        """Carry `mass` kg across."""
        self.total += mass
        if self.source is not None:
            self.source.give_out(mass)
        if self.target is not None:
            self.target.take_in(mass)


def total_mass(*parts: NDArray[np.float64]) -> float:
    """Return the sum of arrays of kg."""
    return sum(float(np.add.reduce(part)) for part in parts)
