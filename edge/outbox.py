"""The durable queue between collection and store: commit here, acknowledge to the plant, delete after the store."""

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from edge.damaged import kept_declarations, read_plants, set_aside
from twin.crash_point import crash_point
from twin.model.declaration import Declaration

_SCHEMA = """
CREATE TABLE IF NOT EXISTS parcels (
    id INTEGER PRIMARY KEY AUTOINCREMENT, plant TEXT NOT NULL, journal BLOB NOT NULL, position INTEGER NOT NULL,
    received_ms INTEGER NOT NULL, data BLOB NOT NULL, UNIQUE (plant, journal, position));
CREATE TABLE IF NOT EXISTS positions (
    plant TEXT NOT NULL, journal BLOB NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (plant, journal));
CREATE TABLE IF NOT EXISTS declarations (
    plant TEXT NOT NULL, epoch INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (plant, epoch));
CREATE TABLE IF NOT EXISTS poison (
    id INTEGER PRIMARY KEY AUTOINCREMENT, plant TEXT NOT NULL, journal BLOB NOT NULL, position INTEGER NOT NULL,
    time_ms INTEGER NOT NULL, reason TEXT NOT NULL, data BLOB NOT NULL);
"""
_TOTALS = "SELECT count(*), coalesce(sum(length(data)), 0) FROM parcels"
_POISON_KEPT = 1000  # entries; the oldest go first, the counter keeps counting

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal entry that waits for the store; `id` rises in the order of arrival."""

    id: int
    plant: str
    journal: bytes
    position: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Depth:
    """How much waits in the outbox: entries, bytes, and seconds since the oldest arrived (0 when empty)."""

    entries: int
    bytes: int
    age_s: float


class OutboxError(RuntimeError):
    """The outbox file cannot be used; the text names the file, the cause and the remedy."""


class Outbox:
    """Journal entries of all plants in one SQLite file (WAL, synchronous=FULL); thread-safe; implements Inbox.

    Above `max_bytes` it accepts nothing more: the plants keep in their journals what is not acknowledged.
    `incident` tells what happened to a damaged file at start, "" when all was well; `trouble` why the last attempt to
    write failed, "" while writing works.
    """

    def __init__(self, path: Path, *, max_bytes: int = 512 * 1024 * 1024) -> None:
        self.path = path
        self.max_bytes = max_bytes
        self.incident = ""
        self.trouble = ""
        self.arrived = threading.Event()  # set whenever something new waits
        self.accepted_total = 0
        self.skipped_total = 0
        self.poisoned_total = 0
        self._lock = threading.Lock()
        self._read_lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._open()
        except sqlite3.OperationalError as error:
            raise OutboxError(
                f"outbox {path}: cannot be opened ({error}); check that the folder exists, is writable, has free "
                "space, and that no other edge uses it"
            ) from error
        except sqlite3.DatabaseError as error:
            aside = set_aside(path)
            self.incident = (
                f"outbox {path.name} was damaged ({error}); it was moved to {aside.name} and a fresh one started. "
                "Plants still hold what was not acknowledged; what was acknowledged but not yet stored shows as "
                "missing frames"
            )
            _log.error("outbox damaged", file=str(path), cause=str(error), moved_to=str(aside))
            self._open()
        with self._lock:
            self._expected: dict[tuple[str, bytes], int] = {
                (plant, bytes(journal)): position
                for plant, journal, position in self._db.execute("SELECT plant, journal, next FROM positions")
            }
            self._declared, forgotten = kept_declarations(self._db)
            self.incident = self.incident or forgotten
            count, size = self._db.execute(_TOTALS).fetchone()
        self._entries: int = count
        self._bytes: int = size
        if count:
            self.arrived.set()

    def _open(self) -> None:
        self._db = self._connect()
        try:
            found = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise sqlite3.DatabaseError(str(found))
            self._db.executescript(_SCHEMA)
            read_plants(self._db)
            self._reader = self._connect()
        except sqlite3.Error:
            self._db.close()
            raise

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None, timeout=5.0)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA journal_size_limit=67108864")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    # -- where links deliver -------------------------------------------------------------------------------

    def expected(self, plant: str, journal: bytes) -> int:
        """Return the next journal position wanted of this plant and journal (1 at first)."""
        return self._expected.get((plant, journal), 1)

    def declare(self, declaration: Declaration) -> None:
        """Keep a declaration; the same epoch again is harmless."""
        key = (declaration.plant, declaration.epoch)
        with self._lock:
            with self._transaction() as db:
                db.execute(
                    "INSERT OR REPLACE INTO declarations VALUES (?, ?, ?)", (*key, declaration.to_json())
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
        with self._lock:
            expected = self._expected.get(key, 1)
            rows = []
            size = 0
            for position, data in entries:
                if position == expected and self._bytes + size < self.max_bytes:
                    rows.append((plant, journal, position, now, data))
                    size += len(data)
                    expected += 1
            if not rows:
                return expected - 1
            crash_point("before_outbox_commit")
            self._commit(key, expected, rows)
            self._expected[key] = expected
            self._entries += len(rows)
            self._bytes += size
            self.accepted_total += len(rows)
        crash_point("after_outbox_commit")
        self.arrived.set()
        return expected - 1

    def skip(self, plant: str, journal: bytes, position: int) -> None:
        """Expect `position` next: the plant holds nothing older (pruned, or this outbox was lost)."""
        key = (plant, journal)
        with self._lock:
            missed = position - self._expected.get(key, 1)
            if missed <= 0:
                return
            self._commit(key, position, ())
            self._expected[key] = position
            self.skipped_total += missed
        _log.warning(
            "journal positions are gone from the plant", plant=plant, positions=missed, next=position
        )

    def _commit(
        self, key: tuple[str, bytes], expected: int, rows: Sequence[tuple[str, bytes, int, int, bytes]]
    ) -> None:
        insert = "INSERT INTO parcels (plant, journal, position, received_ms, data) VALUES (?, ?, ?, ?, ?)"
        with self._transaction() as db:
            db.executemany(insert, rows)
            db.execute("INSERT OR REPLACE INTO positions VALUES (?, ?, ?)", (*key, expected))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit what the block does, or nothing of it; raises OutboxError."""
        db = self._db
        try:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # after a full disk SQLite has rolled back already
                    db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            self.trouble = f"outbox {self.path}: cannot be written now ({error}); check free space"
            raise OutboxError(self.trouble) from error
        self.trouble = ""

    @property
    def full(self) -> bool:
        """Whether nothing is accepted until the store has taken something."""
        return self._bytes >= self.max_bytes

    # -- what the pipeline takes ---------------------------------------------------------------------------

    def pending(self, limit: int = 64, max_bytes: int = 8_000_000) -> list[Entry]:
        """Return the oldest waiting entries: at most `limit`, about `max_bytes`, at least one if any."""
        entries = []
        size = 0
        with self._read_lock:
            rows = self._reader.execute(
                "SELECT id, plant, journal, position, data FROM parcels ORDER BY id LIMIT ?", (limit,)
            )
            for row in rows:
                entries.append(Entry(*row))
                size += len(row[4])
                if size >= max_bytes:
                    break
            rows.close()
        return entries

    def delete(self, entries: Sequence[Entry]) -> None:
        """Forget entries that the store has committed."""
        with self._lock:
            self._remove(entries, ())

    def quarantine(self, entry: Entry, reason: str) -> None:
        """Move an entry that cannot be used out of the way, with the reason; the newest 1,000 are kept."""
        row = (entry.plant, entry.journal, entry.position, time.time_ns() // 1_000_000, reason, entry.data)
        with self._lock:
            self._remove([entry], [row])
            self.poisoned_total += 1
        _log.error("entry quarantined", plant=entry.plant, position=entry.position, reason=reason)

    def _remove(self, entries: Sequence[Entry], poison: Sequence[tuple[object, ...]]) -> None:
        insert = "INSERT INTO poison (plant, journal, position, time_ms, reason, data) VALUES (?,?,?,?,?,?)"
        with self._transaction() as db:
            removed = db.executemany(
                "DELETE FROM parcels WHERE id = ?", [(entry.id,) for entry in entries]
            ).rowcount
            if poison:
                db.executemany(insert, poison)
                db.execute("DELETE FROM poison WHERE id <= (SELECT max(id) FROM poison) - ?", (_POISON_KEPT,))
        if removed == len(entries):
            self._entries -= removed
            self._bytes -= sum(len(entry.data) for entry in entries)
        else:
            self._entries, self._bytes = self._db.execute(_TOTALS).fetchone()

    def poison(self) -> list[tuple[str, int, str]]:
        """Return `(plant, position, reason)` of the quarantined entries, oldest first."""
        with self._read_lock:
            return self._reader.execute("SELECT plant, position, reason FROM poison ORDER BY id").fetchall()

    def declaration(self, plant: str, epoch: int) -> Declaration | None:
        """Return a kept declaration."""
        with self._read_lock:
            row = self._reader.execute(
                "SELECT json FROM declarations WHERE plant = ? AND epoch = ?", (plant, epoch)
            ).fetchone()
        return Declaration.from_json(row[0]) if row else None

    def declarations(self) -> list[Declaration]:
        """Return all kept declarations, by plant and epoch."""
        with self._read_lock:
            rows = self._reader.execute("SELECT json FROM declarations ORDER BY plant, epoch").fetchall()
        return [Declaration.from_json(row[0]) for row in rows]

    def depth(self) -> Depth:
        """Return how much waits."""
        with self._read_lock:
            row = self._reader.execute("SELECT received_ms FROM parcels ORDER BY id LIMIT 1").fetchone()
        age = max(0.0, time.time() - row[0] / 1000) if row is not None else 0.0
        return Depth(self._entries, self._bytes, age)

    def close(self) -> None:
        """Close the file."""
        with self._lock, self._read_lock:
            self._reader.close()
            self._db.close()
