"""The two clocks of a running plant: monotonic for durations, UTC for what a frame's time may not pass."""

import asyncio
import time


class Clock:
    """The computer's clocks; tests put their own in its place."""

    def monotonic(self) -> float:
        """Return seconds that never step."""
        return time.monotonic()

    def utc_ms(self) -> int:
        """Return UTC in ms since 1970, rounded down; it may step either way."""
        return time.time_ns() // 1_000_000

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds` of monotonic time."""
        await asyncio.sleep(seconds)
