"""The durable queue between collection and store: commit here, acknowledge to the plant, delete after the store."""

import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from edge.damaged import kept_declarations
from edge.outbox_file import OutboxError as OutboxError
from edge.outbox_file import OutboxFile
from twin.crash_point import crash_point
from twin.model.declaration import Declaration

_POISON_KEPT = 1000  # entries; the oldest go first, the counter keeps counting

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal entry that waits for the store; `id` rises in the order of arrival.

    `retried` is why it was in quarantine before, "" where it never was.
    """

    id: int
    plant: str
    journal: bytes
    position: int
    data: bytes
    retried: str = ""


@dataclass(frozen=True, slots=True)
class Depth:
    """How much waits in the outbox: entries, bytes, and seconds since the oldest arrived (0 when empty)."""

    entries: int
    bytes: int
    age_s: float


NOTHING = Depth(0, 0, 0.0)


class Outbox:
    """Journal entries of all plants in one SQLite file (WAL, synchronous=FULL); thread-safe; implements Inbox.

    Above `max_bytes` it accepts nothing more: the plants keep in their journals what is not acknowledged.
    `incident` tells what happened to a damaged file at start, "" when all was well. The counts by plant are of what
    happened since the start: `skipped` journal positions that the plant no longer held, `poisoned` entries put into
    quarantine, `forgotten` ones that had to leave it for newer ones.
    """

    def __init__(self, path: Path, *, max_bytes: int = 512 * 1024 * 1024) -> None:
        self.max_bytes = max_bytes
        self.arrived = threading.Event()  # set whenever something new waits
        self.accepted_total = 0
        self.skipped: Counter[str] = Counter()
        self.poisoned: Counter[str] = Counter()
        self.forgotten: Counter[str] = Counter()
        self.file = OutboxFile(path)
        with self.file.lock:
            self._expected: dict[tuple[str, bytes], int] = {
                (plant, bytes(journal)): position
                for plant, journal, position in self.file.ask("SELECT plant, journal, next FROM positions")
            }
            self._declared, forgotten = self.file.write(kept_declarations, frees=True)
            self.incident = self.file.incident or forgotten
            self._count()
        if self._entries:
            self.arrived.set()

    def _count(self) -> None:
        totals = "SELECT plant, count(*), sum(length(data)) FROM parcels GROUP BY plant"
        self._entries: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        for plant, entries, size in self.file.ask(totals):
            self._entries[plant], self._bytes[plant] = entries, size

    @property
    def trouble(self) -> str:
        """Why the last attempt to write failed, "" while writing works."""
        return self.file.trouble

    @property
    def skipped_total(self) -> int:
        """Journal positions that plants no longer held, since the start."""
        return self.skipped.total()

    @property
    def poisoned_total(self) -> int:
        """Entries put into quarantine since the start."""
        return self.poisoned.total()

    # -- where links deliver -------------------------------------------------------------------------------

    def expected(self, plant: str, journal: bytes) -> int:
        """Return the next journal position wanted of this plant and journal (1 at first)."""
        return self._expected.get((plant, journal), 1)

    def declare(self, declaration: Declaration) -> None:
        """Keep a declaration; the same epoch again is harmless."""
        key = (declaration.plant, declaration.epoch)
        row = (*key, declaration.to_json())
        with self.file.lock:
            self.file.write(
                lambda db: db.execute("INSERT OR REPLACE INTO declarations VALUES (?, ?, ?)", row)
            )
            self._declared.add(key)

    def declared(self, plant: str, epoch: int) -> bool:
        """Tell whether the declaration of `epoch` is already kept."""
        return (plant, epoch) in self._declared

    def accept(self, plant: str, journal: bytes, entries: Sequence[tuple[int, bytes]]) -> int:
        """Commit the entries that are new and contiguous; return the position up to which all is committed.

        Positions already committed are ignored, and so is everything behind a gap. Nothing is accepted while the
        outbox is full.
        """
        key = (plant, journal)
        now = time.time_ns() // 1_000_000
        with self.file.lock:
            expected = self._expected.get(key, 1)
            held = self._bytes.total()
            rows = []
            size = 0
            for position, data in entries:
                if position == expected and held + size < self.max_bytes:
                    rows.append((plant, journal, position, now, data))
                    size += len(data)
                    expected += 1
            if not rows:
                return expected - 1
            crash_point("before_outbox_commit")
            self._commit(key, expected, rows)
            self._expected[key] = expected
            self._entries[plant] += len(rows)
            self._bytes[plant] += size
            self.accepted_total += len(rows)
        crash_point("after_outbox_commit")
        self.arrived.set()
        return expected - 1

    def skip(self, plant: str, journal: bytes, position: int) -> None:
        """Expect `position` next: the plant holds nothing older (pruned, or this outbox was lost)."""
        key = (plant, journal)
        with self.file.lock:
            missed = position - self._expected.get(key, 1)
            if missed <= 0:
                return
            self._commit(key, position, ())
            self._expected[key] = position
            self.skipped[plant] += missed
        _log.warning(
            "journal positions are gone from the plant", plant=plant, positions=missed, next=position
        )

    def _commit(
        self, key: tuple[str, bytes], expected: int, rows: Sequence[tuple[str, bytes, int, int, bytes]]
    ) -> None:
        insert = "INSERT INTO parcels (plant, journal, position, received_ms, data) VALUES (?, ?, ?, ?, ?)"

        def work(db: sqlite3.Connection) -> None:
            db.executemany(insert, rows)
            db.execute("INSERT OR REPLACE INTO positions VALUES (?, ?, ?)", (*key, expected))

        self.file.write(work)

    @property
    def full(self) -> bool:
        """Whether nothing is accepted until the store has taken something."""
        return self._bytes.total() >= self.max_bytes

    # -- what the pipeline takes ---------------------------------------------------------------------------

    def pending(self, limit: int = 64, max_bytes: int = 8_000_000) -> list[Entry]:
        """Return the oldest waiting entries: at most `limit`, about `max_bytes`, at least one if any."""
        question = (
            "SELECT id, plant, journal, position, data, coalesce(reason, '') FROM parcels LEFT JOIN retried USING (id) "
            "ORDER BY id LIMIT ?"
        )
        entries = []
        size = 0
        with self.file.reading() as db:
            rows = db.execute(question, (limit,))
            for row in rows:
                entries.append(Entry(*row))
                size += len(row[4])
                if size >= max_bytes:
                    break
            rows.close()
        return entries

    def delete(self, entries: Sequence[Entry]) -> None:
        """Forget entries that the store has committed."""
        with self.file.lock:
            self._remove(entries, ())

    def quarantine(self, entry: Entry, reason: str) -> None:
        """Move an entry that cannot be used out of the way, with the reason; the newest 1,000 are kept."""
        row = (entry.plant, entry.journal, entry.position, time.time_ns() // 1_000_000, reason, entry.data)
        with self.file.lock:
            self._remove([entry], [row])
            self.poisoned[entry.plant] += 1
        _log.error("entry quarantined", plant=entry.plant, position=entry.position, reason=reason)

    def _remove(self, entries: Sequence[Entry], poison: Sequence[tuple[object, ...]]) -> None:
        insert = "INSERT INTO poison (plant, journal, position, time_ms, reason, data) VALUES (?,?,?,?,?,?)"
        oldest = "SELECT plant, id FROM poison ORDER BY id DESC LIMIT -1 OFFSET ?"
        ids = [(entry.id,) for entry in entries]

        def work(db: sqlite3.Connection) -> tuple[int, list[tuple[str, int]]]:
            removed = db.executemany("DELETE FROM parcels WHERE id = ?", ids).rowcount
            if any(entry.retried for entry in entries):
                db.executemany("DELETE FROM retried WHERE id = ?", ids)
            too_many = []
            if poison:
                db.executemany(insert, poison)
                too_many = db.execute(oldest, (_POISON_KEPT,)).fetchall()
                db.executemany("DELETE FROM poison WHERE id = ?", [(id_,) for _, id_ in too_many])
            return removed, too_many

        removed, too_many = self.file.write(work, frees=True)
        self.forgotten.update(plant for plant, _ in too_many)
        if removed == len(entries):
            for entry in entries:
                self._entries[entry.plant] -= 1
                self._bytes[entry.plant] -= len(entry.data)
        else:
            self._count()

    def take_back(self, number: int) -> None:
        """Let an entry of the quarantine wait for the store again; harmless when it is there no longer."""
        taken = (
            "INSERT INTO parcels (plant, journal, position, received_ms, data) "
            "SELECT plant, journal, position, ?, data FROM poison WHERE id = ?"
        )
        now = time.time_ns() // 1_000_000

        def work(db: sqlite3.Connection) -> None:
            inserted = db.execute(taken, (now, number))
            if inserted.rowcount:
                marked = "INSERT INTO retried SELECT ?, reason FROM poison WHERE id = ?"
                db.execute(marked, (inserted.lastrowid, number))
                db.execute("DELETE FROM poison WHERE id = ?", (number,))

        with self.file.lock:
            self.file.write(work)
            self._count()
        self.arrived.set()

    def forget(self, number: int) -> None:
        """Delete an entry of the quarantine for good; harmless when it is there no longer."""
        with self.file.lock:
            self.file.write(lambda db: db.execute("DELETE FROM poison WHERE id = ?", (number,)), frees=True)

    def declaration(self, plant: str, epoch: int) -> Declaration | None:
        """Return a kept declaration."""
        rows = self.file.ask("SELECT json FROM declarations WHERE plant = ? AND epoch = ?", (plant, epoch))
        return Declaration.from_json(rows[0][0]) if rows else None

    def declarations(self) -> list[Declaration]:
        """Return all kept declarations, by plant and epoch."""
        rows = self.file.ask("SELECT json FROM declarations ORDER BY plant, epoch")
        return [Declaration.from_json(row[0]) for row in rows]

    # -- what people look at -------------------------------------------------------------------------------

    def depth(self) -> Depth:
        """Return how much waits."""
        rows = self.file.ask("SELECT received_ms FROM parcels ORDER BY id LIMIT 1")
        return Depth(self._entries.total(), self._bytes.total(), _age(rows))

    def depths(self) -> Mapping[str, Depth]:
        """Return how much waits of each plant of which anything does."""
        oldest = "SELECT received_ms FROM parcels WHERE +plant = ? ORDER BY id LIMIT 1"
        return {
            plant: Depth(entries, self._bytes[plant], _age(self.file.ask(oldest, (plant,))))
            for plant, entries in list(self._entries.items())
            if entries
        }

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def _age(rows: Sequence[tuple[int]]) -> float:
    return max(0.0, time.time() - rows[0][0] / 1000) if rows else 0.0
