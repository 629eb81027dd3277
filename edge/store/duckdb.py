"""The embedded store: one DuckDB file, written in bulk from NumPy columns, one transaction a write."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import structlog

from edge.store import Event, Results, StoreUnavailable, Watermark
from edge.store.catalogue import Catalogue, Epoch
from edge.store.duckdb_reader import DuckDbReader
from edge.store.duckdb_results import ResultWriter, incoming, insert, insert_events, words
from edge.store.identity import Marks, fresh_of
from edge.store.newest import Newest
from edge.store.schema import open_database
from twin.model.declaration import Declaration
from twin.model.frame import Sample
from twin.packing import Batch

_SORT_FROM = 10_000  # samples; larger writes are laid down by tag, so that zone maps help a query of one tag
_BROKEN = (duckdb.FatalException, duckdb.InternalException, duckdb.ConnectionException)
# A commit that finds the disk full is a TransactionException: the disk's fault, never that of what was written.
_UNAVAILABLE = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.TransactionException, *_BROKEN)

_log = structlog.get_logger(__name__)


class DuckDbStore(DuckDbReader):
    """History in one file; `incident` tells what happened to a damaged one at start, "" when all was well.

    `memory_limit` bounds DuckDB's own memory, `threads` its workers, `question_s` the seconds of one question.
    """

    def __init__(
        self, path: Path, *, memory_limit: str = "64MB", threads: int = 2, question_s: float = 10.0
    ) -> None:
        connection, self.incident = open_database(path, memory_limit=memory_limit, threads=threads)
        super().__init__(connection, Catalogue(), question_s=question_s)
        self.path = path
        self._memory_limit, self._threads = memory_limit, threads
        self._lock = threading.RLock()
        self._closed = False
        self._load()
        if self.incident:
            self.record([Event(time.time_ns() // 1_000_000, "", "system", "critical", self.incident)])

    def _load(self) -> None:
        """Read into memory what every write and `last` need."""
        db = self._db
        catalogue = self._catalogue = Catalogue()
        self._marks: dict[tuple[str, int], Marks] = {}
        for first, text in db.execute(
            "SELECT first_tag, json FROM declarations ORDER BY plant, epoch"
        ).fetchall():
            epoch = catalogue.add(Declaration.from_json(text), first)
            assert epoch is not None
            self._marks[epoch.declaration.plant, epoch.declaration.epoch] = Marks.none(len(epoch.base))
        for plant, number, source, *row in db.execute("SELECT * FROM watermarks").fetchall():
            marks = self._marks[plant, number]
            marks.seq[source], marks.frames[source], marks.samples[source] = row
        self._results = ResultWriter(db, catalogue)
        self._newest = Newest.load(db, catalogue)

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Commit what the block does, or nothing of it."""
        db = self._db
        try:
            db.begin()
            try:
                yield db
                db.commit()
            except BaseException:
                self._roll_back()
                raise
        except _UNAVAILABLE as error:
            if isinstance(error, _BROKEN) and not self._closed:
                self._reopen()
            raise StoreUnavailable(
                f"store {self.path}: cannot be written now ({' '.join(str(error).split())}); check free space"
            ) from error

    def _roll_back(self) -> None:
        try:
            self._db.rollback()
        except duckdb.Error as error:  # after a fatal error there is nothing left to roll back
            _log.warning("store rollback", cause=str(error))

    def _reopen(self) -> None:
        """Start over on the file: after a fatal error DuckDB refuses all further work on a connection."""
        self._db.close()
        self._db, incident = open_database(self.path, memory_limit=self._memory_limit, threads=self._threads)
        self.incident = incident or self.incident
        self._load()

    # -- declarations --------------------------------------------------------------------------------------

    def declare(self, declaration: Declaration) -> None:
        """Remember a plant's declaration; the same epoch again is harmless, a newer epoch becomes current."""
        plant, number = declaration.plant, declaration.epoch
        with self._lock:
            if number in self._catalogue.plants.get(plant, {}):
                return
            epoch = Epoch.of(declaration, self._catalogue.next_tag)
            sources = len(epoch.base)
            with self._transaction() as db:
                db.execute(
                    "INSERT INTO declarations VALUES (?, ?, ?, ?)",
                    [plant, number, int(epoch.base[0]), declaration.to_json()],
                )
                db.execute("INSERT INTO snapshots VALUES (?, ?, NULL)", [plant, number])
                db.execute(
                    "INSERT INTO watermarks SELECT ?, ?, unnest(range(?)), 0, 0, 0", [plant, number, sources]
                )
                paths = list(epoch.tags)
                insert(self._db, "tags", {
                    "tag_id": np.array([epoch.tags[path][0] for path in paths], np.int32),
                    "plant": words([plant] * len(paths)), "epoch": np.full(len(paths), number, np.int64),
                    "path": words(paths), "kind": words([epoch.tags[path][1].value for path in paths]),
                })  # fmt: skip
            self._marks[plant, number] = Marks.none(sources)
            self._catalogue.add(declaration)

    def declarations(self) -> list[Declaration]:
        """Return the current declaration of every plant, by name."""
        return self._catalogue.declarations()

    def declaration(self, plant: str, epoch: int) -> Declaration | None:
        """Return the declaration of one epoch."""
        return self._catalogue.declaration(plant, epoch)

    # -- frames --------------------------------------------------------------------------------------------

    def fresh(self, plant: str, batches: Sequence[Batch]) -> list[Batch]:
        """Return the batches without the frames that are already stored; raises KeyError for an undeclared epoch."""
        with self._lock:
            return fresh_of(plant, batches, self._marks)

    def write(self, plant: str, batches: Sequence[Batch], results: Results) -> None:
        """Store fresh frames, their watermarks and the engine's results in one transaction."""
        with self._lock:
            epoch = self._catalogue.epoch_of(plant, {batch.epoch for batch in batches})
            number = epoch.declaration.epoch
            marks = self._marks[plant, number].copy()
            fresh = [left for batch in batches if (left := marks.pass_by(batch)) is not None]
            numbers = [epoch.base[batch.sample_source] + batch.tag for batch in fresh]
            try:
                with self._transaction():
                    if fresh:
                        self._insert_samples(fresh, numbers)
                        self._move_watermarks(plant, number, marks)
                    if results.snapshot:
                        self._db.execute(
                            "UPDATE snapshots SET data = ? WHERE plant = ? AND epoch = ?",
                            [results.snapshot, plant, number],
                        )
                    self._results.write(plant, number, results)
            except BaseException:
                self._results.forget()
                raise
            self._results.keep()
            self._marks[plant, number] = marks
            for batch, ids in zip(fresh, numbers, strict=True):
                self._newest.move(batch, ids)

    def _insert_samples(self, batches: Sequence[Batch], numbers: Sequence[Any]) -> None:
        tag_id = np.concatenate(numbers).astype(np.int32, copy=False)
        time_ms = np.concatenate([batch.sample_ms for batch in batches])
        value = np.concatenate([batch.value for batch in batches])
        places, texts = [], []
        offset = 0
        for batch in batches:
            places += [offset + place for place in batch.texts]
            texts += list(batch.texts.values())
            offset += len(batch.tag)
        if texts:
            at = np.array(places, np.int64)
            insert(self._db, "texts", {"tag_id": tag_id[at], "time_ms": time_ms[at], "text": words(texts)})
            numeric = np.ones(offset, np.bool_)
            numeric[at] = False
            tag_id, time_ms, value = tag_id[numeric], time_ms[numeric], value[numeric]
        if len(tag_id) >= _SORT_FROM:
            order = np.argsort(tag_id, kind="stable")
            tag_id, time_ms, value = tag_id[order], time_ms[order], value[order]
        if len(tag_id):
            insert(self._db, "samples", {"tag_id": tag_id, "time_ms": time_ms, "value": value})

    def _move_watermarks(self, plant: str, number: int, marks: Marks) -> None:
        known = self._marks[plant, number]
        moved = np.flatnonzero(marks.frames != known.frames)
        columns = {
            "source": moved, "seq": marks.seq[moved], "frames": marks.frames[moved], "samples": marks.samples[moved],
        }  # fmt: skip
        with incoming(self._db, columns):
            self._db.execute(
                "UPDATE watermarks SET seq = i.seq, frames = i.frames, samples = i.samples FROM incoming i "
                "WHERE watermarks.plant = ? AND watermarks.epoch = ? AND watermarks.source = i.source",
                [plant, number],
            )

    def record(self, events: Sequence[Event]) -> None:
        """Append events that do not come from frames (commands, data loss)."""
        with self._lock, self._transaction():
            insert_events(self._db, events)

    # -- state ---------------------------------------------------------------------------------------------

    def watermarks(self, plant: str) -> dict[tuple[str, int], Watermark]:
        """Return the watermark of every (source, epoch)."""
        found: dict[tuple[str, int], Watermark] = {}
        for number, epoch in sorted(self._catalogue.plants.get(plant, {}).items()):
            found |= self._marks[plant, number].watermarks(number, epoch.declaration.sources)
        return found

    def snapshot(self, plant: str, epoch: int) -> bytes | None:
        """Return the engine's newest snapshot of an epoch, None when it has none yet."""
        rows = self._rows("SELECT data FROM snapshots WHERE plant = ? AND epoch = ?", [plant, epoch])
        return bytes(rows[0][0]) if rows and rows[0][0] is not None else None

    def last(self, paths: Sequence[str]) -> dict[str, Sample]:
        """Return the newest sample of each tag path that has one."""
        return self._newest.samples(self._catalogue, paths)

    def copy_to(self, path: Path) -> None:
        """Write a copy as of now to the new file `path` while the store is in use; raises StoreUnavailable."""
        (name,) = self._rows("SELECT current_database()")[0]
        target = str(path).replace("'", "''")
        cursor = self._cursor()  # it may take as long as it takes
        try:
            cursor.execute(f"ATTACH '{target}' AS copy_of_now")
            try:
                cursor.execute(
                    f'COPY FROM DATABASE "{name}" TO copy_of_now'
                )  # one transaction: writers go on
                cursor.execute("CHECKPOINT copy_of_now")
            finally:
                cursor.execute("DETACH copy_of_now")
        except duckdb.Error as error:
            raise StoreUnavailable(f"store {self.path}: cannot be copied to {path} ({error})") from error

    def close(self) -> None:
        """Flush and release the file."""
        with self._lock:
            self._closed = True
            self._limit.close()
            self._db.close()
