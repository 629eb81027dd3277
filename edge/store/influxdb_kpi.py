"""Figures for readers that cannot compute them: of quarter hours and hours, kept up while their minutes come in."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from edge.store import TallyRow
from twin.kpi import total

HOUR_MS = 3_600_000
WINDOWS = {"15m": HOUR_MS // 4, "1h": HOUR_MS}

Key = tuple[str, int, str]  # plant, epoch, scope
Load = Callable[[str, int, int], Sequence[TallyRow]]


@dataclass(frozen=True, slots=True)
class WindowSum:
    """What a scope added up in a window up to now; `complete` when its last minute is in."""

    scope: str
    window: str
    start_ms: int
    complete: bool
    tally: dict[str, float]


class RunningWindows:
    """Sums of the windows that rows fall into, from the minutes of the running hour held in memory.

    A row with the same start replaces the one before, so that a write may be repeated, cut in another way. `load`
    gives the rows of a plant and epoch in the hour from a moment on: what an earlier process stored of it.
    """

    def __init__(self, load: Load) -> None:
        self._load = load
        self._minutes: dict[Key, dict[int, TallyRow]] = {}
        self._known: set[tuple[str, int]] = set()

    def add(self, plant: str, epoch: int, rows: Sequence[TallyRow]) -> Iterator[WindowSum]:
        """Take rows in; yield every window that they changed, as it is now."""
        if rows and (plant, epoch) not in self._known:
            for row in self._load(plant, epoch, _hour(min(row.start_ms for row in rows))):
                self._minutes.setdefault((plant, epoch, row.scope), {})[row.start_ms] = row
            self._known.add((plant, epoch))
        changed: dict[str, set[tuple[str, int]]] = {}
        for row in rows:
            self._minutes.setdefault((plant, epoch, row.scope), {})[row.start_ms] = row
            windows = changed.setdefault(row.scope, set())
            windows |= {(name, row.start_ms // width * width) for name, width in WINDOWS.items()}
        for scope, windows in changed.items():
            held = self._minutes[plant, epoch, scope]
            for name, start_ms in sorted(windows):
                yield _sum(scope, name, start_ms, held)
            # A complete hour is not needed again: rows come in the order of time.
            newest = _hour(max(held))
            self._minutes[plant, epoch, scope] = {
                start: row for start, row in held.items() if start >= newest
            }


def _hour(time_ms: int) -> int:
    return time_ms // HOUR_MS * HOUR_MS


def _sum(scope: str, name: str, start_ms: int, held: dict[int, TallyRow]) -> WindowSum:
    end_ms = start_ms + WINDOWS[name]
    rows = [row for start, row in held.items() if start_ms <= start < end_ms]
    complete = max(row.end_ms for row in rows) >= end_ms
    return WindowSum(scope, name, start_ms, complete, total(row.values for row in rows))
