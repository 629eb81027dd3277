"""A unit's state now, and its figures over a range."""

from collections.abc import Mapping
from html import escape
from typing import Any

from edge.store import Interval
from edge.web.unit_view import number, state_words
from edge.web.wording import length, percent, state_mark

_FIGURES = (
    ("Availability", "availability"), ("Effectiveness", "effectiveness"), ("Quality ratio", "quality_ratio"),
    ("OEE", "oee_index"), ("Scrap ratio", "scrap_ratio"), ("Time between failures", "mtbf"),
    ("Time to repair", "mttr"), ("Non-productive energy", "non_productive_energy_share"),
)  # fmt: skip


def facts_html(figures: Mapping[str, Mapping[str, Any]], now: Interval | None, last_ms: int) -> str:
    """List the state that lasts and since when, the figures of production, and energy by carrier."""
    style, words = state_words(None, "") if now is None else state_words(now.state, now.reason)
    since = ""
    if now is not None:
        since = f' <span class="quiet">for {length((last_ms - now.start_ms) / 1000)}</span>'
    rows = [("State", state_mark(style, words) + since)]
    rows += [(title, _figure(figures[name])) for title, name in _FIGURES if name in figures]
    rows += [
        (name.removeprefix("energy/").replace("_", " ").capitalize(), _figure(figure))
        for name, figure in figures.items()
        if name.startswith("energy/") and name.count("/") == 1
    ]
    return "".join(
        f'<div class="pair"><span class="key">{escape(title)}</span><span class="v">{text}</span></div>'
        for title, text in rows
    )


def _figure(figure: Mapping[str, Any]) -> str:
    value = figure["value"]
    if value is None:
        return f'<span class="quiet" title="{escape(figure["note"], quote=True)}">–</span>'
    if figure["unit"] == "s":
        return length(float(value))
    return (
        percent(float(value)) if figure["unit"] in ("", "1") else escape(number(float(value), figure["unit"]))
    )
