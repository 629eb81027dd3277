"""The potline's upgrades: live, each on its own mechanism, loops that earn their gain from tags alone."""

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pytest

from plants.aluminium import Aluminium
from plants.aluminium.line import QUALITY_COST, Potline
from plants.aluminium.upgrades import UPGRADES
from twin.lab.closed_loop import ClosedLoop
from twin.model.simulation import Simulation

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR, DAY = 3600.0, 86_400.0
HIGH = 3.0
# so that half a day shows it
OFTEN = {
    "sick_pot_interval": 50.0,
    "bad_anode_sets": 20.0,
    "feeder_blockages": 1.0,
    "handling_off_grade": 8.0,
}


def simulate(plant: Aluminium) -> tuple[Simulation, Potline]:
    simulation = Simulation(plant, seed=1, start=START, telemetry=False)
    assert isinstance(simulation.line, Potline)
    return simulation, simulation.line


def lived(plant: Aluminium, hours: float = 12.0) -> dict[str, float]:
    """Return what the mechanisms did over `hours`; events as the mean number present over the last readings."""
    simulation, line = simulate(plant)
    blocked, sick, attacked = [], [], []
    for _ in range(round(hours)):
        simulation.advance(HOUR)
        blocked.append(line.blocked.active.sum())
        sick.append(line.sick.active.sum())
        attacked.append(line.attacked.active.sum())
    on = line.cells.on > 0
    ledger = simulation.ledger()
    return {
        "alumina_spread": float(line.cells.alumina[on].std()),
        "temperature_spread": float(line.cells.temperature[on].std()),
        "alf3_spread": float(line.cells.alf3[on].std()),
        "blocked": float(np.mean(blocked)),
        "sick": float(np.mean(sick)),
        "exposed": float(np.mean(attacked)),
        "bad_sets": line.anode_change.reworked,
        "off_grade": line.line_unit.reworked,
        "labour": ledger["line"]["labour_hours"],
        "auxiliaries": ledger["line"]["energy/electricity/execute"],
        "price": line.line_unit.prices["electricity"],  # type: ignore[attr-defined]
    }


@pytest.fixture(scope="module")
def usual() -> dict[str, float]:
    return lived(Aluminium(**OFTEN))


def test_every_upgrade_can_be_switched_on_the_running_line() -> None:
    simulation, _ = simulate(Aluminium())
    assert [(one.key, one.live) for one in simulation.declaration.upgrades] == [
        (upgrade.key, True) for upgrade in UPGRADES
    ]


def test_without_strength_nothing_changes() -> None:
    """Every upgrade at 0, loops closed: the ledger is the one of the line without any."""
    none, _ = simulate(Aluminium())
    zero, _ = simulate(Aluminium().with_upgrades({upgrade.key: 0.0 for upgrade in UPGRADES}))
    none.advance(3 * HOUR)
    ClosedLoop(zero).advance(3 * HOUR)
    assert zero.ledger() == none.ledger()


def test_dials_turned_at_the_start_are_the_line_built_so() -> None:
    """Disturbances, events, crews and meters: the same draws, the same state after half a day."""
    strengths = {upgrade.key: HIGH for upgrade in UPGRADES}
    built, line = simulate(Aluminium().in_force(strengths))
    switched, other = simulate(Aluminium())
    values = Aluminium().in_force(strengths).configuration()
    for name, turn in other.dials.items():
        turn(values[name])
    for simulation in (built, switched):
        simulation.advance(12 * HOUR)
    for name in ("estimate", "alf3", "heat"):
        expected = getattr(line.conditions, name).values
        assert getattr(other.conditions, name).values == pytest.approx(expected, rel=1e-9)
    assert (other.blocked.count, other.sick.count) == (line.blocked.count, line.sick.count)
    assert other.anode_change.reworked == line.anode_change.reworked
    assert other.cells.temperature.mean() == pytest.approx(line.cells.temperature.mean(), abs=0.1)
    assert other.cells.alumina.std() == pytest.approx(line.cells.alumina.std(), abs=0.02)
    one, two = built.ledger(), switched.ledger()
    for unit in ("line", "alumina_supply", "caster"):
        electricity = [
            sum(value for key, value in page[unit].items() if key.startswith("energy/"))
            for page in (one, two)
        ]
        assert electricity[1] == pytest.approx(electricity[0], rel=1e-9)
    assert two["line"]["labour_hours"] == pytest.approx(one["line"]["labour_hours"], rel=1e-12)
    assert switched.line.line_unit.rates() == built.line.line_unit.rates()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("key", "figures"),
    [
        ("soft_sensor", {"alumina_spread": 0.5}),
        ("anode_currents", {"blocked": 0.7, "exposed": 0.7}),
        ("alf3_control", {"temperature_spread": 0.8, "alf3_spread": 0.7}),
        ("sick_pots", {"sick": 0.8}),
        ("unmanned_cranes", {"labour": 0.801, "bad_sets": 0.7}),
        ("tap_planning", {"off_grade": 0.93}),
    ],
)
def test_upgrade_moves_its_own_mechanism(
    key: str, figures: dict[str, float], usual: dict[str, float]
) -> None:
    """At high strength, with the same random numbers: below the given share of the usual figure."""
    found = lived(Aluminium(**OFTEN).with_upgrades({key: HIGH}))
    assert {name: found[name] / usual[name] < share for name, share in figures.items()} == dict.fromkeys(
        figures, True
    ), {name: found[name] / usual[name] for name in figures}


def test_price_and_auxiliaries_follow_their_upgrades(usual: dict[str, float]) -> None:
    """5 % off the price; the fans' 15 % off what is metered at the line."""
    both = {"power_trading": HIGH, "energy_management": HIGH}
    found = lived(Aluminium(**OFTEN).with_upgrades(both), hours=1.0)
    assert found["price"] == pytest.approx(0.95 * usual["price"])
    assert found["auxiliaries"] * 12.0 == pytest.approx(0.85 * usual["auxiliaries"])


def closed(keys: tuple[str, ...], days: float) -> Potline:
    simulation, line = simulate(Aluminium().with_upgrades(dict.fromkeys(keys, HIGH)))
    loop = ClosedLoop(simulation)
    loop.advance(days * DAY)
    assert loop.refused == 0
    return line


def test_voltage_falls_until_the_coldest_cells_reach_their_limit_and_no_further() -> None:
    """From 5.7 K towards 5 K; where the baths scatter less there is room for more, and noise is its price."""
    alone = closed(("voltage_control",), 1.5)
    together = closed(("voltage_control", "alf3_control"), 1.5)
    voltage: Callable[[Potline], float] = lambda line: float(line.cells.voltage_setpoint.mean())  # noqa: E731
    assert 3.97 < voltage(together) < voltage(alone) - 0.005 < 4.01 - 0.010
    for line in (alone, together):
        assert 4.0 < line.potroom.tails[0].mean() < 6.5
        assert line.cells.noise.mean() > 15.5
    assert together.cells.alf3_target.std() > 0.0, "each section doses by its own baths"


def test_quality_costs_what_it_did_at_the_usual_defect_rate() -> None:
    """3 % of 8,000 CNY/t at 6 % off grade."""
    assert pytest.approx(240.0) == QUALITY_COST * 0.06
