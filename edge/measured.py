"""What was measured in the lab beforehand: every plant against itself, and a survey; read from files, never live."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

_PACKAGED = Path(__file__).parent / "gains"
FOLDER = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[1] / "docs" / "gains"
_NOT_PLANTS = ("survey", "data_sheet")
_MOST_BYTES = 1_000_000  # a hundred times a survey of ten plants
_log = structlog.get_logger(__name__)

Share = Annotated[float, Field(ge=-1e4, le=1e6, description="relative change, 0.34 for +34 %")]


class _Told(BaseModel):
    """What a file tells; what newer files tell besides is left out."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class Mean(_Told):
    """A mean with the half-width of its 95 % interval; null where undefined or unbounded."""

    mean: Annotated[float, Field(ge=-1e15, le=1e15)] | None
    half_width: Annotated[float, Field(ge=0.0, le=1e15)] | None

    @property
    def ends(self) -> tuple[float, float] | None:
        """The interval's ends."""
        if self.mean is None or self.half_width is None:
            return None
        return self.mean - self.half_width, self.mean + self.half_width


class Change(_Told):
    """A figure before and after, and its relative change with the ends of its 95 % interval."""

    before: float
    after: float
    mean: Share
    low: Share | None
    high: Share | None
    significant: bool = Field(description="the interval leaves out zero")

    @property
    def interval(self) -> Mean:
        """The relative change as mean and half-width: of log ratios, so that both halves are about the same."""
        whole = self.low is not None and self.high is not None
        half = (self.high - self.low) / 2.0 if whole else None  # type: ignore[operator]  # both are there
        return Mean(mean=self.mean, half_width=half)


class Level(_Told):
    """What came of all upgrades at one strength; `changes` by figure."""

    pairs: int = Field(description="pairs of runs, without and with, on the same random numbers")
    stopped: str = Field(description="why no more runs were made")
    changes: dict[str, Change]


class Levels(_Told):
    """The three strengths."""

    low: Level
    mid: Level
    high: Level


class Design(_Told):
    """How runs were made: the first one's seed, simulated days that count and those before them."""

    seed: int
    days: float
    warmup_days: float


class RunSummary(_Told):
    """A plant measured against itself."""

    plant: str
    title: str
    code: str = Field(description="digest of the code that the result depends on")
    versions: dict[str, str]
    design: Design
    levels: Levels


class UpgradeTitle(_Told):
    """An upgrade by key and title."""

    key: str
    title: str


class Fall(_Told):
    """A figure's change in log points, and what each upgrade adds to all the others, by key."""

    total: Mean
    steps: dict[str, Mean]


class Payback(_Told):
    """What the upgrades cost and save, CNY and CNY a year; `years` is null where they never pay back."""

    one_off: float
    running: float
    saving: Mean
    years: float | None
    leaves_out: str


class Run(RunSummary):
    """A plant measured against itself, with what explains it; waterfalls by figure, at mid strength."""

    oee: dict[str, Mean]
    payback: Payback
    upgrades: list[UpgradeTitle]
    waterfalls: dict[str, Fall]
    waterfall_replications: int


class Figure(_Told):
    """How a figure changed over all projects, every plant counting the same; `low`, `high`: 10 and 90 % of projects."""

    count: int = Field(description="projects that have it")
    mean: Mean
    median: Share
    low: Share
    high: Share
    improved: float = Field(ge=0.0, le=1.0 + 1e-9, description="share of projects that became better")
    weighted: Share | None = Field(description="mean with discrete_share of discrete plants")
    published: Share = Field(description="average that the papers report")


class SurveyEffort(_Told):
    """A plant's projects, and the simulated days of their runs."""

    projects: int
    days: float
    warmup_days: float


class Survey(_Told):
    """A survey as `twin survey` writes it into summary.json."""

    projects: int = Field(description="projects that were drawn")
    finished: int
    seed: int
    digest: str = Field(description="of all that makes two surveys the same")
    code: str
    versions: dict[str, str]
    efforts: dict[str, SurveyEffort]
    kinds: dict[str, Literal["discrete", "process"]]
    discrete_share: float
    figures: dict[str, Figure]
    plants: dict[str, dict[str, Mean]] = Field(description="mean changes by plant and figure")


class FoundSurvey(_Told):
    """The survey that is shown: one's `own` or the one that was `shipped`.

    `trouble` says why one's own cannot be shown, "" where nothing is wrong.
    """

    origin: Literal["own", "shipped"]
    survey: Survey | None
    trouble: str = ""


class Measured:
    """Results in `folder` that came with this version, and the survey of one's own in `own`/summary.json."""

    def __init__(self, own: Path | None = None, folder: Path = FOLDER) -> None:
        self.own = own
        self._folder = folder
        self._runs: list[Run] | None = None

    def runs(self) -> list[Run]:
        """Return the plants' results in the order of their names; what cannot be read is left out and logged."""
        if self._runs is None:
            found = []
            for file in sorted(self._folder.glob("*.json")):
                if file.stem in _NOT_PLANTS:
                    continue
                try:
                    found.append(Run.model_validate_json(_content(file)))
                except (OSError, ValueError) as error:
                    _log.warning("result unreadable", file=str(file), cause=_cause(error))
            self._runs = found
        return self._runs

    def run(self, plant: str) -> Run | None:
        """Return the result of one plant, None where there is none."""
        return next((run for run in self.runs() if run.plant == plant), None)

    def survey(self) -> FoundSurvey:
        """Return one's own survey, else the one that was shipped; what is wrong with one's own is told beside it."""
        trouble = ""
        if self.own is not None and (file := self.own / "summary.json").exists():
            try:
                return FoundSurvey(origin="own", survey=Survey.model_validate_json(_content(file)))
            except (OSError, ValueError) as error:
                remedy = f"write it anew with twin survey --output {self.own}, or remove it"
                trouble = f"{file}: {_cause(error)}; {remedy}"
        try:
            shipped = Survey.model_validate_json(_content(self._folder / "survey.json"))
        except FileNotFoundError:
            shipped = None
        except (OSError, ValueError) as error:
            _log.warning("survey unreadable", folder=str(self._folder), cause=_cause(error))
            shipped = None
        return FoundSurvey(origin="shipped", survey=shipped, trouble=trouble)


def mean_of(intervals: Sequence[Mean]) -> Mean:
    """Return the mean of independent means; its half-width is null where one of them has none.

    >>> mean_of([Mean(mean=0.2, half_width=0.03), Mean(mean=0.4, half_width=0.04)])  # half of √(0.03² + 0.04²)
    Mean(mean=0.30000000000000004, half_width=0.025)
    >>> mean_of([])
    Mean(mean=None, half_width=None)
    """
    means = [one.mean for one in intervals if one.mean is not None]
    halves = [one.half_width for one in intervals if one.half_width is not None]
    if not means:
        return Mean(mean=None, half_width=None)
    whole = len(halves) == len(intervals)
    return Mean(
        mean=math.fsum(means) / len(means), half_width=math.hypot(*halves) / len(means) if whole else None
    )


def _content(file: Path) -> bytes:
    """Return what is in `file`; raises OSError, ValueError for what is no file or far too large."""
    if not file.is_file():
        if not file.exists():
            raise FileNotFoundError(f"{file} is not there")
        raise ValueError("it is no file")
    if file.stat().st_size > _MOST_BYTES:
        raise ValueError(f"it has more than {_MOST_BYTES // 1_000_000} MB")
    return file.read_bytes()


def _cause(error: Exception) -> str:
    """Say in a few words what is wrong with a file."""
    if not isinstance(error, ValidationError):
        return str(error)
    first, more = error.errors(include_url=False, include_context=False)[0], error.error_count() - 1
    place = ".".join(map(str, first["loc"]))
    told = f"{place}: {first['msg']}" if place else first["msg"]
    return f"{told[:200]}; {more} more" if more else told[:200]
