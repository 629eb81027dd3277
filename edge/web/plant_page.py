"""A plant's page: panels that are redrawn only where something changed."""

import asyncio
import json
from collections.abc import Mapping
from html import escape

from nicegui import ui

from edge.web import mimic
from edge.web.alarm_list import events_html
from edge.web.board import EVENTS, WINDOWS, Board, Boards
from edge.web.energy import energy_html
from edge.web.hours import hours_html
from edge.web.knobs import knobs
from edge.web.losses import losses_html
from edge.web.oee import oee_html, output_html
from edge.web.order_list import orders_html
from edge.web.overview import plant_state, progress_html
from edge.web.panel import choice, panel
from edge.web.period import Period, live_html, period_html
from edge.web.timeline import timeline_html
from edge.web.trend import empty_trend, ranges_of, trend_options, trend_span, trend_tags
from edge.web.unit_view import GLYPHS, main_tag, tag_words, telling_tag
from edge.web.wording import LATE_S, length, local, shape, state_mark, zone

_POINTS = 320


class PlantPage:
    """One visitor's page of one plant, live or of a `period`; `utc_offset` places the plant's local time."""

    def __init__(self, boards: Boards, board: Board, utc_offset: float, period: Period | None = None) -> None:
        self.boards = boards
        self.board = board
        self.utc_offset = utc_offset
        self.plant = board.declaration.plant
        self.period = period
        self.tags = {f"{unit.name}/{tag.name}": (unit, tag) for unit, tag in trend_tags(board.declaration)}
        self.tag = self._first_tag()
        self.ranges, self.range = ranges_of(board.declaration.line_kind, chosen=period is not None)
        self.trend_drawn: tuple[str, str, int] | None = None
        self.parts: dict[str, ui.html] = {}

    # -- structure -----------------------------------------------------------------------------------------

    def build(self) -> None:
        """Lay out the page, filled with what is known already."""
        board, declaration = self.board, self.board.declaration
        with ui.element("header").classes("top"):
            told = {
                "energy": True,
                "events": True,
                "faults": declaration.faults,
                "upgrades": declaration.upgrades,
                "compare": declaration.upgrades,
            }
            ways = "".join(
                f' / <a href="/plants/{escape(self.plant)}/{name}{self._kept if name == "energy" else ""}">'
                f"{name.title()}</a>"
                for name, some in told.items()
                if some
            )
            ui.html(
                f'<p class="crumb"><a href="/">All plants</a>{ways}</p><h1>{escape(declaration.title)}</h1>',
                sanitize=False,
            )
            self._part("facts", self._facts(board), "top grow")
            page = f"/plants/{self.plant}"
            if self.period is None:
                choice("Window of the figures", WINDOWS, board.window, self._choose_window)
            else:
                ui.html(live_html(page), sanitize=False)
            ranges = period_html(page, self.period, board.span, self.utc_offset)
            ui.html(ranges, sanitize=False).classes("ranges")
            knobs()
        with ui.element("div").classes("grid"):
            self._part("progress", progress_html(board.status), "w12")
            with panel("w9", "Line"):
                self.mimic = ui.html(
                    mimic.svg(declaration, board.view) + mimic.svg(declaration, board.view, upright=True),
                    sanitize=False,
                ).classes("mimic-part")
                ui.html(_legend(), sanitize=False).classes("legend")
            with panel("w3", "Overall equipment effectiveness"):
                self._part("oee", "", "tall")
        # Two columns of their own heights; the list of events takes what is left of the first.
        with ui.element("div").classes("split"):
            with ui.element("div").classes("column"):
                with panel("", "Trend") as trend:
                    trend.props('id="trend"')
                    self._trend_controls()
                    self.chart = ui.echart(empty_trend("reading …"), renderer="svg").classes("chart")
                with panel("", "States of the units"):
                    self._part("timeline", "")
                with panel("rest", "Events"):
                    self._part("events", "", "scroll")
            with ui.element("div").classes("column"):
                with panel("", "Output and time"):
                    self._part("output", "", "dense")
                with panel("", "Six big losses"):
                    self._part("losses", "")
                with panel("", "Energy"):
                    self._part("energy", "")
                with panel("grown", "Orders"):
                    self._part("orders", "", "scroll")
        ui.on("unit", lambda event: self._choose_unit(str(event.args)))
        self._fill(board)

    def _part(self, name: str, content: str, classes: str = "") -> None:
        self.parts[name] = ui.html(content, sanitize=False).classes(f"part {classes}")
        if "scroll" in classes:  # within reach of the keyboard
            self.parts[name].props("tabindex=0")

    def _trend_controls(self) -> None:
        groups = []
        for unit in self.board.declaration.units:
            options = "".join(
                f'<option value="{path}"{" selected" if path == self.tag else ""}>{escape(unit.title)}: '
                f"{escape(tag_words(tag))}</option>"
                for path, (owner, tag) in self.tags.items()
                if owner is unit
            )
            groups.append(f'<optgroup label="{escape(unit.title)}">{options}</optgroup>')
        with ui.element("div").classes("head"):
            ui.html(
                f'<select class="knob" id="trend-tag" aria-label="Tag of the trend" '
                f"onchange=\"emitEvent('tag', this.value)\">{''.join(groups)}</select>",
                sanitize=False,
            )
            choice("Range of the trend", self.ranges, self.range, self._choose_range)
            self._part("trend_note", "", "note grow")
        ui.on("tag", lambda event: self._choose_tag(str(event.args)))

    @property
    def _kept(self) -> str:
        """What an address of another page needs to show the same range."""
        return "" if self.period is None else escape(self.period.query())

    # -- choices -------------------------------------------------------------------------------------------

    async def _choose_window(self, name: str) -> None:
        found = await asyncio.to_thread(self.boards.board, self.plant, name)
        if found is not None:
            self._show(found)

    async def _choose_range(self, name: str) -> None:
        self.range = name
        await self.draw_trend()

    async def _choose_tag(self, path: str) -> None:
        if path in self.tags:
            self.tag = path
            ui.run_javascript(f"edgePage.select({json.dumps(path.partition('/')[0])})")
            await self.draw_trend()

    async def _choose_unit(self, name: str) -> None:
        unit = next((one for one in self.board.declaration.units if one.name == name), None)
        shown = main_tag(unit) if unit is not None else None
        if shown is None:
            return
        path = f"{name}/{shown.name}"
        ui.run_javascript(f"edgePage.choose('trend-tag', {json.dumps(path)})")
        await self._choose_tag(path)

    def _first_tag(self) -> str:
        telling = telling_tag(self.board.declaration)
        return "/".join(telling) if telling is not None else next(iter(self.tags), "")

    # -- live ----------------------------------------------------------------------------------------------

    async def tick(self) -> None:
        """Bring the page up to date; a plant that declared itself anew is loaded anew."""
        found = await asyncio.to_thread(self.boards.board, self.plant, self.period or self.board.window)
        if found is None:
            return
        if found.declaration.epoch != self.board.declaration.epoch:
            ui.navigate.reload()
            return
        self._show(found)
        await self.draw_trend()

    def _show(self, board: Board) -> None:
        change = mimic.patch(self.board.view, board.view, board.declaration)
        self.board = board
        if change:
            ui.run_javascript(f"edgePage.patch({json.dumps(change)})")
        self._fill(board)

    def _fill(self, board: Board) -> None:
        offset = self.utc_offset
        begin = local(board.span.start_ms, offset, "%d %b %H:%M")
        end = local(board.span.end_ms, offset, "%H:%M" if self.period is None else "%d %b %H:%M")
        window = f"{begin} to {end}, {zone(offset)}"
        contents: Mapping[str, str] = {
            "facts": self._facts(board),
            "progress": progress_html(board.status),
            "oee": oee_html(board.figures, f"{board.window}: {window}", hours_html(board.hours, offset)),
            "output": output_html(board.figures, board.declaration),
            "timeline": timeline_html(board.declaration, board.lanes, board.span, offset),
            "losses": losses_html(board.losses),
            "energy": energy_html(board.energy, offset, board.energy_peak_ms, board.span),
            "orders": orders_html(board.orders, offset),
            "events": events_html(
                board.events,
                board.declaration.line_path,
                offset,
                titles={unit.name: unit.title for unit in board.declaration.units if unit.role != "line"},
                partial=len(board.events) == EVENTS,
            ),
        }
        for name, content in contents.items():
            part = self.parts[name]
            if part.content != content:
                part.content = content
        self.parts["progress"].set_visibility(bool(contents["progress"]))

    def _facts(self, board: Board) -> str:
        style, words = plant_state(board.status)
        link = board.status["link"]
        newest = board.status["last_ms"]
        facts = [
            ("State", state_mark(style, words)),
            ("Shift", escape(board.line("shift") or "none")),
            ("Order", escape(board.line("order") or "none")),
            ("Product", escape(board.line("product").replace("_", " ") or "none")),
            (
                "Newest data",
                "none yet" if newest is None else local(newest, self.utc_offset, "%d %b %H:%M:%S"),
            ),
            ("Link", "none" if link is None else escape(link["state"])),
            ("Units in alarm", str(sum(bool(unit.alarm) for unit in board.view.units.values()))),
        ]
        if active := board.active_faults():
            facts.append(("Faults", state_mark("fault", f"{active} active")))
        behind = board.status["behind_s"]
        if behind is not None and behind > LATE_S:
            facts.append(("Lag", state_mark("warn", length(behind))))
        return "".join(
            f'<div class="fact"><span class="key">{name}</span><span class="val">{text}</span></div>'
            for name, text in facts
        )

    async def draw_trend(self) -> None:
        """Redraw the trend when tag or range changed or a new bucket has begun."""
        if self.tag not in self.tags or self.board.status["last_ms"] is None:
            return
        unit, tag = self.tags[self.tag]
        span = trend_span(
            self.range, self.board.status["last_ms"], None if self.period is None else self.board.span
        )
        drawn = (self.tag, self.range, span.end_ms // max(2_000, span.width_ms // _POINTS))
        if drawn == self.trend_drawn:
            return
        self.trend_drawn = drawn
        query, declaration = self.boards.query, self.board.declaration
        series = await asyncio.to_thread(query.series, declaration, self.tag, span, points=_POINTS)
        if len(series["time_ms"]):
            options = trend_options(unit, tag, series, span, self.utc_offset)
        else:
            options = empty_trend("no samples of this tag in this range yet")
        self.chart.options.clear()
        self.chart.options.update(options)
        self.chart.update()
        told = escape(
            f"{_sentence(tag.description or tag.name)}. Line: mean, band: lowest to highest "
            f"per {length(series['every_ms'] / 1000)}, "
            f"{zone(self.utc_offset)}."
        )
        link = f"/plants/{escape(self.plant)}/units/{escape(unit.name)}{self._kept}"
        self.parts["trend_note"].content = f'{told} <a href="{link}">All of {escape(unit.title)}</a>'


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _legend() -> str:
    words = {
        "run": "execute", "pause": "starved, blocked, waiting", "setup": "set-up, maintenance", "warn": "held",
        "fault": "fault", "off": "idle, stopped",
    }  # fmt: skip
    assert set(words) <= set(GLYPHS)
    return "".join(f'<span class="{style}">{shape(style)}{text}</span>' for style, text in words.items())
