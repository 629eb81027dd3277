"""Recipes: bad ones are refused with a remedy, a batch record adds up."""

import pytest

from twin.model.batch import Batch, Operation, Phase, Recipe, Recurrence, UnitProcedure


def procedure(*phases: Phase) -> UnitProcedure:
    return UnitProcedure(name="BREW", operations=(Operation(name="ALL", phases=phases),))


def test_phases_are_those_of_all_operations_in_sequence() -> None:
    first, second = Phase(name="HEAT", duration=60.0), Phase(name="HOLD", duration=30.0)
    brew = UnitProcedure(
        name="BREW",
        operations=(Operation(name="A", phases=(first,)), Operation(name="B", phases=(second,))),
    )
    assert brew.phases == (first, second)
    assert brew.duration() == 90.0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"name": " "}, "name"),
        ({"name": "HEAT", "duration": -1.0}, "duration"),
        ({"name": "HEAT", "duration": float("inf")}, "duration"),
        ({"name": "HEAT", "duration": 9.0, "longest": 8.0}, "longest"),
    ],
)
def test_impossible_phase_is_refused(options: dict[str, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Phase(**options)  # type: ignore[arg-type]


def test_phase_that_recurs_before_it_ends_is_refused() -> None:
    with pytest.raises(ValueError, match="STIR"):
        Recurrence(phase=Phase(name="STIR", duration=60.0), every=60.0)


def test_empty_procedures_are_refused() -> None:
    with pytest.raises(ValueError, match="phase"):
        Operation(name="NOTHING", phases=())
    with pytest.raises(ValueError, match="operation"):
        UnitProcedure(name="NOTHING", operations=())


def test_recipe_knows_its_procedures_by_name() -> None:
    brew = procedure(Phase(name="HEAT"))
    recipe = Recipe("ale", (brew,))
    assert recipe["BREW"] is brew
    with pytest.raises(KeyError, match="BREW"):
        recipe["PRESS"]
    with pytest.raises(ValueError, match="twice"):
        Recipe("ale", (brew, brew))


def test_record_adds_up_the_times_of_a_phase() -> None:
    """Of a phase that came twice both times count; of one that has not ended nothing."""
    batch = Batch("B-1", Recipe("ale", ()), 1.0)
    for time, event in ((0.0, "began"), (10.0, "ended"), (50.0, "began"), (55.0, "ended"), (90.0, "began")):
        batch.write(time, "kettle", "STIR", event)
    assert batch.lasted("STIR") == 15.0
    assert batch.lasted("HEAT") == 0.0
