"""Reconciliation: passes on what the plant told, finds what was changed, says why it cannot compare."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from edge.engine import Engine
from edge.store import Interval, Results, TallyRow
from edge.store.memory import MemoryStore
from edge.verify import NotReconcilable, reconcile
from tests.edge.workshop import batch, workshop
from twin.discovery import discover
from twin.model.simulation import Simulation

FOREVER = 4_000_000_000_000


def collected(
    minutes: int, skip: Sequence[int] = (), change: Any = None
) -> tuple[MemoryStore, dict[str, Any]]:
    """Run the workshop into a store, leaving out the rows of some minutes; return it with the ledger marks."""
    simulation = workshop(3)
    store, engine = MemoryStore(), Engine(simulation.declaration)
    store.declare(simulation.declaration)
    marks = [{"time_ms": simulation.now_ms, "units": simulation.ledger()}]
    for minute in range(minutes):
        frames = simulation.advance(60.0)
        results = engine.fold([batch(frames, simulation)])
        if minute in skip:
            results.tallies = []
        if change is not None:
            change(results)
        store.write("workshop", [batch(frames, simulation)], results)
        marks.append({"time_ms": simulation.now_ms, "units": simulation.ledger()})
    return store, {"epoch": 1, "marks": marks}


def test_what_the_plant_told_reconciles() -> None:
    """States, counts, energy, labour and planned time over the whole run agree with the ledger."""
    store, marks = collected(100)
    found = reconcile(store, marks, "workshop", 0, FOREVER)
    assert found.failed == ()
    assert found.ok
    assert found.end_ms - found.start_ms == 100 * 60_000
    figures = {row.figure for row in found.rows}
    assert {
        "processed",
        "scrapped",
        "labour_hours",
        "planned_busy_seconds",
        "energy/natural_gas/idle",
    } <= figures
    assert "seconds/aborted/failure" in figures
    assert {row.scope for row in found.rows} == {"line", "m1", "m2"}


@pytest.mark.parametrize("plant", sorted(discover()))
def test_every_plant_reconciles(plant: str) -> None:
    """Two hours of each plant that is there, in batches of five minutes, agree with its ledger."""
    simulation = Simulation(discover()[plant](), seed=11, start=datetime(2026, 3, 2, tzinfo=UTC), epoch=1)
    store, engine = MemoryStore(), Engine(simulation.declaration)
    store.declare(simulation.declaration)
    marks = [{"time_ms": simulation.now_ms, "units": simulation.ledger()}]
    for _ in range(24):
        part = batch(simulation.advance(300.0), simulation)
        store.write(plant, [part], engine.fold([part]))
        marks.append({"time_ms": simulation.now_ms, "units": simulation.ledger()})
    found = reconcile(store, {"epoch": 1, "marks": marks}, plant, 0, FOREVER)
    assert found.failed == ()
    assert found.end_ms - found.start_ms == 2 * 3_600_000


def test_any_window_between_marks_reconciles() -> None:
    store, marks = collected(30)
    first = marks["marks"][0]["time_ms"]
    for start, end in ((0, 7), (5, 6), (13, 30)):
        found = reconcile(store, marks, "workshop", first + start * 60_000, first + end * 60_000)
        assert found.ok, found.failed
        assert (found.start_ms - first, found.end_ms - first) == (start * 60_000, end * 60_000)


def test_widest_unbroken_stretch_is_taken() -> None:
    """Minutes 4 and 9 are not stored: the comparison runs from minute 10 to the end."""
    store, marks = collected(20, skip=(4, 9))
    found = reconcile(store, marks, "workshop", 0, FOREVER)
    assert found.ok, found.failed
    assert found.start_ms == marks["marks"][10]["time_ms"]
    assert found.end_ms == marks["marks"][20]["time_ms"]


def test_minute_with_a_part_missing_is_not_compared() -> None:
    """A store that was lost and begun anew in mid-minute has a short first minute: no reason to say it differs."""

    def short(results: Results) -> None:
        results.tallies = [
            replace(row, values={**row.values, "calendar_time": 12.0})
            if row.start_ms == marks["marks"][3]["time_ms"]
            else row
            for row in results.tallies
        ]

    _, marks = collected(20)
    store, marks = collected(20, change=short)
    found = reconcile(store, marks, "workshop", 0, FOREVER)
    assert found.ok, found.failed
    assert found.start_ms == marks["marks"][4]["time_ms"]


def one_piece_more(results: Results) -> None:
    results.tallies[0] = replace(
        results.tallies[0],
        values={**results.tallies[0].values, "pq": 1.0 + results.tallies[0].values.get("pq", 0.0)},
    )


def energy_two_percent_high(results: Results) -> None:
    results.tallies = [
        TallyRow(row.scope, row.start_ms, row.end_ms,
                 {k: v * (1.02 if k.startswith("energy/") else 1.0) for k, v in row.values.items()})
        for row in results.tallies
    ]  # fmt: skip


def state_confused(results: Results) -> None:
    results.intervals = [
        Interval(row.scope, row.start_ms, row.end_ms, 6 if row.state == 15 else row.state, row.reason)
        for row in results.intervals
    ]


@pytest.mark.parametrize(
    ("change", "figure"),
    [
        (one_piece_more, "processed"),
        (energy_two_percent_high, "energy/electricity/execute"),
        (state_confused, "seconds/resetting/changeover"),
    ],
)
def test_what_differs_is_found(change: Any, figure: str) -> None:
    store, marks = collected(20, change=change)
    found = reconcile(store, marks, "workshop", 0, FOREVER)
    assert not found.ok
    assert figure in {row.figure for row in found.failed}


def test_what_cannot_be_compared_says_why() -> None:
    store, marks = collected(3)
    with pytest.raises(NotReconcilable, match="knows nothing of epoch 7"):
        reconcile(store, marks | {"epoch": 7}, "workshop", 0, FOREVER)
    with pytest.raises(NotReconcilable, match="no two of them"):
        reconcile(store, marks, "workshop", 0, marks["marks"][0]["time_ms"] + 30_000)
