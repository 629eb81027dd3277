"""Calibration: does the simulated plant reproduce its data sheet?"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from twin.lab.experiment import Replication, run_experiment
from twin.lab.interval import Interval, mean_interval
from twin.lab.ledger_tally import line_figures
from twin.model.plant import Plant

BALANCE = 1e-9  # relative

# What the data sheet's figures may be missed by: share of the target, or absolute (shares of time and pieces).
_TOLERANCES: dict[str, tuple[float, bool]] = {
    "availability": (0.015, False),
    "effectiveness": (0.015, False),
    "quality_ratio": (0.015, False),
    "specific_energy": (0.03, True),
    "defect_rate": (0.10, True),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the calibration table. `verdict`: `pass`, `fail`, or `unsure` (interval wider than tolerance)."""

    name: str
    target: float
    tolerance: float  # absolute
    simulated: Interval
    verdict: str


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the replications of one plant say: `rows` by figure, `balances` the worst relative closure error."""

    plant: str
    rows: tuple[Row, ...]
    balances: dict[str, float]

    @property
    def passed(self) -> bool:
        """Whether every figure and every balance is within its tolerance."""
        rows = all(row.verdict == "pass" for row in self.rows)
        return rows and all(error <= BALANCE for error in self.balances.values())


def judge(name: str, target: float, values: Sequence[float]) -> Row:
    """Compare `values` of independent runs with `target`; raises KeyError for an unknown figure.

    >>> judge("availability", 0.68, [0.676, 0.684, 0.680]).verdict
    'pass'
    """
    amount, relative = _TOLERANCES[name]
    tolerance = amount * abs(target) if relative else amount
    simulated = mean_interval(values)
    if not abs(simulated.mean - target) <= tolerance:
        verdict = "fail"
    elif not simulated.half_width <= tolerance:
        verdict = "unsure"
    else:
        verdict = "pass"
    return Row(name, target, tolerance, simulated, verdict)


def calibrate(
    plant: Plant,
    *,
    replications: int,
    days: float,
    warmup_days: float = 1.0,
    seed: int = 1,
    jobs: int = -1,
    done: Callable[[int], None] = lambda count: None,
) -> Calibration:
    """Run replications of `plant` and judge its line's figures against `plant.targets()`."""
    runs = run_experiment(
        plant, replications=replications, days=days, warmup_days=warmup_days, seed=seed, jobs=jobs, done=done
    )
    figures = [line_figures(run) for run in runs]
    rows = tuple(
        judge(name, target, [figure[name] for figure in figures]) for name, target in plant.targets().items()
    )
    return Calibration(plant.name, rows, _worst_balances(runs))


def _worst_balances(runs: Sequence[Replication]) -> dict[str, float]:
    worst: dict[str, float] = {"time": max(_time_error(run) for run in runs)}
    for run in runs:
        for name, error in run.balances.items():
            size = abs(error) if math.isfinite(error) else math.inf
            worst[name] = max(worst.get(name, 0.0), size)
    return worst


def _time_error(run: Replication) -> float:
    """Return how far some unit's state times miss the run's length, relative."""
    return max(
        abs(math.fsum(value for key, value in page.items() if key.startswith("seconds/")) / run.seconds - 1.0)
        for page in run.units.values()
    )
