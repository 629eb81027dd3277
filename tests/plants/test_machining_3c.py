"""The CNC shop: the data sheet's figures, mechanisms that answer to their parameters."""

import functools
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from edge.alarm import AlarmWatch
from plants.machining_3c import Machining3c
from plants.machining_3c.characteristic import ProfileGroup
from twin.lab.experiment import replicate
from twin.lab.ledger_tally import line_figures
from twin.model.frame import Frame
from twin.model.plant import ParameterError
from twin.model.simulation import Simulation
from twin.packing import pack, unpack

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday, 08:00 in China
HOUR = 3600.0
DAY = 24 * HOUR


def shop(seed: int = 1, **parameters: float) -> Simulation:
    return Simulation(Machining3c(**parameters), seed=seed, start=START, telemetry=False)


def unit(simulation: Simulation, name: str) -> Any:
    return next(unit for unit in simulation.line.units if unit.name == name)


def bottleneck(simulation: Simulation) -> ProfileGroup:
    group = unit(simulation, "cnc4")
    assert isinstance(group, ProfileGroup)
    return group


@functools.cache
def figures(days: float = 2.0, seed: int = 2, **parameters: float) -> dict[str, float]:
    """Run without telemetry; return the line's figures and counts, energies and rework by unit, from the ledger."""
    run = replicate(Machining3c(**parameters), seed=seed, days=days, warmup_days=0.5)
    assert run.balances["pieces"] == 0.0
    page = run.units["line"]
    found = line_figures(run) | {"processed": page["processed"], "labour": page["labour_hours"] / days}
    good = page["processed"] - page["scrapped"] - page["reworked"]
    for name, of_unit in run.units.items():
        used = sum(value for key, value in of_unit.items() if key.startswith("energy/"))
        found[f"{name}_energy"] = used / good
        found[f"{name}_rework"] = of_unit["reworked"] / page["processed"]
    found["idle_energy"] = sum(
        value for of_unit in run.units.values() for key, value in of_unit.items() if key.endswith("/idle")
    )
    found["machine_energy"] = sum(found[f"cnc{number}_energy"] for number in range(1, 7))
    return found


# -- the data sheet ------------------------------------------------------------------------------------------


def test_two_days_come_near_the_data_sheet() -> None:
    """A short run lies near the sheet; tests/plants/test_calibration.py holds long ones against it."""
    run = figures()
    assert run["availability"] == pytest.approx(0.82, abs=0.05)
    assert run["effectiveness"] == pytest.approx(0.80, abs=0.05)
    assert run["quality_ratio"] == pytest.approx(0.93, abs=0.04)
    assert run["specific_energy"] == pytest.approx(3.0, rel=0.08)
    assert run["labour"] == pytest.approx(20.0 * 7)


def test_energy_is_split_as_the_sheet_says() -> None:
    """6.3: cutting and axes 1.45, coolant, mist and air 0.75, ventilation and light 0.5, wash 0.3 kWh a frame."""
    run = figures()
    assert run["machine_energy"] == pytest.approx(1.45, rel=0.08)
    assert run["media_energy"] == pytest.approx(0.75, rel=0.10)
    assert run["line_energy"] == pytest.approx(0.50, rel=0.10)
    assert run["wash_energy"] + run["inspection_energy"] == pytest.approx(0.30, rel=0.10)


def test_tags_of_the_data_sheet_are_there() -> None:
    """Section 6.4: each tag on its unit, with its limits."""
    declaration = Simulation(Machining3c(), seed=1, start=START).declaration
    limits = {
        (unit.name, tag.name): (tag.lolo, tag.lo, tag.hi, tag.hihi)
        for unit in declaration.units
        for tag in unit.tags
    }
    assert limits["cnc1", "spindle_load"] == (None, 5, 80, 100)
    assert limits["cnc4", "vibration_3"] == (None, None, 3.0, 4.5)
    assert limits["cnc4", "flank_wear_4"] == (None, None, 150, 200)
    assert limits["cnc2", "flank_wear"] == (None, None, 150, 200)
    assert limits["media", "coolant_concentration"] == (4, 5, 10, 12)
    assert limits["media", "coolant_temperature"] == (15, 18, 29, 32)
    assert limits["media", "air_pressure"] == (0.45, 0.50, 0.70, 0.75)
    assert limits["cnc4", "width"] == (-0.05, -0.05, 0.05, 0.05)
    assert limits["cnc1", "flatness"] == (None, None, 0.12, 0.15)
    assert limits["cnc6", "roughness"] == (None, None, 1.0, 1.2)
    assert limits["cnc5", "clamp_pressure"] == (3.5, 4.0, 6.0, 6.5)
    assert ("cnc4", "spindle_speed") in limits
    assert ("cnc4", "feed_rate") in limits
    assert declaration.pacing == "cnc4"
    assert sum(name == "vibration" for _, tag in limits for name in [tag.rsplit("_", 1)[0]]) == 24


# -- mechanisms that answer to their parameters ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "figure", "low", "high"),
    [
        ({"errands": 0.0}, "availability", 1.02, 1.12),
        ({"load_time": 12.0}, "processed", 1.01, 1.10),
        ({"feed": 0.95}, "effectiveness", 1.02, 1.10),
        ({"tool_change": 3.0}, "availability", 0.86, 0.985),
        ({"failures": 0.2, "hold_time": 10.0}, "availability", 1.02, 1.12),
        ({"cmm_share": 0.0}, "availability", 1.005, 1.08),
        ({"micro_stops": 5.0}, "effectiveness", 0.88, 0.985),
        ({"special_events": 0.0}, "defect_rate", 0.30, 0.70),
        ({"handling": 8.0}, "defect_rate", 1.25, 3.0),
        ({"sigma": 0.75}, "defect_rate", 0.50, 0.92),
        ({"detection": 0.5}, "defect_rate", 0.50, 0.85),
        ({"second_look": 0.5}, "inspection_rework", 4.0, 30.0),
        ({"idle_power": 0.5}, "idle_energy", 0.45, 0.65),
        ({"air_leakage": 150.0}, "media_energy", 1.3, 2.2),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_figures_answer_to_their_mechanism(
    parameters: dict[str, float], figure: str, low: float, high: float
) -> None:
    """Each change moves its own figure, in its direction and order of magnitude."""
    assert low < figures(**parameters)[figure] / figures()[figure] < high


def test_eyes_that_see_less_let_more_through() -> None:
    """Inspectors that find half of the bad frames: the defect rate falls, and more of them escape."""
    escaped = []
    for detection in (0.85, 0.5):
        simulation = shop(seed=13, detection=detection)
        simulation.advance(2 * DAY)
        inspection = unit(simulation, "inspection")
        escaped.append(inspection.escaped / inspection.processed)
        assert inspection.false_rejects / inspection.processed == pytest.approx(0.075, abs=0.02)
    assert escaped[1] > 2.0 * escaped[0]


def test_model_change_sets_up_every_machine() -> None:
    """A model every 12 h: all groups are set up again and again, and the line tells so."""
    simulation = shop(seed=14, model_run=0.5, changeover=60.0)
    simulation.advance(2 * DAY)
    spent = simulation.line.line_unit.account()
    assert spent["seconds/resetting/changeover"] > HOUR
    products = {machine.set_up_for for machine in bottleneck(simulation).machines}
    assert products <= {"frame_a", "frame_b", "frame_c", "frame_d"}
    assert simulation.line.balances()["pieces"] == 0.0


# -- contract: determinism, alarms, parameters -----------------------------------------------------------------


def frames(cuts: list[float], seed: int = 7) -> list[Frame]:
    simulation = Simulation(Machining3c(), seed=seed, start=START)
    return [frame for cut in cuts for frame in simulation.advance(cut)]


def test_same_seed_same_frames_however_cut() -> None:
    whole = frames([3600.0])
    assert whole == frames([0.3, 59.7, 1000.1, 0.9, 2000.0, 539.0])
    assert whole != frames([3600.0], seed=8)


def test_ledger_does_not_depend_on_telemetry() -> None:
    pages = []
    for telemetry in (True, False):
        simulation = Simulation(Machining3c(), seed=5, start=START, telemetry=telemetry)
        simulation.advance(3 * HOUR)
        pages.append(simulation.ledger())
    for name, page in pages[0].items():
        assert page == pytest.approx(pages[1][name], rel=1e-9), name


def test_telemetry_and_alarms_are_few() -> None:
    """Half a day: fewer than 10 samples a second, fewer than 60 alarms."""
    simulation = Simulation(Machining3c(), seed=3, start=START)
    watch = AlarmWatch(simulation.declaration)
    base = np.cumsum([0, *(len(unit.tags) for unit in simulation.declaration.units)])
    alarms = samples = 0
    for _ in range(12):
        batch = unpack(pack(simulation.advance(HOUR), simulation.declaration.sources))
        samples += len(batch.value)
        events = watch.check(base[batch.sample_source] + batch.tag, batch.sample_ms, batch.value)
        alarms += sum(event.kind == "alarm" for event in events)
    assert samples / (12 * HOUR) < 10.0
    assert 0 < alarms < 60


@pytest.mark.parametrize(
    "parameters", [{"feed": 0.0}, {"errands": 0.9}, {"changeover": -1.0}, {"sigma": float("nan")}]
)
def test_bad_parameters_are_refused(parameters: dict[str, float]) -> None:
    with pytest.raises(ParameterError, match=next(iter(parameters))):
        Machining3c(**parameters)


@pytest.mark.parametrize("end", ["low", "high"])
def test_parameters_work_up_to_their_ends(end: str) -> None:
    """Each parameter alone at the end of its range: the line runs, and its balances close."""
    for name, parameter in Machining3c.parameters().items():
        simulation = shop(**{name: getattr(parameter, end)})
        simulation.advance(HOUR)
        assert simulation.line.balances()["pieces"] == 0.0, name
