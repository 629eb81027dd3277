"""The stamping plant: the contract, the data sheet's figures, mechanisms that answer to their parameters."""

import functools
from collections import Counter
from datetime import UTC, datetime

import numpy as np
import pytest

from edge.alarm import AlarmWatch
from plants.stamping import Stamping
from plants.stamping.press import force_deviation
from plants.stamping.sheet import CURRENT, CYCLE, STOP_TIME, VACUUM, VIBRATION
from twin.model.frame import Frame
from twin.model.plant import ParameterError
from twin.model.simulation import Simulation
from twin.packing import pack, unpack

START = datetime(2026, 1, 5, tzinfo=UTC)


def figures(seed: int, days: float, **parameters: float) -> dict[str, float]:
    """Run without telemetry and return the line figures from the ledger."""
    simulation = Simulation(Stamping(**parameters), seed=seed, start=START, telemetry=False)
    simulation.advance(days * 86_400.0)
    ledger = simulation.ledger()
    line = ledger["line"]
    production = line["seconds/execute/production"] + line.get("seconds/held/micro_stop", 0.0)
    defective = line["scrapped"] + line["reworked"]
    energy = sum(
        value for page in ledger.values() for key, value in page.items() if key.startswith("energy/")
    )
    errors = simulation.line.balances()
    assert errors["pieces"] == 0.0
    assert errors["time"] < 1e-9
    return {
        "availability": production / line["planned_busy_seconds"],
        "effectiveness": CYCLE * line["processed"] / production,
        "quality_ratio": 1.0 - defective / line["processed"],
        "defect_rate": defective / line["processed"],
        "specific_energy": energy / (line["processed"] - defective),
        "processed": line["processed"],
        "changeover": line["seconds/resetting/changeover"],
        "failure": line["seconds/aborted/failure"],
        "micro_stop": line["seconds/held/micro_stop"],
        "waiting": line.get("seconds/suspended/waiting", 0.0),
        "labour": line["labour_hours"] / days,
        "busy": line["planned_busy_seconds"] / days / 3600.0,
    }


@functools.cache
def baseline() -> dict[str, float]:
    return figures(2, 3.0)


def test_three_days_come_near_the_data_sheet() -> None:
    """A short run lies near the sheet; tests/plants/test_calibration.py holds long ones against it."""
    run = baseline()
    assert run["availability"] == pytest.approx(0.68, abs=0.07)
    assert run["effectiveness"] == pytest.approx(0.84, abs=0.015)
    assert run["quality_ratio"] == pytest.approx(0.965, abs=0.010)
    assert run["specific_energy"] == pytest.approx(1.05, rel=0.08)
    assert run["busy"] == pytest.approx(20.0)
    assert run["labour"] == pytest.approx(24.0 * 11)


@pytest.mark.parametrize(
    ("parameters", "figure", "factor"),
    [
        ({"changeover": 9.0}, "changeover", 0.65),
        ({"failures": 0.5}, "failure", 0.8),
        ({"micro_stops": 0.5}, "micro_stop", 0.75),
        ({"detection_delay": 10.0}, "defect_rate", 0.8),
        ({"sigma": 0.8}, "defect_rate", 0.9),
        ({"handling": 0.0}, "defect_rate", 0.96),
        ({"rack_trip": 60.0, "blank_trip": 300.0}, "waiting", 0.2),
    ],
    ids=["changeover", "failures", "micro_stops", "detection_delay", "sigma", "handling", "trips"],
)
def test_figures_answer_to_their_mechanism(parameters: dict[str, float], figure: str, factor: float) -> None:
    """Each improvement cuts its own loss at least to the factor, and nothing else is touched to get it."""
    base, better = baseline(), figures(2, 3.0, **parameters)
    assert better[figure] < factor * base[figure]


def frames(cuts: list[float], seed: int = 7) -> list[Frame]:
    simulation = Simulation(Stamping(), seed=seed, start=START)
    return [frame for cut in cuts for frame in simulation.advance(cut)]


def test_same_seed_same_frames_however_cut() -> None:
    """Two hours at once and in uneven pieces: the same frames; another seed: others."""
    whole = frames([7200.0])
    assert whole == frames([0.3, 59.7, 1000.1, 0.9, 3000.0, 3139.0])
    assert whole != frames([7200.0], seed=8)


def test_ledger_does_not_depend_on_telemetry() -> None:
    """States, counts and energy are the same with and without scanning."""
    pages = []
    for telemetry in (True, False):
        simulation = Simulation(Stamping(), seed=5, start=START, telemetry=telemetry)
        simulation.advance(4 * 3600.0)
        pages.append(simulation.ledger())
    for unit, page in pages[0].items():
        assert page == pytest.approx(pages[1][unit], rel=1e-9), unit


def test_alarms_are_few() -> None:
    """A day: fewer than 150 alarms raised or cleared, no tag raises more than 20."""
    simulation = Simulation(Stamping(), seed=3, start=START)
    watch = AlarmWatch(simulation.declaration)
    units = simulation.declaration.units
    base = np.cumsum([0, *(len(unit.tags) for unit in units)])
    raised: Counter[str] = Counter()
    cleared = 0
    for _ in range(24):
        batch = unpack(pack(simulation.advance(3600.0), simulation.declaration.sources))
        for event in watch.check(base[batch.sample_source] + batch.tag, batch.sample_ms, batch.value):
            if event.kind == "alarm":
                raised[f"{event.scope}/{event.tag}"] += 1
            else:
                cleared += 1
    assert 0 < raised.total() < 150 - cleared
    assert max(raised.values()) <= 20, raised.most_common(3)


def test_tags_of_the_data_sheet_are_there() -> None:
    """Section 8.4: each tag on its unit, with its limits."""
    declaration = Simulation(Stamping(), seed=1, start=START).declaration
    names = [unit.name for unit in declaration.units]
    assert names[:9] == [
        "line", "destacker", "op10", "op20", "op30", "op40", "transfer", "inspection", "metal_finishing"
    ]  # fmt: skip
    limits = {
        (unit.name, tag.name): (tag.lolo, tag.lo, tag.hi, tag.hihi)
        for unit in declaration.units
        for tag in unit.tags
    }
    assert limits["op10", "tonnage_deviation"] == (-12, -7, 7, 12)
    assert limits["op10", "tonnage_balance"] == (None, None, 10, 15)
    assert limits["op10", "cushion_deviation"] == (-10, -6, 6, 10)
    assert limits["op20", "shut_height"] == (-0.35, -0.2, 0.2, 0.35)
    assert limits["op10", "stroke_rate"] == (None, 9, 15, 16)
    assert limits["destacker", "blank_thickness"] == (-0.07, -0.05, 0.05, 0.07)
    assert limits["destacker", "yield_strength"] == (-30, -20, 20, 30)
    assert limits["destacker", "oil_film"] == (0.4, 0.7, 2.3, 3)
    assert limits["op30", "die_temperature"] == (None, 15, 55, 65)
    assert limits["op10", "draw_in"] == (-4, -2.5, 2.5, 4)
    assert limits["transfer", "vacuum"] == (None, None, -52, -45)
    assert limits["op40", "motor_current"] == (None, None, 105, 120)
    assert limits["op10", "stop_time"] == (None, None, 320, 350)
    assert limits["inspection", "gap_flush"] == (-1, -0.7, 0.7, 1)


def test_scatter_of_a_stroke_is_small_against_the_deadband() -> None:
    """What leads a failure scatters by an eighth of its deadband at most: its alarm comes once and stays."""
    for symptom in (VIBRATION, CURRENT, STOP_TIME, VACUUM):
        assert symptom.scatter <= symptom.signal.deadband / 8.0, symptom.signal.name


def test_stronger_or_thicker_sheet_needs_more_force() -> None:
    """1 % more strength or thickness: 0.4 % more tonnage, the share that forming has in it."""
    assert force_deviation(3.0, 0.0) == pytest.approx(0.4)
    assert force_deviation(0.0, 0.008) == pytest.approx(0.4)


@pytest.mark.parametrize(
    "parameters", [{"lot_size": 0.0}, {"changeover": -1.0}, {"detection": 1.5}, {"sigma": float("nan")}]
)
def test_bad_parameters_are_refused(parameters: dict[str, float]) -> None:
    with pytest.raises(ParameterError, match=next(iter(parameters))):
        Stamping(**parameters)


@pytest.mark.parametrize("end", ["low", "high"])
def test_parameters_work_up_to_their_ends(end: str) -> None:
    """Each parameter alone at the end of its range: the line runs, and its balances close."""
    for name, parameter in Stamping.parameters().items():
        simulation = Simulation(
            Stamping(**{name: getattr(parameter, end)}), seed=1, start=START, telemetry=False
        )
        simulation.advance(2 * 3600.0)
        assert simulation.line.balances()["pieces"] == 0.0, name
