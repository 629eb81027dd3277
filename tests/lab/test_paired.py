"""Paired intervals are those that one works out by hand."""

import math

import pytest

from twin.lab.paired import paired_change, paired_difference


def test_interval_of_log_ratios_worked_out_by_hand() -> None:
    # ln of the ratios: 0.1, 0.2, 0.3; mean 0.2, s 0.1, t(0.975, 2) = 4.30265, half-width 0.248414
    before = [50.0, 80.0, 20.0]
    after = [value * math.exp(0.1 * place) for place, value in enumerate(before, start=1)]
    change = paired_change(before, after)
    assert change.mean == pytest.approx(math.exp(0.2) - 1.0)
    assert change.low == pytest.approx(math.exp(0.2 - 0.248414) - 1.0, abs=1e-6)
    assert change.high == pytest.approx(math.exp(0.2 + 0.248414) - 1.0, abs=1e-6)
    assert change.half_width == pytest.approx((change.high - change.low) / 2)
    assert (change.before, change.after) == (pytest.approx(50.0), pytest.approx(sum(after) / 3))
    assert not change.significant


def test_pairs_that_share_their_luck_are_told_apart_where_unpaired_ones_are_not() -> None:
    change = paired_change([10.0, 20.0, 40.0], [10.5, 21.1, 41.8])
    assert change.significant
    assert change.low > 0.03


def test_no_change_is_exactly_none() -> None:
    change = paired_change([3.1, 2.9], [3.1, 2.9])
    assert (change.mean, change.low, change.high, change.significant) == (0.0, 0.0, 0.0, False)


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_figure_without_a_ratio_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="above zero in every run"):
        paired_change([1.0, bad], [1.0, 1.0])


def test_difference_of_shares() -> None:
    difference = paired_difference([0.60, 0.70], [0.65, 0.79])
    # 0.05 and 0.09: s / sqrt(2) = 0.02, t(0.975, 1) = 12.7062
    assert difference.mean == pytest.approx(0.07)
    assert difference.half_width == pytest.approx(12.7062 * 0.02, rel=1e-5)
