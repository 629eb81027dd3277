"""The result of a drill: the truth from the plant's own telemetry, every participant's marks against it, points."""

import math
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from edge.api.fault_query import FaultQuery
from edge.api.query import Query
from edge.api.time_range import TimeRange, rfc3339
from edge.training.drill import Drill, Mark, Participant, Phase, Progress
from edge.training.drills import Drills
from edge.training.loss import (
    MINUTE,
    Loss,
    Minute,
    NoReference,
    Reference,
    lost,
    lost_minutes,
    minute,
    reference,
)
from edge.training.score import (
    GRACE_S,
    Finding,
    Matched,
    Onset,
    Verdict,
    Weights,
    fault_points,
    match,
    points,
    window_end,
)
from twin.model.declaration import Declaration

WEIGHTS = Weights()
_RUNNING_S, _ENDED_S, _SETTLED_S = 2.0, 10.0, 600.0  # how long a result is good
_MOST = 50  # results kept
_LOOK_BACK_MS = 5 * MINUTE  # every number is told once a minute at least
_AFTERMATH_MS = 5 * MINUTE  # what a fault has spoilt is found for some minutes after its reset (est.)
_SETTLING_MS = 5 * MINUTE  # until the last minutes of telemetry have surely arrived


@dataclass(frozen=True, slots=True)
class Measured:
    """What telemetry tells of a drill: truth, minutes of the line, and the usual or why there is none."""

    onsets: list[Onset]
    minutes: list[Minute]
    usual: Reference | None
    missing: str


class Results:
    """Results of drills, computed anew at most every other second, by one at a time; methods block on the store."""

    def __init__(self, query: Query, drills: Drills) -> None:
        self._query = query
        self._drills = drills
        self._faults = FaultQuery(query)
        self._guard = threading.Lock()
        self._kept: dict[tuple[str, Phase], tuple[float, dict[str, Any]]] = {}

    def result(self, drill: Drill) -> dict[str, Any]:
        """Return the whole result as plain data. The caller sees to it that nobody gets it who may not."""
        found = self._kept.get((drill.id, drill.phase))
        if found is not None and time.monotonic() - found[0] <= self._lasts_s(drill):
            return found[1]
        # One computes; who comes meanwhile gets what there was, or waits where there was nothing.
        if not self._guard.acquire(blocking=found is None):
            assert found is not None
            return found[1]
        try:
            again = self._kept.get((drill.id, drill.phase))
            if again is not None and again is not found:
                return again[1]
            if len(self._kept) > _MOST:
                self._kept.clear()
            told = self._compute(drill)
            self._kept[drill.id, drill.phase] = (time.monotonic(), told)
            return told
        finally:
            self._guard.release()

    def _lasts_s(self, drill: Drill) -> float:
        if drill.phase is not Phase.ENDED:
            return _RUNNING_S
        return _SETTLED_S if self._query.clock_ms() - drill.end_ms > _SETTLING_MS else _ENDED_S

    def active(self, declaration: Declaration) -> list[str]:
        """Return the keys of the faults that are there now."""
        return [fault["key"] for fault in self._faults.faults(declaration) if fault["active"]]

    def beside(self, declaration: Declaration, start_ms: int, end_ms: int) -> list[dict[str, Any]]:
        """Return what strikes in a range without a drill, as far as it is planned here or pending at the plant."""
        faults = {fault.key: fault for fault in declaration.faults}
        planned = [
            (one.due_ms, one.key, "", str(one.progress))
            for one in self._drills.faults("")
            if one.plant == declaration.plant and one.key in faults and start_ms <= one.due_ms < end_ms
            and one.progress not in (Progress.CANCELLED, Progress.SKIPPED)
        ]  # fmt: skip
        keys = {self._faults.path(declaration, fault): fault.key for fault in declaration.faults}
        for told in self._faults.pending(declaration):
            key, due = keys.get(str(told.get("path"))), told.get("due_ms", 0)
            due = due if isinstance(due, int) else 0
            if key is not None and float(told.get("value", 0.0)) >= 0.5 and due < end_ms:
                planned.append((due, key, str(told.get("when", "")), str(Progress.WAITING)))
        return [
            {
                "key": key, "title": faults[key].title, "due": rfc3339(due) if due else None, "when": when,
                "progress": progress,
            }
            for due, key, when, progress in sorted(planned)
        ]  # fmt: skip

    # -- inside --------------------------------------------------------------------------------------------

    def _compute(self, drill: Drill) -> dict[str, Any]:
        declaration = self._query.declaration(drill.plant)
        measured = self._measure(declaration, drill)
        marks: dict[int, list[Mark]] = {}
        for mark in self._drills.marks(drill.id):
            marks.setdefault(mark.participant, []).append(mark)
        rows = [
            self._row(drill, who, marks.get(who.number, []), measured)
            for who in self._drills.participants(drill.id)
        ]
        rows.sort(key=lambda row: (-row["points"], row["delay_s"] is None, row["delay_s"] or 0.0))
        usual = measured.usual
        titles = {fault.key: fault.title for fault in declaration.faults}
        units = {unit.name: unit.title for unit in declaration.units}
        return {
            "truth": [
                {
                    "key": one.key, "title": titles[one.key], "unit": one.unit, "unit_title": units[one.unit],
                    "begin": rfc3339(one.begin_ms), "end": rfc3339(one.end_ms),
                    "counts_until": rfc3339(window_end(one, drill.end_ms)),
                }
                for one in measured.onsets
            ],
            "reference": None if usual is None else {
                "start": rfc3339(usual.minutes[0].start_ms), "end": rfc3339(usual.minutes[-1].start_ms + MINUTE),
                "minutes": len(usual.minutes), "reject_share": usual.reject_share,
                "kwh_per_unit": usual.kwh_per_unit, "output_per_min": usual.output_per_min,
                "kwh_per_min": usual.kwh_per_min,
            },
            "no_reference": measured.missing, "grace_s": GRACE_S, "weights": asdict(WEIGHTS), "rows": rows,
        }  # fmt: skip

    def _measure(self, declaration: Declaration, drill: Drill) -> Measured:
        end = min(drill.end_ms, self._query.clock_ms())
        onsets = self._spells(declaration, drill.start_ms, end)
        first = drill.start_ms // MINUTE * MINUTE
        usual, missing = None, ""
        try:
            usual = reference(self._usual(declaration, first - drill.reference_min * MINUTE, first))
        except NoReference as error:
            missing = f"losses are not told: {error}"
        return Measured(onsets, self._minutes(declaration, first, -(-end // MINUTE) * MINUTE), usual, missing)

    def _usual(self, declaration: Declaration, start_ms: int, end_ms: int) -> list[Minute]:
        """Return the minutes in which no fault was there, nor shortly before: they are no part of the usual."""
        spells = self._spells(declaration, start_ms - _AFTERMATH_MS, end_ms)
        return [
            one
            for one in self._minutes(declaration, start_ms, end_ms)
            if not any(
                fault.begin_ms < one.start_ms + MINUTE and one.start_ms < fault.end_ms + _AFTERMATH_MS
                for fault in spells
            )
        ]

    def _spells(self, declaration: Declaration, start_ms: int, end_ms: int) -> list[Onset]:
        """Return the faults that were there in a range, clipped to it, in order of time."""
        # From before the range, so that a fault's first change in it is seen as a change.
        span = TimeRange(start_ms - _LOOK_BACK_MS, end_ms + 1)
        found = []
        for fault in declaration.faults:
            for began, ended in self._faults.spells(self._faults.path(declaration, fault), span):
                begin, over = max(began or 0, start_ms), end_ms if ended is None else min(ended, end_ms)
                if begin < over:
                    found.append(Onset(fault.key, fault.unit, begin, over))
        return sorted(found, key=lambda one: one.begin_ms)

    def _minutes(self, declaration: Declaration, start_ms: int, end_ms: int) -> list[Minute]:
        if end_ms <= start_ms:
            return []
        rows = self._query.store.tally(declaration.units[0].path, start_ms, end_ms, MINUTE)
        return [minute(row.start_ms, row.values) for row in rows]

    def _row(
        self, drill: Drill, who: Participant, marks: Sequence[Mark], measured: Measured
    ) -> dict[str, Any]:
        matched = match(measured.onsets, marks, drill.end_ms)
        spans = [(one.onset.begin_ms, self._until(drill, one)) for one in matched.findings]
        losses = [self._lost(span, measured) for span in spans]
        minutes = [
            0.0 if loss is None or measured.usual is None else lost_minutes(loss, measured.usual)
            for loss in losses
        ]
        delays = [delay for one in matched.findings if (delay := one.delay_s) is not None]
        whole = _together([self._lost(span, measured) for span in _union(spans)])
        return {
            "name": who.name, "points": round(points(matched, minutes, WEIGHTS), 1), "marks_set": len(marks),
            "named": sum(one.named is not None for one in matched.findings),
            "found": sum(one.found is not None and one.named is None for one in matched.findings),
            "missed": sum(one.found is None for one in matched.findings),
            "false_alarms": matched.count(Verdict.FALSE_ALARM), "wrong_names": matched.count(Verdict.WRONG_NAME),
            "delay_s": sum(delays) / len(delays) if delays else None, **_told(whole),
            "findings": [
                {
                    "key": one.onset.key, "outcome": _outcome(one), "delay_s": one.delay_s, "error_s": one.error_s,
                    "points": round(fault_points(one, minutes[place], WEIGHTS), 1), **_told(losses[place]),
                }
                for place, one in enumerate(matched.findings)
            ],
            "marks": [_judged(mark, matched) for mark in marks],
        }  # fmt: skip

    def _until(self, drill: Drill, finding: Finding) -> int:
        """Return until when a fault cost: the mark that found it, at most its reset; missed, its reset."""
        made = finding.onset.end_ms if finding.found is None else finding.found.made_ms
        return min(made, finding.onset.end_ms, drill.end_ms)

    @staticmethod
    def _lost(span: tuple[int, int], measured: Measured) -> Loss | None:
        return None if measured.usual is None else lost(measured.minutes, *span, measured.usual)


def mark_told(mark: Mark) -> dict[str, Any]:
    """Return a mark as the API tells it to the one who set it."""
    return {
        "number": mark.number, "made": rfc3339(mark.made_ms), "time": rfc3339(mark.time_ms), "unit": mark.unit,
        "fault": mark.key or None,
    }  # fmt: skip


def _judged(mark: Mark, matched: Matched) -> dict[str, Any]:
    return mark_told(mark) | {
        "verdict": str(matched.verdicts[mark.number]), "credited": matched.credited.get(mark.number)
    }  # fmt: skip


def _outcome(finding: Finding) -> str:
    if finding.named is not None:
        return "named"
    return "missed" if finding.found is None else "found"


def _told(loss: Loss | None) -> dict[str, Any]:
    if loss is None:
        return {"scrap": None, "scrap_within": None, "kwh": None, "kwh_within": None}
    return {name: round(value, 3) for name, value in asdict(loss).items()}


def _union(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join spans that overlap, so that what two faults cost together counts once."""
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return joined


def _together(losses: Sequence[Loss | None]) -> Loss | None:
    known = [loss for loss in losses if loss is not None]
    if len(known) < len(losses):
        return None
    return Loss(
        sum(one.scrap for one in known), math.hypot(*(one.scrap_within for one in known)),
        sum(one.kwh for one in known), math.hypot(*(one.kwh_within for one in known)),
    )  # fmt: skip
