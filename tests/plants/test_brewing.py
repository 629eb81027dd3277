"""The soy sauce brewery: its laws one by one, its recipe, its books, its figures."""

import functools
from datetime import UTC, datetime

import numpy as np
import pytest
import simpy
from hypothesis import given
from hypothesis import strategies as st

from plants.brewing import Brewing, laws
from plants.brewing.beds import Beds
from plants.brewing.laws import DAY
from plants.brewing.line import Brewery
from plants.brewing.verdict import Verdict
from twin.model.command import Command
from twin.model.plant import ParameterError
from twin.model.simulation import Simulation
from twin.model.state import State
from twin.model.streams import Streams
from twin.model.unit import Unit

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = 3600.0
ROOT = "demo/brewing/brewery/line_1"


def simulate(
    *, seed: int = 1, telemetry: bool = False, hours: float = 0.0, **parameters: float
) -> tuple[Simulation, Brewery]:
    simulation = Simulation(Brewing(**parameters), seed=seed, start=START, telemetry=telemetry)
    assert isinstance(simulation.line, Brewery)
    if hours:
        simulation.advance(hours * HOUR)
    return simulation, simulation.line


def tag(line: Brewery, unit: str, name: str) -> float:
    """Return what a tag shows now."""
    found = next(unit_ for unit_ in line.units if unit_.name == unit)
    read = next(tag_ for tag_ in found.tags() if tag_.name == name).read
    assert read is not None
    return float(read())


# -- laws as functions ---------------------------------------------------------------------------------------


def test_hydrolysis_has_the_rate_of_the_sheet() -> None:
    """1/28 d at 30 °C, 17 g/100 mL, 1,250 U/g; 3.5 % slower per g of salt; protease to the power 0.6."""

    def rate(temperature: float, salt: float, protease: float) -> float:
        return float(laws.hydrolysis_rate(np.array([temperature]), np.array([salt]), np.array([protease]))[0])

    usual = rate(30.0, 17.0, 1250.0)
    assert usual == pytest.approx(1.0 / (28 * DAY))
    assert rate(30.0, 19.0, 1250.0) == pytest.approx(0.93 * usual)
    assert rate(30.0, 17.0, 625.0) == pytest.approx(0.5**0.6 * usual)
    assert 0.3 < rate(15.0, 17.0, 1250.0) / usual < 0.4


def test_self_heating_reaches_4_kelvin_an_hour_at_most() -> None:
    grown = np.linspace(0.001, 1.0, 500)
    heat = laws.self_heating(grown, laws.GROWTH * grown * (1.0 - grown)) * HOUR
    assert heat.max() == pytest.approx(4.0, rel=0.05)
    assert heat[-1] == pytest.approx(1.0)


@given(st.floats(0.1, 3.0), st.floats(0.05, 1.0))
def test_ruth_law_gives_the_time_of_a_filtration(pressure: float, cloth: float) -> None:
    """Pressure times time is r/2 V² + R V."""
    volume, hours, step = 0.0, 0.0, 0.001
    while volume < 5.0:
        volume += laws.filtrate_rate(pressure, volume, cloth) * step
        hours += step
    assert pressure * hours == pytest.approx(laws.CAKE_RESISTANCE / 2 * volume**2 + cloth * volume, rel=0.06)


def test_nameplate_is_100_kt_a_year() -> None:
    """Four discs of 24 t in 48 h make 273.6 t of sauce a day: 99.9 kt in 365 days."""
    daily = 4 * laws.NAMEPLATE_CHARGE * laws.SAUCE_PER_RAW / 2.0
    assert daily * 365 == pytest.approx(100_000, rel=0.002)


# -- koji ----------------------------------------------------------------------------------------------------


def grow(
    hours: float, *, chill: float = 1.0, germs: float = 1.0, fan: float = 1.0, clumps: float = 0.0
) -> Beds:
    """Grow koji on all discs with the climate of GROW, 8 h after inoculation in GERMINATE."""
    env = simpy.Environment()
    beds = Beds(env, Streams(1), step=60.0, sigma=0.0, clumps=clumps)
    for disc in range(4):
        beds.lay(disc, dry=22_800.0, water=0.9, contamination=1.0, vigour=1.0)
    for minute in range(round(hours * 60)):
        beds.set_bed[:], beds.fan[:] = (31.0, 0.6) if minute < 480 else (31.0, fan)
        if minute == 480:
            beds.chill, beds.germs = chill, germs
        env.run(until=env.now + 60.0)
        beds.step(60.0)
    return beds


def test_koji_bed_keeps_its_temperature_while_it_is_chilled() -> None:
    beds = grow(14.0)
    assert beds.mean == pytest.approx([31.0] * 4, abs=1.0)
    assert beds.hot.max() == 0.0
    assert beds.chilled.max() > 0.5


def test_koji_without_chilled_water_overheats_and_is_degraded() -> None:
    """Self-heating carries the bed past 38 °C; after 2 h there protease is x 0.75 and bacteria x 3."""
    sound, hot = grow(15.0), grow(15.0, chill=0.0)
    assert hot.hottest.max() > laws.HOT
    assert hot.spoiled.all()
    assert hot.mean_contamination == pytest.approx([3.0] * 4)
    assert hot.mean_protease.mean() < 0.8 * sound.mean_protease.mean()
    rise = grow(11.0, chill=0.0).mean.mean() - grow(10.0, chill=0.0).mean.mean()
    assert 1.5 < rise < 5.0


def test_clump_overheats_its_own_sector_only() -> None:
    beds = grow(15.0, clumps=0.01)
    assert 0 < beds.spoiled.sum() < 48
    assert beds.hottest.max() > beds.mean.max() + 3.0


def test_bacteria_of_a_torn_filter_spoil_the_koji() -> None:
    assert grow(20.0, germs=30.0).spoiled.all()
    assert not grow(20.0).spoiled.any()


def test_koji_dries_to_its_moisture() -> None:
    beds = grow(36.0, fan=0.75)
    assert 22.0 < beds.mean_moisture.mean() < 36.0
    assert beds.koji.imbalance() < 1e-12


def test_contaminated_and_overheated_koji_counts_as_rework_of_the_line() -> None:
    simulation, line = simulate(koji_clumps=0.0, hours=2)
    line.beds.chill = 0.0
    simulation.advance(24 * HOUR)
    assert line.verdict.found["koji"] > 100.0
    assert 0.0 < line.line_unit.reworked <= line.line_unit.processed


def test_slow_spores_take_longer_on_the_disc() -> None:
    """The second enzyme phase ends by the protease: it is extended up to 6 h, and only the effectiveness suffers."""
    simulation, line = simulate(vigour_sigma=0.0, hours=1)
    disc = next(number for number, koji in enumerate(line.koji.discs) if koji.phase_text)
    lot = line.koji.discs[disc].batch
    assert lot is not None
    line.beds.forming[line.beds.places(disc)] *= 0.9
    simulation.advance(48 * HOUR)
    assert 12.5 * HOUR < lot.lasted("ENZYME-2") <= 18 * HOUR + 1.0


# -- moromi --------------------------------------------------------------------------------------------------


@functools.cache
def opening() -> Brewery:
    return simulate(seed=4)[1]


def test_fermenters_start_at_all_ages_with_the_figures_of_the_sheet() -> None:
    """Section 5.5 for a ripe moromi, and everything on its way to there."""
    moromi = opening().moromi
    full = moromi.mass > 0.0
    assert 72 <= full.sum() <= 82
    ripe = slice(0, 3)
    for array, low, high in (
        (moromi.amino, 0.85, 1.05), (moromi.nitrogen, 1.50, 1.75), (moromi.acidity, 4.8, 5.2), (moromi.sugar, 3.0, 5.0),
        (moromi.acid, 1.2, 1.8), (moromi.ethanol, 1.0, 2.2), (moromi.salt, 16.5, 18.7),
    ):  # fmt: skip
        assert low <= array[ripe].mean() <= high
    assert moromi.amino[full][0] > moromi.amino[full][40] > moromi.amino[full][-1]
    assert np.std(moromi.temperature[40:60]) > 0.5


def test_stronger_brine_slows_the_release_of_nitrogen() -> None:
    """24 % against 16 % of salt lowers amino nitrogen (V49: 12 %)."""
    amino = [simulate(brine_strength=strength)[1].moromi.amino[3] for strength in (17.0, 25.0)]
    assert 0.02 < 1.0 - amino[1] / amino[0] < 0.20


def test_stuck_jacket_cools_with_30_hours_and_slows_the_enzymes() -> None:
    simulation, line = simulate(moromi_sigma=0.0, hours=1)
    place = 25
    before, rate = line.moromi.temperature.item(place), line.moromi.amino_rate.item(place)
    line.moromi.jacket[place] = 0.0
    simulation.advance(30 * HOUR)
    cooled = (before - line.moromi.temperature.item(place)) / (before - 18.0)
    assert cooled == pytest.approx(1.0 - np.exp(-1.0), rel=0.05)
    assert line.moromi.amino_rate.item(place) < 0.8 * rate


def test_ramp_raises_the_set_point_by_0_3_kelvin_a_day() -> None:
    simulation, line = simulate(seed=2)
    simulation.advance(HOUR)
    place = next(
        number for number, tank in enumerate(line.cellar.tanks) if tank.phase_text.startswith("RAMP")
    )
    before = line.moromi.setpoint.item(place)
    simulation.advance(DAY)
    assert line.moromi.setpoint.item(place) - before == pytest.approx(0.3, rel=0.03)


def test_salt_error_of_the_brine_is_found_in_the_fresh_moromi() -> None:
    simulation, line = simulate(seed=3, hours=1)
    line.cellar.dosing = 4.0
    simulation.advance(36 * HOUR)
    assert tag(line, "cellar", "brine_strength") > 23.5
    assert tag(line, "cellar", "fresh_nacl") > 18.7


def test_colder_moromi_ripens_less() -> None:
    simulation, line = simulate(hours=1)
    warm, cold = 25, 26
    line.moromi.target[cold] = 22.0
    line.moromi.setpoint[cold] = 22.0
    simulation.advance(96 * HOUR)
    assert line.moromi.amino_rate[cold] < 0.8 * line.moromi.amino_rate[warm]


# -- pressing to bottling ------------------------------------------------------------------------------------


def test_blind_cloths_leave_more_in_the_cake() -> None:
    simulation, line = simulate(hours=2)
    line.press.blinding = 8.0
    simulation.advance(14 * HOUR)
    assert tag(line, "press", "cake_nitrogen_loss") > 10.0
    assert tag(line, "press", "cloth_resistance") > 700.0


def test_cold_sauce_goes_back_and_counts_as_rework() -> None:
    simulation, line = simulate(hours=1)
    settled, made = line.refinery.settled.taken, line.refinery.unit.reworked
    line.refinery.valve_stuck = 0.8
    simulation.advance(HOUR)
    assert tag(line, "pasteuriser", "temperature") < 80.0
    assert line.refinery.settled.taken - settled < 500.0
    assert line.refinery.unit.reworked > made + 4.0
    assert line.verdict.found["pasteurising"] > 4.0
    line.refinery.valve_stuck = None
    simulation.advance(HOUR)
    assert tag(line, "pasteuriser", "temperature") == pytest.approx(85.0, abs=3.0)


def test_blend_is_diluted_to_its_target_and_graded_by_its_share_below() -> None:
    _, line = simulate(hours=30)
    blending = line.blending
    assert blending.dilution == pytest.approx(line.refinery.amino / 0.567, rel=0.03)
    blending._judge(0.55)
    assert blending.off_grade == pytest.approx(50.0)
    blending._judge(0.60)
    assert blending.off_grade < 0.001


def test_drifting_weigher_overfills_bottles() -> None:
    simulation, line = simulate(hours=1)
    before = line.fillers[0].unit.reworked
    line.fillers[0].drift = 8.0
    simulation.advance(24 * HOUR)
    assert tag(line, "filler_1", "net_content") > 505.0
    filled = line.fillers[0].unit.processed
    assert line.fillers[0].unit.reworked - before > 0.015 * filled


def test_warmer_set_point_needs_more_steam() -> None:
    simulation, line = simulate(hours=1, telemetry=True)
    simulation.write(Command(id="1", path=f"{ROOT}/pasteuriser/temperature_setpoint", value=90.0,
                             expires_ms=simulation.now_ms + 3_600_000))  # fmt: skip
    valve = line.refinery.valve
    simulation.advance(HOUR)
    assert tag(line, "pasteuriser", "temperature") == pytest.approx(90.0, abs=3.0)
    assert line.refinery.valve > valve + 0.03


# -- the batch plant -----------------------------------------------------------------------------------------


def test_lots_follow_the_recipe_through_the_units() -> None:
    """One lot from the order to the brine: all phases of its unit procedures, in order, in its record."""
    simulation, line = simulate(seed=5, hours=30)
    lot = next(
        batch for disc in line.koji.discs if (batch := disc.batch) and batch.record[0].phase == "RECIPE"
    )
    simulation.advance(50 * HOUR)
    begun = [
        entry.phase for entry in sorted(lot.record, key=lambda entry: entry.time) if entry.event == "began"
    ]
    wanted = ["RECIPE", "SOAK", "STEAM", "COOL", "ROAST", "CRUSH", "MIX", "LOAD", "INOCULATE", "GERMINATE", "GROW",
              "TURN-1", "ENZYME", "TURN-2", "ENZYME-2", "COOL", "DISCHARGE", "CIP"]  # fmt: skip
    assert sorted(begun) == sorted(wanted)
    assert [phase for phase in begun if phase not in ("MIX", "LOAD")] == [
        phase for phase in wanted if phase not in ("MIX", "LOAD")
    ]
    assert lot.lasted("GERMINATE") >= 8 * HOUR
    assert lot.lasted("CIP") >= 4 * HOUR


def test_batch_and_phase_are_text_tags() -> None:
    simulation, _ = simulate(telemetry=True)
    frames = simulation.advance(2 * HOUR)
    texts: set[str] = set()
    for frame in frames:
        if frame.source.endswith(("koji_1", "koji_2", "koji_3", "koji_4")):
            texts |= set(frame.texts.values())
    assert any(text.startswith("L-") for text in texts)
    assert texts & {"GERMINATE", "GROW", "ENZYME", "ENZYME-2", "TURN-1", "TURN-2"}


def test_broken_disc_holds_its_lot_and_costs_a_quarter_of_the_capacity() -> None:
    simulation, line = simulate(hours=1)
    disc = next(number for number, koji in enumerate(line.koji.discs) if koji.working)
    line.koji.discs[disc].hold("failure:broken_drive", State.ABORTED)
    capacity = line.line_unit.capacity
    simulation.advance(300.0)
    assert line.koji.units[disc].state is State.ABORTED
    assert line.line_unit.capacity == capacity - 0.25
    line.koji.discs[disc].restart("failure:broken_drive")
    simulation.advance(120.0)
    assert line.koji.units[disc].state is State.EXECUTE


def test_verdict_never_charges_more_than_the_line_makes() -> None:
    """What is owed waits: in every step 0 <= defects <= output, and in the end all is charged."""
    unit = Unit(simpy.Environment(), "line", counted=True, count_unit="t")
    verdict = Verdict(unit)
    verdict.rework("grade", 5.0)
    verdict.scrap("crust", 1.0)
    verdict.produce(2.0)
    assert (unit.processed, unit.scrapped, unit.reworked) == (2.0, 1.0, 1.0)
    verdict.produce(10.0)
    assert (unit.processed, unit.scrapped, unit.reworked) == (12.0, 1.0, 5.0)
    assert verdict.owed == 0.0
    assert verdict.found == {"grade": 5.0, "crust": 1.0}


# -- the whole -----------------------------------------------------------------------------------------------


@functools.cache
def week() -> tuple[Simulation, Brewery]:
    return simulate(seed=6, hours=5 * 24)


def test_balances_close() -> None:
    simulation, line = week()
    assert max(line.balances().values()) < 1e-9
    assert set(line.balances()) >= {
        "mass/koji",
        "mass/fermenters",
        "mass/presses",
        "mass/raw_tank",
        "mass/settled_tanks",
    }
    assert simulation.ledger()["line"]["processed"] > 1000.0


def test_material_flows_agree() -> None:
    """What the koji counts is about what is bottled: 5.7 t a t of raw material, in the steady state."""
    _, line = week()
    counted = line.line_unit.processed
    assert line.preparation.unit.processed * laws.SAUCE_PER_RAW == pytest.approx(counted, rel=0.12)
    pressed = line.press.unit.processed * 136.8 / 86.2
    assert pressed == pytest.approx(counted, rel=0.12)
    assert line.blending.unit.processed == pytest.approx(counted, rel=0.15)


def test_five_days_come_near_the_data_sheet() -> None:
    simulation, line = week()
    page = simulation.ledger()["line"]
    unit = line.line_unit
    assert unit.ideal_cycle_time is not None
    assert page["capacity_seconds"] / page["planned_busy_seconds"] == pytest.approx(0.88, abs=0.03)
    assert unit.ideal_cycle_time * page["processed"] / page["capacity_seconds"] == pytest.approx(
        0.90, abs=0.02
    )
    defective = page["scrapped"] + page["reworked"]
    assert defective / page["processed"] == pytest.approx(0.07, abs=0.03)
    energy = sum(
        value
        for unit_page in simulation.ledger().values()
        for key, value in unit_page.items()
        if key.startswith("energy/")
    )
    assert energy / (page["processed"] - defective) == pytest.approx(511.7, rel=0.08)


@functools.cache
def thirty_hours() -> Brewery:
    return simulate(seed=6, hours=30)[1]


@pytest.mark.parametrize(
    ("parameters", "cause"),
    [
        ({"koji_clumps": 0.05}, "koji"),
        ({"cooking_upsets": 1.0}, "cooking"),
        ({"blend_spread": 0.015}, "grade"),
        ({"koji_crust": 2.0}, "koji_crust"),
    ],
    ids=["clumps", "upsets", "spread", "crust"],
)
def test_defects_answer_to_their_cause(parameters: dict[str, float], cause: str) -> None:
    """More of a cause: more of the defects that are put down to it, and of all defects."""
    usual, worse = thirty_hours(), simulate(seed=6, hours=30, **parameters)[1]
    assert worse.verdict.found[cause] > 2.0 * usual.verdict.found.get(cause, 0.0) + 4.0
    assert worse.line_unit.reworked + worse.line_unit.scrapped + worse.verdict.owed > usual.line_unit.reworked


@pytest.mark.parametrize(
    ("parameters", "rises"),
    [({"cip": 1.0}, True), ({"release_wait": 4.0}, False)],
    ids=["shorter_cip", "longer_release"],
)
def test_availability_answers_to_cleaning_and_waiting(parameters: dict[str, float], rises: bool) -> None:
    usual = thirty_hours().line_unit.account()["capacity_seconds"]
    other = simulate(seed=6, hours=30, **parameters)[1].line_unit.account()["capacity_seconds"]
    assert (other > usual) is rises
    assert abs(other - usual) > 0.01 * usual


def test_frames_do_not_depend_on_how_time_is_cut() -> None:
    whole, pieces = simulate(telemetry=True, seed=9)[0], simulate(telemetry=True, seed=9)[0]
    frames = whole.advance(1.5 * HOUR)
    cut = [frame for seconds in (0.5, 9.5, 50.0, 1234.0, 4106.0) for frame in pieces.advance(seconds)]
    assert frames == cut
    assert simulate(telemetry=True, seed=10)[0].advance(600.0) != simulate(telemetry=True, seed=9)[0].advance(
        600.0
    )


@pytest.mark.parametrize(("name", "value"), [("charge", 99.0), ("moromi_time", 60.0), ("koji_sigma", -1.0)])
def test_parameter_outside_its_range_is_refused(name: str, value: float) -> None:
    with pytest.raises(ParameterError, match=name):
        Brewing(**{name: value})


@pytest.mark.parametrize("end", ["low", "high"])
def test_parameters_work_up_to_their_ends(end: str) -> None:
    """All parameters at one end of their range: the line runs, and its balances close."""
    values = {name: getattr(parameter, end) for name, parameter in Brewing.parameters().items()}
    simulation, line = simulate(**values)
    simulation.advance(3 * HOUR)
    assert max(line.balances().values()) < 1e-9
