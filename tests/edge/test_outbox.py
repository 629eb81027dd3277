"""The outbox: what it says is committed stays, through crashes and damage."""

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.outbox import Outbox, OutboxError
from tests.edge.in_quarantine import in_quarantine
from tests.edge.telemetry import declaration

A, B = b"a" * 16, b"b" * 16


def entries(first: int, last: int) -> list[tuple[int, bytes]]:
    return [(position, b"entry %d" % position) for position in range(first, last + 1)]


def test_entries_wait_in_order_until_they_are_deleted(outbox: Outbox) -> None:
    assert outbox.expected("press", A) == 1
    assert outbox.accept("press", A, entries(1, 3)) == 3
    assert outbox.accept("oven", B, entries(1, 1)) == 1
    assert outbox.accept("press", A, entries(4, 4)) == 4
    waiting = outbox.pending()
    assert [(entry.plant, entry.position) for entry in waiting] == [
        ("press", 1), ("press", 2), ("press", 3), ("oven", 1), ("press", 4),
    ]  # fmt: skip
    assert outbox.depth().entries == 5
    outbox.delete(waiting[:4])
    assert [(entry.plant, entry.data) for entry in outbox.pending()] == [("press", b"entry 4")]
    assert (outbox.depth().entries, outbox.depth().bytes) == (1, len(b"entry 4"))
    assert outbox.expected("press", A) == 5


def test_pending_is_bounded_by_count_and_bytes(outbox: Outbox) -> None:
    outbox.accept("press", A, [(position, b"x" * 1000) for position in range(1, 11)])
    assert len(outbox.pending(limit=3)) == 3
    assert len(outbox.pending(max_bytes=2500)) == 3
    assert len(outbox.pending(max_bytes=1)) == 1


def test_new_journal_begins_at_one(outbox: Outbox) -> None:
    outbox.accept("press", A, entries(1, 5))
    assert outbox.expected("press", B) == 1
    assert outbox.accept("press", B, entries(1, 2)) == 2
    assert outbox.expected("press", A) == 6


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sends=st.lists(st.tuples(st.integers(1, 12), st.integers(0, 6)), max_size=12))
def test_random_repeats_and_gaps_leave_each_position_once(
    tmp_path_factory: pytest.TempPathFactory, sends: list[tuple[int, int]]
) -> None:
    """Whatever arrives in whatever order, what is kept is 1..n without gap or double, and n is what was answered."""
    outbox = Outbox(tmp_path_factory.mktemp("o") / "outbox.sqlite")
    try:
        committed = 0
        for first, more in sends:
            upto = outbox.accept("press", A, entries(first, first + more))
            if first <= committed + 1:
                committed = max(committed, first + more)
            assert upto == committed
        assert [entry.position for entry in outbox.pending(limit=100)] == list(range(1, committed + 1))
    finally:
        outbox.close()


def test_skip_moves_over_what_the_plant_no_longer_holds_and_counts_it(outbox: Outbox) -> None:
    outbox.accept("press", A, entries(1, 2))
    outbox.skip("press", A, 6)
    outbox.skip("press", A, 4)
    assert outbox.skipped_total == 3
    assert outbox.accept("press", A, entries(6, 6)) == 6


def test_full_outbox_takes_nothing_until_the_store_has_taken_something(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.sqlite", max_bytes=100)
    assert outbox.accept("press", A, [(position, b"x" * 60) for position in (1, 2, 3)]) == 2
    assert outbox.full
    assert outbox.accept("press", A, [(3, b"x" * 60)]) == 2
    outbox.delete(outbox.pending())
    assert outbox.accept("press", A, [(3, b"x" * 60)]) == 3
    outbox.close()


def test_declarations_are_kept_by_epoch(outbox: Outbox) -> None:
    one, two = declaration(epoch=1), declaration(epoch=2)
    assert not outbox.declared("press", 1)
    for known in (one, two, one):
        outbox.declare(known)
    assert outbox.declared("press", 1)
    assert outbox.declaration("press", 2) == two
    assert outbox.declaration("press", 3) is None
    assert outbox.declarations() == [one, two]


def test_quarantine_moves_an_entry_away_and_keeps_the_reason(outbox: Outbox) -> None:
    outbox.accept("press", A, entries(1, 2))
    outbox.quarantine(outbox.pending()[0], "no frames")
    assert [entry.position for entry in outbox.pending()] == [2]
    assert in_quarantine(outbox) == [("press", 1, "no frames")]
    assert (outbox.poisoned_total, outbox.depth().entries, outbox.expected("press", A)) == (1, 1, 3)


def test_reopened_outbox_goes_on(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.sqlite")
    outbox.declare(declaration())
    outbox.accept("press", A, entries(1, 3))
    outbox.close()
    again = Outbox(tmp_path / "outbox.sqlite")
    assert (again.expected("press", A), again.declared("press", 1), again.depth().entries) == (4, True, 3)
    assert again.arrived.is_set()
    assert again.incident == ""
    again.close()


_CHILD = """
import sys
from pathlib import Path
from edge.outbox import Outbox
outbox = Outbox(Path(sys.argv[1]))
position = outbox.expected("press", b"a" * 16)
while True:
    upto = outbox.accept("press", b"a" * 16, [(position, b"%d" % position), (position + 1, b"%d" % (position + 1))])
    print(upto, flush=True)
    if position > 3:
        outbox.delete(outbox.pending(limit=1))
    position = upto + 1
"""


def test_killed_process_loses_nothing_that_it_had_committed(tmp_path: Path) -> None:
    """Killed right after a commit, again and again: every acknowledged position is there or was deleted, once."""
    path = tmp_path / "outbox.sqlite"
    acknowledged = 0
    for passage in (1, 4, 2):
        environment = {**os.environ, "CRASH_AT": f"after_outbox_commit:{passage}"}
        child = subprocess.run(
            [sys.executable, "-c", _CHILD, str(path)],
            capture_output=True,
            env=environment,
            timeout=60,
            check=False,
        )
        assert child.returncode == 137, child.stderr.decode()
        told = [int(line) for line in child.stdout.split()]
        outbox = Outbox(path)
        committed = outbox.expected("press", A) - 1
        assert committed == acknowledged + 2 * passage  # the last one was committed but not told
        assert not told or told[-1] == committed - 2
        positions = [entry.position for entry in outbox.pending(limit=1000)]
        assert positions == list(range(positions[0], committed + 1))
        acknowledged = committed
        outbox.close()


@pytest.mark.parametrize("damage", ["text", "pages"])
def test_damaged_file_is_set_aside_and_a_fresh_one_started(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "outbox.sqlite"
    outbox = Outbox(path)
    outbox.accept("press", A, [(position, os.urandom(3000)) for position in range(1, 40)])
    outbox.close()
    whole = path.read_bytes()
    path.write_bytes(
        b"not a database" * 999 if damage == "text" else whole[:4096] + os.urandom(len(whole) - 4096)
    )
    outbox = Outbox(path)
    assert "damaged" in outbox.incident
    assert outbox.expected("press", A) == 1
    assert outbox.accept("press", A, entries(1, 1)) == 1
    assert [part for part in tmp_path.iterdir() if "damaged" in part.name]
    outbox.close()


def test_damaged_declaration_is_forgotten_and_nothing_else(tmp_path: Path) -> None:
    """The plant is asked for it again; what waits for the store still waits."""
    press = declaration()
    outbox = Outbox(tmp_path / "outbox.sqlite")
    outbox.declare(press)
    outbox.accept("press", A, entries(1, 5))
    outbox.file._db.execute("UPDATE declarations SET json = CAST(x'7bff7d' AS TEXT)")
    outbox.close()
    outbox = Outbox(tmp_path / "outbox.sqlite")
    assert "a declaration in the outbox was damaged" in outbox.incident
    assert not outbox.declared("press", press.epoch)
    assert outbox.declaration("press", press.epoch) is None
    assert len(outbox.pending()) == 5
    outbox.declare(press)
    assert outbox.declaration("press", press.epoch) == press
    outbox.close()


def test_damaged_name_of_a_plant_sets_the_file_aside(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.sqlite")
    outbox.accept("press", A, entries(1, 5))
    outbox.file._db.execute("UPDATE positions SET plant = CAST(x'ff' AS TEXT)")
    outbox.close()
    outbox = Outbox(tmp_path / "outbox.sqlite")
    assert "was damaged" in outbox.incident
    assert outbox.expected("press", A) == 1
    outbox.close()


def test_unusable_place_is_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "outbox.sqlite").mkdir()
    with pytest.raises(OutboxError, match="writable"):
        Outbox(tmp_path / "outbox.sqlite")


def test_file_of_a_newer_edge_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    Outbox(tmp_path / "outbox.sqlite").close()
    with closing(sqlite3.connect(tmp_path / "outbox.sqlite")) as db:
        db.execute("PRAGMA user_version = 99")
    before = (tmp_path / "outbox.sqlite").read_bytes()
    with pytest.raises(OutboxError, match="layout 99"):
        Outbox(tmp_path / "outbox.sqlite")
    assert (tmp_path / "outbox.sqlite").read_bytes() == before


def test_write_that_fails_is_told_and_can_be_repeated(outbox: Outbox) -> None:
    """A full disk: nothing is half committed, the position stays, the next attempt succeeds."""
    outbox.file._db.execute("PRAGMA max_page_count = 1")
    with pytest.raises(OutboxError, match="free space"):
        outbox.accept("press", A, [(1, b"x" * 1_000_000)])
    assert (outbox.expected("press", A), outbox.depth().entries) == (1, 0)
    assert "free space" in outbox.trouble
    outbox.file._db.execute("PRAGMA max_page_count = 1000000")
    assert outbox.accept("press", A, [(1, b"x" * 1_000_000)]) == 1
    assert outbox.trouble == ""
    assert outbox.depth().bytes == 1_000_000


def test_threads_may_deliver_at_once(outbox: Outbox) -> None:
    """Ten plants deliver from ten threads while another takes: every entry comes out once."""
    taken: list[tuple[str, int]] = []

    def deliver(plant: str) -> None:
        for position in range(1, 21):
            assert outbox.accept(plant, A, entries(position, position)) == position

    threads = [threading.Thread(target=deliver, args=(f"plant_{number}",)) for number in range(10)]
    for thread in threads:
        thread.start()
    while len(taken) < 200:
        waiting = outbox.pending(limit=7)
        taken += [(entry.plant, entry.position) for entry in waiting]
        outbox.delete(waiting)
    for thread in threads:
        thread.join()
    assert len(set(taken)) == 200
    assert outbox.depth().entries == 0
