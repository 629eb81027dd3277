"""The shapes of the API's answers, for its description and its tests."""

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """A body of the API; unknown members are errors in tests."""

    model_config = ConfigDict(extra="forbid")


Item = TypeVar("Item")


class Items(Answer, Generic[Item]):
    """A list answer."""

    items: list[Item]
    count: int


class Link(Answer):
    """A connection to a plant."""

    address: str = Field(examples=["mqtt://127.0.0.1:1883"])
    state: str = Field(description="connecting, online, stale or refused", examples=["online"])
    detail: str
    connects: int
    received: int = Field(description="journal entries received")
    head: int = Field(description="newest journal position that the plant has told")


class PlantStatus(Answer):
    """How far a plant's history reaches; `behind_s` is the lag behind the wall clock."""

    plant: str = Field(examples=["stamping"])
    start_ms: int = Field(description="start of the present epoch, UTC ms", examples=[1767225600000])
    first_ms: int | None
    last_ms: int | None = Field(description="newest stored sample, UTC ms")
    now_ms: int
    behind_s: float | None = Field(examples=[1.2])
    data: str = Field(description="waiting, live, filling (history arrives) or stale", examples=["live"])
    samples: int = Field(examples=[5400000])
    frames: int
    missing_frames: int = Field(description="frames that were lost for good", examples=[0])
    epoch: int
    state: str | None = Field(description="PackML state of the line", examples=["execute"])
    reason: str | None = Field(examples=["production"])
    link: Link | None


class StatusAnswer(Answer):
    """Progress of every plant, and the addresses that have not told their plant yet."""

    plants: list[PlantStatus]
    waiting: list[Link]


class FigureAnswer(Answer):
    """One figure; `value` is null where it cannot be computed, and `note` says why."""

    name: str = Field(examples=["availability"])
    value: float | None = Field(examples=[0.86])
    unit: str = Field(examples=["1"])
    formula: str = Field(examples=["APT / PBT"])
    inputs: dict[str, float | None] = Field(
        examples=[{"actual_production_time": 3096.0, "planned_busy_time": 3600.0}]
    )
    note: str = ""


class PlantAnswer(Answer):
    """One plant with its headline figures."""

    plant: str = Field(examples=["stamping"])
    title: str
    industry: str
    line_kind: str = Field(description="discrete or process", examples=["discrete"])
    line_path: str = Field(examples=["demo/stamping/press_shop/line_1"])
    product_unit: str = Field(examples=["pcs"])
    status: PlantStatus
    headline_window: str
    headline: list[FigureAnswer]


class UnitAnswer(Answer):
    """One unit and its state now."""

    name: str = Field(examples=["op10"])
    title: str
    role: str
    kind: str = Field(examples=["press"])
    path: str
    count_unit: str
    tags: int = Field(description="how many tags it has")
    state: str | None = Field(examples=["execute"])
    reason: str | None = Field(examples=["production"])
    since: str | None = Field(description="when it entered this state, RFC 3339")


class TagAnswer(Answer):
    """A tag as the plant declared it."""

    path: str = Field(examples=["demo/stamping/press_shop/line_1/op10/tonnage"])
    unit_name: str
    name: str
    kind: str = Field(examples=["measure"])
    unit: str = Field(description="unit of measure for people", examples=["MN"])
    ucum: str
    low: float | None
    high: float | None
    lolo: float | None
    lo: float | None
    hi: float | None
    hihi: float | None
    deadband: float
    writable: bool
    description: str


class ValueAnswer(Answer):
    """The newest value of a tag."""

    path: str
    value: float | int | bool | str
    unit: str
    time: str = Field(examples=["2026-01-31T08:00:00.000Z"])
    quality: int = Field(description="192 good, 500 stale, 0 bad")


class SeriesAnswer(Answer):
    """A trend as columns; a text tag has `text` instead of numbers."""

    path: str
    unit: str
    kind: str
    description: str
    start: str
    end: str
    every_ms: int = Field(description="width of a bucket; 0 for raw samples", examples=[60000])
    time_ms: list[int]
    low: list[float | None] | None = None
    mean: list[float | None] | None = None
    high: list[float | None] | None = None
    last: list[float | None] | None = None
    text: list[str] | None = None


class KpiWindow(Answer):
    """The figures of one half-open window."""

    start: str
    end: str
    label: str = Field(description="shift or order", examples=["morning"])
    complete: bool = Field(description="false while the window still fills")
    figures: list[FigureAnswer]


class KpiAnswer(Answer):
    """Figures of one scope, window by window."""

    plant: str
    scope: str
    window: str = Field(examples=["hour"])
    windows: list[KpiWindow]


class Loss(Answer):
    """One loss of planned busy time."""

    name: str = Field(examples=["equipment failure"])
    seconds: float | None
    share: float | None = Field(description="of planned busy time")
    formula: str
    note: str = ""


class LossAnswer(Answer):
    """The six big losses over a range, largest first."""

    plant: str
    scope: str
    start: str
    end: str
    planned_busy_time: float
    losses: list[Loss]


class EnergyAnswer(Answer):
    """Energy over a range."""

    plant: str
    start: str
    end: str
    carriers: dict[str, dict[str, float]] = Field(
        description="kWh by carrier and power state",
        examples=[{"electricity": {"execute": 812.5, "idle": 40.1}}],
    )
    total_kwh: float
    peak_kw: float | None = Field(description="largest mean power of all carriers over a quarter of an hour")
    peak_start: str | None
    peak_start_ms: int | None
    co2_kg: float | None
    cost_cny: float | None
    specific_kwh: float | None = Field(description="kWh per good product unit")
    product_unit: str


class IntervalAnswer(Answer):
    """A unit was in one state for one reason."""

    scope: str
    start: str
    end: str | None
    state: str
    reason: str


class OrderAnswer(Answer):
    """A production order; `end` is null while it runs."""

    scope: str
    order: str
    product: str
    quantity: float
    unit: str
    start: str
    end: str | None
    start_ms: int
    end_ms: int | None
    good: float | None
    processed: float | None


class CommandRequest(Answer):
    """A value that a tag shall take."""

    path: str = Field(
        max_length=200, description="tag, as unit/tag or full path", examples=["line/speed_setpoint"]
    )
    value: float = Field(allow_inf_nan=False, examples=[12.5])
    reason: str = Field(min_length=3, max_length=200, examples=["trial of a slower stroke"])
    expires_in_s: float = Field(default=30, gt=0, le=3600, description="not carried out later than this")
    id: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9_-]{1,64}$", description="a repeat of an id is harmless"
    )


class CommandAnswer(Answer):
    """What became of a command that the plant accepted."""

    id: str
    path: str
    value: float
    expires: str
    accepted: bool


class ReconciliationRow(Answer):
    """One sum: what the edge has, what the plant's ledger says, how far they may differ."""

    unit: str = Field(examples=["op10"])
    quantity: str = Field(examples=["processed"])
    edge: float
    ledger: float
    difference: float
    allowed: float
    agrees: bool


class ReconciliationAnswer(Answer):
    """The comparison over the widest stretch between two ledger marks in the range."""

    plant: str
    epoch: int
    start: str
    end: str
    agrees: bool
    rows: list[ReconciliationRow]
