"""The shapes of what the audit answers."""

from pydantic import Field

from edge.api.answer import Answer


class DeedAnswer(Answer):
    """One row of the audit; `status` is null while the outcome is not known, or where the edge died before it was."""

    number: int
    time: str
    who: str = Field(description="viewer, operator, admin, anonymous, or a loop", examples=["operator"])
    client: str = Field(description="address it came from", examples=["127.0.0.1"])
    action: str = Field(description="command, mode, token or refused", examples=["command"])
    plant: str
    target: str = Field(description="path of the tag, key of the upgrade, or role")
    value: str
    reason: str
    id: str
    expires: str | None
    status: int | None = Field(examples=[202])
    outcome: str
    ended: str | None


class AuditAnswer(Answer):
    """A page of the audit; `next` is what `before` must be for the following one, null on the last."""

    items: list[DeedAnswer]
    count: int
    next: int | None


class TokenAnswer(Answer):
    """A role's new token."""

    role: str = Field(examples=["viewer"])
    token: str
