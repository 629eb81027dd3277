"""Refused callers on record: who tries to write and may not is seen, and cannot flood store and audit."""

import sqlite3
import threading
from collections.abc import Callable

import structlog

from edge.api.access import Caller
from edge.api.time_range import MINUTE
from edge.audit import Audit
from edge.store import Event, Store, StoreUnavailable

_WAIT_MS = MINUTE
_KEPT = 1000  # plants of which the last refusal is remembered; names come from the caller


class Refusals:
    """Puts a refusal on record at once, and of those that follow at most one a minute and plant, with their number.

    `record` blocks on store and audit: call it from a thread. A disk that fails is logged; the refusal stands anyway.
    """

    def __init__(self, store: Store, audit: Audit, clock_ms: Callable[[], int]) -> None:
        self._store = store
        self._audit = audit
        self._clock_ms = clock_ms
        self._guard = threading.Lock()
        self._last_ms: dict[str, int] = {}
        self._unwritten: dict[str, int] = {}

    def record(self, plant: str, caller: Caller, target: str, cause: str) -> None:
        """Note that `caller` was refused a write to `target`, of `plant` where it names one, because of `cause`."""
        now_ms = self._clock_ms()
        known = {one.plant: one.line_path for one in self._store.declarations()}
        scope = known.get(plant, "edge")
        with self._guard:
            last = self._last_ms.get(scope)
            if last is not None and 0 <= now_ms - last < _WAIT_MS:
                self._unwritten[scope] = self._unwritten.get(scope, 0) + 1
                return
            if len(self._last_ms) < _KEPT:
                self._last_ms[scope] = now_ms
            earlier = self._unwritten.pop(scope, 0)
        text = f"command refused to {caller.client}: {cause}"
        if earlier:
            text += f"; {earlier} more since the last such event"
        try:
            self._store.record([Event(now_ms, scope, "command", "warning", text)])
            self._audit.refused(
                now_ms, caller.name, caller.client, plant if plant in known else "", target, text
            )
        except (StoreUnavailable, OSError, sqlite3.Error) as error:
            structlog.get_logger("edge.api").warning("refusal not recorded", cause=str(error), refused=text)
