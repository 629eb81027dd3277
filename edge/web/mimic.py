"""The mimic: a line as SVG, drawn from its declaration; later changes travel as a small patch."""

from collections.abc import Mapping
from html import escape
from textwrap import wrap
from typing import Any

from edge.web.mimic_layout import BOX_HEIGHT, BOX_WIDTH, Box, Group, tall, wide
from edge.web.mimic_route import Route, frame, routes
from edge.web.unit_view import VALUE_LENGTH, BufferView, MimicView, UnitView
from twin.model.declaration import Declaration, FlowDeclaration, UnitDeclaration

_LEVEL_HEIGHT = 36.0
_TITLE_LENGTH = 23
_WORD_LENGTH = 23


def svg(declaration: Declaration, view: MimicView, *, upright: bool = False) -> str:
    """Draw the line; `upright` stands it on end for narrow screens. The same input gives the same text."""
    layout = tall(declaration) if upright else wide(declaration)
    marker = f"arrow-{'tall' if upright else 'wide'}"
    paths = routes(declaration.flows, layout)
    titles = {unit.name: unit.title for unit in declaration.units}
    flows = [_flow(path, declaration.flows[place], titles, marker) for place, path in sorted(paths.items())]
    stocks = [
        _tank(place, path, declaration.flows[place].label, view.buffers[place])
        for place, path in sorted(paths.items())
        if path.stock is not None and place in view.buffers
    ]
    left, top, width, height = frame(layout, paths)
    units = [
        _unit(unit, layout.boxes[unit.name], view.units[unit.name], declaration.pacing, declaration.line_kind)
        for unit in declaration.units
        if unit.name in layout.boxes
    ]
    title = escape(f"{declaration.title}: {len(units)} units and their states")
    return (
        f'<svg class="mimic {"tall" if upright else "wide"} {escape(declaration.line_kind)}" role="group" '
        f'aria-label="{title}" viewBox="{left:g} {top:g} {width:g} {height:g}" '
        f'style="max-width:{width * (1.25 if upright else 1.05):g}px" data-marker="{marker}">'
        f'<defs><marker id="{marker}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="11" '
        f'markerHeight="11" markerUnits="userSpaceOnUse" '
        f'orient="auto-start-reverse"><path class="tip" d="M0 0 L8 4 L0 8 Z"/></marker></defs>'
        + ("" if layout.group is None else _group(layout.group))
        + "".join(flows + stocks + units)
        + "</svg>"
    )


def _group(group: Group) -> str:
    return (
        f'<rect class="group" x="{group.x:g}" y="{group.y:g}" rx="8" '
        f'width="{group.width:g}" height="{group.height:g}"/>'
        f'<text class="heading" x="{group.x + 14:g}" y="{group.y + 20:g}">{escape(group.title)}</text>'
    )


def patch(before: MimicView, after: MimicView, declaration: Declaration) -> dict[str, Any]:
    """Return what changed, for the page's script: unit name -> its new look, flow -> its new level."""
    titles = {unit.name: unit.title for unit in declaration.units}
    units = {
        name: {
            "style": unit.style, "glyph": unit.glyph, "word": _cut(unit.word, _WORD_LENGTH),
            "value": _cut(unit.value, VALUE_LENGTH),
            "alarm": _cut(unit.alarm, VALUE_LENGTH), "severity": unit.severity, "spoken": unit.spoken(titles[name]),
        }
        for name, unit in after.units.items()
        if before.units.get(name) != unit
    }  # fmt: skip
    buffers = {
        str(place): {"height": round(_LEVEL_HEIGHT * stock.share, 1), "text": _stock(stock)}
        for place, stock in after.buffers.items()
        if before.buffers.get(place) != stock
    }
    return {name: part for name, part in (("units", units), ("buffers", buffers)) if part}


def _unit(unit: UnitDeclaration, box: Box, view: UnitView, pacing: str, line_kind: str) -> str:
    corner = 24 if line_kind == "process" else 6
    pace = (
        f'<path class="pace" d="M{BOX_WIDTH - 30} 0 h20"><title>sets the pace of the line</title></path>'
        if unit.name == pacing
        else ""
    )
    lines = _two_lines(unit.title)
    first, step = (22, 17) if len(lines) == 2 else (27, 0)
    name = "\n".join(
        f'<text class="name" x="14" y="{first + step * row}">{escape(text)}</text>'
        for row, text in enumerate(lines)
    )
    # What is read aloud holds what is seen, word for word; a title is only said twice where it had to be cut.
    tip = "" if " ".join(lines) == unit.title else f"<title>{escape(unit.title)}</title>"
    word, value, alarm = (61, 81, 101) if len(lines) == 2 else (52, 75, 98)
    return (
        f'<g class="unit" data-unit="{escape(unit.name)}" data-style="{view.style}" data-severity="{view.severity}" '
        f'transform="translate({box.x:g} {box.y:g})" role="button" tabindex="0" '
        f'aria-label="{escape(view.spoken(unit.title))}">{tip}'
        f'<rect class="body" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="{corner}"/>{pace}{name}\n'
        f'<path class="glyph" transform="translate(14 {word - 13})" fill-rule="evenodd" d="{view.glyph}"/>'
        f'<text class="word" x="37" y="{word}">{escape(_cut(view.word, _WORD_LENGTH))}</text>\n'
        f'<text class="value" x="14" y="{value}">{escape(_cut(view.value, VALUE_LENGTH))}</text>\n'
        f'<text class="alarm" x="14" y="{alarm}">{escape(_cut(view.alarm, VALUE_LENGTH))}</text></g>'
    )


def _flow(path: Route, flow: FlowDeclaration, titles: Mapping[str, str], marker: str) -> str:
    corners = " ".join(f"{x:g},{y:g}" for x, y in path.points)
    name = flow.label or "product"
    ends = f"{titles[flow.source]} {'↔' if path.both else '→'} {titles[flow.target]}"
    start = f' marker-start="url(#{marker})"' if path.both else ""
    return (
        f'<polyline class="flow{" back" if path.back or path.both else ""}" points="{corners}"{start} '
        f'marker-end="url(#{marker})"><title>{escape(f"{name}: {ends}")}</title></polyline>'
    )


def _tank(place: int, path: Route, label: str, stock: BufferView) -> str:
    x, y = path.stock or path.points[-1]
    count = (
        'class="count beside" x="20" y="23"'
        if path.upright
        else f'class="count" x="7" y="{_LEVEL_HEIGHT + 15:g}"'
    )
    tank = _LEVEL_HEIGHT if stock.capacity > 0 else 0
    return (
        f'<g class="stock" data-buffer="{place}" transform="translate({x - 7:g} {y - _LEVEL_HEIGHT / 2:g})">'
        f"<title>stock {escape(label)}</title>"
        f'<rect class="tank" width="14" height="{tank:g}" rx="2"/>'
        f'<rect class="level" width="14" height="{_LEVEL_HEIGHT * stock.share:.1f}" '
        f'transform="translate(0 {_LEVEL_HEIGHT:g}) scale(1 -1)"/>'
        f"<text {count}>{escape(_stock(stock))}</text></g>"
    )


def _stock(stock: BufferView) -> str:
    """Write a stock: `75 %`, `50 of 240 t`, `3` where nothing bounds it."""
    level = "–" if stock.level is None else f"{stock.level:.0f}"
    if stock.unit == "%" or stock.capacity <= 0:
        return f"{level} {stock.unit}".strip()
    return f"{level}/{stock.capacity:.0f} {stock.unit}".strip()


def _two_lines(text: str) -> list[str]:
    """Break a title into at most two lines.

    >>> _two_lines("OP20 trim and pierce, 10 MN"), _two_lines("Cell 18")
    (['OP20 trim and pierce,', '10 MN'], ['Cell 18'])
    """
    lines = wrap(text, _TITLE_LENGTH, break_on_hyphens=False)
    return lines if len(lines) <= 2 else [lines[0], _cut(" ".join(lines[1:]), _TITLE_LENGTH)]


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
