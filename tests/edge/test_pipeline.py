"""Outbox to store: each frame once, whatever happens on the way."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from edge.outbox import Outbox
from edge.pipeline import Pipeline
from edge.store import Results, StoreUnavailable, TallyRow
from edge.store.duckdb import DuckDbStore
from edge.store.memory import MemoryStore
from tests.edge.in_quarantine import in_quarantine
from tests.edge.telemetry import START, blob, declaration, frames
from twin.model.declaration import Declaration
from twin.model.frame import Frame
from twin.packing import Batch, pack

A = b"a" * 16
PRESS = declaration()
UNIT = PRESS.sources[1]


class Counting:
    """An engine that counts samples: each fold adds one tally, the total is its state."""

    def __init__(self, known: Declaration, snapshot: bytes | None) -> None:
        self.known = known
        self.total = json.loads(snapshot) if snapshot else 0

    def fold(self, batches: Sequence[Batch]) -> Results:
        count = sum(len(batch.tag) for batch in batches)
        self.total += count
        row = TallyRow(self.known.sources[1], START, START + 60_000, {"samples": float(count)})
        return Results(tallies=[row], snapshot=json.dumps(self.total).encode())


def deliver(outbox: Outbox, known: Declaration, some: list[Frame], size: int = 6, journal: bytes = A) -> None:
    """Commit frames to the outbox as the link does, `size` frames an entry."""
    outbox.declare(known)
    for cut in range(0, len(some), size):
        position = outbox.expected(known.plant, journal)
        outbox.accept(known.plant, journal, [(position, blob(known, some[cut : cut + size]))])


def drain(pipeline: Pipeline) -> None:
    while pipeline.step():
        pass


def total(some: list[Frame]) -> int:
    return sum(map(len, some))


def stored(store: MemoryStore | DuckDbStore, known: Declaration = PRESS) -> int:
    """Count what the store gives back."""
    far = START + 10**10
    count = 0
    for source in known.sources:
        count += sum(
            len(store.series(f"{source}/{tag}", 0, far).time_ms)
            for tag in ("state", "power_electricity", "prod_processed_count")
        )
        count += len(store.texts(f"{source}/reason", 0, far))
    return count


def folded(store: MemoryStore | DuckDbStore) -> float:
    return sum(row.values["samples"] for row in store.tally(UNIT, START, START + 60_000, 60_000))


def test_entries_become_history_and_figures(outbox: Outbox) -> None:
    store, some = MemoryStore(), frames(PRESS, 20)
    pipeline = Pipeline(outbox, store, Counting)
    heard: list[tuple[str, int]] = []
    pipeline.on_commit.append(lambda plant, batches, results: heard.append((plant, sum(map(len, batches)))))
    deliver(outbox, PRESS, some)
    drain(pipeline)
    assert stored(store) == total(some) == folded(store)
    assert outbox.depth().entries == 0
    assert heard == [("press", len(some))]
    assert store.declarations() == [PRESS]
    assert json.loads(store.snapshot("press", 1) or b"0") == total(some)


def test_frames_that_come_again_in_another_journal_count_once(outbox: Outbox) -> None:
    """A plant that lost its journal sends its run again from position 1: identity is the frame's, not the entry's."""
    store, some = MemoryStore(), frames(PRESS, 20)
    pipeline = Pipeline(outbox, store, Counting)
    deliver(outbox, PRESS, some[:30])
    drain(pipeline)
    deliver(outbox, PRESS, some, size=7, journal=b"b" * 16)
    drain(pipeline)
    assert stored(store) == total(some) == folded(store)
    assert pipeline.metrics.registry.get_sample_value("edge_intake_repeats_total", {"plant": "press"}) == 30


def test_poison_goes_to_quarantine_and_blocks_nothing(outbox: Outbox) -> None:
    """Damaged bytes, tags and units that were not declared, epochs nobody knows: acknowledged, kept apart, told."""
    store, some = MemoryStore(), frames(PRESS, 4)
    pipeline = Pipeline(outbox, store, Counting)
    outbox.declare(PRESS)
    stranger = declaration(epoch=7)
    larger = declaration(units=5)
    bad = [
        b"rubbish",
        blob(PRESS, some[:3])[:-5],
        blob(stranger, frames(stranger, 1)),
        pack([Frame(UNIT, 1, 1, START, [9], [START], [1.0])], PRESS.sources),
        blob(larger, frames(larger, 1)),
        pack([Frame(UNIT, 1, 0, START, [0], [START], [1.0])], PRESS.sources),
    ]
    mixed = [blob(PRESS, some[:6]), *bad, blob(PRESS, some[6:])]
    outbox.accept("press", A, list(enumerate(mixed, 1)))
    drain(pipeline)
    assert stored(store) == total(some) == folded(store)
    assert [position for _, position, _ in in_quarantine(outbox)] == [2, 3, 4, 5, 6, 7]
    reasons = " ".join(reason for _, _, reason in in_quarantine(outbox))
    for words in (
        "no packed frames",
        "never declared",
        "tag 9 of u1",
        "not declared: there are 3",
        "numbers begin at 1",
    ):
        assert words in reasons
    assert len(store.events("", 0, 10**14)) == len(bad)


def test_fold_that_raises_quarantines_its_entry_keeps_its_samples_and_goes_on(outbox: Outbox) -> None:
    store, some = MemoryStore(), frames(PRESS, 20)

    class Touchy(Counting):
        def fold(self, batches: Sequence[Batch]) -> Results:
            self.total += 1000  # half done when it stumbles
            if any((batch.seq == 5).any() for batch in batches):
                raise ZeroDivisionError("cannot divide")
            self.total -= 1000
            return super().fold(batches)

    pipeline = Pipeline(outbox, store, Touchy)
    deliver(outbox, PRESS, some, size=3)
    drain(pipeline)
    assert stored(store) == total(some)
    assert folded(store) == total([frame for frame in some if frame.seq != 5])
    assert json.loads(store.snapshot("press", 1) or b"0") == folded(store)
    assert [position for _, position, _ in in_quarantine(outbox)] == [5]
    assert "cannot divide" in in_quarantine(outbox)[0][2]


def test_store_that_is_unavailable_is_waited_for(outbox: Outbox) -> None:
    """A full disk loses nothing: the writer says what is wrong, tries again, and goes on from the snapshot."""
    store, some = MemoryStore(), frames(PRESS, 10)
    write, refusals = store.write, iter([True, False, True, True])

    def unsteady(plant: str, batches: Sequence[Batch], results: Results) -> None:
        if next(refusals, False):
            raise StoreUnavailable("disk full")
        write(plant, batches, results)

    store.write = unsteady  # type: ignore[method-assign]
    pipeline = Pipeline(outbox, store, Counting)
    troubles: list[str] = []

    def note(timeout: float | None = None) -> bool:
        troubles.append(pipeline.trouble)
        return False

    def go_on(*_: object) -> None:
        if outbox.expected("press", A) == 2:
            deliver(outbox, PRESS, some[15:], size=15)
        else:
            pipeline._stop.set()

    pipeline._stop.wait = note  # type: ignore[method-assign]
    pipeline.on_commit.append(go_on)
    deliver(outbox, PRESS, some[:15], size=15)
    pipeline.run()
    assert stored(store) == total(some) == folded(store)
    assert troubles == ["disk full"] * 3
    assert in_quarantine(outbox) == []


def test_new_epoch_gets_an_engine_of_its_own(outbox: Outbox) -> None:
    later = declaration(epoch=2, start_ms=START + 60_000)
    store = MemoryStore()
    pipeline = Pipeline(outbox, store, Counting)
    old, new = frames(PRESS, 5), frames(later, 5, seed=2)
    outbox.declare(later)
    deliver(outbox, PRESS, old)
    deliver(outbox, later, new)
    drain(pipeline)
    assert json.loads(store.snapshot("press", 1) or b"0") == total(old)
    assert json.loads(store.snapshot("press", 2) or b"0") == total(new)
    assert set(store.watermarks("press")) == {(source, epoch) for source in PRESS.sources for epoch in (1, 2)}


def test_missing_frames_are_counted_and_told(outbox: Outbox) -> None:
    store, some = MemoryStore(), frames(PRESS, 20)
    pipeline = Pipeline(outbox, store, Counting)
    deliver(outbox, PRESS, some[:15])
    drain(pipeline)
    deliver(outbox, PRESS, some[24:])
    drain(pipeline)
    assert pipeline.metrics.registry.get_sample_value("edge_intake_missing_total", {"plant": "press"}) == 9
    assert [event.severity for event in store.events("", 0, 10**14)] == ["critical"]
    assert sum(mark.seq - mark.frames for mark in store.watermarks("press").values()) == 9


def test_listener_that_raises_disturbs_nobody(outbox: Outbox) -> None:
    store, some = MemoryStore(), frames(PRESS, 3)
    pipeline = Pipeline(outbox, store, Counting)
    heard: list[str] = []
    pipeline.on_commit += [lambda *_: 1 / 0, lambda plant, *_: heard.append(plant)]  # type: ignore[list-item]
    deliver(outbox, PRESS, some)
    drain(pipeline)
    assert (stored(store), heard) == (total(some), ["press"])


def test_thread_moves_what_arrives_and_ends_when_told(outbox: Outbox, tmp_path: Path) -> None:
    store, some = DuckDbStore(tmp_path / "store.duckdb"), frames(PRESS, 10)
    pipeline = Pipeline(outbox, store, Counting)

    arrived = threading.Event()
    pipeline.on_commit.append(lambda *_: arrived.set() if outbox.depth().entries == 0 else None)
    pipeline.start()
    deliver(outbox, PRESS, some, size=30)
    assert arrived.wait(20)
    assert pipeline.alive
    pipeline.stop()
    assert not pipeline.alive
    assert stored(store) == total(some)
    store.close()


_CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from edge.outbox import Outbox
from edge.pipeline import Pipeline
from edge.store.duckdb import DuckDbStore
from tests.edge.telemetry import blob, declaration, frames
from tests.edge.test_pipeline import A, Counting
folder = Path(sys.argv[1])
outbox, store = Outbox(folder / "outbox.sqlite"), DuckDbStore(folder / "store.duckdb")
pipeline = Pipeline(outbox, store, Counting)
known = declaration()
some = frames(known, 40)
outbox.declare(known)
# The plant: it holds ten entries and sends what the edge expects, as after every restart.
size = len(some) // 10
entries = [blob(known, some[cut : cut + size]) for cut in range(0, len(some), size)]
while (position := outbox.expected("press", A)) <= len(entries):
    outbox.accept("press", A, [(position, entries[position - 1])])
    pipeline.step()
while pipeline.step():
    pass
store.close()
outbox.close()
"""


def test_kill_at_any_moment_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """A process that dies at each crash point, over and over, ends with every frame once, counted by identity."""
    root = str(Path(__file__).parents[2])
    points = ["after_outbox_commit", "before_store_commit", "after_store_commit", "after_outbox_delete"]
    for point in [f"{point}:{passage}" for passage in (1, 2) for point in points]:
        child = subprocess.run(
            [sys.executable, "-c", _CHILD, str(tmp_path), root], capture_output=True, timeout=60, check=False,
            env={**os.environ, "CRASH_AT": point},
        )  # fmt: skip
        assert child.returncode in {0, 137}, child.stderr.decode()
    child = subprocess.run(
        [sys.executable, "-c", _CHILD, str(tmp_path), root], capture_output=True, timeout=60, check=False
    )
    assert child.returncode == 0, child.stderr.decode()
    store, some = DuckDbStore(tmp_path / "store.duckdb"), frames(PRESS, 40)
    marks = store.watermarks("press")
    assert {key: (mark.seq, mark.frames) for key, mark in marks.items()} == {
        (source, 1): (40, 40) for source in PRESS.sources
    }
    assert sum(mark.samples for mark in marks.values()) == stored(store) == total(some) == folded(store)
    doubles = store._db.execute("SELECT count(*) - count(DISTINCT (tag_id, time_ms)) FROM samples").fetchone()
    assert doubles == (0,)
    store.close()


def test_engine_that_is_not_needed_is_not_made(outbox: Outbox) -> None:
    """Frames that are all stored already do not wake an engine."""
    store, some = MemoryStore(), frames(PRESS, 3)
    deliver(outbox, PRESS, some)
    drain(Pipeline(outbox, store, Counting))
    deliver(outbox, PRESS, some, journal=b"b" * 16)

    def never(known: Declaration, snapshot: bytes | None) -> Counting:
        raise AssertionError("an engine was made")

    made: Callable[[Declaration, bytes | None], Counting] = never
    drain(Pipeline(outbox, store, made))
    assert outbox.depth().entries == 0
    assert in_quarantine(outbox) == []
