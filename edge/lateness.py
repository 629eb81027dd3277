"""How late the event loop is: what keeps it from its work delays every link and every answer."""

import asyncio
import time
from collections import deque

_EVERY_S = 0.25
_WINDOW_S = 60.0


class Lateness:
    """The longest delay of the event loop within the last minute, in seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque()  # (monotonic, late) with falling lateness

    @property
    def worst_s(self) -> float:
        """The longest delay of the last minute."""
        oldest = time.monotonic() - _WINDOW_S
        return next((late for at, late in tuple(self._seen) if at >= oldest), 0.0)

    def note(self, now: float, late: float) -> None:
        """Take over one delay, seen at `now` (monotonic)."""
        while self._seen and self._seen[-1][1] <= late:
            self._seen.pop()
        self._seen.append((now, late))
        while self._seen[0][0] < now - _WINDOW_S:
            self._seen.popleft()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            due = time.monotonic() + _EVERY_S
            await asyncio.sleep(_EVERY_S)
            now = time.monotonic()
            self.note(now, max(0.0, now - due))
