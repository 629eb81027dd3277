"""The shapes of events and of what acknowledges them."""

from typing import Annotated

from pydantic import Field

from edge.api.answer import Answer

EventId = Annotated[str, Field(pattern=r"^\d{1,15}-[0-9a-f]{12}$", examples=["1769817600000-5be0c1d24f0a"])]


class AcknowledgementAnswer(Answer):
    """Who has seen an event, when, and what was noted about it."""

    who: str = Field(examples=["operator"])
    time: str
    note: str


class EventAnswer(Answer):
    """Something that people want to read."""

    id: str = Field(description="the same in every answer; what `before` takes")
    time: str
    scope: str
    unit: str = Field(description="name of the unit; key of the upgrade for what its loops did")
    kind: str = Field(
        description="alarm, clear, order, shift, command, system; action, proposal, effect of loops",
        examples=["alarm"],
    )
    severity: str = Field(description="info, warning or critical", examples=["warning"])
    text: str
    tag: str
    value: float | None
    active: bool | None = Field(description="whether an alarm still stands; null for all else")
    effect: str = Field(description="what came of a loop's action, empty while it is not known")
    acknowledged: AcknowledgementAnswer | None


class EventsAnswer(Answer):
    """A page of events, newest first; `next` is what `before` must be for the following one, null on the last.

    At most so many events are looked at for a page, so that one with a rare filter may be short or empty and yet have
    a `next`.
    """

    items: list[EventAnswer]
    count: int
    next: str | None


class AcknowledgeRequest(Answer):
    """Events that somebody has seen."""

    ids: list[EventId] = Field(min_length=1, max_length=200)
    note: str = Field(default="", max_length=200, examples=["die is being changed"])


class AcknowledgeAnswer(Answer):
    """How many of the events were not acknowledged before; the others keep who did it first."""

    acknowledged: int
    known: int
