"""Introductions take as long as their formula says, and a twin that sees spares trials."""

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from twin.discovery import discover
from twin.lab.product_introduction import CANDIDATES, candidate, curve_of, defect_curve, introduce
from twin.model.plant import ParameterError

BENCH: Any = discover(Path(__file__).parents[1] / "toy_upgrades", package="no_such_package")["bench"]()
PLAN = BENCH.introduction()
CURVE = curve_of(CANDIDATES, [0.01 * 2.0**z for z in CANDIDATES])


def seeing(blindness: float) -> Any:
    return dataclasses.replace(PLAN, blindness=blindness)


def test_trials_without_a_twin_are_geometric_with_the_mean_of_the_plan() -> None:
    many = introduce(PLAN, CURVE, seed=2, count=40_000)
    spread = math.sqrt(4.0 * 3.0 / 40_000)  # a geometric number of mean m has the variance m (m - 1)
    assert many.built.mean() == pytest.approx(4.0, abs=4 * spread)
    assert (many.built == 1).mean() == pytest.approx(0.25, abs=4 * math.sqrt(0.25 * 0.75 / 40_000))
    assert many.weeks.tolist() == (10.0 + 2.0 * many.built).tolist()
    assert not many.screened.any()


@pytest.mark.parametrize("trials", [1.0, 2.0, 4.0, 8.0, 30.0])
def test_limit_is_kept_by_one_in_so_many_candidates(trials: float) -> None:
    z = norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    assert (CURVE.rate(z) <= CURVE.limit(trials)).mean() == pytest.approx(1.0 / trials, abs=2e-5)


def test_limit_is_kept_by_as_many_where_short_runs_cannot_tell_candidates_apart() -> None:
    flat = curve_of(CANDIDATES, [0.02, 0.021, 0.019, 0.02, 0.03, 0.05, 0.2])
    z = norm.ppf((np.arange(100_000) + 0.5) / 100_000)
    assert (flat.rate(z) <= flat.limit(8.0)).mean() == pytest.approx(0.125, abs=2e-5)


def test_twin_that_knows_all_leaves_one_trial_and_screens_as_many_as_were_tried_before() -> None:
    before, after = introduce(PLAN, CURVE, seed=5), introduce(seeing(0.0), CURVE, seed=5)
    assert after.built.tolist() == [1] * len(after.built)
    assert after.screened.mean() == pytest.approx(before.built.mean(), rel=0.05)
    assert after.weeks.tolist() == pytest.approx((10.0 + 2.0 + 0.1 * after.screened).tolist())


@pytest.mark.parametrize("blindness", [0.0, 0.25, 0.5, 0.9, 1.0])
def test_trials_that_are_left_are_those_that_fail_by_what_the_twin_cannot_see(blindness: float) -> None:
    many = introduce(seeing(blindness), CURVE, seed=1, count=40_000)
    left = 4.0**blindness
    assert many.built.mean() == pytest.approx(left, abs=5 * math.sqrt(left * (left - 1.0) / 40_000) + 1e-9)
    if blindness < 1.0:  # one in four passes both, and each of them was looked at
        assert many.screened.mean() == pytest.approx(4.0, abs=5 * math.sqrt(12.0 / 40_000))


def test_the_same_seed_repeats_and_another_differs() -> None:
    one, two, other = (introduce(seeing(0.5), CURVE, seed=seed).weeks.tolist() for seed in (7, 7, 8))
    assert one == two
    assert one != other


def test_candidates_run_on_the_plant_model() -> None:
    curve = defect_curve(BENCH, PLAN, days=0.5)
    made = 0.5 * 86_400 / 20
    for z, rate in zip(curve.z, curve.rates, strict=True):
        assert rate == pytest.approx(min(0.0625 * math.exp(0.5 * z), 1.0), abs=1.5 / made)
    assert list(curve.rates) == sorted(set(curve.rates))


def test_candidate_stays_inside_the_physical_range() -> None:
    assert candidate(dataclasses.replace(BENCH, spoil=0.9), PLAN, 3.0).spoil == 1.0


def test_recipe_that_the_plant_does_not_have_is_refused() -> None:
    with pytest.raises(ParameterError, match="varies 'salt', which is no parameter"):
        candidate(BENCH, dataclasses.replace(PLAN, recipe="salt"), 0.0)
