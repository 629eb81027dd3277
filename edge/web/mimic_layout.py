"""Where the units of a mimic stand: layers along the flows, wide for screens and tall for phones."""

from dataclasses import dataclass

from twin.model.declaration import Declaration

BOX_WIDTH = 200
BOX_HEIGHT = 112
GAP_WIDE = 76
GAP_LINES = 96
GAP_ACROSS = 22
GAP_TALL = 54
MARGIN = 12
# A group is a frame with a heading around units that no flow touches.
GROUP_HEAD = 30
GROUP_EDGE = 12
GROUP_GAP = 14


@dataclass(frozen=True, slots=True)
class Box:
    """A unit's place: left upper corner."""

    x: float
    y: float

    @property
    def middle(self) -> tuple[float, float]:
        """The centre."""
        return self.x + BOX_WIDTH / 2, self.y + BOX_HEIGHT / 2

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + BOX_WIDTH

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + BOX_HEIGHT


@dataclass(frozen=True, slots=True)
class Group:
    """A frame with a heading."""

    title: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Places of all units and the size of the picture."""

    width: float
    height: float
    boxes: dict[str, Box]
    tall: bool
    group: Group | None = None


def layers(declaration: Declaration) -> tuple[list[list[str]], list[str]]:
    """Sort the units into layers along the flows: each behind all that feed it; loops are cut where they close.

    The second list holds the units that no flow touches.
    """
    names = [unit.name for unit in declaration.units if unit.role != "line"]
    onward: dict[str, list[str]] = {name: [] for name in names}
    for flow in declaration.flows:
        if flow.source in onward and flow.target in onward and flow.source != flow.target:
            onward[flow.source].append(flow.target)
    forward = _without_loops(names, onward)
    depth = dict.fromkeys(names, 0)
    for _ in names:
        for source, target in forward:
            depth[target] = max(depth[target], depth[source] + 1)
    # A source that feeds a later layer stands right before it.
    for name in names:
        targets = [depth[target] for source, target in forward if source == name]
        if targets and not any(target == name for _, target in forward):
            depth[name] = max(depth[name], min(targets) - 1)
    touched = {end for flow in declaration.flows for end in (flow.source, flow.target)}
    found: dict[int, list[str]] = {}
    for name in names:
        if name in touched:
            found.setdefault(depth[name], []).append(name)
    return [found[key] for key in sorted(found)], [name for name in names if name not in touched]


def _without_loops(names: list[str], onward: dict[str, list[str]]) -> list[tuple[str, str]]:
    edges: list[tuple[str, str]] = []
    done: set[str] = set()
    trail: set[str] = set()

    def visit(name: str) -> None:
        trail.add(name)
        for target in onward[name]:
            if target in trail:
                continue
            edges.append((name, target))
            if target not in done:
                visit(target)
        trail.discard(name)
        done.add(name)

    for name in names:
        if name not in done:
            visit(name)
    return edges


def group_title(declaration: Declaration, rest: list[str]) -> str:
    """Name the units that no flow touches: by their kind where they share one.

    They watch a part of the line closely (detailed cells) or serve it (a workshop).
    """
    kinds = {unit.kind for unit in declaration.units if unit.name in rest}
    if len(rest) > 1 and len(kinds) == 1:
        return f"{kinds.pop().replace('_', ' ').capitalize()}s in detail"
    return "Beside the line"


def wide(declaration: Declaration, *, columns: int = 5, rows: int = 4) -> Layout:
    """Lay out from left to right; a layer of more than `rows` takes further columns, more than `columns` wrap.

    Units that no flow touches form a group: below single columns at the right where a taller stack leaves room,
    in the free places of the last line, or below everything.
    """
    flowing, rest = layers(declaration)
    stacks = [layer[start : start + rows] for layer in flowing for start in range(0, len(layer), rows)]
    lines = -(-len(stacks) // columns)
    free = lines * columns - len(stacks)
    beside = 0 < len(rest) <= free and lines > 1
    per_line = columns if beside else -(-len(stacks) // lines) if lines else 1
    # How many single columns end the line, and whether a stack before them leaves room for a group below.
    tail = next((count for count, stack in enumerate(reversed(stacks)) if len(stack) > 1), len(stacks))
    under = bool(rest) and lines == 1 and tail >= 2 and max(map(len, stacks)) >= 3
    pitch = BOX_WIDTH + GAP_WIDE
    boxes: dict[str, Box] = {}
    top = bottom = float(MARGIN)
    for start in range(0, len(stacks), per_line):
        band = stacks[start : start + per_line]
        top = bottom + (GAP_LINES if start else 0)
        tallest = max(map(len, band))
        height = tallest * BOX_HEIGHT + (tallest - 1) * GAP_ACROSS
        for column, stack in enumerate(band):
            used = len(stack) * BOX_HEIGHT + (len(stack) - 1) * GAP_ACROSS
            high = under and column >= len(band) - tail
            for row, name in enumerate(stack):
                y = top + (0 if high else (height - used) / 2) + row * (BOX_HEIGHT + GAP_ACROSS)
                boxes[name] = Box(MARGIN + column * pitch, y)
        bottom = top + height
    width = MARGIN + max((box.right for box in boxes.values()), default=0.0)
    group = None
    if rest:
        title = group_title(declaration, rest)
        if under:
            left = MARGIN + (len(stacks) - tail) * pitch
            across = -(-len(rest) // 2)
            group = _group(title, rest, across, left, top + BOX_HEIGHT + GAP_WIDE / 2, boxes)
            # It ends level with the tallest stack where that leaves it below the single columns.
            lower = bottom - group.height
            if lower > group.y:
                group = _group(title, rest, across, left, lower, boxes)
        elif beside:
            left = MARGIN + (len(stacks) % columns) * pitch
            group = _group(title, rest, len(rest), left, top - GROUP_HEAD, boxes)
        else:
            across = max(1, min(len(rest), round((width - MARGIN) // (BOX_WIDTH + GROUP_GAP))))
            below = bottom + GAP_WIDE / 2 if stacks else MARGIN
            group = _group(title, rest, across, MARGIN, below, boxes)
        width = max(width, group.x + group.width + MARGIN)
        bottom = max(bottom, group.y + group.height)
    return Layout(width, bottom + 2 * MARGIN, boxes, False, group)


def _group(title: str, rest: list[str], across: int, x: float, y: float, boxes: dict[str, Box]) -> Group:
    for place, name in enumerate(rest):
        row, column = divmod(place, across)
        boxes[name] = Box(
            x + GROUP_EDGE + column * (BOX_WIDTH + GROUP_GAP), y + GROUP_HEAD + row * (BOX_HEIGHT + GROUP_GAP)
        )
    down = -(-len(rest) // across)
    return Group(
        title, x, y, 2 * GROUP_EDGE + across * (BOX_WIDTH + GROUP_GAP) - GROUP_GAP,
        GROUP_HEAD + GROUP_EDGE + down * (BOX_HEIGHT + GROUP_GAP) - GROUP_GAP,
    )  # fmt: skip


def tall(declaration: Declaration) -> Layout:
    """Lay out from top to bottom: a layer of one in the middle, larger ones in two columns with a lane between."""
    flowing, rest = layers(declaration)
    boxes: dict[str, Box] = {}
    lane = 44
    width = 2.0 * (MARGIN + GROUP_EDGE + BOX_WIDTH) + lane
    left = float(MARGIN + GROUP_EDGE)
    top = float(MARGIN)
    for layer in flowing:
        for place, name in enumerate(layer):
            row, column = divmod(place, 2)
            x = left + column * (BOX_WIDTH + lane) if len(layer) > 1 else (width - BOX_WIDTH) / 2
            boxes[name] = Box(x, top + row * (BOX_HEIGHT + GAP_ACROSS))
        down = -(-len(layer) // 2)
        top += down * (BOX_HEIGHT + GAP_ACROSS) - GAP_ACROSS + GAP_TALL
    bottom = top - GAP_TALL if flowing else top
    group = None
    if rest:
        group = _group(group_title(declaration, rest), rest, min(2, len(rest)), MARGIN, bottom + 30, boxes)
        bottom = group.y + group.height
    return Layout(width, bottom + 2 * MARGIN, boxes, True, group)
