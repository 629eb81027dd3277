"""The figures and alarms of all lines for the overview, read together: 24 hours, those before, and hour by hour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from edge.api.figure_query import described
from edge.api.time_range import DAY, HOUR, TimeRange
from edge.store import Store, TallyRow
from edge.store.together import tallies
from twin.model.declaration import Declaration

MOST = 50_000  # events that are read at once
FULL = 0.99  # of a day that must be stored to be compared with


@dataclass(frozen=True, slots=True)
class LineSums:
    """The sums of one line.

    `headline` are the figures as the API tells them; `before` those of the day before by name, none where it is not
    stored in full; `hours` the OEE hour by hour, None for one without planned time; `alarms` were raised in the last 24
    hours and in those before, None where that is not known.
    """

    headline: list[dict[str, Any]] = field(default_factory=list)
    before: Mapping[str, float | None] = field(default_factory=dict)
    hours: list[tuple[int, float | None]] = field(default_factory=list)
    alarms: tuple[int | None, int | None] = (None, None)


def line_sums(store: Store, ends: Sequence[tuple[Declaration, int]]) -> dict[str, LineSums]:
    """Return the sums of each plant's line up to its newest full minute, by plant."""
    groups: dict[int, list[Declaration]] = {}
    for declaration, end_ms in ends:
        groups.setdefault(end_ms, []).append(declaration)
    found: dict[str, LineSums] = {}
    alarms = _alarms(store, ends)
    for end_ms, group in groups.items():
        paths = [declaration.units[0].path for declaration in group]
        days = tallies(store, paths, end_ms - 2 * DAY, end_ms, DAY)
        last = -(-end_ms // HOUR) * HOUR
        by_hour = tallies(store, paths, last - DAY, last, HOUR)
        for declaration, path in zip(group, paths, strict=True):
            sums = {row.start_ms: row.values for row in days[path]}
            hours = steps_of(declaration, by_hour[path], TimeRange(last - DAY, last), HOUR)
            found[declaration.plant] = LineSums(
                described(sums.get(end_ms - DAY, {}), declaration.units[0]),
                _before(declaration, sums.get(end_ms - 2 * DAY, {})), hours,
                alarms[declaration.plant],
            )  # fmt: skip
    return found


def steps_of(
    declaration: Declaration, rows: Sequence[TallyRow], span: TimeRange, width_ms: int
) -> list[tuple[int, float | None]]:
    """Return the line's OEE over `span` in steps of `width_ms`; None for one without planned time."""
    line = declaration.units[0]
    values = {row.start_ms: described(row.values, line, ("oee_index",))[0]["value"] for row in rows}
    return [(at, values.get(at)) for at in range(span.start_ms, span.end_ms, width_ms)]


def _alarms(
    store: Store, ends: Sequence[tuple[Declaration, int]]
) -> dict[str, tuple[int | None, int | None]]:
    """Count the alarms raised in each plant's last 24 hours and in the 24 before, where it ran already.

    Those of the plants that are up to date are read together; one that fell silent long ago has days of its own.
    """
    newest = max((end for _, end in ends), default=0)
    found = _counted(store, "", [one for one in ends if one[1] > newest - HOUR])
    for declaration, end in ends:
        if end <= newest - HOUR:
            found |= _counted(store, declaration.line_path, [(declaration, end)])
    return found


def _counted(
    store: Store, scope: str, ends: Sequence[tuple[Declaration, int]]
) -> dict[str, tuple[int | None, int | None]]:
    """Count the alarms of some plants among the events below a scope."""
    if not ends:
        return {}
    start, end = min(end for _, end in ends) - 2 * DAY, max(end for _, end in ends)
    events = store.events(scope, start, end, MOST)
    known_ms = events[-1].time_ms if len(events) == MOST else start  # older ones were not read
    times: dict[str, list[int]] = {declaration.line_path: [] for declaration, _ in ends}
    for event in events:
        of_line = times.get(event.scope.rpartition("/")[0])  # a unit lies right below its line
        if event.kind == "alarm" and of_line is not None:
            of_line.append(event.time_ms)
    found: dict[str, tuple[int | None, int | None]] = {}
    for declaration, end_ms in ends:
        raised = times[declaration.line_path]
        today = sum(end_ms - DAY <= at < end_ms for at in raised) if known_ms <= end_ms - DAY else None
        begun = end_ms - 2 * DAY
        before = (
            sum(begun <= at < end_ms - DAY for at in raised)
            if max(known_ms, declaration.start_ms) <= begun
            else None
        )
        found[declaration.plant] = (today, before)
    return found


def _before(declaration: Declaration, values: Mapping[str, float]) -> dict[str, float | None]:
    if values.get("calendar_time", 0.0) < FULL * DAY / 1000:
        return {}
    return {figure["name"]: figure["value"] for figure in described(values, declaration.units[0])}
