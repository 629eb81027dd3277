"""The shapes of what the API says and takes about drills and planned faults."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from edge.api.answer import Answer
from edge.training.drill import (
    LEAST_LENGTH_S,
    MOST_AFTER_S,
    MOST_FAULTS,
    MOST_LENGTH_S,
    REFERENCE_MIN,
)

# Neither markup nor what cannot be seen: controls, marks of direction, spaces of no width.
_READABLE = r"^[^\x00-\x1f\x7f<>\u200b-\u200f\u202a-\u202e\u2066-\u2069]+$"


def _readable(name: str) -> str:
    if not re.fullmatch(_READABLE, name):
        raise PydanticCustomError("name", "A name may not contain < or >, nor characters that cannot be seen")
    return name


# The pattern is part of the schema; what is said of a name that does not match it is said in words.
_IN_WORDS = (AfterValidator(_readable), Field(json_schema_extra={"pattern": _READABLE}))
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=30), *_IN_WORDS]
DrillName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), *_IN_WORDS]
FaultKey = Annotated[str, Field(min_length=1, max_length=100, examples=["die_crack"])]
Phase = Literal["planned", "running", "ended"]
Progress = Literal["waiting", "struck", "over", "skipped", "cancelled"]


class PlanRequest(Answer):
    """A fault of a drill."""

    key: FaultKey
    after_s: float = Field(
        ge=0, le=MOST_LENGTH_S, description="seconds after the drill's beginning", examples=[180]
    )
    duration_s: float = Field(
        ge=10,
        le=MOST_LENGTH_S,
        description="seconds until it is reset; the drill's end resets it too",
        examples=[480],
    )


class SurpriseRequest(Answer):
    """Faults and times that a seed chooses."""

    count: int = Field(ge=1, le=MOST_FAULTS, examples=[2])
    seed: int | None = Field(default=None, ge=0, le=2**53 - 1, description="the same seed, the same drill")


class DrillRequest(Answer):
    """A drill: faults that the trainer chose, or a surprise; not both."""

    name: DrillName = Field(examples=["Night shift"])
    plant: str = Field(min_length=1, max_length=100, examples=["stamping"])
    length_s: float = Field(ge=LEAST_LENGTH_S, le=MOST_LENGTH_S, description="seconds", examples=[1200])
    faults: list[PlanRequest] = Field(default=[], max_length=MOST_FAULTS)
    surprise: SurpriseRequest | None = None
    reference_min: int = Field(
        default=REFERENCE_MIN,
        ge=10,
        le=1440,
        description="minutes before the drill that losses are measured against",
    )


class DrillAnswer(Answer):
    """A drill as everybody may see it; `start` and `end` are null until it was started."""

    id: str = Field(examples=["3f9a1c"])
    name: str
    plant: str
    phase: Phase
    length_s: float
    start: str | None
    end: str | None
    remaining_s: float | None = Field(description="null unless it runs")
    cancelled: bool
    participants: int
    marks: int


class PlannedFaultAnswer(Answer):
    """A fault that the schedule strikes and resets."""

    number: int
    plant: str
    key: str
    by: str
    after_s: float
    duration_s: float
    due: str | None = Field(description="null until its drill has begun")
    progress: Progress
    struck: str | None = Field(description="when the plant accepted it")
    reset: str | None
    told: str = Field(description="what is out of the ordinary: late, refused, skipped")


class BesideAnswer(Answer):
    """A fault that strikes in a drill's time without being of the drill."""

    key: str
    title: str
    due: str | None = Field(description="null for one that waits for a condition alone")
    when: str = Field(description="the condition that the plant waits for")
    progress: Progress


class StartAnswer(DrillAnswer):
    """A drill that has begun, and what strikes beside it: a warning to the trainer."""

    beside: list[BesideAnswer]


class PlanAnswer(Answer):
    """What a drill does, for the trainer; for everybody after its end."""

    id: str
    seed: int | None = Field(description="of a surprise")
    faults: list[PlannedFaultAnswer]
    beside: list[BesideAnswer]


class JoinRequest(Answer):
    """Under which name somebody takes part."""

    name: Name = Field(examples=["Team blue"])


class JoinAnswer(Answer):
    """The token goes into the header `Participant-Token`; it is shown in this answer alone."""

    name: str
    token: str


class MarkRequest(Answer):
    """What was seen: where, which fault, since when."""

    unit: str = Field(min_length=1, max_length=100, examples=["op10"])
    fault: FaultKey | None = Field(
        default=None, description="key of the plant's list; null for something else"
    )
    time: str = Field(
        default="now",
        max_length=40,
        description="since when: RFC 3339 with zone, now, or back from now: -90s",
    )


class MarkAnswer(Answer):
    """A mark; what it was worth is told after the end."""

    number: int
    made: str
    time: str
    unit: str
    fault: str | None


class JudgedMark(MarkAnswer):
    """A mark with what it was worth."""

    verdict: Literal["named", "found", "wrong name", "repeat", "false alarm"]
    credited: int | None = Field(description="place in the truth of the one fault that it counts for")


class Losses(Answer):
    """Above the reference, from onset to detection; `…_within`: about 95 % of cases lie within. Null: not told."""

    scrap: float | None = Field(description="count units rejected")
    scrap_within: float | None
    kwh: float | None
    kwh_within: float | None


class FindingAnswer(Losses):
    """What a participant made of a fault."""

    key: str
    outcome: Literal["named", "found", "missed"]
    delay_s: float | None = Field(description="from onset to mark")
    error_s: float | None = Field(description="the time that the mark tells, minus the onset")
    points: float


class BoardRow(Losses):
    """A participant; everything but name and marks is null while the drill hides it."""

    name: str
    marks_set: int
    points: float | None
    named: int | None
    found: int | None
    missed: int | None
    false_alarms: int | None
    wrong_names: int | None
    delay_s: float | None = Field(description="mean, from onset to mark")


class BoardAnswer(Answer):
    """The class: best first once points are told, else in the order in which they joined."""

    hidden: bool = Field(description="points are not told while the drill runs")
    items: list[BoardRow]
    count: int


class ResultRow(BoardRow):
    """A participant with all findings, in the order of the truth, and all marks."""

    findings: list[FindingAnswer]
    marks: list[JudgedMark]


class Truth(Answer):
    """What was really there; a mark counts for it until `counts_until`."""

    key: str
    title: str
    unit: str
    unit_title: str
    begin: str
    end: str
    counts_until: str


class ReferenceAnswer(Answer):
    """The plant's own usual before the drill."""

    start: str
    end: str
    minutes: int
    reject_share: float
    kwh_per_unit: float
    output_per_min: float
    kwh_per_min: float


class ResultAnswer(Answer):
    """The truth of a drill against every participant's marks."""

    truth: list[Truth]
    reference: ReferenceAnswer | None
    no_reference: str = Field(description="why losses are not told")
    grace_s: float
    weights: dict[str, float] = Field(description="points; fixed, a choice for teaching (est.)")
    rows: list[ResultRow]


class PlannedRequest(Answer):
    """A fault for later, without a drill."""

    key: FaultKey
    after_s: float = Field(default=0.0, ge=0, le=MOST_AFTER_S, description="seconds from now")
    duration_s: float = Field(ge=10, le=MOST_AFTER_S, description="seconds until it is reset")


class ResetAnswer(Answer):
    """What was asked of the plant."""

    keys: list[str]
    accepted: bool
