"""The survey's table is the arithmetic of its projects: checked on projects made by hand."""

import math

import pytest

from twin.kpi.headline import HEADLINES
from twin.lab.project_draw import Project
from twin.lab.survey import Outcome
from twin.lab.survey_table import by_plant, stratified_mean, table

KINDS = {"press": "discrete", "cell": "process"}


def made(plant: str, **changes: float) -> Outcome:
    """A project in which each figure is 100 before; one that is not named does not move."""
    before = {headline.name: 100.0 for headline in HEADLINES}
    after = {name: value * (1.0 + changes.get(name, 0.0)) for name, value in before.items()}
    return Outcome(Project(1, plant, 1, {}, {}), before, after, 1.0)


PROJECTS = [
    *(made("press", productivity=change, defect_rate=-change) for change in (0.1, 0.2, 0.3, 0.4)),
    *(made("cell", productivity=change, defect_rate=change) for change in (0.0, 0.1)),
]


def test_every_plant_counts_the_same_however_many_projects_it_has() -> None:
    row = next(row for row in table(PROJECTS, KINDS) if row.name == "productivity")
    assert row.mean.mean == pytest.approx(0.15)  # of 0.25 and 0.05
    assert (row.count, row.published) == (6, 0.34)
    assert row.weighted == pytest.approx(0.65 * 0.25 + 0.35 * 0.05)


def test_interval_follows_from_the_spread_inside_the_plants() -> None:
    parts = 0.25 * (0.05 / 3) / 4, 0.25 * 0.005 / 2  # weights squared x variance / number
    degrees = sum(parts) ** 2 / (parts[0] ** 2 / 3 + parts[1] ** 2 / 1)
    found = stratified_mean([[0.1, 0.2, 0.3, 0.4], [0.0, 0.1]], [0.5, 0.5])
    assert 2.0 < degrees < 4.0
    assert found.half_width == pytest.approx(math.sqrt(sum(parts)) * 3.0, rel=0.15)  # t(0.975, 3.1) = 3.13
    assert found.mean == pytest.approx(0.15)


def test_quantiles_and_improved_share_are_weighted_alike() -> None:
    """A project of the press weighs an eighth, one of the cell a quarter."""
    rows = {row.name: row for row in table(PROJECTS, KINDS)}
    row = rows["productivity"]
    assert (row.low, row.median, row.high) == pytest.approx((0.0, 0.1, 0.4))
    assert row.improved == pytest.approx(0.75)  # a change of nothing is none
    assert rows["defect_rate"].improved == pytest.approx(0.5)


def test_figure_that_did_not_move_is_known_exactly() -> None:
    row = next(row for row in table(PROJECTS, KINDS) if row.name == "rd_period")
    assert (row.mean.mean, row.mean.half_width, row.improved) == (0.0, 0.0, 0.0)


def test_undefined_changes_are_left_out_and_counted() -> None:
    broken = Outcome(PROJECTS[0].project, {**PROJECTS[0].before, "defect_rate": 0.0}, PROJECTS[0].after, 1.0)
    rows = {row.name: row for row in table([broken, *PROJECTS[1:]], KINDS)}
    assert (rows["defect_rate"].count, rows["productivity"].count) == (5, 6)


def test_weighting_by_kind_needs_both() -> None:
    rows = table(PROJECTS[:4], KINDS)
    assert all(math.isnan(row.weighted) for row in rows)


def test_plants_have_their_own_means() -> None:
    found = by_plant(PROJECTS)
    assert found["press"]["productivity"].mean == pytest.approx(0.25)
    assert found["cell"]["productivity"].half_width == pytest.approx(12.706 * 0.05, rel=1e-3)


def test_no_projects_give_no_table() -> None:
    with pytest.raises(ValueError, match="at least one project"):
        table([], KINDS)
