"""How the edge did, kept beside the plants' history where that is on a server: for dashboards."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from edge.health import Report
from edge.store.influxdb_lines import point
from edge.survived import survived

_EVERY_S = 15.0

_log = structlog.get_logger(__name__)


class Told(Protocol):
    """A store that takes lines nothing depends on."""

    def tell(self, lines: Sequence[bytes]) -> None:
        """Write lines of the schema's results, times in ns; raises StoreUnavailable."""


class HealthHistory:
    """Looks every quarter of a minute and tells the store; a gap says that edge or store did not work."""

    def __init__(
        self, store: Told, report: Callable[[], Report], clock: Callable[[], float] = time.time
    ) -> None:
        self._store, self._report, self._clock = store, report, clock

    async def run(self) -> None:
        """Look and tell until cancelled."""
        while True:
            await asyncio.to_thread(self.tell)
            await asyncio.sleep(_EVERY_S)

    def tell(self) -> None:
        """Look once and tell; a store that takes nothing now is told of elsewhere."""
        with survived(_log, "health not kept"):
            self._store.tell(lines(self._report(), round(self._clock() * 1e9)))


def lines(report: Report, time_ns: int) -> list[bytes]:
    """Return a report as lines of the store."""
    told = [
        point("edge_part", {"part": part.name}, {"state": int(part.state), "reason": part.reason}, time_ns)
        for part in report.parts
    ]
    for flow in report.flows:
        fields = {
            "lag_s": flow.lag_s, "journal_entries": flow.journal_entries, "outbox_entries": flow.outbox.entries,
            "outbox_age_s": flow.outbox.age_s, "reconnects": flow.reconnects, "missing_frames": flow.missing_frames,
            "repeated_frames": flow.repeated_frames, "quarantined_entries": flow.quarantined_entries,
            "dropped": sum(flow.dropped.values()),
        }  # fmt: skip
        told.append(point("edge_flow", {"plant": flow.plant}, fields, time_ns))
    return told
