"""The balance of a store that is right, and of stores that are wrong in every way that counts."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest

from edge.outbox import Outbox
from edge.store import Results
from edge.store.duckdb import DuckDbStore
from tests.faultbox.oracle import Account, account
from tests.faultbox.plants.busy import Busy, signal
from twin.model.declaration import Declaration
from twin.packing import Batch, unpack
from twin.wire import Journal, Recorder

PLANT = Busy(units=2, signals=3)
NOW_MS = 1_780_000_020_000  # a full minute


def recorded(folder: Path) -> tuple[Declaration, list[bytes], bytes]:
    """Let the plant run for five minutes; return its declaration, what its journal holds, and the journal's id."""
    journal = Journal(folder / "busy.journal")
    made = Recorder(PLANT, journal, seed=3, scan=1.0, since=timedelta(minutes=5), now_ms=NOW_MS)
    while made.scans < 300:
        made.step(made.scans + 60, push=False)
    blobs = [blob for _, blob in journal.read(1, 1 << 40).entries]
    journal.close()
    return made.declaration, blobs, journal.id


def forget(folder: Path) -> None:
    """Let the plant forget its entries, as when all were acknowledged."""
    journal = Journal(folder / "busy.journal")
    assert journal.acknowledge(journal.id, journal.head)
    journal.close()


def stored(folder: Path, declaration: Declaration, batches: list[Batch]) -> None:
    store = DuckDbStore(folder / "store.duckdb")
    store.declare(declaration)
    for batch in batches:
        store.write("busy", [batch], Results())
    store.close()


def balance(folder: Path) -> Account:
    return account(PLANT, folder / "busy.journal", folder / "store.duckdb", folder / "outbox.sqlite")


def without_samples(batch: Batch, gone: int) -> Batch:
    """Drop the last `gone` samples of the last frame, as a store that wrote half would."""
    keep = len(batch.tag) - gone
    size = batch.size.copy()
    size[-1] -= gone
    return dataclasses.replace(
        batch, size=size, tag=batch.tag[:keep], sample_ms=batch.sample_ms[:keep], value=batch.value[:keep]
    )


def with_turned_bit(batch: Batch) -> Batch:
    value = batch.value.copy()
    place = int(np.argmax(value > 0))
    value[place] = np.nextafter(value[place], np.inf)
    return dataclasses.replace(batch, value=value)


def test_complete_store_is_exact(tmp_path: Path) -> None:
    declaration, blobs, _ = recorded(tmp_path)
    forget(tmp_path)
    stored(tmp_path, declaration, [unpack(blob) for blob in blobs])
    found = balance(tmp_path)
    assert found.exact
    assert found.accepted_samples == found.stored_samples > 2 * 3 * 300
    assert found.accepted_frames == found.stored_frames


def test_frames_in_journal_and_outbox_are_queued_not_lost(tmp_path: Path) -> None:
    declaration, blobs, journal = recorded(tmp_path)
    forget(tmp_path)
    stored(tmp_path, declaration, [unpack(blob) for blob in blobs[:2]])
    outbox = Outbox(tmp_path / "outbox.sqlite")
    outbox.accept("busy", journal, list(enumerate(blobs, 1)))
    outbox.close()
    found = balance(tmp_path)
    assert found.exact
    assert found.queued_frames == sum(len(unpack(blob)) for blob in blobs[2:])


def test_lost_entry_is_found_though_nobody_reports_it(tmp_path: Path) -> None:
    """The newest entry was acknowledged and never stored: no later frame shows the gap."""
    declaration, blobs, _ = recorded(tmp_path)
    forget(tmp_path)
    stored(tmp_path, declaration, [unpack(blob) for blob in blobs[:-1]])
    found = balance(tmp_path)
    assert found.lost_frames == len(unpack(blobs[-1]))
    assert found.reported_frames == 0
    assert not found.exact
    assert not found.truthful


def test_reported_loss_is_truthful_but_not_exact(tmp_path: Path) -> None:
    declaration, blobs, _ = recorded(tmp_path)
    forget(tmp_path)
    stored(tmp_path, declaration, [unpack(blob) for place, blob in enumerate(blobs) if place != 1])
    found = balance(tmp_path)
    assert found.lost_frames == found.reported_frames == len(unpack(blobs[1]))
    assert found.truthful
    assert not found.exact


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (with_turned_bit, "altered_samples"),
        (lambda batch: without_samples(batch, 1), "torn_frames"),
        (lambda batch: dataclasses.replace(batch, sample_ms=batch.sample_ms + 1), "invented_samples"),
    ],
    ids=["turned bit", "half a frame", "shifted times"],
)
def test_wrong_samples_are_found(tmp_path: Path, change: Callable[[Batch], Batch], field: str) -> None:
    declaration, blobs, _ = recorded(tmp_path)
    forget(tmp_path)
    batches = [unpack(blob) for blob in blobs]
    batches[-1] = change(batches[-1])
    stored(tmp_path, declaration, batches)
    found = balance(tmp_path)
    assert getattr(found, field) > 0
    assert not found.truthful


def test_doubled_samples_are_found(tmp_path: Path) -> None:
    declaration, blobs, _ = recorded(tmp_path)
    forget(tmp_path)
    stored(tmp_path, declaration, [unpack(blob) for blob in blobs])
    with duckdb.connect(str(tmp_path / "store.duckdb")) as db:
        db.execute("INSERT INTO samples SELECT * FROM samples USING SAMPLE 10 ROWS")
    found = balance(tmp_path)
    assert found.doubled_samples == 10
    assert not found.truthful


def test_signals_are_the_stated_function_of_unit_number_and_time(tmp_path: Path) -> None:
    declaration, blobs, _ = recorded(tmp_path)
    seen = 0
    for batch in map(unpack, blobs):
        for source, tag, time_ms, value in zip(
            batch.sample_source.tolist(),
            batch.tag.tolist(),
            batch.sample_ms.tolist(),
            batch.value.tolist(),
            strict=True,
        ):
            unit = declaration.units[source]
            name = unit.tags[tag].name
            if name.startswith("signal_"):
                seen += 1
                place, number = int(unit.name.removeprefix("talker_")), int(name.removeprefix("signal_"))
                assert value == signal(place, number, time_ms - declaration.start_ms)
    assert seen >= 2 * 3 * 300
