"""Whatever the wall clock does, nothing is lost and the figures are those of time that passes evenly."""

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.outbox import Outbox
from edge.pipeline import Pipeline
from edge.service import engine
from edge.store.memory import MemoryStore
from edge.verify import reconcile
from tests.faultbox.launch import SteppedClock
from tests.wire.test_process import FakeClock, Listener
from tests.wire.toy import Toy
from twin.wire import PlantProcess

HOUR_MS = 3_600_000
PAST_S = 1800
LIVE_S = 400.0
FOREVER = 4_000_000_000_000
SPRING = datetime(2026, 3, 29, 1, 0, 20, tzinfo=UTC)  # Berlin's clocks go from 2 to 3 at 1:00 UTC
AUTUMN = datetime(2026, 10, 25, 1, 0, 20, tzinfo=UTC)
ORDINARY = datetime(2026, 5, 28, 20, 27, tzinfo=UTC)
LEAP = datetime(2026, 12, 31, 23, 59, 0, tzinfo=UTC)  # the last second of the year comes twice


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Live in Berlin."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("begin", "steps"),
    [
        (ORDINARY, {}),
        (ORDINARY, {100.0: -HOUR_MS, 250.0: HOUR_MS}),
        (ORDINARY, {100.0: HOUR_MS}),
        (ORDINARY, {100.0: HOUR_MS, 101.0: -HOUR_MS}),
        (LEAP, {60.0: -1000}),
        (SPRING, {}),
        (AUTUMN, {}),
    ],
    ids=["steady", "back an hour", "on an hour", "on and back", "leap second", "spring", "autumn"],
)
@pytest.mark.usefixtures("berlin")
async def test_steps_lose_nothing_and_change_no_total(
    tmp_path: Path, begin: datetime, steps: dict[float, int]
) -> None:
    """Times and energy agree with the ledger, which counts simulated seconds; the run ends where the clock is."""
    clock = FakeClock(round(begin.timestamp() * 1000), steps)
    process = PlantProcess(Toy(), data=tmp_path, seed=1, since=timedelta(seconds=PAST_S), clock=clock)
    stop = asyncio.Event()
    await process.run(Listener(process, clock, stop, LIVE_S), stop)
    outbox, store = Outbox(tmp_path / "outbox.sqlite"), MemoryStore()
    try:
        outbox.declare(process.declaration)
        outbox.accept("toy", process.journal_id, process.journal.read(1, 1 << 40).entries)
        pipeline = Pipeline(outbox, store, engine)
        while pipeline.step():
            pass
        high = process.recorder.run.high
        marks = store.watermarks("toy")
        assert {source: (mark.seq, mark.frames) for (source, _), mark in marks.items()} == {
            source: (seq, seq) for source, (seq, _) in high.items()
        }
        found = reconcile(store, json.loads(process.recorder.ledger(1 << 30)), "toy", 0, FOREVER)
        assert found.failed == ()
        ahead_s = (process.recorder.time_ms - clock.utc_ms()) / 1000.0
        owed_s = sum(step for step in steps.values() if step < 0) / -1000.0
        scan = process.recorder.run.scan
        # what a clock that went back has already been told stays told; else the plant is where the clock is
        assert -scan <= ahead_s <= owed_s
        elapsed_s = found.end_ms / 1000.0 - process.declaration.start_ms / 1000.0
        assert elapsed_s >= PAST_S
    finally:
        outbox.close()
        process.close()


def test_stepped_clock_of_the_box_is_off_by_what_its_file_says(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    stepped = SteppedClock(file)
    assert abs(stepped.time() - time.time()) < 60.0, "no file, no step"
    file.write_text("-3600000")
    stepped._looked = float("-inf")
    assert abs(stepped.time() - (time.time() - 3600.0)) < 60.0
    file.write_text("half writ")
    stepped._looked = float("-inf")
    assert abs(stepped.time() - (time.time() - 3600.0)) < 60.0, "an unreadable file changes nothing"
