"""A plant's faults: what can be injected, how it is now, and the ground truth of what struck when."""

import asyncio
from collections.abc import Callable, Container, Mapping, Sequence
from html import escape
from typing import Any

from nicegui import ui

from edge.api.fault_query import FaultQuery
from edge.api.time_range import DAY, MINUTE, TimeRange, moment
from edge.web.board import Boards
from edge.web.wording import length, local, state_mark, zone
from twin.model.declaration import Declaration

_LOG_DAYS = 7


class FaultPage:
    """One visitor's page of one plant's faults; `utc_offset` places the plant's local time.

    `hidden` tells the plants of which a drill hides the truth: their page says so instead.

    What it changes it asks of the API from the browser, with the token that the visitor enters there; the token is
    kept nowhere.
    """

    def __init__(
        self,
        boards: Boards,
        declaration: Declaration,
        utc_offset: float,
        hidden: Callable[[], Container[str]],
    ) -> None:
        self.boards = boards
        self.declaration = declaration
        self.utc_offset = utc_offset
        self.hidden = hidden
        self.faults = FaultQuery(boards.query)
        self.list: ui.html | None = None
        self.log: ui.html | None = None

    async def build(self) -> None:
        """Lay out the page, filled with what is known already."""
        faults, log = await asyncio.to_thread(self._read)
        with ui.element("div").classes("stack"):
            with ui.element("section").classes("panel").props('aria-label="Injection"'):
                ui.html(_controls_html(), sanitize=False)
            self.list = (
                ui.html(faults, sanitize=False)
                .classes("part faults")
                .props(f'data-plant="{escape(self.declaration.plant)}"')
            )
            with ui.element("section").classes("panel").props('aria-label="Log"'):
                ui.html(f"Log of the last {_LOG_DAYS} days", tag="h2", sanitize=False)
                self.log = ui.html(log, sanitize=False).classes("part scroll").props("tabindex=0")

    async def tick(self) -> None:
        """Bring the page up to date; a plant that declared itself anew is loaded anew."""
        declarations = await asyncio.to_thread(self.boards.query.store.declarations)
        if any(
            one.plant == self.declaration.plant and one.epoch != self.declaration.epoch
            for one in declarations
        ):
            ui.navigate.reload()
            return
        for part, content in zip((self.list, self.log), await asyncio.to_thread(self._read), strict=True):
            if part is not None and part.content != content:
                part.content = content

    def _read(self) -> tuple[str, str]:
        declaration, query = self.declaration, self.boards.query
        key = (declaration.plant, declaration.epoch)
        faults = self.boards.kept((*key, "faults"), 0.9, lambda: self.faults.faults(declaration))
        now = query.clock_ms()
        span = TimeRange(now - _LOG_DAYS * DAY, now + MINUTE)
        log = self.boards.kept((*key, "fault log"), 2.0, lambda: self.faults.log(declaration, span))
        hidden = declaration.plant in self.hidden()
        return faults_html(faults, self.utc_offset, hidden=hidden), log_html(
            log, self.utc_offset, hidden=hidden
        )


def _controls_html() -> str:
    return (
        '<form class="inject" onsubmit="return false">'
        '<label><span class="key">Operator token</span>'
        '<input class="knob" type="password" id="fault-token" autocomplete="off" '
        'placeholder="content of the file operator"></label>'
        '<label><span class="key">Inject</span><select class="knob" id="fault-trigger">'
        '<option value="now">at once</option><option value="after">after some minutes</option>'
        '<option value="when">when a condition holds</option></select></label>'
        '<label data-trigger="after" hidden><span class="key">Minutes</span>'
        '<input class="knob" type="number" id="fault-after" min="0" max="527040" step="any" value="10"></label>'
        '<label data-trigger="when" hidden><span class="key">Condition on a tag, watched for a day</span>'
        '<input class="knob" type="text" id="fault-when" maxlength="200" '
        'placeholder="line/prod_processed_count &gt; 5000"></label>'
        '<label class="grow"><span class="key">Reason, for the log</span>'
        '<input class="knob" type="text" id="fault-reason" maxlength="200" placeholder="drill of the night shift">'
        "</label></form>"
        '<p class="note" id="fault-answer" role="status" aria-live="polite">'
        "Anybody may look; to inject and reset, enter the token, which is kept nowhere.</p>"
    )


def faults_html(faults: Sequence[Mapping[str, Any]], utc_offset: float, *, hidden: bool = False) -> str:
    """Draw a card for each fault; each keeps its place, whatever its state, or that a drill hides it."""
    if not faults:
        return '<p class="empty">This plant declares no faults.</p>'
    return f'<div class="cards faults">{"".join(_card(fault, utc_offset, hidden) for fault in faults)}</div>'


def _card(fault: Mapping[str, Any], utc_offset: float, hidden: bool) -> str:
    effects = "".join(f"<li>{escape(effect['text'])}</li>" for effect in fault["effects"])
    style = "fault" if fault["active"] else "setup" if fault["pending"] else "off"
    reset = "" if fault["active"] or fault["pending"] or hidden else " disabled"
    inject = " disabled" if fault["active"] else ""
    word = "Withdraw" if fault["pending"] and not fault["active"] else "Reset"
    key = escape(fault["key"], quote=True)
    return (
        f'<section class="panel card fault-card {style}" aria-label="{escape(fault["title"], quote=True)}">'
        f'<div class="title"><div><h2>{escape(fault["title"])}</h2>'
        f'<p class="note small">{escape(fault["unit_title"])} · {key}</p></div>'
        f"{state_mark('unknown', 'hidden by a drill') if hidden else _state(fault, utc_offset)}</div>"
        f"<p>{escape(fault['mechanism'])}</p>"
        f'<div><div class="key">Expected, against the same run without it</div><ul class="effects">{effects}</ul></div>'
        f'<div class="foot"><button type="button" class="knob" data-fault="{key}" data-method="POST"{inject}>'
        f'Inject</button> <button type="button" class="knob" data-fault="{key}" data-method="DELETE"{reset}>'
        f"{word}</button></div></section>"
    )


def _state(fault: Mapping[str, Any], utc_offset: float) -> str:
    if fault["active"] is None:
        return state_mark("unknown", "not told yet")
    if fault["active"]:
        since = fault["since"]
        return state_mark("fault", "active" + (f" since {_at(since, utc_offset)}" if since else ""))
    if fault["pending"]:
        return state_mark("setup", "pending: " + _trigger(fault["pending"][0], utc_offset))
    return state_mark("off", "off")


def _trigger(told: Mapping[str, Any], utc_offset: float) -> str:
    parts = [f"at {_at(told['due'], utc_offset)}"] if told["due"] else []
    parts += [f"when {told['when']}"] if told["when"] else []
    return ", ".join(parts) or "at once"


def _at(time: str, utc_offset: float, form: str = "%d %b %H:%M:%S") -> str:
    return local(moment(time, 0, "time"), utc_offset, form)


def log_html(log: Sequence[Mapping[str, Any]], utc_offset: float, *, hidden: bool = False) -> str:
    """List what struck and what did not, newest first; of a running drill nothing."""
    if hidden:
        note = "A drill runs: what was since its beginning is shown after its end."
        return f'<p class="note">{note}</p>' + (_table_html(log, utc_offset, hidden=True) if log else "")
    if not log:
        return '<p class="empty">Nothing was injected.</p>'
    return _table_html(log, utc_offset, hidden=False)


def _table_html(log: Sequence[Mapping[str, Any]], utc_offset: float, *, hidden: bool) -> str:
    rows = []
    for entry in log:
        begin, end = entry["begin"], entry["end"]
        if entry["outcome"] != "struck":
            lasting = entry["outcome"]
        elif begin is None or end is None:
            lasting = "" if end is not None else "hidden by the drill" if hidden else "lasts"
        else:
            lasting = length((moment(end, 0, "end") - moment(begin, 0, "begin")) / 1000)
        by = entry["by"] or ("by itself" if entry["outcome"] == "struck" and begin is not None else "")
        about = ", ".join(
            text for text in (_trigger(entry, utc_offset) if entry["id"] else "", entry["reason"]) if text
        )
        rows.append(
            f'<tr><td class="t">{"earlier" if begin is None and entry["outcome"] == "struck" else ""}'
            f"{_at(begin, utc_offset) if begin else ''}</td>"
            f'<td class="t">{_at(end, utc_offset) if end else ""}</td><td class="t">{escape(lasting)}</td>'
            f"<td>{escape(entry['unit'].replace('_', ' '))}</td><td>{escape(entry['title'])}</td>"
            f'<td>{escape(by)}</td><td class="opt">{escape(about)}</td></tr>'
        )
    head = (
        "<th>Begin</th><th>End</th><th>Lasted</th><th>Unit</th><th>Fault</th><th>By</th>"
        '<th class="opt">Trigger and reason</th>'
    )
    return (
        f'<table class="list log"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
        f'<p class="note small">Exact times from the state of the fault\'s own tag; {zone(utc_offset)}.</p>'
    )
