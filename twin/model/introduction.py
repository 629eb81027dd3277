"""How a new product is introduced: a model of a process, not of physics."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """The introduction of a new product (data sheet 0.7): weeks = fixed + trials x (build + run + analyse).

    `fixed` are the weeks outside the trial loop, `trials` the mean number of trials until one passes without a twin,
    `build`, `run` and `analyse` the weeks of one. `subject` says what is introduced, `source` where that is from.

    A trial can fail in many ways, and a twin models some of them: `blindness` is what it leaves, so that a trial has
    `trials` ** blindness of a chance of one to pass what the twin cannot see, and the rest of 1 / `trials` is for
    what it sees. What it sees is simulated: a candidate sets the plant's parameter `recipe` (one that raises the defect
    rate) to its value x exp(spread x z), z standard normal, and passes when the plant makes so few defects with it as
    that chance allows. The twin does so in `screening` weeks, before anything is built; at a blindness of 1 or more
    nobody asks it. Trials are then `trials` ** blindness in the mean: plants take theirs from the trials that the
    data sheet leaves (0.8 VC, 0.7).
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
