"""Projects are drawn with their seed, inside their distributions, and as many of each plant as pay best."""

import dataclasses
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from twin.discovery import discover
from twin.lab.project_draw import ADOPTION, STRENGTH, TRAITS, Project, allocate, draw
from twin.model.upgrade import Paradigm

BENCH: Any = discover(Path(__file__).parents[1] / "toy_upgrades", package="no_such_package")["bench"]()
PLANTS = discover()


def some(count: int, seed: int = 1) -> list[Project]:
    return draw([PLANTS["stamping"]()], {"stamping": count}, seed=seed)


@pytest.fixture(scope="module")
def many() -> list[Project]:
    return some(400)


def test_draws_repeat_with_their_seed_and_differ_with_another() -> None:
    assert some(20) == some(20)
    assert some(20) != some(20, seed=2)


def test_more_projects_leave_the_first_ones_as_they_were() -> None:
    assert some(30)[:20] == some(20)


def test_factors_are_lognormal_with_the_stated_spread_and_one_trait_moves_together(
    many: list[Project],
) -> None:
    plant = PLANTS["stamping"]()
    scattered = np.log([project.factors["sigma"] for project in many])
    assert scattered.mean() == pytest.approx(0.0, abs=4 * 0.15 / math.sqrt(400))
    assert scattered.std() == pytest.approx(0.15, rel=0.12)
    first = many[0]
    assert first.factors["staff"] == first.factors["base_load"] != first.factors["sigma"]
    assert first.before(plant).configuration()["staff"] == pytest.approx(11 * first.factors["staff"])
    assert set(first.factors) == {"failures", "sigma", "special_events", "handling", "staff", "base_load"}


def test_upgrades_are_adopted_as_often_as_their_paradigm_says_and_three_at_least(many: list[Project]) -> None:
    """The rule of three hardly shows where there are a dozen."""
    paradigms = {one.key: one.paradigm for one in PLANTS["stamping"]().upgrades()}
    drawn = many
    for paradigm in (Paradigm.NETWORKED, Paradigm.INTELLIGENT):
        keys = [key for key, of in paradigms.items() if of is paradigm]
        share = sum(key in one.strengths for one in drawn for key in keys) / len(keys) / len(drawn)
        assert share == pytest.approx(ADOPTION[paradigm], abs=0.04)
    assert min(len(one.strengths) for one in drawn) >= 3


def test_strengths_are_triangular(many: list[Project]) -> None:
    values = [strength for project in many for strength in project.strengths.values()]
    assert min(values) >= STRENGTH[0]
    assert max(values) <= STRENGTH[2]
    assert np.mean(values) == pytest.approx(sum(STRENGTH) / 3.0, abs=0.03)


def test_plant_with_few_upgrades_buys_all() -> None:
    drawn = draw([BENCH], {"bench": 5}, seed=1)
    assert all(set(one.strengths) == {"robot", "cutter", "camera"} for one in drawn)


def test_factor_stops_at_the_physical_range() -> None:
    plant = dataclasses.replace(PLANTS["stamping"](), failures=4.9)
    project = Project(1, "stamping", 1, {"failures": 1.5}, {})
    assert project.before(plant).configuration()["failures"] == 5.0


@pytest.mark.parametrize("name", PLANTS)
def test_every_plant_differs_in_scatter_and_size(name: str) -> None:
    """What is found by name must be found: a renamed parameter would silently be left alone."""
    plant = PLANTS[name]()
    found = {trait.name: trait.parameters(plant) for trait in TRAITS}
    assert found["scatter"]
    assert "staff" in found["size of the site"]
    assert found["special events"] or found["handling"]
    assert sum(len(names) for names in found.values()) == len(
        {name for names in found.values() for name in names}
    )


@pytest.mark.parametrize("projects", [20, 21, 57, 308])
def test_projects_are_spread_by_cost_and_none_is_lost(projects: int) -> None:
    costs = {str(place): 1.0 + place for place in range(9)} | {"dear": 400.0}
    counts = allocate(projects, costs)
    assert sum(counts.values()) == projects
    assert counts["dear"] == min(counts.values()) >= 2
    assert sorted(counts.values(), reverse=True) == list(counts.values())


def test_equal_costs_give_equal_numbers() -> None:
    assert set(allocate(30, dict.fromkeys("abc", 2.0)).values()) == {10}


def test_fewer_than_two_of_a_plant_are_refused() -> None:
    with pytest.raises(ValueError, match="5 projects are too few for 3 plants: at least 2 each, 6 in all"):
        allocate(5, dict.fromkeys("abc", 1.0))
