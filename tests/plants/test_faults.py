"""Every fault of every plant does what it states, and passes when it is mended."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from twin.discovery import discover
from twin.lab.fault_trial import FaultBench
from twin.model.fault import FIGURES

PLANTS = discover()


@cache
def bench(plant: str) -> FaultBench:
    """Return the bench of a plant: its undisturbed run is shared by the tests of its faults."""
    return FaultBench(PLANTS[plant]())


def faults() -> Iterator[Any]:
    """Yield plant, unit and key of every fault; the tests of one plant stay in one worker."""
    for plant in PLANTS:
        try:
            declared = bench(plant).faults
        except Exception:  # noqa: BLE001 - a plant that cannot be built fails the test above, not all tests
            continue
        for fault in declared:
            name = f"{plant}-{fault.unit.name}-{fault.key}"
            yield pytest.param(
                plant, fault.unit.name, fault.key, id=name, marks=pytest.mark.xdist_group(f"faults {plant}")
            )


@pytest.mark.parametrize("plant", PLANTS)
def test_plant_declares_at_least_four_faults_that_show_on_tags_and_figures(plant: str) -> None:
    declared = bench(plant).faults
    assert len(declared) >= 4, (
        f"{plant} declares {len(declared)} faults of its industry; at least four are needed"
    )
    for fault in declared:
        assert any(effect.subject not in FIGURES for effect in fault.effects), (
            f"{fault.key}: no effect on a tag"
        )
    assert any(effect.subject in FIGURES for fault in declared for effect in fault.effects), plant


@pytest.mark.parametrize(("plant", "unit", "key"), list(faults()))
def test_fault_does_what_it_states(plant: str, unit: str, key: str) -> None:
    trial = bench(plant).trial(unit, key)
    missed = [
        f"{outcome.effect.subject}: stated {outcome.effect.change:+g} {outcome.unit}, measured {outcome.change:+.4g}"
        for outcome in trial.outcomes
        if not outcome.held
    ]
    assert not missed
    assert trial.cleared, "the fault is still told after its reset, or was not told at its injection"
    assert trial.mended, (
        "struck and reset at once it still has its effect: `mend` does not take `strike` back"
    )
    assert trial.imbalance <= 1e-9
