"""Questions about faults: which there are, how they are now, and the ground truth of what struck when."""

import json
from collections.abc import Sequence
from typing import Any

from edge.api.problem import Problem
from edge.api.query import Query, display_unit
from edge.api.time_range import DAY, MINUTE, TimeRange, readable_step, rfc3339
from twin.model.declaration import Declaration, EffectDeclaration, FaultDeclaration
from twin.model.fault import FIGURES
from twin.model.tag import Kind

_BUCKETS = 5000
_SINCE = 7 * DAY  # how far back the beginning of an active fault is looked for
_SAME_MS = 1000  # a fault and the command that struck it are told by one scan


class FaultQuery:
    """What can be asked about a plant's faults. Methods block on the store: call them from a thread."""

    def __init__(self, query: Query) -> None:
        self.query = query

    def fault(self, declaration: Declaration, key: str) -> FaultDeclaration:
        """Return a declared fault; raises Problem that names those that there are."""
        for fault in declaration.faults:
            if fault.key == key:
                return fault
        known = ", ".join(fault.key for fault in declaration.faults) or "none"
        raise Problem(404, f"plant {declaration.plant} has no fault {key!r}; it has: {known}")

    def path(self, declaration: Declaration, fault: FaultDeclaration) -> str:
        """Return the path of the fault's own tag."""
        return f"{declaration.unit(fault.unit).path}/{fault.tag}"

    def faults(self, declaration: Declaration) -> list[dict[str, Any]]:
        """Return every declared fault with its state; `active` is null while the plant has not told it."""
        paths = [self.path(declaration, fault) for fault in declaration.faults]
        newest = self.query.store.last(paths)
        pending = self.pending(declaration)
        found = []
        for fault, path in zip(declaration.faults, paths, strict=True):
            sample = newest.get(path)
            active = None if sample is None else float(sample.value) >= 0.5
            found.append(
                {
                    "key": fault.key, "unit": fault.unit, "unit_title": declaration.unit(fault.unit).title,
                    "tag": path, "title": fault.title, "mechanism": fault.mechanism, "active": active,
                    "since": self._since(path) if active else None,
                    "pending": [_trigger(one) for one in pending if one.get("path") == path],
                    "effects": [_effect(declaration, effect) for effect in fault.effects],
                }
            )  # fmt: skip
        return found

    def pending(self, declaration: Declaration) -> list[dict[str, Any]]:
        """Return the commands that wait for their trigger, as the plant tells them."""
        path = f"{declaration.units[0].path}/pending_commands"
        sample = self.query.store.last([path]).get(path)
        found = _decode(str(sample.value)) if sample is not None else None
        return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []

    def log(self, declaration: Declaration, span: TimeRange) -> list[dict[str, Any]]:
        """Return what struck in a range, and what was pending and did not, newest first.

        Begin and end are those of the fault's own tag. `by`, `reason` and `trigger` are the command's that the plant
        carried out at that moment; they are empty where no command did it.
        """
        commands = self._commands(declaration, span)
        found: list[dict[str, Any]] = []
        for fault in declaration.faults:
            path = self.path(declaration, fault)
            own = [(at, told) for at, told in commands if told.get("path") == path]
            about = {"key": fault.key, "unit": fault.unit, "title": fault.title}
            for begin, end in self.spells(path, span):
                struck = _nearest(own, begin, strike=True) if begin is not None else None
                mended = _nearest(own, end, strike=False) if end is not None else None
                found.append(
                    about | _trigger(struck or {}) | {
                        "outcome": "struck", "begin": None if begin is None else rfc3339(begin),
                        "end": None if end is None else rfc3339(end), "reset_by": str((mended or {}).get("source", "")),
                        "at_ms": span.start_ms if begin is None else begin,
                    }
                )  # fmt: skip
            found += [
                about | _trigger(told) | {
                    "outcome": told["outcome"], "begin": None, "end": rfc3339(at), "reset_by": "", "at_ms": at,
                }
                for at, told in own
                if told.get("outcome") in ("withdrawn", "expired")
            ]  # fmt: skip
        found.sort(key=lambda one: -int(one["at_ms"]))
        return [{name: value for name, value in one.items() if name != "at_ms"} for one in found]

    def spells(self, path: str, span: TimeRange) -> list[tuple[int | None, int | None]]:
        """Return (begin, end) of each time that a fault was there; None where it lies beyond the range."""
        spells: list[tuple[int | None, int | None]] = []
        for at, active, first in self._changes(path, span):
            if active:
                spells.append((None if first else at, None))
            elif spells:
                spells[-1] = (spells[-1][0], at)
        return spells

    # -- history -------------------------------------------------------------------------------------------

    def _changes(self, path: str, span: TimeRange) -> list[tuple[int, bool, bool]]:
        """Return (time, active, whether it was so from the first sample on) of each change of a fault's tag."""
        every = max(readable_step(span.width_ms, _BUCKETS), MINUTE)
        series = self.query.store.series(path, span.start_ms, span.end_ms, every)
        state: bool | None = None
        found = []
        for at, low, high in zip(
            series.time_ms.tolist(), series.low.tolist(), series.high.tolist(), strict=True
        ):
            if low == high and state is not None and (low >= 0.5) is state:
                continue
            begin, end = max(at, span.start_ms), min(at + every, span.end_ms)
            raw = self.query.store.series(path, begin, end)
            for moment, value in zip(raw.time_ms.tolist(), raw.last.tolist(), strict=True):
                active = value >= 0.5
                if active is not state:
                    if active or state is not None:
                        found.append((moment, active, state is None))
                    state = active
        return found

    def _since(self, path: str) -> str | None:
        now = self.query.clock_ms()
        spells = self.spells(path, TimeRange(now - _SINCE, now + MINUTE))
        return rfc3339(spells[-1][0]) if spells and spells[-1][0] is not None else None

    def _commands(self, declaration: Declaration, span: TimeRange) -> list[tuple[int, dict[str, Any]]]:
        """Return the commands that the plant has settled, each once: the newest is told again every hour."""
        line = declaration.units[0]
        if "command" not in line.tag_names:
            return []  # a plant older than the tag
        found: list[tuple[int, dict[str, Any]]] = []
        seen: set[tuple[Any, Any]] = set()
        for at, text in self.query.store.texts(f"{line.path}/command", span.start_ms, span.end_ms):
            told = _decode(text)
            if isinstance(told, dict) and (mark := (told.get("id"), told.get("outcome"))) not in seen:
                seen.add(mark)
                found.append((at, told))
        return found


def _nearest(
    commands: Sequence[tuple[int, dict[str, Any]]], time_ms: int, *, strike: bool
) -> dict[str, Any] | None:
    near = [
        (abs(at - time_ms), told)
        for at, told in commands
        if told.get("outcome") == "carried_out" and (float(told.get("value", 0.0)) >= 0.5) is strike
        and abs(at - time_ms) <= _SAME_MS
    ]  # fmt: skip
    return min(near, key=lambda one: one[0])[1] if near else None


def _trigger(told: dict[str, Any]) -> dict[str, Any]:
    """Return who asked, why and when it was to happen, of a command as the plant tells it."""
    due = told.get("due_ms", 0)
    return {
        "id": str(told.get("id", "")), "by": str(told.get("source", "")), "reason": str(told.get("reason", "")),
        "due": rfc3339(due) if isinstance(due, int) and due > 0 else None, "when": str(told.get("when", "")),
    }  # fmt: skip


def _decode(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None


def _effect(declaration: Declaration, effect: EffectDeclaration) -> dict[str, Any]:
    unit, kind = "", None
    if effect.subject == "specific_energy":
        unit = f"kWh/{display_unit(declaration.product_unit) or declaration.product_unit.strip('{}')}"
    elif effect.subject not in FIGURES:
        for owner in declaration.units:
            for tag in owner.tags:
                if f"{owner.name}/{tag.name}" == effect.subject:
                    unit, kind = display_unit(tag.unit), tag.kind
    return {
        "subject": effect.subject, "change": effect.change, "unit": unit, "begin_s": effect.begin, "end_s": effect.end,
        "text": effect_text(effect, unit, kind),
    }  # fmt: skip


def effect_text(effect: EffectDeclaration, unit: str, kind: Kind | None) -> str:
    """Say an effect in words.

    >>> effect_text(EffectDeclaration(subject="op10/tonnage", change=-3.5, begin=0, end=3600), "kN", Kind.MEASURE)
    'op10 tonnage: at least 3.5 kN lower, in the first hour'
    """
    what = effect.subject.replace("/", " ").replace("_", " ")
    size = f"{abs(effect.change):g} {unit}".strip()
    if effect.subject in FIGURES and not unit:
        points = f"{100 * abs(effect.change):g}"
        size = f"{points} percentage point{'' if points == '1' else 's'}"
    direction = "more" if effect.change > 0 else "less"
    if kind is not Kind.COUNT:
        direction = "higher" if effect.change > 0 else "lower"
    return f"{what}: at least {size} {direction}, {_span_text(effect.begin, effect.end)}"


def _span_text(begin: float, end: float) -> str:
    def hours(seconds: float) -> str:
        return f"{seconds / 60:g} min" if seconds < 3600 else f"{seconds / 3600:g} h"

    if begin == 0.0:
        return "in the first hour" if end == 3600.0 else f"in the first {hours(end)}"
    return f"from {hours(begin)} to {hours(end)} after it struck"
