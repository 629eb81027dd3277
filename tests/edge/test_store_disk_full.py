"""A disk that is full when the store commits: the entry waits, it is not taken for poison."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from edge.outbox import Outbox
from edge.pipeline import Pipeline
from edge.store import StoreUnavailable
from edge.store.duckdb import DuckDbStore
from tests.edge.in_quarantine import in_quarantine
from tests.edge.plant_feed import Feed
from tests.edge.test_pipeline import Counting


class FullDisk:
    """A connection whose commits fail as DuckDB's do on a full disk, until `full` is false."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self.full = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def commit(self) -> None:
        if self.full:
            raise duckdb.TransactionException(
                "TransactionContext Error: Failed to commit: Could not write file: No space left on device"
            )
        self._connection.commit()


def test_entry_waits_for_space_and_is_stored_then(tmp_path: Path) -> None:
    outbox, store = Outbox(tmp_path / "outbox.sqlite"), DuckDbStore(tmp_path / "store.duckdb")
    pipeline = Pipeline(outbox, store, Counting)
    feed = Feed()
    try:
        outbox.declare(feed.declaration)
        store.declare(feed.declaration)
        feed.grow(2)
        outbox.accept("press", feed.journal_id, sorted(feed.entries.items()))
        disk = FullDisk(store._db)
        store._db = disk  # type: ignore[assignment]
        with pytest.raises(StoreUnavailable, match="free space"):
            pipeline.step()
        assert in_quarantine(outbox) == []
        assert outbox.depth().entries == 2
        disk.full = False
        assert pipeline.step() == 2
        marks = store.watermarks("press").values()
        assert {(mark.seq, mark.frames) for mark in marks} == {(feed.seconds, feed.seconds)}
        assert outbox.depth().entries == 0
    finally:
        store.close()
        outbox.close()
