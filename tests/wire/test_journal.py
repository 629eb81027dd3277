"""The journal: durable, numbered once, pruned by acknowledgement, and never wrong."""

import contextlib
import sqlite3
import threading
from pathlib import Path

import numpy as np
import pytest

from twin.wire.journal import DamagedJournal, Journal, Run

RUN = Run(epoch=5, configuration="c", start_ms=0, seed=1, scan=1.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "plant.journal"


def test_entries_survive_and_positions_are_never_reused(path: Path) -> None:
    journal = Journal(path)
    journal.begin(RUN, "{}")
    assert journal.append([b"one", b"two"], RUN) == [1, 2]
    assert journal.acknowledge(journal.id, 2)
    journal.close()
    again = Journal(path)
    assert (again.id, again.head, again.depth) == (journal.id, 2, 0)
    assert again.append([b"three"], RUN) == [3]
    assert again.read(1, 100).entries == ((3, b"three"),)
    again.close()


def test_read_gives_at_least_one_entry_and_at_most_the_bytes_asked_for(path: Path) -> None:
    journal = Journal(path)
    journal.append([bytes(1000), bytes(1000), bytes(1000)], RUN)
    assert [position for position, _ in journal.read(1, 10).entries] == [1]
    assert [position for position, _ in journal.read(1, 2100).entries] == [1, 2]
    assert [position for position, _ in journal.read(2, 10_000).entries] == [2, 3]
    assert journal.read(4, 10_000).entries == ()
    journal.close()


def test_acknowledgement_of_another_journal_or_of_the_future_has_no_effect(path: Path) -> None:
    journal = Journal(path)
    journal.append([b"one"], RUN)
    assert not journal.acknowledge(bytes(16), 1)
    assert not journal.acknowledge(journal.id, 2)
    assert journal.acknowledge(journal.id, -5)
    assert journal.depth == 1
    journal.close()


def test_retention_drops_the_oldest_and_counts_them(path: Path) -> None:
    journal = Journal(path, retention=2500)
    for _ in range(5):
        journal.append([bytes(1000)], RUN)
    assert (journal.depth, journal.dropped, journal.head) == (2, 3, 5)
    journal.close()
    again = Journal(path)
    assert (again.depth, again.size, again.dropped) == (2, 2000, 3)
    again.close()


def test_run_declarations_commands_and_memory_survive(path: Path) -> None:
    journal = Journal(path)
    journal.begin(RUN, "old")
    journal.log_command(7, 1, {"id": "gone with its epoch"})
    later = Run(epoch=6, configuration="d", start_ms=60_000, seed=1, scan=1.0, high={"a": (3, 99)})
    journal.begin(later, "new")
    journal.log_command(12, 2, {"id": "y"})
    journal.log_command(3, 1, {"id": "x"})
    journal.log_command(12, 3, {"id": "z"})
    journal.forget_command(12, 3)
    journal.remember("bdseq", 255)
    journal.close()
    again = Journal(path)
    assert again.run == later
    assert (again.declaration(5), again.declaration(0), again.declaration(9)) == ("old", "new", None)
    assert again.commands() == [(3, {"id": "x"}), (12, {"id": "y"})]
    assert (again.recall("bdseq"), again.recall("nothing")) == (255, None)
    again.close()


def test_failed_append_changes_nothing(path: Path) -> None:
    journal = Journal(path)
    journal.append([b"one"], RUN)
    with pytest.raises(TypeError):
        journal.append([b"two", 3], RUN)  # type: ignore[list-item]
    assert (journal.head, journal.depth, journal.size) == (1, 1, 3)
    assert journal.append([b"two"], RUN) == [2]
    journal.close()


def test_writer_and_reader_threads_share_it(path: Path) -> None:
    """A thread appends while another reads and acknowledges: every entry is seen once, in order."""
    journal = Journal(path)
    seen: list[bytes] = []

    def write() -> None:
        for number in range(200):
            journal.append([number.to_bytes(2, "big")], RUN)

    writer = threading.Thread(target=write)
    writer.start()
    while len(seen) < 200:
        entries = journal.read(len(seen) + 1, 100).entries
        seen += [blob for _, blob in entries]
        journal.acknowledge(journal.id, len(seen))
    writer.join()
    assert [int.from_bytes(blob, "big") for blob in seen] == list(range(200))
    assert journal.depth == 0
    journal.close()


def test_flipped_bits_are_found_or_harmless(path: Path, tmp_path: Path) -> None:
    """300 random bit flips: each is either noticed, or everything that is served is what was written."""
    journal = Journal(path)
    journal.begin(RUN, "declaration")
    entries = [bytes([number]) * 700 for number in range(20)]
    journal.append(entries, RUN)
    journal.log_command(3, 1, {"id": "x"})
    journal.acknowledge(journal.id, 4)
    facts = (
        journal.id,
        journal.head,
        journal.dropped,
        RUN,
        [(3, {"id": "x"})],
        "declaration",
        journal.read(1, 10**6),
    )
    journal.close()
    whole = path.read_bytes()
    generator = np.random.default_rng(11)
    noticed = 0
    for number in range(300):
        damaged = bytearray(whole)
        damaged[generator.integers(len(whole))] ^= 1 << int(generator.integers(8))
        copy = tmp_path / f"copy-{number}"
        copy.write_bytes(damaged)
        try:
            found = Journal(copy)
            try:
                assert facts == (
                    found.id, found.head, found.dropped, found.run, found.commands(), found.declaration(0),
                    found.read(1, 10**6),
                )  # fmt: skip
            finally:
                found.close()
        except DamagedJournal:
            noticed += 1
        for left in tmp_path.glob(f"copy-{number}*"):
            left.unlink()
    assert noticed > 100


def test_empty_file_is_a_new_journal(path: Path) -> None:
    """A file that was created and never written to is no damage."""
    path.touch()
    journal = Journal(path)
    assert journal.head == 0
    journal.close()


@pytest.mark.parametrize("cut", [100, 5000, 20_000])
def test_truncated_file_is_damage(path: Path, cut: int) -> None:
    journal = Journal(path)
    journal.begin(RUN, "declaration")
    journal.append([bytes(5000)] * 8, RUN)
    journal.close()
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(DamagedJournal):
        Journal(path)


def test_text_that_is_no_text_is_damage(path: Path) -> None:
    """A record whose bytes are no UTF-8 is damage of the file, not a file that cannot be used."""
    journal = Journal(path)
    journal.begin(RUN, "declaration")
    journal.close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE record SET value = CAST(X'ff' AS TEXT)")
        db.commit()
    with pytest.raises(DamagedJournal):
        Journal(path)


def test_folder_that_does_not_exist_is_no_damage(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="journal"):
        Journal(tmp_path / "no" / "journal")
