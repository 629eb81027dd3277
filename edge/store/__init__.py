"""The store contract: history of samples, tallies, intervals, orders and events.

Implementations: `memory` (unit tests), `duckdb` (one file, embedded), `influxdb` (a server). One test suite runs over
all of them.
All times are UTC in integer milliseconds since 1970; ranges are half-open [start, end).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twin.model.declaration import Declaration
from twin.model.frame import Sample
from twin.packing import Batch


@dataclass(frozen=True, slots=True)
class TallyRow:
    """What one scope (unit, line) added up in [start_ms, end_ms): additive, so that any window is a sum.

    `scope` is the unit's path (the line's own unit for the line). `values` as in twin/kpi/tally.py. A scope tells each
    window once: in one write, or in the repeat of one that failed.
    """

    scope: str
    start_ms: int
    end_ms: int
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One production order of a line; `end_ms` is None while it runs. Replaces the row with the same start."""

    scope: str
    order: str
    product: str
    quantity: float
    start_ms: int
    end_ms: int | None
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Interval:
    """A unit was in `state` (PackML number) for `reason`; `end_ms` is None while it lasts."""

    scope: str
    start_ms: int
    end_ms: int | None
    state: int
    reason: str


@dataclass(frozen=True, slots=True)
class Event:
    """Something that people want to read: alarm raised or cleared, order, shift, action, fault, data loss.

    `kind` is one of alarm, clear, order, shift, command, system; `severity` info, warning or critical.
    """

    time_ms: int
    scope: str
    kind: str
    severity: str
    text: str
    tag: str = ""
    value: float | None = None


@dataclass(slots=True)
class Results:
    """What the engine made of some frames; written in the same transaction as the frames."""

    tallies: list[TallyRow] = field(default_factory=list)
    orders: list[OrderRow] = field(default_factory=list)
    intervals: list[Interval] = field(default_factory=list)  # closed ones, and the open one anew
    events: list[Event] = field(default_factory=list)
    snapshot: bytes = b""  # the engine's state after these frames


@dataclass(frozen=True, slots=True)
class Series:
    """A trend: per bucket `time_ms` (start), `low`, `mean`, `high`, `last`; raw samples where `every_ms` is 0."""

    path: str
    every_ms: int
    time_ms: NDArray[np.int64]
    low: NDArray[np.float64]
    mean: NDArray[np.float64]
    high: NDArray[np.float64]
    last: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Watermark:
    """The newest frame of a source that is stored: frames 1..seq of `epoch` are there, each once."""

    epoch: int
    seq: int
    frames: int  # rows counted, equal to seq unless something was lost
    samples: int


class StoreUnavailable(RuntimeError):
    """The store cannot take or give anything now (disk full, file locked, …); the text says why and what helps."""


class QuestionTooSlow(StoreUnavailable):
    """A question took longer than one may; the text says how long that is and what helps."""


class Store(Protocol):
    """History. Thread-safe; `write` is one transaction and idempotent by (source, epoch, seq).

    A newer epoch of a plant replaces older ones from its start on: what they have there is kept, but not shown.
    """

    def declare(self, declaration: Declaration) -> None:
        """Remember a plant's declaration; the same epoch again is harmless, a newer epoch becomes current."""

    def declarations(self) -> list[Declaration]:
        """Return the current declaration of every plant, by name."""

    def declaration(self, plant: str, epoch: int) -> Declaration | None:
        """Return the declaration of one epoch."""

    def fresh(self, plant: str, batches: Sequence[Batch]) -> list[Batch]:
        """Return the batches without the frames that are already stored; what remains is contiguous and new.

        Raises KeyError when the epoch was not declared. A gap in seq is kept, counted and readable in watermarks.
        """

    def write(self, plant: str, batches: Sequence[Batch], results: Results) -> None:
        """Store fresh frames, their watermarks and the engine's results in one transaction.

        All frames of one write are of one epoch, and the results belong to it (without frames: to the newest).
        Raises ValueError for mixed epochs, KeyError for an undeclared one, StoreUnavailable when the disk or the
        file does not allow it now.
        """

    def watermarks(self, plant: str) -> dict[tuple[str, int], Watermark]:
        """Return the watermark of every (source, epoch)."""

    def snapshot(self, plant: str, epoch: int) -> bytes | None:
        """Return the engine's newest snapshot of an epoch, None when it has none yet."""

    def last(self, paths: Sequence[str]) -> dict[str, Sample]:
        """Return the newest sample of each tag path that has one."""

    def series(self, path: str, start_ms: int, end_ms: int, every_ms: int = 0) -> Series:
        """Return a numeric tag's trend in buckets of `every_ms`, or raw; raises KeyError for an unknown path.

        Buckets start at multiples of `every_ms` since 1970, so that they stay as they are when the range moves on;
        a bucket without samples is left out. `mean` is that of the samples.
        """

    def texts(self, path: str, start_ms: int, end_ms: int) -> list[tuple[int, str]]:
        """Return a text tag's samples; raises KeyError for an unknown path."""

    def tally(self, scope: str, start_ms: int, end_ms: int, every_ms: int) -> list[TallyRow]:
        """Return sums over windows of `every_ms` (a multiple of 60,000) that start at multiples of it from start.

        Oldest first; only values other than zero, and no window without any.
        """

    def orders(self, scope: str, start_ms: int, end_ms: int) -> list[OrderRow]:
        """Return the orders that overlap the range, oldest first."""

    def intervals(self, scope: str, start_ms: int, end_ms: int) -> list[Interval]:
        """Return the state intervals that overlap the range, not clipped, oldest first."""

    def events(self, scope: str, start_ms: int, end_ms: int, limit: int = 200) -> list[Event]:
        """Return events of all scopes that begin with path `scope` (empty: all), newest first."""

    def record(self, events: Sequence[Event]) -> None:
        """Append events that do not come from frames (commands, data loss)."""

    def close(self) -> None:
        """Flush and release the file."""
