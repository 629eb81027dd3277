"""Upgrades: how strong, how they combine, what a plant becomes with them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.model.upgradable import Upgradable
from twin.model.introduction import Introduction
from twin.model.plant import ParameterError
from twin.model.upgrade import Change, Function, Paradigm, Upgrade, authority, combined, level


def upgrade(**options: object) -> Upgrade:
    given: dict[str, object] = {
        "key": "faster", "title": "Faster", "paradigm": Paradigm.NETWORKED, "function": Function.PROCESS,
        "mechanism": "Cycles take less long.", "changes": (Change("cycle", 0.9, 0.8, 0.5),), "one_off": 1.0,
        "running": 0.0, "source": "est.",
    }  # fmt: skip
    return Upgrade(**given | options)  # type: ignore[arg-type]


def test_strength_goes_from_nothing_over_the_columns_of_the_data_sheet() -> None:
    change = Change("cycle", 0.9, 0.8, 0.5)
    assert [change.factor(strength) for strength in (0, 1, 2, 3)] == [1.0, 0.9, 0.8, 0.5]
    assert change.factor(2.5) == pytest.approx(0.65)
    assert [authority(strength) for strength in (0, 1, 2, 3)] == [0.0, 0.4, 0.7, 1.0]
    assert (level("low"), level("high"), level("1.5")) == (1.0, 3.0, 1.5)


@pytest.mark.parametrize("text", ["4", "-1", "nan", "strong"])
def test_level_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write low, mid, high"):
        level(text)


def test_measures_on_one_parameter_multiply_up_to_the_strongest_column() -> None:
    one, two = (Change("repair", 0.9, 0.8, 0.7),), (Change("repair", 0.95, 0.9, 0.6),)
    assert combined([(one, 2.0), (two, 2.0)]) == {"repair": pytest.approx(0.72)}
    assert combined([(one, 3.0), (two, 3.0)]) == {"repair": 0.6}
    rising = (Change("detection", 1.1, 1.2, 1.25),)
    assert combined([(rising, 3.0), (rising, 3.0)]) == {"detection": 1.25}


@given(
    st.lists(
        st.tuples(st.floats(0.05, 1.0), st.floats(0.05, 1.0), st.floats(0.05, 1.0)), min_size=1, max_size=4
    ),
    st.floats(0, 3),
)
def test_more_strength_never_does_less(factors: list[tuple[float, float, float]], strength: float) -> None:
    measures = [(Change("x", *sorted(three, reverse=True)),) for three in factors]
    weak = combined((changes, strength / 2.0) for changes in measures)["x"]
    strong = combined((changes, strength) for changes in measures)["x"]
    assert strong <= weak + 1e-12 <= 1.0 + 1e-12


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"changes": ()}, "changes nothing"),
        ({"mechanism": " "}, "say what it changes"),
        ({"source": ""}, "where that is from"),
        ({"paradigm": Paradigm.DIGITAL}, "baseline"),
        ({"one_off": -1.0}, "one_off"),
        ({"ramp": math.inf}, "ramp"),
        ({"changes": (Change("a", 0.9, 0.8, 0.7),) * 2}, "changes a parameter twice"),
    ],
)
def test_upgrade_that_makes_no_sense_is_refused(options: dict[str, object], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        upgrade(**options)


@pytest.mark.parametrize(
    "factors", [(0.8, 0.9, 0.7), (1.1, 0.9, 0.8), (0.9, 0.8, -0.1), (0.9, math.nan, 0.7)]
)
def test_change_that_turns_back_is_refused(factors: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="change of cycle"):
        Change("cycle", *factors)


def test_plant_in_force_has_the_changed_parameters_and_keeps_what_is_installed() -> None:
    plant = Upgradable(cycle=10.0).with_upgrades({"faster": 2.0})
    assert plant.cycle == 10.0
    assert plant.in_force(dict(plant.installed)).cycle == 8.0
    assert plant.in_force({}) is plant
    assert plant.configuration() == Upgradable(cycle=10.0).configuration()


def test_unknown_upgrade_and_foreign_parameter_are_refused_by_name() -> None:
    with pytest.raises(ParameterError, match="has no upgrade 'better'; it has: faster, colder"):
        Upgradable().with_upgrades({"better": 1.0})
    with pytest.raises(ParameterError, match="outside its physical range"):
        Upgradable(cycle=1.0).with_upgrades({"faster": 3.0})


def test_introduction_in_force_changes_its_numbers_only() -> None:
    plan = Upgradable().introduction_in_force({"colder": 3.0})
    assert plan is not None
    assert (plan.build, plan.run, plan.trials) == (1.0, 1.0, 4.0)


@pytest.mark.parametrize(
    "wrong", [{"trials": 0.5}, {"fixed": -1.0}, {"blindness": math.nan}, {"spread": 0.0}]
)
def test_introduction_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    sound = {"fixed": 4.0, "trials": 4.0, "build": 2.0, "run": 1.0, "analyse": 1.0}
    with pytest.raises(ValueError, match=f"introduction: {next(iter(wrong))}"):
        Introduction(subject="a cake", recipe="cycle", source="est.", **sound | wrong)  # type: ignore[arg-type]
