"""Damaged files are moved out of the way, never deleted; damaged rows of the outbox are found at its start."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from twin.model.declaration import Declaration


def set_aside(path: Path) -> Path:
    """Rename a damaged database, with the logs beside it, to `<name>.damaged-<UTC>`; return the new name."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    for suffix in ("", "-wal", "-shm", ".wal"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(aside.with_name(aside.name + suffix))
    return aside


def read_plants(db: sqlite3.Connection) -> None:
    """Raise DatabaseError where the name of a plant is no text: no check of SQLite's looks into values."""
    try:
        for table in ("parcels", "positions"):
            db.execute(f"SELECT DISTINCT plant FROM {table}").fetchall()
    except sqlite3.OperationalError as error:
        raise sqlite3.DatabaseError(str(error)) from error


def kept_declarations(db: sqlite3.Connection) -> tuple[set[tuple[str, int]], str]:
    """Return plant and epoch of the declarations that can be read; forget the others and say so ("" for none)."""
    kept = set()
    incident = ""
    for row, text in db.execute("SELECT rowid, CAST(json AS BLOB) FROM declarations").fetchall():
        try:
            declaration = Declaration.from_json(text.decode())
        except ValueError as error:
            db.execute("DELETE FROM declarations WHERE rowid = ?", (row,))
            incident = f"a declaration in the outbox was damaged ({error}); its plant sends it again"
        else:
            kept.add((declaration.plant, declaration.epoch))
    return kept, incident
