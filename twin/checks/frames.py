"""The promises that frames keep: order, numbering, states, registers; one pass over what a run published."""

import math
from collections.abc import Callable, Sequence

from twin.model.declaration import Declaration, UnitDeclaration
from twin.model.frame import Frame
from twin.model.state import LEGAL_MOVES, Reason, State, category
from twin.model.tag import Kind

# A register is rounded by nobody: it may not even fall by a rounding error beyond this share of its value.
_ROUNDING = 1e-12

Report = Callable[[str, str, str], None]
_Say = Callable[[str, str, str, str], None]  # field, promise, problem, remedy


class _UnitWatch:
    """What one unit has published so far."""

    def __init__(self, unit: UnitDeclaration, start_ms: int) -> None:
        self.unit = unit
        self.seq = 0
        self.last_ms = [-1] * len(unit.tags)
        self.last: list[float | None] = [None] * len(unit.tags)
        self.state: State | None = None
        self.since_ms = start_ms
        self.state_ms: dict[State, int] = {}

    def book(self, until_ms: int) -> None:
        """Book the present state up to `until_ms`."""
        if self.state is not None:
            self.state_ms[self.state] = self.state_ms.get(self.state, 0) + until_ms - self.since_ms
        self.since_ms = until_ms


def check_frames(
    declaration: Declaration,
    frames: Sequence[Frame],
    now_ms: int,
    ledger: dict[str, dict[str, float]],
    report: Report,
) -> None:
    """Check all `frames` of a run that began at the epoch's start and stands at `now_ms`.

    `ledger` is the ground truth at `now_ms`; `report(field, problem, remedy)` is called for the first breach of
    each promise by each tag.
    """
    watches = {unit.path: _UnitWatch(unit, declaration.start_ms) for unit in declaration.units}
    told: set[tuple[str, str]] = set()

    def say(field: str, promise: str, problem: str, remedy: str) -> None:
        if (field, promise) not in told:
            told.add((field, promise))
            report(field, problem, remedy)

    before_ms = declaration.start_ms
    for frame in frames:
        watch = watches[frame.source]
        name = watch.unit.name
        watch.seq += 1
        if frame.seq != watch.seq:
            say(
                name,
                "seq",
                f"frame {frame.seq} came where {watch.seq} was due",
                "number frames from 1 without a gap",
            )
            watch.seq = frame.seq
        if frame.time_ms < before_ms or frame.time_ms > now_ms:
            say(name, "time", f"frame {frame.seq} has time {frame.time_ms} outside {before_ms}..{now_ms}",
                "publish frames in order of time, none in the future")  # fmt: skip
        before_ms = max(before_ms, frame.time_ms)
        _check_samples(frame, watch, say)
    for watch in watches.values():
        _check_states(watch, now_ms, ledger[watch.unit.name], say)
        _check_registers(watch, ledger[watch.unit.name], say)


def _check_samples(frame: Frame, watch: _UnitWatch, say: _Say) -> None:
    unit = watch.unit
    for place, index in enumerate(frame.tags):
        tag = unit.tags[index]
        field = f"{unit.name}/{tag.name}"
        moment, value = frame.times_ms[place], frame.values[place]
        if moment <= watch.last_ms[index]:
            say(field, "rising", f"sample time {moment} does not rise", "report a path once per moment")
        if moment > frame.time_ms:
            say(field, "future", f"sample at {moment} lies after its frame at {frame.time_ms}",
                "log a value when it happens, not before")  # fmt: skip
        watch.last_ms[index] = moment
        if tag.kind is Kind.TEXT:
            if tag.name == "reason" and category(frame.texts.get(place, "")) not in Reason.ALL:
                say(field, "reason", f"reason {frame.texts.get(place)!r} is of no category", "use Reason")
            continue
        if not math.isfinite(value):
            say(
                field,
                "finite",
                f"value {value} is no number",
                "keep the value finite, in every state of the unit",
            )
            continue
        last = watch.last[index]
        if tag.kind is Kind.COUNT and last is not None and value < last - _ROUNDING * abs(last):
            say(
                field,
                "falls",
                f"register falls from {last!r} to {value!r}",
                "add to registers, never take from them",
            )
        if (
            tag.kind is Kind.STATE
            and tag.low is not None
            and tag.high is not None
            and not tag.low <= value <= tag.high
        ):
            say(
                field,
                "range",
                f"value {value:g} lies outside {tag.low:g}..{tag.high:g}",
                "correct one of them",
            )
        watch.last[index] = value
        if tag.name == "state":
            _move(watch, moment, value, field, say)


def _move(watch: _UnitWatch, moment: int, value: float, field: str, say: _Say) -> None:
    try:
        state = State(int(value))
    except ValueError:
        say(field, "known", f"{value:g} is no PackML state", "use State of twin.model.state")
        return
    if watch.state is not None and state is not watch.state and state not in LEGAL_MOVES[watch.state]:
        say(
            field,
            "legal",
            f"{watch.state.name} -> {state.name} is no PackML move",
            "pass over the states between",
        )
    watch.book(moment)
    watch.state = state


def _check_states(watch: _UnitWatch, now_ms: int, page: dict[str, float], say: _Say) -> None:
    watch.book(now_ms)
    booked: dict[str, float] = {}
    for key, seconds in page.items():
        if key.startswith("seconds/"):
            state = key.split("/")[1]
            booked[state] = booked.get(state, 0.0) + seconds
    elapsed = sum(watch.state_ms.values()) / 1000.0
    field = f"{watch.unit.name}/state"
    if abs(sum(booked.values()) - elapsed) > 1e-6 * max(elapsed, 1.0):
        say(field, "ledger", f"the ledger's state times add up to {sum(booked.values()):.6f} s in {elapsed:.6f} s",
            "move the unit with Unit.to() only")  # fmt: skip
    for name, seconds in booked.items():
        told = watch.state_ms.get(State[name.upper()], 0) / 1000.0
        # Each move is told to the millisecond; 0.1 % is what reconciliation grants.
        if abs(told - seconds) > max(0.001 * elapsed, 0.01):
            say(field, f"told {name}", f"{name} lasted {seconds:.3f} s in the ledger and {told:.3f} s in the samples",
                "move the unit with Unit.to() only, from inside the simulation")  # fmt: skip


def _check_registers(watch: _UnitWatch, page: dict[str, float], say: _Say) -> None:
    truth = {
        "prod_processed_count": page["processed"],
        "prod_defective_count": page["scrapped"] + page["reworked"],
        "scrap_count": page["scrapped"],
        "rework_count": page["reworked"],
    }
    truth |= {
        f"energy_{k.split('/')[1]}_{k.split('/')[2]}": v for k, v in page.items() if k.startswith("energy/")
    }
    for tag, last in zip(watch.unit.tags, watch.last, strict=True):
        if tag.kind is not Kind.COUNT:
            continue
        field = f"{watch.unit.name}/{tag.name}"
        if last is None:
            say(field, "silent", "never reported", "give the tag a `read`, or log it")
        elif tag.name in truth and abs(truth[tag.name] - last) > 1e-9 * max(abs(last), 1.0):
            say(
                field,
                "truth",
                f"reported {last!r}, the ledger says {truth[tag.name]!r}",
                "count in one place",
            )
    if watch.unit.tags and page["processed"] + 1e-9 < page["scrapped"] + page["reworked"]:
        say(
            f"{watch.unit.name}/prod_defective_count",
            "share",
            "more defective than processed",
            "count each once",
        )
