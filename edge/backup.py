"""Backups of what an edge keeps: a folder of copies and a manifest with their digests, made while the edge runs."""

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edge.data_lock import DataLock
from edge.outbox import Outbox
from edge.outbox_file import LAYOUT as OUTBOX_LAYOUT
from edge.quarantine import REFUSED_FILE
from edge.store import Store
from edge.store.duckdb import DuckDbStore
from edge.store.schema import VERSION as STORE_LAYOUT

FORMAT = 1
MANIFEST = "manifest.json"
OUTBOX_FILE, STORE_FILE, AUDIT_FILE = "outbox.sqlite", "history.duckdb", "audit.sqlite"
DRILLS_FILE = "drills.sqlite"
BESIDE = ("loops.json", AUDIT_FILE, DRILLS_FILE, REFUSED_FILE)  # copied where they are there
_LAYOUTS = {OUTBOX_FILE: OUTBOX_LAYOUT, STORE_FILE: STORE_LAYOUT}
_SUFFIXES = ("", "-wal", "-shm", ".wal")


class BackupError(RuntimeError):
    """A backup that cannot be made or used; the text names folder, cause and remedy."""


def back_up(folder: Path, data: Path, outbox: Outbox, store: Store | None) -> dict[str, Any]:
    """Copy everything into the new `folder` and return its manifest; raises BackupError and leaves nothing then.

    The outbox is copied before the store: what moves from one to the other meanwhile is in both, and counts once when
    it is restored. A store that is a server is not copied; it has its own backup.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(f"{folder} is there already; name a new folder")
    try:
        with _whole(folder) as new:
            outbox.file.copy_to(new / OUTBOX_FILE)
            if isinstance(store, DuckDbStore):
                store.copy_to(new / STORE_FILE)
            for name in BESIDE:
                if (data / name).exists():
                    _copy(data / name, new / name)
            found = _manifest(new, store)
            (new / MANIFEST).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
            for file in new.iterdir():
                file.chmod(0o600)
                _sync(file)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"{folder} cannot be written ({error}); give a folder with enough room") from error
    return found


def restore(folder: Path, data: Path) -> dict[str, Any]:
    """Put a backup into the data directory `data`, where nothing of it may be yet; return its manifest.

    Raises BackupError for a backup that is damaged, of a newer version, or would overwrite anything; DataInUse.
    """
    found = check(folder)
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = DataLock(data)
        try:
            there = [
                name + end
                for name in (OUTBOX_FILE, STORE_FILE, *BESIDE)
                for end in _SUFFIXES
                if (data / (name + end)).exists()
            ]
            if there:
                raise BackupError(
                    f"{data} holds {', '.join(there)} already; nothing is overwritten: give an empty folder with --data"
                )
            copies = {name: data / f".{name}.{os.getpid()}" for name in found["files"]}
            try:
                for name, copy in copies.items():
                    shutil.copyfile(folder / name, copy)
                    copy.chmod(0o600)
                    _sync(copy)
                for name, copy in copies.items():
                    copy.replace(data / name)
            finally:
                for copy in copies.values():
                    copy.unlink(missing_ok=True)
        finally:
            lock.release()
    except OSError as error:
        raise BackupError(f"{data} cannot be written ({error}); give a folder with enough room") from error
    return found


def check(folder: Path) -> dict[str, Any]:
    """Return a backup's manifest after every file was held against its digest; raises BackupError."""
    try:
        found: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files: Mapping[str, Mapping[str, Any]] = found["files"]
        layouts: Mapping[str, int] = found["layouts"]
        if found["format"] != FORMAT:
            raise BackupError(f"{folder}: a backup of format {found['format']}; this version reads {FORMAT}")
        for name, layout in layouts.items():
            if layout > _LAYOUTS[name]:
                raise BackupError(
                    f"{folder}: {name} was written by a newer edge (layout {layout}, this one knows {_LAYOUTS[name]}); "
                    f"restore it with version {found['version']}"
                )
        for name, told in files.items():
            if name not in (OUTBOX_FILE, STORE_FILE, *BESIDE):
                raise BackupError(f"{folder}: {MANIFEST} names {name!r}, which is no part of a backup")
            if _digest(folder / name) != told["sha256"]:
                raise BackupError(f"{folder}: {name} is not what was backed up; take another backup")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(
            f"{folder} is no whole backup ({error!r}); name a folder made by edge backup"
        ) from error
    return found


def _manifest(folder: Path, store: Store | None) -> dict[str, Any]:
    from edge.service import version

    files = sorted(file.name for file in folder.iterdir())
    return {
        "format": FORMAT,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": version(),
        "store": "duckdb" if STORE_FILE in files else "none" if store is None else "server",
        "layouts": {name: layout for name, layout in _LAYOUTS.items() if name in files},
        "files": {
            name: {"bytes": (folder / name).stat().st_size, "sha256": _digest(folder / name)}
            for name in files
        },
    }


@contextlib.contextmanager
def _whole(folder: Path) -> Iterator[Path]:
    """Give the block a folder that becomes `folder` when all went well, and vanishes otherwise."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield new
        if folder.exists():
            folder.rmdir()
        new.rename(folder)
        _sync(folder.parent)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise


def _copy(source: Path, target: Path) -> None:
    if source.suffix != ".sqlite":
        shutil.copyfile(source, target)
        return
    with (
        contextlib.closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as old,
        contextlib.closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
