"""The refrigerator line: the data sheet's figures, and each law from its cause to its tag and its figure."""

import functools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from plants.appliances import Appliances, laws
from plants.appliances.cabinet import models
from twin.model.machine_group import MachineGroup
from twin.model.plant import ParameterError
from twin.model.simulation import Simulation
from twin.model.streams import Streams

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday, 08:00 in China: the day shift begins
TAKT = 12.0


def simulate(seed: int, hours: float, **parameters: float) -> Simulation:
    simulation = Simulation(Appliances(**parameters), seed=seed, start=START, telemetry=False)
    simulation.advance(3600.0 * hours)
    return simulation


@functools.cache
def figures(**parameters: float) -> dict[str, float]:
    """Run 20 h, of which the first two do not count, and return the line figures from the ledger."""
    simulation = simulate(2, 2.0, **parameters)
    before = simulation.ledger()
    simulation.advance(18 * 3600.0)
    after = simulation.ledger()
    pages = {
        unit: {key: value - before[unit].get(key, 0.0) for key, value in page.items()}
        for unit, page in after.items()
    }
    line = pages["line"]
    production = line["seconds/execute/production"] + line.get("seconds/held/micro_stop", 0.0)
    defective = line["scrapped"] + line["reworked"]
    energy = sum(value for page in pages.values() for key, value in page.items() if key.startswith("energy/"))
    errors = simulation.line.balances()
    assert errors["pieces"] == 0.0
    assert errors["time"] < 1e-9
    busy = line["planned_busy_seconds"]
    return {
        "availability": production / busy,
        "effectiveness": TAKT * line["processed"] / production,
        "defect_rate": defective / line["processed"],
        "specific_energy": energy / (line["processed"] - defective),
        "changeover": line.get("seconds/resetting/changeover", 0.0) / busy,
        "failure": line.get("seconds/aborted/failure", 0.0) / busy,
        "waiting": line.get("seconds/suspended/waiting", 0.0) / busy,
        "busy_hours": busy / 3600.0,
        "labour": line["labour_hours"],
    }


def test_eighteen_hours_come_near_the_data_sheet() -> None:
    """A short run lies near the sheet; tests/plants/test_calibration.py holds long ones against it."""
    run = figures()
    assert run["availability"] == pytest.approx(0.86, abs=0.08)
    assert run["effectiveness"] == pytest.approx(0.88, abs=0.05)
    assert run["defect_rate"] == pytest.approx(0.045, abs=0.02)
    assert run["specific_energy"] == pytest.approx(54.0, rel=0.15)  # without the night's base load
    assert run["busy_hours"] == pytest.approx(18.0)
    assert run["labour"] == pytest.approx(18.0 * 210)


@pytest.mark.parametrize(
    ("parameter", "value", "figure", "low", "high"),
    [
        ("families", 1.0, "changeover", -1.0, -0.02),
        ("jig_share", 1.0, "changeover", 0.005, 0.2),
        ("kit_trip", 60.0, "waiting", -1.0, -0.01),
        ("failures", 4.0, "failure", 0.03, 0.5),
        ("speed_loss", 0.0, "effectiveness", 0.03, 0.12),
        ("sigma", 1.25, "defect_rate", 0.005, 0.1),
        ("special_events", 0.0, "defect_rate", -0.05, -0.01),
    ],
)
def test_figures_answer_to_their_mechanism(
    parameter: str, value: float, figure: str, low: float, high: float
) -> None:
    """Each loss goes with the parameter of its mechanism: by how much the figure changes."""
    assert low <= figures(**{parameter: value})[figure] - figures()[figure] <= high


# -- laws: a cause is disturbed, its tag and its figure answer ---------------------------------------------------


WATCHED = (
    "liner/wall", "liner/scrapped", "foaming/mix_ratio", "foaming/scrapped", "foaming/reworked",
    "foam_jigs/foam_density", "foam_jigs/jig_temperature", "brazing/braze_temperature", "brazing/reworked",
    "leak_test/leak_rate", "cabinet_repair/processed", "vacuum/end_pressure", "vacuum/charge_deviation",
    "vacuum/reworked", "recovery/processed", "assembly/reworked", "electrical_test/hipot_leakage",
    "run_test/pull_down", "run_test/noise", "repair_bay/processed", "packing/hidden_leaks",
)  # fmt: skip
COUNTS = ("processed", "scrapped", "reworked", "hidden_leaks")


def trial(disturb: Callable[[dict[str, Any]], None]) -> dict[str, float]:
    """Run 2 h, disturb the units, run 5 h; return means of tags and growths of counts over the last 4 h."""
    simulation = simulate(1, 2.0)
    units: dict[str, Any] = {unit.name: unit for unit in simulation.line.units}
    disturb(units)
    simulation.advance(3600.0)
    readers = {name: (units[name.split("/")[0]], name.split("/")[1]) for name in WATCHED}
    begin = {name: float(getattr(unit, field)) for name, (unit, field) in readers.items()}
    sums = dict.fromkeys(WATCHED, 0.0)
    for _ in range(240):
        simulation.advance(60.0)
        for name, (unit, field) in readers.items():
            sums[name] += getattr(unit, field)
    return {
        name: float(getattr(unit, field)) - begin[name] if field in COUNTS else sums[name] / 240.0
        for name, (unit, field) in readers.items()
    }


@functools.cache
def usual() -> dict[str, float]:
    return trial(lambda units: None)


def setting(unit: str, field: str, value: float) -> Callable[[dict[str, Any]], None]:
    return lambda units: setattr(units[unit], field, value)


def compare(disturb: Callable[[dict[str, Any]], None]) -> dict[str, float]:
    now = trial(disturb)
    return {name: now[name] - usual()[name] for name in WATCHED}


def test_hot_or_cold_sheet_thins_the_liner_and_scraps_it() -> None:
    assert laws.wall(laws.SHEET_SET) > laws.wall(laws.SHEET_SET + 20.0) == laws.wall(laws.SHEET_SET - 20.0)
    change = compare(setting("liner", "sigma", 4.0))
    assert change["liner/wall"] < -0.03
    assert change["liner/scrapped"] > 50


def test_mix_ratio_and_temperatures_rule_expansion_and_density() -> None:
    """Off-ratio on either side, cold components and cold jigs: less expansion, denser foam, voids."""
    good = laws.expansion(laws.RATIO_SET, laws.COMPONENT_SET, laws.JIG_SET)
    assert good == 0.0
    for worse in (
        laws.expansion(laws.RATIO_SET + 0.05, laws.COMPONENT_SET, laws.JIG_SET),
        laws.expansion(laws.RATIO_SET - 0.05, laws.COMPONENT_SET, laws.JIG_SET),
        laws.expansion(laws.RATIO_SET, laws.COMPONENT_SET - 4.0, laws.JIG_SET),
        laws.expansion(laws.RATIO_SET, laws.COMPONENT_SET, laws.JIG_SET - 8.0),
    ):
        assert worse < -1.5
        assert laws.density(0.0, worse) > laws.density(0.0, good) == laws.FOAM_DENSITY
    change = compare(setting("foaming", "ratio_shift", -0.05))
    assert change["foaming/mix_ratio"] == pytest.approx(-0.05, abs=0.005)
    assert change["foam_jigs/foam_density"] > 0.5
    assert change["foaming/reworked"] > 100


def test_jigs_without_heating_cool_and_leave_voids() -> None:
    change = compare(lambda units: units["foam_jigs"].lose_heat(8.0))
    assert -8.2 < change["foam_jigs/jig_temperature"] < -7.0
    assert change["foaming/scrapped"] > 50


def test_cold_joints_leak_and_are_brazed_again() -> None:
    assert laws.braze_leak(laws.BRAZE_SET) == laws.TIGHT
    assert laws.braze_leak(laws.BRAZE_SET - 60.0) == laws.braze_leak(laws.BRAZE_SET + 60.0) > 0.5
    change = compare(setting("brazing", "colder", 40.0))
    assert change["brazing/braze_temperature"] == pytest.approx(-40.0, abs=1.0)
    assert change["leak_test/leak_rate"] > 0.3
    assert change["brazing/reworked"] > 70
    assert change["cabinet_repair/processed"] > 70


def test_worn_pumps_short_evacuation_and_leaks_raise_the_end_pressure() -> None:
    usual = laws.end_pressure(1.0, laws.NORMAL_TIME, 0.0, 1.0)
    assert usual == pytest.approx(12.0)
    assert laws.end_pressure(3.0, laws.NORMAL_TIME, 0.0, 1.0) == pytest.approx(24.0)
    assert laws.end_pressure(1.0, laws.NORMAL_TIME - 3.0, 0.0, 1.0) > usual + 5.0
    assert laws.end_pressure(1.0, laws.NORMAL_TIME, 2.0, 1.0) == pytest.approx(usual + 2.0 * laws.LEAK_IN)


def test_bad_vacuum_shows_in_the_run_test() -> None:
    """Pumps four times as bad: the freezer is more than half a kelvin warmer, and circuits are repaired."""
    change = compare(setting("vacuum", "failing", 4.0))
    assert change["vacuum/end_pressure"] > 12.0
    assert change["run_test/pull_down"] > 0.5
    assert change["vacuum/reworked"] > 30
    assert change["repair_bay/processed"] > 30


def test_pump_wear_raises_the_end_pressure() -> None:
    """Shortly before its failure a pump set evacuates to 6 Pa more than a new one (median)."""

    def worn(units: dict[str, Any]) -> None:
        pump = units["vacuum"].stop("pump")
        pump.began = units["vacuum"].operating - 1e9
        pump.at = units["vacuum"].operating + 1e7
        units["vacuum"].aim()

    assert 3.0 < compare(worn)["vacuum/end_pressure"] < 9.0


def test_wrong_charge_is_done_again_and_warms_the_freezer() -> None:
    assert laws.warming(12.0, 0.8, 0.0) == laws.warming(12.0, -0.8, 0.0) > 0.5
    change = compare(setting("vacuum", "valve_drift", 0.7))
    assert change["vacuum/charge_deviation"] == pytest.approx(0.7, abs=0.1)
    assert change["recovery/processed"] > 100
    assert change["vacuum/reworked"] > 100


def test_blind_leak_test_lets_leaks_escape_to_the_run_test_and_beyond() -> None:
    """A gauge that reads a sixth, with joints that leak: some circuits fail in the run test, others are packed."""

    def cold(units: dict[str, Any]) -> None:
        units["brazing"].colder = 30.0

    def blind(units: dict[str, Any]) -> None:
        cold(units)
        units["leak_test"].drift = 0.8

    seeing, blinded = trial(cold), trial(blind)
    assert blinded["leak_test/leak_rate"] < 0.5 * seeing["leak_test/leak_rate"]
    assert blinded["brazing/reworked"] < seeing["brazing/reworked"] - 30
    assert blinded["packing/hidden_leaks"] > seeing["packing/hidden_leaks"] + 20
    assert blinded["vacuum/reworked"] > seeing["vacuum/reworked"] + 5


def test_loose_screws_are_misfits_that_are_found_by_eye() -> None:
    change = compare(setting("assembly", "sigma", 3.0))
    assert change["assembly/reworked"] > 100
    assert change["repair_bay/processed"] > 100


def test_pinched_harness_and_bad_compressors_are_found_by_measurement() -> None:
    """Every harness pinched: the leakage current tells; every compressor bad: warm freezer and noise tell."""

    class Always:
        def strikes(self) -> bool:
            return True

    pinched = compare(setting("assembly", "pinched", Always()))  # type: ignore[arg-type]
    assert pinched["electrical_test/hipot_leakage"] > 0.5
    bad = compare(setting("run_test", "bad_compressor", Always()))  # type: ignore[arg-type]
    assert bad["run_test/pull_down"] > 4.0
    assert bad["run_test/noise"] > 1.5


# -- flow ------------------------------------------------------------------------------------------------------------


def test_line_is_not_emptied_when_the_family_changes() -> None:
    """Moulds and jigs change machine by machine: some jigs hold one family while others are set up for the next."""
    simulation = simulate(1, 2.0)
    units: dict[str, Any] = {unit.name: unit for unit in simulation.line.units}
    jigs: MachineGroup = units["foam_jigs"]
    partly = 0
    for _ in range(600):
        simulation.advance(60.0)
        partly += 0.0 < jigs.capacity < 1.0
        assert simulation.line.wip > 100  # type: ignore[attr-defined]
    assert partly > 10


def test_models_share_the_work_evenly_and_keep_their_charges() -> None:
    skus = models(30, 6, 0.09, Streams(1))
    assert len({sku.family for sku in skus.values()}) == 6
    assert all(45.0 < sku.charge < 75.0 for sku in skus.values())
    assert sum(1.0 - 1.0 / sku.cabin for sku in skus.values()) / 30 == pytest.approx(0.09)


def test_tags_of_the_data_sheet_are_there() -> None:
    """Section 10.4: each tag on its unit, with its limits."""
    declaration = Simulation(Appliances(), seed=1, start=START).declaration
    limits = {
        (unit.name, tag.name): (tag.unit, tag.lolo, tag.lo, tag.hi, tag.hihi)
        for unit in declaration.units
        for tag in unit.tags
    }
    assert limits["liner", "sheet_temperature"] == ("Cel", 140, 148, 178, 185)
    assert limits["liner", "wall"] == ("mm", 0.7, 0.8, None, None)
    assert limits["foaming", "mix_ratio"] == ("1", 1.06, 1.09, 1.23, 1.27)
    assert limits["foaming", "component_temperature"] == ("Cel", 16, 17.5, 24, 26)
    assert limits["foaming", "shot_deviation"] == ("%", -3, -2, 2, 3)
    assert limits["foaming", "cyclopentane_lel"] == ("%", None, None, 15, 30)
    assert limits["foam_jigs", "jig_temperature"] == ("Cel", 33, 35, 48, 52)
    assert limits["brazing", "braze_temperature"] == ("Cel", 640, 660, 760, 790)
    assert limits["leak_test", "leak_rate"] == ("g/a", None, None, 1, 2)
    assert limits["vacuum", "end_pressure"] == ("Pa", None, None, 30, 50)
    assert limits["vacuum", "evacuation_time"] == ("min", None, 12, None, None)
    assert limits["vacuum", "charge_deviation"] == ("g", -1.2, -0.8, 0.8, 1.2)
    assert limits["assembly", "torque"] == ("N.m", 1.5, 1.65, 2.35, 2.5)
    assert limits["electrical_test", "hipot_leakage"] == ("mA", None, None, 0.7, 1)
    assert limits["run_test", "pull_down"] == ("Cel", None, None, -3, 0)
    assert limits["run_test", "noise"] == ("dB[SPL]", None, None, 40, 42)


def test_ledger_does_not_depend_on_telemetry() -> None:
    """States, counts and energy are the same with and without scanning."""
    pages = []
    for telemetry in (True, False):
        simulation = Simulation(Appliances(), seed=5, start=START, telemetry=telemetry)
        simulation.advance(2 * 3600.0)
        pages.append(simulation.ledger())
    for unit, page in pages[0].items():
        assert page == pytest.approx(pages[1][unit], rel=1e-9), unit


@pytest.mark.parametrize(
    "parameters", [{"lot_size": 0.0}, {"jig_change": -1.0}, {"detection": 1.5}, {"sigma": float("nan")}]
)
def test_bad_parameters_are_refused(parameters: dict[str, float]) -> None:
    with pytest.raises(ParameterError, match=next(iter(parameters))):
        Appliances(**parameters)


@pytest.mark.parametrize("end", ["low", "high"])
def test_parameters_work_up_to_their_ends(end: str) -> None:
    """Each parameter alone at the end of its range: the line runs, and its balances close."""
    for name, parameter in Appliances.parameters().items():
        simulation = simulate(1, 0.5, **{name: getattr(parameter, end)})
        assert simulation.line.balances()["pieces"] == 0.0, name
