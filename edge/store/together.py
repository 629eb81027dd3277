"""Several scopes at once: in one pass where a store can, one scope after the other where it cannot."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from edge.store import Interval, Store, TallyRow


@runtime_checkable
class SumsTogether(Protocol):
    """A store that reads the sums of several scopes in one pass over its history."""

    def tallies(
        self, scopes: Sequence[str], start_ms: int, end_ms: int, every_ms: int
    ) -> dict[str, list[TallyRow]]:
        """Return what `Store.tally` gives for each scope."""


@runtime_checkable
class StatesTogether(Protocol):
    """A store that reads the state intervals of several scopes in one pass over its history."""

    def intervals_of(self, scopes: Sequence[str], start_ms: int, end_ms: int) -> dict[str, list[Interval]]:
        """Return what `Store.intervals` gives for each scope."""


def tallies(
    store: Store, scopes: Sequence[str], start_ms: int, end_ms: int, every_ms: int
) -> dict[str, list[TallyRow]]:
    """Return the sums of each scope over windows, as `Store.tally` does for one."""
    if isinstance(store, SumsTogether):
        return store.tallies(scopes, start_ms, end_ms, every_ms)
    return {scope: store.tally(scope, start_ms, end_ms, every_ms) for scope in scopes}


def intervals_of(
    store: Store, scopes: Sequence[str], start_ms: int, end_ms: int
) -> dict[str, list[Interval]]:
    """Return the state intervals of each scope that overlap the range, as `Store.intervals` does for one."""
    if isinstance(store, StatesTogether):
        return store.intervals_of(scopes, start_ms, end_ms)
    return {scope: store.intervals(scope, start_ms, end_ms) for scope in scopes}
