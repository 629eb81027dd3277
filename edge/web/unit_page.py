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
from edge.web.period import Period, live_html, period_html
from edge.web.timeline import LANES_DAYS
from edge.web.trend import empty_trend, ranges_of, trend_options, trend_span
from edge.web.unit_facts import facts_html
from edge.web.unit_states import states_html
from edge.web.unit_view import main_tag, tag_words
from edge.web.wording import zone
from twin.model.declaration import Declaration, TagDeclaration, UnitDeclaration
from twin.model.frame import Sample
from twin.model.tag import Kind

_POINTS = 320
_ALARMS = 500  # events that are looked through for marks on the trend


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """What the page shows, read in one go."""

    last_ms: int
    span: TimeRange
    latest: Mapping[str, Sample]
    figures: Mapping[str, Mapping[str, Any]]
    intervals: list[Interval] | None
    now: Interval | None
    conditions: list[Condition]
    charts: Charts | None


class UnitPage:
    """One visitor's page of one unit, live or of a `period`; `utc_offset` places the plant's local time."""

    def __init__(
        self, boards: Boards, life: RemainingLife, declaration: Declaration, unit: UnitDeclaration, utc_offset: float,
        period: Period | None = None,
    ) -> None:  # fmt: skip
        self.boards = boards
        self.life = life
        self.declaration = declaration
        self.unit = unit
        self.utc_offset = utc_offset
        self.period = period
        self.tags = {tag.name: tag for tag in unit.tags if tag.kind is not Kind.TEXT}
        self.qualities = {tag.name: tag for tag in characteristics(declaration, unit)}
        shown = main_tag(unit)
        self.tag = shown.name if shown is not None else next(iter(self.tags), "")
        self.quality = next(iter(self.qualities), "")
        self.ranges, self.range = ranges_of(declaration.line_kind, chosen=period is not None)
        self._drawn: tuple[str, str, int] | None = None
        self._last_ms: int | None = None
        self.parts: dict[str, ui.html] = {}

    async def build(self) -> None:
        """Lay out the page, filled."""
        view = await asyncio.to_thread(self._read)
        contents = self._contents(view)
        self._place_period(view)
        when = "last 24 hours" if self.period is None else "range"
        with ui.element("div").classes("grid"):
            with panel("w8", "Trend"):
                with ui.element("div").classes("head"):
                    ui.html(
                        _list_html("unit-tag", "Tag of the trend", "tag", self.tags, self.tag), sanitize=False
                    )
                    choice("Range of the trend", self.ranges, self.range, self._choose_range)
                    self._part("files", "", "note grow")
                self.chart = ui.echart(empty_trend("reading …"), renderer="svg").classes("chart")
            with panel("w4", "Now and over 24 hours" if self.period is None else "Now and over the range"):
                self._part("facts", contents["facts"], "dense")
            with panel("w8", f"States of the {when}"):
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

    def _place_period(self, view: _View | None) -> None:
        page = f"/plants/{self.declaration.plant}/units/{self.unit.name}"
        now = self.boards.query.clock_ms()
        span = TimeRange(now - DAY, now) if view is None else view.span
        with ui.element("div").classes("top"):
            if self.period is not None:
                ui.html(live_html(page), sanitize=False)
            ui.html(period_html(page, self.period, span, self.utc_offset), sanitize=False).classes("ranges")

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
        day = TimeRange(end - DAY, end) if self.period is None else self.period.span(end)
        until = last + 1 if self.period is None else min(day.end_ms, last + 1)
        quality = self.qualities.get(self.quality)
        over, held_s = (*key, str(self.period)), boards.lasting(5.0, day, last)
        intervals = None if day.width_ms > LANES_DAYS * DAY else boards.kept(
            (*over, "intervals"), held_s, lambda: store.intervals(unit.path, day.start_ms, until)
        )  # fmt: skip
        newest = intervals if self.period is None else boards.kept(
            (*key, "now"), 0.9, lambda: store.intervals(unit.path, last, last + 1)
        )  # fmt: skip
        return _View(
            last_ms=last, span=day, latest=latest,
            figures=boards.kept(
                (*over, "figures"), held_s, lambda: {one["name"]: one for one in query.figures(unit, day)}
            ),
            intervals=intervals,
            now=newest[-1] if newest and newest[-1].end_ms is None else None,
            conditions=boards.kept(
                (*key, "life"), 20.0, lambda: self.life.conditions(declaration, unit, latest, last)
            ),
            charts=None if quality is None else boards.kept(
                (*over, "quality", quality.name), held_s,
                lambda: charts(store, declaration, unit, quality, until),
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
            "facts": facts_html(view.figures, view.now, view.last_ms),
            "states": states_html(view.intervals, self._shown(view), view.last_ms, self.unit.title, offset),
            "condition": conditions_html(view.conditions, self.unit, offset),
            "charts": none if view.charts is None else charts_html(view.charts, offset),
            "verdict": "" if view.charts is None else verdict_html(view.charts, offset),
        }

    def _shown(self, view: _View) -> TimeRange:
        """Return the range of the states: live, up to the newest sample."""
        return TimeRange(view.last_ms - DAY, view.last_ms) if self.period is None else view.span

    async def _draw_trend(self) -> None:
        """Redraw the trend when tag or range changed or a new bucket has begun."""
        if self._last_ms is None or self.tag not in self.tags:
            return
        tag, end = self.tags[self.tag], self._last_ms // MINUTE * MINUTE
        span = trend_span(self.range, self._last_ms, None if self.period is None else self.period.span(end))
        drawn = (self.tag, self.range, span.end_ms // max(2_000, span.width_ms // _POINTS))
        if drawn == self._drawn:
            return
        self._drawn = drawn
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
