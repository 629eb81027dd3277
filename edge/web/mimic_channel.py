"""The channels between the boxes of a mimic: a grid of lines, and the steps on it that the boxes leave open."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from edge.web.mimic_layout import BOX_HEIGHT, BOX_WIDTH, STEP, Layout

Point = tuple[float, float]
Node = tuple[int, int]  # column and row of the grid
Heading = tuple[int, int]
Step = tuple[Node, Heading]  # from a node to its neighbour there

SIDES: tuple[Heading, ...] = ((1, 0), (0, 1), (0, -1), (-1, 0))
_CLEARANCE = 9.0  # nothing runs along a box nearer than this
_OUTSIDE = 5  # channels around everything


class Channels:
    """The grid of one layout."""

    def __init__(self, layout: Layout) -> None:
        boxes = layout.boxes.values()
        self._walls = [(box.x, box.y, box.right, box.bottom) for box in boxes]
        if layout.group is not None:
            group = layout.group
            self._walls.append((group.x, group.y, group.x + group.width, group.y + group.height))
        around = [STEP * step for step in range(1, _OUTSIDE + 1)]
        self.xs = sorted(
            {box.x + BOX_WIDTH / 2 + side * 3 * STEP for box in boxes for side in (-1, 0, 1)}
            | {x for box in boxes for off in around for x in (box.x - off, box.right + off)}
        )
        self.ys = sorted(
            {box.y + BOX_HEIGHT / 2 + side * 2 * STEP for box in boxes for side in (-1, 0, 1)}
            | {y for box in boxes for off in around for y in (box.y - off, box.bottom + off)}
        )
        self._walled: set[Step] = set()
        for left, top, right, bottom in self._walls:
            self._walled.update(self._level(left, top - _CLEARANCE, right, bottom + _CLEARANCE))
            self._walled.update(self._upright(left - _CLEARANCE, top, right + _CLEARANCE, bottom))
        self._onward: dict[Node, list[tuple[Heading, Node, float]]] = {}

    def point(self, node: Node) -> Point:
        """Return where a node lies."""
        return self.xs[node[0]], self.ys[node[1]]

    def node(self, point: Point) -> Node | None:
        """Return the node at a point, None where there is none."""
        found = bisect_left(self.xs, point[0]), bisect_left(self.ys, point[1])
        inside = found[0] < len(self.xs) and found[1] < len(self.ys)
        return found if inside and self.point(found) == point else None

    def is_open(self, node: Node, heading: Heading) -> bool:
        """Tell whether a step stays on the grid and clear of every box."""
        column, row = node[0] + heading[0], node[1] + heading[1]
        inside = 0 <= column < len(self.xs) and 0 <= row < len(self.ys)
        return inside and (node, heading) not in self._walled

    def onward(self, node: Node) -> list[tuple[Heading, Node, float]]:
        """Return the open steps from a node: heading, next node, length."""
        known = self._onward.get(node)
        if known is None:
            x, y = self.point(node)
            known = self._onward[node] = []
            for heading in SIDES:
                if self.is_open(node, heading):
                    step = node[0] + heading[0], node[1] + heading[1]
                    known.append((heading, step, abs(self.xs[step[0]] - x) + abs(self.ys[step[1]] - y)))
        return known

    def is_walled(self, start: Point, end: Point) -> bool:
        """Tell whether a level or upright stretch comes too near to a box."""
        (ax, ay), (bx, by) = start, end
        off_x, off_y = (0.0, _CLEARANCE) if ay == by else (_CLEARANCE, 0.0)
        return any(
            min(ax, bx) < right + off_x and max(ax, bx) > left - off_x
            and min(ay, by) < bottom + off_y and max(ay, by) > top - off_y
            for left, top, right, bottom in self._walls
        )  # fmt: skip

    def through(self, left: float, top: float, right: float, bottom: float) -> Iterator[Step]:
        """Yield the steps, both ways, that run through the inside of a rectangle."""
        yield from self._level(left, top, right, bottom)
        yield from self._upright(left, top, right, bottom)

    def _level(self, left: float, top: float, right: float, bottom: float) -> Iterator[Step]:
        for column in _reaching(self.xs, left, right):
            for row in range(bisect_right(self.ys, top), bisect_left(self.ys, bottom)):
                yield (column - 1, row), (1, 0)
                yield (column, row), (-1, 0)

    def _upright(self, left: float, top: float, right: float, bottom: float) -> Iterator[Step]:
        for row in _reaching(self.ys, top, bottom):
            for column in range(bisect_right(self.xs, left), bisect_left(self.xs, right)):
                yield (column, row - 1), (0, 1)
                yield (column, row), (0, -1)


def _reaching(lines: list[float], low: float, high: float) -> range:
    """Return the places of the lines whose stretch from the line before reaches between `low` and `high`.

    >>> list(_reaching([0.0, 10.0, 20.0, 30.0], 12.0, 18.0)), list(_reaching([0.0, 10.0, 20.0], 10.0, 40.0))
    ([2], [2])
    """
    return range(max(1, bisect_right(lines, low)), min(len(lines), bisect_left(lines, high) + 1))
