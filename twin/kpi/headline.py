"""The five headline figures that the papers report of 308 projects, with their definitions and averages."""

from collections.abc import Mapping
from dataclasses import dataclass

from twin.kpi.cost import conversion_cost_per_good_unit, labour_productivity
from twin.kpi.energy import energy_utilisation
from twin.kpi.quality import defect_rate


@dataclass(frozen=True, slots=True)
class Headline:
    """One of the five: `published` is the change that 308 projects of 2015-2017 report on average, as a share.

    Source of `published`: Research on Intelligent Manufacturing Development Strategy in China, Strategic Study of CAE
    2018, 20(4), 1-8; the papers state no formulas, `definition` is ours. `rises` tells whether more is better.
    """

    name: str
    title: str
    definition: str
    published: float
    rises: bool


HEADLINES = (
    Headline("productivity", "Productivity", "good output / paid labour hour", 0.34, True),
    Headline("energy_utilisation", "Energy utilisation", "good output / total energy", 0.172, True),
    Headline(
        "operating_cost", "Operating cost", "conversion cost / good unit, without feedstock", -0.22, False
    ),
    Headline("rd_period", "R&D period", "weeks from project start to release", -0.324, False),
    Headline("defect_rate", "Defect rate", "(scrap + rework) / processed, first pass", -0.294, False),
)


def headline_values(tally: Mapping[str, float]) -> dict[str, float | None]:
    """Return the four headline figures that a tally holds; the R&D period is no matter of a window."""
    return {
        "productivity": labour_productivity(tally).value,
        "energy_utilisation": energy_utilisation(tally).value,
        "operating_cost": conversion_cost_per_good_unit(tally).value,
        "defect_rate": defect_rate(tally).value,
    }
