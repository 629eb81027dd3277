"""Independent replications of a plant, without telemetry, spread over the cores."""

import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from joblib import Parallel, delayed

from twin.model.plant import Plant
from twin.model.simulation import Simulation

DAY = 86_400.0
_START = datetime(2026, 1, 1, tzinfo=UTC)  # only a label: without telemetry nothing carries the date


@dataclass(frozen=True, slots=True)
class Replication:
    """What one run booked after its warm-up.

    `units` is the growth of each unit's page of the ledger (see Unit.account) in `seconds` of simulated time;
    `balances` the closure errors at the end; `ideal_cycle_time` (s) and `capacity` those of the line.
    """

    seed: int
    seconds: float
    units: dict[str, dict[str, float]]
    balances: dict[str, float]
    ideal_cycle_time: float


def replicate(plant: Plant, *, seed: int, days: float, warmup_days: float) -> Replication:
    """Run `plant` once for `warmup_days` that are thrown away and `days` that count."""
    simulation = Simulation(plant, seed=seed, start=_START, telemetry=False)
    simulation.advance(warmup_days * DAY)
    before = simulation.ledger()
    simulation.advance(days * DAY)
    after = simulation.ledger()
    units = {
        name: {key: value - before[name].get(key, 0.0) for key, value in page.items()}
        for name, page in after.items()
    }
    ideal = simulation.line.line_unit.ideal_cycle_time
    return Replication(seed, days * DAY, units, simulation.line.balances(), ideal or float("nan"))


def _parcel(plant: Plant) -> tuple[str, Plant | bytes]:
    """Return what a worker needs; a plant of a file in a folder is packed, with the folder for the import path."""
    module = sys.modules[type(plant).__module__]
    if "." in module.__name__ or module.__name__ == "__main__" or module.__file__ is None:
        return "", plant
    return str(Path(module.__file__).parent), pickle.dumps(plant)


def _replicate(folder: str, parcel: Plant | bytes, seed: int, days: float, warmup_days: float) -> Replication:
    if isinstance(parcel, Plant):
        return replicate(parcel, seed=seed, days=days, warmup_days=warmup_days)
    if folder not in sys.path:
        sys.path.append(folder)
    plant: Plant = pickle.loads(parcel)  # noqa: S301 - our own bytes
    return replicate(plant, seed=seed, days=days, warmup_days=warmup_days)


def run_experiment(
    plant: Plant,
    *,
    replications: int,
    days: float,
    warmup_days: float,
    seed: int = 1,
    jobs: int = -1,
    done: Callable[[int], None] = lambda count: None,
) -> list[Replication]:
    """Run replications with seeds `seed`, `seed` + 1, … on `jobs` cores (-1: all); return them by seed.

    `done` is called with the number finished so far, each time one finishes.
    """
    folder, parcel = _parcel(plant)
    tasks = (
        delayed(_replicate)(folder, parcel, seed + index, days, warmup_days) for index in range(replications)
    )
    results: list[Replication] = []
    for result in Parallel(n_jobs=jobs, return_as="generator_unordered")(tasks):
        results.append(result)
        done(len(results))
    return sorted(results, key=lambda replication: replication.seed)
