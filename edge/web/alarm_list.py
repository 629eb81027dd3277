"""Events as people read them: an alarm that comes and goes is one row with a count, not a hundred."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from edge.store import Event
from edge.web.wording import local

_MARKS = {"info": "", "warning": "◆ ", "critical": "▲ "}
_RANK = {"info": 0, "warning": 1, "critical": 2}
_SHOWN = 80


@dataclass(slots=True)
class Row:
    """One line of the list: `event` tells it, `last_ms` is when it last came or went.

    `count` is how often an alarm was raised, `active` whether it still is.
    """

    event: Event
    severity: str
    last_ms: int
    count: int = 1
    active: bool = False


def rows(events: Sequence[Event]) -> list[Row]:
    """Collapse events (newest first) so that each alarm of a tag is one row, and each cause of a stop too."""
    found: list[Row] = []
    alarms: dict[tuple[str, str, str], Row] = {}
    over: dict[tuple[str, str], Event | None] = {}  # what is known of a tag already: its end, or None
    for event in events:
        place = (event.scope, event.tag)
        if event.kind == "clear":
            if over.get(place) is None:
                over[place] = event
        elif event.kind == "alarm":
            # A stop has no value; its text names the cause. The text of a measure's alarm changes with the value.
            key = (*place, event.text if event.value is None else "")
            end = over.get(place)
            row = alarms.get(key)
            if row is None:
                last = event.time_ms if end is None else end.time_ms
                alarms[key] = Row(event, event.severity, last, active=place not in over)
                found.append(alarms[key])
            else:
                row.count += end is not None  # else it only grew worse or eased in between
                row.severity = max(row.severity, event.severity, key=lambda name: _RANK.get(name, 0))
            over[place] = None
        else:
            found.append(Row(event, event.severity, event.time_ms))
    # Of what began before the window and did not come back the end alone is known.
    told = {key[:2] for key in alarms}
    found += [Row(end, end.severity, end.time_ms) for place, end in over.items() if end and place not in told]
    return sorted(found, key=lambda row: -row.last_ms)


def events_html(
    events: Sequence[Event],
    line_path: str,
    utc_offset: float,
    *,
    titles: Mapping[str, str] | None = None,
    partial: bool = False,
) -> str:
    """List events, newest first; severity is a shape and a word, not a colour alone. `titles` of units by name."""
    if not events:
        return '<p class="empty">Nothing happened in this window.</p>'
    found = rows(events)
    body = "".join(_row(row, line_path, titles or {}, utc_offset) for row in found[:_SHOWN])
    head = "<th>Last</th><th>Severity</th><th>Unit</th><th>Event</th><th>Count</th>"
    left = len(found) - _SHOWN
    more = f"The {_SHOWN} newest of {len(found)} rows. " if left > 0 else ""
    if partial:
        more += f"Counted over the newest {len(events)} events of the window."
    note = f'<p class="note">{more}</p>' if more else ""
    return f'<table class="list events"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}'


def newest_html(events: Sequence[Event], utc_offset: float, *, most: int = 5) -> str:
    """List the newest events shortly, for a card."""
    found = "".join(_short(row, utc_offset) for row in rows(events)[:most])
    return f'<div class="newest"><div class="key">Newest events</div>{found}</div>' if found else ""


def _short(row: Row, utc_offset: float) -> str:
    word, style, mark = _severity(row)
    often = f" ×{row.count}" if row.count > 1 else ""
    return (
        f'<div class="event"><span class="quiet">{local(row.last_ms, utc_offset)}</span>'
        f'<span class="sev {escape(style)}">{mark}{escape(word)}</span>'
        f"<span>{escape(row.event.text)}{often}</span></div>"
    )


def _severity(row: Row) -> tuple[str, str, str]:
    """Return (word, style, mark); what is over is quiet."""
    if row.event.kind in ("alarm", "clear") and not row.active:
        return "cleared", "info", ""
    return row.severity, row.severity, _MARKS.get(row.severity, "")


def _row(row: Row, line_path: str, titles: Mapping[str, str], utc_offset: float) -> str:
    event = row.event
    unit = event.scope.removeprefix(line_path).strip("/") or "line"
    word, style, mark = _severity(row)
    place = titles.get(unit, unit.replace("_", " "))
    last = local(row.last_ms, utc_offset, "%d %b %H:%M:%S")
    often = f"×{row.count}" if row.count > 1 else ""
    return (
        f'<tr><td class="t">{last}</td><td class="sev {escape(style)}">{mark}{escape(word)}</td>'
        f'<td class="u">{escape(place)}</td><td class="what">{escape(event.text)}</td>'
        f'<td class="often">{often}</td></tr>'
    )
