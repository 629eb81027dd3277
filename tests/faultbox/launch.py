"""Starts `twin` or `edge` as the fault box wants it: with a wall clock that steps, or broken on purpose.

python -m tests.faultbox.launch MODULE ARGUMENT… ; the product knows nothing of the variables read here:
FAULTBOX_CLOCK names a file with the ms by which the wall clock is off, FAULTBOX_BREAK a way to be broken,
FAULTBOX_BOUND a file with the bytes that a plant's journal may hold; what it drops is kept beside that file.
"""

import asyncio
import contextlib
import os
import runpy
import struct
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from twin.packing import Parcel

CLOCK = "FAULTBOX_CLOCK"
BREAK = "FAULTBOX_BREAK"
BOUND = "FAULTBOX_BOUND"
_HEAD = struct.Struct("<QI")  # position and size of an entry
_LOOK_S = 0.05  # the file is read at most so often
_ON_ITS_WAY_S = 0.2  # the hasty acknowledgement reaches the plant


class SteppedClock:
    """The wall clock, off by what a file says; a file that is missing or half written leaves it as it was."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._true_ns = time.time_ns
        self._off_ns = 0
        self._looked = -_LOOK_S

    def time_ns(self) -> int:
        """Return the wall clock in ns."""
        now = time.monotonic()
        if now - self._looked >= _LOOK_S:
            self._looked = now
            with contextlib.suppress(OSError, ValueError):
                self._off_ns = int(self._file.read_text()) * 1_000_000
        return self._true_ns() + self._off_ns

    def time(self) -> float:
        """Return the wall clock in s."""
        return self.time_ns() / 1e9

    def install(self) -> None:
        """Show this clock to all that ask the module `time`; C code and `datetime.now` keep the true one."""
        time.time_ns, time.time = self.time_ns, self.time


def bound_journal(file: Path) -> None:
    """Let a plant's journal hold as many bytes as `file` says, from the moment it is there; witness what it drops."""
    from twin.wire.journal import Journal

    append, drop = Journal.append, Journal._drop_oldest

    def bounded(self: Journal, *arguments: Any) -> list[int]:
        with contextlib.suppress(OSError, ValueError):
            self.retention = int(file.read_text())
        return append(self, *arguments)

    def witnessed(self: Journal) -> None:
        oldest = "SELECT position, frames FROM entry ORDER BY position LIMIT 1"
        position, frames = self._db.execute(oldest).fetchone()
        drop(self)
        with file.with_suffix(".dropped").open("ab") as witness:
            witness.write(_HEAD.pack(position, len(frames)) + frames)

    Journal.append, Journal._drop_oldest = bounded, witnessed  # type: ignore[method-assign]


def dropped(file: Path) -> dict[int, bytes]:
    """Return the entries by position that a journal bounded by `file` dropped."""
    witness = file.with_suffix(".dropped")
    data = witness.read_bytes() if witness.exists() else b""
    found, place = {}, 0
    while place < len(data):
        position, size = _HEAD.unpack_from(data, place)
        place += _HEAD.size
        found[position] = data[place : place + size]
        place += size
    return found


def acknowledge_first() -> None:
    """Break the edge as many gateways are built: what has been received is acknowledged, then committed."""
    from edge.collect.pull import Pull

    deliver = Pull._deliver

    async def hasty(self: Pull, parcel: Parcel) -> int:
        if parcel.entries:
            await self._channel.acknowledge(self._journal, parcel.entries[-1][0])
            await asyncio.sleep(_ON_ITS_WAY_S)
        return await deliver(self, parcel)

    Pull._deliver = hasty  # type: ignore[method-assign]


def drop_in_silence() -> None:
    """Break the edge as many bounded queues are built: what does not fit is dropped, and nobody counts it."""
    from edge.outbox import Outbox

    accept = Outbox.accept

    def lossy(self: Outbox, plant: str, journal: bytes, entries: Sequence[tuple[int, bytes]]) -> int:
        upto = self.expected(plant, journal)
        if entries and entries[0][0] == upto and upto % 20 == 0:
            self._expected[plant, journal] = upto + 1
            entries = entries[1:]
        return accept(self, plant, journal, entries)

    Outbox.accept = lossy  # type: ignore[method-assign]


def count_no_drops() -> None:
    """Break the edge so that it passes over what a plant no longer holds, without a count of it."""
    from edge.outbox import Outbox

    skip = Outbox.skip

    def silent(self: Outbox, plant: str, journal: bytes, position: int) -> None:
        skip(self, plant, journal, position)
        self.skipped.clear()

    Outbox.skip = silent  # type: ignore[method-assign]


BREAKS: dict[str, Callable[[], None]] = {
    "acknowledge_first": acknowledge_first, "drop_in_silence": drop_in_silence, "count_no_drops": count_no_drops,
}  # fmt: skip


def main() -> None:
    """Dress the process up, then run the module as `python -m` would."""
    module, sys.argv[1:] = sys.argv[1], sys.argv[2:]
    if file := os.environ.get(CLOCK):
        SteppedClock(Path(file)).install()
    if (broken := os.environ.get(BREAK)) and module.startswith("edge"):
        BREAKS[broken]()
    if (bound := os.environ.get(BOUND)) and module.startswith("twin"):
        bound_journal(Path(bound))
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
