"""What a journal has served, and what one uninterrupted run gives: the two must be the same."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.wire.toy import Toy
from twin.model.command import Command
from twin.model.frame import Frame
from twin.model.simulation import Simulation
from twin.packing import unpack
from twin.wire import Journal, Recorder

Served = dict[tuple[str, int, int], tuple[Any, ...]]
SEED = 7
NOW_MS = 1_780_000_020_000  # a full minute


def contents(frame: Frame) -> tuple[Any, ...]:
    return (frame.time_ms, frame.tags, frame.times_ms, frame.values, frame.texts)


def collect(frames: Iterable[Frame], into: Served) -> None:
    """Add frames; one that was there must be the same."""
    for frame in frames:
        key = (frame.source, frame.epoch, frame.seq)
        assert into.setdefault(key, contents(frame)) == contents(frame), f"{key} changed"


def collect_journal(journal: Journal, sources: tuple[str, ...], into: Served, position: int = 1) -> int:
    """Add every entry from `position` on; return the next position."""
    while entries := journal.read(position, 1_000_000).entries:
        for found, blob in entries:
            assert found == position, "positions are contiguous"
            collect(unpack(blob).frames(sources), into)
            position += 1
    return position


def uninterrupted(
    epoch: int, start_ms: int, scans: int, commands: list[tuple[int, dict[str, Any]]] | None = None
) -> Served:
    """Run the toy plant in one go, with commands given after the scans of a log."""
    start = datetime.fromtimestamp(start_ms / 1000, UTC)
    simulation = Simulation(Toy(), seed=SEED, start=start, epoch=epoch)
    frames = simulation.advance(0.0)
    done = 0
    for at, fields in commands or []:
        frames += simulation.advance(float(at - done))
        done = at
        simulation.write(Command(**fields))
    frames += simulation.advance(float(scans - done))
    served: Served = {}
    collect(frames, served)
    return served


def recorder(path: Path, hours: float, **changes: Any) -> Recorder:
    """Open the journal at `path` for a toy run that began `hours` before NOW_MS."""
    from datetime import timedelta

    plant = changes.pop("plant", Toy())
    options: dict[str, Any] = {
        "seed": SEED,
        "scan": 1.0,
        "since": timedelta(hours=hours),
        "now_ms": NOW_MS,
    } | changes
    return Recorder(plant, Journal(path), **options)
