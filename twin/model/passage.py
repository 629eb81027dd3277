"""The way between two PackML states: a unit that must pass states on its way passes them in no time."""

from collections import deque
from functools import cache

from twin.model.state import LEGAL_MOVES, State
from twin.model.unit import Unit


@cache
def passage(before: State, after: State) -> tuple[State, ...]:
    """Return the states strictly between `before` and `after` on the shortest legal way, lowest numbers first.

    Raises ValueError when there is no way.

    >>> [state.name for state in passage(State.ABORTED, State.EXECUTE)]
    ['STOPPED', 'IDLE']
    """
    if before is after:
        return ()
    ways: deque[tuple[State, ...]] = deque([(before,)])
    seen = {before}
    while ways:
        way = ways.popleft()
        for state in sorted(LEGAL_MOVES[way[-1]]):
            if state is after:
                return way[1:]
            if state not in seen:
                seen.add(state)
                ways.append((*way, state))
    raise ValueError(f"PackML knows no way from {before.name} to {after.name}")


def go(unit: Unit, state: State, reason: str) -> None:
    """Move `unit` to `state` now, through the states that lie between; those keep the reason it had."""
    for between in passage(unit.state, state):
        unit.to(between, unit.reason)
    unit.to(state, reason)
