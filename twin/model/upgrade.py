"""One intelligent-manufacturing measure: which mechanism it changes, how far, and what it costs."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from twin.model.loop import Loop
from twin.model.path import path

# Strength of an upgrade: 0 is none, 1 to 3 are the data sheet's columns; numbers between them lie between.
LEVELS: Mapping[str, float] = {"low": 1.0, "mid": 2.0, "high": 3.0}
STRONGEST = 3.0
_AUTHORITY = (
    0.0,
    0.4,
    0.7,
    1.0,
)  # est.: share of its correction that a loop may apply at strength 0, 1, 2, 3


class Paradigm(StrEnum):
    """The three paradigms of intelligent manufacturing, cumulative (Strategic Study of CAE 2018, 20(4)).

    DIGITAL is the baseline of the data sheets; NETWORKED is "Internet plus"; INTELLIGENT the new generation.
    """

    DIGITAL = "digital"
    NETWORKED = "networked"
    INTELLIGENT = "intelligent"


class Function(StrEnum):
    """What an upgrade works on."""

    MAINTENANCE = "maintenance"
    QUALITY = "quality"
    PROCESS = "process"
    ENERGY = "energy"
    PLANNING = "planning"
    LABOUR = "labour"
    DEVELOPMENT = "development"


@dataclass(frozen=True, slots=True)
class Change:
    """What an upgrade does to one parameter: the factor on its value at `low`, `mid` and `high` strength.

    The three lie on one side of 1 and lead away from it.
    """

    parameter: str
    low: float
    mid: float
    high: float

    def __post_init__(self) -> None:
        steps = (1.0, self.low, self.mid, self.high)
        if not all(math.isfinite(factor) and factor >= 0.0 for factor in steps):
            raise ValueError(
                f"change of {self.parameter}: factors {steps[1:]} must be finite and not negative"
            )
        if list(steps) != sorted(steps) and list(steps) != sorted(steps, reverse=True):
            raise ValueError(
                f"change of {self.parameter}: factors {steps[1:]} must lead away from 1 step by step; "
                f"order them low, mid, high"
            )

    def factor(self, strength: float) -> float:
        """Return the factor at `strength` 0..3, linear between the columns.

        >>> Change("changeover", 0.7, 0.5, 0.3).factor(1.5)
        0.6
        """
        return _between((1.0, self.low, self.mid, self.high), strength)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """One measure that can be switched alone.

    `mechanism` says in a sentence what it changes physically; `changes` are factors on plant parameters, `introduction`
    factors on fields of the plant's Introduction, `loops` closed loops that must earn their gain. `one_off` is its
    price in CNY, `running` its cost in CNY a year; `ramp` the months until it has its full effect (data sheet 11.1:
    3 to 9, est.). `source` covers the effects, `est.` where they are estimates.
    """

    key: str
    title: str
    paradigm: Paradigm
    function: Function
    mechanism: str
    changes: tuple[Change, ...] = ()
    introduction: tuple[Change, ...] = ()
    loops: tuple[Loop, ...] = ()
    one_off: float
    running: float
    source: str
    ramp: float = 6.0

    def __post_init__(self) -> None:
        path(self.key)
        where = f"upgrade {self.key}"
        if not (self.changes or self.introduction or self.loops):
            raise ValueError(f"{where}: it changes nothing; give it changes, introduction or loops")
        if not self.mechanism.strip() or not self.source.strip():
            raise ValueError(
                f"{where}: say what it changes physically (mechanism) and where that is from (source)"
            )
        if self.paradigm is Paradigm.DIGITAL:
            raise ValueError(
                f"{where}: the digital paradigm is the baseline; choose networked or intelligent"
            )
        for field in ("one_off", "running", "ramp"):
            value = getattr(self, field)
            if not (math.isfinite(value) and value >= 0.0):
                raise ValueError(f"{where}: {field} {value} must be finite and not negative")
        named = [change.parameter for change in self.changes]
        if len(set(named)) != len(named):
            raise ValueError(f"{where}: it changes a parameter twice; combine the factors")

    @property
    def switch(self) -> str:
        """Name of the line's tag that switches it."""
        return f"upgrade_{self.key}"


def authority(strength: float) -> float:
    """Return the share 0..1 of its correction that a loop may apply at `strength` (est.).

    >>> authority(2.0), authority(0.0)
    (0.7, 0.0)
    """
    return _between(_AUTHORITY, strength)


def level(text: str) -> float:
    """Return the strength that `low`, `mid`, `high` or a number 0..3 means; raises ValueError.

    >>> level("mid")
    2.0
    """
    if text in LEVELS:
        return LEVELS[text]
    try:
        strength = float(text)
    except ValueError:
        strength = math.nan
    if not 0.0 <= strength <= STRONGEST:
        raise ValueError(f"level {text!r}: write low, mid, high or a number from 0 to {STRONGEST:g}")
    return strength


def combined(measures: Iterable[tuple[tuple[Change, ...], float]]) -> dict[str, float]:
    """Return the factor on each parameter of several (changes, strength) together.

    Factors multiply (data sheet 0.8: `1-(1-a)(1-b)`), capped at the strongest single high column.

    >>> pdm, skill = Change("repair", 0.9, 0.75, 0.65), Change("repair", 0.9, 0.8, 0.7)
    >>> round(combined([((pdm,), 2.0), ((skill,), 2.0)])["repair"], 3)  # 0.75 x 0.8 = 0.6, capped at 0.65
    0.65
    """
    factors: dict[str, float] = {}
    caps: dict[str, list[float]] = {}
    for changes, strength in measures:
        for change in changes:
            factors[change.parameter] = factors.get(change.parameter, 1.0) * change.factor(strength)
            caps.setdefault(change.parameter, []).append(change.high)
    return {name: _capped(factor, caps[name]) for name, factor in factors.items()}


def _capped(factor: float, highs: list[float]) -> float:
    if factor < 1.0:
        return max(factor, min(highs))
    return min(factor, max(1.0, *highs))


def _between(steps: tuple[float, ...], strength: float) -> float:
    if not 0.0 <= strength <= STRONGEST:
        raise ValueError(f"strength {strength} must lie in 0..{STRONGEST:g}")
    place = min(int(strength), len(steps) - 2)
    low, high = steps[place], steps[place + 1]
    return low + (high - low) * (strength - place)
