"""Questions about events: which match, a page at a time, what still stands, what came of it, who has seen it."""

import hashlib
import heapq
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from edge.api.problem import Problem
from edge.api.query import Query
from edge.api.time_range import MINUTE, TimeRange, moment, rfc3339
from edge.audit import Audit
from edge.loops import SCOPE, scope
from edge.store import Event
from twin.model.declaration import Declaration

KINDS = ("alarm", "clear", "order", "shift", "command", "system", "action", "proposal", "effect")
SEVERITIES = ("info", "warning", "critical")
LOOKED_AT = 20_000  # events for one page, however rare what is looked for
_CHUNK = 1_000
_NEWEST = 50
_LATE_MS = 30_000
_SETTLED_MS = 10 * MINUTE  # what is younger is read anew: units tell the same moment one after the other
_ID = re.compile(r"(\d{1,15})-([0-9a-f]{12})")
_DECIDED = re.compile(r"(.+?), decided (\S+): (.*)", re.DOTALL)
_DELIVERY_MS = 2 * MINUTE  # between a loop's decision and the event that tells it


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """What is looked for; what is empty lets everything pass. `loops`: what loops did as well.

    `text` is found in the words, the tag or the unit, in whatever case.
    """

    kinds: frozenset[str] = frozenset()
    severities: frozenset[str] = frozenset()
    unit: str = ""
    text: str = ""
    loops: bool = False

    def matches(self, event: Event) -> bool:
        """Tell whether an event is one of those."""
        if self.kinds and event.kind not in self.kinds:
            return False
        if self.severities and event.severity not in self.severities:
            return False
        wanted = self.text.casefold()
        return not wanted or wanted in f"{event.text}\n{event.tag}\n{event.scope}".casefold()


def choices(text: str, known: Sequence[str], name: str) -> frozenset[str]:
    """Read names separated by commas; raises Problem that names the known ones."""
    found = frozenset(part.strip() for part in text.split(",") if part.strip())
    unknown = sorted(found - set(known))
    if unknown:
        raise Problem(422, f"{name}: {', '.join(unknown)[:100]} is unknown; known: {', '.join(known)}")
    return found


def event_id(event: Event) -> str:
    """Name an event by its time and a digest of what it says: the same in every store and after every start.

    >>> event_id(Event(1000, "demo/line", "alarm", "warning", "hot"))
    '1000-7d430ffad2e2'
    """
    said = "\0".join((event.scope, event.kind, event.tag, event.text))
    return f"{event.time_ms}-{hashlib.blake2b(said.encode(), digest_size=6).hexdigest()}"


@dataclass(slots=True)
class _Standing:
    """The newest alarm or clear of each tag of a plant's epoch that has one from `since_ms` to `until_ms`."""

    epoch: int
    since_ms: int
    until_ms: int
    newest: dict[tuple[str, str], Event] = field(default_factory=dict)


class EventQuery:
    """What can be asked about events. Methods block on the store: call them from a thread."""

    def __init__(self, query: Query, audit: Audit) -> None:
        self.query = query
        self.audit = audit
        self._standing: dict[str, _Standing] = {}
        self._guard = threading.Lock()

    # -- pages ---------------------------------------------------------------------------------------------

    def page(
        self, declaration: Declaration, span: TimeRange, wanted: EventFilter, *, before: str = "", limit: int = 200
    ) -> dict[str, Any]:  # fmt: skip
        """Return a page of events, newest first, with `next` for the following one; raises Problem."""
        found, following = self._matching(declaration, span, wanted, before, limit)
        seen = self.audit.acknowledged(declaration.plant, [key for key, _ in found])
        alarms = [event.time_ms for _, event in found if event.kind == "alarm"]
        standing = self._stands(declaration, min(alarms)) if alarms else {}
        effects = self._effects(declaration, [event for _, event in found])
        items = []
        for key, event in found:
            mark = seen.get(key)
            active = None
            if event.kind == "alarm":
                newest = standing.get((event.scope, event.tag))
                active = newest is not None and event_id(newest) == key
            items.append(
                {
                    "id": key, "time": rfc3339(event.time_ms), "scope": event.scope,
                    "unit": unit_name(declaration, event), "kind": event.kind, "severity": event.severity,
                    "text": event.text, "tag": event.tag, "value": event.value, "active": active,
                    "effect": effects.get(key, ""),
                    "acknowledged": None if mark is None
                    else {"who": mark.who, "time": rfc3339(mark.time_ms), "note": mark.note},
                }
            )  # fmt: skip
        return {"items": items, "count": len(items), "next": following}

    def mark(self, declaration: Declaration, span: TimeRange) -> tuple[object, ...]:
        """Return what changes when a page may have: at once with what is new, in half a minute with what came late."""
        newest = [
            self.query.store.events(where, span.start_ms, span.end_ms, _NEWEST)
            for where in (declaration.line_path, scope(declaration.plant))
        ]
        return (
            declaration.epoch, *map(tuple, newest), self.audit.acknowledgements(declaration.plant),
            self.query.clock_ms() // _LATE_MS,
        )  # fmt: skip

    def event(self, declaration: Declaration, key: str) -> Event:
        """Find an event of the plant by its id; raises Problem."""
        time_ms, _ = _parsed(key, "ids")
        span = TimeRange(time_ms, time_ms + 1)
        for where in (declaration.line_path, scope(declaration.plant)):
            for found, event in self._sorted(where, span):
                if found == key:
                    return event
        raise Problem(
            404, f"ids: plant {declaration.plant} has no event {key}; take the `id` of an event that it lists"
        )

    def _matching(
        self, declaration: Declaration, span: TimeRange, wanted: EventFilter, before: str, limit: int
    ) -> tuple[list[tuple[str, Event]], str | None]:
        places = [declaration.line_path]
        if wanted.unit:
            places = [self.query.unit(declaration, wanted.unit).path]
        elif wanted.loops:
            places.append(scope(declaration.plant))
        after: tuple[int, str] | None = None
        if before:
            time_ms, digest = _parsed(before, "before")
            after = (-time_ms, digest)
            span = TimeRange(span.start_ms, max(span.start_ms, min(span.end_ms, time_ms + 1)))
        found: list[tuple[str, Event]] = []
        last = ""
        for looked, (key, event) in enumerate(
            heapq.merge(*(self._sorted(place, span) for place in places), key=_order)
        ):
            if after is not None and _order((key, event)) <= after:
                continue
            if len(found) == limit or looked >= LOOKED_AT:
                return found, last
            last = key
            if wanted.matches(event):
                found.append((key, event))
        return found, None

    def _sorted(self, place: str, span: TimeRange) -> Iterator[tuple[str, Event]]:
        """Yield events newest first, those of one millisecond by their ids, each once."""
        for events in self._chunks(place, span, _CHUNK):
            yield from sorted({event_id(event): event for event in events}.items(), key=_order)

    def _chunks(self, place: str, span: TimeRange, size: int) -> Iterator[list[Event]]:
        """Yield events, newest first, about `size` at a time and never cut within a millisecond."""
        end, chunk = span.end_ms, size
        while end > span.start_ms:
            events = self.query.store.events(place, span.start_ms, end, chunk)
            if len(events) < chunk:
                yield events
                return
            cut = events[-1].time_ms
            if cut == events[0].time_ms:
                chunk *= 2  # the whole chunk is of one millisecond
                continue
            yield [event for event in events if event.time_ms > cut]
            end, chunk = cut + 1, size

    # -- what still stands, what came of it ----------------------------------------------------------------

    def _stands(self, declaration: Declaration, since_ms: int) -> dict[tuple[str, str], Event]:
        """Return the newest alarm or clear of every tag that has one since then; what is known is not read again."""
        with self._guard:
            known = self._standing.get(declaration.plant)
            if known is None or known.epoch != declaration.epoch:
                known = _Standing(declaration.epoch, since_ms, since_ms)
                self._standing[declaration.plant] = known
            start = max(known.since_ms, known.until_ms - _SETTLED_MS)
            end = max(self.query.clock_ms(), known.until_ms) + MINUTE
            known.newest |= self._newest(declaration, TimeRange(start, end))
            if since_ms < known.since_ms:
                known.newest = self._newest(declaration, TimeRange(since_ms, known.since_ms)) | known.newest
                known.since_ms = since_ms
            known.until_ms = max((event.time_ms for event in known.newest.values()), default=known.until_ms)
            return dict(known.newest)

    def _newest(self, declaration: Declaration, span: TimeRange) -> dict[tuple[str, str], Event]:
        """Return the newest alarm or clear of every tag in a range."""
        found: dict[tuple[str, str], Event] = {}
        for events in self._chunks(declaration.line_path, span, _CHUNK):
            for event in events:
                if event.kind in ("alarm", "clear"):
                    found.setdefault((event.scope, event.tag), event)
        return found

    def _effects(self, declaration: Declaration, events: Sequence[Event]) -> dict[str, str]:
        """Return what came of the actions among `events`, by their ids, as far as it is known."""
        actions = [event for event in events if event.kind == "action"]
        if not actions:
            return {}
        start = min(event.time_ms for event in actions)
        told: dict[tuple[str, str], list[tuple[int, str]]] = {}
        for event in self.query.store.events(
            scope(declaration.plant), start, self.query.clock_ms() + MINUTE, 5_000
        ):
            match = _DECIDED.fullmatch(event.text) if event.kind == "effect" else None
            if match is not None:
                told.setdefault((event.scope, match[1]), []).append(
                    (moment(match[2], 0, "decided"), match[3])
                )
        found = {}
        for action in actions:
            for decided_ms, text in told.get((action.scope, action.text.partition(": ")[0]), ()):
                if 0 <= action.time_ms - decided_ms < _DELIVERY_MS:
                    found[event_id(action)] = text
        return found


def unit_name(declaration: Declaration, event: Event) -> str:
    """Return the unit that an event is about, or the upgrade whose loop acted."""
    if event.scope.startswith(f"{SCOPE}/"):
        return event.scope.rpartition("/")[2]
    return event.scope.removeprefix(declaration.line_path).strip("/") or declaration.units[0].name


def _order(found: tuple[str, Event]) -> tuple[int, str]:
    key, event = found
    return -event.time_ms, key.partition("-")[2]


def _parsed(key: str, name: str) -> tuple[int, str]:
    match = _ID.fullmatch(key)
    if match is None:
        raise Problem(
            422, f"{name}: {key[:40]!r} is no event; give the `next` of a page, or the `id` of an event"
        )
    return int(match[1]), match[2]
