"""Introductions of new products: a model of a process, whose trials are judged by runs of the plant model."""

import dataclasses
import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.optimize import isotonic_regression
from scipy.stats import norm

from twin.lab.experiment import replicate
from twin.lab.ledger_tally import line_figures
from twin.model.introduction import Introduction
from twin.model.plant import ParameterError, Plant
from twin.model.streams import Streams

CANDIDATES = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)  # z of the recipes that are run, standard deviations
COUNT = 4000  # introductions of one replication: the mean weeks are then known to some 0.5 %
DAYS = 2.0  # of a candidate's run
_SLOPE = 1e-9  # defect rate a point: a recipe raises it by declaration, also where short runs cannot tell
_BLOCK = 16  # candidates drawn at a time


@dataclass(frozen=True, slots=True)
class DefectCurve:
    """Defect rate of a plant by the z of its recipe (see Introduction): points that rise strictly."""

    z: tuple[float, ...]
    rates: tuple[float, ...]

    def rate(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the defect rates at `z`, monotone between the points and constant beyond them."""
        between = PchipInterpolator(self.z, self.rates)
        rates: NDArray[np.float64] = between(np.clip(z, self.z[0], self.z[-1]))
        return rates

    def limit(self, trials: float) -> float:
        """Return the defect rate that only one in `trials` candidates keeps."""
        return float(self.rate(np.asarray(norm.ppf(1.0 / trials))))


@dataclass(frozen=True, slots=True)
class Introductions:
    """Introductions, one an element: `weeks` they took, trials `built`, candidates `screened` by the twin."""

    weeks: NDArray[np.float64]
    built: NDArray[np.int64]
    screened: NDArray[np.int64]


def candidate(plant: Plant, plan: Introduction, z: float) -> Plant:
    """Return the plant with the recipe of a candidate, kept inside its physical range; raises ParameterError."""
    known = plant.parameters().get(plan.recipe)
    if known is None:
        raise ParameterError(
            f"plant {plant.name}: its introduction varies {plan.recipe!r}, which is no parameter of it"
        )
    value = plant.configuration()[plan.recipe] * math.exp(plan.spread * z)
    changed = {plan.recipe: min(max(value, known.low), known.high)}
    return dataclasses.replace(plant, **changed)


def candidate_rate(plant: Plant, *, seed: int, days: float = DAYS) -> float:
    """Return the defect rate that one run of a candidate shows; raises ValueError where nothing is produced."""
    rate = line_figures(replicate(plant, seed=seed, days=days, warmup_days=0.0))["defect_rate"]
    if not math.isfinite(rate):
        raise ValueError(f"plant {plant.name} makes nothing in {days:g} days: no candidate can be judged")
    return rate


def curve_of(z: tuple[float, ...], rates: list[float]) -> DefectCurve:
    """Return the curve through `rates` at `z`: the nearest that rises (least squares), and strictly.

    >>> [round(rate, 4) for rate in curve_of((-1.0, 0.0, 1.0), [0.03, 0.02, 0.04]).rates]
    [0.025, 0.025, 0.04]
    """
    rising = isotonic_regression(rates).x + _SLOPE * np.arange(len(rates))
    return DefectCurve(z, tuple(float(rate) for rate in rising))


@functools.lru_cache(maxsize=32)
def defect_curve(plant: Plant, plan: Introduction, *, seed: int = 1, days: float = DAYS) -> DefectCurve:
    """Run the candidates of `plan` on the plant model, all with the same random numbers, and return their curve."""
    rates = [candidate_rate(candidate(plant, plan, z), seed=seed, days=days) for z in CANDIDATES]
    return curve_of(CANDIDATES, rates)


def introduce(plan: Introduction, curve: DefectCurve, *, seed: int, count: int = COUNT) -> Introductions:
    """Introduce `count` products; the same seed brings the same candidates to every plan.

    Candidates come one after the other until one that is built passes both what a twin can see, by its simulated defect
    rate, and what it cannot. A twin of blindness below 1 screens by the former.
    """
    blindness = min(plan.blindness, 1.0)
    asked = blindness < 1.0
    limit = curve.limit(plan.trials ** (1.0 - blindness))
    chance = plan.trials**-blindness
    streams = Streams(seed)
    candidates, unseen = streams.generator("introduction/candidate"), streams.generator("introduction/unseen")
    built, screened = np.zeros(count, np.int64), np.zeros(count, np.int64)
    pending = np.arange(count)
    while pending.size:
        z = candidates.standard_normal((count, _BLOCK))[pending]
        luck = unseen.random((count, _BLOCK))[pending]
        good = curve.rate(z) <= limit
        picked = good if asked else np.ones_like(good)
        released = good & (luck < chance)
        ended = released.any(axis=1)
        last = np.where(ended, released.argmax(axis=1), _BLOCK - 1)
        seen = np.arange(_BLOCK) <= last[:, None]
        built[pending] += (picked & seen).sum(axis=1)
        screened[pending] += last + 1 if asked else 0
        pending = pending[~ended]
    weeks = plan.fixed + built * (plan.build + plan.run + plan.analyse) + screened * plan.screening
    return Introductions(weeks, built, screened)
