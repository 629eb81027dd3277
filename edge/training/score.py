"""The score of a drill: pure functions from what struck and what was marked to findings and points.

Points of one participant, floored at 0:

    sum over faults of max(0, base - `delay` x minutes until it was named (found) - `loss` x minutes lost until then)
    - `false_alarm` x false alarms - `wrong_name` x marks with a wrong name

base is `named` for a fault that was named, `found` for one of which only the unit was found, 0 for one that was missed.
Minutes lost: scrap above the reference / usual output a minute + kWh above it / usual kWh a minute (see loss.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from edge.training.drill import Mark

GRACE_S = 120.0  # a mark counts for a fault until so long after its reset (est., a choice for teaching)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What counts how much, in points: fixed, a choice for teaching (est.); nothing of it is measured."""

    named: float = 100.0
    found: float = 50.0
    delay: float = 2.0  # a minute
    loss: float = 1.0  # a minute of usual output scrapped, or of usual energy wasted
    false_alarm: float = 20.0
    wrong_name: float = 10.0


class Verdict(StrEnum):
    """What a mark was worth."""

    NAMED = "named"
    FOUND = "found"
    WRONG_NAME = "wrong name"
    REPEAT = "repeat"
    FALSE_ALARM = "false alarm"


@dataclass(frozen=True, slots=True)
class Onset:
    """What was really there: fault `key` of `unit`, from `begin_ms` to `end_ms`."""

    key: str
    unit: str
    begin_ms: int
    end_ms: int


@dataclass(slots=True)
class Finding:
    """What one participant made of one fault: the first mark that found it, and the one that named it."""

    onset: Onset
    found: Mark | None = None
    named: Mark | None = None

    @property
    def delay_s(self) -> float | None:
        """Seconds from the onset to the mark that named it, else to the one that found it; None when it was missed."""
        mark = self.named or self.found
        return None if mark is None else (mark.made_ms - self.onset.begin_ms) / 1000

    @property
    def error_s(self) -> float | None:
        """Seconds by which the time that the same mark tells is after the onset; negative: before it."""
        mark = self.named or self.found
        return None if mark is None else (mark.time_ms - self.onset.begin_ms) / 1000


@dataclass(slots=True)
class Matched:
    """One participant's marks against the truth, by the mark's number.

    `verdicts` tell what each was worth, `credited` the place in `findings` of the one fault that it counts for.
    """

    findings: list[Finding]
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    credited: dict[int, int] = field(default_factory=dict)

    def count(self, verdict: Verdict) -> int:
        """Count the marks with a verdict."""
        return sum(one is verdict for one in self.verdicts.values())


def window_end(onset: Onset, end_ms: int, grace_s: float = GRACE_S) -> int:
    """Return until when a mark counts for `onset` in a drill that ends at `end_ms`."""
    return min(onset.end_ms + round(grace_s * 1000), end_ms)


def match(onsets: Sequence[Onset], marks: Sequence[Mark], end_ms: int, grace_s: float = GRACE_S) -> Matched:
    """Match one participant's marks with the truth, in the order in which they were made.

    What counts is when a mark was made, not the time that it tells: a fault is there for it from its onset until
    `grace_s` after its reset. Its key names the fault. A mark of another key, or of something else, on the unit of a
    fault that was not named yet finds it; the former has a wrong name. A mark counts for one fault. The same again is a
    repeat and costs nothing, a false alarm too until a fault of its unit has begun since.
    """
    found = Matched([Finding(one) for one in sorted(onsets, key=lambda one: one.begin_ms)])
    cried: dict[tuple[str, str], int] = {}  # when a unit and key were last a false alarm
    for mark in sorted(marks, key=lambda one: (one.made_ms, one.number)):
        there = [
            one for one in found.findings
            if one.onset.begin_ms <= mark.made_ms <= window_end(one.onset, end_ms, grace_s)
        ]  # fmt: skip
        verdict, finding = _judge(mark, there)
        if finding is not None:
            found.credited[mark.number] = found.findings.index(finding)
        if verdict is Verdict.FALSE_ALARM:
            before = cried.get((mark.unit, mark.key))
            if before is None or _has_begun(found.findings, mark, before):
                cried[mark.unit, mark.key] = mark.made_ms
            else:
                verdict = Verdict.REPEAT
        found.verdicts[mark.number] = verdict
    return found


def _has_begun(findings: Sequence[Finding], mark: Mark, since_ms: int) -> bool:
    """Tell whether a fault that the mark fits has begun after `since_ms`."""
    return any(
        one.onset.unit == mark.unit and since_ms < one.onset.begin_ms <= mark.made_ms for one in findings
    )


def _judge(mark: Mark, there: Sequence[Finding]) -> tuple[Verdict, Finding | None]:
    exact = [one for one in there if mark.key and one.onset.key == mark.key]
    if exact:
        new = next((one for one in exact if one.named is None), None)
        if new is None:
            return Verdict.REPEAT, exact[-1]
        new.named = mark
        new.found = new.found or mark
        return Verdict.NAMED, new
    beside = [one for one in there if one.onset.unit == mark.unit]
    if not beside:
        return Verdict.FALSE_ALARM, None
    unnamed = [one for one in beside if one.named is None]
    new = next((one for one in unnamed if one.found is None), None)
    if new is not None:
        new.found = mark
        return (Verdict.WRONG_NAME if mark.key else Verdict.FOUND), new
    if not mark.key:
        return Verdict.REPEAT, (unnamed or beside)[-1]
    return (Verdict.WRONG_NAME, unnamed[-1]) if unnamed else (Verdict.FALSE_ALARM, None)


def fault_points(finding: Finding, lost_min: float, weights: Weights) -> float:
    """Return the points of one fault; `lost_min` are the minutes lost until it was found.

    >>> onset = Onset("crack", "op10", 0, 600_000)
    >>> named = Finding(onset, None, Mark(1, 1, 180_000, 0, "op10", "crack"))
    >>> fault_points(named, 1.5, Weights())  # 100 - 2 x 3 min - 1 x 1.5 min
    92.5
    """
    delay = finding.delay_s
    if delay is None:
        return 0.0
    base = weights.found if finding.named is None else weights.named
    return max(0.0, base - weights.delay * delay / 60.0 - weights.loss * lost_min)


def points(matched: Matched, lost_min: Sequence[float], weights: Weights) -> float:
    """Return a participant's points; `lost_min` in the order of the findings."""
    earned = sum(
        fault_points(one, lost, weights) for one, lost in zip(matched.findings, lost_min, strict=True)
    )
    false, wrong = matched.count(Verdict.FALSE_ALARM), matched.count(Verdict.WRONG_NAME)
    return max(0.0, earned - weights.false_alarm * false - weights.wrong_name * wrong)
