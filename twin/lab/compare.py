"""A plant before and after its upgrades: pairs of runs with common random numbers, until they say enough."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from twin.kpi.headline import HEADLINES
from twin.lab.case_runs import BASE, Case, CaseRuns, only, without
from twin.lab.closed_loop import check_loops
from twin.lab.experiment import START, spread
from twin.lab.interval import Interval
from twin.lab.paired import PairedChange, paired_change, paired_difference
from twin.lab.payback import Payback, payback
from twin.lab.product_introduction import (
    CANDIDATES,
    DefectCurve,
    candidate,
    candidate_rate,
    curve_of,
)
from twin.lab.project import OEE, THROUGHPUT
from twin.lab.warmup import hourly_output, warmup_days
from twin.lab.waterfall import Waterfall, waterfall
from twin.model.plant import Plant

FIGURES = (*(headline.name for headline in HEADLINES), THROUGHPUT)
FEWEST = 2  # replications: fewer say nothing about their spread
FIRST = 4  # replications before the first look at the intervals
MORE = 2  # replications between two looks
PILOT = 7.0  # d, at least: 33 batches of five hours


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """How a comparison is made.

    Replications are added until every headline change is known to `precision` points (half-width of its 95 %
    interval), there are `replications`, or `budget` minutes are over. `waterfall` replications are made of each
    upgrade alone and of all but it. `days` of a run count; `warmup_days` before them do not (None: found by MSER-5).
    """

    seed: int = 1
    days: float = 7.0
    warmup_days: float | None = None
    replications: int = 8
    waterfall: int = 4
    precision: float = 1.5
    budget: float = 20.0
    jobs: int = -1

    def __post_init__(self) -> None:
        if self.replications < FEWEST:
            raise ValueError(f"replications {self.replications}: an interval needs at least {FEWEST}")
        if self.waterfall == 1 or self.waterfall < 0:
            raise ValueError(f"waterfall {self.waterfall}: 0 for none, or at least {FEWEST} replications")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a comparison found. `before` and `after` hold the figures of each replication, in the order of its seeds.

    `changes` are relative, those of `oee` differences of shares; what is undefined is missing. `waterfalls` rest on
    the first `waterfall_replications`, and are missing where there was no time for two. `stopped` says why there
    were no more pairs. `design` has the warm-up that was found.
    """

    plant: Plant
    strengths: dict[str, float]
    design: Design
    curve: DefectCurve | None
    before: list[dict[str, float]]
    after: list[dict[str, float]]
    changes: dict[str, PairedChange]
    oee: dict[str, Interval]
    waterfalls: dict[str, Waterfall]
    waterfall_replications: int
    payback: Payback
    stopped: str
    seconds: float

    @property
    def nil(self) -> bool:
        """Whether no figure of any pair moved at all."""
        pairs = zip(self.before, self.after, strict=True)
        return all(
            one[name] == other[name] or (math.isnan(one[name]) and math.isnan(other[name]))
            for one, other in pairs
            for name in one
        )


def default_days(plant: Plant) -> float:
    """Return the days of a run that count: a week, or a quarter of a long line's lead time (est.).

    >>> default_days(Plant())
    7.0
    """
    return max(7.0, float(math.ceil(plant.lead_days / 4.0)))


def compare(
    plant: Plant,
    strengths: Mapping[str, float],
    design: Design | None = None,
    *,
    done: Callable[[str, int, int], None] = lambda what, made, wanted: None,
) -> Comparison:
    """Compare `plant` with itself with upgrades at `strengths`; `done` is told what is made, how many, of how many.

    Raises ParameterError for an upgrade that the plant does not have, or whose loops cannot be closed.
    """
    began = time.monotonic()
    design = design or Design(days=default_days(plant))
    deadline = began + 60.0 * design.budget
    upgraded = plant.with_upgrades(strengths)
    check_loops(plant, strengths, START)
    if design.warmup_days is None:
        design = replace(design, warmup_days=_warmup(plant, upgraded, design, done))
    assert design.warmup_days is not None
    curve = _curve(plant, design, done)
    runs = CaseRuns(
        plant, strengths, curve, seed=design.seed, days=design.days, warmup_days=design.warmup_days,
        jobs=design.jobs, done=lambda made, wanted: done("runs", made, wanted),
    )  # fmt: skip
    chosen, full = tuple(strengths), frozenset(strengths)
    count, stopped = _replicate(runs, full, design, deadline)
    before = [runs.figures(BASE, index) for index in range(count)]
    after = [runs.figures(full, index) for index in range(count)]
    falls, falling = _waterfalls(runs, chosen, min(design.waterfall, count), deadline)
    upgrades = [one for one in plant.upgrades() if strengths.get(one.key, 0.0) > 0.0]
    return Comparison(
        plant=plant, strengths=dict(strengths), design=design, curve=curve, before=before, after=after,
        changes=_changes(before, after), oee=_differences(before, after), waterfalls=falls,
        waterfall_replications=falling, stopped=stopped, seconds=time.monotonic() - began,
        payback=payback(upgrades, _column(before, "operating_cost"), _column(after, "operating_cost"),
                        _column(after, THROUGHPUT)),
    )  # fmt: skip


def _warmup(plant: Plant, upgraded: Plant, design: Design, done: Callable[[str, int, int], None]) -> float:
    """Return the warm-up of baseline and upgraded plant, and not less than the line's lead time."""
    done("pilot runs", 0, 2)
    options = {"seed": design.seed, "days": max(design.days, PILOT)}
    series = []
    for _, one in spread(hourly_output, ((one, options) for one in (plant, upgraded)), jobs=design.jobs):
        series.append(one)
        done("pilot runs", len(series), 2)
    return max(warmup_days(series), float(math.ceil(plant.lead_days)))


def _curve(plant: Plant, design: Design, done: Callable[[str, int, int], None]) -> DefectCurve | None:
    """Run the candidates of the plant's introductions, and return their defect rates."""
    plan = plant.introduction()
    if plan is None:
        return None
    done("candidates of a new product", 0, len(CANDIDATES))
    calls = ((candidate(plant, plan, z), {"seed": design.seed}) for z in CANDIDATES)
    rates: dict[int, float] = {}
    for place, rate in spread(candidate_rate, calls, jobs=design.jobs):
        rates[place] = rate
        done("candidates of a new product", len(rates), len(CANDIDATES))
    return curve_of(CANDIDATES, [rates[place] for place in range(len(CANDIDATES))])


def _replicate(runs: CaseRuns, full: Case, design: Design, deadline: float) -> tuple[int, str]:
    """Make pairs of runs until they say enough; return how many, and why there are no more."""
    pair, count, wanted = (BASE, full), 0, min(FIRST, design.replications)
    while True:
        complete = runs.run(
            [(case, index) for index in range(wanted) for case in pair], deadline=deadline, always=2 * FEWEST
        )
        while count < wanted and runs.has(pair, count):
            count += 1
        if _precise(runs, full, count, design.precision):
            return count, f"every headline change is known to {design.precision:g} points"
        if not complete:
            return count, f"the budget of {design.budget:g} min is spent"
        if count == design.replications:
            return count, f"{count} replications are the most that were allowed"
        wanted = min(count + MORE, design.replications)


def _parts(chosen: Sequence[str]) -> list[Case]:
    return [*only(chosen).values(), *without(chosen).values()]


def _precise(runs: CaseRuns, full: Case, count: int, precision: float) -> bool:
    changes = _changes(
        [runs.figures(BASE, index) for index in range(count)],
        [runs.figures(full, index) for index in range(count)],
    )
    headlines = [changes[headline.name] for headline in HEADLINES if headline.name in changes]
    return all(100.0 * change.half_width <= precision for change in headlines)


def _column(rows: Sequence[Mapping[str, float]], name: str) -> list[float]:
    return [row[name] for row in rows]


def _changes(
    before: Sequence[Mapping[str, float]], after: Sequence[Mapping[str, float]]
) -> dict[str, PairedChange]:
    found = {}
    for name in FIGURES:
        old, new = _column(before, name), _column(after, name)
        if all(0.0 < value < math.inf for value in (*old, *new)):
            found[name] = paired_change(old, new)
    return found


def _differences(
    before: Sequence[Mapping[str, float]], after: Sequence[Mapping[str, float]]
) -> dict[str, Interval]:
    return {name: paired_difference(_column(before, name), _column(after, name)) for name in OEE}


def _waterfalls(
    runs: CaseRuns, chosen: Sequence[str], most: int, deadline: float
) -> tuple[dict[str, Waterfall], int]:
    """Return the waterfall of every headline figure that is defined, and the replications that it rests on."""
    full = frozenset(chosen)
    cases = (BASE, full, *only(chosen).values(), *without(chosen).values())
    runs.run([(case, index) for index in range(most) for case in cases], deadline=deadline)
    count = next((index for index in range(most) if not runs.has(cases, index)), most)
    if count < FEWEST:
        return {}, 0

    def values(case: Case, name: str) -> list[float]:
        return [runs.figures(case, index)[name] for index in range(count)]

    falls = {}
    for headline in HEADLINES:
        name = headline.name
        if all(0.0 < value < math.inf for case in cases for value in values(case, name)):
            falls[name] = waterfall(
                name, values(BASE, name), values(full, name),
                {key: values(case, name) for key, case in only(chosen).items()},
                {key: values(case, name) for key, case in without(chosen).items()},
            )  # fmt: skip
    return falls, count
