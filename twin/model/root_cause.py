"""Why a line does not produce: the cause behind a station that stands still."""

from collections.abc import Mapping, Sequence

from twin.model.standstill import Standstill
from twin.model.state import Reason, State, category

_OWN = frozenset({Reason.FAILURE, Reason.TOOLING, Reason.MICRO_STOP, Reason.QUALITY, Reason.MAINTENANCE})


def root_cause(
    station: Standstill, upstream: Mapping[str, Sequence[Standstill]], seen: frozenset[str] = frozenset()
) -> tuple[State, str] | None:
    """Return the state and reason that the standstill of `station` gives the line, None when nothing is in its way.

    A blocked station points downstream, a starved one at the stations before it (`upstream`, by name). A station
    that works is in the way with the places that it lacks, or as far as finished parts take up its places.
    """
    if station.name in seen:
        return None
    why = category(station.reason)
    if why in _OWN:
        return station.state, f"{why}:{station.name}"
    if station.state in (State.RESETTING, State.IDLE):
        return station.state, station.reason
    if station.waiting_since < 0.0:
        return _half_at_work(station, upstream, seen)
    if category(station.waiting_for) == Reason.WAITING:
        return State.SUSPENDED, station.waiting_for
    seen |= {station.name}
    if station.waiting_for == Reason.BLOCKED:
        assert station.blocked_at is not None
        return root_cause(station.blocked_at, upstream, seen)
    for before in upstream[station.name]:
        cause = root_cause(before, upstream, seen)
        if cause is not None:
            return cause
    return None


def _half_at_work(
    station: Standstill, upstream: Mapping[str, Sequence[Standstill]], seen: frozenset[str]
) -> tuple[State, str] | None:
    if station.shortage is not None:
        state, reason = station.shortage
        why = category(reason)
        return state, f"{why}:{station.name}" if why in _OWN else reason
    if station.active < station.busy == station.places and station.blocked_at is not None:
        return root_cause(station.blocked_at, upstream, seen | {station.name})
    return None
