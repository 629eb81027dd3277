"""A waterfall drawn: what each upgrade brings, how they interact, and what all bring together."""

import math
from collections.abc import Mapping
from html import escape
from typing import Any

from edge.web.interval_strip import Scale, strip_svg


def waterfall_html(fall: Mapping[str, Any], titles: Mapping[str, str], label: str) -> str:
    """Draw `fall` in log points, a bar a row with the 95 % interval as a whisker; bars begin where the one above ends.

    Its steps tell `single`, the upgrade alone (`twin compare --json`), or `last_in`, what it adds to all the others;
    what both leave of the total is interaction. `titles` names the upgrades by key, `label` the whole.
    """
    # kind, title, where the bar begins, its length, half-width
    rows: list[tuple[str, str, float, float, float]] = []
    for step in fall["steps"]:
        effect = step.get("single") or step["last_in"]
        start = math.fsum(row[3] for row in rows)
        half = effect["half_width"] or 0.0
        rows.append(("one", titles.get(step["upgrade"], step["upgrade"]), start, effect["mean"], half))
    total, at = fall["total"], math.fsum(row[3] for row in rows)
    rows.append(("inter", "interaction", at, total["mean"] - at, 0.0))
    rows.append(("all", "all together", 0.0, total["mean"], total["half_width"] or 0.0))
    scale = Scale.over(
        start + length + sign * half for _, _, start, length, half in rows for sign in (-1, 0, 1)
    )
    drawn = "".join(_row(scale, *row) for row in rows)
    return f'<table class="list fall" aria-label="{escape(label, quote=True)}"><tbody>{drawn}</tbody></table>'


def _row(scale: Scale, kind: str, title: str, start: float, length: float, half: float) -> str:
    end = start + length
    strip = strip_svg(scale, None, (end - half, end + half), bar=(start, end))
    told = f"{length:+.1f}" + (f" ± {half:.1f}" if half else "")
    return f'<tr class="{kind}"><th scope="row">{escape(title)}</th><td>{strip}</td><td class="n">{told}</td></tr>'
