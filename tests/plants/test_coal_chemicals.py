"""The coal-to-methanol plant: cause and effect of every law on its tags, books that close, buffers that bridge."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plants.coal_chemicals import CoalChemicals, laws
from plants.coal_chemicals.gasification import Mode
from plants.coal_chemicals.line import Complex
from twin.model.plant import ParameterError
from twin.model.simulation import Simulation
from twin.model.state import State
from twin.model.unit_operation import drive

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR, DAY = 3600.0, 86_400.0
ROOT = "demo/coal_chemicals/methanol/line_1"
# Nothing breaks, no blend changes: what is left is the law under test.
QUIET = {"gasifier_trip": 20_000.0, "air_interval": 50_000.0, "shift_interval": 50_000.0, "wash_interval": 50_000.0,
         "synthesis_interval": 50_000.0, "blend_time": 0.1, "foaming": 1000.0}  # fmt: skip


def simulate(*, seed: int = 4, quiet: bool = True, **parameters: float) -> tuple[Simulation, Complex]:
    values = (QUIET if quiet else {}) | parameters
    simulation = Simulation(CoalChemicals(**values), seed=seed, start=START, telemetry=False)
    assert isinstance(simulation.line, Complex)
    return simulation, simulation.line


def write(simulation: Simulation, tag: str, value: float) -> None:
    """Write a tag at once, as an experiment without telemetry does."""
    put = simulation._writable[f"{ROOT}/{tag}"].write
    assert put is not None
    put(value)


def means(simulation: Simulation, hours: float, *tags: str) -> list[float]:
    """Return the means of tags (`unit/tag`) over the next hours, looked at every two minutes."""
    read = {f"{unit.name}/{tag.name}": tag.read for unit in simulation.line.units for tag in unit.tags()}
    rows = []
    for _ in range(round(hours * 30.0)):
        simulation.advance(120.0)
        rows.append([read[tag]() for tag in tags])  # type: ignore[misc]
    found: list[float] = np.mean(rows, axis=0).tolist()
    return found


def share(line: Complex) -> float:
    return line.line_unit.capacity


# -- laws ----------------------------------------------------------------------------------------------------


@given(st.floats(20, 90), st.floats(30, 80), st.floats(0.1, 0.9), st.floats(1000, 2000))
def test_gas_is_in_equilibrium_and_no_element_is_lost(
    carbon: float, hydrogen: float, oxidised: float, kelvin: float
) -> None:
    oxygen = carbon + oxidised * (carbon + hydrogen)
    constant = laws.water_gas_constant(kelvin)
    co, co2, h2, h2o = laws.equilibrium_gas(carbon, hydrogen, oxygen, constant)
    assert min(co, co2, h2, h2o) > 0.0
    assert co2 * h2 == pytest.approx(constant * co * h2o, rel=1e-6)
    assert (co + co2, h2 + h2o, co + 2 * co2 + h2o) == pytest.approx((carbon, hydrogen, oxygen), rel=1e-12)


@given(st.floats(0.5, 2.0), st.floats(1.5, 8.0), st.floats(490, 550))
def test_newton_finds_the_methanol_equilibrium(co: float, h2: float, kelvin: float) -> None:
    """Carried on from step to step it satisfies K P² = n(CH3OH) n² / (n(CO) n(H2)²)."""
    total, constant, extent = co + h2 + 3.0, laws.methanol_constant(kelvin) * 49.0, 0.3
    for _ in range(40):
        extent = laws.methanol_equilibrium(co, h2, 0.01, total, constant, extent)
    if extent < 0.998 * min(co, h2 / 2.0):
        quotient = (0.01 + extent) * (total - 2 * extent) ** 2 / ((co - extent) * (h2 - 2 * extent) ** 2)
        assert quotient == pytest.approx(constant, rel=1e-3)


def test_gas_has_the_composition_of_the_sheet() -> None:
    """CO/H2/CO2 46/35/18 within 2 points, CO + H2 81-83 %, at an O/C ratio of 0.62-0.66: heat and elements agree."""
    simulation, _ = simulate()
    co, h2, co2, effective, ratio, efficiency = means(
        simulation, 8, *(f"gasifier_1/{tag}" for tag in ("carbon_monoxide", "hydrogen", "carbon_dioxide",
                                                          "effective_gas", "oxygen_coal_ratio", "cold_gas_efficiency"))
    )  # fmt: skip
    assert (co, h2, co2) == pytest.approx((46, 35, 18), abs=2.0)
    assert 81.0 <= effective <= 83.0
    assert 0.62 <= ratio <= 0.66
    assert 68.0 <= efficiency <= 74.0


def test_gasifier_comes_back_to_its_temperature_within_minutes() -> None:
    """Three minutes of time constant and a PI controller on O/C: 80 K too cold are gone within a quarter of an hour."""
    cold, line = simulate()
    usual, other = simulate()
    for simulation in (cold, usual):
        simulation.advance(HOUR)
    line.gasifiers[0].temperature -= 80.0
    cold.advance(120.0)
    usual.advance(120.0)
    assert line.gasifiers[0].ratio > other.gasifiers[0].ratio + 0.003
    cold.advance(1080.0)
    usual.advance(1080.0)
    assert line.gasifiers[0].temperature == pytest.approx(other.gasifiers[0].temperature, abs=12.0)


def test_temperature_and_ratio_scatter_as_in_the_sheet() -> None:
    simulation, line = simulate(seed=2)
    rows = []
    for _ in range(3 * 720):
        simulation.advance(120.0)
        rows.append((line.gasifiers[1].inferred, line.gasifiers[1].ratio))
    temperature, ratio = np.std(rows, axis=0)
    assert temperature == pytest.approx(22.0, rel=0.2)
    assert ratio == pytest.approx(0.012, rel=0.3)


def test_thinner_slurry_brings_water_to_evaporate_and_needs_oxygen() -> None:
    """A wt% of solids less: some 0.006 Nm3/kg more oxygen, a lower cold gas efficiency, more CO2, more energy."""
    thin, _ = simulate()
    usual, _ = simulate()
    write(thin, "slurry/concentration_setpoint", 59.5)
    tags = ("gasifier_1/oxygen_coal_ratio", "gasifier_1/cold_gas_efficiency", "gasifier_1/carbon_dioxide",
            "slurry/viscosity", "gasifier_1/temperature")  # fmt: skip
    for simulation in (thin, usual):
        simulation.advance(2 * HOUR)
    less, more = means(usual, 6, *tags), means(thin, 6, *tags)
    assert more[0] - less[0] == pytest.approx(0.012, rel=0.5)
    assert more[1] < less[1] - 0.5
    assert more[2] > less[2] + 0.5
    assert more[3] < less[3] - 100.0
    assert more[4] == pytest.approx(less[4], abs=3.0)


def test_cold_gasifier_freezes_its_slag_tap_and_loses_load() -> None:
    """60 K less: stiff slag, more carbon in it, the tap closes, load is cut and the gasifier heated up."""
    cold, line = simulate(temperature=1260.0)
    usual, other = simulate()
    read = ("gasifier_1/slag_viscosity", "gasifier_1/carbon_in_slag", "gasifier_1/methane")
    stiff, fluid = means(cold, 36, *read), means(usual, 36, *read)
    assert stiff[0] > 1.2 * fluid[0]
    assert stiff[1] > fluid[1] + 1.0
    assert stiff[2] > 1.3 * fluid[2]
    assert sum(it.upsets for it in line.gasifiers) > sum(it.upsets for it in other.gasifiers)
    lost, kept = (
        simulation.ledger()["line"]["capacity_seconds"] / simulation.env.now for simulation in (cold, usual)
    )
    assert lost < kept - 0.02


def test_hot_gasifier_wears_its_brick_and_warms_its_shell() -> None:
    hot, line = simulate(temperature=1380.0)
    usual, other = simulate()
    before = [it.gasifiers[0].brick for it in (line, other)]
    warm, cool = (
        means(hot, 24, "gasifier_1/shell_temperature"),
        means(usual, 24, "gasifier_1/shell_temperature"),
    )
    worn = [it.gasifiers[0].brick - was for it, was in zip((line, other), before, strict=True)]
    assert warm[0] > cool[0] + 20.0
    assert worn[0] == pytest.approx(2.7 * worn[1], rel=0.25)


def test_module_follows_its_set_point_by_the_bypass() -> None:
    """More hydrogen wanted: less gas goes round the shift; the module stays in its band."""
    rich, _ = simulate()
    usual, _ = simulate()
    write(rich, "shift/module_setpoint", 2.3)
    for simulation in (rich, usual):
        simulation.advance(2 * HOUR)
    more, less = (means(it, 6, "shift/module", "shift/bypass") for it in (rich, usual))
    assert more[0] == pytest.approx(2.3, abs=0.02)
    assert less[0] == pytest.approx(2.1, abs=0.02)
    assert more[1] < less[1] - 2.0


def test_higher_loop_pressure_purges_less_and_takes_more_power() -> None:
    tight, _ = simulate()
    usual, _ = simulate()
    write(tight, "synthesis/pressure_setpoint", 8.0)
    tags = ("synthesis/loop_pressure", "synthesis/recycle_compressor_power", "synthesis/purge_flow")
    for simulation in (tight, usual):
        simulation.advance(6 * HOUR)
    more, less = means(tight, 10, *tags), means(usual, 10, *tags)
    assert more[0] > less[0] + 0.4
    assert more[1] > 1.05 * less[1]
    assert more[2] < less[2]


def test_impure_oxygen_fills_the_loop_with_inerts_that_must_be_purged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Twice the nitrogen and argon: inerts build up, more gas is purged, less methanol is made."""
    usual, _ = simulate()
    impure, line = simulate()
    tags = ("synthesis/loop_inert", "synthesis/purge_flow", "synthesis/crude_rate")
    usual.advance(6 * HOUR)
    less = means(usual, 8, *tags)
    monkeypatch.setattr("plants.coal_chemicals.gasifier.INERT", 1.0)
    impure.advance(6 * HOUR)
    more = means(impure, 8, *tags)
    assert more[0] > less[0] + 3.0
    assert more[1] > less[1] + 500.0
    assert more[2] < less[2] - 0.05
    assert max(line.balances().values()) < 1e-9


def test_old_catalyst_converts_less_per_pass_and_makes_less_methanol() -> None:
    """1 % a month: at 45 months, little more than half the activity, a lower conversion, more gas to purge."""
    old, line = simulate(catalyst_age=45.0)
    new, _ = simulate(catalyst_age=1.0)
    assert line.synthesis.activity == pytest.approx(0.55)
    tags = ("synthesis/conversion_per_pass", "synthesis/crude_rate", "synthesis/purge_flow")
    for simulation in (old, new):
        simulation.advance(6 * HOUR)
    worse, better = means(old, 10, *tags), means(new, 10, *tags)
    assert worse[0] < better[0] - 8.0
    assert worse[1] < better[1] - 0.3
    assert worse[2] > better[2] + 500.0


def test_catalyst_loses_one_per_cent_a_month_and_more_with_sulphur() -> None:
    clean, line = simulate()
    dirty, other = simulate()
    other.wash.warming = 14.0
    clean.advance(2 * DAY)
    dirty.advance(2 * DAY)
    assert 0.82 - line.synthesis.activity == pytest.approx(0.01 * 2 / 30.4, rel=0.05)
    assert other.synthesis.activity < line.synthesis.activity - 0.0005


def test_warm_wash_lets_sulphur_through_until_load_is_cut() -> None:
    simulation, line = simulate()
    simulation.advance(HOUR)
    line.wash.warming = 12.0
    simulation.advance(4 * HOUR)
    assert line.wash.section.capacity == 0.7
    assert share(line) == pytest.approx(0.7, abs=0.01)
    assert 0.05 < line.wash.sulphur < 0.2
    line.wash.warming = 0.0
    simulation.advance(4 * HOUR)
    assert share(line) > 0.85


def test_sulphur_far_above_the_limit_goes_to_the_flare_as_scrap() -> None:
    simulation, line = simulate()
    simulation.advance(HOUR)
    line.wash.warming = 30.0
    simulation.advance(2 * HOUR)
    assert line.wash.flaring
    assert line.feeding.flared > 1.0
    assert line.line_unit.scrapped > 50.0
    assert max(line.balances().values()) < 1e-9


def test_hot_air_takes_oxygen_and_with_it_load() -> None:
    hot, line = simulate(ambient=36.0, oxygen_size=60_000.0)
    usual, other = simulate(oxygen_size=60_000.0)
    tags = ("gasifier_1/load", "line/flare_flow")
    less, more = means(hot, 24, *tags), means(usual, 24, *tags)
    assert line.air.able < 0.95 * other.air.able
    assert less[0] < more[0] - 1.0


# -- events --------------------------------------------------------------------------------------------------


def test_trip_costs_thirty_per_cent_until_the_spare_is_in() -> None:
    simulation, line = simulate()
    simulation.advance(2 * HOUR)
    line.gasification.trip(0, "failure:trip")
    simulation.advance(2 * HOUR)
    assert line.gasifiers[0].unit.state is State.ABORTED
    assert line.gasifiers[2].unit.state is State.STARTING
    assert 0.6 < share(line) <= 0.7
    assert line.gasifiers[1].load > 1.1
    before = line.line_unit.scrapped
    simulation.advance(11 * HOUR)
    assert line.gasifiers[2].unit.state is State.EXECUTE
    assert share(line) > 0.85
    assert line.line_unit.scrapped > before + 5.0, "a starting gasifier flares its gas"
    simulation.advance(24 * HOUR)
    assert line.gasifiers[0].unit.state is State.IDLE, "mended, it is the spare"


def test_worn_burner_is_switched_to_the_spare_in_four_hours() -> None:
    simulation, line = simulate()
    simulation.advance(2 * HOUR)
    line.gasifiers[0].burner_age = 95 * DAY
    simulation.advance(HOUR)
    assert share(line) <= 0.7
    simulation.advance(3.5 * HOUR)
    assert share(line) > 0.85
    assert line.gasification.mode == [Mode.SERVICE, Mode.ON, Mode.ON]
    assert line.gasification._timer[0] == pytest.approx(84 * HOUR, abs=5 * HOUR)
    line.gasification._timer[0] = HOUR
    simulation.advance(2 * HOUR)
    assert line.gasification.mode[0] is Mode.STANDBY
    assert line.gasifiers[0].burner_age == 0.0


def test_burner_leak_trips_at_fifty_ppm() -> None:
    simulation, line = simulate()
    simulation.advance(HOUR)
    line.gasifiers[0].leak = 10.0
    simulation.advance(4 * HOUR)
    assert 30.0 < line.gasifiers[0].cooling_water < 50.0
    simulation.advance(2.5 * HOUR)
    assert line.gasification.mode[0] is not Mode.ON


def test_worn_brick_is_relined_at_the_next_burner_swap() -> None:
    simulation, line = simulate()
    line.gasifiers[0].brick = 0.95
    line.gasifiers[0].burner_age = 95 * DAY
    simulation.advance(6 * HOUR)
    assert line.gasification.mode[0] is Mode.RELINING
    assert line.gasifiers[0].brick == 0.0


def test_plant_without_gasifier_stands_and_comes_back() -> None:
    simulation, line = simulate()
    simulation.advance(2 * HOUR)
    for place in (0, 1):
        line.gasification.trip(place, "failure:trip")
    simulation.advance(6 * HOUR)
    assert line.line_unit.state is State.ABORTED
    assert line.synthesis.made < 0.05
    assert max(line.balances().values()) < 1e-9
    simulation.advance(30 * HOUR)
    assert line.line_unit.state is State.EXECUTE
    assert line.synthesis.made > 0.4
    assert max(line.balances().values()) < 1e-9


def test_liquid_oxygen_bridges_a_failed_train_for_hours() -> None:
    simulation, line = simulate()
    simulation.advance(HOUR)
    line.air.section.broken = True
    simulation.advance(8 * HOUR)
    assert share(line) > 0.85
    assert line.air.lox.mass < 0.75 * line.air._full
    simulation.advance(20 * HOUR)
    assert share(line) == pytest.approx(0.55, abs=0.01)
    assert max(line.balances().values()) < 1e-9


def test_slurry_tanks_bridge_a_failed_mill() -> None:
    simulation, line = simulate(mill_interval=5000.0)
    simulation.advance(HOUR)
    drive(line.slurry.unit, State.ABORTED, "failure:mill")
    line.slurry.mills.in_service = 1
    full = line.slurry.tank.mass
    simulation.advance(6 * HOUR)
    assert share(line) > 0.85
    assert line.slurry.tank.mass < full - 2 * HOUR * 0.3 * 29.0
    line.slurry.mills.in_service = 0
    simulation.advance(8 * HOUR)
    assert line.gasification.coal < 0.4 * 29.0
    assert max(line.balances().values()) < 1e-9


def test_crude_tank_bridges_failed_columns() -> None:
    simulation, line = simulate()
    simulation.advance(HOUR)
    level = line.crude_tank.mass
    drive(line.distillation.unit, State.ABORTED, "failure:column")
    simulation.advance(6 * HOUR)
    assert line.distillation.rate == 0.0
    assert line.synthesis.made > 0.5
    assert line.crude_tank.mass > level + 5 * HOUR * 17.0


def test_scale_narrows_a_train_until_it_is_cleaned() -> None:
    simulation, line = simulate()
    grey = line.grey_water
    grey.scale[:] = (0.99, 0.3)
    assert grey.share(0) == pytest.approx(1.0 - 0.14 * 0.99)
    simulation.advance(20 * HOUR)
    low = []
    for _ in range(40):
        simulation.advance(0.5 * HOUR)
        low.append(share(line))
    assert grey.cleanings >= 1.0
    assert min(low) < 0.75 or grey.scale[0] < 0.1
    assert grey.share(0) > 0.97


def test_blend_change_lowers_the_load_that_is_dared() -> None:
    simulation, line = simulate(seed=5, blend_time=12.0, blend_load=80.0)
    line.coal._since = line.coal.interval - 300.0
    simulation.advance(2 * HOUR)
    assert line.coal.changing
    assert share(line) == pytest.approx(0.80)
    simulation.advance(12 * HOUR)
    assert not line.coal.changing
    assert share(line) > 0.85


def test_column_upset_sends_wet_product_back_to_the_crude_tank() -> None:
    simulation, line = simulate(column_upsets=0.0)
    simulation.advance(4 * HOUR)
    before = line.line_unit.reworked
    usual = line.distillation.product_water
    line.distillation.upset.strike(0, HOUR)
    simulation.advance(HOUR)
    assert line.distillation.product_water > usual + 0.02
    wet = line.line_unit.reworked - before
    assert 5.0 < wet < 45.0, "one of two columns, most of an hour of 36 t/h"
    assert line.distillation.returning.total >= 1000.0 * wet
    assert max(line.balances().values()) < 1e-9


# -- the whole -----------------------------------------------------------------------------------------------


def test_balances_close_at_any_moment() -> None:
    simulation, line = simulate(seed=8, quiet=False)
    for cut in (12_345.6, 7.3, 86_400.0, 33.3, DAY):
        simulation.advance(cut)
        assert max(line.balances().values()) < 1e-9


def test_feed_coal_meter_is_the_heat_of_what_was_gasified() -> None:
    simulation, line = simulate(seed=5)
    simulation.advance(2 * DAY)
    metered = sum(gasifier.unit.meters["coal"].total() for gasifier in line.gasifiers)
    booked = sum(gasifier.coal_energy for gasifier in line.gasifiers)
    assert metered == pytest.approx(booked, rel=2e-3)


def test_consumption_per_tonne_is_that_of_the_sheet() -> None:
    """820 Nm3 of oxygen, 2,250 Nm3 of CO + H2, 1.42 t of ash-free coal with the boilers', 290 kWh, per tonne."""
    simulation, line = simulate(seed=6)
    simulation.advance(DAY)
    made = oxygen = gas = 0.0
    for _ in range(720):
        simulation.advance(120.0)
        made += line.synthesis.made * laws.METHANOL / 1000.0
        oxygen += line.gasification.oxygen
        gas += (line.gasification.output[0] + line.gasification.output[2]) * laws.MOLAR_VOLUME
    assert oxygen / made == pytest.approx(820, rel=0.04)
    assert gas / made == pytest.approx(2250, rel=0.04)
    ledger = simulation.ledger()
    tonnes = line.line_unit.processed - line.line_unit.scrapped - line.line_unit.reworked

    def used(carrier: str) -> float:
        return sum(
            value
            for page in ledger.values()
            for key, value in page.items()
            if key.startswith(f"energy/{carrier}/")
        )

    coal = (used("coal") + used("fuel_coal")) * 3600.0 / laws.HEAT_ASH_FREE / 1000.0 / tonnes
    assert coal == pytest.approx(1.42, rel=0.06)
    assert used("electricity") / tonnes == pytest.approx(290, rel=0.1)


@pytest.mark.parametrize(
    ("name", "value"), [("temperature", 1000.0), ("one_gasifier", 90.0), ("burner_life", 0.0)]
)
def test_parameter_outside_its_range_is_refused(name: str, value: float) -> None:
    with pytest.raises(ParameterError, match=name):
        CoalChemicals(**{name: value})
