"""What a survey costs: CPU seconds a simulated day of each plant, and how much faster two cores are than one.

Run: python benchmarks/bench_survey.py [--quick]
"""

import argparse
import time

from rich.console import Console
from rich.table import Table

from twin.discovery import discover
from twin.lab.experiment import replicate
from twin.lab.survey import curves, plan, run
from twin.lab.survey_effort import COSTS, effort
from twin.model.plant import Plant
from twin.model.upgrade import LEVELS

LONG = 30.0  # d of lead time


def cost(plant: Plant, days: float) -> float:
    """Return the CPU seconds that a simulated day of `plant` takes."""
    began = time.process_time()
    replicate(plant, seed=1, days=days, warmup_days=0.0)
    return (time.process_time() - began) / days


def wall(plants: list[Plant], projects: int, jobs: int) -> float:
    """Return the seconds that a survey of `projects` of `plants` takes on `jobs` cores."""
    survey = plan(plants, projects)
    began = time.monotonic()
    found = curves(survey, jobs=jobs)
    for _ in run(survey, found, jobs=jobs):
        pass
    return time.monotonic() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short runs, few projects")
    quick = parser.parse_args().quick
    console = Console()
    table = Table("plant", "before, s/day", "after, s/day", "mean", "in the table", "days of a run", box=None)
    plants = [plant for plant_cls in discover().values() if (plant := plant_cls()).upgrades()]
    for plant in plants:
        upgraded = plant.with_upgrades({one.key: LEVELS["mid"] for one in plant.upgrades()})
        before, after = (cost(one, 0.25 if quick else 1.0) for one in (plant, upgraded))
        one = effort(plant)
        table.add_row(plant.name, f"{before:.3f}", f"{after:.3f}", f"{(before + after) / 2:.3f}",
                      f"{COSTS.get(plant.name, float('nan')):.3f}", f"{one.warmup_days:g} + {one.days:g}")  # fmt: skip
    console.print(table)
    short = [
        plant for plant in plants if plant.lead_days <= LONG
    ]  # a single long one would be most of the time
    projects = (3 if quick else 9) * len(short)
    double, single = wall(short, projects, 2), wall(short, projects, 1)
    console.print(
        f"{projects} projects: {single:.1f} s on one core, {double:.1f} s on two, speed-up {single / double:.2f}"
    )


if __name__ == "__main__":
    main()
