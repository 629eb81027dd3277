"""OEE with its arithmetic unfolded, and the output and times behind it."""

import re
from collections.abc import Mapping
from html import escape
from typing import Any

from edge.api.query import display_unit
from edge.web.unit_view import number
from edge.web.wording import length, percent
from twin.model.declaration import Declaration

_FACTORS = (
    ("A", "Availability", "availability"),
    ("E", "Effectiveness", "effectiveness"),
    ("Q", "Quality ratio", "quality_ratio"),
)
_MEANING = (
    ("APT", "actual production time"), ("PBT", "planned busy time"), ("PRI", "planned run time per item"),
    ("PQ", "processed quantity"), ("GQ", "good quantity"),
)  # fmt: skip
_TIMES = frozenset({"APT", "PBT", "PRI·PQ", "AUST", "ADET", "ADOT"})


def arithmetic(figure: Mapping[str, Any]) -> str:
    """Put a figure's inputs into its formula.

    >>> arithmetic({"formula": "APT / PBT", "inputs": {"APT": 3096.0, "PBT": 3600.0}})
    '3\u202f096 s / 3\u202f600 s'
    """
    inputs = figure["inputs"]
    if not inputs:
        return ""
    symbols = sorted(inputs, key=len, reverse=True)
    pattern = "|".join(re.escape(symbol) for symbol in symbols)

    def value(match: re.Match[str]) -> str:
        symbol = match[0]
        return number(inputs[symbol], "s" if symbol in _TIMES else "")

    return re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", value, figure["formula"])


def oee_html(figures: Mapping[str, Mapping[str, Any]], window: str, hours: str) -> str:
    """Draw the OEE index large, its three factors with the numbers they come from, and `hours` below."""
    index = figures["oee_index"]
    if index["value"] is None:
        head = f'<div class="oee-big quiet">–</div><p class="note">{escape(index["note"])}</p>'
    else:
        head = f'<div class="oee-big">{100 * index["value"]:.1f}<small> %</small></div>'
        if index["note"]:
            head += f'<p class="note">{escape(index["note"])}</p>'
    parts = []
    for letter, name, key in _FACTORS:
        figure = figures[key]
        value = figure["value"]
        width = 0.0 if value is None else 100 * min(1.0, max(0.0, value))
        sum_text = (
            f"{escape(figure['note'])}"
            if value is None
            else f"{escape(figure['formula'])} = {escape(arithmetic(figure))}"
        )
        parts.append(
            f'<div class="factor"><span class="name">{letter} · {name}</span><span class="res">{percent(value)}</span>'
            f'<span class="sum">{sum_text}</span>'
            f'<div class="track"><div class="fill" style="width:{width:.1f}%"></div></div></div>'
        )
    product = " × ".join(percent(figures[key]["value"]) for _, _, key in _FACTORS)
    meaning = "; ".join(f"{symbol} {words}" for symbol, words in _MEANING)
    return (
        f'<div>{head}<p class="note">OEE = A × E × Q = {product}</p><p class="note">{escape(window)}</p></div>'
        f'<div>{"".join(parts)}</div>{hours}<p class="note small">{meaning}</p>'
    )


def output_html(figures: Mapping[str, Mapping[str, Any]], declaration: Declaration) -> str:
    """List output, rates and reliability of the line."""
    unit = display_unit(declaration.units[0].count_unit)

    def value(name: str, key: str | None = None) -> float | None:
        figure = figures.get(name)
        found = None if figure is None else figure["value"] if key is None else figure["inputs"].get(key)
        return None if found is None else float(found)

    def quantity(found: float | None) -> str:
        return "–" if found is None else number(found, unit)

    def with_unit(name: str) -> str:
        found = value(name)
        return "–" if found is None else number(found, figures[name]["unit"])

    def spell(found: float | None, why: str = "–") -> str:
        return why if found is None else length(found)

    rows = (
        ("Good quantity", quantity(value("quality_ratio", "GQ"))),
        ("Processed quantity", quantity(value("quality_ratio", "PQ"))),
        ("Good output per planned hour", with_unit("good_rate")),
        ("Scrap ratio", percent(value("scrap_ratio"))),
        ("Rework ratio", percent(value("rework_ratio"))),
        ("First-pass yield", percent(value("first_pass_yield"))),
        ("Good output per labour hour", with_unit("labour_productivity")),
        ("Conversion cost", with_unit("conversion_cost_per_good_unit")),
        ("Planned busy time", spell(value("availability", "PBT"))),
        ("Actual production time", spell(value("availability", "APT"))),
        ("Mean time between failures", spell(value("mtbf"), "no failure")),
        ("Mean time to repair", spell(value("mttr"), "no failure")),
    )
    return "".join(
        f'<div class="pair"><span class="key">{name}</span><span class="v">{escape(text)}</span></div>'
        for name, text in rows
    )
