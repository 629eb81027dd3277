"""The outbox's SQLite file: opened, or set aside when damaged; written in transactions; with room for a full disk."""

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import structlog

from edge.damaged import read_plants, set_aside
from edge.reserve import Reserve

LAYOUT = 1
RESERVE = 8 * 1024 * 1024  # bytes; what deleting some thousand entries writes to SQLite's log
_TABLES = """
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
CREATE TABLE IF NOT EXISTS retried (id INTEGER PRIMARY KEY, reason TEXT NOT NULL);
"""
_KEPT = "disk is full: what room is left is kept for emptying the queue"
_NO_ROOM = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}

Result = TypeVar("Result")

_log = structlog.get_logger(__name__)


class OutboxError(RuntimeError):
    """The outbox file cannot be used; the text names the file, the cause and the remedy."""


class OutboxFile:
    """One SQLite file (WAL, synchronous=FULL) with a writer and a reader.

    `lock` is held by whoever writes. `incident` tells what happened to a damaged file at start, `trouble` why writing
    does not work now; both "" when all is well.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.incident = ""
        self.trouble = ""
        self.lock = threading.Lock()
        self._read_lock = threading.Lock()
        self._reserve = Reserve(path.with_name(f"{path.stem}.reserve"), RESERVE)
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
        if not self._reserve.hold():
            self._fails(sqlite3.OperationalError(_KEPT))

    def _open(self) -> None:
        self._db = self._connect()
        try:
            found = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok":
                raise sqlite3.DatabaseError(str(found))
            layout = self._db.execute("PRAGMA user_version").fetchone()[0]
            if layout > LAYOUT:
                raise OutboxError(
                    f"outbox {self.path}: written by a newer edge (layout {layout}, this one knows {LAYOUT}); "
                    "run that version, or move the file away"
                )
            self._db.executescript(_TABLES)
            if layout < LAYOUT:
                self._db.execute(f"PRAGMA user_version = {LAYOUT}")
            read_plants(self._db)
            self._reader = self._connect()
        except BaseException:
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

    # -- reading -------------------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give the reader to the block, alone; rows must be fetched before it ends."""
        with self._read_lock:
            yield self._reader

    def ask(self, question: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a question."""
        with self._read_lock:
            return self._reader.execute(question, parameters).fetchall()

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy to `path` while the file is in use; raises OutboxError."""
        target = sqlite3.connect(path)
        try:
            with self._read_lock:
                self._reader.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.Error as error:
            raise OutboxError(f"outbox {self.path}: cannot be copied to {path} ({error})") from error
        finally:
            target.close()

    # -- writing -------------------------------------------------------------------------------------------

    def write(self, work: Callable[[sqlite3.Connection], Result], *, frees: bool = False) -> Result:
        """Commit what `work` does, or nothing of it; the caller holds `lock`. Raises OutboxError.

        What `frees` room may use the reserve of a full disk; all else waits until there is room for the reserve again.
        """
        try:
            if not (frees or self._reserve.hold()):
                raise sqlite3.OperationalError(_KEPT)
            try:
                result = self._commit(work)
            except sqlite3.OperationalError as error:
                if not (frees and _no_room(error) and self._reserve.release()):
                    raise
                result = self._commit(work)
                with contextlib.suppress(sqlite3.Error):  # later is soon enough
                    self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error as error:
            raise self._fails(error) from error
        if self._reserve.hold():
            self.trouble = ""
        return result

    def _fails(self, error: sqlite3.Error) -> OutboxError:
        self.trouble = f"outbox {self.path}: cannot be written now ({error}); check free space"
        return OutboxError(self.trouble)

    def _commit(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        try:
            result = work(db)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:  # after a full disk SQLite has rolled back already
                db.execute("ROLLBACK")
            raise
        return result

    def close(self) -> None:
        """Close the file."""
        with self.lock, self._read_lock:
            self._reader.close()
            self._db.close()


def _no_room(error: sqlite3.OperationalError) -> bool:
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in _NO_ROOM
