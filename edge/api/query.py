"""Questions about the plants, answered for the API and for the pages alike: plain data, no protocol."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from edge.api.figure_query import FigureQuery, described
from edge.api.problem import Problem
from edge.api.time_range import DAY, HOUR, MINUTE, TimeRange, readable_step, rfc3339
from edge.collect import LinkStatus
from edge.freshness import Freshness
from edge.store import Store, TallyRow
from edge.store.together import tallies
from twin.model.declaration import Declaration, TagDeclaration, UnitDeclaration
from twin.model.frame import Sample
from twin.model.measure import MEASURE_UNITS
from twin.model.state import State
from twin.model.tag import Kind

RAW_LIMIT_MS = 6 * HOUR


def display_unit(ucum: str) -> str:
    """Return a unit of measure as people write it.

    >>> display_unit("kW.h"), display_unit("1")
    ('kWh', '')
    """
    known = MEASURE_UNITS.get(ucum)
    return known.display if known is not None else ucum


class Query(FigureQuery):
    """Everything that can be asked. `statuses` tells the links as they are now; `clock_ms` the time (UTC ms).

    Methods block on the store: call them from a thread. They raise Problem for what does not exist.
    """

    def __init__(
        self,
        store: Store,
        statuses: Callable[[], Sequence[LinkStatus]] = lambda: (),
        *,
        utc_offset: float = 8.0,
        max_points: int = 10_000,
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        super().__init__(store, utc_offset=utc_offset, max_points=max_points, clock_ms=clock_ms)
        self.statuses = statuses
        self._freshness = Freshness()

    # -- plants --------------------------------------------------------------------------------------------

    def link(self, plant: str) -> LinkStatus | None:
        """Return the status of the plant's link, None when no link serves it now."""
        found = [status for status in self.statuses() if status.plant == plant]
        return min(found, key=lambda status: status.state != "online") if found else None

    def waiting(self) -> list[dict[str, Any]]:
        """Return the links that have not told their plant yet, for "waiting for …"."""
        return [_link(status) for status in self.statuses() if not status.plant]

    def plants(self) -> list[dict[str, Any]]:
        """Return every plant with its status and headline figures."""
        known = self.store.declarations()
        statuses = [self.status(declaration) for declaration in known]
        lines: dict[int, list[str]] = {}  # by the end of their day: most have the same one
        for declaration, status in zip(known, statuses, strict=True):
            if status["last_ms"] is not None:
                lines.setdefault(status["last_ms"] // MINUTE * MINUTE, []).append(declaration.units[0].path)
        sums: dict[str, list[TallyRow]] = {}
        for end, paths in lines.items():
            sums |= tallies(self.store, paths, end - DAY, end, DAY)
        found = []
        for declaration, status in zip(known, statuses, strict=True):
            line = declaration.units[0]
            rows = sums.get(line.path)
            headline = [] if rows is None else described(rows[0].values if rows else {}, line)
            found.append(self.plant(declaration, headline, status))
        return found

    def plant(
        self,
        declaration: Declaration,
        headline: list[dict[str, Any]] | None = None,
        status: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return one plant with its status and the figures of the last 24 hours of data, to the full minute.

        A shorter window misleads: a potline is tapped in lumps, so that an hour's output may exceed its rate. Who has
        these figures or the status already gives them.
        """
        status = self.status(declaration) if status is None else status
        if headline is None and status["last_ms"] is not None:
            end = status["last_ms"] // MINUTE * MINUTE
            headline = self.figures(declaration.units[0], TimeRange(end - DAY, end))
        return {
            "plant": declaration.plant,
            "title": declaration.title,
            "industry": declaration.industry,
            "line_kind": declaration.line_kind,
            "line_path": declaration.line_path,
            "product_unit": display_unit(declaration.product_unit),
            "status": status,
            "headline_window": "last 24 h",
            "headline": headline or [],
        }

    def status(self, declaration: Declaration) -> dict[str, Any]:
        """Return how far a plant's history reaches and how its link does."""
        now = self.clock_ms()
        marks = self.store.watermarks(declaration.plant)
        samples = sum(mark.samples for mark in marks.values())
        line = declaration.units[0]
        newest = self.latest(declaration)
        last = max((sample.time_ms for sample in newest.values()), default=None)
        state = newest.get(f"{line.path}/state")
        reason = newest.get(f"{line.path}/reason")
        status = self.link(declaration.plant)
        behind = None if last is None else max(0.0, (now - last) / 1000)
        linked = status is not None and status.state in ("online", "connecting")
        return {
            "plant": declaration.plant,
            "start_ms": declaration.start_ms,
            "first_ms": declaration.start_ms if last is not None else None,
            "last_ms": last,
            "now_ms": now,
            "behind_s": behind,
            "data": self._freshness.judge(declaration.plant, last, behind_s=behind, linked=linked),
            "samples": samples,
            "frames": sum(mark.frames for mark in marks.values()),
            "missing_frames": sum(max(0, mark.seq - mark.frames) for mark in marks.values()),
            "epoch": declaration.epoch,
            "state": None if state is None else State(int(state.value)).name.lower(),
            "reason": None if reason is None else str(reason.value),
            "link": None if status is None else _link(status),
        }

    # -- values --------------------------------------------------------------------------------------------

    def tag(self, declaration: Declaration, path: str) -> tuple[UnitDeclaration, TagDeclaration]:
        """Find a tag by its full path or by `unit/tag`; raises Problem that names near ones."""
        short = path.removeprefix(declaration.line_path + "/")
        unit_name, _, tag_name = short.partition("/")
        unit = self.unit(declaration, unit_name)
        for tag in unit.tags:
            if tag.name == tag_name:
                return unit, tag
        known = ", ".join(tag.name for tag in unit.tags)
        raise Problem(404, f"unit {unit_name!r} has no tag {tag_name!r}; it has: {known}")

    def latest(self, declaration: Declaration, units: Sequence[str] = ()) -> dict[str, Sample]:
        """Return the newest sample of every tag of the plant, or of some units."""
        chosen = [self.unit(declaration, name) for name in units] if units else declaration.units
        return self.store.last([f"{unit.path}/{tag.name}" for unit in chosen for tag in unit.tags])

    def series(
        self,
        declaration: Declaration,
        path: str,
        span: TimeRange,
        *,
        points: int = 600,
        every_ms: int | None = None,
    ) -> dict[str, Any]:
        """Return a tag's trend in buckets; `every_ms` 0 gives raw samples, None a readable bucket for `points`."""
        unit, tag = self.tag(declaration, path)
        full = f"{unit.path}/{tag.name}"
        every = readable_step(span.width_ms, points) if every_ms is None else every_ms
        if every == 0 and span.width_ms > RAW_LIMIT_MS:
            raise Problem(
                422, "every: raw samples are given for at most 6 hours; shorten the range or ask for buckets"
            )
        if every and span.width_ms / every > self.max_points:
            raise Problem(
                422, f"every: more than {self.max_points} points; ask for wider buckets or a shorter range"
            )
        answer: dict[str, Any] = {
            "path": full,
            "unit": display_unit(tag.unit),
            "kind": tag.kind.value,
            "description": tag.description,
            "start": rfc3339(span.start_ms),
            "end": rfc3339(span.end_ms),
            "every_ms": every,
        }
        if tag.kind is Kind.TEXT:
            texts = self.store.texts(full, span.start_ms, span.end_ms)[: self.max_points]
            return answer | {"time_ms": [at for at, _ in texts], "text": [text for _, text in texts]}
        series = self.store.series(full, span.start_ms, span.end_ms, every)
        return answer | {
            "time_ms": series.time_ms,
            "low": series.low,
            "mean": series.mean,
            "high": series.high,
            "last": series.last,
        }

    # -- what happened -------------------------------------------------------------------------------------

    def intervals(self, scope: str, span: TimeRange) -> list[dict[str, Any]]:
        """Return the states of one unit over a range, oldest first; `end` null while the state lasts."""
        return [
            {
                "scope": interval.scope,
                "start": rfc3339(interval.start_ms),
                "end": None if interval.end_ms is None else rfc3339(interval.end_ms),
                "state": State(interval.state).name.lower(),
                "reason": interval.reason,
            }
            for interval in self.store.intervals(scope, span.start_ms, span.end_ms)
        ]

    def orders(self, declaration: Declaration, span: TimeRange) -> list[dict[str, Any]]:
        """Return the line's orders that overlap a range, oldest first."""
        found = []
        for row in self.store.orders(declaration.units[0].path, span.start_ms, span.end_ms):
            processed = row.values.get("pq")
            defective = row.values.get("sq", 0.0) + row.values.get("rq", 0.0)
            found.append(
                {
                    "scope": row.scope,
                    "order": row.order,
                    "product": row.product,
                    "quantity": row.quantity,
                    "unit": display_unit(declaration.units[0].count_unit),
                    "start": rfc3339(row.start_ms),
                    "end": None if row.end_ms is None else rfc3339(row.end_ms),
                    "start_ms": row.start_ms,
                    "end_ms": row.end_ms,
                    "processed": processed,
                    "good": None if processed is None else processed - defective,
                }
            )
        return found


def describe_tag(unit: UnitDeclaration, tag: TagDeclaration) -> dict[str, Any]:
    """Return a tag's declaration as the API shows it."""
    return {
        "path": f"{unit.path}/{tag.name}",
        "unit_name": unit.name,
        "name": tag.name,
        "kind": tag.kind.value,
        "unit": display_unit(tag.unit),
        "ucum": tag.unit,
        "low": tag.low,
        "high": tag.high,
        "lolo": tag.lolo,
        "lo": tag.lo,
        "hi": tag.hi,
        "hihi": tag.hihi,
        "deadband": tag.deadband,
        "writable": tag.writable,
        "description": tag.description,
    }


def _link(status: LinkStatus) -> dict[str, Any]:
    return {
        "address": status.address,
        "state": status.state,
        "detail": status.detail,
        "connects": status.connects,
        "received": status.received,
        "head": status.head,
    }
