"""The overview's figures against the data sheet and the day before: what is not known is a dash, never a number."""

from dataclasses import replace

import pytest

from edge.api.query import Query
from edge.store import Event
from edge.store.memory import MemoryStore
from edge.web.board import Boards, Card
from edge.web.line_sums import line_sums
from edge.web.overview import against_html, card_html
from tests.edge.filled_store import Filler, filled

pytestmark = pytest.mark.slow  # two days are simulated


@pytest.fixture(scope="module")
def line() -> tuple[MemoryStore, Filler]:
    store, filler = filled(49 * 60)
    assert isinstance(store, MemoryStore)
    return store, filler


def card(line: tuple[MemoryStore, Filler], minutes: float = 0.0) -> Card:
    """Return the card as it was so many minutes ago."""
    now = line[1].run.now_ms - round(minutes * 60_000)
    query = Query(line[0], clock_ms=lambda: now)
    boards = Boards(query)
    (found,) = boards.cards()
    return found


def figures(found: Card) -> dict[str, dict[str, object]]:
    return {figure["name"]: figure for figure in found.plant["headline"]}


def row(found: Card, title: str) -> str:
    text = against_html(found, figures(found))
    return text.partition(f"<tr><td>{title}")[2].partition("</tr>")[0]


def test_day_before_is_the_same_hours_a_day_earlier(line: tuple[MemoryStore, Filler]) -> None:
    found = card(line)
    end = line[1].run.now_ms // 60_000 * 60_000
    day = 86_400_000
    line_unit = line[1].declaration.units[0]
    (earlier,) = line[0].tally(line_unit.path, end - 2 * day, end - day, day)
    value = earlier.values["actual_production_time"] / earlier.values["planned_busy_time"]
    assert found.before["availability"] == pytest.approx(value)
    assert f"{100 * value:.1f} %" in row(found, "Availability")


def test_day_that_is_not_stored_in_full_is_a_dash(line: tuple[MemoryStore, Filler]) -> None:
    store, filler = filled(25 * 60)
    assert isinstance(store, MemoryStore)
    found = card((store, filler))
    assert (found.before, found.alarms[1]) == ({}, None)
    assert row(found, "Availability").endswith('<td class="n">–</td><td class="n">–</td>')


def test_data_sheet_stands_beside_the_figures_where_the_plant_declares_one(
    line: tuple[MemoryStore, Filler],
) -> None:
    found = card(line)
    assert found.targets == {}
    value = figures(found)["availability"]["value"]
    assert isinstance(value, float)
    known = replace(found, targets={"availability": value - 0.025, "specific_energy": 1e9})
    assert f'{100 * value - 2.5:.1f} % <span class="quiet">+2.5</span>' in row(known, "Availability")
    assert "−100.0 %" in row(known, "Specific energy")


def test_oee_of_the_data_sheet_is_the_product_of_its_three_factors() -> None:
    store, filler = filled(3)
    sheet = {"availability": 0.8, "effectiveness": 0.5, "quality_ratio": 0.9, "defect_rate": 0.1}
    for step, (targets, expected) in enumerate(((sheet, 0.36), ({"availability": 0.8}, None)), 1):
        store.declare(replace(filler.declaration, epoch=filler.declaration.epoch + step, targets=targets))
        (found,) = Boards(Query(store, clock_ms=lambda: filler.run.now_ms)).cards()
        assert found.targets.get("oee_index") == (None if expected is None else pytest.approx(expected))


def test_alarms_are_counted_as_they_were_raised(line: tuple[MemoryStore, Filler]) -> None:
    before = card(line).alarms
    unit = line[1].declaration.unit("op10").path
    at = line[1].run.now_ms - 3_600_000
    line[0].record(
        [Event(at, unit, "alarm", "warning", "hot", "oil"), Event(at + 1, unit, "clear", "info", "", "oil")]
    )
    line[0].record([Event(at - 86_400_000, unit, "alarm", "warning", "hot", "oil")])
    after = card(line).alarms
    assert None not in before
    assert after == tuple((count or 0) + 1 for count in before)
    assert "Alarms raised" in card_html(card(line), 0.0)


def test_plant_that_fell_silent_long_ago_is_read_by_itself(line: tuple[MemoryStore, Filler]) -> None:
    """Its days lie far back: the events of all the others since then are not read for it."""

    class Listening(MemoryStore):
        def events(self, scope: str, start_ms: int, end_ms: int, limit: int = 200) -> list[Event]:
            asked.append((scope, end_ms - start_ms))
            return line[0].events(scope, start_ms, end_ms, limit)

    asked: list[tuple[str, int]] = []
    day, declaration, now = 86_400_000, line[1].declaration, line[1].run.now_ms // 60_000 * 60_000
    silent = replace(declaration, plant="silent", line_path="demo/nowhere")
    found = line_sums(Listening(), [(declaration, now), (silent, now - 20 * day)])
    assert asked == [("", 2 * day), ("demo/nowhere", 2 * day)]
    assert found[declaration.plant].alarms == card(line).alarms
    assert found["silent"].alarms[0] == 0
