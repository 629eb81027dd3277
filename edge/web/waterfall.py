"""A waterfall drawn: what each upgrade brings alone, how they interact, and what all bring together."""

from collections.abc import Mapping
from html import escape
from typing import Any

_ROW, _LEFT, _WIDTH, _RIGHT = 26, 210, 420, 120
_BAR = 14


def waterfall_svg(fall: Mapping[str, Any], titles: Mapping[str, str], label: str) -> str:
    """Draw `fall` (as `twin compare --json` tells it, log points) with a bar a row and the 95 % interval as a line.

    `titles` names the upgrades by key, `label` says what the picture shows. Bars begin where the one above ends.
    """
    rows: list[tuple[str, float, float, float]] = []  # title, where the bar begins, its length, half-width
    at = 0.0
    for step in fall["steps"]:
        single = step["single"]
        rows.append(
            (titles.get(step["upgrade"], step["upgrade"]), at, single["mean"], single["half_width"] or 0.0)
        )
        at += single["mean"]
    rows.append(("interaction", at, fall["interaction"], 0.0))
    total = fall["total"]
    rows.append(("all together", 0.0, total["mean"], total["half_width"] or 0.0))
    ends = [0.0, *(start + length + sign * half for _, start, length, half in rows for sign in (-1, 0, 1))]
    low, high = min(ends), max(ends)
    scale = _WIDTH / (high - low) if high > low else 1.0

    def place(value: float) -> float:
        return round(_LEFT + (value - low) * scale, 1)

    drawn = [f'<line class="zero" x1="{place(0)}" x2="{place(0)}" y1="0" y2="{_ROW * len(rows)}"/>']
    for number, (title, start, length, half) in enumerate(rows):
        top = number * _ROW + (_ROW - _BAR) / 2
        left, right = sorted((place(start), place(start + length)))
        middle, end = top + _BAR / 2, start + length
        kind = "all" if number == len(rows) - 1 else "inter" if number == len(rows) - 2 else "one"
        drawn.append(
            f'<text class="name" x="{_LEFT - 10}" y="{middle + 4.5}" text-anchor="end">{escape(_cut(title))}</text>'
            f'<rect class="{kind}" x="{left}" y="{top}" width="{max(1.0, right - left):.1f}" height="{_BAR}"/>'
        )
        if half:
            drawn.append(
                f'<line class="spread" x1="{place(end - half)}" x2="{place(end + half)}" y1="{middle}" y2="{middle}"/>'
            )
        told = f"{length:+.1f}" + (f" ± {half:.1f}" if half else "")
        drawn.append(f'<text class="value" x="{_LEFT + _WIDTH + 10}" y="{middle + 4.5}">{told}</text>')
    height = _ROW * len(rows)
    return (
        f'<svg class="waterfall" viewBox="0 0 {_LEFT + _WIDTH + _RIGHT} {height}" role="img" '
        f'aria-label="{escape(label, quote=True)}">{"".join(drawn)}</svg>'
    )


def _cut(text: str) -> str:
    return text if len(text) <= 30 else text[:29] + "…"
