"""Control charts: each of Nelson's rules fires at its last point and not one earlier; capability by hand."""

import numpy as np
import pytest
from scipy.stats import norm

from twin.kpi.ewma import WEIGHT, WIDTH, ewma
from twin.kpi.spc import (
    RULES,
    ControlLimits,
    autocorrelation,
    capability,
    individuals,
    moving_ranges,
    nelson,
    violations,
)

UNIT = ControlLimits(0.0, 1.0)


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        (1, [0.1, -0.1, 3.1]),
        (2, [0.1, 0.3, 0.2, 0.4, 0.3, 0.5, 0.2, 0.1, 0.3]),
        (3, [-0.5, -0.3, -0.1, 0.1, 0.3, 0.5]),
        (4, [0.2, -0.3] * 7),
        (5, [2.1, 0.0, 2.2]),
        (6, [1.1, 1.2, -0.1, 1.3, 1.1]),
        (7, [0.9, 0.1, -0.4, -0.6, 0.2, 0.7, 0.6, -0.9, -0.1, -0.2, 0.5, -0.3, 0.1, 0.2, -0.5]),
        (8, [1.1, -1.2, 1.3, 1.1, -1.5, -1.2, 1.4, -1.1]),
    ],
)
def test_rule_fires_at_its_last_point(rule: int, values: list[float]) -> None:
    assert rule in nelson(values, UNIT)
    assert rule not in nelson(values[:-1], UNIT)
    assert rule in nelson([-value for value in values], UNIT)


def test_no_rule_without_spread_or_values() -> None:
    assert nelson([5.0] * 20, ControlLimits(5.0, 0.0)) == nelson([], UNIT) == []


def test_capability_by_hand() -> None:
    """Moving ranges of 1 give sigma 0.8862; limits 6 apart and off centre."""
    found = {one.name: one for one in capability([1.0, 2.0, 1.0, 2.0], 0.0, 6.0)}
    sigma = individuals([1.0, 2.0, 1.0, 2.0]).sigma
    assert found["cp"].value == pytest.approx(1.0 / sigma)
    assert found["cpk"].value == pytest.approx(0.5 / sigma)
    assert found["pp"].value == pytest.approx(1.0 / (1.0 / 3.0) ** 0.5)
    assert capability([1.0, 2.0], None, 6.0)[0].note == "needs both tolerance limits"
    assert {one.value for one in capability([1.0], 0.0, 6.0)} == {None}
    assert {one.note for one in capability([1.0, 1.0], 0.0, 6.0)} == {"no spread"}
    with pytest.raises(ValueError, match="at least two"):
        individuals([1.0])


def test_constants_of_moving_ranges_are_those_of_the_normal_distribution() -> None:
    """d2, d3 and D4 of ranges of two by integration over the two values, not from a table."""
    nodes, weights = np.polynomial.legendre.leggauss(400)
    density = 8.0 * weights * norm.pdf(8.0 * nodes)
    apart = 8.0 * np.abs(nodes[:, None] - nodes[None, :])

    def moment(power: int) -> float:
        return float(density @ apart**power @ density)

    d2 = moment(1)
    d3 = (moment(2) - d2**2) ** 0.5
    values = [0.0, 1.0, 0.0, 1.0]
    assert 1.0 / individuals(values).sigma == pytest.approx(d2, rel=5e-4)
    _, mean, upper = moving_ranges(values)
    assert upper / mean == pytest.approx(1.0 + 3.0 * d3 / d2, rel=5e-4)
    assert 3.0 / d2 == pytest.approx(2.66, abs=0.001)  # E2 of ISO 7870-2


def test_every_rule_has_words_and_each_value_its_own_rules() -> None:
    values = [0.5] * 8 + [0.6, 3.5, -0.5]
    found = violations(values, UNIT)
    assert found == [nelson(values[: place + 1], UNIT) for place in range(len(values))]
    assert {rule for rules in found for rule in rules} == {1, 2}
    assert sorted(RULES) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_autocorrelation_tells_neighbours_that_depend_on_each_other() -> None:
    noise = np.random.default_rng(7).normal(size=4000)
    wander = [0.0]
    for one in noise:
        wander.append(0.8 * wander[-1] + one)
    assert autocorrelation(wander) == pytest.approx(0.8, abs=0.03)
    assert autocorrelation(noise.tolist()) == pytest.approx(0.0, abs=0.04)
    assert autocorrelation([1.0, 1.0, 1.0]) is None
    assert autocorrelation([1.0, 2.0]) is None


def test_ewma_chart_has_one_false_alarm_in_five_hundred_values() -> None:
    """The average run length in control, by integrating the chart's own recursion (Crowder 1987)."""
    limit = WIDTH * (WEIGHT / (2.0 - WEIGHT)) ** 0.5  # of the settled chart
    nodes, weights = np.polynomial.legendre.leggauss(80)
    nodes, weights = limit * nodes, limit * weights
    kernel = norm.pdf((nodes[None, :] - (1.0 - WEIGHT) * nodes[:, None]) / WEIGHT) * weights[None, :] / WEIGHT
    lengths = np.linalg.solve(np.eye(len(nodes)) - kernel, np.ones(len(nodes)))
    from_centre = 1.0 + float(norm.pdf(nodes / WEIGHT) / WEIGHT * weights @ lengths)
    assert from_centre == pytest.approx(500.0, rel=0.01)


def test_ewma_chart_sees_a_small_shift_that_single_values_do_not() -> None:
    values = np.random.default_rng(3).normal(size=60) * 0.9
    values[30:] += 1.0
    points = ewma(values.tolist(), UNIT)
    assert not any(point.beyond for point in points[:30])
    assert any(point.beyond for point in points[30:45])
    assert not any(1 in rules for rules in violations(values.tolist(), UNIT)[:45])
    spread = np.std([ewma([*row], UNIT)[-1].mean for row in np.random.default_rng(5).normal(size=(4000, 3))])
    assert (points[2].upper - points[2].lower) / 2.0 / WIDTH == pytest.approx(spread, rel=0.03)
    with pytest.raises(ValueError, match="weight 0"):
        ewma([1.0], UNIT, weight=0.0)
