"""How much of a run belongs to its start: MSER-5 on the hourly good output."""

import itertools
import math
from collections.abc import Sequence

import numpy as np

from twin.lab.closed_loop import ClosedLoop
from twin.lab.experiment import DAY, START
from twin.model.plant import Plant
from twin.model.simulation import Simulation

BATCH = 5


def mser5(series: Sequence[float]) -> int:
    """Return how many first values of `series` to cut off: MSER-5.

    Batches of five are averaged; cut are so many that the marginal standard error of the rest, its variance by the
    square of its length, is least, and at most half of the series. Ties are cut least. Source: K. P. White, An
    effective truncation heuristic for bias reduction in simulation output, Simulation 1997, 69(6), 323-334.

    >>> mser5([0.0] * 10 + [8.0, 9.0, 10.0, 11.0, 12.0] * 8)
    10
    >>> mser5([8.0, 9.0, 10.0, 11.0, 12.0] * 8)
    0
    """
    count = len(series) // BATCH
    if count == 0:
        return 0
    batches = np.asarray(series[: count * BATCH], dtype=float).reshape(count, BATCH).mean(axis=1)
    errors = [
        float(np.sum((rest - rest.mean()) ** 2)) / len(rest) ** 2
        for rest in (batches[cut:] for cut in range(count // 2 + 1))
    ]
    return BATCH * int(np.argmin(errors))


def hourly_output(plant: Plant, *, seed: int, days: float) -> list[float]:
    """Return the good output of every hour of a run of `plant` with the loops of its upgrades."""
    run = ClosedLoop(Simulation(plant, seed=seed, start=START, telemetry=False))
    totals = [0.0]
    for _ in range(round(days * 24.0)):
        run.advance(3600.0)
        page = run.simulation.ledger()["line"]
        totals.append(page["processed"] - page["scrapped"] - page["reworked"])
    return [after - before for before, after in itertools.pairwise(totals)]


def warmup_days(series: Sequence[Sequence[float]]) -> float:
    """Return the full days to cut off runs whose hourly output are `series`: the longest warm-up of them, rounded up.

    >>> warmup_days([[5.0] * 48, [0.0] * 10 + [5.0] * 50])
    1.0
    """
    return float(max(math.ceil(mser5(one) * 3600.0 / DAY) for one in series))
