"""A range of time that a visitor chooses, up to what is stored; it stands in the page's address."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from html import escape
from urllib.parse import urlencode

from edge.api.problem import Problem
from edge.api.time_range import MINUTE, TimeRange, moment, time_range
from edge.web.wording import local

_FORM = "%Y-%m-%dT%H:%M"  # what a field of a browser for date and time reads and writes
_READY = {"2 days": "-2d", "7 days": "-7d", "30 days": "-30d", "90 days": "-90d"}
MOST_DAYS = 366.0


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` to `end` as the address writes them.

    Each is plant time without a zone (`2026-11-20T08:00`), RFC 3339, `now`, or before now (`-7d`). `now` is the newest
    data, so that such a range goes on with the plant.
    """

    start: str
    end: str
    utc_offset: float

    def span(self, now_ms: int) -> TimeRange:
        """Return the range: at least a minute, though a plant that is late may not have reached its start."""
        start, end = (moment(text, now_ms, "start") for text in self.told())
        return TimeRange(start, max(end, start + MINUTE))

    def told(self) -> tuple[str, str]:
        """Return both moments with their zone."""
        return self._zoned(self.start), self._zoned(self.end or "now")

    def query(self) -> str:
        """Return the part of an address that leads to the same range."""
        return "?" + urlencode({"start": self.start, "end": self.end or "now"})

    def _zoned(self, text: str) -> str:
        """Add the plant's zone to a time that has none."""
        try:
            found = datetime.fromisoformat(text.strip())
        except ValueError:
            return text
        if found.tzinfo is None:
            found = found.replace(tzinfo=timezone(timedelta(hours=self.utc_offset)))
        return found.isoformat()


def chosen(start: str, end: str, now_ms: int, utc_offset: float) -> Period | None:
    """Return the period of an address, None when it names none and the page is live; raises Problem for a bad one."""
    if not start and not end:
        return None
    if not start:
        raise Problem(422, "start: is missing; give both start and end, or neither for the live page")
    period = Period(start[:40], end[:40], utc_offset)
    time_range(*period.told(), now_ms, max_days=MOST_DAYS)
    return period


def period_html(action: str, period: Period | None, span: TimeRange, utc_offset: float) -> str:
    """Draw the choice of a range for the page at `action`: ready ones, and two fields that work without a script."""
    ready = " ".join(
        f'<a class="knob" href="{escape(action)}?{escape(urlencode({"start": start, "end": "now"}))}"'
        f"{' aria-current=true' if period is not None and (period.start, period.end) == (start, 'now') else ''}>"
        f"{name}</a>"
        for name, start in _READY.items()
    )
    fields = "".join(
        f'<label><span class="key">{title}</span><input class="knob" type="datetime-local" name="{name}" required '
        f'value="{local(at, utc_offset, _FORM)}"></label>'
        for title, name, at in (("From", "start", span.start_ms), ("To", "end", span.end_ms))
    )
    kept = "" if period is None else " chosen"
    return (
        f'<details class="period{kept}"{" open" if kept else ""}><summary class="knob">Range …</summary>'
        f'<form class="inject" method="get" action="{escape(action)}"><div class="ready">{ready}</div>{fields}'
        '<button class="knob" type="submit">Show</button></form></details>'
    )


def live_html(action: str) -> str:
    """Draw the way back to the live page."""
    return f'<a class="knob" href="{escape(action)}">Live</a>'


def refused_html(action: str, problem: Problem) -> str:
    """Tell why a range cannot be shown, with the way back."""
    return (
        f'<p class="note bad">{escape(problem.detail)}</p><p><a href="{escape(action)}">The live page</a></p>'
    )
