"""The veil: while a drill runs, whoever reads the store sees nothing that tells which fault is there.

Every reading way of the edge (API, stream, pages, exports) reads through this one store, and the veil is down unless
somebody lifts it: the gate, for a request to the API by an operator. Pages never lift it, as they are shown to others.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from edge.store import Event, Interval, OrderRow, Results, Series, Store, TallyRow, Watermark
from edge.store.together import intervals_of, tallies
from twin.model.declaration import Declaration
from twin.model.frame import Sample
from twin.packing import Batch

TELLING = ("command", "pending_commands")  # the line's tags that tell what struck, and what will
_PREFIX = "fault_"

_lifted: ContextVar[bool] = ContextVar("veil_lifted", default=False)


@contextmanager
def lifted() -> Iterator[None]:
    """Let what runs inside see the truth."""
    before = _lifted.set(True)
    try:
        yield
    finally:
        _lifted.reset(before)


def tells(tag: str) -> bool:
    """Say whether a tag of this name gives faults away.

    >>> [tells(tag) for tag in ("fault_die_crack", "pending_commands", "state")]
    [True, True, False]
    """
    return tag.startswith(_PREFIX) or tag in TELLING


class VeiledStore:
    """A store of which `hidden` (plant -> since when, UTC ms) is not shown: what faults' own tags and events tell.

    What was before the drill stays as it was; writing goes through.
    """

    def __init__(self, store: Store, hidden: Callable[[], Mapping[str, int]]) -> None:
        self._store = store
        self._hidden = hidden

    def _since(self, path: str, tag: str = "") -> int | None:
        """Return since when a path, or `tag` of a scope, is hidden; None for what may be seen."""
        hidden = self._hidden()
        if not hidden or _lifted.get() or not tells(tag or path.rpartition("/")[2]):
            return None
        for declaration in self._store.declarations():
            if declaration.plant in hidden and f"{path}/".startswith(f"{declaration.line_path}/"):
                return hidden[declaration.plant]
        return None

    # -- what is hidden ------------------------------------------------------------------------------------

    def last(self, paths: Sequence[str]) -> dict[str, Sample]:
        """Return the newest sample of each tag path that has one and may be seen."""
        return self._store.last([path for path in paths if self._since(path) is None])

    def series(self, path: str, start_ms: int, end_ms: int, every_ms: int = 0) -> Series:
        """Return a numeric tag's trend; of what is hidden what was before."""
        since = self._since(path)
        if since is None or end_ms <= since:
            return self._store.series(path, start_ms, end_ms, every_ms)
        # A bucket must not reach over the drill's beginning: the one in which it began is made here of what was before.
        whole = since // every_ms * every_ms if every_ms else since
        empty = np.array([], np.float64)
        found = Series(path, every_ms, empty.astype(np.int64), empty, empty, empty, empty)
        if start_ms < whole:
            found = self._store.series(path, start_ms, whole, every_ms)
        if max(start_ms, whole) < since:
            return _appended(found, self._store.series(path, max(start_ms, whole), since), every_ms)
        return found

    def texts(self, path: str, start_ms: int, end_ms: int) -> list[tuple[int, str]]:
        """Return a text tag's samples; of what is hidden those from before."""
        since = self._since(path)
        until = end_ms if since is None else min(end_ms, since)
        return self._store.texts(path, start_ms, until) if start_ms < until else []

    def events(self, scope: str, start_ms: int, end_ms: int, limit: int = 200) -> list[Event]:
        """Return events, newest first, without those of hidden tags; as many as there are otherwise."""
        asked = limit
        while True:
            found = self._store.events(scope, start_ms, end_ms, asked)
            seen = [one for one in found if not self._hides(one)]
            if len(seen) >= limit or len(found) < asked:
                return seen[:limit]
            asked *= 2

    def _hides(self, event: Event) -> bool:
        since = self._since(event.scope, event.tag or "-")
        return since is not None and event.time_ms >= since

    # -- what goes through ---------------------------------------------------------------------------------

    def declare(self, declaration: Declaration) -> None:
        """Keep a declaration."""
        self._store.declare(declaration)

    def declarations(self) -> list[Declaration]:
        """Return the current declarations."""
        return self._store.declarations()

    def declaration(self, plant: str, epoch: int) -> Declaration | None:
        """Return the declaration of one epoch."""
        return self._store.declaration(plant, epoch)

    def fresh(self, plant: str, batches: Sequence[Batch]) -> list[Batch]:
        """Return what is not stored yet."""
        return self._store.fresh(plant, batches)

    def write(self, plant: str, batches: Sequence[Batch], results: Results) -> None:
        """Store frames and results."""
        self._store.write(plant, batches, results)

    def watermarks(self, plant: str) -> dict[tuple[str, int], Watermark]:
        """Return the watermark of every (source, epoch)."""
        return self._store.watermarks(plant)

    def snapshot(self, plant: str, epoch: int) -> bytes | None:
        """Return the engine's newest snapshot."""
        return self._store.snapshot(plant, epoch)

    def tally(self, scope: str, start_ms: int, end_ms: int, every_ms: int) -> list[TallyRow]:
        """Return sums over windows."""
        return self._store.tally(scope, start_ms, end_ms, every_ms)

    def tallies(
        self, scopes: Sequence[str], start_ms: int, end_ms: int, every_ms: int
    ) -> dict[str, list[TallyRow]]:
        """Return sums of several scopes over windows, in one pass where the store can."""
        return tallies(self._store, scopes, start_ms, end_ms, every_ms)

    def orders(self, scope: str, start_ms: int, end_ms: int) -> list[OrderRow]:
        """Return the orders that overlap the range."""
        return self._store.orders(scope, start_ms, end_ms)

    def intervals(self, scope: str, start_ms: int, end_ms: int) -> list[Interval]:
        """Return the state intervals that overlap the range."""
        return self._store.intervals(scope, start_ms, end_ms)

    def intervals_of(self, scopes: Sequence[str], start_ms: int, end_ms: int) -> dict[str, list[Interval]]:
        """Return the state intervals of several scopes, in one pass where the store can."""
        return intervals_of(self._store, scopes, start_ms, end_ms)

    def record(self, events: Sequence[Event]) -> None:
        """Append events."""
        self._store.record(events)

    def close(self) -> None:
        """Release the file."""
        self._store.close()


def _appended(found: Series, raw: Series, every_ms: int) -> Series:
    """Return `found` with the buckets of later raw samples."""
    if not len(raw.time_ms):
        return found
    at, value = raw.time_ms // every_ms * every_ms, raw.last
    first = np.flatnonzero(np.diff(at, prepend=at[0] - 1))
    count = np.diff(first, append=len(at))
    return Series(
        found.path, every_ms, np.concatenate([found.time_ms, at[first]]),
        np.concatenate([found.low, np.minimum.reduceat(value, first)]),
        np.concatenate([found.mean, np.add.reduceat(value, first) / count]),
        np.concatenate([found.high, np.maximum.reduceat(value, first)]),
        np.concatenate([found.last, value[first + count - 1]]),
    )  # fmt: skip
