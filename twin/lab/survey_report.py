"""What `twin survey` prints and writes: the table of the paper, the plants, and all as JSON."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from twin.kpi.headline import HEADLINES
from twin.lab.interval import Interval
from twin.lab.record import finite
from twin.lab.report import SOURCE, percent, plain_table
from twin.lab.survey import Outcome, Survey
from twin.lab.survey_store import identity
from twin.lab.survey_table import DISCRETE_SHARE, Row, by_plant, table

_TITLES = {headline.name: headline.title for headline in HEADLINES}


def summary(survey: Survey, outcomes: Sequence[Outcome], seconds: float) -> dict[str, Any]:
    """Return a survey as a JSON object: how it was made and what it found; what is undefined is null.

    `seconds` are those that the last run took. The projects themselves are in the Parquet file.
    """
    known = identity(survey)
    found: dict[str, Any] = finite({
        "projects": len(survey.projects), "finished": len(outcomes), "seed": survey.seed, "digest": known.digest,
        "versions": known.told["versions"], "code": known.told["code"],
        "efforts": {
            name: {"projects": sum(one.project.plant == name for one in outcomes), "days": one.days,
                   "warmup_days": one.warmup_days}
            for name, one in survey.efforts.items()
        },
        "kinds": dict(survey.kinds),
        "discrete_share": DISCRETE_SHARE,
        "figures": {row.name: asdict(row) for row in table(outcomes, survey.kinds)},
        "plants": {
            plant: {name: asdict(interval) for name, interval in found.items()}
            for plant, found in by_plant(outcomes).items()
        },
        "cpu_seconds": math.fsum(one.seconds for one in outcomes),
        "seconds": seconds,
    })  # fmt: skip
    return found


def report(survey: Survey, outcomes: Sequence[Outcome], console: Console) -> None:
    """Print the survey's tables."""
    console.print(
        f"{len(outcomes)} of {len(survey.projects)} projects, each simulated before and after with the same random "
        f"numbers; seed {survey.seed}. Every plant counts the same.",
        highlight=False,
    )
    console.print(_figures(table(outcomes, survey.kinds)))
    console.print(_plants(survey, outcomes))
    console.print(f"Published: {SOURCE}; self-reported. Definitions here are ours:", highlight=False)
    for headline in HEADLINES:
        console.print(f"  {headline.title}: {headline.definition}", highlight=False)
    console.print("  The R&D period comes from a model of a process, not of physics.", highlight=False)


def _figures(rows: Sequence[Row]) -> Table:
    columns = ("figure", "mean ± 95 %", "median", "10 to 90 %", "improved", f"{100 * DISCRETE_SHARE:.0f} % discrete",
               "published")  # fmt: skip
    found = plain_table(*columns, title="Changes, %")
    for row in rows:
        found.add_row(
            _TITLES[row.name], _interval(row.mean), _points(row.median), f"{_points(row.low)} to {_points(row.high)}",
            f"{100 * row.improved:.0f}", _points(row.weighted), _points(row.published),
        )  # fmt: skip
    return found


def _plants(survey: Survey, outcomes: Sequence[Outcome]) -> Table:
    found = plain_table("plant", "projects", *_TITLES.values(), title="By plant: mean change ± 95 %, %")
    means = by_plant(outcomes)
    for plant in survey.plants:
        count = sum(one.project.plant == plant.name for one in outcomes)
        if count:
            intervals = means.get(plant.name, {})
            cells = (_interval(intervals[name]) if name in intervals else "–" for name in _TITLES)
            found.add_row(plant.name, str(count), *cells)
    return found


def _interval(interval: Interval) -> str:
    spread = f" ± {100 * interval.half_width:.1f}" if math.isfinite(interval.half_width) else ""
    return _points(interval.mean) + spread


def _points(share: float) -> str:
    return percent(share).removesuffix(" %")
