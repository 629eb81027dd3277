"""A tag declares one variable: what it is, its unit, its limits, how it is read and written."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from twin.model.measure import measure_unit
from twin.model.path import path

Value: TypeAlias = float | int | bool | str


class Kind(StrEnum):
    """What a variable is, and with it when it is reported.

    STATE: every change at its exact time. COUNT: cumulative register. MEASURE: scanned, by exception beyond the
    deadband. These three are also reported at every full UTC minute. SETPOINT, PARAMETER, TEXT: on change and
    at every full hour.
    """

    STATE = "state"
    COUNT = "count"
    MEASURE = "measure"
    SETPOINT = "setpoint"
    PARAMETER = "parameter"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Alarm limits LoLo <= Lo <= Hi <= HiHi in the tag's unit; None where a limit does not exist."""

    lolo: float | None = None
    lo: float | None = None
    hi: float | None = None
    hihi: float | None = None

    def __post_init__(self) -> None:
        given = [limit for limit in (self.lolo, self.lo, self.hi, self.hihi) if limit is not None]
        if given != sorted(given):
            raise ValueError(f"alarm limits {given} out of order; keep LoLo <= Lo <= Hi <= HiHi")


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One variable of a unit.

    `unit` is a UCUM code known to twin/model/measure.py; `low`/`high` the engineering range; `deadband` the
    change of a MEASURE or COUNT that is worth reporting; `read` returns the value now, None for a tag whose
    samples the unit logs itself at their exact time; `write` takes a new value in the engineering range.
    """

    name: str
    kind: Kind
    unit: str = "1"
    read: Callable[[], Value] | None = None
    write: Callable[[float], None] | None = None
    low: float | None = None
    high: float | None = None
    limits: Limits = NO_LIMITS
    deadband: float = 0.0
    description: str = ""

    def __post_init__(self) -> None:
        path(self.name)
        try:
            measure_unit(self.unit)
        except ValueError as error:
            raise ValueError(f"tag {self.name}: {error}") from None
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise ValueError(f"tag {self.name}: low {self.low} must lie below high {self.high}")
        if not self.deadband >= 0:
            raise ValueError(f"tag {self.name}: deadband {self.deadband} must not be negative")
        if self.write is not None and (self.low is None or self.high is None):
            raise ValueError(f"tag {self.name}: a writable tag needs low and high")
