"""State timeline: one lane a unit, each stretch in the style of its state."""

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from edge.api.time_range import DAY, TimeRange
from edge.store import Interval
from edge.web.unit_view import state_words
from edge.web.wording import clock_form, local
from twin.model.declaration import Declaration

BINS = 480
LANES_DAYS = 8  # of a range whose states are drawn: a month of them is slow to read and a smear to look at
TOO_LONG = (
    f'<p class="empty">States are drawn for ranges of up to {LANES_DAYS} days: choose a shorter one.</p>'
)
# A short stop must stay visible beside long running: what weighs most in a bin colours it.
_WEIGHTS = {"unknown": 0.01, "run": 1.0, "off": 1.0, "pause": 1.0, "setup": 3.0, "warn": 4.0, "fault": 8.0}
_STYLES = tuple(_WEIGHTS)
_TOPS = {"pause": 2, "off": 4}


def stretches(
    intervals: Sequence[Interval], span: TimeRange, now_ms: int, bins: int = BINS
) -> list[tuple[int, int, str]]:
    """Return (first bin, number of bins, style), left to right, for a lane of `bins` bins over `span`."""
    weight = np.zeros((len(_STYLES), bins))
    scale = bins / span.width_ms
    for interval in intervals:
        style, _ = state_words(interval.state, interval.reason)
        row = _STYLES.index(style)
        start = max(interval.start_ms, span.start_ms) - span.start_ms
        end = min(now_ms if interval.end_ms is None else interval.end_ms, span.end_ms) - span.start_ms
        if end <= start:
            continue
        first, last = start * scale, end * scale
        low, high = int(first), min(int(last), bins - 1)
        if low == high:
            weight[row, low] += last - first
        else:
            weight[row, low] += low + 1 - first
            weight[row, low + 1 : high] += 1.0
            weight[row, high] += last - high
    factor = np.array([_WEIGHTS[style] for style in _STYLES])[:, None]
    weighted = weight * factor
    winner = np.where(weighted.sum(axis=0) > 0.0, weighted.argmax(axis=0), 0)
    edges = np.flatnonzero(np.diff(winner, prepend=-1))
    counts = np.diff(edges, append=bins)
    return [(int(at), int(count), _STYLES[int(winner[at])]) for at, count in zip(edges, counts, strict=True)]


def lane_svg(lane: Sequence[tuple[int, int, str]], title: str) -> str:
    """Draw one lane; what does not produce is lower, so that grey on grey is told apart by its shape too."""
    rects = "".join(
        f'<rect class="t-{style}" x="{at}" width="{count}" y="{_TOPS.get(style, 0)}" '
        f'height="{10 - 2 * _TOPS.get(style, 0)}"/>'
        for at, count, style in lane
        if style != "unknown"
    )
    return (
        f'<svg class="lane" viewBox="0 0 {BINS} 10" preserveAspectRatio="none" role="img" '
        f'aria-label="states of {escape(title)}">{rects}</svg>'
    )


def axis_html(span: TimeRange, utc_offset: float, form: str = "%H:%M") -> str:
    """Draw the time axis below lanes."""
    marks = "".join(
        f"<span>{local(span.start_ms + span.width_ms * step // 4, utc_offset, form)}</span>"
        for step in range(5)
    )
    return f'<div class="axis">{marks}</div>'


def axis_form(span: TimeRange) -> str:
    """Return how the marks of an axis over `span` are written."""
    return clock_form(span) if span.width_ms <= 4 * DAY else "%d %b"


def timeline_html(
    declaration: Declaration,
    lanes: Mapping[str, Sequence[tuple[int, int, str]]] | None,
    span: TimeRange,
    utc_offset: float,
) -> str:
    """Draw the lanes (unit name -> stretches) with a time axis below; None stands for a range that is too long."""
    if lanes is None:
        return TOO_LONG
    rows = []
    for unit in declaration.units:
        lane = lanes.get(unit.name, ())
        if not any(style != "unknown" for _, _, style in lane):
            continue
        rows.append(
            f'<div class="lab" title="{escape(unit.title)}">{escape(unit.title)}</div>{lane_svg(lane, unit.title)}'
        )
    if not rows:
        return '<p class="empty">No states yet: they appear with the first data of the plant.</p>'
    words = (
        ("run", "execute"), ("pause", "starved, blocked, waiting"), ("warn", "held"), ("fault", "fault"),
        ("setup", "set-up, maintenance"), ("off", "idle, stopped"),
    )  # fmt: skip
    legend = "".join(f'<span><i class="sw t-{style}"></i>{word}</span>' for style, word in words)
    many = " many" if len(rows) > 12 else ""
    return (
        f'<div class="lanes{many}">{"".join(rows)}<div></div>{axis_html(span, utc_offset, axis_form(span))}</div>'
        f'<div class="legend">{legend}</div>'
    )
