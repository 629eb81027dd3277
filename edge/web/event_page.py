"""A plant's events: alarms and what loops did, a page at a time; the filter is the page's address."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode

from nicegui import ui

from edge.api.event_query import KINDS, SEVERITIES, EventFilter, EventQuery, choices
from edge.api.problem import Problem
from edge.api.time_range import MINUTE, TimeRange, moment, rfc3339, span
from edge.web.board import Boards
from edge.web.wording import local, zone
from twin.model.declaration import Declaration

LIMIT = 100
# What people look for, and the kinds of events that it means.
_KINDS = {
    "": "everything", "alarm,clear": "alarms", "action,proposal,effect": "controllers", "command": "commands",
    "order,shift": "orders and shifts", "system": "system",
}  # fmt: skip
_SEVERITIES = {"": "any", "warning,critical": "warning, critical", "critical": "critical"}
_RANGES = {
    "1h": "last hour",
    "8h": "last 8 hours",
    "24h": "last 24 hours",
    "7d": "last 7 days",
    "30d": "last 30 days",
}
_WORDS = {
    "clear": "cleared", "order": "order", "shift": "shift", "command": "command", "system": "system",
    "action": "did", "proposal": "would do", "effect": "came of it",
}  # fmt: skip
_MARKS = {"info": "", "warning": "◆ ", "critical": "▲ "}


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What the address of the page asks for, as it stands there."""

    plant: str
    kind: str = ""
    severity: str = ""
    unit: str = ""
    text: str = ""
    range: str = "24h"
    before: str = ""

    def wanted(self) -> EventFilter:
        """Return the filter; raises Problem."""
        return EventFilter(
            kinds=choices(self.kind, KINDS, "kind"), severities=choices(self.severity, SEVERITIES, "severity"),
            unit=self.unit, text=self.text, loops=not self.unit,
        )  # fmt: skip

    def link(self, **changes: str) -> str:
        """Return the address with some changes; what is empty is left out."""
        parts = {
            name: getattr(self, name) for name in ("kind", "severity", "unit", "text", "range", "before")
        } | changes
        asked = urlencode({name: value for name, value in parts.items() if value})
        return f"/plants/{self.plant}/events?{asked}"

    def export(self, over: TimeRange, form: str) -> str:
        """Return the address of the file that holds exactly what the page shows."""
        wanted = {
            "start": rfc3339(over.start_ms), "end": rfc3339(over.end_ms), "limit": str(LIMIT), "kind": self.kind,
            "severity": self.severity, "scope": self.unit, "text": self.text, "before": self.before,
            "loops": "" if self.unit else "true", "format": form,
        }  # fmt: skip
        asked = urlencode({name: value for name, value in wanted.items() if value})
        return f"/api/v1/plants/{self.plant}/events?{asked}"


class EventPage:
    """One visitor's page; `utc_offset` places the plant's local time. Only rows that changed are sent again."""

    def __init__(
        self, boards: Boards, events: EventQuery, declaration: Declaration, utc_offset: float, address: Address
    ) -> None:  # fmt: skip
        self.boards = boards
        self.events = events
        self.declaration = declaration
        self.utc_offset = utc_offset
        self.address = address
        self._mark: tuple[object, ...] = ()
        self._sent: dict[str, str] = {}
        self._foot: ui.html | None = None

    async def build(self) -> None:
        """Lay out the page, filled."""
        try:
            page, over = await asyncio.to_thread(self._read)
        except Problem as problem:
            _panel(
                f'<p class="note bad">{escape(problem.detail)}</p>'
                f'<p><a href="/plants/{escape(self.declaration.plant)}/events">All events</a></p>'
            )
            return
        self._sent = self._rows(page)
        with ui.element("div").classes("stack"):
            with ui.element("section").classes("panel").props('aria-label="Filter"'):
                ui.html(_filter_html(self.address, self.declaration), sanitize=False)
            plant = escape(self.declaration.plant, quote=True)
            with ui.element("section").classes("panel").props(f'aria-label="Events" data-plant="{plant}"'):
                ui.html(_acknowledge_html(), sanitize=False)
                ui.html(_table_html(self._sent), sanitize=False)
                self._foot = ui.html(self._foot_html(page, over), sanitize=False)

    async def tick(self) -> None:
        """Send what changed; a plant that declared itself anew is loaded anew."""
        found = await asyncio.to_thread(self._news)
        if found is None:
            return
        page, over = found
        rows = self._rows(page)
        if rows != self._sent:
            change = [[key, None if self._sent.get(key) == html else html] for key, html in rows.items()]
            self._sent = rows
            ui.run_javascript(f"edgePage.rows('events', {json.dumps(change)})")
        content = self._foot_html(page, over)
        if self._foot is not None and self._foot.content != content:
            self._foot.content = content

    # -- reading -------------------------------------------------------------------------------------------

    def _read(self) -> tuple[dict[str, Any], TimeRange]:
        wanted, over = self.address.wanted(), self._span()
        self._mark = self.events.mark(self.declaration, over)
        return self.events.page(self.declaration, over, wanted, before=self.address.before, limit=LIMIT), over

    def _news(self) -> tuple[dict[str, Any], TimeRange] | None:
        if not self._mark or self.events.mark(self.declaration, self._span()) == self._mark:
            return None
        return self._read()

    def _span(self) -> TimeRange:
        now = self.boards.query.clock_ms() + MINUTE
        width = span(self.address.range, "range")
        if width > 366 * 86_400_000:
            raise Problem(422, "range: is longer than 366 days; ask for a shorter one")
        return TimeRange(max(0, now - width), now)

    # -- drawing -------------------------------------------------------------------------------------------

    def _rows(self, page: Mapping[str, Any]) -> dict[str, str]:
        return {item["id"]: row_html(item, self.declaration, self.utc_offset) for item in page["items"]}

    def _foot_html(self, page: Mapping[str, Any], over: TimeRange) -> str:
        address = self.address
        ways = []
        if address.before:
            ways.append(f'<a class="knob" href="{escape(address.link(before=""))}">Newest</a>')
        if page["next"]:
            ways.append(
                f'<a class="knob" rel="next" href="{escape(address.link(before=page["next"]))}">Older</a>'
            )
        files = "".join(
            f'<a class="knob" href="{escape(address.export(over, form))}" '
            f'download="events_{escape(address.plant)}.{form}">{form.upper()}</a>'
            for form in ("csv", "json")
        )
        standing = sum(bool(item["active"]) for item in page["items"])
        open_ones = sum(item["severity"] != "info" and item["acknowledged"] is None for item in page["items"])
        told = (
            f"{page['count']} events on this page, {standing} active alarms, {open_ones} not acknowledged; "
            f"{zone(self.utc_offset)}"
        )
        return (
            f'<div class="foot-line"><nav class="ways" aria-label="Pages">{"".join(ways)}</nav>'
            f'<span class="note grow">{told}</span><span class="ways"><span class="key">Save what is shown</span>'
            f"{files}</span></div>"
        )


def row_html(item: Mapping[str, Any], declaration: Declaration, utc_offset: float) -> str:
    """Draw one event as the cells of a row: severity is a shape and a word, what is over is quiet."""
    what, _, why = (
        item["text"].partition(": ") if item["kind"] in ("action", "proposal") else (item["text"], "", "")
    )
    word = (
        ("active" if item["active"] else "over")
        if item["kind"] == "alarm"
        else _WORDS.get(item["kind"], item["kind"])
    )
    loud = item["severity"] if item["kind"] != "alarm" or item["active"] else "info"
    titles = {unit.name: unit.title for unit in declaration.units}
    titles |= {upgrade.key: upgrade.title for upgrade in declaration.upgrades}
    unit = escape(titles.get(item["unit"], item["unit"]))
    linked = item["unit"] in {one.name for one in declaration.units}
    if linked:
        unit = f'<a href="/plants/{escape(declaration.plant)}/units/{escape(item["unit"])}">{unit}</a>'
    more = "".join(
        f'<div class="note small">{name}: {escape(text)}</div>'
        for name, text in (("Why", why), ("Effect", item["effect"]))
        if text
    )
    at = local(moment(item["time"], 0, "time"), utc_offset, "%d %b %H:%M:%S")
    return (
        f'<td class="t">{at}</td><td class="sev {escape(loud)}">{_MARKS.get(loud, "")}{escape(item["severity"])}</td>'
        f'<td class="kind">{escape(word)}</td><td>{unit}</td><td class="what">{escape(what)}{more}</td>'
        f'<td class="seen">{_seen(item, utc_offset)}</td>'
    )


def _seen(item: Mapping[str, Any], utc_offset: float) -> str:
    mark = item["acknowledged"]
    if mark is not None:
        at = local(moment(mark["time"], 0, "time"), utc_offset, "%d %b %H:%M")
        note = f": {escape(mark['note'])}" if mark["note"] else ""
        return f'<span class="quiet">✓ {escape(mark["who"])}, {at}{note}</span>'
    if item["severity"] == "info":
        return ""
    key = escape(item["id"], quote=True)
    return f'<button type="button" class="knob" data-event="{key}">Acknowledge</button>'


def _table_html(rows: Mapping[str, str]) -> str:
    body = "".join(f'<tr data-key="{escape(key)}">{cells}</tr>' for key, cells in rows.items())
    head = "".join(
        f"<th>{name}</th>" for name in ("Time", "Severity", "State", "Unit", "Event", "Acknowledged")
    )
    return (
        f'<table class="list journal" id="events"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
        '<p class="empty">No event matches. Take a longer range or fewer conditions.</p>'
    )


def _filter_html(address: Address, declaration: Declaration) -> str:
    """Draw the filter as a form that becomes the address; works without a script."""
    units = {"": "all"} | {unit.name: unit.title for unit in declaration.units}
    return (
        f'<form class="inject" method="get" action="/plants/{escape(address.plant)}/events">'
        f"{_select('kind', 'Show', _KINDS, address.kind)}"
        f"{_select('severity', 'Severity', _SEVERITIES, address.severity)}"
        f"{_select('unit', 'Unit', units, address.unit)}{_select('range', 'Range', _RANGES, address.range)}"
        '<label class="grow"><span class="key">Words</span><input class="knob" type="search" name="text" '
        f'maxlength="100" value="{escape(address.text, quote=True)}" placeholder="part of the text"></label>'
        '<button class="knob" type="submit">Show</button></form>'
    )


def _select(name: str, title: str, known: Mapping[str, str], chosen: str) -> str:
    told = dict(known) if chosen in known else {**known, chosen: chosen}
    options = "".join(
        f'<option value="{escape(value, quote=True)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
        for value, text in told.items()
    )
    return f'<label><span class="key">{title}</span><select class="knob" name="{name}">{options}</select></label>'


def _acknowledge_html() -> str:
    return (
        '<details class="acknowledge"><summary>Acknowledge as operator</summary>'
        '<form class="inject" onsubmit="return false">'
        '<label><span class="key">Operator token</span><input class="knob" type="password" id="fault-token" '
        'autocomplete="off" placeholder="content of the file operator"></label>'
        '<label class="grow"><span class="key">Note, for the audit</span><input class="knob" type="text" '
        'id="fault-reason" maxlength="200" placeholder="what is being done about it"></label>'
        '<button type="button" class="knob" data-event="*">Acknowledge all shown</button></form>'
        '<p class="note" id="fault-answer" role="status" aria-live="polite">The token is kept nowhere; what is '
        "acknowledged stands in the audit, with who and when.</p></details>"
    )


def _panel(content: str) -> None:
    with ui.element("section").classes("panel"):
        ui.html(content, sanitize=False)
