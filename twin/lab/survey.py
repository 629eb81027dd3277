"""A survey: hundreds of projects, each simulated before and after, in the figures that the papers report."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import simpy

from twin.lab.closed_loop import check_loops
from twin.lab.experiment import START, spread
from twin.lab.product_introduction import CANDIDATES, DefectCurve, candidate, candidate_rate, curve_of
from twin.lab.project import rd_period, simulated_figures
from twin.lab.project_draw import Project, allocate, draw
from twin.lab.survey_effort import Effort, effort
from twin.model.plant import Plant
from twin.model.streams import Streams
from twin.model.upgrade import LEVELS

PROJECTS = 308  # as many as the paper reports


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What is simulated: `projects` of `plants`, with `kinds` (`discrete`, `process`) and `efforts` of the plants."""

    plants: tuple[Plant, ...]
    projects: tuple[Project, ...]
    kinds: Mapping[str, str]
    efforts: Mapping[str, Effort]
    seed: int

    def plant(self, name: str) -> Plant:
        """Return the plant called `name` as its data sheet has it."""
        return next(plant for plant in self.plants if plant.name == name)

    def seconds(self, project: Project) -> float:
        """Return the CPU seconds that `project` is expected to take."""
        return self.efforts[project.plant].seconds


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of a project before and after, and the CPU seconds that they took."""

    project: Project
    before: Mapping[str, float]
    after: Mapping[str, float]
    seconds: float

    @property
    def moved(self) -> bool:
        """Whether any figure differs."""
        pairs = ((value, self.after[name]) for name, value in self.before.items())
        return any(old != new and not (math.isnan(old) and math.isnan(new)) for old, new in pairs)

    def change(self, name: str) -> float:
        """Return the relative change of a figure; nan where it is undefined before or after, or not positive before."""
        before, after = self.before[name], self.after[name]
        return after / before - 1.0 if before > 0.0 and math.isfinite(after) else math.nan


def plan(
    plants: Sequence[Plant],
    projects: int = PROJECTS,
    *,
    seed: int = 1,
    days: float | None = None,
    warmup_days: float | None = None,
) -> Survey:
    """Draw a survey of those of `plants` that have upgrades.

    Raises ValueError where none has, or for too few projects, ParameterError for loops that cannot be closed.
    """
    upgradable = tuple(plant for plant in plants if plant.upgrades())
    if not upgradable:
        raise ValueError("no plant has upgrades: there is nothing to survey")
    for plant in upgradable:
        check_loops(plant, {one.key: LEVELS["mid"] for one in plant.upgrades()}, START)
    kinds = {plant.name: plant.build(simpy.Environment(), Streams(seed)).kind for plant in upgradable}
    efforts = {plant.name: effort(plant, days=days, warmup_days=warmup_days) for plant in upgradable}
    counts = allocate(projects, {name: one.seconds for name, one in efforts.items()})
    drawn = tuple(draw(upgradable, counts, seed=seed))
    return Survey(plants=upgradable, projects=drawn, kinds=kinds, efforts=efforts, seed=seed)


def without_effect(survey: Survey) -> Survey:
    """Return `survey` with every upgrade at strength 0: nothing may move."""
    still = (replace(one, strengths=dict.fromkeys(one.strengths, 0.0)) for one in survey.projects)
    return replace(survey, projects=tuple(still))


def run_project(
    plant: Plant,
    *,
    strengths: Mapping[str, float],
    curve: DefectCurve | None,
    seed: int,
    days: float,
    warmup_days: float,
) -> tuple[dict[str, float], dict[str, float], float]:
    """Run `plant` without and with upgrades on the same random numbers; return both figures and the CPU seconds."""
    began = time.process_time()
    figures = []
    for chosen in ({}, strengths):
        found = simulated_figures(plant.with_upgrades(chosen), seed=seed, days=days, warmup_days=warmup_days)
        figures.append(found | {"rd_period": rd_period(plant, chosen, curve, seed=seed)})
    before, after = figures
    return before, after, time.process_time() - began


def curves(
    survey: Survey,
    *,
    jobs: int = -1,
    scheduler: str = "",
    done: Callable[[int, int], None] = lambda made, wanted: None,
) -> dict[str, DefectCurve]:
    """Run the candidates of each plant's introductions; return the curves by plant.

    A curve is that of the plant on its data sheet: projects of one industry introduce the same products.
    """
    asked = [
        (plant, plan, z)
        for plant in survey.plants
        if (plan := plant.introduction()) is not None
        for z in CANDIDATES
    ]
    rates: dict[str, dict[float, float]] = {plant.name: {} for plant, _, _ in asked}
    calls = ((candidate(plant, plan, z), {"seed": survey.seed}) for plant, plan, z in asked)
    done(0, len(asked))
    for made, (place, rate) in enumerate(spread(candidate_rate, calls, jobs=jobs, scheduler=scheduler), 1):
        plant, _, z = asked[place]
        rates[plant.name][z] = rate
        done(made, len(asked))
    return {name: curve_of(CANDIDATES, [found[z] for z in CANDIDATES]) for name, found in rates.items()}


def run(
    survey: Survey,
    found: Mapping[str, DefectCurve],
    *,
    finished: Sequence[int] = (),
    jobs: int = -1,
    scheduler: str = "",
) -> Iterator[Outcome]:
    """Simulate the projects whose numbers are not `finished`, the longest first; yield each as soon as it is done.

    `found` are the curves by plant. `jobs` cores of this machine take part (-1: all), or the workers of a Dask
    `scheduler`.
    """
    missing = [one for one in survey.projects if one.number not in set(finished)]
    missing.sort(key=survey.seconds, reverse=True)
    calls = (
        (
            one.before(survey.plant(one.plant)),
            {
                "strengths": dict(one.strengths), "curve": found.get(one.plant), "seed": one.seed,
                "days": survey.efforts[one.plant].days, "warmup_days": survey.efforts[one.plant].warmup_days,
            },
        )
        for one in missing
    )  # fmt: skip
    for place, (before, after, seconds) in spread(run_project, calls, jobs=jobs, scheduler=scheduler):
        yield Outcome(missing[place], before, after, seconds)
