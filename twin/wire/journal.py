"""The plant's journal: every frame is on disk here before it is sent, until the edge has acknowledged it."""

import json
import secrets
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from twin.crash_point import crash_point
from twin.packing import Parcel

RETENTION = 2 * 1024**3  # bytes of unacknowledged entries; weeks of the largest plant here
_VERSION = 1


class DamagedJournal(Exception):
    """A journal file that cannot be trusted; the text says why."""


@dataclass(slots=True, kw_only=True)
class Run:
    """One epoch: what it is a run of, and how far the journal holds it.

    `configuration` is a digest, `scans` the number of scans whose frames are journalled, `last_ms` the newest
    frame's time, `high` the newest frame of every source as (seq, checksum).
    """

    epoch: int
    configuration: str
    start_ms: int
    seed: int
    scan: float
    scans: int = 0
    last_ms: int = 0
    high: dict[str, tuple[int, int]] = field(default_factory=dict)


class Journal:
    """Entries by position, the run and its command log, in one SQLite file; safe to use from several threads.

    `id` is random per file. Positions rise by one and are never reused. Beyond `retention` bytes the oldest entries
    are dropped and counted. Every row carries a checksum: what cannot be trusted is never served.
    """

    def __init__(self, path: Path, *, retention: int = RETENTION) -> None:
        """Open or create; raises DamagedJournal, or OSError when the file cannot be used."""
        self.path = path
        self.retention = retention
        self._lock = threading.RLock()
        try:
            self._db = sqlite3.connect(path, timeout=1.0, check_same_thread=False, isolation_level=None)
        except sqlite3.OperationalError as error:
            raise OSError(f"journal {path}: {error}") from error
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            self._db.close()
            damaged = any(word in str(error) for word in ("malformed", "decode"))
            if isinstance(error, sqlite3.OperationalError) and not damaged:
                raise OSError(f"journal {path}: {error}") from error
            raise DamagedJournal(str(error)) from error
        except DamagedJournal:
            self._db.close()
            raise

    def _open(self) -> None:
        db = self._db
        db.execute("PRAGMA locking_mode=EXCLUSIVE")  # a second process on the same file would number anew
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA journal_size_limit=16777216")
        for (line,) in db.execute("PRAGMA integrity_check(1)"):
            if line != "ok":
                raise DamagedJournal(line)
        db.execute("BEGIN IMMEDIATE")
        db.execute(
            "CREATE TABLE IF NOT EXISTS entry(position INTEGER PRIMARY KEY, frames BLOB, checksum INTEGER)"
        )
        db.execute("CREATE TABLE IF NOT EXISTS record(name TEXT PRIMARY KEY, value TEXT, checksum INTEGER)")
        identity = self._record("journal")
        if identity is None:
            if db.execute("SELECT (SELECT count(*) FROM entry) + (SELECT count(*) FROM record)").fetchone()[
                0
            ]:
                raise DamagedJournal("its identity is missing")
            identity = {"id": secrets.token_bytes(16).hex(), "version": _VERSION}
            self._set("journal", identity)
            self._set("marks", {"head": 0, "acknowledged": 0, "dropped": 0})
        db.execute("COMMIT")
        try:
            self.id = bytes.fromhex(identity["id"])
            marks = self._record("marks") or {}
            self.head: int = marks["head"]
            self.acknowledged: int = marks["acknowledged"]
            self.dropped: int = marks["dropped"]
            raw = self._record("run")
            self.run = (
                None
                if raw is None
                else Run(**raw | {"high": {k: (s, c) for k, (s, c) in raw["high"].items()}})
            )
            for (name,) in db.execute("SELECT name FROM record"):
                self._record(name)
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedJournal(f"its records are unreadable: {error}") from error
        if identity.get("version") != _VERSION:
            raise DamagedJournal(f"it has version {identity.get('version')}, this program reads {_VERSION}")
        self.depth = self.size = 0
        before = 0
        for position, frames, checksum in db.execute(
            "SELECT position, frames, checksum FROM entry ORDER BY position"
        ):
            if _entry_checksum(position, frames) != checksum or (before and position != before + 1):
                raise DamagedJournal(f"entry {position} fails its checksum or its order")
            before = position
            self.depth += 1
            self.size += len(frames)
        if before and before != self.head:
            raise DamagedJournal(f"it ends at entry {before} instead of {self.head}")
        if self.head - self.depth > max(self.acknowledged, 0) + self.dropped:
            raise DamagedJournal("entries are missing that nobody acknowledged")

    # -- records -------------------------------------------------------------------------------------------

    def _record(self, name: str) -> Any:
        row = self._db.execute("SELECT value, checksum FROM record WHERE name = ?", (name,)).fetchone()
        if row is None:
            return None
        if not isinstance(row[0], str) or _record_checksum(name, row[0]) != row[1]:
            raise DamagedJournal(f"record {name} fails its checksum")
        return json.loads(row[0])

    def _set(self, name: str, value: Any) -> None:
        text = json.dumps(value, separators=(",", ":"))
        self._db.execute(
            "INSERT OR REPLACE INTO record VALUES (?, ?, ?)", (name, text, _record_checksum(name, text))
        )

    def _set_marks(self) -> None:
        self._set("marks", {"head": self.head, "acknowledged": self.acknowledged, "dropped": self.dropped})

    def remember(self, name: str, value: Any) -> None:
        """Keep a small value that outlives the process (`recall` reads it)."""
        with self._lock:
            self._set(f"memory/{name}", value)

    def recall(self, name: str) -> Any:
        """Return what `remember` kept, None at first."""
        with self._lock:
            return self._record(f"memory/{name}")

    # -- the run -------------------------------------------------------------------------------------------

    def begin(self, run: Run, declaration: str) -> None:
        """Begin an epoch: its run, its declaration (JSON) and an empty command log."""
        with self._transaction():
            self._set("run", asdict(run))
            self._set(f"declaration/{run.epoch:020}", declaration)
            self._db.execute("DELETE FROM record WHERE name LIKE 'command/%'")
        self.run = run

    def declaration(self, epoch: int) -> str | None:
        """Return the declaration of `epoch` (0: the newest), None for an epoch that never was."""
        newest = "SELECT max(name) FROM record WHERE name LIKE 'declaration/%'"
        with self._lock:
            name = f"declaration/{epoch:020}" if epoch else self._db.execute(newest).fetchone()[0]
            text: str | None = self._record(name) if name else None
            return text

    def log_command(self, scans: int, number: int, command: dict[str, Any]) -> None:
        """Keep a command that was given after `scans` scans; `number` orders those of one scan."""
        with self._lock:
            self._set(f"command/{scans:012}/{number:09}", command)

    def forget_command(self, scans: int, number: int) -> None:
        """Remove a command that the model refused."""
        with self._lock:
            self._db.execute("DELETE FROM record WHERE name = ?", (f"command/{scans:012}/{number:09}",))

    def commands(self) -> list[tuple[int, dict[str, Any]]]:
        """Return the command log in order, as (scans, command)."""
        with self._lock:
            names = self._db.execute(
                "SELECT name FROM record WHERE name LIKE 'command/%' ORDER BY name"
            ).fetchall()
            return [(int(name.split("/")[1]), self._record(name)) for (name,) in names]

    # -- entries -------------------------------------------------------------------------------------------

    def append(self, blobs: Sequence[bytes], run: Run) -> list[int]:
        """Commit entries and how far the run has come in one transaction; return their positions."""
        with self._transaction():
            first = self.head + 1
            for blob in blobs:
                self.head += 1
                checksum = _entry_checksum(self.head, blob)
                self._db.execute("INSERT INTO entry VALUES (?, ?, ?)", (self.head, blob, checksum))
                self.depth += 1
                self.size += len(blob)
            while self.size > self.retention and self.depth > 1:
                self._drop_oldest()
            self._set("run", asdict(run))
            self._set_marks()
            crash_point("before_journal_commit")
        crash_point("after_journal_commit")
        self.run = run
        return list(range(first, self.head + 1))

    def _drop_oldest(self) -> None:
        oldest = "SELECT position, length(frames) FROM entry ORDER BY position LIMIT 1"
        position, size = self._db.execute(oldest).fetchone()
        self._db.execute("DELETE FROM entry WHERE position = ?", (position,))
        self.depth -= 1
        self.size -= size
        self.dropped += 1

    def read(self, position: int, max_bytes: int) -> Parcel:
        """Return entries from `position` on, oldest first: at least one if there is one, else at most `max_bytes`."""
        entries: list[tuple[int, bytes]] = []
        size = 0
        wanted = "SELECT position, frames, checksum FROM entry WHERE position >= ? ORDER BY position"
        with self._lock:
            rows = self._db.execute(wanted, (max(position, 1),))
            for found, frames, checksum in rows:
                size += len(frames) + 12
                if entries and size > max_bytes:
                    break
                if _entry_checksum(found, frames) != checksum:
                    raise DamagedJournal(f"entry {found} fails its checksum")
                entries.append((found, frames))
            rows.close()
        return Parcel(self.id, tuple(entries))

    def acknowledge(self, journal: bytes, upto: int) -> bool:
        """Forget entries up to position `upto`; False when that is not this journal's to forget."""
        totals = "SELECT count(*), coalesce(sum(length(frames)), 0) FROM entry WHERE position <= ?"
        with self._lock:
            if journal != self.id or upto > self.head:
                return False
            if upto <= self.acknowledged:
                return True
            with self._transaction():
                count, size = self._db.execute(totals, (upto,)).fetchone()
                self._db.execute("DELETE FROM entry WHERE position <= ?", (upto,))
                self.acknowledged = upto
                self.depth -= count
                self.size -= size
                self._set_marks()
                crash_point("before_prune")
            crash_point("after_prune")
            return True

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Commit all or nothing, in the file and in the counters alike."""
        with self._lock:
            before = (self.head, self.acknowledged, self.dropped, self.depth, self.size)
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self.head, self.acknowledged, self.dropped, self.depth, self.size = before
                # After a full disk SQLite has already rolled back; a second time would be an error of its own.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Release the file; everything that was committed stays."""
        with self._lock:
            self._db.close()


def _entry_checksum(position: int, frames: Any) -> int:
    # A damaged row may hold anything.
    return zlib.crc32(frames, zlib.crc32(position.to_bytes(8, "big"))) if isinstance(frames, bytes) else -1


def _record_checksum(name: str, text: str) -> int:
    return zlib.crc32(f"{name}\n{text}".encode())


def quarantine(path: Path, stamp_ms: int) -> Path:
    """Move a damaged journal and what SQLite keeps beside it out of the way; return the new name."""
    aside = path.with_name(f"{path.name}.damaged-{stamp_ms}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(aside.with_name(aside.name + suffix))
    return aside
