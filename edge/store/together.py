"""Sums of several scopes at once: in one pass where a store can, one scope after the other where it cannot."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from edge.store import Store, TallyRow


@runtime_checkable
class SumsTogether(Protocol):
    """A store that reads the sums of several scopes in one pass over its history."""

    def tallies(
        self, scopes: Sequence[str], start_ms: int, end_ms: int, every_ms: int
    ) -> dict[str, list[TallyRow]]:
        """Return what `Store.tally` gives for each scope."""


def tallies(
    store: Store, scopes: Sequence[str], start_ms: int, end_ms: int, every_ms: int
) -> dict[str, list[TallyRow]]:
    """Return the sums of each scope over windows, as `Store.tally` does for one."""
    if isinstance(store, SumsTogether):
        return store.tallies(scopes, start_ms, end_ms, every_ms)
    return {scope: store.tally(scope, start_ms, end_ms, every_ms) for scope in scopes}
