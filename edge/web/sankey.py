"""A Sankey diagram of our own: columns of nodes, and between them bands as wide as what flows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

GAP = 10.0  # between the nodes of a column
NOTHING = 1e-9  # of whatever flows; in kWh a few microjoules
THICK = 12.0  # of a node
LINE = 14.0  # from one label of a column to the next


@dataclass(frozen=True, slots=True)
class Flow:
    """`value` goes through the nodes of `path`, one for each column."""

    path: tuple[str, ...]
    value: float


@dataclass(slots=True)
class Node:
    """A node at (`x`, `y`) of height `height`; `value` is what goes through it."""

    column: int
    name: str
    value: float
    x: float = 0.0
    y: float = 0.0
    height: float = 0.0


@dataclass(frozen=True, slots=True)
class Band:
    """What goes from `source` to `target`: `value`, drawn `width` wide from height `y0` to `y1` (its middle)."""

    source: Node
    target: Node
    value: float
    width: float
    y0: float
    y1: float


@dataclass(slots=True)
class Layout:
    """Where everything lies; `scale` is the width of one unit of value."""

    nodes: list[Node] = field(default_factory=list)
    bands: list[Band] = field(default_factory=list)
    scale: float = 0.0


def layout(flows: Sequence[Flow], *, width: float, height: float) -> Layout:
    """Place nodes and bands in `width` x `height`; flows of NOTHING or less are left out. Widths conserve the flow.

    Every column is drawn to one scale, the largest node first; bands leave and enter in the order of the nodes that
    they join, so that they cross no more than they must. Raises ValueError for paths of different lengths.
    """
    flows = [flow for flow in flows if flow.value > NOTHING]
    if not flows:
        return Layout()
    columns = len(flows[0].path)
    if any(len(flow.path) != columns for flow in flows):
        raise ValueError("flows: every path needs a node for each column")
    values: list[dict[str, float]] = [{} for _ in range(columns)]
    joined: dict[tuple[int, str, str], float] = {}
    for flow in flows:
        for column, name in enumerate(flow.path):
            values[column][name] = values[column].get(name, 0.0) + flow.value
            if column:
                key = (column - 1, flow.path[column - 1], name)
                joined[key] = joined.get(key, 0.0) + flow.value
    whole = sum(flow.value for flow in flows)
    most = max(len(one) for one in values)
    scale = (height - GAP * (most - 1)) / whole
    found = Layout(scale=scale)
    known: dict[tuple[int, str], Node] = {}
    for column, named in enumerate(values):
        x = (width - THICK) * column / max(1, columns - 1)
        y = (height - whole * scale - GAP * (len(named) - 1)) / 2.0
        for name, value in sorted(named.items(), key=lambda one: (-one[1], one[0])):
            known[column, name] = node = Node(column, name, value, x, y, value * scale)
            found.nodes.append(node)
            y += node.height + GAP
    out = {key: node.y for key, node in known.items()}
    into = dict(out)
    order = {key: place for place, key in enumerate(known)}
    for (column, source, target), value in sorted(
        joined.items(), key=lambda one: (order[one[0][0], one[0][1]], order[one[0][0] + 1, one[0][2]])
    ):
        thick = value * scale
        begin, end = out[column, source], into[column + 1, target]
        out[column, source] += thick
        into[column + 1, target] += thick
        found.bands.append(
            Band(
                known[column, source],
                known[column + 1, target],
                value,
                thick,
                begin + thick / 2,
                end + thick / 2,
            )
        )
    return found


def sankey_svg(
    flows: Sequence[Flow],
    *,
    width: float,
    height: float,
    styles: Mapping[str, str],
    labels: Mapping[str, str],
    title: str,
) -> str:
    """Draw the diagram; `styles` are the classes of nodes by name, `labels` their texts. Smallest nodes go unnamed."""
    placed = layout(flows, width=width, height=height)
    lines = _lines([node for node in placed.nodes if node.height > 5.0 or len(placed.nodes) < 12], height)
    last = max((node.column for node in placed.nodes), default=0)
    bands = "".join(
        f'<path class="band {styles.get(band.target.name, "")}" d="{_outline(band)}"><title>'
        f"{escape(band.source.name)} → {escape(band.target.name)}: "
        f"{escape(labels.get(f'{band.source.name} → {band.target.name}', f'{band.value:.4g}'))}</title></path>"
        for band in placed.bands
    )
    nodes = ""
    for node in placed.nodes:
        text = labels.get(node.name, node.name)
        end = node.column == last
        anchor = ' text-anchor="end"' if end else ""
        x = node.x - 5 if end else node.x + THICK + 5
        nodes += (
            f'<rect class="node {styles.get(node.name, "")}" x="{node.x:.1f}" y="{node.y:.1f}" width="{THICK:.0f}" '
            f'height="{max(node.height, 0.8):.1f}"><title>{escape(text)}</title></rect>'
        )
        if (line := lines.get((node.column, node.name))) is not None:
            nodes += f'<text x="{x:.1f}" y="{line:.1f}"{anchor}>{escape(text)}</text>'
    return (
        f'<svg class="sankey" viewBox="0 -6 {width:.0f} {height + 12:.0f}" role="img" '
        f'aria-label="{escape(title, quote=True)}">{bands}{nodes}</svg>'
    )


def _lines(nodes: Sequence[Node], height: float) -> dict[tuple[int, str], float]:
    """Return where the labels of nodes stand: beside their middles, and at least a line apart in each column."""
    found: dict[tuple[int, str], float] = {}
    for column in {node.column for node in nodes}:
        own = [node for node in nodes if node.column == column]
        places = [node.y + node.height / 2 + 4 for node in own]
        for place in range(1, len(places)):
            places[place] = max(places[place], places[place - 1] + LINE)
        floor = height + 4  # the drawing goes on a little
        for place in reversed(range(len(places))):
            places[place] = min(places[place], floor)
            floor = places[place] - LINE
        found |= {(column, node.name): at for node, at in zip(own, places, strict=True)}
    return found


def _outline(band: Band) -> str:
    """Return the band's outline: two curves as far apart as it is wide."""
    x0, x1 = band.source.x + THICK, band.target.x
    half, middle = max(band.width, 0.4) / 2.0, (x0 + x1) / 2.0
    top0, top1, low0, low1 = band.y0 - half, band.y1 - half, band.y0 + half, band.y1 + half
    return (
        f"M{x0:.1f} {top0:.1f}C{middle:.1f} {top0:.1f} {middle:.1f} {top1:.1f} {x1:.1f} {top1:.1f}"
        f"V{low1:.1f}C{middle:.1f} {low1:.1f} {middle:.1f} {low0:.1f} {x0:.1f} {low0:.1f}Z"
    )
