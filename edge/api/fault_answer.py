"""The shapes of what the API says and takes about faults."""

from pydantic import Field

from edge.api.answer import Answer


class PendingAnswer(Answer):
    """Who asked for it and when it is to happen; `due` and `when` are empty for at once."""

    id: str = Field(examples=["6f0c2d"])
    by: str = Field(
        description="operator, opcua or dcmd; empty where no command did it", examples=["operator"]
    )
    reason: str = Field(examples=["drill of the night shift"])
    due: str | None = Field(description="not before this moment", examples=["2026-01-31T08:30:00.000Z"])
    when: str = Field(description="condition that must hold", examples=["op10/tonnage > 12000"])


class EffectAnswer(Answer):
    """What the fault does at least, against the same run without it."""

    subject: str = Field(
        description="tag as unit/tag, or a figure of the line", examples=["op10/prod_defective_count"]
    )
    change: float = Field(description="of the mean, of a count of its growth", examples=[40.0])
    unit: str = Field(description="empty for a ratio", examples=["pcs"])
    begin_s: float = Field(description="seconds after the injection", examples=[0.0])
    end_s: float = Field(examples=[28800.0])
    text: str = Field(examples=["op10 prod defective count: at least 40 pcs more, in the first 8 h"])


class FaultAnswer(Answer):
    """A fault that the plant can suffer, and how it is now."""

    key: str = Field(examples=["die_crack"])
    unit: str = Field(examples=["op10"])
    unit_title: str = Field(examples=["OP10 draw, 20 MN"])
    tag: str = Field(
        description="tag that tells and sets it",
        examples=["demo/stamping/press_shop/line_1/op10/fault_die_crack"],
    )
    title: str = Field(examples=["Crack in the draw die"])
    mechanism: str = Field(description="what happens physically")
    active: bool | None = Field(description="null while the plant has not told it")
    since: str | None = Field(description="when it struck, looked for in the last 7 days")
    pending: list[PendingAnswer]
    effects: list[EffectAnswer]


class FaultLogAnswer(PendingAnswer):
    """Something that struck, or was pending and did not."""

    key: str = Field(examples=["die_crack"])
    unit: str = Field(examples=["op10"])
    title: str = Field(examples=["Crack in the draw die"])
    outcome: str = Field(description="struck, withdrawn or expired", examples=["struck"])
    begin: str | None = Field(description="null when it did not strike, or before the range")
    end: str | None = Field(description="null while it lasts")
    reset_by: str = Field(description="empty where no command did it", examples=["operator"])


class FaultRequest(Answer):
    """When a fault shall strike; nothing given: at once."""

    at: str | None = Field(
        default=None, max_length=40, description="RFC 3339 with zone", examples=["2026-01-31T08:30:00Z"]
    )
    after: float | None = Field(
        default=None, ge=0, le=31_622_400, description="seconds from now", examples=[600]
    )
    when: str = Field(
        default="", max_length=200, description="condition on a tag of the line, watched for a day",
        examples=["op10/tonnage > 12000"],
    )  # fmt: skip
    reason: str = Field(default="", max_length=200, examples=["drill of the night shift"])
    id: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9_-]{1,64}$", description="a repeat of an id is harmless"
    )


class FaultAccepted(Answer):
    """What the plant has accepted; `due` is null for at once."""

    id: str
    key: str
    path: str
    value: float = Field(description="1 strikes, 0 mends and withdraws")
    due: str | None
    when: str
    expires: str
    accepted: bool
