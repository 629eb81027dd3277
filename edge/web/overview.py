"""The overview: one card a plant, and whom the edge waits for."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from edge.web.alarm_list import newest_html
from edge.web.board import Card
from edge.web.hours import hours_html
from edge.web.timeline import axis_html, lane_svg
from edge.web.unit_view import UnitView, number, state_words
from edge.web.wording import LATE_S, length, percent, shape, state_mark
from twin.model.state import State

FIGURES = (  # title, name, whether it is an energy and no share
    ("OEE", "oee_index", False),
    ("Availability", "availability", False),
    ("Effectiveness", "effectiveness", False),
    ("Quality ratio", "quality_ratio", False),
    ("Defect rate", "defect_rate", False),
    ("Specific energy", "specific_energy", True),
)


def plant_state(status: Mapping[str, Any]) -> tuple[str, str]:
    """Return (style, words) of a plant's line; of one that is stale how long nothing was heard, in a warning."""
    if status["data"] == "stale":
        return "warn", f"Stale: no data for {length(status['behind_s'])}"
    state = None if status["state"] is None else int(State[str(status["state"]).upper()])
    return state_words(state, status["reason"] or "")


def progress_html(status: Mapping[str, Any]) -> str:
    """Draw how much of the history has arrived while the edge catches up; empty when it is up to date."""
    behind = status["behind_s"]
    if behind is None:
        return '<p class="note">Waiting for the first data of this plant.</p>'
    if behind < 90.0 and status["data"] != "stale":
        return ""
    if status["data"] == "stale":
        link = status["link"]
        told = (
            "no link"
            if link is None
            else f"link {link['state']}{': ' + link['detail'] if link['detail'] else ''}"
        )
        return f'<p class="note"><b>No new data for {length(behind)}</b> ({escape(told)})</p>'
    whole = max(1.0, status["now_ms"] - status["start_ms"])
    share = min(1.0, max(0.0, (status["last_ms"] - status["start_ms"]) / whole))
    return (
        f'<p class="note">History is filling: {100 * share:.0f} %, {length(behind)} still to come</p>'
        f'<div class="progress" role="progressbar" aria-valuenow="{100 * share:.0f}" '
        'aria-valuemin="0" aria-valuemax="100" '
        f'aria-label="history"><div class="fill" style="width:{100 * share:.1f}%"></div></div>'
    )


def waiting_html(links: Sequence[Mapping[str, Any]]) -> str:
    """Say which addresses have not told their plant yet, and how their links do."""
    if not links:
        return ""
    rows = "".join(
        f"<li>Waiting for a plant at <b>{escape(link['address'])}</b>: link {escape(link['state'])}"
        f"{', ' + escape(link['detail']) if link['detail'] else ''}</li>"
        for link in links
    )
    return f'<ul class="note" style="padding-left:20px">{rows}</ul>'


def card_html(card: Card, utc_offset: float) -> str:
    """Draw one plant's card, a link to its page: figures, its units now, its states and its OEE of late."""
    plant = card.plant
    figures = {figure["name"]: figure for figure in plant["headline"]}
    status = plant["status"]
    style, words = plant_state(status)

    def value(name: str) -> float | None:
        found = figures.get(name, {}).get("value")
        return None if found is None else float(found)

    def shown(name: str, key: str | None = None, unit: str = "") -> str:
        figure = figures.get(name)
        found = None if figure is None else figure["value"] if key is None else figure["inputs"].get(key)
        return "–" if found is None or figure is None else number(float(found), unit or figure["unit"])

    alarms = sum(bool(unit.alarm) for unit in card.view.units.values())
    right = [
        ("Good output", shown("quality_ratio", "GQ", plant["product_unit"])),
        ("Conversion cost", shown("conversion_cost_per_good_unit")),
        ("Units in alarm", str(alarms)),
    ]
    return (
        f'<a class="panel card" href="/plants/{escape(plant["plant"])}"><div class="title"><div>'
        f'<h2>{escape(plant["title"])}</h2><p class="note">{escape(plant["industry"].replace("_", " "))}, '
        f"{escape(plant['line_kind'])} line</p></div>{state_mark(style, words)}</div>"
        f'<div class="sums"><div><div class="key">OEE, {escape(plant["headline_window"])}</div>'
        f'<div class="oee-big">{percent(value("oee_index"))}</div></div>'
        f"<div>{_pairs(right)}</div></div>{against_html(card, figures)}"
        f"{_units_html(card)}"
        f'<div><div class="key">State of the line, last 8 hours</div>{lane_svg(card.lane, "the line, last 8 hours")}'
        f"{axis_html(card.span, utc_offset)}</div>"
        f"{hours_html(card.hours, utc_offset)}{newest_html(card.events, utc_offset)}"
        f'<p class="note foot">{_source(status)}</p>{progress_html(status)}</a>'
    )


def against_html(card: Card, figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Draw the main figures against those of the data sheet and those of the 24 hours before."""
    product = "piece" if card.plant["product_unit"] == "pcs" else card.plant["product_unit"]
    rows = ""
    for title, name, energy in FIGURES:
        figure = figures.get(name, {})
        value = figure.get("value")
        cells = (
            _written(value, energy),
            _against(value, card.targets.get(name), energy),
            _against(value, card.before.get(name), energy),
        )
        unit = f' <span class="quiet">kWh/{escape(product)}</span>' if energy else ""
        told = "".join(f'<td class="n">{cell}</td>' for cell in cells)
        rows += f"<tr><td>{title}{unit}</td>{told}</tr>"
    raised, earlier = ("–" if count is None else str(count) for count in card.alarms)
    counts = "".join(f'<td class="n">{text}</td>' for text in (raised, "–", earlier))
    rows += f"<tr><td>Alarms raised</td>{counts}</tr>"
    head = '<th></th><th class="n">Last 24 h</th><th class="n">Data sheet</th><th class="n">Day before</th>'
    return f'<table class="list against"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _written(value: float | None, energy: bool) -> str:
    return "–" if value is None else number(value) if energy else percent(value)


def _against(value: float | None, other: float | None, energy: bool) -> str:
    """Return the other figure and how far the present one is from it: in points, energy in per cent."""
    if other is None:
        return "–"
    if value is None or not other:
        return _written(other, energy)
    change = f"{100 * (value / other - 1):+.1f} %" if energy else f"{100 * (value - other):+.1f}"
    told = change.replace("-", "−")
    return f'{_written(other, energy)} <span class="quiet">{told}</span>'


def _pairs(facts: Sequence[tuple[str, str]]) -> str:
    return "".join(
        f'<div class="pair"><span class="key">{name}</span><span class="v">{escape(text)}</span></div>'
        for name, text in facts
    )


def _units_html(card: Card) -> str:
    """Draw the units in their order as small tiles: shape of the state, name, alarm."""

    def tile(unit: UnitView, title: str) -> str:
        alarm = f'<b class="{unit.severity}">{escape(unit.alarm.split()[0])}</b>' if unit.alarm else ""
        return (
            f'<span class="tile {unit.style}" title="{escape(unit.spoken(title))}">{shape(unit.style)}'
            f"<span>{escape(title)}</span>{alarm}</span>"
        )

    tiles = "".join(tile(unit, card.titles[name]) for name, unit in card.view.units.items())
    return f'<div class="tiles" role="img" aria-label="units and their states">{tiles}</div>'


def _source(status: Mapping[str, Any]) -> str:
    link, behind = status["link"], status["behind_s"]
    parts = [
        "no link" if link is None else f"link {link['state']}, {link['address']}",
        f"{number(float(status['samples']))} samples stored",
    ]
    if behind is not None and behind > LATE_S:
        parts.append(f"newest {length(behind)} old")
    return escape(" · ".join(parts))
