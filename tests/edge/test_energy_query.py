"""Energy by carrier, state and cause adds up to the meters; the baseline comes from the hours before."""

from dataclasses import replace

import pytest

from edge.api.energy_query import BASE_LOAD, PRODUCTION, QUARTER, EnergyQuery
from edge.api.query import Query
from edge.api.time_range import HOUR, TimeRange
from edge.store.memory import MemoryStore
from edge.web.energy_page import carriers_html, flows_html, idle_cost, quarters_html, sums_html
from edge.web.enpi import enpi_html
from tests.edge.filled_store import Filler, filled
from twin.kpi.tally import energy


@pytest.fixture(scope="module")
def line() -> tuple[MemoryStore, Filler]:
    store, filler = filled(20 * 60)
    assert isinstance(store, MemoryStore)
    return store, filler


def ask(line: tuple[MemoryStore, Filler]) -> EnergyQuery:
    return EnergyQuery(Query(line[0], clock_ms=lambda: line[1].run.now_ms))


def test_causes_add_up_to_what_the_meters_counted_by_carrier_and_state(
    line: tuple[MemoryStore, Filler],
) -> None:
    declaration, end = line[1].declaration, line[1].run.now_ms
    view = ask(line).view(declaration, TimeRange(declaration.start_ms, end))
    for carrier in {use.carrier for use in view.uses}:
        for state in ("execute", "idle", "standby", "off"):
            told = sum(use.kwh for use in view.uses if (use.carrier, use.state) == (carrier, state))
            assert told == pytest.approx(energy(view.total, carrier, state), abs=0.01)
    causes = {use.cause for use in view.uses}
    assert {PRODUCTION, BASE_LOAD, "starved", "outside planned time"} <= causes
    assert all(use.state == "execute" for use in view.uses if use.cause == PRODUCTION)


def test_quarter_that_is_not_over_has_no_mean_power_yet(line: tuple[MemoryStore, Filler]) -> None:
    declaration = line[1].declaration
    end = declaration.start_ms + 3 * QUARTER + 180_000
    view = ask(line).view(declaration, TimeRange(declaration.start_ms, end))
    assert [at for at, _ in view.quarters] == [declaration.start_ms + place * QUARTER for place in range(3)]
    used = sum(
        energy(row.values)
        for row in line[0].tally(declaration.units[0].path, declaration.start_ms, end, QUARTER)[:1]
    )
    assert view.quarters[0][1] == pytest.approx(used * 4.0)


def test_idle_energy_costs_its_declared_price_and_nothing_is_invented(
    line: tuple[MemoryStore, Filler],
) -> None:
    declaration, end = line[1].declaration, line[1].run.now_ms
    (one,) = ask(line).view(declaration, TimeRange(declaration.start_ms, end)).carriers
    assert one.price is not None
    assert idle_cost([one]) == pytest.approx(one.idle_kwh * one.price)
    (whole,) = line[0].tally(
        declaration.units[0].path, declaration.start_ms, end // 60_000 * 60_000, 1000 * HOUR
    )
    assert one.idle_kwh == pytest.approx(one.kwh - energy(whole.values, "electricity", "execute"))
    bare = replace(one, price=None, carbon=None)
    assert idle_cost([bare]) is None
    assert carriers_html([bare], declaration).count("none declared") == 2


def test_baseline_is_from_the_hours_before_those_that_are_judged(line: tuple[MemoryStore, Filler]) -> None:
    declaration, end = line[1].declaration, line[1].run.now_ms
    found = ask(line).enpi(declaration, end)
    assert found.reporting == TimeRange(end // HOUR * HOUR - 8 * HOUR, end // HOUR * HOUR)
    assert found.reference == TimeRange(declaration.start_ms, found.reporting.start_ms)
    assert (len(found.points), len(found.reported)) == (12, 8)
    assert found.fit is not None
    assert found.told is not None
    assert found.told.cusum[-1] == pytest.approx(found.told.actual - found.told.expected)
    told = enpi_html(found, declaration, 0.0)
    assert "Reference: 12 full hours" in told
    assert f"R² {found.fit.r2:.2f}" in told


def test_short_history_says_that_there_is_no_baseline_yet(line: tuple[MemoryStore, Filler]) -> None:
    declaration = line[1].declaration
    found = ask(line).enpi(declaration, declaration.start_ms + 10 * HOUR)
    assert (found.fit, len(found.points)) == (None, 2)
    assert "2 full hours of reference are stored; a baseline needs 8" in enpi_html(found, declaration, 0.0)


def test_page_tells_each_use_with_its_share_and_an_empty_plant_as_such(
    line: tuple[MemoryStore, Filler],
) -> None:
    declaration, end = line[1].declaration, line[1].run.now_ms
    view = ask(line).view(declaration, TimeRange(declaration.start_ms, end))
    drawn = flows_html(view.uses)
    assert drawn.count("<svg") == 2
    assert "outside planned time" in drawn
    assert "CNY" in sums_html(view, declaration, 0.0)
    assert flows_html([]) == '<p class="empty">No energy metered in this window.</p>'
    assert "No quarter" in quarters_html([], 0.0)
