"""What pages share: answers that are kept for a while, and sums that are read once for many figures."""

import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from edge.api.query import Query
from edge.api.time_range import TimeRange
from edge.store import Store
from edge.store.duckdb import DuckDbStore
from edge.store.memory import MemoryStore
from edge.web import board
from edge.web.board import Boards
from edge.web.timeline import stretches
from tests.edge.filled_store import Filler, filled


@pytest.fixture(scope="module", params=["memory", "duckdb"])
def line(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Store, Filler]]:
    folder = tmp_path_factory.mktemp("board")
    found = filled(
        180, store=MemoryStore() if request.param == "memory" else DuckDbStore(folder / "store.duckdb")
    )
    yield found
    found[0].close()


def test_board_shows_what_each_question_answers_alone(line: tuple[Store, Filler]) -> None:
    """Sums and states are read once for the whole board, and are those of one question for each."""
    store, filler = line
    query = Query(store, clock_ms=lambda: filler.run.now_ms)
    found = Boards(query).board("toy_line", "Last hour")
    assert found is not None
    unit, span = filler.declaration.units[0], found.span
    assert list(found.figures.values()) == query.figures(unit, span)
    assert found.losses == query.losses(unit, span)
    assert found.energy == query.energy(filler.declaration, span, query.tally(unit.path, span))
    assert found.lanes == {
        one.name: stretches(store.intervals(one.path, span.start_ms, span.end_ms), span, span.end_ms)
        for one in filler.declaration.units
    }
    assert any(found.lanes.values())


@pytest.mark.parametrize("cut_ms", [0, 60_000])
def test_energy_of_whole_quarters_is_that_of_the_sums(line: tuple[Store, Filler], cut_ms: int) -> None:
    store, filler = line
    query = Query(store, clock_ms=lambda: filler.run.now_ms)
    end = filler.run.now_ms // 900_000 * 900_000 - cut_ms
    span = TimeRange(end - 3_600_000, end)
    sums = query.tally(filler.declaration.units[0].path, span)
    alone, given = query.energy(filler.declaration, span), query.energy(filler.declaration, span, sums)
    assert alone.pop("carriers") == {
        carrier: pytest.approx(states) for carrier, states in given.pop("carriers").items()
    }
    for name in ("total_kwh", "co2_kg", "cost_cny", "specific_kwh"):
        assert alone.pop(name) == pytest.approx(given.pop(name))
    assert alone == given


def test_plants_together_are_each_plant_alone(line: tuple[Store, Filler]) -> None:
    store, filler = line
    query = Query(store, clock_ms=lambda: filler.run.now_ms)
    (found,) = query.plants()
    assert found == query.plant(filler.declaration)
    assert found["headline"]


def test_plant_without_data_has_no_figures() -> None:
    store, filler = MemoryStore(), filled(1)[1]
    store.declare(filler.declaration)
    (found,) = Query(store, clock_ms=lambda: filler.run.now_ms).plants()
    assert (found["headline"], found["status"]["last_ms"]) == ([], None)


def test_answer_is_kept_so_long_from_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reading that takes longer than its answer is kept is not done again for each of those who wait for it."""
    now = 0.0

    def read() -> int:
        nonlocal now
        now += 5.0
        reads.append(now)
        return len(reads)

    reads: list[float] = []
    monkeypatch.setattr(board, "time", SimpleNamespace(monotonic=lambda: now))
    boards = Boards(Query(MemoryStore()))
    assert [boards.kept(("slow",), 1.0, read) for _ in range(3)] == [1, 1, 1]
    now += 1.1
    assert boards.kept(("slow",), 1.0, read) == 2


def test_what_is_kept_is_bounded_and_the_newest_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(board, "time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr(board, "KEPT", 50)
    boards = Boards(Query(MemoryStore()))
    for number in range(400):
        now += 0.1
        assert boards.kept(("some", number), 1.0, lambda number=number: number) == number  # type: ignore[misc]
        assert len(boards._kept) <= 51
        assert len(boards._locks) <= 51
    assert boards.kept(("some", 399), 1.0, lambda: -1) == 399
    for number in range(400):  # all of one moment: none is old
        assert boards.kept(("more", number), 1.0, lambda number=number: number) == number  # type: ignore[misc]
        assert len(boards._kept) <= 51


def test_what_is_too_old_to_be_given_does_not_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranges that somebody tried once are large; they go with the next question a minute later."""
    now = 0.0
    monkeypatch.setattr(board, "time", SimpleNamespace(monotonic=lambda: now))
    boards = Boards(Query(MemoryStore()))
    for number in range(30):
        boards.kept(("range", number), 60.0, lambda: "large")
    now += 61.0
    boards.kept(("another",), 60.0, lambda: "small")
    assert set(boards._kept) == {("another",)}


def test_what_lies_in_the_past_is_read_less_often() -> None:
    boards, hour = Boards(Query(MemoryStore())), 3_600_000
    past, present = TimeRange(0, 2 * hour), TimeRange(0, 9 * hour)
    assert boards.lasting(5.0, past, 9 * hour) == 60.0
    assert boards.lasting(5.0, present, 9 * hour) == boards.lasting(5.0, past, None) == 5.0


def test_lock_that_is_held_outlives_the_clearing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes while an answer is being read waits for it, however many other answers are asked meanwhile."""
    monkeypatch.setattr(board, "KEPT", 5)
    boards = Boards(Query(MemoryStore()))
    begun, go, reads = threading.Event(), threading.Event(), []

    def slow() -> int:
        begun.set()
        assert go.wait(10)
        reads.append(1)
        return len(reads)

    first = threading.Thread(target=boards.kept, args=(("slow",), 60.0, slow))
    first.start()
    assert begun.wait(10)
    for number in range(20):
        boards.kept(("some", number), 60.0, lambda: 0)
    second = threading.Thread(target=boards.kept, args=(("slow",), 60.0, slow))
    second.start()
    go.set()
    first.join(10)
    second.join(10)
    assert reads == [1]
