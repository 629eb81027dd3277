"""A unit's page: trend with limits and alarms, states, condition and remaining life, control charts with capability."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode

from nicegui import ui

from edge.api.problem import Problem
from edge.api.time_range import DAY, MINUTE, TimeRange, rfc3339
from edge.characteristic import Charts, characteristics, charts
from edge.remaining_life import Condition, RemainingLife
from edge.store import Interval
from edge.web.board import Boards
from edge.web.condition import conditions_html
from edge.web.control_chart import charts_html, verdict_html
from edge.web.panel import choice, panel
from edge.web.timeline import axis_html, lane_svg, stretches
from edge.web.trend import RANGES, empty_trend, trend_options
from edge.web.unit_view import main_tag, number, state_words, tag_words
from edge.web.wording import length, local, percent, shape, state_mark, zone
from twin.model.declaration import Declaration, TagDeclaration, UnitDeclaration
from twin.model.frame import Sample
from twin.model.tag import Kind

_POINTS = 320
_STOPS = 12
_ALARMS = 500  # events that are looked through for marks on the trend
_FIGURES = (
    ("Availability", "availability"), ("Effectiveness", "effectiveness"), ("Quality ratio", "quality_ratio"),
    ("OEE", "oee_index"), ("Scrap ratio", "scrap_ratio"), ("Time between failures", "mtbf"),
    ("Time to repair", "mttr"), ("Non-productive energy", "non_productive_energy_share"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """What the page shows, read in one go."""

    last_ms: int
    latest: Mapping[str, Sample]
    figures: Mapping[str, Mapping[str, Any]]
    intervals: list[Interval]
    conditions: list[Condition]
    charts: Charts | None


class UnitPage:
    """One visitor's page of one unit; `utc_offset` places the plant's local time."""

    def __init__(
        self, boards: Boards, life: RemainingLife, declaration: Declaration, unit: UnitDeclaration, utc_offset: float
    ) -> None:  # fmt: skip
        self.boards = boards
        self.life = life
        self.declaration = declaration
        self.unit = unit
        self.utc_offset = utc_offset
        self.tags = {tag.name: tag for tag in unit.tags if tag.kind is not Kind.TEXT}
        self.qualities = {tag.name: tag for tag in characteristics(declaration, unit)}
        shown = main_tag(unit)
        self.tag = shown.name if shown is not None else next(iter(self.tags), "")
        self.quality = next(iter(self.qualities), "")
        self.range = "8 h" if declaration.line_kind == "process" else "1 h"
        self._drawn: tuple[str, str, int] | None = None
        self._last_ms: int | None = None
        self.parts: dict[str, ui.html] = {}

    async def build(self) -> None:
        """Lay out the page, filled."""
        view = await asyncio.to_thread(self._read)
        contents = self._contents(view)
        with ui.element("div").classes("grid"):
            with panel("w8", "Trend"):
                with ui.element("div").classes("head"):
                    ui.html(
                        _list_html("unit-tag", "Tag of the trend", "tag", self.tags, self.tag), sanitize=False
                    )
                    choice("Range of the trend", tuple(RANGES), self.range, self._choose_range)
                    self._part("files", "", "note grow")
                self.chart = ui.echart(empty_trend("reading …"), renderer="svg").classes("chart")
            with panel("w4", "Now and over 24 hours"):
                self._part("facts", contents["facts"], "dense")
            with panel("w8", "States of the last 24 hours"):
                self._part("states", contents["states"])
            with panel("w4", "Condition and remaining life"):
                self._part("condition", contents["condition"])
            with panel("w8", "Quality charts"):
                if self.qualities:
                    with ui.element("div").classes("head"):
                        known = _list_html(
                            "unit-quality", "Characteristic", "quality", self.qualities, self.quality
                        )
                        ui.html(known, sanitize=False)
                self._part("charts", contents["charts"])
            with panel("w4", "Stability and capability"):
                self._part("verdict", contents["verdict"])
        ui.on("tag", lambda event: self._choose_tag(str(event.args)))
        ui.on("quality", lambda event: self._choose_quality(str(event.args)))
        await self._draw_trend()

    async def tick(self) -> None:
        """Bring the page up to date; a plant that declared itself anew is loaded anew."""
        declarations = await asyncio.to_thread(self.boards.query.store.declarations)
        if any(
            one.plant == self.declaration.plant and one.epoch != self.declaration.epoch
            for one in declarations
        ):
            ui.navigate.reload()
            return
        await self._refresh()
        await self._draw_trend()

    async def _refresh(self) -> None:
        for name, content in self._contents(await asyncio.to_thread(self._read)).items():
            if self.parts[name].content != content:
                self.parts[name].content = content

    def _part(self, name: str, content: str, classes: str = "") -> None:
        self.parts[name] = ui.html(content, sanitize=False).classes(f"part {classes}")

    # -- choices -------------------------------------------------------------------------------------------

    async def _choose_range(self, name: str) -> None:
        self.range = name
        await self._draw_trend()

    async def _choose_tag(self, name: str) -> None:
        if name in self.tags:
            self.tag = name
            await self._draw_trend()

    async def _choose_quality(self, name: str) -> None:
        if name in self.qualities:
            self.quality = name
            await self._refresh()

    # -- reading -------------------------------------------------------------------------------------------

    def _read(self) -> _View | None:
        declaration, unit, boards = self.declaration, self.unit, self.boards
        query, store = boards.query, boards.query.store
        key = (declaration.plant, declaration.epoch, unit.name)
        latest = boards.kept((*key, "latest"), 0.9, lambda: query.latest(declaration, [unit.name]))
        last = max((sample.time_ms for sample in latest.values()), default=None)
        self._last_ms = last
        if last is None:
            return None
        end = last // MINUTE * MINUTE
        day = TimeRange(end - DAY, end)
        quality = self.qualities.get(self.quality)
        return _View(
            last_ms=last, latest=latest,
            figures=boards.kept(
                (*key, "figures"), 5.0, lambda: {one["name"]: one for one in query.figures(unit, day)}
            ),
            intervals=boards.kept(
                (*key, "intervals"), 5.0, lambda: store.intervals(unit.path, day.start_ms, last + 1)
            ),
            conditions=boards.kept(
                (*key, "life"), 20.0, lambda: self.life.conditions(declaration, unit, latest, last)
            ),
            charts=None if quality is None else boards.kept(
                (*key, "quality", quality.name), 5.0,
                lambda: charts(store, declaration, unit, quality, last + 1),
            ),
        )  # fmt: skip

    # -- drawing -------------------------------------------------------------------------------------------

    def _contents(self, view: _View | None) -> dict[str, str]:
        if view is None:
            empty = '<p class="empty">No data of this unit yet.</p>'
            return dict.fromkeys(("facts", "states", "condition", "charts", "verdict"), empty)
        offset = self.utc_offset
        none = '<p class="empty">This unit measures no characteristic.</p>'
        return {
            "facts": self._facts(view),
            "states": states_html(view.intervals, view.last_ms, self.unit.title, offset),
            "condition": conditions_html(view.conditions, self.unit, offset),
            "charts": none if view.charts is None else charts_html(view.charts, offset),
            "verdict": "" if view.charts is None else verdict_html(view.charts, offset),
        }

    def _facts(self, view: _View) -> str:
        now = view.intervals[-1] if view.intervals and view.intervals[-1].end_ms is None else None
        style, words = state_words(None, "") if now is None else state_words(now.state, now.reason)
        since = (
            ""
            if now is None
            else f' <span class="quiet">for {length((view.last_ms - now.start_ms) / 1000)}</span>'
        )
        rows = [("State", state_mark(style, words) + since)]
        for title, name in _FIGURES:
            figure = view.figures.get(name)
            if figure is not None:
                rows.append((title, _figure(figure)))
        rows += [
            (name.removeprefix("energy/").replace("_", " ").capitalize(), _figure(figure))
            for name, figure in view.figures.items()
            if name.startswith("energy/") and name.count("/") == 1
        ]
        return "".join(
            f'<div class="pair"><span class="key">{escape(title)}</span><span class="v">{text}</span></div>'
            for title, text in rows
        )

    async def _draw_trend(self) -> None:
        """Redraw the trend when tag or range changed or a new bucket has begun."""
        if self._last_ms is None or self.tag not in self.tags:
            return
        width, tag = RANGES[self.range], self.tags[self.tag]
        end = self._last_ms + 1
        drawn = (self.tag, self.range, end // max(2_000, width // _POINTS))
        if drawn == self._drawn:
            return
        self._drawn = drawn
        span = TimeRange(end - width, end)
        options = await asyncio.to_thread(self._trend, tag, span)
        self.chart.options.clear()
        self.chart.options.update(options)
        self.chart.update()
        self.parts["files"].content = self._files(span)

    def _trend(self, tag: TagDeclaration, span: TimeRange) -> dict[str, Any]:
        query = self.boards.query
        try:
            series = query.series(self.declaration, f"{self.unit.name}/{tag.name}", span, points=_POINTS)
        except (Problem, KeyError):
            return empty_trend("this tag cannot be read now")
        if not len(series["time_ms"]):
            return empty_trend("no samples of this tag in this range yet")
        alarms = [
            event
            for event in query.store.events(self.unit.path, span.start_ms, span.end_ms, _ALARMS)
            if event.kind == "alarm" and event.tag == tag.name
        ]
        return trend_options(self.unit, tag, series, span, self.utc_offset, alarms)

    def _files(self, span: TimeRange) -> str:
        asked = {
            "path": f"{self.unit.name}/{self.tag}", "start": rfc3339(span.start_ms), "end": rfc3339(span.end_ms),
            "every": "raw",
        }  # fmt: skip
        links = "".join(
            f' <a href="/api/v1/plants/{escape(self.declaration.plant)}/series?'
            f'{escape(urlencode({**asked, "format": form}))}">{name}</a>'
            for form, name in (("csv", "CSV"), ("parquet", "Parquet"))
        )
        return f"Samples of this range as{links}; {zone(self.utc_offset)}"


def states_html(intervals: list[Interval], last_ms: int, title: str, utc_offset: float) -> str:
    """Draw the lane of the last 24 hours and list the newest stops."""
    span = TimeRange(last_ms - DAY, last_ms)
    lane = lane_svg(stretches(intervals, span, last_ms), title)
    rows = []
    for interval in reversed(intervals):
        style, words = state_words(interval.state, interval.reason)
        if style in ("run", "unknown"):
            continue
        end = last_ms if interval.end_ms is None else interval.end_ms
        so_far = " so far" if interval.end_ms is None else ""
        rows.append(
            f'<tr><td class="t">{local(interval.start_ms, utc_offset, "%d %b %H:%M:%S")}</td>'
            f'<td class="n">{length((end - interval.start_ms) / 1000)}{so_far}</td>'
            f"<td>{state_mark(style, words)}</td></tr>"
        )
        if len(rows) == _STOPS:
            break
    head = '<thead><tr><th>Since</th><th class="n">Lasted</th><th>State</th></tr></thead>'
    table = (
        f'<table class="list stops">{head}<tbody>{"".join(rows)}</tbody></table>'
        if rows
        else '<p class="note">No stop in this time.</p>'
    )
    named = {"run": "execute", "pause": "starved, blocked, waiting", "warn": "held", "fault": "fault",
             "setup": "set-up, maintenance", "off": "idle, stopped"}  # fmt: skip
    legend = "".join(f'<span class="{style}">{shape(style)}{text}</span>' for style, text in named.items())
    return f'{lane}{axis_html(span, utc_offset)}<div class="legend">{legend}</div><div class="scroll">{table}</div>'


def _figure(figure: Mapping[str, Any]) -> str:
    value = figure["value"]
    if value is None:
        return f'<span class="quiet" title="{escape(figure["note"], quote=True)}">–</span>'
    if figure["unit"] == "s":
        return length(float(value))
    return (
        percent(float(value)) if figure["unit"] in ("", "1") else escape(number(float(value), figure["unit"]))
    )


def _list_html(id_: str, label: str, event: str, tags: Mapping[str, TagDeclaration], chosen: str) -> str:
    options = "".join(
        f'<option value="{escape(name)}"{" selected" if name == chosen else ""}>'
        f"{escape(tag_words(tag, full=True))}</option>"
        for name, tag in tags.items()
    )
    return (
        f'<select class="knob" id="{id_}" aria-label="{label}" '
        f'onchange="emitEvent({json.dumps(event)[1:-1]!r}, this.value)">{options}</select>'
    )
