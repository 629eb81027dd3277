"""Intervals hold what they promise."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.lab.interval import mean_interval


def test_interval_covers_the_true_mean_as_often_as_it_says() -> None:
    generator = np.random.default_rng(1)
    runs = 2000
    covered = 0
    for _ in range(runs):
        interval = mean_interval(generator.normal(5.0, 2.0, 6).tolist())
        covered += interval.low <= 5.0 <= interval.high
    # 95 % of 2,000, with four standard errors of slack
    assert abs(covered / runs - 0.95) < 4 * math.sqrt(0.95 * 0.05 / runs)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20), st.floats(-1e3, 1e3))
def test_shifting_the_values_shifts_the_interval(values: list[float], shift: float) -> None:
    one, two = mean_interval(values), mean_interval([value + shift for value in values])
    assert two.mean == pytest.approx(one.mean + shift, abs=1e-6)
    assert two.half_width == pytest.approx(one.half_width, abs=1e-6)


def test_one_value_says_nothing_about_its_spread() -> None:
    assert mean_interval([3.0]).half_width == math.inf


def test_no_values_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        mean_interval([])
