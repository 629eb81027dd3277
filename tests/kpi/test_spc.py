"""Control charts: each of Nelson's rules fires at its last point and not one earlier; capability by hand."""

import pytest

from twin.kpi.spc import ControlLimits, capability, individuals, nelson

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
