"""One project: what a plant achieves with its upgrades, in the figures that the papers report."""

import math
from collections.abc import Mapping

from twin.kpi.headline import headline_values
from twin.kpi.oee import availability, effectiveness, oee_index
from twin.kpi.quality import good_quantity, quality_ratio
from twin.lab.experiment import Replication, replicate
from twin.lab.ledger_tally import line_tally
from twin.lab.product_introduction import DefectCurve, introduce
from twin.model.plant import Plant

# Beside the headline figures: what explains them.
THROUGHPUT = "throughput"  # good count units an hour of the calendar
OEE = ("availability", "effectiveness", "quality_ratio", "oee_index")


def run_figures(run: Replication) -> dict[str, float]:
    """Return the headline figures that a run holds, throughput and OEE; one that is undefined is nan."""
    tally = line_tally(run)
    oee = {
        "availability": availability(tally).value, "effectiveness": effectiveness(tally).value,
        "quality_ratio": quality_ratio(tally).value, "oee_index": oee_index(tally).value,
    }  # fmt: skip
    values = headline_values(tally) | oee | {THROUGHPUT: good_quantity(tally) * 3600.0 / run.seconds}
    return {name: math.nan if value is None else value for name, value in values.items()}


def simulated_figures(plant: Plant, *, seed: int, days: float, warmup_days: float) -> dict[str, float]:
    """Run `plant` with what is installed and return its figures (see run_figures)."""
    return run_figures(replicate(plant, seed=seed, days=days, warmup_days=warmup_days))


def rd_period(plant: Plant, strengths: Mapping[str, float], curve: DefectCurve | None, *, seed: int) -> float:
    """Return the mean weeks of an introduction with upgrades at `strengths`; nan where the plant states none."""
    plan = plant.introduction_in_force(strengths)
    if plan is None or curve is None:
        return math.nan
    return float(introduce(plan, curve, seed=seed).weeks.mean())
