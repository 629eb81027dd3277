"""How worn a unit is and how long it will last, with how sure that is."""

from collections.abc import Sequence
from html import escape

from edge.api.query import display_unit
from edge.remaining_life import Condition
from edge.web.unit_view import number
from edge.web.wording import length, local, percent
from twin.model.declaration import UnitDeclaration


def conditions_html(conditions: Sequence[Condition], unit: UnitDeclaration, utc_offset: float) -> str:
    """Draw each condition as a way from healthy to failed, with the remaining life below."""
    if not conditions:
        return (
            '<p class="empty">No loop of predictive maintenance watches this unit, so nothing is known of its '
            "remaining life.</p>"
        )
    return "".join(_condition(one, unit, utc_offset) for one in conditions)


def _condition(one: Condition, unit: UnitDeclaration, utc_offset: float) -> str:
    tag = next((tag for tag in unit.tags if tag.name == one.tag), None)
    measure = "" if tag is None else display_unit(tag.unit)
    title = tag.description if tag is not None and tag.description else one.tag.replace("_", " ")
    title = title[:1].upper() + title[1:]  # abbreviations stay in capitals
    way = one.way
    width = 0.0 if way is None else 100.0 * min(1.0, max(0.0, way))
    style = "fault" if way is not None and way >= 1.0 else "warn" if way is not None and way >= 0.8 else ""
    reading = "no reading yet" if one.reading is None else number(one.reading, measure)
    told = "" if way is None else f", {percent(max(0.0, way))} of the way to failure"
    return (
        f'<div class="condition"><div class="pair"><span class="key">{escape(title)}</span>'
        f'<span class="v">{escape(reading)}{told}</span></div>'
        f'<div class="track"><div class="fill {style}" style="width:{width:.1f}%"></div></div>'
        f'<div class="pair small quiet"><span>healthy {number(one.healthy, measure)}</span>'
        f"<span>failed {number(one.failed, measure)}</span></div>"
        f'<p>{_life(one)}</p><p class="note small">{_basis(one, utc_offset)}</p></div>'
    )


def _life(one: Condition) -> str:
    if one.life is None or one.interval is None:
        return "<b>No trend yet</b>: the readings do not show wear beyond their scatter."
    low, high = one.interval
    return f"Remaining life <b>{length(one.life[0])}</b> of operation; 95 % interval {length(low)} to {length(high)}."


def _basis(one: Condition, utc_offset: float) -> str:
    upgrade = escape(one.upgrade.title)
    if one.since_ms is None:
        return f"As the running loop of {upgrade} sees it."
    since = local(one.since_ms, utc_offset, "%d %b %H:%M")
    return f"{upgrade} is not in effect: its trend, from the readings since {since}, which asks for nothing."
