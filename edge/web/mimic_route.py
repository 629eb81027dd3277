"""How flows run from box to box on a mimic: through the free channels, apart from each other, around all boxes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from edge.web.mimic_channel import Point
from edge.web.mimic_layout import MARGIN, PITCH, STEP, Box, Layout
from edge.web.mimic_maze import End, Maze
from twin.model.declaration import FlowDeclaration

_STOCK_BEFORE = 2.35 * STEP  # from a stock to the unit that it waits for
_STOCK_AFTER = 2 * STEP


@dataclass(frozen=True, slots=True)
class Route:
    """The corners of a flow and the place of its stock.

    `upright` tells whether the stock stands on an upright stretch, `back` whether the flow runs against the line,
    `both` whether it is a way to and fro.
    """

    points: tuple[Point, ...]
    stock: Point | None = None
    upright: bool = False
    back: bool = False
    both: bool = False


def crosses(points: Sequence[Point], box: Box) -> bool:
    """Tell whether a path of level and upright stretches runs through the inside of a box.

    >>> crosses([(0.0, 50.0), (500.0, 50.0)], Box(100, 0)), crosses([(0.0, 0.0), (500.0, 0.0)], Box(100, 0))
    (True, False)
    """
    return any(
        min(ax, bx) < box.right and max(ax, bx) > box.x and min(ay, by) < box.bottom and max(ay, by) > box.y
        for (ax, ay), (bx, by) in pairwise(points)
    )


def routes(flows: Sequence[FlowDeclaration], layout: Layout) -> dict[int, Route]:
    """Lead all flows whose units stand in the layout; the keys are their places in `flows`.

    A way to and fro without stocks is one route, at the first of the two. A stock that many flows share stands at the
    first of them.
    """
    return dict(_routes(tuple(flows), _Frozen(layout)))


def frame(layout: Layout, found: Mapping[int, Route]) -> tuple[float, float, float, float]:
    """Return the left upper corner, width and height of the picture: boxes, group and what runs around them."""
    corners = [point for path in found.values() for point in path.points]
    for box in layout.boxes.values():
        corners += [(box.x, box.y), (box.right, box.bottom)]
    if layout.group is not None:
        group = layout.group
        corners += [(group.x, group.y), (group.x + group.width, group.y + group.height)]
    if not corners:
        return 0.0, 0.0, layout.width, layout.height
    left, right = min(x for x, _ in corners) - MARGIN, max(x for x, _ in corners) + MARGIN
    top, bottom = min(y for _, y in corners) - MARGIN, max(y for _, y in corners) + MARGIN
    return left, top, right - left, bottom - top


class _Frozen:
    """A layout as a key of the cache: the same places give the same routes."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.key = (tuple(layout.boxes.items()), layout.tall, layout.group)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Frozen) and self.key == other.key


@lru_cache(maxsize=64)
def _routes(flows: tuple[FlowDeclaration, ...], frozen: _Frozen) -> Mapping[int, Route]:
    layout = frozen.layout
    boxes = layout.boxes
    drawn = {place: flow for place, flow in enumerate(flows) if flow.source in boxes and flow.target in boxes}
    to_and_fro: set[int] = set()
    for place, flow in list(drawn.items()):
        returned = [
            other
            for other, back in drawn.items()
            if other > place
            and (back.source, back.target) == (flow.target, flow.source)
            and not (back.buffer or flow.buffer)
        ]
        for other in returned:
            del drawn[other]
            to_and_fro.add(place)
    stocked: dict[str, int] = {}
    for place, flow in drawn.items():
        if flow.buffer:
            stocked.setdefault(flow.buffer, place)
    holding = set(stocked.values())

    def rank(place: int) -> tuple[bool, float, int]:
        flow = drawn[place]
        source, target = boxes[flow.source], boxes[flow.target]
        far = abs(source.x - target.x) + abs(source.y - target.y)
        late = (_is_back(flow, layout) or place in to_and_fro) and far > PITCH
        return late, far - 300 * (place in holding), place

    through = [(flow.source, flow.target) for place, flow in drawn.items() if place not in to_and_fro]
    maze = Maze(layout, through)
    found = {}
    for place in sorted(drawn, key=rank):
        flow = drawn[place]
        at_source = flow.buffer.startswith(f"{flow.source}/")
        stock = place in holding
        plain = End(flow.source), End(flow.target)
        level, upright = (4, 4) if flow.capacity > 0 else (3, 1)
        held = End(
            flow.source if at_source else flow.target, level + (not at_source), upright, max(2, upright)
        )
        ends = plain if not stock else (held, plain[1]) if at_source else (plain[0], held)
        points = maze.lead(*ends, buffer=flow.buffer, alone=place in to_and_fro)
        spot, stands = None, False
        if stock:
            near, far = (points[0], points[1]) if at_source else (points[-1], points[-2])
            stands = near[0] == far[0]
            bare = STEP if stands and flow.capacity <= 0 else 0.0
            spot = _along(near, far, bare or (_STOCK_AFTER if at_source else _STOCK_BEFORE))
            maze.keep_clear(spot, flow.buffer, upright=stands)
        back = _is_back(flow, layout)
        both = place in to_and_fro
        found[place] = Route(tuple(points), spot, stands, back and not both, both)
    return found


def _is_back(flow: FlowDeclaration, layout: Layout) -> bool:
    return layout.layer[flow.target] < layout.layer[flow.source]


def _along(start: Point, end: Point, length: float) -> Point:
    """Return the point at a distance from the start of a level or upright stretch."""
    whole = abs(end[0] - start[0]) + abs(end[1] - start[1])
    share = length / whole if whole else 0.0
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
