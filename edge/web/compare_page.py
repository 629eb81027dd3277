"""Compare a plant with itself: start runs with and without upgrades, follow them, look at what came of it."""

import asyncio
from collections.abc import Mapping, Sequence
from html import escape

from nicegui import ui

from edge.comparison import Comparison, Comparisons, Stage
from edge.web.board import Boards
from edge.web.comparison_result import result_html
from edge.web.wording import length, local, state_mark, zone
from twin.model.declaration import Declaration

_STYLES = {Stage.RUNNING: "setup", Stage.DONE: "run", Stage.FAILED: "fault", Stage.CANCELLED: "off"}


class ComparePage:
    """One visitor's page of one plant's comparisons; `shown` is the one whose result is drawn, "" for the newest."""

    def __init__(
        self,
        boards: Boards,
        comparisons: Comparisons,
        declaration: Declaration,
        utc_offset: float,
        shown: str,
    ) -> None:
        self.boards = boards
        self.comparisons = comparisons
        self.declaration = declaration
        self.utc_offset = utc_offset
        self.shown = shown
        self.drawn = ""
        self.list: ui.html | None = None
        self.result: ui.html | None = None

    async def build(self) -> None:
        """Lay out the page."""
        plant = escape(self.declaration.plant, quote=True)
        with ui.element("div").classes("stack"):
            with ui.element("section").classes("panel").props(f'aria-label="Start" data-plant="{plant}"'):
                ui.html(form_html(self.declaration), sanitize=False)
            with (
                ui.element("section").classes("panel").props(f'aria-label="Comparisons" data-plant="{plant}"')
            ):
                ui.html("Comparisons", tag="h2", sanitize=False)
                self.list = ui.html("", sanitize=False).classes("part scroll").props("tabindex=0")
            self.result = ui.html("", sanitize=False).classes("part")
        await self.tick()

    async def tick(self) -> None:
        """Bring the page up to date."""
        own = [one for one in self.comparisons.all() if one.asked.plant == self.declaration.plant]
        now = self.boards.query.clock_ms()
        listed = list_html(own, now, self.utc_offset)
        if self.list is not None and self.list.content != listed:
            self.list.content = listed
        done = [one for one in own if one.stage is Stage.DONE]
        chosen = next((one for one in done if one.id == self.shown), done[0] if done else None)
        if chosen is not None and self.result is not None and self.drawn != chosen.id:
            told = await asyncio.to_thread(self.comparisons.result, chosen.id)
            self.drawn = chosen.id
            drawn = result_html(told) if told else '<p class="empty">The result cannot be read any more.</p>'
            title = f"{_asked(chosen)}, {local(chosen.begun_ms, self.utc_offset, '%d %b %H:%M')}"
            head = f'<section class="panel" aria-label="Result"><h2>Result: {escape(title)}</h2>'
            self.result.content = f"{head}{drawn}</section>"


def form_html(declaration: Declaration) -> str:
    """Draw the form that starts a comparison; says so where there is nothing to compare."""
    if not declaration.upgrades:
        return '<p class="empty">This plant declares no upgrades: there is nothing to compare.</p>'
    boxes = "".join(
        f'<label class="tick"><input type="checkbox" name="upgrade" value="{escape(one.key, quote=True)}" checked> '
        f"{escape(one.title)}</label>"
        for one in declaration.upgrades
    )
    levels = "".join(
        f'<option value="{one}"{" selected" if one == "mid" else ""}>{one}</option>'
        for one in ("low", "mid", "high")
    )
    return (
        '<form class="inject" id="compare-form" onsubmit="return false">'
        '<label><span class="key">Operator token</span><input class="knob" type="password" id="fault-token" '
        'autocomplete="off" placeholder="content of the file operator"></label>'
        f'<label><span class="key">Strength</span><select class="knob" id="compare-level">{levels}</select></label>'
        '<label><span class="key">Days of a run</span><input class="knob" type="number" id="compare-days" min="0.1" '
        'max="60" step="any" placeholder="by plant"></label>'
        '<label><span class="key">Pairs of runs</span><input class="knob" type="number" id="compare-replications" '
        'min="2" max="16" value="4"></label>'
        '<label><span class="key">Of each upgrade alone (0: no waterfall)</span><input class="knob" type="number" '
        'id="compare-waterfall" min="0" max="8" value="0"></label>'
        '<label><span class="key">Minutes at most</span><input class="knob" type="number" id="compare-budget" '
        'min="0.1" max="240" step="any" value="20"></label>'
        '<button type="button" class="knob" data-compare="start">Start</button>'
        f'<fieldset class="ticks"><legend class="key">Upgrades</legend>{boxes}</fieldset></form>'
        '<p class="note" id="fault-answer" role="status" aria-live="polite">The plant model runs with and without the '
        "upgrades on the same random numbers, beside the live plant, which is not touched; one at a time.</p>"
    )


def list_html(
    known: Sequence[Comparison], now_ms: int, utc_offset: float, titles: Mapping[str, str] | None = None
) -> str:
    """List comparisons, newest first: what was asked, how far, by whom.

    With `titles` of all plants each names its plant and leads to that one's page, where what runs can be cancelled.
    """
    if not known:
        return '<p class="empty">None was started yet.</p>'
    rows = "".join(_row(one, now_ms, utc_offset, titles) for one in known)
    head = "<th>Started</th><th>What</th><th>State</th><th>By</th><th></th>"
    return (
        f'<table class="list log"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
        f'<p class="note small">{zone(utc_offset)}</p>'
    )


def _row(one: Comparison, now_ms: int, utc_offset: float, titles: Mapping[str, str] | None) -> str:
    plant, page = one.asked.plant, f"/plants/{escape(one.asked.plant)}/compare"
    spent = length(((one.ended_ms or now_ms) - one.begun_ms) / 1000)
    state = state_mark(_STYLES[one.stage], f"{one.stage.value}, {spent}")
    more = ""
    if one.stage is Stage.RUNNING:
        share = 100 * one.done / one.of if one.of else 0.0
        more = (
            f'<p class="note small">{escape(one.step or "begins")}: {one.done} of {one.of}</p><div class="progress" '
            f'role="progressbar" aria-label="{escape(one.step or "begins")}" aria-valuenow="{share:.0f}" '
            f'aria-valuemin="0" aria-valuemax="100"><div class="fill" style="width:{share:.1f}%"></div></div>'
        )
    elif one.detail:
        more = f'<p class="note small">{escape(one.detail)}</p>'
    act = ""
    if one.stage is Stage.RUNNING and titles is not None:
        act = f'<a href="{page}">Follow</a>'
    elif one.stage is Stage.RUNNING:
        act = f'<button type="button" class="knob" data-compare="cancel" data-id="{one.id}">Cancel</button>'
    elif one.stage is Stage.DONE:
        act = f'<a href="{page}?id={one.id}">Result</a>'
    begun = local(one.begun_ms, utc_offset, "%d %b %H:%M")
    what = escape(_asked(one))
    if titles is not None:
        what = f"<span>{escape(titles.get(plant, plant))}</span>: <span>{what}</span>"
    return (
        f'<tr><td class="t">{begun}</td><td>{what}</td><td>{state}{more}</td>'
        f"<td>{escape(one.who)}</td><td>{act}</td></tr>"
    )


def _asked(one: Comparison) -> str:
    asked = one.asked
    chosen = (
        f"{len(asked.upgrades)} upgrades"
        if len(asked.upgrades) > 1
        else "".join(asked.upgrades) or "all upgrades"
    )
    return f"{chosen} at {asked.level}"
