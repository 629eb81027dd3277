"""Signals: measured values of a station, each declared as one row of a table."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from twin.model.tag import Kind, Limits, Tag

Four: TypeAlias = tuple[float | None, float | None, float | None, float | None]


@dataclass(frozen=True, slots=True)
class Signal:
    """A MEASURE tag that reads the station's attribute of the same name.

    `limits` are LoLo, Lo, Hi, HiHi, None where there is none.
    """

    name: str
    unit: str
    low: float
    high: float
    deadband: float
    limits: Four
    description: str

    def __post_init__(self) -> None:
        if len(self.limits) != 4:
            raise ValueError(
                f"signal {self.name}: limits {self.limits} must be four: LoLo, Lo, Hi, HiHi; None where there is none"
            )
        self.tag_of(float)  # refuses name, unit, range, deadband and limits that a tag refuses

    def tag(self, owner: object) -> Tag:
        """Return the tag that reads `owner`; raises ValueError when it has no such attribute."""
        if not hasattr(owner, self.name):
            raise ValueError(
                f"signal {self.name}: class {type(owner).__name__} has no attribute {self.name!r} to read; "
                f"give it a first value there"
            )
        return self.tag_of(partial(getattr, owner, self.name))

    def tag_of(self, read: Callable[[], float]) -> Tag:
        """Return the tag that is read by `read`."""
        lolo, lo, hi, hihi = self.limits
        try:
            limits = Limits(lolo=lolo, lo=lo, hi=hi, hihi=hihi)
        except ValueError as error:
            raise ValueError(f"signal {self.name}: {error}") from None
        return Tag(
            name=self.name, kind=Kind.MEASURE, unit=self.unit, low=self.low, high=self.high, deadband=self.deadband,
            limits=limits, read=read, description=self.description,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Symptom:
    """A signal that leads a wear failure: `healthy` when new, `failed` when it fails, with normal `scatter`.

    It goes with the cube of the used share of life: late and steep, as gear and bearing damage grows (est.). The
    scatter should be small against the deadband (an eighth), so that the alarm at the limit comes once and stays.
    """

    signal: Signal
    healthy: float
    failed: float
    scatter: float

    def value(self, degradation: float, noise: float, excess: float = 0.0) -> float:
        """Return the value at `degradation` 0..1 with standard normal `noise`; `excess` of the way is added.

        >>> Symptom(Signal("vibration", "mm/s", 0, 30, 0.1, (None, None, 7.1, 11), ""), 3.0, 11.0, 0.1).value(0.5, 0.0)
        4.0
        """
        return self.healthy + (self.failed - self.healthy) * (degradation**3 + excess) + self.scatter * noise

    def tells(self, value: float) -> bool:
        """Return whether `value` lies beyond the first limit on the way to failure."""
        _, lo, hi, _ = self.signal.limits
        if self.failed > self.healthy:
            return hi is not None and value > hi
        return lo is not None and value < lo
