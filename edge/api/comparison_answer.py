"""What the API says of comparisons, and what may be asked."""

from typing import Literal

from pydantic import Field

from edge.api.answer import Answer


class ComparisonRequest(Answer):
    """What to compare: a plant with its upgrades, or some of them, at one strength."""

    plant: str = Field(min_length=1, max_length=100, examples=["stamping"])
    upgrades: list[str] = Field(
        default=[], max_length=50, description="KEY or KEY=LEVEL; all when empty", examples=[["smed=high"]]
    )
    level: Literal["low", "mid", "high"] = "mid"
    days: float | None = Field(
        default=None, ge=0.1, le=60, description="simulated days that count; null: by plant"
    )
    replications: int = Field(default=4, ge=2, le=16, description="pairs of runs at most")
    waterfall: int = Field(
        default=0,
        ge=0,
        le=8,
        description="replications of each upgrade alone and left out; 0: none, 1 is too few",
    )
    budget_min: float = Field(
        default=20.0, ge=0.1, le=240, description="minutes after which no run begins any more"
    )


class ComparisonAnswer(Answer):
    """How far a comparison is."""

    id: str
    plant: str
    model: str
    upgrades: list[str]
    level: str
    days: float | None
    replications: int
    waterfall: int
    budget_min: float
    who: str
    begun: str
    ended: str | None
    stage: str = Field(description="running, done, failed or cancelled", examples=["running"])
    step: str = Field(description="what is made now", examples=["runs"])
    done: int
    of: int
    detail: str = Field(description="why it failed")
