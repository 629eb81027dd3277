"""PackML states of a unit and the reasons that explain them."""

from enum import IntEnum


class State(IntEnum):
    """PackML states, numbered as in OPC 30050 (PackML 1.01)."""

    CLEARING = 1
    STOPPED = 2
    STARTING = 3
    IDLE = 4
    SUSPENDED = 5
    EXECUTE = 6
    STOPPING = 7
    ABORTING = 8
    ABORTED = 9
    HOLDING = 10
    HELD = 11
    UNHOLDING = 12
    SUSPENDING = 13
    UNSUSPENDING = 14
    RESETTING = 15
    COMPLETING = 16
    COMPLETE = 17


_ABORT = {State.ABORTING, State.ABORTED}
_STOP = {State.STOPPING, State.STOPPED}

# Moves of ISA-TR88.00.02; an acting state (…ING) of zero duration may be passed over, so that each state also
# lists what lies behind the acting states next to it. Every state but the aborting ones may abort or stop.
_MOVES: dict[State, set[State]] = {
    State.STOPPED: {State.RESETTING, State.IDLE},
    State.RESETTING: {State.IDLE, State.STARTING, State.EXECUTE},
    State.IDLE: {State.STARTING, State.EXECUTE, State.RESETTING},
    State.STARTING: {State.EXECUTE},
    State.EXECUTE: {
        State.HOLDING,
        State.HELD,
        State.SUSPENDING,
        State.SUSPENDED,
        State.COMPLETING,
        State.COMPLETE,
    },
    State.HOLDING: {State.HELD},
    State.HELD: {State.UNHOLDING, State.EXECUTE, State.SUSPENDED, State.COMPLETE},
    State.UNHOLDING: {State.EXECUTE},
    State.SUSPENDING: {State.SUSPENDED},
    State.SUSPENDED: {State.UNSUSPENDING, State.EXECUTE, State.HELD, State.COMPLETE},
    State.UNSUSPENDING: {State.EXECUTE},
    State.COMPLETING: {State.COMPLETE},
    State.COMPLETE: {State.RESETTING, State.IDLE},
    State.STOPPING: {State.STOPPED},
    State.ABORTING: {State.ABORTED},
    State.ABORTED: {State.CLEARING, State.STOPPED},
    State.CLEARING: {State.STOPPED},
}

LEGAL_MOVES: dict[State, frozenset[State]] = {
    state: frozenset(
        moves | (set() if state is State.ABORTED else _ABORT) | (set() if state in _ABORT else _STOP)
    )
    - {state}
    for state, moves in _MOVES.items()
}


class Reason:
    """Categories of why a unit is in its state; the published text is `category` or `category:detail`.

    The category decides the ISO 22400 time element (twin/kpi/time_model.py); the detail is for people.
    """

    PRODUCTION = "production"  # EXECUTE: making product
    MICRO_STOP = "micro_stop"  # HELD: short stop cleared by the operator
    FAILURE = "failure"  # ABORTED: equipment failure until repaired
    TOOLING = "tooling"  # ABORTED: tool or die event on the line until cleared
    CHANGEOVER = "changeover"  # RESETTING: set-up for the next order, to the first good part
    STARVED = "starved"  # SUSPENDED: nothing to work on
    BLOCKED = "blocked"  # SUSPENDED: no room for the finished piece
    WAITING = "waiting"  # SUSPENDED: material, rack, operator or utility missing
    QUALITY = "quality"  # HELD: stopped to judge or correct quality
    MAINTENANCE = "maintenance"  # STOPPED: planned maintenance
    BREAK = "break"  # STOPPED: planned break
    NOT_SCHEDULED = "not_scheduled"  # STOPPED: outside the calendar
    NO_ORDER = "no_order"  # IDLE: nothing ordered
    UPSET = "upset"  # ABORTED/HELD: process upset or trip

    ALL = frozenset(
        {
            PRODUCTION, MICRO_STOP, FAILURE, TOOLING, CHANGEOVER, STARVED, BLOCKED, WAITING, QUALITY,
            MAINTENANCE, BREAK, NOT_SCHEDULED, NO_ORDER, UPSET,
        }
    )  # fmt: skip


def category(reason: str) -> str:
    """Return the category of a published reason.

    >>> category("failure:op20")
    'failure'
    """
    return reason.partition(":")[0]
