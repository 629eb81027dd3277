"""A plant's line as a picture for its page: the mimic's layout, without live values."""

from html import escape
from textwrap import wrap

from edge.web.mimic_layout import BOX_HEIGHT, BOX_WIDTH, Box, wide
from edge.web.mimic_route import Route, frame, routes
from twin.model.declaration import Declaration, FlowDeclaration, UnitDeclaration

_STYLE = """
text{font-family:system-ui,sans-serif;fill:#222}.kind,.label{font-size:13px;fill:#666}.name{font-size:14px}
.unit{fill:#f4f4f4;stroke:#666;stroke-width:1.5}.flow{fill:none;stroke:#666;stroke-width:2}.back{stroke-dasharray:5 4}
.group{fill:none;stroke:#bbb}
.fault{fill:#b45309;font-size:13px}.tip{fill:#666}.pace{stroke:#222;stroke-width:5}
@media(prefers-color-scheme:dark){text{fill:#e5e5e5}.kind,.label{fill:#aaa}.unit{fill:#2a2a2a;stroke:#999}
.flow{stroke:#999}.group{stroke:#555}.fault{fill:#f0a04b}.tip{fill:#999}.pace{stroke:#e5e5e5}}
"""


def sketch(declaration: Declaration) -> str:
    """Draw units and flows; the unit that paces the line has a bar, what can fail is written at the unit."""
    layout = wide(declaration)
    paths = routes(declaration.flows, layout)
    flows = [_flow(declaration.flows[place], path) for place, path in sorted(paths.items())]
    left, top, width, height = frame(layout, paths)
    faults: dict[str, int] = {}
    for fault in declaration.faults:
        faults[fault.unit] = faults.get(fault.unit, 0) + 1
    units = [
        _unit(unit, layout.boxes[unit.name], unit.name == declaration.pacing, faults.get(unit.name, 0))
        for unit in declaration.units
        if unit.name in layout.boxes
    ]
    group = layout.group
    surround = (
        ""
        if group is None
        else f'<rect class="group" x="{group.x:g}" y="{group.y:g}" width="{group.width:g}" height="{group.height:g}" '
        f'rx="8"/><text class="label" x="{group.x + 14:g}" y="{group.y + 20:g}">{escape(group.title)}</text>\n'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:g} {top:g} {width:g} {height:g}" '
        f'width="{width:g}" role="img"><title>{escape(declaration.title)}</title><style>{_STYLE}</style>'
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="11" markerHeight="11" '
        'markerUnits="userSpaceOnUse" orient="auto-start-reverse">'
        '<path class="tip" d="M0 0 L8 4 L0 8 Z"/></marker></defs>\n'
        + surround
        + "\n".join(flows + units)
        + "\n</svg>\n"
    )


def _flow(flow: FlowDeclaration, path: Route) -> str:
    corners = " ".join(f"{x:g},{y:g}" for x, y in path.points)
    name = escape(flow.label or f"{flow.source} to {flow.target}")
    start = ' marker-start="url(#tip)"' if path.both else ""
    look = "flow back" if path.back or path.both else "flow"
    return f'<polyline class="{look}" points="{corners}"{start} marker-end="url(#tip)"><title>{name}</title></polyline>'


def _unit(unit: UnitDeclaration, box: Box, pacing: bool, faults: int) -> str:
    lines = wrap(unit.title, 21, break_on_hyphens=False)[:3]
    texts = "".join(
        f'<text class="name" x="{box.x + 14:g}" y="{box.y + 26 + 20 * row:g}">{escape(line)}</text>'
        for row, line in enumerate(lines)
    )
    below = box.y + BOX_HEIGHT - 14
    pace = f'<path class="pace" d="M{box.x + BOX_WIDTH - 34:g} {box.y:g} h24"/>' if pacing else ""
    fault = "" if not faults else f"{faults} fault{'s' if faults > 1 else ''}"
    return (
        f'<rect class="unit" x="{box.x:g}" y="{box.y:g}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8"/>'
        f"{pace}{texts}"
        f'<text class="kind" x="{box.x + 14:g}" y="{below:g}">{escape(unit.kind.replace("_", " "))}</text>'
        f'<text class="fault" x="{box.right - 14:g}" y="{below:g}" text-anchor="end">{fault}</text>'
    )
