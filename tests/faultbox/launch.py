"""Starts `twin` or `edge` as the fault box wants it: with a wall clock that steps, or broken on purpose.

python -m tests.faultbox.launch MODULE ARGUMENT… ; the product knows nothing of the two variables read here:
FAULTBOX_CLOCK names a file with the ms by which the wall clock is off, FAULTBOX_BREAK a way to be broken.
"""

import asyncio
import contextlib
import os
import runpy
import sys
import time
from collections.abc import Callable
from pathlib import Path

from twin.packing import Parcel

CLOCK = "FAULTBOX_CLOCK"
BREAK = "FAULTBOX_BREAK"
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


BREAKS: dict[str, Callable[[], None]] = {"acknowledge_first": acknowledge_first}


def main() -> None:
    """Dress the process up, then run the module as `python -m` would."""
    module, sys.argv[1:] = sys.argv[1], sys.argv[2:]
    if file := os.environ.get(CLOCK):
        SteppedClock(Path(file)).install()
    if (broken := os.environ.get(BREAK)) and module.startswith("edge"):
        BREAKS[broken]()
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
