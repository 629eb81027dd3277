"""Numbers, times and lengths as the pages write them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from html import escape

from edge.api.time_range import HOUR, TimeRange
from edge.web.unit_view import GLYPHS

LATE_S = 15.0  # plants tell something at least every few seconds; newest data older than this is not normal


def local(time_ms: int, utc_offset: float, form: str = "%H:%M") -> str:
    """Write a moment in plant time.

    >>> local(0, 8.0)
    '08:00'
    """
    return (datetime.fromtimestamp(time_ms / 1000, UTC) + timedelta(hours=utc_offset)).strftime(form)


def clock_form(span: TimeRange) -> str:
    """Return how a moment of `span` is written: with its day where the clock alone would not tell which.

    >>> clock_form(TimeRange(0, 86_400_000)), clock_form(TimeRange(0, 172_800_000))
    ('%H:%M', '%d %b %H:%M')
    """
    return "%H:%M" if span.width_ms <= 26 * HOUR else "%d %b %H:%M"


def length(seconds: float) -> str:
    """Write a length of time with its two largest units.

    >>> length(3725), length(59.4), length(100_000)
    ('1 h 02 min', '59 s', '1 d 03 h')
    """
    seconds = max(0.0, seconds)
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if seconds < 600 and round(seconds) % 60:
        return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 1440:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes // 1440} d {minutes % 1440 // 60:02d} h"


def zone(utc_offset: float) -> str:
    """Name the plant's time zone.

    >>> zone(8.0), zone(-3.5)
    ('UTC+8', 'UTC-3.5')
    """
    return f"UTC{utc_offset:+g}" if utc_offset else "UTC"


def percent(share: float | None) -> str:
    """Write a share as per cent; a dash where it is unknown.

    >>> percent(0.8567), percent(None)
    ('85.7 %', '–')
    """
    return "–" if share is None or share != share else f"{100 * share:.1f} %"


def facts_html(facts: Mapping[str, str]) -> str:
    """Draw names with their values, which are codes, commands or numbers: the same in every language."""
    drawn = "".join(
        f'<div class="fact"><span class="key">{escape(name)}</span>'
        f'<span class="val small" data-verbatim>{escape(value)}</span></div>'
        for name, value in facts.items()
    )
    return f'<div class="facts">{drawn}</div>'


def shape(style: str) -> str:
    """Return the small picture that stands for a state style."""
    return (
        f'<svg viewBox="0 0 16 16" aria-hidden="true"><path fill-rule="evenodd" d="{GLYPHS[style]}"/></svg>'
    )


def state_mark(style: str, words: str) -> str:
    """Return a state as shape and words."""
    return f'<span class="state {style}">{shape(style)}<span>{escape(words)}</span></span>'
