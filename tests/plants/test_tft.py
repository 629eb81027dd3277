"""The array shop: each law seen on its tags and figures, the data sheet's tags, mechanisms that answer."""

import functools
import math
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import fmean, median
from typing import Any

import numpy as np
import pytest

from edge.alarm import AlarmWatch
from plants.tft import Tft
from plants.tft.laws import panel_yield, panels_beyond, sheets_to_repair
from plants.tft.lot import Lot
from plants.tft.sheet import ACTIVE, CYCLE, EXIT, LOT, ROUTE, TOOLS
from twin.lab.experiment import Replication
from twin.lab.ledger_tally import line_figures
from twin.model.part import Part
from twin.model.plant import ParameterError
from twin.model.simulation import Simulation

START = datetime(2026, 1, 5, tzinfo=UTC)
DAY = 86_400.0


def shop(seed: int = 2, *, telemetry: bool = False, **parameters: float) -> Simulation:
    return Simulation(Tft(**parameters), seed=seed, start=START, telemetry=telemetry)


def unit(simulation: Simulation, name: str) -> Any:
    return next(unit for unit in simulation.line.units if unit.name == name)


@functools.cache
def figures(**parameters: float) -> dict[str, float]:
    """Run three days after half a day of run-in; return the line figures and some sums of the ledger."""
    simulation = shop(**parameters)
    simulation.advance(0.5 * DAY)
    before = simulation.ledger()
    simulation.advance(3.0 * DAY)
    pages = {
        name: {key: value - before[name].get(key, 0.0) for key, value in page.items()}
        for name, page in simulation.ledger().items()
    }
    errors: dict[str, float] = simulation.line.balances()
    assert errors["pieces"] == 0.0
    assert errors["time"] < 1e-9
    photo = pages["photo"]
    return line_figures(Replication(2, 3.0 * DAY, pages, {}, CYCLE)) | {
        "rework": photo["reworked"] / photo["processed"],
        "line_rework": pages["line"]["reworked"],
        "passes": photo["processed"] / 4.0 / 3.0,
        "strips": pages["strip"]["processed"] / photo["processed"],
        "photo_loss": photo["scrapped"],
    }


def values(simulation: Simulation, days: float, *subjects: str) -> dict[str, list[float]]:
    """Run on for `days`; return what the tags `unit/tag` show every twenty minutes."""
    readers: dict[str, Callable[[], Any]] = {}
    for subject in subjects:
        owner, name = subject.split("/")
        readers[subject] = next(tag.read for tag in unit(simulation, owner).tags() if tag.name == name)
    found: dict[str, list[float]] = {subject: [] for subject in subjects}
    for _ in range(round(days * 72)):
        simulation.advance(1200.0)
        for subject, read in readers.items():
            found[subject].append(float(read()))
    return found


def test_three_days_come_near_the_data_sheet() -> None:
    """A short run lies near the sheet; tests/plants/test_calibration.py holds long ones against it."""
    run = figures()
    assert run["availability"] == pytest.approx(0.85, abs=0.03)
    assert run["effectiveness"] == pytest.approx(0.90, abs=0.05)
    assert run["quality_ratio"] == pytest.approx(0.95, abs=0.02)
    assert run["specific_energy"] == pytest.approx(350.0, rel=0.06)


def test_shop_starts_in_its_steady_state() -> None:
    """Exits of the first day are those of the following ones: lots are on their routes from the beginning."""
    simulation = shop(seed=3)
    exits = []
    for _ in range(3):
        before = simulation.line.line_unit.processed
        simulation.advance(DAY)
        exits.append(simulation.line.line_unit.processed - before)
    assert exits[0] == pytest.approx(fmean(exits[1:]), rel=0.12)
    assert fmean(exits) == pytest.approx(DAY / EXIT, rel=0.08)


@pytest.mark.parametrize(
    ("parameters", "figure", "low", "high"),
    [
        ({"detection_delay": 1.0}, "defect_rate", -0.04, -0.008),
        ({"sigma": 0.7}, "defect_rate", -0.04, -0.002),
        ({"sigma": 0.7}, "rework", -0.06, -0.008),
        ({"handling": 0.0}, "defect_rate", -0.015, -0.003),
        ({"particles": 3.0}, "defect_rate", 0.02, 0.15),
        ({"repair_success": 0.0}, "defect_rate", 0.02, 0.12),
        ({"escape": 0.05}, "defect_rate", -0.03, -0.002),
        ({"mask_change": 4.0}, "availability", 0.03, 0.12),
        ({"longest_run": 8.0}, "availability", 0.02, 0.10),
        ({"pilot": 0.0}, "passes", 100.0, 400.0),
        ({"assists": 3.0}, "passes", -300.0, -20.0),
        ({"failures": 0.2}, "availability", 0.005, 0.06),
        ({"facility_load": 22_320.0}, "specific_energy", -25.0, -15.0),
        ({"idle_power": 0.5}, "specific_energy", -30.0, -5.0),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_figures_answer_to_their_mechanism(
    parameters: dict[str, float], figure: str, low: float, high: float
) -> None:
    """One cause is changed: the figure moves in its direction and in its order of magnitude."""
    assert low < figures(**parameters)[figure] - figures()[figure] < high


def test_rework_is_in_the_process() -> None:
    """Bad exposures are stripped and coated again: more strips and passes than masks, no rework of the line."""
    run = figures()
    assert 0.008 < run["rework"] < 0.07
    assert run["line_rework"] == 0.0
    assert run["strips"] == pytest.approx(1.0, abs=0.08)


def test_particles_rise_with_the_age_of_the_chamber() -> None:
    """From wet clean to wet clean the median rises by exp(0.6), and with it what kills panels."""
    pecvd = unit(shop(), "pecvd")
    seen: dict[float, list[float]] = {0.0: [], 1.0: []}
    killed: dict[float, float] = {}
    for worn, found in seen.items():
        lot = Lot("tv_55")
        for _ in range(400):
            pecvd.soil(lot, worn, excursion=False)
            found.append(pecvd.particles)
        killed[worn] = sum(lot.killers.values())
    assert median(seen[1.0]) / median(seen[0.0]) == pytest.approx(math.exp(0.6), rel=0.08)
    assert killed[1.0] / killed[0.0] == pytest.approx(math.exp(0.6), rel=0.08)
    assert max(seen[1.0]) < 200.0
    pecvd.soil(Lot("tv_55"), 0.5, excursion=True)
    assert pecvd.particles > 60.0


def test_killers_become_panels_and_repair_saves_them() -> None:
    """Negative binomial yield: clustered defects spare panels; repairing p of them is a density of 1 - p."""
    assert panel_yield(1.0, 8.0, 1e9) == pytest.approx(math.exp(-1 / 8))
    assert panel_yield(1.0, 8.0, 1.0) > math.exp(-1 / 8)
    assert sheets_to_repair(0.8, 1.0) == pytest.approx(0.44, abs=0.01)
    pecvd = unit(shop(), "pecvd")
    lot = Lot("tv_50")
    lot.kill(pecvd, 1.0)
    good, lost = lot.yield_after(0.6)
    assert good == pytest.approx(panel_yield(0.4, 8.0, 1.0))
    assert lost == {pecvd: pytest.approx(1.0 - good)}


def test_thick_insulator_shifts_the_threshold_voltage() -> None:
    """20 nm more on the set point of run-to-run control: 20 nm on the film at once, 0.3 V at the test two days on."""
    usual, thick = shop(), shop()
    correction = next(tag for tag in unit(thick, "pecvd").tags() if tag.name == "thickness_correction")
    assert correction.write is not None
    correction.write(20.0)
    subjects = ("pecvd/sinx_thickness", "test/threshold_voltage", "repair/panel_yield")
    before, after = values(usual, 4.0, *subjects), values(thick, 4.0, *subjects)
    late = 3 * 72
    assert fmean(after[subjects[0]]) - fmean(before[subjects[0]]) == pytest.approx(20.0, abs=3.0)
    assert fmean(after[subjects[1]][late:]) - fmean(before[subjects[1]][late:]) == pytest.approx(0.3, abs=0.1)
    assert fmean(after[subjects[2]][late:]) < fmean(before[subjects[2]][late:]) - 2.0


def test_more_light_makes_narrower_lines_and_rework() -> None:
    """5 % more dose: lines 0.25 um narrower, and several times as many exposures are spoiled."""
    widths: dict[float, list[float]] = {36.0: [], 37.8: []}
    spoiled = dict.fromkeys(widths, 0)
    for dose, found in widths.items():
        photo = unit(shop(), "photo")
        photo.dose_setpoint = dose
        for _ in range(1000):
            part, lot = Part("tv_43", (), 0.0, LOT), Lot("tv_43")
            photo.process(part, lot, 0.5, excursion=False)
            found.append(photo.line_width)
            spoiled[dose] += part.defect is not None
        assert photo.exposure_dose == pytest.approx(dose, rel=0.05)
    assert fmean(widths[37.8]) - fmean(widths[36.0]) == pytest.approx(-0.25, abs=0.01)
    assert spoiled[37.8] > 5 * spoiled[36.0] > 0


def test_overlay_costs_panels_beyond_its_limit() -> None:
    assert panels_beyond(0.2, 0.8, 0.12) < 1e-6
    assert panels_beyond(0.8, 0.8, 0.12) == pytest.approx(0.5)


def test_late_metal_on_silicon_loses_contacts() -> None:
    """A lot that waited 30 h between a-Si and SD: seen on the tag, and 0.6 % of its panels lost."""
    simulation = shop()
    simulation.advance(DAY)
    sputter = unit(simulation, "sputter")
    part = Part("tv_43", (), 0.0, LOT)
    part.traits = lot = Lot("tv_43")
    lot.layer = ACTIVE
    lot.film_at = simulation.line.env.now - 30.0 * 3600.0 - 24 * 60.0
    sputter.process(part, lot, 0.2, excursion=False)
    assert sputter.queue_time == pytest.approx(30.0)
    assert sum(lot.losses.values()) == pytest.approx(0.006, abs=1e-4)


def test_fewer_lots_pass_in_less_time() -> None:
    """Little's law: half of the cassettes, half of the 5.5 days, nearly the same exits."""
    few, many = shop(lots=345), shop()
    exits = []
    for simulation in (few, many):
        simulation.advance(2 * DAY)
        exits.append(simulation.line.line_unit.processed)
    days = [lots * LOT / (count / 2.0) for lots, count in zip((345, 690), exits, strict=True)]
    assert exits[0] == pytest.approx(exits[1], rel=0.1)
    assert days[1] == pytest.approx(5.5, abs=0.4)
    assert days[0] == pytest.approx(0.5 * days[1], rel=0.1)


def test_tool_groups_can_do_the_rate() -> None:
    """Photo is the ideal of the line; with the sheet's tacts no other group is slower."""
    assert pytest.approx(21.09, abs=0.01) == CYCLE
    assert len(ROUTE) == 30
    for name, row in TOOLS.items():
        passes = ROUTE.count(name) * row.share
        assert row.tact * passes / row.number < EXIT, name


def test_same_seed_same_frames() -> None:
    runs = []
    for seed in (5, 5, 6):
        simulation = shop(seed, telemetry=True)
        runs.append([frame for cut in (0.3, 3599.7) for frame in simulation.advance(cut)])
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_telemetry_and_alarms_are_few() -> None:
    """Half a day: at most ten samples a second, fewer than 100 alarms raised, no tag more than 20 of them."""
    simulation = shop(3, telemetry=True)
    watch = AlarmWatch(simulation.declaration)
    places = {unit.path: number for number, unit in enumerate(simulation.declaration.units)}
    base, total = [], 0
    for declared in simulation.declaration.units:
        base.append(total)
        total += len(declared.tags)
    raised: dict[str, int] = {}
    samples = 0
    for _ in range(12):
        numbers, times, found = [], [], []
        for frame in simulation.advance(3600.0):
            samples += len(frame.tags)
            numbers += [base[places[frame.source]] + tag for tag in frame.tags]
            times += frame.times_ms
            found += frame.values
        for event in watch.check(np.array(numbers), np.array(times), np.array(found)):
            if event.kind == "alarm":
                name = f"{event.scope}/{event.tag}"
                raised[name] = raised.get(name, 0) + 1
    assert samples / (0.5 * DAY) < 10.0
    assert 0 < sum(raised.values()) < 100, raised
    assert max(raised.values()) <= 20, raised


def test_tags_of_the_data_sheet_are_there() -> None:
    """Section 7.4: each tag on its unit, with its limits."""
    declaration = shop().declaration
    assert [unit.name for unit in declaration.units] == ["line", "clean", "sputter", "photo", "wet_etch", "strip",
        "aoi", "pecvd", "dry_etch", "test", "repair", "stocker", "facility"]  # fmt: skip
    limits = {
        (unit.name, tag.name): (tag.lolo, tag.lo, tag.hi, tag.hihi)
        for unit in declaration.units
        for tag in unit.tags
    }
    assert limits["photo", "line_width"] == (3.3, 3.6, 4.4, 4.7)
    assert limits["photo", "overlay"] == (-1.0, -0.8, 0.8, 1.0)
    assert limits["photo", "resist_thickness"] == (1.38, 1.42, 1.58, 1.62)
    assert limits["photo", "dose_deviation"] == (-8, -4, 4, 8)
    assert limits["pecvd", "sinx_thickness"] == (320, 332, 368, 380)
    assert limits["pecvd", "chamber_pressure"] == (120, 135, 215, 230)
    assert limits["pecvd", "rf_power"] == (11, 12.5, 19.5, 21)
    assert limits["pecvd", "particles"] == (None, None, 100, 200)
    assert limits["sputter", "rs_uniformity"] == (None, None, 10, 12)
    assert limits["dry_etch", "endpoint_time"] == (50, 54, 66, 70)
    assert limits["test", "threshold_voltage"] == (0.7, 1.0, 2.0, 2.3)
    assert limits["facility", "temperature"] == (22, 22.4, 23.6, 24)
    assert limits["facility", "cda_pressure"] == (0.60, 0.64, 0.75, 0.80)


@pytest.mark.parametrize(
    "parameters", [{"lots": 0.0}, {"mask_change": -1.0}, {"escape": 1.5}, {"sigma": math.nan}]
)
def test_bad_parameters_are_refused(parameters: dict[str, float]) -> None:
    with pytest.raises(ParameterError, match=next(iter(parameters))):
        Tft(**parameters)


@pytest.mark.parametrize("end", ["low", "high"])
def test_parameters_work_up_to_their_ends(end: str) -> None:
    """Each parameter alone at the end of its range: a small shop runs, and its balances close."""
    for name, parameter in Tft.parameters().items():
        simulation = shop(1, **({"lots": 40.0} | {name: getattr(parameter, end)}))
        simulation.advance(1200.0)
        assert simulation.line.balances()["pieces"] == 0.0, name
