"""The DuckDB file: its tables, and how it is opened, or set aside when it is damaged."""

import re
from pathlib import Path

import duckdb
import structlog

from edge.damaged import set_aside
from edge.store import StoreUnavailable

VERSION = 1

# No keys and indexes on what grows: rows come in the order of time, and the zone maps of DuckDB's row groups skip
# what lies outside a range; an index would double the file and slow every insert.
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name VARCHAR, value VARCHAR);
CREATE TABLE IF NOT EXISTS declarations (plant VARCHAR, epoch BIGINT, first_tag INTEGER, json VARCHAR);
CREATE TABLE IF NOT EXISTS tags (tag_id INTEGER, plant VARCHAR, epoch BIGINT, path VARCHAR, kind VARCHAR);
CREATE TABLE IF NOT EXISTS samples (tag_id INTEGER, time_ms BIGINT, value DOUBLE);
CREATE TABLE IF NOT EXISTS texts (tag_id INTEGER, time_ms BIGINT, text VARCHAR);
CREATE TABLE IF NOT EXISTS watermarks (
    plant VARCHAR, epoch BIGINT, source INTEGER, seq BIGINT, frames BIGINT, samples BIGINT);
CREATE TABLE IF NOT EXISTS snapshots (plant VARCHAR, epoch BIGINT, data BLOB);
CREATE TABLE IF NOT EXISTS scopes (scope_id INTEGER, plant VARCHAR, epoch BIGINT, path VARCHAR);
CREATE TABLE IF NOT EXISTS names (name_id INTEGER, name VARCHAR);
CREATE TABLE IF NOT EXISTS tallies (scope_id INTEGER, start_ms BIGINT, name_id INTEGER, value DOUBLE);
CREATE TABLE IF NOT EXISTS orders (
    scope_id INTEGER, start_ms BIGINT, end_ms BIGINT, name VARCHAR, product VARCHAR, quantity DOUBLE, figures VARCHAR);
CREATE TABLE IF NOT EXISTS intervals (
    scope_id INTEGER, start_ms BIGINT, end_ms BIGINT, state INTEGER, reason VARCHAR);
CREATE TABLE IF NOT EXISTS events (
    time_ms BIGINT, scope VARCHAR, kind VARCHAR, severity VARCHAR, text VARCHAR, tag VARCHAR, value DOUBLE,
    plant VARCHAR, epoch BIGINT);
"""
_GROWING = ("samples", "texts", "tallies", "orders", "intervals", "events")
# Causes that a file in perfect health can have: never a reason to set it aside. Whole words: a damaged block is none.
_INNOCENT = re.compile(
    r"\b(lock|permission|denied|no space|read-only|no such file|too many open files|not a directory)\b",
    re.IGNORECASE,
)

_log = structlog.get_logger(__name__)


def open_database(path: Path, *, memory_limit: str, threads: int) -> tuple[duckdb.DuckDBPyConnection, str]:
    """Open or create the file; return the connection and what happened to a damaged one ("" when all was well).

    A damaged file is renamed to `<name>.damaged-<UTC>` and a fresh one started. Raises StoreUnavailable when the
    file is used by another process, belongs to another version, or the disk does not allow it.
    """
    try:
        return _open(path, memory_limit, threads), ""
    except (duckdb.Error, OSError) as error:
        cause = " ".join(str(error).split())
        if isinstance(error, OSError | duckdb.OutOfMemoryException) or _INNOCENT.search(cause):
            raise StoreUnavailable(
                f"store {path}: cannot be opened ({cause}); stop another edge that uses the file, and check that the "
                "folder is writable and has free space"
            ) from error
        aside = set_aside(path)
        _log.error("store damaged", file=str(path), cause=cause, moved_to=aside.name)
        incident = (
            f"store {path.name} was damaged ({cause[:200]}); it was moved to {aside.name} and a fresh one started. "
            "Plants still hold what was not acknowledged; older history is in the moved file"
        )
        return _open(path, memory_limit, threads), incident


def _open(path: Path, memory_limit: str, threads: int) -> duckdb.DuckDBPyConnection:
    path.parent.mkdir(parents=True, exist_ok=True)
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "threads": threads,
        "checkpoint_threshold": "16MB",  # bounds the write-ahead log, and with it the time of a restart
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    connection = duckdb.connect(str(path), config=config)
    try:
        connection.execute(_TABLES)
        found = connection.execute("SELECT value FROM meta WHERE name = 'version'").fetchone()
        if found is None:
            connection.execute("INSERT INTO meta VALUES ('version', ?)", [str(VERSION)])
        elif found[0] != str(VERSION):
            raise StoreUnavailable(
                f"store {path}: written by another version of the edge (layout {found[0]}, this one writes {VERSION}); "
                "move the file away, or run the version that wrote it"
            )
        for table in _GROWING:  # touches the newest block of each
            connection.execute(
                f"SELECT * FROM {table} WHERE rowid = (SELECT max(rowid) FROM {table})"
            ).fetchall()
    except BaseException:
        connection.close()
        raise
    return connection
