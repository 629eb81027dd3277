"""A small SQLite file that must last: committed to the disk, private, set aside where it is damaged."""

import sqlite3
from pathlib import Path

from edge.damaged import set_aside


def open_sqlite(path: Path | None, schema: str, damaged: str) -> tuple[sqlite3.Connection, str]:
    """Open the file, or a new one in memory without `path`; return it and what happened to it, "" for nothing.

    One that cannot be read is set aside and a new one begun: `damaged` says so, with {error} and {aside} filled in.
    Raises sqlite3.OperationalError for a file that cannot be opened or written.
    """
    try:
        return _open(path, schema), ""
    except sqlite3.DatabaseError as error:
        if path is None or isinstance(error, sqlite3.OperationalError):
            raise
        incident = damaged.format(error=error, aside=set_aside(path))
        return _open(path, schema), incident


def _open(path: Path | None, schema: str) -> sqlite3.Connection:
    if path is not None:
        path.touch(mode=0o600)
    db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None, timeout=5.0)
    try:
        db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + schema)
        if db.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("its pages do not fit together")
    except sqlite3.Error:
        db.close()
        raise
    return db
