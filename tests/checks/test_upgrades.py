"""Upgrades that do not fit their plant are told with field and remedy."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.edge.drifting import Drifting
from tests.model.upgradable import Upgradable
from twin.checks.upgrades import check_upgrades
from twin.discovery import discover
from twin.model.plant import Plant
from twin.model.simulation import Simulation
from twin.model.upgrade import Change, Upgrade

START = datetime(2026, 1, 5, tzinfo=UTC)


def findings(plant: Plant) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    simulation = Simulation(plant, seed=1, start=START)
    check_upgrades(plant, simulation, lambda field, problem, remedy: found.append((field, problem)))
    return found


def with_upgrades(base: type[Plant], *upgrades: Upgrade) -> Plant:
    made = type("Made", (base,), {"upgrades": lambda self: upgrades})
    plant: Plant = made()
    return plant


@pytest.mark.parametrize("name", sorted(discover()))
def test_every_plant_states_upgrades_that_fit_and_can_be_switched_live(name: str) -> None:
    """Mechanisms of all three kinds, an introduction, and a dial for every parameter that is changed."""
    plant = discover()[name]()
    simulation = Simulation(plant, seed=1, start=START)
    found: list[str] = []
    check_upgrades(plant, simulation, lambda *texts: found.append(": ".join(texts)))
    assert found == []
    assert [upgrade.key for upgrade in simulation.declaration.upgrades if not upgrade.live] == []
    upgrades = plant.upgrades()
    assert len(upgrades) >= 7
    assert any(upgrade.loops for upgrade in upgrades)
    assert any(upgrade.introduction for upgrade in upgrades)
    assert plant.introduction() is not None


def test_upgrade_of_a_parameter_that_is_none_is_told() -> None:
    faster, _ = Upgradable().upgrades()
    wrong = replace(faster, changes=(Change("speed", 0.9, 0.8, 0.7),))
    assert findings(with_upgrades(Upgradable, wrong))[0] == (
        "upgrade faster at low",
        "plant upgradable: an upgrade changes 'speed', which is no parameter of it",
    )


def test_upgrade_that_leaves_the_range_is_told_at_its_level() -> None:
    faster, _ = Upgradable().upgrades()
    wrong = replace(faster, changes=(Change("cycle", 0.9, 0.5, 0.01),))
    (field, problem), *_ = findings(with_upgrades(Upgradable, wrong))
    assert field == "upgrade faster at high"
    assert "outside its physical range" in problem


def test_two_upgrades_of_one_key_are_told() -> None:
    faster, _ = Upgradable().upgrades()
    assert ("upgrades()", "two upgrades are called 'faster'") in findings(
        with_upgrades(Upgradable, faster, faster)
    )


def test_loop_on_tags_that_are_not_there_or_not_writable_is_told() -> None:
    (upgrade,) = Drifting().upgrades()
    (loop,) = upgrade.loops
    lost = replace(upgrade, loops=(replace(loop, inputs={"measured": "lathe/width"}),))
    assert findings(with_upgrades(Drifting, lost))[0][1] == "the line has no tag lathe/width"
    deaf = replace(upgrade, loops=(replace(loop, outputs={"offset": "lathe/dimension"}),))
    assert findings(with_upgrades(Drifting, deaf))[0][1] == "lathe/dimension cannot be written"
    unknown = replace(upgrade, loops=(replace(loop, kind="magic"),))
    assert "magic" in findings(with_upgrades(Drifting, unknown))[0][1]
