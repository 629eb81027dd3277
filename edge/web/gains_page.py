"""Gains, live: plants of one model side by side, and the difference beside what the papers report."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from nicegui import ui

from edge.api.time_range import DAY, MINUTE, TimeRange, rfc3339
from edge.web.board import Boards
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


@dataclass(frozen=True, slots=True)
class Pair:
    """Two plants of one model over the same time: figures by name, each as the API tells it."""

    model: str
    names: tuple[str, str]
    span: TimeRange
    before: Mapping[str, Mapping[str, Any]]
    after: Mapping[str, Mapping[str, Any]]


class GainsPage:
    """One visitor's page of all pairs."""

    def __init__(self, boards: Boards) -> None:
        self.boards = boards
        self.part: ui.html | None = None

    async def build(self) -> None:
        """Lay out the page."""
        self.part = ui.html(await asyncio.to_thread(self._read), sanitize=False).classes("part stack")

    async def tick(self) -> None:
        """Bring the page up to date."""
        content = await asyncio.to_thread(self._read)
        if self.part is not None and self.part.content != content:
            self.part.content = content

    def _read(self) -> str:
        pairs = self.boards.kept(("gains",), 5.0, lambda: live_pairs(self.boards))
        return gains_html(pairs)


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
