"""Named random streams: every stochastic source owns a generator keyed by its name."""

import hashlib
import itertools
import math
from collections.abc import Callable

import numpy as np

_BATCH = 1024


class Streams:
    """Random streams of one run.

    Adding a source shifts no other source, and two runs with one seed share their numbers source by source
    (common random numbers).
    """

    def __init__(self, seed: int) -> None:
        if seed < 0:
            raise ValueError(f"seed {seed} must not be negative")
        self.seed = seed

    def generator(self, name: str) -> np.random.Generator:
        """Return a fresh generator for `name`; the same name gives the same numbers."""
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=(key,))))

    def uniform(self, name: str) -> Callable[[], float]:
        """Return a drawer of uniform numbers in [0, 1)."""
        generator = self.generator(name)
        return _batched(lambda: generator.random(_BATCH))

    def normal(self, name: str) -> Callable[[], float]:
        """Return a drawer of standard normal numbers."""
        generator = self.generator(name)
        return _batched(lambda: generator.standard_normal(_BATCH))

    def exponential(self, name: str, mean: float = 1.0) -> Callable[[], float]:
        """Return a drawer of exponential numbers with `mean` (the unit of `mean`)."""
        if mean != 0.0:  # at once is a time, too
            _refuse(name, mean, 0.0)
        generator = self.generator(name)
        return _batched(lambda: generator.exponential(mean, _BATCH))

    def lognormal(self, name: str, mean: float, cv: float) -> Callable[[], float]:
        """Return a drawer of lognormal numbers with `mean` and coefficient of variation `cv` (either 0: constant)."""
        if cv == 0.0 or mean == 0.0:
            return lambda: mean
        _refuse(name, mean, cv)
        sigma = math.sqrt(math.log1p(cv * cv))
        mu = math.log(mean) - 0.5 * sigma * sigma
        generator = self.generator(name)
        return _batched(lambda: generator.lognormal(mu, sigma, _BATCH))

    def weibull(self, name: str, mean: float, shape: float) -> Callable[[], float]:
        """Return a drawer of Weibull numbers with `mean` and `shape` (1: exponential)."""
        scale = mean / math.gamma(1.0 + 1.0 / shape)
        generator = self.generator(name)
        return _batched(lambda: scale * generator.weibull(shape, _BATCH))


def _refuse(name: str, mean: float, cv: float) -> None:
    """Refuse what would draw nothing but NaN or infinity, and so stop a model's clock for ever."""
    if not 0.0 < mean < math.inf:
        raise ValueError(f"random stream {name}: mean {mean} must be positive and finite")
    if not 0.0 <= cv < math.inf:
        raise ValueError(f"random stream {name}: cv {cv} must be finite and not negative")


def _batched(draw: Callable[[], np.ndarray[tuple[int], np.dtype[np.float64]]]) -> Callable[[], float]:
    """Return a drawer of single numbers: a chain of batches, so that a number costs no Python call."""
    batches = (draw().tolist() for _ in itertools.repeat(None))
    return itertools.chain.from_iterable(batches).__next__
