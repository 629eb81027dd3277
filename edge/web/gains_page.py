"""Gains: plants of one model side by side, live; below them what was compared here and measured beforehand."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from nicegui import ui

from edge.api.time_range import DAY, MINUTE, TimeRange, rfc3339
from edge.comparison import Comparison, Comparisons
from edge.measured import Measured, Run
from edge.web.board import Boards
from edge.web.compare_page import list_html
from edge.web.measured_view import measured_html, run_html
from edge.web.survey_view import survey_html
from edge.web.unit_view import number
from twin.kpi.headline import HEADLINES
from twin.model.declaration import Declaration

# The headline figures that a window of telemetry holds, and what they are called among the figures.
_FIGURES = {
    "productivity": "labour_productivity",
    "energy_utilisation": "energy_utilisation",
    "operating_cost": "conversion_cost_per_good_unit",
    "defect_rate": "defect_rate",
}
_BESIDE = (
    ("Good output an hour", "good_rate"), ("OEE", "oee_index"), ("Availability", "availability"),
    ("Effectiveness", "effectiveness"), ("Quality ratio", "quality_ratio"),
)  # fmt: skip
_COMPARISONS = 5  # the newest; the pages of the plants list all


@dataclass(frozen=True, slots=True)
class Pair:
    """Two plants of one model over the same time: figures by name, each as the API tells it."""

    model: str
    names: tuple[str, str]
    span: TimeRange
    before: Mapping[str, Mapping[str, Any]]
    after: Mapping[str, Mapping[str, Any]]


class GainsPage:
    """One visitor's page: what runs side by side now, comparisons, and what was measured beforehand."""

    def __init__(
        self, boards: Boards, comparisons: Comparisons, measured: Measured, utc_offset: float
    ) -> None:
        self.boards = boards
        self.comparisons = comparisons
        self.measured = measured
        self.utc_offset = utc_offset
        self.parts: list[ui.html] = []

    async def build(self) -> None:
        """Lay out the page."""
        with ui.element("div").classes("stack"):
            for content in await asyncio.to_thread(self._read):
                self.parts.append(ui.html(content, sanitize=False).classes("part stack"))

    async def tick(self) -> None:
        """Bring the page up to date."""
        for part, content in zip(self.parts, await asyncio.to_thread(self._read), strict=True):
            if part.content != content:
                part.content = content

    def _read(self) -> tuple[str, str, str, str]:
        """Return what is live, what was compared here, the measured plants and the survey."""
        boards, measured = self.boards, self.measured
        declarations = boards.query.store.declarations()
        live = boards.kept(("gains", "live"), 5.0, lambda: gains_html(live_pairs(boards)))
        compared = compared_html(
            declarations, self.comparisons.all(), boards.query.clock_ms(), self.utc_offset
        )
        plants = boards.kept(("gains", "measured"), 3600.0, lambda: measured_html(measured.runs()))
        titles = {run.plant: run.title for run in measured.runs()}
        survey = boards.kept(
            ("gains", "survey"), 5.0, lambda: survey_html(measured.survey(), titles, measured.own)
        )
        return live, compared, plants, survey


async def build_measured(boards: Boards, measured: Measured, run: Run) -> None:
    """Lay out what was measured of one plant, with the way to a comparison where a plant of its model runs here."""
    found, declarations = await asyncio.to_thread(
        lambda: (measured.survey(), boards.query.store.declarations())
    )
    ways = _compare_ways([one for one in declarations if (one.model or one.plant) == run.plant])
    ui.html(f"{run_html(run, found)}{ways}", sanitize=False).classes("part stack")


def compared_html(
    declarations: Sequence[Declaration], known: Sequence[Comparison], now_ms: int, utc_offset: float
) -> str:
    """Draw the ways to comparisons of the plants that run here, and the newest comparisons of all of them."""
    titles = {one.plant: one.title for one in declarations}
    return (
        '<section class="panel" aria-label="Comparisons"><h2>Compared here</h2>'
        f"{_compare_ways(declarations)}{list_html(known[:_COMPARISONS], now_ms, utc_offset, titles)}</section>"
    )


def _compare_ways(declarations: Sequence[Declaration]) -> str:
    ways = "".join(
        f'<a class="knob" href="/plants/{escape(one.plant, quote=True)}/compare"><span>{escape(one.title)}</span>'
        f'<span class="quiet" data-verbatim>{escape(one.plant)}</span></a>'
        for one in declarations
        if one.upgrades
    )
    if not ways:
        return ""
    return f'<div class="ways"><span class="note">Compare without and with upgrades:</span>{ways}</div>'


def live_pairs(boards: Boards) -> list[Pair]:
    """Return every model that runs more than once: the plant with the fewest upgrades against each other one."""
    query = boards.query
    by_model: dict[str, list[Declaration]] = {}
    for declaration in query.store.declarations():
        by_model.setdefault(declaration.model or declaration.plant, []).append(declaration)
    pairs = []
    for model, plants in by_model.items():
        base, *others = sorted(plants, key=lambda one: (len(_in_effect(boards, one)), one.plant))
        for other in others:
            lasts = [query.status(one)["last_ms"] for one in (base, other)]
            if None in lasts:
                continue
            end = min(lasts) // MINUTE * MINUTE
            span = TimeRange(max(end - DAY, base.start_ms, other.start_ms), end)
            if span.width_ms < MINUTE:
                continue
            before, after = (
                {figure["name"]: figure for figure in query.figures(one.units[0], span)}
                for one in (base, other)
            )
            pairs.append(Pair(model, (base.plant, other.plant), span, before, after))
    return pairs


def _in_effect(boards: Boards, declaration: Declaration) -> list[str]:
    line = declaration.units[0].path
    paths = {f"{line}/{upgrade.tag}_effect": upgrade.key for upgrade in declaration.upgrades}
    newest = boards.query.store.last(list(paths))
    return [paths[path] for path, sample in newest.items() if float(sample.value) > 0.0]


def gains_html(pairs: Sequence[Pair]) -> str:
    """Draw a table for each pair; says how to get one where there is none."""
    if not pairs:
        return (
            '<section class="panel"><p class="empty">No plant runs beside a second one of its kind. Start a pair with '
            "<b>twin demo --plants stamping --smart stamping</b>, or add one to a running edge with "
            "<b>twin run stamping --paradigm intelligent --name stamping-smart</b>.</p></section>"
        )
    return "".join(map(_pair_html, pairs))


def _pair_html(pair: Pair) -> str:
    hours = pair.span.width_ms / 3_600_000
    base, other = (escape(name) for name in pair.names)
    rows = [_headline_row(pair, one.name, one.title, one.definition, one.published) for one in HEADLINES]
    rows += [_row(pair, title, name, "", "") for title, name in _BESIDE]
    head = "".join(f"<th>{name}</th>" for name in ("Figure", base, other, "Difference", "308 projects"))
    return (
        f'<section class="panel" aria-label="{other} against {base}"><h2>{other} against {base}</h2>'
        f'<table class="list gains"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
        f'<p class="note small">{rfc3339(pair.span.start_ms)[:16]} to {rfc3339(pair.span.end_ms)[:16]} UTC, '
        f"{hours:.1f} h: one run of each with the same random streams, so a day shows the direction and not the size; "
        "twin compare gives intervals. Published: averages of 308 projects, 2015-2017 (Strategic Study of CAE 2018, "
        "20(4)). The R&amp;D period is no matter of a running plant: twin compare.</p></section>"
    )


def _headline_row(pair: Pair, name: str, title: str, definition: str, published: float) -> str:
    own = _FIGURES.get(name)
    if own is None:
        return f"<tr><td>{escape(title)}</td><td>–</td><td>–</td><td>–</td><td>{100 * published:+.1f} %</td></tr>"
    return _row(pair, title, own, definition, f"{100 * published:+.1f} %")


def _row(pair: Pair, title: str, name: str, definition: str, published: str) -> str:
    before, after = pair.before.get(name, {}), pair.after.get(name, {})
    values = before.get("value"), after.get("value")
    change = f"{100 * (values[1] / values[0] - 1):+.1f} %" if values[0] and values[1] is not None else "–"
    shown = "".join(f"<td>{_value(figure)}</td>" for figure in (before, after))
    hint = f'<div class="note small">{escape(definition)}</div>' if definition else ""
    return f"<tr><td>{escape(title)}{hint}</td>{shown}<td><b>{change}</b></td><td>{published}</td></tr>"


def _value(figure: Mapping[str, Any]) -> str:
    value = figure.get("value")
    if value is None:
        return "–"
    if figure["unit"] in ("", "1"):
        return f"{100 * value:.1f} %"
    return escape(number(float(value), figure["unit"]))
