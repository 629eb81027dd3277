"""The shapes of what the API says and takes about upgrades and their loops."""

from typing import Literal

from pydantic import Field

from edge.api.answer import Answer


class ChangeAnswer(Answer):
    """What an upgrade does to a parameter: factors on its value at low, mid and high strength."""

    parameter: str = Field(examples=["changeover"])
    low: float
    mid: float
    high: float
    baseline: float | None = Field(description="the parameter without it", examples=[18.0])


class ProposalAnswer(Answer):
    """What a loop would do."""

    value: float
    reason: str


class LoopAnswer(Answer):
    """A closed loop: what it sees and sets, and how it does; `status` is empty while it does not run."""

    kind: str = Field(examples=["predictive_maintenance"])
    inputs: list[str] = Field(examples=[["op10/vibration"]])
    outputs: list[str] = Field(examples=[["op10/service_drive"]])
    status: str = Field(examples=["acts"])
    value: float | None = Field(description="what its output stands at, as far as it knows")
    baseline: float | None = Field(description="where the output is without it")
    objective: float | None = Field(description="of the newest period, less is better")
    fallbacks: int = Field(description="times it went back to the baseline")
    proposals: list[ProposalAnswer] = Field(description="what it would do, in advisory mode")


class UpgradeAnswer(Answer):
    """An upgrade of a plant, and how far it is in effect: strength 0 none, 1 low, 2 mid, 3 high."""

    key: str = Field(examples=["smed"])
    title: str = Field(examples=["Automatic die change"])
    paradigm: str = Field(examples=["networked"])
    function: str = Field(examples=["planning"])
    mechanism: str
    changes: list[ChangeAnswer]
    loops: list[LoopAnswer]
    one_off: float = Field(description="CNY")
    running: float = Field(description="CNY a year")
    ramp_months: float
    source: str
    live: bool = Field(description="whether it can be switched while the plant runs")
    wanted: float | None = Field(description="null while the plant has not told it")
    effect: float | None
    mode: Literal["advisory", "automatic"] = Field(description="of its loops")


class UpgradeRequest(Answer):
    """The strength wanted: 0 switches it off."""

    strength: float = Field(ge=0, le=3, examples=[2.0])
    reason: str = Field(default="", max_length=200)
    id: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9_-]{1,64}$", description="a repeat of an id is harmless"
    )


class UpgradeAccepted(Answer):
    """What the plant has accepted."""

    id: str
    key: str
    strength: float
    accepted: bool


class ModeRequest(Answer):
    """What the loops of an upgrade may do: advise, or act."""

    mode: Literal["advisory", "automatic"]


class ModeAccepted(Answer):
    """The mode that holds now."""

    key: str
    mode: Literal["advisory", "automatic"]


class ActionAnswer(Answer):
    """What a loop did (`action`), would do (`proposal`), or what came of it (`effect`)."""

    time: str
    key: str = Field(examples=["cushion_control"])
    kind: str = Field(examples=["action"])
    severity: str
    tag: str = Field(examples=["op10/cushion_offset"])
    value: float | None
    text: str
