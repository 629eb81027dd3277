"""The casting shop: its laws, from the cause to the tag and the figure."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from plants.casting import Casting, laws
from plants.casting.foundry import InductionFurnace
from plants.casting.mould import Printers
from twin.lab.experiment import replicate
from twin.lab.ledger_tally import line_figures
from twin.model.simulation import Simulation

DAYS = 12.0


def figures(**parameters: float) -> dict[str, float]:
    """Return the mean figures of two runs."""
    runs = [
        line_figures(replicate(Casting(**parameters), seed=seed, days=DAYS, warmup_days=2.0))
        for seed in (1, 2)
    ]
    return {name: sum(run[name] for run in runs) / len(runs) for name in runs[0]}


@cache
def usual() -> dict[str, float]:
    return figures()


@pytest.mark.parametrize(
    ("changes", "figure", "least"),
    [
        ({"sand_trip": 0.5}, "availability", 0.05),  # printers wait less for sand
        ({"design_time": 40.0}, "availability", -0.05),  # and for files
        ({"failures": 5.0, "repair": 3.0}, "availability", -0.05),
        ({"packing": 50.0}, "effectiveness", 0.04),  # fuller boxes
        ({"micro_stops": 5.0}, "effectiveness", -0.03),
        ({"sigma": 1.5}, "defect_rate", 0.02),
        ({"rough": 3.0}, "defect_rate", 0.01),
        ({"slag": 4.0}, "defect_rate", 0.01),
        ({"melt_energy": 650.0}, "specific_energy", 120.0),
        ({"holding": 1200.0}, "specific_energy", 60.0),
        ({"hall": 400.0}, "specific_energy", 150.0),
    ],
)
def test_a_figure_answers_to_its_mechanism(changes: dict[str, float], figure: str, least: float) -> None:
    change = figures(**changes)[figure] - usual()[figure]
    assert change > least if least > 0 else change < least


def test_core_strength_goes_with_binder_and_suffers_from_damp_and_clogging() -> None:
    usual = laws.core_strength(1.8, 25.0, 43.0, 0.2)
    assert 1.4 < usual < 2.0  # normal band, sheet 9.4
    assert laws.core_strength(1.5, 25.0, 43.0, 0.2) == pytest.approx(usual * 1.5 / 1.8)
    assert laws.core_strength(1.8, 25.0, 65.0, 0.2) < 0.9 * usual
    assert laws.core_strength(1.8, 25.0, 43.0, 2.0) < 0.85 * usual
    assert laws.breakage(1.0) > 10 * laws.breakage(1.6)


def test_gas_holes_come_from_binder_and_dirty_sand_and_misruns_from_cold_metal() -> None:
    gas = laws.gas_evolution(1.8, 1.7, 34.0)
    assert gas < 12.0  # normal band
    assert laws.gas_evolution(1.8, 2.8, 34.0) > 1.2 * gas
    assert laws.porosity(gas + 3.0, 1370.0) > 20 * laws.porosity(gas, 1370.0)
    assert laws.misrun(1310.0) > 0.8 > 0.01 > laws.misrun(1380.0)
    assert laws.off_chemistry(4.35, 0.0425) < 1e-6 < 0.5 < laws.off_chemistry(4.62, 0.0425)


def running(seed: int = 1) -> tuple[Simulation, dict[str, Any]]:
    simulation = Simulation(Casting(), seed=seed, start=datetime(2026, 1, 5, tzinfo=UTC), telemetry=False)
    return simulation, {unit.name: unit for unit in simulation.line.units}


def test_a_cold_tap_is_seen_in_the_mould_and_scrapped_at_inspection() -> None:
    """Cause to effect: thermocouples off by 60 K, metal 60 K colder in the mould, scrap booked where it was poured."""
    scrap = {}
    for error in (0.0, 60.0):
        simulation, units = running()
        for name in ("furnace_1", "furnace_2"):
            furnace = units[name]
            assert isinstance(furnace, InductionFurnace)
            furnace.misread = error
        simulation.advance(6 * 86_400.0)
        scrap[error] = units["pouring"].scrapped
        assert units["pouring"].pouring_temperature == pytest.approx(1370.0 - error, abs=50.0)
    assert scrap[60.0] > 5 * scrap[0.0]


def test_magnesium_fades_while_a_charge_is_held() -> None:
    simulation, units = running()
    furnace: InductionFurnace = units["furnace_1"]
    furnace.magnesium = 0.05
    furnace.held(3600.0)
    assert furnace.magnesium == pytest.approx(0.045)
    assert simulation.line.pacing == "printing"


def test_each_job_is_one_of_a_kind() -> None:
    """Jobs differ in castings and mass; together they are the box that was packed."""
    simulation, units = running()
    printers: Printers = units["printing"]
    simulation.advance(2 * 86_400.0)
    jobs = [part.traits for part in printers._holds]
    assert len({(job.castings, job.mass) for job in jobs}) == len(jobs)
    assert all(
        part.quantity == pytest.approx(part.traits.castings * part.traits.mass) for part in printers._holds
    )


def test_lead_time_is_days() -> None:
    """A job takes days from its release to its last inspection (sheet 9.1: ten, with the order's wait)."""
    simulation, _ = running()
    simulation.advance(8 * 86_400.0)
    line = simulation.line
    throughput = line.line_unit.processed / (8 * 86_400.0)
    inside = sum(part.quantity for station in line.stations for part in station.inbox.items)  # type: ignore[attr-defined]
    assert inside / throughput > 0.2 * 86_400.0
