"""The quarantine: a person decides, nothing is lost on the way and nothing counts twice."""

import json
from pathlib import Path

import pytest

from edge import outbox as outbox_module
from edge.outbox import Outbox
from edge.pipeline import Pipeline
from edge.quarantine import Quarantine, QuarantineError, described
from edge.store.memory import MemoryStore
from edge.store.refused import Refused
from tests.edge.in_quarantine import in_quarantine
from tests.edge.telemetry import blob, declaration, frames
from tests.edge.test_pipeline import Counting, deliver, drain, folded, stored, total

A = b"a" * 16
PRESS = declaration()


@pytest.fixture
def quarantine(outbox: Outbox, tmp_path: Path) -> Quarantine:
    return Quarantine(outbox, tmp_path)


def test_entries_of_an_epoch_that_is_declared_later_are_stored_once(
    outbox: Outbox, quarantine: Quarantine
) -> None:
    store, some = MemoryStore(), frames(PRESS, 10)
    pipeline = Pipeline(outbox, store, Counting)
    cuts = [some[:15], some[15:]]
    outbox.accept("press", A, [(place, blob(PRESS, cut)) for place, cut in enumerate(cuts, 1)])
    drain(pipeline)
    assert [position for _, position, _ in in_quarantine(outbox)] == [1, 2]
    outbox.declare(PRESS)
    for item in quarantine.items():
        quarantine.retry(item.key)
    assert outbox.depth().entries == 2
    drain(pipeline)
    assert stored(store) == total(some) == folded(store)
    assert quarantine.items() == []
    assert outbox.file.ask("SELECT count(*) FROM retried") == [(0,)]


def test_entry_that_still_cannot_be_used_returns_with_the_reason(
    outbox: Outbox, quarantine: Quarantine
) -> None:
    pipeline = Pipeline(outbox, MemoryStore(), Counting)
    outbox.declare(PRESS)
    outbox.accept("press", A, [(1, b"rubbish")])
    drain(pipeline)
    (before,) = quarantine.items()
    quarantine.retry(before.key)
    assert quarantine.items() == []
    drain(pipeline)
    (after,) = quarantine.items()
    assert (after.reason, after.data) == (before.reason, b"rubbish")


def test_entry_behind_newer_frames_stays_and_nothing_counts_twice(
    outbox: Outbox, quarantine: Quarantine
) -> None:
    """The newer entry waits in the same round as the one that is tried again."""
    store, some = MemoryStore(), frames(PRESS, 10)
    pipeline = Pipeline(outbox, store, Counting)
    deliver(outbox, PRESS, some, size=15)
    outbox.quarantine(outbox.pending()[0], "a mistake of ours")
    for _ in range(2):
        quarantine.retry(quarantine.items()[0].key)
        drain(pipeline)
        ((_, position, reason),) = in_quarantine(outbox)
        assert position == 1
        assert (
            reason
            == "15 of its 15 frames, or newer ones of their units, are stored already; before: a mistake of ours"
        )
    assert stored(store) == total(some[15:]) == folded(store)


def test_retry_survives_the_process(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.sqlite")
    outbox.accept("press", A, [(1, b"rubbish")])
    outbox.quarantine(outbox.pending()[0], "why")
    Quarantine(outbox, tmp_path).retry("e1")
    outbox.close()
    outbox = Outbox(tmp_path / "outbox.sqlite")
    (entry,) = outbox.pending()
    assert (entry.data, entry.retried, outbox.depth().entries) == (b"rubbish", "why", 1)
    outbox.close()


def test_dropped_items_are_gone_and_counted(outbox: Outbox, quarantine: Quarantine) -> None:
    outbox.accept("press", A, [(1, b"one"), (2, b"two")])
    for entry in outbox.pending():
        outbox.quarantine(entry, "why")
    assert quarantine.counts() == {"press": 2}
    quarantine.drop("e1")
    assert [item.key for item in quarantine.items()] == ["e2"]
    assert quarantine.dropped == {"press": 1}
    with pytest.raises(QuarantineError, match="edge quarantine list"):
        quarantine.drop("e1")


def test_what_leaves_a_full_quarantine_is_counted(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_module, "_POISON_KEPT", 2)
    outbox.accept("press", A, [(place, b"entry %d" % place) for place in range(1, 6)])
    for entry in outbox.pending():
        outbox.quarantine(entry, "why")
    assert [position for _, position, _ in in_quarantine(outbox)] == [4, 5]
    assert outbox.forgotten == {"press": 3}
    assert outbox.poisoned_total == 5


def test_item_shows_what_it_holds_as_far_as_it_can_be_read(outbox: Outbox, quarantine: Quarantine) -> None:
    some = frames(PRESS, 2)
    outbox.accept("press", A, [(1, blob(PRESS, some)), (2, b"rubbish"), (3, blob(PRESS, some)[:-5])])
    for entry in outbox.pending():
        outbox.quarantine(entry, "why")
    whole, rubbish, cut = (described(quarantine.item(f"e{number}"), whole=True) for number in (1, 2, 3))
    assert (whole["epoch"], whole["frames"], whole["samples"]) == (1, len(some), total(some))
    assert (whole["first_ms"], whole["last_ms"]) == (some[0].time_ms, some[-1].time_ms)
    assert (rubbish["begins_with"], "epoch" in rubbish) == (b"rubbish".hex(), False)
    assert (cut["epoch"], bool(cut["unreadable"])) == (1, True)


def test_refused_points_are_listed_shown_and_dropped_one_by_one(tmp_path: Path, outbox: Outbox) -> None:
    refused = Refused(tmp_path / "influxdb_refused.jsonl")
    refused.keep("factory_raw", "field type conflict", b"sample,plant=press value=1 1")
    refused.keep(
        "factory_raw", "field type conflict", b"sample,plant=press value=2 2\nsample,plant=press value=3 3"
    )
    with refused.path.open("a") as file:
        file.write('{"time_ms": 1, "buck')  # a crash while it was written
    quarantine = Quarantine(outbox, tmp_path, refused)
    one, two = quarantine.items()
    assert (one.what, one.bucket, one.reason) == ("points", "factory_raw", "field type conflict")
    assert described(quarantine.item(two.key), whole=True)["lines"].count("\n") == 1
    with pytest.raises(QuarantineError, match="drop"):
        quarantine.retry(one.key)
    quarantine.drop(one.key)
    assert [item.key for item in quarantine.items()] == [two.key]
    assert [json.loads(line)["lines"] for line in refused.path.read_text().splitlines()] == [
        two.data.decode()
    ]
    refused.keep("factory_raw", "again", b"sample,plant=press value=4 4")
    assert len(quarantine.items()) == 2
