"""Projects of a survey, drawn: which plant, how good it is before, which upgrades it buys, and how strong they get."""

import dataclasses
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from twin.model.plant import Plant
from twin.model.streams import Streams
from twin.model.upgrade import Paradigm, Upgrade


@dataclass(frozen=True, slots=True)
class Trait:
    """In what plants of one industry differ: a lognormal factor of median 1 on all parameters that `pattern` names.

    `sigma` is the standard deviation of its logarithm.
    """

    name: str
    meaning: str
    pattern: str
    sigma: float
    source: str

    def parameters(self, plant: Plant) -> list[str]:
        """Return the parameters of `plant` that it scales."""
        return [name for name in plant.parameters() if re.fullmatch(self.pattern, name)]


# The causes are those of the data sheet's 0.6. A plant that knows a cause by none of these names keeps its own value.
TRAITS = (
    Trait(
        "breakdowns",
        "how often equipment fails",
        r"failures|burner_failures|breakages|upset_rate",
        0.15,
        "est.",
    ),
    Trait("scatter", "spread of what is controlled", r"(\w+_)?sigma", 0.15, "est."),
    Trait(
        "special events",
        "how often something goes wrong until it is found",
        r"special_events|excursions|misprints|slag|\w+_upsets|\w+_slips|\w+_dips|\w+_episodes|bad_\w+_sets|roll_marks",
        0.15,
        "est.",
    ),
    Trait("handling", "what is damaged on its way", r"handling(_\w+)?|rough", 0.15, "est."),
    # The lines themselves are what they are; what a small site cannot share among several of them is people and load.
    Trait(
        "size of the site",
        "people and base load that one line carries: many at a small site",
        r"staff|base_load|facility_load|base_heat|boiler_base|hall",
        0.15,
        "est.",
    ),
)

# What projects buy, and how well it works there.
ADOPTION: Mapping[Paradigm, float] = {Paradigm.NETWORKED: 0.8, Paradigm.INTELLIGENT: 0.6}  # est.
FEWEST_UPGRADES = 3  # est.: fewer would be no project
STRENGTH = (0.5, 2.0, 3.0)  # est.: triangular: least, most likely, greatest; 1, 2, 3 are the sheet's columns
LEAST_OF_A_PLANT = 2  # projects: fewer say nothing about their spread


@dataclass(frozen=True, slots=True)
class Project:
    """One project: the plant before is `plant` with `factors` on its parameters, after it has upgrades at `strengths`.

    Both runs have the `seed`. `number` counts from 1.
    """

    number: int
    plant: str
    seed: int
    factors: Mapping[str, float]
    strengths: Mapping[str, float]

    def before(self, plant: Plant) -> Plant:
        """Return `plant` as this project finds it, inside the physical ranges of its parameters."""
        known, values = plant.parameters(), plant.configuration()
        changed = {
            name: min(max(values[name] * factor, known[name].low), known[name].high)
            for name, factor in self.factors.items()
        }
        return dataclasses.replace(plant, **changed)


def allocate(projects: int, costs: Mapping[str, float]) -> dict[str, int]:
    """Spread `projects` over plants, so that the mean of the plants' means gets the most for its time.

    The more a project of a plant costs to simulate, the fewer it gets: as 1 / sqrt(cost), but at least two. Every
    plant counts the same in the end, however many projects it got. Source: W. G. Cochran, Sampling Techniques, 1977,
    5.5: optimum allocation, spreads taken as equal. Raises ValueError for too few projects.

    >>> allocate(12, {"cheap": 1.0, "dear": 25.0})
    {'cheap': 10, 'dear': 2}
    """
    if projects < LEAST_OF_A_PLANT * len(costs):
        raise ValueError(
            f"{projects} projects are too few for {len(costs)} plants: at least {LEAST_OF_A_PLANT} each, "
            f"{LEAST_OF_A_PLANT * len(costs)} in all"
        )
    spare = projects - LEAST_OF_A_PLANT * len(costs)
    weights = {name: 1.0 / math.sqrt(cost) for name, cost in costs.items()}
    # shares of all, not of what is spare: the two of everybody are part of them
    shares = {name: max(weight * projects / sum(weights.values()) - LEAST_OF_A_PLANT, 0.0)
              for name, weight in weights.items()}  # fmt: skip
    total = sum(shares.values()) or 1.0
    exact = {name: spare * share / total for name, share in shares.items()}
    counts = {name: LEAST_OF_A_PLANT + int(value) for name, value in exact.items()}
    left = projects - sum(counts.values())
    for name in sorted(exact, key=lambda name: int(exact[name]) - exact[name])[:left]:
        counts[name] += 1
    return counts


def draw(plants: Sequence[Plant], counts: Mapping[str, int], *, seed: int) -> list[Project]:
    """Draw `counts` projects of each plant; the n-th of a plant is the same however many there are.

    Raises ParameterError when a project's upgrades lead out of a plant's physical range.
    """
    streams = Streams(seed)
    found: list[Project] = []
    for plant in plants:
        for index in range(counts[plant.name]):
            generator = streams.generator(f"survey/{plant.name}/{index}")
            project = Project(
                number=len(found) + 1,
                plant=plant.name,
                seed=int(generator.integers(2**31)),
                factors=_factors(plant, generator),
                strengths=_strengths(plant.upgrades(), generator),
            )
            project.before(plant).in_force(project.strengths)
            found.append(project)
    return found


def _factors(plant: Plant, generator: np.random.Generator) -> dict[str, float]:
    factors = {}
    for trait in TRAITS:
        factor = math.exp(trait.sigma * generator.standard_normal())
        factors.update(dict.fromkeys(trait.parameters(plant), factor))
    return factors


def _strengths(upgrades: Sequence[Upgrade], generator: np.random.Generator) -> dict[str, float]:
    fewest = min(FEWEST_UPGRADES, len(upgrades))
    while True:
        bought = [one.key for one in upgrades if generator.random() < ADOPTION[one.paradigm]]
        if len(bought) >= fewest:
            return {key: float(generator.triangular(*STRENGTH)) for key in bought}
