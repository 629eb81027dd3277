"""The six big losses as a Pareto: largest first, with what they add up to."""

from html import escape
from typing import Any

from edge.web.wording import length, percent


def losses_html(losses: dict[str, Any]) -> str:
    """Draw the answer of `Query.losses`."""
    planned = losses["planned_busy_time"]
    if not planned:
        return '<p class="empty">No planned busy time in this window, so nothing could be lost.</p>'
    rows = [row for row in losses["losses"] if row["seconds"] is not None and row["seconds"] >= 0.5]
    total = sum(row["seconds"] for row in rows)
    largest = max((row["seconds"] for row in rows), default=0.0) or 1.0
    parts = []
    sum_so_far = 0.0
    for row in rows:
        sum_so_far += row["seconds"]
        share = percent(sum_so_far / total) if total else "–"
        parts.append(
            f'<div class="lab" title="{escape(row["formula"])}">{escape(row["name"].capitalize())}</div>'
            f'<div class="bar"><div class="fill" style="width:{100 * row["seconds"] / largest:.1f}%"></div></div>'
            f'<div class="num">{length(row["seconds"])} · {percent(row["share"])}'
            f'<span class="quiet" title="cumulative share of all losses"> Σ {share}</span></div>'
        )
    return (
        f'<div class="bars">{"".join(parts)}</div>'
        f'<p class="note">{length(total)} lost of {length(planned)} planned busy time. '
        "Per cent of planned busy time; Σ cumulative share of the losses.</p>"
    )
