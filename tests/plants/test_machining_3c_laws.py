"""The CNC shop, law by law: disturb the cause, see the effect on the right tag."""

import functools
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from plants.machining_3c import Machining3c, laws
from plants.machining_3c.characteristic import ProfileGroup
from plants.machining_3c.cnc_group import CncGroup
from plants.machining_3c.media import Media
from plants.machining_3c.metrology import FinalInspection
from twin.model.simulation import Simulation

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


def test_laws_of_cutting() -> None:
    """What a law is made of: rates of 6.4 under usual conditions, and the direction of every cause."""
    assert laws.wear_per_part(0.25, 7.5, laws.USUAL_FEED) == pytest.approx(0.25)
    assert laws.wear_per_part(0.25, 3.0, laws.USUAL_FEED) == pytest.approx(0.50)
    assert laws.wear_per_part(0.25, 7.5, 1.0) > 0.25
    assert laws.spindle_load(120.0, laws.USUAL_FEED) / laws.spindle_load(
        20.0, laws.USUAL_FEED
    ) == pytest.approx(1.35)
    assert laws.edge_recession(120.0) - laws.edge_recession(20.0) == pytest.approx(0.12)
    assert laws.thermal_growth(24.0) == pytest.approx(-0.005)
    assert laws.flatness(3.5, 20.0) - laws.flatness(5.0, 20.0) == pytest.approx(0.05)
    assert laws.roughness(120.0, 7.5) > laws.roughness(20.0, 7.5)
    assert laws.roughness(20.0, 3.0) - laws.roughness(20.0, 7.5) == pytest.approx(0.4)
    assert laws.air_pressure(2.0, 0.0) < laws.air_pressure(1.0, 0.0)


class Course:
    """What each frame of CNC4 came out like: machine, wear, whether its tool or offset was new, width."""

    def __init__(self, simulation: Simulation, group: CncGroup) -> None:
        self.simulation = simulation
        self.rows: list[tuple[int, float, float, float, float, float]] = []
        cut, symptoms = group.cut, [machine.stop("spindle").readings for machine in group.machines]

        def watched(cutter: Any, part: Any) -> bool:
            alarmed = cut(cutter, part)
            number = group.machine.number
            row = (
                number,
                cutter.wear,
                cutter.offset,
                cutter.width,
                group.spindle_load,
                symptoms[number - 1][0],
            )
            self.rows.append(row)
            return alarmed

        group.cut = watched  # type: ignore[method-assign]

    def of(self, number: int) -> np.ndarray[Any, Any]:
        return np.array([row for row in self.rows if row[0] == number])


@functools.cache
def course() -> Course:
    simulation = shop(seed=4)
    watched = Course(simulation, bottleneck(simulation))
    simulation.advance(4 * DAY)
    return watched


def test_tools_wear_from_frame_to_frame_and_are_changed() -> None:
    """VB grows by 0.25 µm a frame, +-20 % from tool to tool, and falls to 20 µm with a new tool near 120 µm."""
    for number in range(1, 5):
        wear = course().of(number)[:, 1]
        steps = np.diff(wear)
        grown = steps[steps > 0.0]
        assert 0.19 <= grown.min() <= np.median(grown) <= 0.45
        assert np.median(grown) == pytest.approx(0.25, rel=0.25)
        assert 100.0 < wear.max() < 160.0
        assert (steps < -20.0).any(), "a tool was changed in four days"


def test_width_drifts_with_wear_until_the_next_offset_trial() -> None:
    """Between two corrections the width grows with wear, 1.2 µm a µm; over many its mean stays near nominal."""
    slopes: list[float] = []
    widths: list[float] = []
    for number in range(1, 5):
        rows = course().of(number)
        widths += rows[:, 3].tolist()
        cuts = np.flatnonzero(np.diff(rows[:, 2]) != 0.0) + 1
        runs = [run for run in np.split(rows, cuts) if len(run) >= 40]
        slopes += [float(np.polyfit(run[:, 1], run[:, 3], 1)[0]) for run in runs]
    assert len(slopes) > 10
    assert np.mean(slopes) == pytest.approx(0.0012, rel=0.6)
    assert np.mean(widths) == pytest.approx(0.0, abs=0.006)
    assert np.std(widths) == pytest.approx(0.018, rel=0.15), "6.4: sigma 0.018 mm"


def test_spindle_load_and_vibration_rise_with_wear() -> None:
    rows = np.vstack([course().of(number) for number in range(1, 5)])
    worn, fresh = rows[:, 1] > 100.0, rows[:, 1] < 45.0
    assert rows[worn, 4].mean() - rows[fresh, 4].mean() > 4.0
    assert 25.0 < rows[:, 4].mean() < 60.0, "6.4"
    for number in range(1, 5):
        of = course().of(number)
        kept = np.diff(of[:, 1], prepend=of[0, 1]) >= 0.0
        first = np.flatnonzero(~kept)[:1]
        life = of[: first[0]] if len(first) else of
        assert np.polyfit(life[:, 1], life[:, 5], 1)[0] > 0.003, "0.005 mm/s a µm, and the bearing besides"


def test_bearing_damage_leads_its_failure() -> None:
    """Vibration passes Hi well before the spindle fails, and is low again with the new one."""
    simulation = shop(seed=5)
    group = bottleneck(simulation)
    machine = group.machines[0]
    spindle = machine.stop("spindle")
    left = 15 * HOUR  # of cutting
    spindle.began, spindle.at = machine.operating - 2_000 * HOUR, machine.operating + left
    machine.aim()
    simulation.advance(8 * HOUR)
    before = spindle.readings[0]
    simulation.advance(2.5 * DAY)
    assert before > 3.0
    assert spindle.began > 0.0, "the spindle was exchanged"
    assert spindle.readings[0] < 2.0


def test_warm_coolant_makes_frames_too_narrow() -> None:
    """Without the chiller the coolant warms by some K; widths fall by 5 µm a K until offsets are tried again."""
    widths, temperature = [], []
    for chiller in (True, False):
        simulation = shop(seed=6)
        media, group = unit(simulation, "media"), bottleneck(simulation)
        assert isinstance(media, Media)
        watched = Course(simulation, group)
        simulation.advance(HOUR)
        media.chiller = chiller
        simulation.advance(3 * HOUR)
        temperature.append(media.coolant_temperature)
        widths.append(float(np.mean([row[3] for row in watched.rows[-40:]])))
    warmer = temperature[1] - temperature[0]
    assert warmer > 4.0
    assert -0.006 * warmer < widths[1] - widths[0] < -0.001 * warmer


def test_lean_coolant_wears_tools() -> None:
    grown = []
    for dilution in (0.0, 4.5):
        simulation = shop(seed=7)
        unit(simulation, "media").dilution = dilution
        watched = Course(simulation, bottleneck(simulation))
        simulation.advance(8 * HOUR)
        steps = np.diff(watched.of(1)[:, 1])
        grown.append(float(np.median(steps[steps > 0.0])))
    assert 1.4 * grown[0] < grown[1] < 3.0 * grown[0]


def test_broken_tool_costs_its_frame_and_stops_its_machine() -> None:
    simulation = shop(seed=8)
    group = bottleneck(simulation)
    simulation.advance(HOUR)
    machine, scrapped = group.machines[2], group.scrapped
    machine.stop("tool_breakage").at = machine.operating
    machine.aim()
    wear = group.cutters[2].wear
    simulation.advance(20 * 60.0)
    assert group.capacity < 1.0
    simulation.advance(12 * HOUR)
    assert group.scrapped > scrapped
    assert group.cutters[2].wear < wear
    assert simulation.line.balances()["pieces"] == 0.0


def test_cmm_holds_a_machine_whose_frames_go_astray() -> None:
    """A machine 0.2 mm off: a sampled frame holds it, its trial corrects the offset, the others work on."""
    simulation = shop(seed=9)
    group = bottleneck(simulation)
    watched = Course(simulation, group)
    simulation.advance(HOUR)
    group.cutters[1].offset += 0.2
    simulation.advance(23 * HOUR)
    widths = watched.of(2)[:, 3]
    assert widths.max() > 0.15
    assert abs(widths[-20:].mean()) < 0.03


def test_cmm_that_reads_too_much_makes_offsets_wrong() -> None:
    simulation = shop(seed=10)
    group = bottleneck(simulation)
    group.metrology.bias = 0.03
    watched = Course(simulation, group)
    simulation.advance(30 * HOUR)
    assert np.mean([row[3] for row in watched.rows[-150:]]) == pytest.approx(-0.03, abs=0.012)


def test_leaking_clamps_spoil_the_datum_face() -> None:
    flatness = []
    for leak in (0.0, 1.4):
        simulation = shop(seed=11)
        group = unit(simulation, "cnc1")
        group.clamp_leak = leak
        simulation.advance(6 * HOUR)
        flatness.append(laws.flatness(group.clamp_pressure, 60.0))
        assert group.clamp_pressure == pytest.approx(5.0 - leak, abs=0.6)
    assert flatness[1] - flatness[0] > 0.02


def test_rework_goes_back_to_where_it_was_spoilt() -> None:
    """CNC2 cuts frames of its own again, CNC4's go to polishing; whatever is bad twice is scrap."""
    simulation = shop(seed=12, detection=1.0)
    simulation.advance(2 * DAY)
    inspection, polish = unit(simulation, "inspection"), unit(simulation, "polish")
    assert isinstance(inspection, FinalInspection)
    line = simulation.line.line_unit
    again = unit(simulation, "cnc2").reworked
    assert again > 0
    assert unit(simulation, "cnc4").reworked + inspection.reworked == pytest.approx(polish.processed, abs=3)
    assert inspection.processed == pytest.approx(line.processed + line.reworked, rel=0.03)
