"""How a flow runs from box to box on a mimic without crossing a third one."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from edge.web.mimic_layout import Box, Layout

Point = tuple[float, float]

_ELBOW = 30  # from a flow's last corner to its target
_ELBOW_STOCK = 58  # the same with a stock before the target
_BEFORE = 33  # from a stock to the unit that holds it
_AFTER = 22
_UNDER = 14  # below the boxes, for what runs around them


@dataclass(frozen=True, slots=True)
class Route:
    """The corners of a flow, the place of its stock (None where there is no room), and whether it runs back."""

    points: list[Point]
    stock: Point | None
    back: bool = False


def crosses(points: Sequence[Point], box: Box) -> bool:
    """Tell whether a path of level and upright stretches runs through the inside of a box.

    >>> crosses([(0.0, 50.0), (500.0, 50.0)], Box(100, 0)), crosses([(0.0, 0.0), (500.0, 0.0)], Box(100, 0))
    (True, False)
    """
    return any(
        min(ax, bx) < box.right and max(ax, bx) > box.x and min(ay, by) < box.bottom and max(ay, by) > box.y
        for (ax, ay), (bx, by) in pairwise(points)
    )


def route(source: Box, target: Box, layout: Layout, *, at_source: bool, stocked: bool) -> Route:
    """Lead a flow from `source` to `target`; a stock stands at the unit that holds it (`at_source` or target)."""
    found = (
        _tall(source, target, layout.width / 2) if layout.tall else _wide(source, target, at_source, stocked)
    )
    others = [box for box in layout.boxes.values() if box not in (source, target)]
    if layout.tall or not any(crosses(found.points, box) for box in others):
        return found
    sx, tx, ty = source.middle[0], target.x - _ELBOW, target.middle[1]
    between = [box for box in others if min(sx, tx) < box.right and max(sx, tx) > box.x]
    low = max(box.bottom for box in (source, *between)) + _UNDER
    return Route([(sx, source.bottom), (sx, low), (tx, low), (tx, ty), (target.x, ty)], (tx, (low + ty) / 2))


def _wide(source: Box, target: Box, at_source: bool, stocked: bool) -> Route:
    sx, sy = source.middle
    tx, ty = target.middle
    if target.x > source.right:
        middle = target.x - (_ELBOW_STOCK if stocked and not at_source else _ELBOW)
        points = [(source.right, sy), (middle, sy), (middle, ty), (target.x, ty)]
        return Route(points, (source.right + _AFTER, sy) if at_source else (target.x - _BEFORE, ty))
    if target.y > source.bottom:
        middle = source.bottom + (target.y - source.bottom) / 3
        points = [(sx, source.bottom), (sx, middle), (tx, middle), (tx, target.y)]
        return Route(points, (tx, target.y - _BEFORE))
    low = max(source.bottom, target.bottom) + _UNDER
    points = [(sx, source.bottom), (sx, low), (tx, low), (tx, target.bottom)]
    return Route(points, ((sx + tx) / 2, low), True)


def _tall(source: Box, target: Box, centre: float) -> Route:
    """Lead through the lane in the middle, which only layers of one unit stand in."""
    if target.y <= source.y:
        side = max(source.right, target.right) + 8
        sy, ty = source.middle[1], target.middle[1]
        return Route([(source.right, sy), (side, sy), (side, ty), (target.right, ty)], None, True)
    start, end = _door(source, centre), _door(target, centre)
    first = [(centre, source.bottom)] if start is None else [start, (centre, start[1])]
    last = [(centre, target.y)] if end is None else [(centre, end[1]), end]
    return Route(first + last, (centre, target.y - 27) if end is None else None)


def _door(box: Box, centre: float) -> Point | None:
    """Return where a box beside the lane opens to it, None for a box in the lane."""
    if box.right <= centre:
        return box.right, box.middle[1]
    return (box.x, box.middle[1]) if box.x >= centre else None
