"""Backups: taken while everything moves, restored into an empty directory, compared."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.backup import BackupError, back_up, restore
from edge.data_lock import DataInUse, DataLock
from edge.outbox import Outbox
from edge.pipeline import Pipeline
from edge.store.duckdb import DuckDbStore
from edge.training.drill import Drill
from edge.training.drills import Drills
from tests.edge.in_quarantine import in_quarantine
from tests.edge.telemetry import frames
from tests.edge.test_pipeline import PRESS, A, Counting, deliver, drain, folded, stored, total

_STORE_TABLES = (
    "meta", "declarations", "tags", "samples", "texts", "watermarks", "snapshots", "scopes", "names", "tallies",
    "orders", "intervals", "events",
)  # fmt: skip
_OUTBOX_TABLES = ("parcels", "positions", "declarations", "poison", "retried")


class Edge:
    """Outbox, store and pipeline on one data directory."""

    def __init__(self, data: Path) -> None:
        data.mkdir(exist_ok=True)
        self.data = data
        self.outbox, self.store = Outbox(data / "outbox.sqlite"), DuckDbStore(data / "history.duckdb")
        self.pipeline = Pipeline(self.outbox, self.store, Counting)

    def content(self) -> dict[str, list[Any]]:
        """Return every row of every table."""
        found = {
            f"store {table}": self.store._rows(f"SELECT * FROM {table} ORDER BY ALL")
            for table in _STORE_TABLES
        }
        return found | {
            f"outbox {table}": self.outbox.file.ask(f"SELECT * FROM {table} ORDER BY 1, 2")
            for table in _OUTBOX_TABLES
        }

    def close(self) -> None:
        self.pipeline.stop()
        self.store.close()
        self.outbox.close()


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[Edge]:
    made = Edge(tmp_path / "data")
    yield made
    made.close()


def filled(edge: Edge) -> None:
    """Store some frames, leave some waiting, put one entry into quarantine, choose a mode."""
    some = frames(PRESS, 30)
    deliver(edge.outbox, PRESS, some[:60])
    edge.outbox.accept("press", A, [(edge.outbox.expected("press", A), b"rubbish")])
    drain(edge.pipeline)
    deliver(edge.outbox, PRESS, some[60:])
    (edge.data / "loops.json").write_text('{"press": ["standby"]}')


def test_restored_backup_equals_what_was_backed_up(edge: Edge, tmp_path: Path) -> None:
    filled(edge)
    drill = Drill(id="d1", name="Night", plant="press", by="operator", created_ms=1, length_s=600.0)
    drills = Drills(edge.data / "drills.sqlite")
    drills.add(drill, [])
    manifest = back_up(tmp_path / "backup", edge.data, edge.outbox, edge.store)
    drills.close()
    assert set(manifest["files"]) == {"outbox.sqlite", "history.duckdb", "loops.json", "drills.sqlite"}
    assert sorted(file.name for file in (tmp_path / "backup").iterdir()) == sorted(
        [*manifest["files"], "manifest.json"]
    )
    assert {oct(file.stat().st_mode & 0o777) for file in (tmp_path / "backup").iterdir()} == {"0o600"}
    assert restore(tmp_path / "backup", tmp_path / "new") == manifest
    before = edge.content()
    again = Edge(tmp_path / "new")
    assert again.content() == before
    assert (again.outbox.incident, again.store.incident) == ("", "")
    assert again.outbox.depth().entries > 0
    assert in_quarantine(again.outbox) == in_quarantine(edge.outbox) != []
    assert (tmp_path / "new" / "loops.json").read_text() == '{"press": ["standby"]}'
    restored = Drills(tmp_path / "new" / "drills.sqlite")
    assert restored.drills() == [drill]
    restored.close()
    again.close()


def test_backup_taken_while_frames_move_holds_each_frame_once(edge: Edge, tmp_path: Path) -> None:
    """Whatever was accepted before the backup is in the restored store or its outbox, and is stored once."""
    some = frames(PRESS, 400)
    edge.outbox.declare(PRESS)
    stop = threading.Event()

    def feed() -> None:
        for cut in range(0, len(some), 6):
            if stop.is_set():
                return
            deliver(edge.outbox, PRESS, some[cut : cut + 6])

    feeder = threading.Thread(target=feed)
    edge.pipeline.start()
    feeder.start()
    while not edge.store.watermarks("press"):
        pass
    before = edge.outbox.accepted_total
    back_up(tmp_path / "backup", edge.data, edge.outbox, edge.store)
    stop.set()
    feeder.join()
    restore(tmp_path / "backup", tmp_path / "new")
    again = Edge(tmp_path / "new")
    drain(again.pipeline)
    marks = again.store.watermarks("press")
    assert all(mark.frames == mark.seq for mark in marks.values())
    frames_there = sum(mark.frames for mark in marks.values())
    assert frames_there >= 6 * before > 0
    assert stored(again.store) == folded(again.store) == sum(mark.samples for mark in marks.values())
    assert stored(again.store) == total(some[:frames_there])
    again.close()


def test_nothing_is_overwritten(edge: Edge, tmp_path: Path) -> None:
    filled(edge)
    (tmp_path / "backup").mkdir()
    back_up(tmp_path / "backup", edge.data, edge.outbox, edge.store)  # an empty folder is as good as none
    with pytest.raises(BackupError, match="is there already"):
        back_up(tmp_path / "backup", edge.data, edge.outbox, edge.store)
    with pytest.raises(BackupError, match="nothing is overwritten"):
        restore(tmp_path / "backup", edge.data)
    restore(tmp_path / "backup", tmp_path / "new")
    with pytest.raises(BackupError, match=r"history\.duckdb"):
        restore(tmp_path / "backup", tmp_path / "new")


def test_damaged_backup_is_refused_and_leaves_nothing(edge: Edge, tmp_path: Path) -> None:
    filled(edge)
    backup = tmp_path / "backup"
    back_up(backup, edge.data, edge.outbox, edge.store)
    file = backup / "history.duckdb"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(BackupError, match=r"history\.duckdb is not what was backed up"):
        restore(backup, tmp_path / "new")
    file.unlink()
    with pytest.raises(BackupError, match="no whole backup"):
        restore(backup, tmp_path / "new")
    with pytest.raises(BackupError, match="no whole backup"):
        restore(tmp_path / "nowhere", tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 2}, "format 2"),
        ({"layouts": {"history.duckdb": 99}}, "newer edge"),
        ({"files": {"../other": {"sha256": ""}}}, "no part of a backup"),
    ],
)
def test_backup_of_another_version_or_with_other_files_is_refused(
    edge: Edge, tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    back_up(tmp_path / "backup", edge.data, edge.outbox, edge.store)
    manifest = tmp_path / "backup" / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | change))
    with pytest.raises(BackupError, match=words):
        restore(tmp_path / "backup", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_backup_that_fails_leaves_nothing(edge: Edge, tmp_path: Path) -> None:
    filled(edge)
    (edge.data / "audit.sqlite").mkdir()  # cannot be copied
    with pytest.raises(BackupError, match="disk I/O error"):
        back_up(tmp_path / "backup", edge.data, edge.outbox, edge.store)
    assert [file.name for file in tmp_path.iterdir()] == ["data"]


def test_data_directory_is_held_by_one(tmp_path: Path) -> None:
    lock = DataLock(tmp_path)
    with pytest.raises(DataInUse, match="stop it"):
        DataLock(tmp_path)
    lock.release()
    lock.release()
    DataLock(tmp_path).release()
