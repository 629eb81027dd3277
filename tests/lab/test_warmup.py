"""MSER-5 finds the end of a known start, and nothing where there is none."""

from pathlib import Path
from typing import Any

import numpy as np

from twin.discovery import discover
from twin.lab.warmup import hourly_output, mser5, warmup_days

BENCH: Any = discover(Path(__file__).parents[1] / "toy_upgrades", package="no_such_package")["bench"]()


def test_a_start_of_zeros_is_cut_off_exactly() -> None:
    steady = [9.0, 10.0, 11.0, 10.0, 10.5, 9.5, 10.0] * 12
    assert mser5([0.0] * 15 + steady) == 15


def test_statistic_is_the_marginal_standard_error_of_the_batches() -> None:
    series = np.random.default_rng(3).normal(5.0, 1.0, 103).tolist()
    batches = [sum(series[place : place + 5]) / 5 for place in range(0, 100, 5)]  # three are left over
    errors = []
    for cut in range(11):
        rest = batches[cut:]
        mean = sum(rest) / len(rest)
        errors.append(sum((value - mean) ** 2 for value in rest) / len(rest) ** 2)
    assert mser5(series) == 5 * errors.index(min(errors))


def test_at_most_half_of_the_series_is_cut_off() -> None:
    rising = [float(hour) for hour in range(100)]
    assert mser5(rising) == 50
    assert mser5([1.0, 2.0, 3.0, 4.0]) == 0


def test_warm_up_is_the_longer_one_in_full_days() -> None:
    assert warmup_days([[0.0] * 25 + [1.0] * 75, [1.0] * 100]) == 2.0
    assert warmup_days([[1.0] * 100]) == 0.0


def test_hourly_output_counts_good_pieces() -> None:
    # 180 pieces an hour, one at the very end of it is counted in the next; every sixteenth is scrap
    assert hourly_output(BENCH, seed=1, days=3 / 24) == [179 - 11, 180 - 11, 180 - 11]
