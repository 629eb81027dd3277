"""How the edge does: each part ok, degraded or stopped with the reason, and the figures that tell why."""

import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from edge.api.query import Query
from edge.collect import LinkStatus
from edge.lateness import Lateness
from edge.outbox import NOTHING, Depth, Outbox
from edge.pipeline import Pipeline
from edge.quarantine import Quarantine

LATE_S = 15.0  # plants tell something at least every few seconds
_WAITS_S = 30.0  # longer than this nothing waits in the outbox while the store works
_LOOP_LATE_S = 1.0
_LOW_BYTES, _LOW_SHARE = 256 * 1024 * 1024, 0.05  # of the disk, whichever is less
_KEPT_S = 0.5  # so long an answer is good for everybody who asks


class State(IntEnum):
    """How something does; the higher the worse."""

    OK = 0
    DEGRADED = 1
    STOPPED = 2

    @property
    def word(self) -> str:
        """The state as the API writes it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the edge, or a link to what it depends on; `reason` is "" while `state` is ok."""

    name: str
    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class Flow:
    """One plant's data on its way into history; counts are since the start of the edge, `missing` since ever.

    `lag_s` is the age of the newest stored sample, None while there is none; `journal_entries` are those that the plant
    has told of and the outbox has not; `dropped` counts by reason.
    """

    plant: str
    link: str
    lag_s: float | None
    journal_entries: int
    outbox: Depth
    reconnects: int
    missing_frames: int
    repeated_frames: int
    quarantined_entries: int
    dropped: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything at one moment; `state` is the edge's, `dropped` counts what belongs to no single plant."""

    state: State = State.OK
    parts: Sequence[Part] = ()
    flows: Sequence[Flow] = ()
    outbox: Depth = NOTHING
    quarantined: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    commit_s: float = 0.0
    disk_free: int = 0
    disk_size: int = 0
    loop_late_s: float = 0.0


class Health:
    """Looks at everything that the edge consists of. `brokers` and `links` tell the connections as they are now.

    `checks` names what must work, each with "" or the cause why it does not; `lost` counts points by reason that a
    store was given and did not take.
    """

    def __init__(
        self, query: Query, outbox: Outbox, pipeline: Pipeline, quarantine: Quarantine, folder: Path, *,
        checks: Callable[[], Mapping[str, str]], brokers: Callable[[], Sequence[LinkStatus]],
        lost: Callable[[], Mapping[str, int]] = dict,
    ) -> None:  # fmt: skip
        self.lateness = Lateness()
        self._query, self._outbox, self._pipeline, self._quarantine = query, outbox, pipeline, quarantine
        self._folder = folder
        self._checks, self._brokers, self._lost = checks, brokers, lost
        self._lock = threading.Lock()
        self._kept: tuple[float, Report] | None = None

    def report(self) -> Report:
        """Return how everything does now; blocks on the store."""
        with self._lock:
            if self._kept is None or time.monotonic() - self._kept[0] > _KEPT_S:
                self._kept = (time.monotonic(), self._look())
            return self._kept[1]

    def _look(self) -> Report:
        depth = self._outbox.depth()
        quarantined = self._quarantine.counts()
        statuses = self._query.statuses()
        flows = self._flows(statuses, quarantined)
        disk = shutil.disk_usage(self._folder)
        parts = [
            *self._own_parts(depth),
            disk_part(disk.free, disk.total),
            loop_part(self.lateness.worst_s),
            quarantine_part(quarantined.total()),
            *(_broker_part(status) for status in self._brokers()),
            *_plant_parts(statuses, {flow.plant: flow.lag_s for flow in flows}),
        ]
        return Report(
            state=overall(parts), parts=parts, flows=flows, outbox=depth, quarantined=quarantined.total(),
            dropped={**self._lost(), **_counted("dropped_by_hand", self._quarantine.dropped[""])},
            commit_s=self._pipeline.metrics.newest_commit_s, disk_free=disk.free, disk_size=disk.total,
            loop_late_s=self.lateness.worst_s,
        )  # fmt: skip

    def _own_parts(self, depth: Depth) -> list[Part]:
        checks = self._checks()
        pipeline = State.DEGRADED if self._pipeline.alive else State.STOPPED
        outbox = checks.get("outbox", "") or outbox_reason(depth, full=self._outbox.full)
        return [
            _part("store", State.STOPPED, checks.get("store", "")),
            _part("outbox", State.DEGRADED, outbox),
            _part("pipeline", pipeline, checks.get("pipeline", "")),
        ]

    def _flows(self, statuses: Sequence[LinkStatus], quarantined: Counter[str]) -> list[Flow]:
        depths = self._outbox.depths()
        links = {status.plant: status for status in statuses if status.plant}
        lags, missing = self._history()
        plants = sorted({*lags, *depths, *links, *(plant for plant in quarantined if plant)})
        metrics = self._pipeline.metrics
        return [
            Flow(
                plant=plant, link=links[plant].state if plant in links else "none", lag_s=lags.get(plant),
                journal_entries=_journal_entries(links.get(plant)),
                outbox=depths.get(plant, NOTHING),
                reconnects=max(0, links[plant].connects - 1) if plant in links else 0,
                missing_frames=missing.get(plant, 0), repeated_frames=metrics.count("repeats", plant),
                quarantined_entries=quarantined[plant],
                dropped={
                    **_counted("no_longer_held_by_plant", self._outbox.skipped[plant]),
                    **_counted("quarantine_overflow", self._outbox.forgotten[plant]),
                    **_counted("dropped_by_hand", self._quarantine.dropped[plant]),
                },
            )
            for plant in plants
        ]  # fmt: skip

    def _history(self) -> tuple[dict[str, float | None], dict[str, int]]:
        """Return lag and missing frames by plant; nothing while the store cannot be asked: its part says why."""
        lags: dict[str, float | None] = {}
        missing: dict[str, int] = {}
        try:
            for declaration in self._query.store.declarations():
                status = self._query.status(declaration)
                lags[declaration.plant] = status["behind_s"]
                missing[declaration.plant] = status["missing_frames"]
        except Exception:  # noqa: BLE001 (`checks` asks the store too, and tells)
            return {}, {}
        return lags, missing


def overall(parts: Sequence[Part]) -> State:
    """Return the edge's state: stopped where its own work stands still, degraded where anything is not ok."""
    if any(part.state is State.STOPPED and part.name in ("store", "pipeline") for part in parts):
        return State.STOPPED
    return State.DEGRADED if any(part.state is not State.OK for part in parts) else State.OK


def outbox_reason(depth: Depth, *, full: bool) -> str:
    """Return what is not right about how much waits, "" when all is."""
    if full:
        return f"full with {depth.bytes / 1e6:.0f} MB: plants keep what is newer until the store takes some"
    if depth.age_s > _WAITS_S:
        return f"the oldest of {depth.entries} entries has waited for {depth.age_s:.0f} s"
    return ""


def disk_part(free: int, size: int) -> Part:
    """Judge the disk of the data directory by its free bytes."""
    low = free < min(_LOW_BYTES, _LOW_SHARE * size)
    reason = f"{free / 1e6:.1f} MB of {size / 1e6:.0f} MB are free: make room, or plants have to wait"
    return _part("disk", State.DEGRADED, reason if low else "")


def loop_part(late_s: float) -> Part:
    """Judge the event loop by its worst delay of the last minute, in seconds."""
    reason = f"up to {late_s:.1f} s late within the last minute: the machine has too much to do"
    return _part("event loop", State.DEGRADED, reason if late_s > _LOOP_LATE_S else "")


def quarantine_part(items: int) -> Part:
    """Judge the quarantine: whatever lies there waits for a person."""
    reason = f"{items} items wait for a decision: edge quarantine list"
    return _part("quarantine", State.DEGRADED, reason if items else "")


def link_part(name: str, status: LinkStatus, lag_s: float | None) -> Part:
    """Judge the link to a plant, and how old the newest stored sample is."""
    if status.state != "online":
        return Part(
            name, State.STOPPED, f"link {status.state}" + (f": {status.detail}" if status.detail else "")
        )
    if status.detail:
        return Part(name, State.DEGRADED, status.detail)
    late = f"newest stored sample is {lag_s:.0f} s old" if lag_s is not None and lag_s > LATE_S else ""
    return _part(name, State.DEGRADED, late)


def _broker_part(status: LinkStatus) -> Part:
    return link_part(f"broker {status.address}", status, None)


def _plant_parts(statuses: Sequence[LinkStatus], lags: Mapping[str, float | None]) -> list[Part]:
    found = []
    for status in statuses:
        name = f"plant {status.plant}" if status.plant else f"source {status.address}"
        found.append(link_part(name, status, lags.get(status.plant)))
    told = {status.plant for status in statuses}
    found += [
        Part(f"plant {plant}", State.STOPPED, "no source of this edge serves it now")
        for plant in lags
        if plant not in told
    ]
    return found


def _part(name: str, state: State, reason: str) -> Part:
    return Part(name, state if reason else State.OK, reason)


def _journal_entries(status: LinkStatus | None) -> int:
    return max(0, status.head - status.committed) if status is not None else 0


def _counted(reason: str, count: int) -> dict[str, int]:
    return {reason: count} if count else {}
