"""How long a survey simulates each plant: until upgrades are felt, and short enough for hundreds of runs."""

import math
from dataclasses import dataclass

from twin.model.plant import Plant


@dataclass(frozen=True, slots=True)
class Effort:
    """What one run of a plant takes: `warmup_days` that do not count, `days` that do, `cost` in CPU seconds a day.

    The cost decides how long and how many projects a plant gets and which run first; it is no result.
    """

    warmup_days: float
    days: float
    cost: float

    @property
    def seconds(self) -> float:
        """CPU seconds of a project: two runs."""
        return 2.0 * self.cost * (self.warmup_days + self.days)


PROJECT_SECONDS = 3.0  # CPU seconds that a project may take, unless the fewest days take longer
FEWEST_DAYS, MOST_DAYS = 1.0, 14.0  # that count
WARMUP_DAYS = 0.25  # at least; more where a line takes longer from its first step to its last
MOST_WARMUP_DAYS = (
    7.0  # at most: what takes a line longer than that (a sauce that ripens) is not felt in a survey
)
USUAL_COST = 0.5

# CPU seconds a simulated day, mean of baseline and upgraded plant; measured by benchmarks/bench_survey.py.
COSTS = {
    "aluminium": 1.3, "appliances": 2.2, "brewing": 1.3, "casting": 0.15, "coal_chemicals": 0.7,
    "machining_3c": 1.1, "petrochemicals": 1.9, "stamping": 2.0, "steel": 1.7, "tft": 0.7,
}  # fmt: skip


def effort(plant: Plant, *, days: float | None = None, warmup_days: float | None = None) -> Effort:
    """Return what a run of `plant` takes; `days` and `warmup_days` replace the usual ones.

    The usual days are the full ones for which PROJECT_SECONDS suffice, a twentieth of the lead time at least (est.).

    >>> effort(Plant())
    Effort(warmup_days=0.25, days=2.0, cost=0.5)
    >>> effort(Plant(), days=0.25).days
    0.25
    """
    cost = COSTS.get(plant.name, USUAL_COST)
    warmup = min(max(WARMUP_DAYS, plant.lead_days), MOST_WARMUP_DAYS) if warmup_days is None else warmup_days
    affordable = float(math.floor(PROJECT_SECONDS / (2.0 * cost) - warmup))
    fewest = max(FEWEST_DAYS, float(math.ceil(plant.lead_days / 20.0)))
    return Effort(warmup, days or min(max(affordable, fewest), MOST_DAYS), cost)
