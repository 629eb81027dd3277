"""The potline: its laws exact, its events physical, its books closed, its figures those of the data sheet."""

import math
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plants.aluminium import Aluminium, laws
from plants.aluminium.line import PAD, Potline
from twin.model.command import Command, CommandRefused
from twin.model.frame import Frame
from twin.model.plant import ParameterError
from twin.model.simulation import Simulation
from twin.model.state import Reason, State
from twin.model.unit_operation import drive

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR, DAY = 3600.0, 86_400.0
ROOT = "demo/aluminium/potroom/potline_1"


def simulate(*, seed: int = 1, telemetry: bool = False, **parameters: float) -> tuple[Simulation, Potline]:
    simulation = Simulation(Aluminium(**parameters), seed=seed, start=START, telemetry=telemetry)
    assert isinstance(simulation.line, Potline)
    return simulation, simulation.line


def command(simulation: Simulation, tag: str, value: float) -> None:
    simulation.write(
        Command(id=tag, path=f"{ROOT}/{tag}", value=value, expires_ms=simulation.now_ms + 3_600_000)
    )


def operate(simulation: Simulation, tag: str, value: float) -> None:
    """Write a tag at once, as an experiment without telemetry does."""
    write = simulation._writable[f"{ROOT}/{tag}"].write
    assert write is not None
    write(value)


def series(simulation: Simulation, frames: list[Frame], unit: str, tag: str) -> list[tuple[int, float]]:
    names = simulation.declaration.unit(unit).tag_names
    wanted = names.index(tag)
    return [
        (time, value)
        for frame in frames
        if frame.source == f"{ROOT}/{unit}"
        for place, time, value in zip(frame.tags, frame.times_ms, frame.values, strict=True)
        if place == wanted
    ]


def direct_energy(line: Potline) -> float:
    """Return kWh of direct current per t of metal made."""
    return line.electrolysis.energy / 3.6e6 / (line.conditions.metal_made() / 1000.0)


# -- laws ----------------------------------------------------------------------------------------------------


@given(st.floats(0, 1e6), st.floats(0.0, 1.0), st.floats(1.0, 1e7))
def test_faraday_law_is_exact(current: float, efficiency: float, seconds: float) -> None:
    """Mass = M I t CE / (n F), n = 3."""
    expected = 26.9815385 * current * seconds * efficiency / (3 * 96_485.33212) / 1000.0
    assert laws.metal_rate(current, efficiency) * seconds == pytest.approx(expected, rel=1e-12)


def test_faraday_constant_of_aluminium_is_the_handbook_figure() -> None:
    assert pytest.approx(0.3356, abs=5e-5) == laws.KG_PER_COULOMB * 3600.0 * 1000.0  # g/Ah


@given(st.floats(3.5, 4.5), st.floats(920, 1000), st.floats(6, 14))
def test_voltage_balance_is_inverted_by_the_acd(voltage: float, temperature: float, alf3: float) -> None:
    gap = laws.gap_resistance(temperature, alf3)
    acd = laws.acd_for(voltage, laws.BACK_EMF, gap, laws.REFERENCE_CURRENT)
    assert laws.cell_voltage(laws.BACK_EMF, gap, acd, laws.REFERENCE_CURRENT) == pytest.approx(
        voltage, rel=1e-12
    )


def test_efficiency_law_has_the_slopes_of_the_sheet() -> None:
    at = {"at_reference": 0.92, "temperature_slope": 0.0017}
    assert laws.current_efficiency(960.0, 15.0, 10.5, **at) == pytest.approx(0.92)
    assert laws.current_efficiency(970.0, 15.0, 10.5, **at) == pytest.approx(0.92 - 0.017)
    assert laws.current_efficiency(960.0, 25.0, 10.5, **at) < 0.92
    assert laws.current_efficiency(960.0, 15.0, 11.5, **at) > 0.92


def test_specific_energy_of_the_sheet() -> None:
    """13,020 kWh/t at 4.02 V and 92 %; 10 mV lower is worth 32 kWh/t."""
    assert laws.specific_energy(4.02, 0.92) == pytest.approx(13_020, abs=2)
    assert laws.specific_energy(4.02, 0.92) - laws.specific_energy(4.01, 0.92) == pytest.approx(32, abs=1)


def test_every_cell_keeps_its_voltage_balance() -> None:
    """V = EMF + I (R fixed + R gap x ACD) + flutter + anode effect, cell by cell, and the section adds them up."""
    simulation, line = simulate()
    simulation.advance(2 * HOUR + 15.0)
    cells, electrolysis = line.cells, line.electrolysis
    gap = cells.resistance - laws.FIXED_RESISTANCE
    quiet = laws.cell_voltage(cells.emf, gap / cells.acd, cells.acd, electrolysis.current)
    expected = (quiet + electrolysis._flutter.values + cells.effect_voltage) * cells.on
    assert cells.voltage.tolist() == pytest.approx(expected.tolist(), rel=1e-12)
    assert sum(electrolysis.section_voltage) * electrolysis.current == pytest.approx(
        electrolysis.power, rel=1e-12
    )


# -- events --------------------------------------------------------------------------------------------------


def test_starved_cell_has_an_anode_effect_on_its_own_tag() -> None:
    """A blocked feeder lets the alumina run out; the voltage jumps above 8 V for minutes, then is quenched."""
    simulation, line = simulate(telemetry=True, seed=3, feeder_blockages=0.0)
    simulation.advance(600.0)
    line.blocked.strike(17, 12 * HOUR)
    frames = simulation.advance(4 * HOUR)
    voltage = series(simulation, frames, "cell_018", "voltage")
    high = [time for time, value in voltage if value > 8.0]
    assert high, "no anode effect"
    assert 110_000 <= high[-1] - high[0] <= 200_000
    assert min(value for _, value in series(simulation, frames, "cell_018", "alumina")) < 1.6
    assert line.cells.effects[17] == 1.0
    assert line.cells.alumina[17] > laws.CRITICAL_ALUMINA
    held = [
        (time, value)
        for time, value in series(simulation, frames, "cell_018", "state")
        if value == State.HELD
    ]
    assert held
    assert max(value for _, value in series(simulation, frames, "cell_054", "voltage")) < 8.0
    assert line.blocked.active[17] == 0.0, "whoever quenches clears the hole"


def test_anode_effects_emerge_from_the_concentration() -> None:
    """Tighter alumina and open feeders leave hardly any; the rate is no constant."""
    usual, line = simulate()
    usual.advance(4 * DAY)
    tight, tight_line = simulate(alumina_sigma=0.20, feeder_blockages=0.01)
    tight.advance(4 * DAY)
    rate = line.cells.effects.sum() / 4 / line.cells.on.sum()
    assert rate == pytest.approx(0.08, abs=0.03)
    assert tight_line.cells.effects.sum() / 4 / tight_line.cells.on.sum() < 0.5 * rate


def test_empty_silo_starves_the_whole_line() -> None:
    simulation, line = simulate()
    operate(simulation, "alumina_supply/level_control_automatic", 0.0)
    operate(simulation, "alumina_supply/conveying_rate_setpoint", 0.0)
    simulation.advance(17 * HOUR)
    before = line.cells.effects.sum()
    simulation.advance(3 * HOUR)
    assert line.alumina.silo.mass < 0.02 * 1_600_000
    assert line.cells.effects.sum() - before > 100
    assert max(line.balances().values()) < 1e-9


def test_anode_change_cools_the_bath() -> None:
    """Against the same cell with the same random numbers and no change: colder, noisier, then it recovers."""
    changed, line = simulate(seed=5, anode_changes=0.3)
    usual, other = simulate(seed=5, anode_changes=0.3)
    line.change_anodes(100)
    assert line.cells.temperature[100] == other.cells.temperature[100] - 3.0
    for simulation in (changed, usual):
        simulation.advance(HOUR)
    assert line.cells.temperature[100] < other.cells.temperature[100] - 2.0
    assert line.cells.noise[100] > other.cells.noise[100]
    assert line.cells.temperature[101] == other.cells.temperature[101]


def test_voltage_set_point_heats_the_cells_and_raises_specific_energy() -> None:
    """A higher voltage set point opens the ACD and heats the cells: every tonne costs more."""
    hot, hot_line = simulate(seed=2)
    usual, line = simulate(seed=2)
    for section in range(1, 5):
        operate(hot, f"section_{section}/voltage_setpoint", 4.06)
    hot.advance(2 * DAY)
    usual.advance(2 * DAY)
    assert hot_line.cells.temperature.mean() - line.cells.temperature.mean() == pytest.approx(3.0, abs=0.4)
    assert hot_line.cells.acd.mean() > line.cells.acd.mean()
    assert direct_energy(hot_line) > direct_energy(line) + 100.0


def test_hotter_bath_lowers_efficiency_and_raises_specific_energy() -> None:
    """The same voltage with less AlF3: a hotter bath, a lower efficiency, more energy for each tonne."""
    hot, hot_line = simulate(seed=2, alf3=9.0)
    usual, line = simulate(seed=2)
    hot.advance(2 * DAY)
    usual.advance(2 * DAY)
    assert hot_line.cells.temperature.mean() > line.cells.temperature.mean() + 4.0
    assert hot_line.cells.efficiency.mean() < line.cells.efficiency.mean() - 0.005
    assert direct_energy(hot_line) > direct_energy(line) + 50.0


def test_set_point_outside_its_range_is_refused() -> None:
    simulation, _ = simulate()
    with pytest.raises(CommandRefused, match=r"outside 3\.85\.\.4\.2"):
        command(simulation, "cell_018/voltage_setpoint", 5.0)


def test_section_set_point_reaches_its_cells_only() -> None:
    simulation, line = simulate(telemetry=True)
    command(simulation, "section_2/alumina_target", 3.0)
    simulation.advance(10.0)
    assert line.cells.alumina_target[72:144].tolist() == [3.0] * 72
    assert line.cells.alumina_target.sum() == pytest.approx(216 * 2.5 + 72 * 3.0)
    simulation.advance(4 * HOUR)
    assert line.cells.alumina[72:144].mean() == pytest.approx(3.0, abs=0.15)


def test_rectifier_trip_stops_the_line_and_the_load_comes_back_slowly() -> None:
    simulation, line = simulate()
    simulation.advance(HOUR)
    drive(line.rectifier.unit, State.ABORTED, "failure:rectifier")
    simulation.advance(60.0)
    assert line.line_unit.state is State.ABORTED
    assert [section.state for section in line.potroom.sections] == [State.SUSPENDED] * 4
    assert line.electrolysis.power == 0.0
    made = line.conditions.metal_made()
    simulation.advance(1200.0)
    assert line.conditions.metal_made() == pytest.approx(made, abs=1e-6)
    drive(line.rectifier.unit, State.EXECUTE, Reason.PRODUCTION)
    simulation.advance(50 * 60.0)
    assert line.line_unit.state is State.EXECUTE
    assert line.electrolysis.current == pytest.approx(200_000, rel=0.02)
    simulation.advance(HOUR)
    assert line.electrolysis.current == pytest.approx(400_000, rel=0.02)
    assert max(line.balances().values()) < 1e-9


def test_cells_in_relining_make_no_metal() -> None:
    simulation, line = simulate()
    pads = line.cells.pad.copy()
    simulation.advance(600.0)
    out = line.cells.cut_out == 1.0
    assert out.sum() in (4, 5)
    assert line.cells.pad[out].tolist() == pads[out].tolist()
    assert line.cells.voltage[out].tolist() == [0.0] * int(out.sum())
    assert line.line_unit.capacity == pytest.approx(1.0 - out.sum() / 288)


def test_taps_keep_the_level_and_their_usual_mass() -> None:
    simulation, line = simulate()
    simulation.advance(6 * DAY)
    on = line.cells.on > 0
    taps = line.tapping.processed / (6 * DAY / (28 * HOUR) * on.sum())
    assert 3.0 < taps < 3.9
    assert line.cells.pad[on].mean() == pytest.approx(PAD, rel=0.01)
    assert line.cells.level[on].std() == pytest.approx(1.0, abs=0.2)


def test_full_furnaces_make_the_tapping_wait_and_the_pads_grow() -> None:
    simulation, line = simulate()
    line.casthouse.metal.take_in(230_000.0)
    pads = line.cells.metal()
    simulation.advance(HOUR)
    assert line.tapping.state is State.SUSPENDED
    assert line.tapping.reason.startswith("blocked")
    assert line.cells.metal() > pads + 25_000.0


# -- the whole -----------------------------------------------------------------------------------------------


def test_balances_close_at_any_moment() -> None:
    simulation, line = simulate(seed=8)
    for cut in (12_345.6, 7.3, 86_400.0, 33.3):
        simulation.advance(cut)
        assert max(line.balances().values()) < 1e-9


def test_line_energy_is_the_sum_of_its_meters() -> None:
    """Alternating current per tonne = direct / 98 % + auxiliaries; gas 1 GJ/t; nothing is metered twice."""
    simulation, line = simulate(seed=4)
    simulation.advance(5 * DAY)
    ledger = simulation.ledger()
    made = line.conditions.metal_made() / 1000.0

    def energy(carrier: str) -> float:
        return math.fsum(
            value
            for page in ledger.values()
            for key, value in page.items()
            if key.startswith(f"energy/{carrier}/")
        )

    direct = line.electrolysis.energy / 3.6e6
    assert direct / made == pytest.approx(13_020, rel=0.01)
    assert (energy("electricity") - direct / 0.98) / made == pytest.approx(300, rel=0.02)
    assert energy("electricity") / made == pytest.approx(13_590, rel=0.01)
    assert energy("natural_gas") * 3.6e-3 / line.line_unit.processed == pytest.approx(1.0, rel=0.03)


def test_line_figures_are_near_the_data_sheet() -> None:
    """Six days; the calibration runs hold the narrow tolerances."""
    simulation, line = simulate(seed=6)
    states = []
    for _ in range(24):
        simulation.advance(6 * HOUR)
        on = line.cells.on > 0
        cells = line.cells
        states.append([cells.temperature[on].mean(), cells.temperature[on].std(), cells.alumina[on].std(),
                       cells.efficiency[on].mean(), cells.voltage[on].mean(), cells.superheat[on].std()])  # fmt: skip
    temperature, spread, alumina, efficiency, voltage, superheat = np.mean(states, axis=0)
    page = simulation.ledger()["line"]
    unit = line.line_unit
    assert unit.ideal_cycle_time is not None
    assert page["capacity_seconds"] / page["planned_busy_seconds"] == pytest.approx(0.985, abs=0.005)
    assert unit.ideal_cycle_time * page["processed"] / page["capacity_seconds"] == pytest.approx(
        0.975, abs=0.01
    )
    assert page["reworked"] / page["processed"] == pytest.approx(0.06, abs=0.025)
    assert temperature == pytest.approx(960.0, abs=1.5)
    assert spread == pytest.approx(5.5, rel=0.15)
    assert superheat == pytest.approx(2.5, rel=0.25)
    assert alumina == pytest.approx(0.35, rel=0.1)
    assert efficiency == pytest.approx(0.92, abs=0.004)
    assert voltage == pytest.approx(4.02, abs=0.02)


def test_frames_do_not_depend_on_how_time_is_cut() -> None:
    whole, _ = simulate(telemetry=True, seed=9)
    pieces, _ = simulate(telemetry=True, seed=9)
    frames = whole.advance(3 * HOUR)
    cut = []
    for seconds in (0.5, 9.5, 47.0, 3600.0, 1.0, 5000.0, 2142.0):
        cut += pieces.advance(seconds)
    assert frames == cut
    other, _ = simulate(telemetry=True, seed=10)
    assert other.advance(3 * HOUR) != frames


def test_a_day_of_telemetry_stays_within_a_million_samples() -> None:
    simulation, _ = simulate(telemetry=True)
    hours = sum(len(frame) for frame in simulation.advance(2 * HOUR))
    assert 0.25e6 < 12 * hours < 1.0e6


@pytest.mark.parametrize(("name", "value"), [("current", 700.0), ("voltage", 3.0), ("pot_life", 0.0)])
def test_parameter_outside_its_range_is_refused(name: str, value: float) -> None:
    with pytest.raises(ParameterError, match=name):
        Aluminium(**{name: value})


def test_unknown_parameter_is_refused() -> None:
    with pytest.raises(ParameterError, match="voltge"):
        Aluminium.configured({"voltge": 4.0})
