"""Where the units of a mimic stand: layers along the flows, wide for screens and tall for phones."""

from dataclasses import dataclass

from edge.web.mimic_order import order
from twin.model.declaration import Declaration

# Everything stands on a raster of STEP, so that flows run side by side at a clear distance.
STEP = 14
BOX_WIDTH = 14 * STEP
BOX_HEIGHT = 8 * STEP
GAP_WIDE = 6 * STEP
PITCH = BOX_WIDTH + GAP_WIDE
GAP_LINES = 6 * STEP
GAP_ACROSS = 2 * STEP
GAP_TALL = 5 * STEP
LANE_TALL = 3 * STEP
MARGIN = STEP
# A group is a frame with a heading around units that no flow touches.
GROUP_HEAD = 30
GROUP_EDGE = 12
GROUP_GAP = LANE_TALL - 2 * STEP


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
    """Places of all units, the layers that they stand in along the flows, and the size of the picture."""

    width: float
    height: float
    boxes: dict[str, Box]
    layer: dict[str, int]
    tall: bool
    group: Group | None = None


def group_title(declaration: Declaration, rest: list[str]) -> str:
    """Name the units that no flow touches: by their kind where they share one.

    They watch a part of the line closely (detailed cells) or serve it (a workshop).
    """
    kinds = {unit.kind for unit in declaration.units if unit.name in rest}
    if len(rest) > 1 and len(kinds) == 1:
        return f"{kinds.pop().replace('_', ' ').capitalize()}s in detail"
    return "Beside the line"


def wide(declaration: Declaration, *, columns: int = 4, rows: int = 4) -> Layout:
    """Lay out from left to right; a layer of more than `rows` takes further columns.

    One line takes one column more than `columns`; what is longer goes on in further lines. Units that no flow touches
    form a group: below single columns at the right where a taller stack leaves room, in the free places of the last
    line, or below everything.
    """
    found = order(declaration)
    rest = found.rest
    stacks = [layer[start : start + rows] for layer in found.layers for start in range(0, len(layer), rows)]
    across = max(1, len(stacks) if len(stacks) <= columns + 1 else columns)
    lines = -(-len(stacks) // across)
    beside = lines > 1 and 0 < len(rest) <= lines * across - len(stacks)
    per_line = across if beside or not lines else -(-len(stacks) // lines)
    # How many single columns end the line, and whether a stack before them leaves room for a group below.
    tail = next((count for count, stack in enumerate(reversed(stacks)) if len(stack) > 1), len(stacks))
    under = bool(rest) and lines == 1 and tail >= 2 and max(map(len, stacks)) >= 3
    boxes: dict[str, Box] = {}
    top = bottom = float(MARGIN)
    for start in range(0, len(stacks), per_line):
        band = stacks[start : start + per_line]
        top = bottom + (GAP_LINES if start else 0)
        bottom = _band(band, found.hanging, top, len(band) - tail if under else len(band), boxes)
    width = MARGIN + max((box.right for box in boxes.values()), default=0.0)
    group = None
    if rest:
        title = group_title(declaration, rest)
        if under:
            left = MARGIN + (len(stacks) - tail) * PITCH
            two = -(-len(rest) // 2)
            group = _group(title, rest, two, left, top + BOX_HEIGHT + GAP_WIDE / 2, boxes)
            # It ends level with the tallest stack where that leaves it below the single columns.
            if (lower := bottom - group.height) > group.y:
                group = _group(title, rest, two, left, lower, boxes)
        elif beside:
            left = MARGIN + (len(stacks) % across) * PITCH
            group = _group(title, rest, len(rest), left, top - GROUP_HEAD, boxes)
        else:
            fitting = max(1, min(len(rest), round((width - MARGIN) // (BOX_WIDTH + GROUP_GAP))))
            reach = MARGIN + GROUP_EDGE + fitting * (BOX_WIDTH + GROUP_GAP) + GAP_WIDE
            below = max(
                (box.bottom + GAP_WIDE / 2 for box in boxes.values() if box.x < reach), default=MARGIN
            )
            group = _group(title, rest, fitting, MARGIN, below, boxes)
        width = max(width, group.x + group.width + MARGIN)
        bottom = max(bottom, group.y + group.height)
    return Layout(width, bottom + MARGIN, boxes, found.depth, False, group)


def _band(
    band: list[list[str]], hanging: frozenset[str], top: float, high: int, boxes: dict[str, Box]
) -> float:
    """Place one line of stacks and return its lower edge.

    What the line runs through is centred (at the top from column `high` on), what hangs stands below it.
    """
    through = [[name for name in stack if name not in hanging] for stack in band]
    tallest = max(map(len, through))
    bottom = top
    for column, stack in enumerate(band):
        shift = 0 if column >= high else (tallest - len(through[column])) / 2
        for row, name in enumerate(stack):
            boxes[name] = Box(MARGIN + column * PITCH, top + (shift + row) * (BOX_HEIGHT + GAP_ACROSS))
            bottom = max(bottom, boxes[name].bottom)
    return bottom


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
    found = order(declaration)
    boxes: dict[str, Box] = {}
    single = all(len(layer) == 1 for layer in found.layers) and len(found.rest) < 2
    left = float(MARGIN + GROUP_EDGE)
    middle = left if single else left + (BOX_WIDTH + LANE_TALL) / 2
    width = 2 * left + BOX_WIDTH + (0 if single else BOX_WIDTH + LANE_TALL)
    top = float(MARGIN)
    for layer in found.layers:
        for place, name in enumerate(layer):
            row, column = divmod(place, 2)
            alone = place == len(layer) - 1 and not column and name not in found.hanging
            x = middle if alone else left + column * (BOX_WIDTH + LANE_TALL)
            boxes[name] = Box(x, top + row * (BOX_HEIGHT + GAP_ACROSS))
        down = -(-len(layer) // 2)
        top += down * (BOX_HEIGHT + GAP_ACROSS) - GAP_ACROSS + GAP_TALL
    bottom = top - GAP_TALL if found.layers else top
    group = None
    if found.rest:
        title = group_title(declaration, found.rest)
        group = _group(title, found.rest, min(2, len(found.rest)), MARGIN, bottom + 42, boxes)
        bottom = group.y + group.height
    return Layout(width, bottom + MARGIN, boxes, found.depth, True, group)
