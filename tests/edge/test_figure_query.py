"""Figures of many windows from few questions are those of one question a window."""

import dataclasses
from typing import Any

import pytest

from edge.api.figure_query import described
from edge.api.query import Query
from edge.api.time_range import HOUR, MINUTE, TimeRange, rfc3339
from edge.api.windows import Window, WindowKind
from edge.store import Results, TallyRow
from edge.store.memory import MemoryStore
from tests.edge.filled_store import filled
from tests.edge.telemetry import START, declaration
from twin.kpi import figures

PRESS = declaration()
LINE = PRESS.units[0]


class Counted(MemoryStore):
    """A store that counts how often sums are asked."""

    asked = 0

    def tally(self, scope: str, start_ms: int, end_ms: int, every_ms: int) -> list[TallyRow]:
        """Count and answer."""
        self.asked += 1
        return super().tally(scope, start_ms, end_ms, every_ms)


@pytest.fixture(scope="module")
def store() -> Counted:
    """Two days of one tally a minute, in two epochs: the second begins within a shift."""
    made = Counted()
    for number, known in enumerate((PRESS, declaration(epoch=2, start_ms=START + 17 * HOUR))):
        made.declare(known)
        rows = [
            TallyRow(LINE.path, at, at + MINUTE, {"planned_busy_time": 60.0, "pq": 1.0 + at // MINUTE % 7 + number})
            for at in range(known.start_ms, START + 48 * HOUR, MINUTE)
        ]  # fmt: skip
        made.write("press", [], Results(tallies=rows))
    return made


def windows(*edges_minutes: tuple[int, int]) -> list[Window]:
    return [
        Window(START + start * MINUTE, START + end * MINUTE, str(at))
        for at, (start, end) in enumerate(edges_minutes)
    ]


@pytest.mark.parametrize(
    ("edges", "questions"),
    [
        ([(3, 480), (480, 960), (960, 1440), (1440, 1920), (1920, 2003)], 3),  # shifts, cut first and last
        ([(3, 480), (480, 900), (960, 1440), (1500, 1920), (1920, 2003)], 3),  # with breaks between them
        ([(3, 480), (480, 967), (967, 1440), (1440, 1503)], 4),  # an odd edge
        ([(3, 480), (480, 503)], 2),
        ([(3, 480)], 1),
        ([], 0),
    ],
)
def test_shifts_are_summed_as_each_alone(
    store: Counted, monkeypatch: pytest.MonkeyPatch, edges: list[tuple[int, int]], questions: int
) -> None:
    query = Query(store, clock_ms=lambda: START + 48 * HOUR)
    shifts = windows(*edges)
    monkeypatch.setattr(query, "shifts", lambda *_: shifts)
    store.asked = 0
    found = query.kpis(PRESS, LINE, WindowKind.SHIFT, TimeRange(START, START + 48 * HOUR))
    assert store.asked == questions
    assert [(one["start"], one["end"], one["figures"]) for one in found] == [
        (rfc3339(shift.start_ms), rfc3339(shift.end_ms), query.figures(LINE, TimeRange(shift.start_ms, shift.end_ms)))
        for shift in shifts
    ]  # fmt: skip


@pytest.mark.parametrize(
    "only",
    [
        (),
        ("oee_index",),
        ("throughput_rate", "availability"),
        ("energy/electricity", "oee_index", "energy/steam"),
        ("loss/unknown",),
    ],
)
def test_figures_asked_for_are_those_of_all(only: tuple[str, ...]) -> None:
    """In the order asked for; what the tally does not meter is left out."""
    store, filler = filled(30)
    unit = filler.declaration.units[0]
    span = TimeRange(filler.declaration.start_ms, filler.run.now_ms)
    values = Query(store).tally(unit.path, span)
    whole = figures(values, unit.count_unit)
    plain: list[dict[str, Any]] = [dataclasses.asdict(whole[name]) for name in only or whole if name in whole]
    assert described(values, unit, only) == plain
    assert plain
