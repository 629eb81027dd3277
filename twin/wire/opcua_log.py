"""asyncua's complaints as lines of a plant's log."""

import logging
import time

from twin.wire.log import logger

_LINES, _PER_S = 20, 60.0  # lines within so many seconds
_LONGEST = 500


class _Forward(logging.Handler):
    """One line a complaint and a count of the rest: a client's nonsense must not fill the disk."""

    def __init__(self, plant: str) -> None:
        super().__init__(logging.ERROR)
        self._log = logger(plant)
        self._since = time.monotonic()
        self._told = 0

    def emit(self, record: logging.LogRecord) -> None:
        now = time.monotonic()
        if now - self._since > _PER_S:
            if self._told > _LINES:
                self._log.warning("asyncua", unsaid=self._told - _LINES)
            self._since, self._told = now, 0
        self._told += 1
        if self._told <= _LINES:
            self._log.warning("asyncua", text=record.getMessage()[:_LONGEST])


def forward_complaints(plant: str) -> None:
    """Send what asyncua complains of to the log of `plant`, without tracebacks."""
    complaints = logging.getLogger("asyncua")
    complaints.handlers = [_Forward(plant)]
    complaints.propagate = False
