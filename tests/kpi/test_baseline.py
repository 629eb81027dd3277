"""Energy baseline: least squares as NumPy has it, its quality, and what is held against it."""

import numpy as np
import pytest

from twin.kpi.baseline import LEAST, Baseline, baseline, performance


def hours(count: int, scatter: float) -> list[tuple[float, float]]:
    chance = np.random.default_rng(4)
    made = chance.uniform(50.0, 400.0, count)
    used = 120.0 + 0.9 * made + scatter * chance.normal(size=count)
    return list(zip(made.tolist(), used.tolist(), strict=True))


def test_baseline_is_the_least_squares_line_with_its_quality() -> None:
    points = hours(60, 25.0)
    made, used = np.array(points).T
    found = baseline(points)
    assert found is not None
    slope, base = np.polyfit(made, used, 1)
    missed = used - base - slope * made
    assert (found.slope, found.base) == (pytest.approx(slope), pytest.approx(base))
    assert found.r2 == pytest.approx(np.corrcoef(made, used)[0, 1] ** 2)
    assert found.cv_rmse == pytest.approx(np.sqrt((missed**2).sum() / 58.0) / used.mean())
    assert found.good


@pytest.mark.parametrize(
    "points",
    [
        hours(LEAST - 1, 1.0),
        [(100.0, 10.0 + place) for place in range(20)],
        [(float(place), 0.0) for place in range(20)],
    ],
)
def test_no_baseline_from_too_little(points: list[tuple[float, float]]) -> None:
    """Too few hours, an output that never varies, or no energy at all."""
    assert baseline(points) is None


def test_rough_baseline_is_not_called_good() -> None:
    rough = baseline(hours(40, 400.0))
    assert rough is not None
    assert not rough.good


def test_performance_sums_what_lies_beyond_the_expectation() -> None:
    reference = Baseline(base=100.0, slope=2.0, count=20, r2=1.0, cv_rmse=0.0)
    told = performance(reference, [(10.0, 130.0), (0.0, 90.0)])
    assert (told.actual, told.expected, told.cusum) == (220.0, 220.0, [10.0, 0.0])
    assert told.ratio == 1.0
    nothing = performance(Baseline(base=0.0, slope=1.0, count=9, r2=1.0, cv_rmse=0.0), [(0.0, 5.0)])
    assert nothing.ratio is None
