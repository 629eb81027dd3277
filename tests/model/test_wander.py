"""Wandering characteristics: their law, and that they are refused without a length."""

import numpy as np
import pytest

from twin.model.streams import Streams
from twin.model.wander import wander


@pytest.mark.parametrize("length", [2.0, 20.0])
def test_wander_is_standard_normal_and_forgets_over_its_length(length: float) -> None:
    """Mean 0, standard deviation 1, and a correlation that falls to 1/e over `length` parts."""
    draw = wander(Streams(1).normal("x"), length)
    values = np.array([draw() for _ in range(100_000)])
    assert float(np.mean(values)) == pytest.approx(0.0, abs=0.06)
    assert float(np.std(values)) == pytest.approx(1.0, abs=0.03)
    lag = int(length)
    assert float(np.corrcoef(values[:-lag], values[lag:])[0, 1]) == pytest.approx(np.exp(-1.0), abs=0.03)


def test_wander_starts_in_its_stationary_distribution() -> None:
    """The first value of many streams scatters as all later ones do: no run-in."""
    firsts = [wander(Streams(seed).normal("x"), 50.0)() for seed in range(2000)]
    assert float(np.std(firsts)) == pytest.approx(1.0, abs=0.05)


def test_wander_without_length_is_refused() -> None:
    with pytest.raises(ValueError, match="length 0"):
        wander(lambda: 0.0, 0.0)
