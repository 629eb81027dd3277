"""A line's OEE hour by hour, or day by day, as small bars."""

from collections.abc import Sequence

from edge.api.time_range import DAY
from edge.web.wording import local, percent


def hours_html(hours: Sequence[tuple[int, float | None]], utc_offset: float) -> str:
    """Draw (start of the hour or day in ms, OEE or None) as bars from 0 to 100 %; what has no figure is a dash."""
    if not hours:
        return ""
    days = len(hours) > 1 and hours[1][0] - hours[0][0] >= DAY
    name, form = ("OEE day by day", "%d %b") if days else ("OEE hour by hour", "%H:%M")
    bars = "".join(
        f'<i class="{"none" if value is None else "has"}" style="height:{100 * min(1.0, max(0.0, value or 0.0)):.0f}%" '
        f'title="{local(at, utc_offset, form)}: {"not planned" if value is None else percent(value)}"></i>'
        for at, value in hours
    )
    known = [value for _, value in hours if value is not None]
    spoken = f"from {percent(min(known))} to {percent(max(known))}" if known else "no figures yet"
    ticks = "".join(
        f"<span>{local(hours[place][0], utc_offset, form)}</span>" for place in _spread(len(hours))
    )
    return (
        f'<div class="hours"><div class="key">{name}</div>'
        f'<div class="plot" role="img" aria-label="{name}, {spoken}">{bars}</div>'
        f'<div class="axis">{ticks}</div></div>'
    )


def _spread(count: int) -> list[int]:
    """Return up to four places spread over `count`, first and last among them.

    >>> _spread(24), _spread(2)
    ([0, 8, 15, 23], [0, 1])
    """
    marks = min(4, count)
    return [round(step * (count - 1) / max(1, marks - 1)) for step in range(marks)]
