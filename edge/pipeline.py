"""Outbox to store: unpack, keep what is fresh, fold it into figures, write it all at once, forget the entries."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

import numpy as np
import structlog

from edge.metrics import Metrics
from edge.outbox import Entry, Outbox
from edge.quarantine import late
from edge.store import Event, Results, Store, StoreUnavailable
from twin.crash_point import crash_point
from twin.model.declaration import Declaration
from twin.packing import Batch, DamagedFrames, epoch_of, unpack

_ENTRIES = 64  # in one transaction
_SAMPLES = 300_000
_LATEST_MS = 4_102_444_800_000  # 2100: what lies beyond would stand before everything that follows
_IDLE_S = 1.0  # looks at the outbox at least so often
_RETRY_S = (0.1, 0.5, 1.0, 2.0, 5.0)

_log = structlog.get_logger(__name__)


class Folding(Protocol):
    """What the pipeline needs of an engine: one plant's, one epoch's."""

    def fold(self, batches: Sequence[Batch]) -> Results:
        """Fold fresh frames; `snapshot` in the results is the state after them."""


# Makes an engine that goes on where the snapshot was taken; None at the start of an epoch.
Engines = Callable[[Declaration, bytes | None], Folding]
Listener = Callable[[str, Sequence[Batch], Results], None]


@dataclass(slots=True)
class _Work:
    """Entries of one plant and epoch with their unpacked frames."""

    plant: str
    epoch: int
    entries: list[Entry]
    batches: list[Batch]


class Pipeline:
    """One writer for all plants; `run` is a thread's work, `step` one round of it.

    `on_commit` listeners are called on the pipeline's thread after each commit, with fresh frames only. What fails
    in store or disk is tried again; what fails because of an entry puts that entry in quarantine.
    """

    def __init__(
        self, outbox: Outbox, store: Store, engines: Engines, metrics: Metrics | None = None
    ) -> None:
        self.on_commit: list[Listener] = []
        self.metrics = metrics or Metrics()
        self.trouble = ""  # why nothing moves now, "" while all is well
        self._outbox = outbox
        self._store = store
        self._engines = engines
        self._running: dict[str, tuple[int, Folding]] = {}
        self._known: set[tuple[str, int]] = set()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    # -- running -------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Work in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="pipeline", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the transaction under way and end; what waits stays in the outbox."""
        self._stop.set()
        self._outbox.arrived.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def run(self) -> None:
        """Move entries as they arrive until `stop`."""
        failures = 0
        incident = self._outbox.incident
        while not self._stop.is_set():
            self._outbox.arrived.clear()
            try:
                if incident:
                    self._store.record(
                        [Event(time.time_ns() // 1_000_000, "", "system", "critical", incident)]
                    )
                    incident = ""
                moved = self.step()
                failures, self.trouble = 0, ""
            except Exception as error:  # noqa: BLE001 (the writer must outlive whatever a disk can do)
                moved = 0
                self.trouble = str(error) or type(error).__name__
                self.metrics.faults.labels(type(error).__name__).inc()
                _log.error("pipeline waits", cause=self.trouble, attempt=failures + 1)
                self._running.clear()  # their state may be ahead of the store
                self._stop.wait(_RETRY_S[min(failures, len(_RETRY_S) - 1)])
                failures += 1
                continue
            if not moved:
                self._outbox.arrived.wait(_IDLE_S)

    def step(self) -> int:
        """Move one transaction's worth for each plant that waits; return the entries taken from the outbox."""
        entries = self._outbox.pending(_ENTRIES)
        moved = 0
        by_plant = sorted(
            entries, key=lambda entry: entry.plant
        )  # stable: the order of arrival within a plant
        for _, own in groupby(by_plant, key=lambda entry: entry.plant):
            for work in self._prepare(list(own)):
                self._move(work)
        moved += len(entries)
        return moved

    # -- entries to frames -----------------------------------------------------------------------------------

    def _prepare(self, entries: Sequence[Entry]) -> list[_Work]:
        """Unpack entries and cut them into transactions; those that cannot be used go to quarantine."""
        works: list[_Work] = []
        samples = 0
        for entry in entries:
            try:
                batch = self._unpack(entry)
            except DamagedFrames as error:
                self._quarantine(entry, str(error))
                continue
            samples += len(batch.tag)
            alone = entry.retried or (works and works[-1].entries[0].retried)
            if not works or alone or works[-1].epoch != batch.epoch or samples > _SAMPLES:
                works.append(_Work(entry.plant, batch.epoch, [], []))
                samples = len(batch.tag)
            works[-1].entries.append(entry)
            works[-1].batches.append(batch)
        return works

    def _unpack(self, entry: Entry) -> Batch:
        declaration = self._declaration(entry.plant, epoch_of(entry.data))
        batch = unpack(entry.data)
        if not len(batch):
            raise DamagedFrames("an entry without frames")
        sizes = np.array([len(unit.tags) for unit in declaration.units])
        if int(batch.source.max()) >= len(sizes):
            raise DamagedFrames(f"unit {int(batch.source.max())} is not declared: there are {len(sizes)}")
        foreign = batch.tag >= sizes[batch.sample_source]
        if foreign.any():
            place = int(np.argmax(foreign))
            unit = declaration.units[int(batch.sample_source[place])]
            raise DamagedFrames(
                f"tag {int(batch.tag[place])} of {unit.name} is not declared: there are {len(unit.tags)}"
            )
        times = (batch.time_ms, batch.sample_ms)
        if any(len(one) and not 0 <= int(one.min()) <= int(one.max()) < _LATEST_MS for one in times):
            raise DamagedFrames("a time lies outside 1970..2099")
        if int(batch.seq.min()) < 1:
            raise DamagedFrames(f"frame number {int(batch.seq.min())}: numbers begin at 1")
        return batch

    def _declaration(self, plant: str, epoch: int) -> Declaration:
        """Return the epoch's declaration, known to the store from now on."""
        if (plant, epoch) in self._known:
            found = self._store.declaration(plant, epoch)
            if found is not None:
                return found
        found = self._outbox.declaration(plant, epoch) or self._store.declaration(plant, epoch)
        if found is None:
            raise DamagedFrames(f"epoch {epoch} was never declared")
        self._store.declare(found)
        self._known.add((plant, epoch))
        return found

    def _quarantine(self, entry: Entry, reason: str) -> None:
        self._outbox.quarantine(entry, reason)
        self.metrics.quarantined.labels(entry.plant).inc()
        self._tell(
            entry.plant,
            "warning",
            f"journal entry {entry.position} cannot be used: {reason}; it is kept in quarantine",
        )

    def _tell(self, plant: str, severity: str, text: str) -> None:
        declared = [one for one in self._store.declarations() if one.plant == plant]
        scope = declared[0].units[0].path if declared else plant
        self._store.record([Event(time.time_ns() // 1_000_000, scope, "system", severity, text)])

    # -- frames to history -----------------------------------------------------------------------------------

    def _move(self, work: _Work) -> None:
        """Commit the work in one transaction; entry by entry when the engine stumbles over one of them."""
        if reason := late(self._store, work.entries[0], work.batches[0]):
            self._quarantine(work.entries[0], reason)
            return
        try:
            self._commit(work.plant, work.epoch, work.entries, work.batches)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 (one entry must not block the rest, whatever it provokes)
            _log.error("frames not folded", plant=work.plant, cause=repr(error), entries=len(work.entries))
            self._running.pop(work.plant, None)
            for entry, batch in zip(work.entries, work.batches, strict=True):
                self._commit_alone(entry, batch)

    def _commit_alone(self, entry: Entry, batch: Batch) -> None:
        try:
            self._commit(entry.plant, batch.epoch, [entry], [batch])
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 (as above)
            self._running.pop(entry.plant, None)
            reason = f"{type(error).__name__}: {error}"
            try:
                # Its samples are history all the same; only the figures go on without them.
                fresh = self._store.fresh(entry.plant, [batch])
                self._store.write(entry.plant, fresh, Results())
                reason = f"kept as history, but not folded into figures: {reason}"
                self._listen(entry.plant, fresh, Results())
            except StoreUnavailable:
                raise
            except Exception as second:  # noqa: BLE001 (as above)
                reason = f"{reason}; not kept either: {type(second).__name__}: {second}"
            self._quarantine(entry, reason)

    def _commit(self, plant: str, epoch: int, entries: Sequence[Entry], batches: Sequence[Batch]) -> None:
        begin = time.perf_counter()
        fresh = self._store.fresh(plant, batches)
        if fresh:
            before = self._counts(plant, epoch)
            try:
                results = self._engine(plant, epoch).fold(fresh)
                crash_point("before_store_commit")
                self._store.write(plant, fresh, results)
            except BaseException:
                self._running.pop(
                    plant, None
                )  # the engine may be ahead of the store: it restarts from its snapshot
                raise
            crash_point("after_store_commit")
            self._count(plant, epoch, before, fresh)
        else:
            results = Results()
        repeats = sum(map(len, batches)) - sum(map(len, fresh))
        if repeats:
            self.metrics.repeats.labels(plant).inc(repeats)
        self._outbox.delete(entries)
        crash_point("after_outbox_delete")
        self.metrics.committed(time.perf_counter() - begin)
        if fresh:
            self._listen(plant, fresh, results)

    def _engine(self, plant: str, epoch: int) -> Folding:
        held = self._running.get(plant)
        if held is None or held[0] != epoch:
            declaration = self._declaration(plant, epoch)
            held = self._running[plant] = (
                epoch,
                self._engines(declaration, self._store.snapshot(plant, epoch)),
            )
        return held[1]

    def _counts(self, plant: str, epoch: int) -> int:
        """Return how many frames of an epoch are missing up to now."""
        marks = self._store.watermarks(plant)
        return sum(mark.seq - mark.frames for (_, number), mark in marks.items() if number == epoch)

    def _count(self, plant: str, epoch: int, missing: int, fresh: Sequence[Batch]) -> None:
        self.metrics.frames.labels(plant).inc(sum(map(len, fresh)))
        self.metrics.samples.labels(plant).inc(sum(len(batch.tag) for batch in fresh))
        gap = self._counts(plant, epoch) - missing
        if gap > 0:
            self.metrics.missing.labels(plant).inc(gap)
            _log.error("frames are missing", plant=plant, frames=gap)
            self._tell(
                plant,
                "critical",
                f"{gap} frames never arrived: the plant no longer held them, or an outbox was lost",
            )

    def _listen(self, plant: str, fresh: Sequence[Batch], results: Results) -> None:
        for listener in tuple(self.on_commit):
            try:
                listener(plant, fresh, results)
            except Exception as error:  # noqa: BLE001 (a listener's trouble is its own)
                _log.error("listener failed", cause=repr(error))
