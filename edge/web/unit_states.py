"""A unit's states over a range: a lane, and the newest stops."""

from edge.api.time_range import TimeRange
from edge.store import Interval
from edge.web.timeline import TOO_LONG, axis_form, axis_html, lane_svg, stretches
from edge.web.unit_view import state_words
from edge.web.wording import length, local, shape, state_mark

_STOPS = 12


def states_html(
    intervals: list[Interval] | None, span: TimeRange, last_ms: int, title: str, utc_offset: float
) -> str:
    """Draw the lane of `span` and list its newest stops; None stands for a range that is too long."""
    if intervals is None:
        return TOO_LONG
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
    axis = axis_html(span, utc_offset, axis_form(span))
    return f'{lane}{axis}<div class="legend">{legend}</div><div class="scroll" tabindex="0">{table}</div>'
