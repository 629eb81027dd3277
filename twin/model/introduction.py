"""How a new product is introduced: a model of a process, not of physics."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """The introduction of a new product (data sheet 0.7): weeks = fixed + trials x (build + run + analyse).

    `fixed` are the weeks outside the trial loop, `trials` the mean number of trials until one passes without a twin,
    `build`, `run` and `analyse` the weeks of one. `subject` says what is introduced, `source` where that is from.

    A candidate sets the plant's parameter `recipe` (one that raises the defect rate) to its value x exp(spread x z),
    z standard normal; it passes when the plant, simulated with it, makes so few defects as only 1 / trials of all
    candidates do. A twin judges a candidate before it is built, from a z that it knows with an error of `blindness`
    standard deviations, in `screening` weeks; at a blindness of 1 or more nobody asks it.
    """

    subject: str
    fixed: float
    trials: float
    build: float
    run: float
    analyse: float
    recipe: str
    spread: float = 0.5
    blindness: float = 1.0
    screening: float = 0.1
    source: str

    def __post_init__(self) -> None:
        for field in ("fixed", "build", "run", "analyse", "screening", "blindness"):
            value = getattr(self, field)
            if not (math.isfinite(value) and value >= 0.0):
                raise ValueError(f"introduction: {field} {value} must be finite and not negative")
        if not self.trials >= 1.0:
            raise ValueError(f"introduction: trials {self.trials} must be at least 1 in the mean")
        if not 0.0 < self.spread < 3.0:
            raise ValueError(f"introduction: spread {self.spread} must lie above 0, below 3")


# What an upgrade may put a factor on.
NUMBERS = ("fixed", "trials", "build", "run", "analyse", "blindness", "screening")
