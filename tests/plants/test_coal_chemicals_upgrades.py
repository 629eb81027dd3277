"""The measures of the coal-to-methanol plant: every dial turns its mechanism, and the loops earn what they are for."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from plants.coal_chemicals import CoalChemicals
from plants.coal_chemicals.line import Complex
from plants.coal_chemicals.upgrades import UPGRADES
from twin.lab.closed_loop import ClosedLoop
from twin.model.line_unit import LineUnit
from twin.model.simulation import Simulation

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR, DAY = 3600.0, 86_400.0
# Nothing breaks, no blend changes: what is left is the mechanism under test.
QUIET: dict[str, Any] = {
    "gasifier_trip": 20_000.0, "outages": 0.05, "blend_time": 0.1, "foaming": 1000.0, "burner_life": 200.0,
}  # fmt: skip


def simulate(
    *keys: str, strength: float = 2.0, seed: int = 4, quiet: bool = True, **parameters: float
) -> tuple[Simulation, Complex]:
    """Return the plant with the measures `keys` from the start."""
    plant = replace(CoalChemicals(), **((QUIET if quiet else {}) | parameters))
    plant = plant.with_upgrades(dict.fromkeys(keys, strength))
    simulation = Simulation(plant, seed=seed, start=START, telemetry=False)
    assert isinstance(simulation.line, Complex)
    return simulation, simulation.line


def write(simulation: Simulation, tag: str, value: float) -> None:
    put = simulation._writable[f"{simulation.line_path}/{tag}"].write
    assert put is not None
    put(value)


def state(line: Complex) -> dict[str, float]:
    """Return what the dials set, of the mechanisms."""
    unit, gasification = line.line_unit, line.gasification
    assert isinstance(unit, LineUnit)
    return {
        "sensor_sigma": line.gasifiers[1].sensor_sigma,
        "burner_life": line.gasifiers[1].burner_life,
        "lives": gasification._lives[0],
        "switch_time": gasification.switch,
        "blend_scatter": line.coal.blends,
        "ash_fusion_sigma": line.coal.sigma,
        "blend_load": line.plant.blend_load,
        "cleaning_scale": line.grey_water.cleaned_at,
        "steam_efficiency": line.boiler.turbine,
        "boiler_base": line.boiler.base,
        "base_load": unit.meters["electricity"].draw,
        "staff": unit.staff,
    }


def test_every_measure_can_be_switched_live() -> None:
    simulation, _ = simulate()
    upgrades = simulation.declaration.upgrades
    assert [upgrade.key for upgrade in upgrades] == [upgrade.key for upgrade in UPGRADES]
    assert all(upgrade.live for upgrade in upgrades)


def test_dials_turned_at_the_start_make_the_plant_that_is_built_with_them() -> None:
    """Every mechanism stands where the constructor puts it; what comes by chance is turned by its pace."""
    _, built = simulate(*(upgrade.key for upgrade in UPGRADES), quiet=False)
    simulation, turned = simulate(quiet=False)
    write(simulation, "line/upgrade_month", 0.0)
    for upgrade in UPGRADES:
        write(simulation, f"line/upgrade_{upgrade.key}", 2.0)
    simulation.advance(1.0)
    wanted, found = state(built), state(turned)
    assert wanted.pop("lives") == pytest.approx(found.pop("lives"), rel=0.02)
    assert found == pytest.approx(wanted)
    sections = [part.section for part in (turned.air, turned.shift, turned.wash, turned.synthesis)]
    assert [section.failure.pace for section in sections] == pytest.approx([0.70] * 4)
    assert [section.repair for section in sections] == pytest.approx([0.75] * 4)
    assert turned.gasification.repair == pytest.approx(0.75)
    assert turned.gasification.trip_pace == pytest.approx(0.70)
    assert turned.distillation.upset.lasting == pytest.approx(0.50)


def test_trips_come_at_the_pace_that_is_dialled() -> None:
    """At 70 % of the pace an hour takes 42 min off what is left until the next trip."""
    simulation, line = simulate()
    line.dials["gasifier_trip"](QUIET["gasifier_trip"] / 0.70)
    before = line.gasification._until_trip[0]
    simulation.advance(HOUR)
    assert before - line.gasification._until_trip[0] == pytest.approx(0.70 * HOUR, abs=60.0)


def test_ash_of_the_blends_differs_less() -> None:
    """The fusion point, by which the slag tap freezes, strays half as far with the same draws."""
    strays = []
    for keys in ((), ("coal_blending",)):
        _, line = simulate(*keys, strength=3.0)
        points = []
        for _ in range(1000):
            line.coal.step(HOUR)
            points.append(line.coal.fusion - line.plant.ash_fusion)
        strays.append(np.asarray(points))
    assert strays[0].std() > 5.0
    assert strays[1] == pytest.approx(0.5 * strays[0], abs=1e-6)


def test_blend_changes_cost_less_load() -> None:
    simulation, line = simulate("coal_blending", strength=3.0, quiet=False)
    line.coal._since = 0.0
    simulation.advance(600.0)
    assert line.coal.changing
    assert line.gasification.behind == pytest.approx(0.9175)


def test_trains_are_cleaned_sooner_and_carry_more() -> None:
    """In the mean over a quarter; cleanings are more, and what they cost is in the figure."""
    carried, cleaned = [], []
    for keys in ((), ("scale_cleaning",)):
        _, line = simulate(*keys, strength=3.0)
        water = line.grey_water
        shares = []
        for _ in range(90 * 144):
            water.step(600.0)
            shares.append(0.5 * (water.share(0) + water.share(1)))
        carried.append(np.mean(shares))
        cleaned.append(water.cleanings)
    assert carried[1] > carried[0] + 0.01
    assert cleaned[1] > cleaned[0]


def test_switch_takes_less_time() -> None:
    """From the ignition of the spare to the end of the switch."""
    lasted = []
    for keys in ((), ("auto_switch",)):
        simulation, line = simulate(*keys)
        simulation.advance(HOUR)
        line.gasification._begin_switch(0)
        lasted.append(line.gasification._switching / HOUR)
    assert lasted == pytest.approx([4.0, 2.2])


def test_base_loads_and_steam_need_less() -> None:
    used = []
    for keys in ((), ("steam_network", "energy_management")):
        simulation, _ = simulate(*keys)
        simulation.advance(6 * HOUR)
        pages = simulation.ledger()
        used.append(
            (pages["boiler"]["energy/fuel_coal/execute"], pages["line"]["energy/electricity/execute"])
        )
    assert used[1][0] < 0.98 * used[0][0]
    assert used[1][1] == pytest.approx(0.92 * used[0][1], rel=1e-6)


def test_upsets_of_the_columns_are_corrected_sooner() -> None:
    """The same upsets spoil less methanol."""
    spoiled = []
    for keys in ((), ("column_detection",)):
        simulation, _ = simulate(*keys, product_water_sigma=0.0, column_upsets=40.0)
        simulation.advance(DAY)
        spoiled.append(simulation.ledger()["distillation"]["reworked"])
    assert spoiled[1] < 0.75 * spoiled[0]


def test_fewer_people_are_paid_and_defects_cost_their_share() -> None:
    """At 1.2 % defects the quality part is 4 % of 620 CNY/t."""
    hours = []
    for keys in ((), ("remote_operation",)):
        simulation, _ = simulate(*keys)
        simulation.advance(HOUR)
        hours.append(simulation.ledger()["line"]["labour_hours"])
    assert hours[1] / hours[0] == pytest.approx(0.90)
    unit = simulate()[1].line_unit
    assert isinstance(unit, LineUnit)
    assert unit.defect_costs["quality"] * 0.012 / 0.988 == pytest.approx(0.04 * 620.0)


def test_gasifiers_and_module_wander_less_under_predictive_control() -> None:
    """The temperature keeps its mean; the module spends what it saves on coming nearer to 2."""
    tags = ("gasifier_1/temperature", "gasifier_2/temperature", "shift/module")
    rows = []
    for keys in ((), ("gasifier_control", "module_control")):
        run = ClosedLoop(simulate(*keys, strength=3.0, seed=5)[0])
        run.advance(16 * HOUR)
        read = [run.simulation.reader(tag) for tag in tags]
        seen = []
        for _ in range(360):
            run.advance(120.0)
            seen.append([float(one()) for one in read])
        rows.append(np.asarray(seen))
    usual, held = (table.std(axis=0) for table in rows)
    assert np.all(held[:2] < 0.85 * usual[:2])
    assert held[2] < usual[2]
    means = rows[1].mean(axis=0)
    assert means[:2] == pytest.approx([1320.0, 1320.0], abs=5.0)
    assert 2.0 < means[2] < 2.09
