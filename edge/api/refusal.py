"""Refused tokens on record: who tries to write without being an operator is seen, and cannot flood the store."""

import threading

import structlog

from edge.api.time_range import MINUTE
from edge.store import Event, Store, StoreUnavailable

_WAIT_MS = MINUTE


class Refusals:
    """Writes an event for a refused token at once, and for those that follow at most one a minute and plant.

    `record` blocks on the store: call it from a thread. A store that fails is logged; the refusal stands anyway.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._guard = threading.Lock()
        self._last_ms: dict[str, int] = {}
        self._unwritten: dict[str, int] = {}

    def record(self, scope: str, client: str, cause: str, now_ms: int) -> None:
        """Note that a command below path `scope` was refused to `client` because of `cause`."""
        with self._guard:
            last = self._last_ms.get(scope)
            if last is not None and 0 <= now_ms - last < _WAIT_MS:
                self._unwritten[scope] = self._unwritten.get(scope, 0) + 1
                return
            self._last_ms[scope] = now_ms
            earlier = self._unwritten.pop(scope, 0)
        text = f"command refused to {client}: {cause}"
        if earlier:
            text += f"; {earlier} more since the last such event"
        try:
            self.store.record([Event(now_ms, scope, "command", "warning", text)])
        except (StoreUnavailable, OSError) as error:
            structlog.get_logger("edge.api").warning("refusal not recorded", cause=str(error), refused=text)
