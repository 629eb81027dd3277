"""The paced plant: never ahead of the clock, and paced or not the same frames."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.wire.served import NOW_MS, SEED, Served, collect_journal, uninterrupted
from tests.wire.toy import Toy
from twin.packing import Parcel, unpack
from twin.wire import Clock, PlantProcess, Update, WireError, run_plant


class FakeClock(Clock):
    """Time that passes only while somebody sleeps, with steps of the wall clock at given monotonic moments."""

    def __init__(self, utc_ms: int, steps: dict[float, int] | None = None) -> None:
        self.mono = 0.0
        self.utc = float(utc_ms)
        self.steps = sorted((steps or {}).items())

    def monotonic(self) -> float:
        return self.mono

    def utc_ms(self) -> int:
        return int(self.utc)

    async def sleep(self, seconds: float) -> None:
        self.mono += seconds
        self.utc += seconds * 1000.0
        while self.steps and self.mono >= self.steps[0][0]:
            self.utc += self.steps.pop(0)[1]
        await asyncio.sleep(0)


class Listener:
    """A transport that checks every update against the clock and stops the plant after a while."""

    def __init__(self, process: PlantProcess, clock: FakeClock, stop: asyncio.Event, until: float) -> None:
        self.process, self.clock, self.stop_event, self.until = process, clock, stop, until
        self.phases: list[str] = []
        self.pushed: list[int] = []

    async def start(self) -> str:
        return ""

    async def stop(self) -> None:
        pass

    async def publish(self, update: Update) -> None:
        assert self.process.recorder.time_ms <= self.clock.utc_ms() or not update.changes
        assert all(change.time_ms <= self.clock.utc_ms() for change in update.changes)
        if not self.phases or self.phases[-1] != self.process.status.phase:
            self.phases.append(self.process.status.phase)
        if update.parcel:
            for position, blob in Parcel.from_bytes(update.parcel).entries:
                self.pushed.append(position)
                assert int(unpack(blob).time_ms.max()) <= self.clock.utc_ms()
        if self.clock.mono >= self.until:
            self.stop_event.set()


async def run(
    tmp_path: Path, clock: FakeClock, until: float, **options: Any
) -> tuple[PlantProcess, Listener]:
    settings: dict[str, Any] = {
        "data": tmp_path,
        "seed": SEED,
        "since": timedelta(minutes=30),
        "clock": clock,
    } | options
    process = PlantProcess(Toy(), **settings)
    stop = asyncio.Event()
    listener = Listener(process, clock, stop, until)
    await process.run(listener, stop)
    return process, listener


@pytest.mark.parametrize(
    "steps",
    [{}, {100.0: -90_000}, {60.3: 120_000, 200.7: -45_500}],
    ids=["steady", "backwards", "both ways"],
)
@pytest.mark.parametrize("speed", [None, 20.0])
async def test_paced_run_gives_the_frames_of_the_fast_run(
    tmp_path: Path, steps: dict[float, int], speed: float | None
) -> None:
    """Whatever the wall clock does: no frame in its future, none missing, none other than in one go."""
    clock = FakeClock(NOW_MS + 300, steps)
    process, listener = await run(tmp_path, clock, 400.0, speed=speed)
    served: Served = {}
    collect_journal(process.journal, process.declaration.sources, served)
    scans = process.recorder.scans
    expected = uninterrupted(process.declaration.epoch, process.declaration.start_ms, scans)
    process.close()
    assert served == expected
    assert listener.phases[-1] == "live"
    assert listener.pushed == sorted(listener.pushed)
    assert scans >= 1800 + 300


async def test_history_is_fetched_and_the_present_pushed(tmp_path: Path) -> None:
    process, listener = await run(tmp_path, FakeClock(NOW_MS), 60.0)
    assert listener.phases[:2] == ["catching_up", "live"]
    assert listener.pushed[-1] == process.journal.head
    entries = process.journal.read(1, 10_000_000).entries
    per_scan = [
        set(unpack(blob).time_ms.tolist()) for position, blob in entries if position in listener.pushed
    ]
    process.close()
    assert len(listener.pushed) > 5
    assert max(map(len, per_scan)) <= 2, "live: one entry a scan"
    assert len(entries) - len(listener.pushed) <= 5, "history: entries of ten minutes"


async def test_full_disk_stalls_the_plant_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    from twin.wire.journal import Journal

    real, failures = Journal.append, iter([True] * 3)

    def append(self: Journal, blobs: list[bytes], run: Any) -> list[int]:
        if self.head >= 2 and next(failures, False):
            raise sqlite3.OperationalError("database or disk is full")
        return real(self, blobs, run)

    monkeypatch.setattr(Journal, "append", append)
    process, _ = await run(tmp_path, FakeClock(NOW_MS), 60.0)
    served: Served = {}
    collect_journal(process.journal, process.declaration.sources, served)
    expected = uninterrupted(process.declaration.epoch, process.declaration.start_ms, process.recorder.scans)
    process.close()
    assert served == expected


def command(**changes: Any) -> str:
    fields = {
        "id": "a",
        "path": "demo/toy/area_1/line_1/mixer/target_cycle",
        "value": 8,
        "expires_ms": NOW_MS + 10**9,
    }
    return json.dumps(fields | changes)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not a command"),
        ("[]", "not a command"),
        (command(value="8"), "'value'"),
        (command(value=float("nan")), "finite"),
        (command(id=""), "id"),
        (command(expires_ms=1), "expired"),
        (command(path="demo/toy/area_1/line_1/mixer/state"), "cannot be written"),
        (command(value=1000), "outside"),
        (command(), ""),
    ],
)
async def test_command_is_accepted_or_refused_with_a_reason(tmp_path: Path, text: str, reason: str) -> None:
    process, _ = await run(tmp_path, FakeClock(NOW_MS), 10.0)
    answer = await process.command(text)
    process.close()
    assert reason in answer
    assert bool(answer) == bool(reason)


async def test_command_waits_until_the_plant_is_live(tmp_path: Path) -> None:
    """Behind the clock a command would act in the past."""
    process = PlantProcess(Toy(), data=tmp_path, seed=SEED, since=timedelta(hours=1), clock=FakeClock(NOW_MS))
    assert "catching up" in await process.command(command())
    process.close()


async def test_second_process_on_the_same_data_is_refused(tmp_path: Path) -> None:
    process = PlantProcess(Toy(), data=tmp_path, seed=SEED, since=timedelta(0))
    with pytest.raises(WireError, match="no other plant process"):
        PlantProcess(Toy(), data=tmp_path, seed=SEED, since=timedelta(0))
    process.close()


def test_damaged_journal_is_set_aside_and_a_later_epoch_begins(tmp_path: Path) -> None:
    clock = Clock()
    first = PlantProcess(Toy(), data=tmp_path, seed=SEED, since=timedelta(hours=1), clock=clock)
    old_id, old_epoch = first.journal_id, first.declaration.epoch
    first.close()
    path = tmp_path / "toy.journal"
    path.write_bytes(b"no database at all" * 400)
    second = PlantProcess(Toy(), data=tmp_path, seed=SEED, since=timedelta(hours=1), clock=clock)
    second.close()
    assert second.journal_id != old_id
    assert second.declaration.epoch > old_epoch
    assert second.declaration.start_ms >= clock.utc_ms() - 60_000
    assert len(list(tmp_path.glob("toy.journal.damaged-*"))) == 1


@pytest.mark.parametrize("address", ["http://x", "opc.tcp://", "mqtt://host:99999", "127.0.0.1:4840"])
async def test_bad_address_says_what_to_write(tmp_path: Path, address: str) -> None:
    with pytest.raises(WireError, match=r"opc\.tcp://"):
        await run_plant(Toy(), address=address, data=tmp_path, secrets=tmp_path, seed=1, since=timedelta(0))
