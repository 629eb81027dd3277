"""What must be in the store: the run computed again, sample by sample, and held against what is there."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import duckdb
import numpy as np
from numpy.typing import NDArray

from edge.store.catalogue import Epoch
from twin.model.declaration import Declaration
from twin.model.plant import Plant
from twin.model.simulation import Simulation
from twin.packing import DamagedFrames, pack, unpack
from twin.wire import Journal, Run

_CHUNK_S = 300.0
_TIME_BITS = 44  # a UTC time in ms; the tag's number stands above it


@dataclass(slots=True)
class Account:
    """The balance of one plant, in frames and samples; `accepted` is what its journal committed.

    `dropped` frames were in entries that the plant's bounded journal gave up before the edge had them; `lost` frames
    are neither stored, queued nor dropped; `reported` is how many the edge itself says are missing. `altered` samples
    show another value than they were read with, `invented` ones were never read, `torn` frames are there in part.
    """

    plant: str
    epochs: int = 0
    accepted_frames: int = 0
    accepted_samples: int = 0
    stored_frames: int = 0
    stored_samples: int = 0
    queued_frames: int = 0
    dropped_entries: int = 0
    dropped_frames: int = 0
    lost_frames: int = 0
    lost: list[str] = field(default_factory=list)
    reported_frames: int = 0
    torn_frames: int = 0
    doubled_samples: int = 0
    altered_samples: int = 0
    invented_samples: int = 0

    @property
    def exact(self) -> bool:
        """Whether everything that was not dropped is there once, as it was read."""
        return not self.lost_frames and self.reported_frames == self.dropped_frames and self.truthful

    @property
    def truthful(self) -> bool:
        """Whether nothing is wrong in silence: what is there is right, and what is not there was reported."""
        wrong = self.torn_frames + self.doubled_samples + self.altered_samples + self.invented_samples
        unstored = self.lost_frames + self.dropped_frames
        return not wrong and unstored <= self.reported_frames and self.epochs == 1

    def to_dict(self) -> dict[str, object]:
        """Return the fields by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Read:
    """All that a run read: of frames `source`, `seq`, `size`; of samples `key` (tag, time), `value`; texts by key."""

    source: NDArray[np.int64]
    seq: NDArray[np.int64]
    size: NDArray[np.int64]
    key: NDArray[np.int64]
    value: NDArray[np.float64]
    texts: dict[int, str]


def compute_again(plant: Plant, run: Run, base: NDArray[np.int32]) -> Read:
    """Run the plant as its journal says it ran; `base` numbers the tags as the store does."""
    start = datetime.fromtimestamp(run.start_ms / 1000, UTC)
    simulation = Simulation(plant, seed=run.seed, start=start, scan=run.scan, epoch=run.epoch)
    sources = simulation.declaration.sources
    columns: list[tuple[NDArray[np.int64], ...]] = []
    values, texts = [], {}
    done, end = 0.0, run.scans * run.scan
    while done < end or not columns:
        goal = min(done + _CHUNK_S, end)
        frames = simulation.advance(goal - done)
        done = goal
        if frames:
            batch = unpack(pack(frames, sources))
            key = _key(base[batch.sample_source] + batch.tag, batch.sample_ms)
            columns.append((batch.source.astype(np.int64), batch.seq, batch.size.astype(np.int64), key))
            values.append(batch.value)
            texts.update({int(key[place]): text for place, text in batch.texts.items()})
    source, seq, size, key = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    return Read(source, seq, size, key, np.concatenate(values), texts)


def _key(tag: NDArray[np.int64], time_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    return (tag.astype(np.int64) << _TIME_BITS) | time_ms


def account(
    plant: Plant,
    journal_path: Path,
    store_path: Path,
    outbox_path: Path,
    dropped: Mapping[int, bytes] = MappingProxyType({}),
) -> Account:
    """Balance one plant, whose journal dropped the entries `dropped`; nothing may run any more."""
    found = Account(plant.called)
    journal = Journal(journal_path)
    try:
        run = journal.run
        assert run is not None, f"{journal_path} holds no run"
        assert not journal.commands(), (
            "the plant was given commands: the run cannot be computed again without them"
        )
        held = {blob for _, blob in journal.read(1, 1 << 40).entries}
    finally:
        journal.close()
    with duckdb.connect(str(store_path), read_only=True) as db:
        declared = db.execute(
            "SELECT epoch, first_tag, json FROM declarations WHERE plant = ? ORDER BY epoch", [plant.called]
        ).fetchall()
        found.epochs = len(declared)
        first, text = next((first, text) for epoch, first, text in declared if epoch == run.epoch)
        epoch = Epoch.of(Declaration.from_json(text), first)
        read = compute_again(plant, run, epoch.base)
        _check_high(read, run, epoch.declaration.sources)
        marks = db.execute(
            "SELECT source, seq, frames FROM watermarks WHERE plant = ? AND epoch = ?",
            [plant.called, run.epoch],
        ).fetchall()
        found.reported_frames = sum(seq - frames for _, seq, frames in marks)
        present = _compare(found, db, read, first, first + int(epoch.sizes.sum()))
    queued = _frames_in(held | _waiting(outbox_path, plant.called), run.epoch)
    given_up = [_frames_in([blob], run.epoch) for blob in dropped.values()]
    _balance(found, read, present, queued, given_up, epoch.declaration.sources)
    return found


def _check_high(read: Read, run: Run, sources: tuple[str, ...]) -> None:
    """The run that was computed again ends where the journal's committed high-water marks say."""
    for place, source in enumerate(sources):
        own = read.seq[read.source == place]
        high = run.high[source][0] if source in run.high else 0
        newest = int(own.max()) if len(own) else 0
        assert newest == high, f"{source}: computed again up to frame {newest}, the journal committed {high}"


def _compare(
    found: Account, db: duckdb.DuckDBPyConnection, read: Read, first: int, behind: int
) -> NDArray[np.bool_]:
    """Hold the stored samples against those that were read; return which of these are there."""
    rows = db.execute(
        "SELECT tag_id, time_ms, value FROM samples WHERE tag_id >= ? AND tag_id < ?", [first, behind]
    ).fetchnumpy()
    words = db.execute(
        "SELECT tag_id, time_ms, text FROM texts WHERE tag_id >= ? AND tag_id < ?", [first, behind]
    ).fetchall()
    keys = _key(np.asarray(rows["tag_id"]), np.asarray(rows["time_ms"]))
    word_keys = np.array([(tag << _TIME_BITS) | time_ms for tag, time_ms, _ in words], np.int64)
    stored, counts = np.unique(np.concatenate((keys, word_keys)), return_counts=True)
    found.stored_samples = int(counts.sum())
    found.doubled_samples = int((counts - 1).sum())
    found.invented_samples = int((~np.isin(stored, read.key)).sum())
    order = np.argsort(read.key)
    sorted_keys, sorted_values = read.key[order], read.value[order]
    place = np.minimum(np.searchsorted(sorted_keys, keys), len(sorted_keys) - 1)
    known = sorted_keys[place] == keys
    other = sorted_values[place].view(np.int64) != np.asarray(rows["value"], np.float64).view(np.int64)
    is_text = np.isin(keys, np.fromiter(read.texts, np.int64, len(read.texts)))
    found.altered_samples = int((known & (other | is_text)).sum())
    found.altered_samples += sum(
        read.texts.get(int(key)) != text for key, (_, _, text) in zip(word_keys, words, strict=True)
    )
    return np.isin(read.key, stored)


def _waiting(outbox: Path, plant: str) -> set[bytes]:
    if not outbox.exists():
        return set()
    with sqlite3.connect(outbox) as db:
        return {bytes(data) for (data,) in db.execute("SELECT data FROM parcels WHERE plant = ?", (plant,))}


def _frames_in(blobs: Iterable[bytes], epoch: int) -> set[tuple[int, int]]:
    frames = set()
    for blob in blobs:
        try:
            batch = unpack(blob)
        except DamagedFrames:
            continue
        if batch.epoch == epoch:
            frames.update(zip(batch.source.tolist(), batch.seq.tolist(), strict=True))
    return frames


def _balance(
    found: Account,
    read: Read,
    present: NDArray[np.bool_],
    queued: set[tuple[int, int]],
    given_up: Sequence[set[tuple[int, int]]],
    sources: tuple[str, ...],
) -> None:
    """Judge frame by frame: stored when all of its samples are there."""
    ends = np.cumsum(read.size)
    there = np.diff(np.concatenate(([0], np.cumsum(present)))[np.concatenate(([0], ends))])
    whole = there == read.size
    found.accepted_frames, found.accepted_samples = len(read.seq), len(read.key)
    found.stored_frames = int(whole.sum())
    found.torn_frames = int(((there > 0) & ~whole).sum())
    absent = {(int(read.source[place]), int(read.seq[place])) for place in np.flatnonzero(~whole)}
    found.queued_frames = len(absent & queued)
    absent -= queued
    found.dropped_entries = sum(bool(frames & absent) for frames in given_up)
    dropped = absent.intersection(*[set().union(*given_up)])
    found.dropped_frames = len(dropped)
    lost = sorted(absent - dropped)
    found.lost_frames = len(lost)
    found.lost = [f"{sources[source]} frame {seq}" for source, seq in lost[:20]]
    told = found.stored_frames + found.queued_frames + found.dropped_frames + found.lost_frames
    assert found.accepted_frames == told
