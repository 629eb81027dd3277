"""Edge health: each part with its state and reason, and how far each plant's data has come on its way."""

import asyncio
from collections.abc import Callable, Mapping
from html import escape

from nicegui import ui

from edge.health import LATE_S, Flow, Report, State
from edge.web.board import Boards
from edge.web.wording import length, state_mark

_STYLES = {State.OK: "run", State.DEGRADED: "warn", State.STOPPED: "fault"}
_REASONS = {
    "no_longer_held_by_plant": "journal entries that the plant no longer held",
    "quarantine_overflow": "entries that left a full quarantine",
    "dropped_by_hand": "items of the quarantine dropped by hand",
    "refused_by_store": "points that the store refused (kept in quarantine)",
    "older_than_retention": "points older than the store keeps",
}
_HEADS = (
    "Plant", "Link", "Newest sample", "At the plant", "In the outbox", "Oldest waits", "Reconnects", "Missing frames",
    "Repeats", "Quarantine", "Given up",
)  # fmt: skip

_BAD = ' class="sev warning"'


class HealthPage:
    """One visitor's page."""

    def __init__(self, boards: Boards, report: Callable[[], Report]) -> None:
        self._boards = boards
        self._report = report
        self._part: ui.html | None = None

    async def build(self) -> None:
        """Lay out the page."""
        self._part = ui.html(await asyncio.to_thread(self._read), sanitize=False).classes("part stack")

    async def tick(self) -> None:
        """Bring the page up to date."""
        content = await asyncio.to_thread(self._read)
        if self._part is not None and self._part.content != content:
            self._part.content = content

    def _read(self) -> str:
        return self._boards.kept(("health",), 0.9, lambda: health_html(self._report()))


def health_html(report: Report) -> str:
    """Draw the report: what is not ok comes first."""
    parts = sorted(report.parts, key=lambda part: -part.state)
    rows = "".join(
        f"<tr><td>{escape(part.name)}</td><td>{state_mark(_STYLES[part.state], part.state.word)}</td>"
        f"<td>{escape(part.reason)}</td></tr>"
        for part in parts
    )
    flows = "".join(map(_flow_row, report.flows))
    heads = "".join(f"<th>{head}</th>" for head in _HEADS)
    told = f'<table class="list flows"><thead><tr>{heads}</tr></thead><tbody>{flows}</tbody></table>'
    return (
        f'<section class="panel" aria-label="state"><div class="head"><h2 class="grow">The edge is '
        f"{report.state.word}</h2>{state_mark(_STYLES[report.state], report.state.word)}</div>"
        f'<table class="list"><thead><tr><th>Part</th><th>State</th><th>Reason</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></section>"
        f'<section class="panel" aria-label="plants"><h2>Data on its way</h2>'
        f"{told if flows else _NOTHING}"
        '<p class="note small">Counts are since the start of the edge; missing frames since ever. Frames that come '
        "again are ignored: each counts once.</p></section>"
        f'<section class="panel" aria-label="figures"><h2>Figures</h2>{_figures(report)}</section>'
    )


_NOTHING = '<p class="empty">No plant has told anything yet.</p>'


def _flow_row(flow: Flow) -> str:
    plant = escape(flow.plant)
    late = flow.lag_s is None or flow.lag_s > LATE_S
    waits = flow.outbox.entries > 0
    cells = (
        (f'<a href="/plants/{plant}">{plant}</a>', False),
        (escape(flow.link), flow.link != "online"),
        ("–" if flow.lag_s is None else f"{length(flow.lag_s)} old", late),
        (f"{flow.journal_entries:,}", False),
        (f"{flow.outbox.entries:,} ({_size(flow.outbox.bytes)})" if waits else "0", False),
        (length(flow.outbox.age_s) if waits else "–", False),
        (f"{flow.reconnects:,}", False),
        (f"{flow.missing_frames:,}", flow.missing_frames > 0),
        (f"{flow.repeated_frames:,}", False),
        (f"{flow.quarantined_entries:,}", flow.quarantined_entries > 0),
        (_given_up(flow.dropped), bool(flow.dropped)),
    )
    return (
        "<tr>"
        + "".join(
            f'<td data-name="{head}"{_BAD * bad}>{text}</td>'
            for head, (text, bad) in zip(_HEADS, cells, strict=True)
        )
        + "</tr>"
    )


def _given_up(dropped: Mapping[str, int]) -> str:
    return "; ".join(f"{count:,} {_REASONS.get(reason, reason)}" for reason, count in dropped.items()) or "0"


def _figures(report: Report) -> str:
    depth = report.outbox
    pairs = (
        ("In the outbox, all plants", f"{depth.entries:,} entries, {_size(depth.bytes)}"),
        ("Oldest entry without an answer of the store", length(depth.age_s) if depth.entries else "–"),
        ("Newest transaction of the store", f"{1000 * report.commit_s:.0f} ms"),
        ("Given up, of no single plant", _given_up(report.dropped)),
        ("In quarantine", f"{report.quarantined:,} items: edge quarantine list"),
        ("Free on the disk", f"{_size(report.disk_free)} of {_size(report.disk_size)}"),
        ("Event loop, worst delay in a minute", f"{1000 * report.loop_late_s:.0f} ms"),
    )
    return "".join(
        f'<div class="pair"><span class="key">{name}</span><span class="v">{escape(value)}</span></div>'
        for name, value in pairs
    )


def _size(count: float) -> str:
    """Write a number of bytes.

    >>> _size(999), _size(8_400), _size(52e9)
    ('999 B', '8.4 kB', '52.0 GB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError
