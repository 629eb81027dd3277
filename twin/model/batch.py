"""Recipes and batches after ISA-88: what is to be done in which order, and the record of what was done."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from twin.model.state import Reason, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """The smallest step of a recipe.

    It lasts `duration` s, and after that until `ends(batch)` is true, but never longer than `longest` s; time on
    hold does not count. While it runs the unit is in `state` for `reason`.
    """

    name: str
    duration: float = 0.0
    ends: "Callable[[Batch], bool] | None" = None
    longest: float = math.inf
    state: State = State.EXECUTE
    reason: str = Reason.PRODUCTION

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("a phase needs a name")
        if not 0.0 <= self.duration < math.inf:
            raise ValueError(f"phase {self.name}: duration {self.duration} s must be finite and not negative")
        if self.longest < self.duration:
            raise ValueError(
                f"phase {self.name}: longest {self.longest} s must not be below its duration {self.duration} s"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """A phase that returns `every` s beside the others of its operation (agitating, sampling)."""

    phase: Phase
    every: float

    def __post_init__(self) -> None:
        if not self.every > self.phase.duration:
            raise ValueError(
                f"recurring phase {self.phase.name}: every {self.every} s must exceed its duration"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Phases in sequence, with `recurring` ones beside them."""

    name: str
    phases: tuple[Phase, ...]
    recurring: tuple[Recurrence, ...] = ()

    def __post_init__(self) -> None:
        if not self.phases:
            raise ValueError(f"operation {self.name}: needs at least one phase")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitProcedure:
    """What one unit does to a batch: operations in sequence."""

    name: str
    operations: tuple[Operation, ...]

    def __post_init__(self) -> None:
        if not self.operations:
            raise ValueError(f"unit procedure {self.name}: needs at least one operation")

    @property
    def phases(self) -> tuple[Phase, ...]:
        """All phases in sequence."""
        return tuple(phase for operation in self.operations for phase in operation.phases)

    def duration(self) -> float:
        """Return the s that the phases take at least."""
        return math.fsum(phase.duration for phase in self.phases)


class Recipe:
    """The procedure of one product: unit procedures by name, in the order in which a batch meets them."""

    def __init__(self, name: str, procedures: tuple[UnitProcedure, ...]) -> None:
        names = [procedure.name for procedure in procedures]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise ValueError(f"recipe {name}: unit procedures named twice: {', '.join(doubled)}")
        self.name = name
        self.procedures = procedures
        self._by_name = dict(zip(names, procedures, strict=True))

    def __getitem__(self, name: str) -> UnitProcedure:
        """Return the unit procedure `name`; raises KeyError that names those there are."""
        try:
            return self._by_name[name]
        except KeyError:
            known = ", ".join(self._by_name)
            raise KeyError(f"recipe {self.name} has no unit procedure {name!r}; it has: {known}") from None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a batch record: at `time` (s) `event` happened to `phase` in `equipment`.

    `event` is `began`, `ended`, `held` or `restarted`; of a hold `detail` is the reason.
    """

    time: float
    equipment: str
    phase: str
    event: str
    detail: str = ""


@dataclass(slots=True)
class Batch:
    """One lot: its identity, the recipe it follows, its `size`, what it is like (`traits`), what happened to it.

    >>> batch = Batch("B-1", Recipe("sauce", ()), 24.0)
    >>> batch.write(0.0, "disc", "LOAD", "began")
    >>> batch.write(60.0, "disc", "LOAD", "ended")
    >>> batch.lasted("LOAD")
    60.0
    """

    name: str
    recipe: Recipe
    size: float
    traits: dict[str, float] = field(default_factory=dict)
    record: list[Entry] = field(default_factory=list)

    def write(self, time: float, equipment: str, phase: str, event: str, detail: str = "") -> None:
        """Add a line to the record."""
        self.record.append(Entry(time, equipment, phase, event, detail))

    def lasted(self, phase: str) -> float:
        """Return the s that `phase` took altogether, holds included; 0 for one that has not ended."""
        began, total = 0.0, 0.0
        for entry in self.record:
            if entry.phase == phase and entry.event == "began":
                began = entry.time
            elif entry.phase == phase and entry.event == "ended":
                total += entry.time - began
        return total
