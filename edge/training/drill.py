"""What a drill is: faults planned on a running plant, participants who look for them, marks that they set."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from twin.model.declaration import FaultDeclaration
from twin.model.streams import Streams

MOST_LENGTH_S = 8 * 3600.0
LEAST_LENGTH_S = 60.0
MOST_FAULTS = 20
MOST_PARTICIPANTS = 200
MOST_MARKS = 200  # of one participant in one drill
MOST_AFTER_S = 366 * 86_400.0  # of a fault that is planned without a drill
REFERENCE_MIN = 60  # minutes before the drill that its losses are measured against (est.)

# Of a surprise (est.): so much time passes before the first fault, and stays after the last begins.
_QUIET_BEFORE, _LEFT_AFTER = 0.1, 0.25
_LASTS = (0.15, 0.35)  # shares of the drill's length
_LEAST_EACH_S = 180.0  # of the drill's length for each fault: one is seen, discussed and marked in it


class Phase(StrEnum):
    """Where a drill stands."""

    PLANNED = "planned"
    RUNNING = "running"
    ENDED = "ended"


class Progress(StrEnum):
    """Where a planned fault stands."""

    WAITING = "waiting"
    STRUCK = "struck"
    OVER = "over"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A fault that shall strike `after_s` s after the beginning and be reset `duration_s` s later."""

    key: str
    after_s: float
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """A drill on `plant`; `start_ms` and `end_ms` (UTC) are 0 until it was started.

    `seed` is that of a surprise, None for faults that somebody chose. `reference_min` is how many minutes before the
    beginning the losses are measured against. `cancelled` tells that it ended before its time.
    """

    id: str
    name: str
    plant: str
    by: str
    created_ms: int
    length_s: float
    seed: int | None = None
    reference_min: int = REFERENCE_MIN
    phase: Phase = Phase.PLANNED
    start_ms: int = 0
    end_ms: int = 0
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFault:
    """A fault that the schedule strikes and resets; `drill` is "" for one that was planned without a drill.

    `due_ms` is 0 until its drill has begun. `struck_ms` and `reset_ms` are when the plant accepted it, 0 before.
    `told` says what is out of the ordinary: late, refused, skipped.
    """

    number: int
    drill: str
    plant: str
    key: str
    by: str
    after_s: float
    duration_s: float
    due_ms: int = 0
    progress: Progress = Progress.WAITING
    struck_ms: int = 0
    reset_ms: int = 0
    told: str = ""


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who takes part in one drill under `name`."""

    number: int
    name: str
    joined_ms: int


@dataclass(frozen=True, slots=True)
class Mark:
    """Made at `made_ms`: at `time_ms` fault `key` ("" for something else) struck `unit`."""

    number: int
    participant: int
    made_ms: int
    time_ms: int
    unit: str
    key: str


def surprise(faults: Sequence[FaultDeclaration], count: int, length_s: float, seed: int) -> list[Plan]:
    """Return `count` different faults at times that the seed alone chooses, in order of time.

    Only faults of which a sign is declared to begin within the shortest time that one lasts are chosen, of different
    units as long as there are such. The last begins when a quarter of the time is left at least. Raises ValueError when
    there are fewer faults, or less than three minutes for each.
    """
    if length_s < count * _LEAST_EACH_S:
        raise ValueError(
            f"a surprise needs at least {_LEAST_EACH_S / 60:g} minutes for each fault: make it "
            f"{count * _LEAST_EACH_S / 60:g} minutes or longer, or take fewer faults"
        )
    low, high = _LASTS
    shown = [one for one in faults if min(effect.begin for effect in one.effects) <= low * length_s]
    if not 1 <= count <= len(shown):
        raise ValueError(
            f"the plant has {len(shown)} faults that show soon enough for a drill of {length_s / 60:g} minutes; "
            f"a surprise of {count} is not possible"
        )
    streams = Streams(seed)
    order, begin, lasts = (streams.uniform(f"drill/{name}") for name in ("order", "begin", "lasts"))
    drawn = {one.key: order() for one in faults}  # of all, so that what does not show moves no other
    chosen = _of_different_units(sorted(shown, key=lambda one: drawn[one.key]))[:count]
    first, width = _QUIET_BEFORE * length_s, (1.0 - _QUIET_BEFORE - _LEFT_AFTER) * length_s / count
    plans = []
    for place, fault in enumerate(chosen):
        after = first + (place + begin()) * width
        duration = min((low + (high - low) * lasts()) * length_s, length_s - after)
        plans.append(Plan(key=fault.key, after_s=round(after), duration_s=round(duration)))
    return plans


def _of_different_units(faults: Sequence[FaultDeclaration]) -> list[FaultDeclaration]:
    """Return the faults with the first of each unit before every second one, in their order otherwise."""
    units = [one.unit for one in faults]
    turn = {one.key: units[:place].count(one.unit) for place, one in enumerate(faults)}
    return sorted(faults, key=lambda one: turn[one.key])


def check(plans: Sequence[Plan], keys: Sequence[str], length_s: float) -> None:
    """Raise ValueError, naming fault and remedy, for a plan that does not fit plant and length."""
    if not 1 <= len(plans) <= MOST_FAULTS:
        raise ValueError(f"faults: a drill has 1 to {MOST_FAULTS} faults, not {len(plans)}")
    until: dict[str, float] = {}
    for place, plan in enumerate(sorted(plans, key=lambda one: one.after_s)):
        where = f"faults.{place}: {plan.key}"
        if plan.key not in keys:
            raise ValueError(f"{where}: the plant has no such fault; it has: {', '.join(keys) or 'none'}")
        if plan.after_s >= length_s:
            raise ValueError(
                f"{where} begins after {plan.after_s:g} s, when the drill of {length_s:g} s is over"
            )
        if plan.after_s < until.get(plan.key, -1.0):
            raise ValueError(f"{where} begins again at {plan.after_s:g} s, before its first time is over")
        until[plan.key] = plan.after_s + plan.duration_s
