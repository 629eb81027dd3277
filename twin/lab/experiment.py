"""Independent replications of a plant, without telemetry, spread over the cores."""

import pickle
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from joblib import Parallel, delayed

from twin.lab.closed_loop import ClosedLoop
from twin.lab.cluster import spread_over
from twin.model.line_unit import LineUnit
from twin.model.plant import Plant
from twin.model.simulation import Simulation

DAY = 86_400.0
Result = TypeVar("Result")

START = datetime(2026, 1, 1, tzinfo=UTC)  # only a label: without telemetry nothing carries the date


@dataclass(frozen=True, slots=True)
class Replication:
    """What one run booked after its warm-up.

    `units` is the growth of each unit's page of the ledger (see Unit.account) in `seconds` of simulated time;
    `balances` the closure errors at the end; `ideal_cycle_time` (s) that of the line; `rates` its prices and cost
    rates by tag name (`price_electricity`, `labour_rate`, `hourly_cost_fixed`, …).
    """

    seed: int
    seconds: float
    units: dict[str, dict[str, float]]
    balances: dict[str, float]
    ideal_cycle_time: float
    rates: dict[str, float] = field(default_factory=dict)


def replicate(plant: Plant, *, seed: int, days: float, warmup_days: float) -> Replication:
    """Run `plant` once, with the loops of its upgrades, for `warmup_days` thrown away and `days` that count."""
    run = ClosedLoop(Simulation(plant, seed=seed, start=START, telemetry=False))
    simulation = run.simulation
    run.advance(warmup_days * DAY)
    before = simulation.ledger()
    run.advance(days * DAY)
    after = simulation.ledger()
    units = {
        name: {key: value - before[name].get(key, 0.0) for key, value in page.items()}
        for name, page in after.items()
    }
    line_unit = simulation.line.line_unit
    rates = line_unit.rates() if isinstance(line_unit, LineUnit) else {}
    ideal = line_unit.ideal_cycle_time or float("nan")
    return Replication(seed, days * DAY, units, simulation.line.balances(), ideal, rates)


def _parcel(plant: Plant) -> tuple[str, Plant | bytes]:
    """Return what a worker needs; a plant of a file in a folder is packed, with the folder for the import path."""
    module = sys.modules[type(plant).__module__]
    if "." in module.__name__ or module.__name__ == "__main__" or module.__file__ is None:
        return "", plant
    return str(Path(module.__file__).parent), pickle.dumps(plant)


def _call(
    function: Callable[..., Result],
    index: int,
    folder: str,
    parcel: Plant | bytes,
    options: Mapping[str, Any],
) -> tuple[int, Result]:
    if isinstance(parcel, bytes):
        if folder not in sys.path:
            sys.path.append(folder)
        parcel = pickle.loads(parcel)  # noqa: S301 - our own bytes
    return index, function(parcel, **options)


def spread(
    function: Callable[..., Result],
    calls: Iterable[tuple[Plant, Mapping[str, Any]]],
    *,
    jobs: int = -1,
    scheduler: str = "",
) -> Iterator[tuple[int, Result]]:
    """Call `function(plant, **options)` for each of `calls` on `jobs` cores (-1: all).

    Yield place among the calls and result, in the order in which they finish. `calls` is read as cores become free,
    so that it may end early. With the address of a Dask `scheduler` its workers take part instead of the cores of this
    machine; see twin.lab.cluster.
    """
    tasks = ((function, index, *_parcel(plant), options) for index, (plant, options) in enumerate(calls))
    if scheduler:
        yield from spread_over(scheduler, _call, tasks)
    else:
        work = (delayed(_call)(*task) for task in tasks)
        yield from Parallel(n_jobs=jobs, return_as="generator_unordered", pre_dispatch="n_jobs")(work)


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
    calls = (
        (plant, {"seed": seed + index, "days": days, "warmup_days": warmup_days})
        for index in range(replications)
    )
    results: list[Replication] = []
    for _, result in spread(replicate, calls, jobs=jobs):
        results.append(result)
        done(len(results))
    return sorted(results, key=lambda replication: replication.seed)
