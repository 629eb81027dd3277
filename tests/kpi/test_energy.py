"""Energy, cost, maintenance and quality figures from hand-made tallies."""

import pytest

from twin.kpi import figures, peak_power

TALLY = {
    "calendar_time": 3600.0, "pq": 110.0, "sq": 6.0, "rq": 4.0, "energy/electricity/execute": 90.0,
    "energy/electricity/idle": 10.0, "energy/natural_gas/execute": 100.0, "co2": 80.0, "energy_cost": 100.0,
    "labour_time": 5.0, "labour_cost": 200.0, "other_cost": 50.0, "failures": 2.0, "failure_time": 600.0,
    "actual_production_time": 3000.0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "unit"),
    [
        ("energy_total", 200.0, "kWh"),
        ("specific_energy", 2.0, "kWh/t"),
        ("energy_utilisation", 100.0 / 0.72, "t/GJ"),
        ("energy/electricity", 100.0, "kWh"),
        ("energy_share/electricity/idle", 0.1, ""),
        ("non_productive_energy_share", 0.05, ""),
        ("average_power", 200.0, "kW"),
        ("co2_per_good_unit", 0.8, "kg/t"),
        ("labour_productivity", 20.0, "t/h"),
        ("conversion_cost", 350.0, "CNY"),
        ("conversion_cost_per_good_unit", 3.5, "CNY/t"),
        ("mtbf", 1500.0, "s"),
        ("mttr", 300.0, "s"),
        ("scrap_ratio", 6 / 110, ""),
        ("rework_ratio", 4 / 110, ""),
        ("first_pass_yield", 100 / 110, ""),
        ("defect_rate", 10 / 110, ""),
    ],
)
def test_figure(name: str, value: float, unit: str) -> None:
    found = figures(TALLY, "t")[name]
    assert (found.value, found.unit) == (pytest.approx(value), unit)


def test_a_lower_specific_energy_is_a_higher_utilisation() -> None:
    """17.2 % more output per energy is 14.7 % less energy per output (data sheet 0.3)."""
    before = figures(TALLY)["specific_energy"].value
    after = figures(TALLY | {"energy/electricity/execute": 90.0 - 200.0 * 0.1467577})["specific_energy"].value
    assert before is not None
    assert after is not None
    assert before / after == pytest.approx(1.172, abs=1e-5)


def test_peak_is_that_of_the_highest_quarter_hour() -> None:
    """20 kWh in a quarter of an hour are 80 kW; a window cut short counts with its own length."""
    quarters = [{"calendar_time": 900.0, "energy/electricity/execute": kwh} for kwh in (10.0, 20.0, 15.0)]
    assert peak_power(
        [*quarters, {"calendar_time": 60.0, "energy/electricity/idle": 1.0}]
    ).value == pytest.approx(80.0)
    assert peak_power([]).value is None
