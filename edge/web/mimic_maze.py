"""The channels between the boxes of a mimic, and the cheapest way through them that the flows before have left."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count, product

from edge.web.mimic_layout import BOX_HEIGHT, BOX_WIDTH, STEP, Box, Layout

Point = tuple[float, float]
Node = tuple[int, int]
Heading = tuple[int, int]

_CLEARANCE = 9.0  # nothing runs along a box nearer than this
_OUTSIDE = 5  # channels around everything
# What a way costs beside its length: the wishes of a reader, in lengths that one would go around for.
_BEND = 45.0
_CROSSING = 120.0
_TOUCHING = 400.0
_OVERLAP = 30.0  # per length on a foreign flow
_SHARED = 0.5  # per length on a trunk that tells the truth
_THROUGH_STOCK = 150.0
_OFF_MIDDLE = 150.0
_SIDEWAYS = 45.0
_UPWARDS = 60.0
_BACKWARDS = 220.0
_TAKEN = 500.0
_CROWDED = 40.0
_SIDES: tuple[Heading, ...] = ((1, 0), (0, 1), (0, -1), (-1, 0))


@dataclass(frozen=True, slots=True)
class End:
    """One end of a flow, and how many steps of straight stretch a stock needs there, level and upright.

    `wished` is the upright stretch where there is room.
    """

    unit: str
    level: int = 1
    upright: int = 1
    wished: int = 1


@dataclass(frozen=True, slots=True)
class _Port:
    """A place on the edge of a box, the way out of it, and the first node of the channels there."""

    unit: str
    at: Point
    out: Heading
    node: Node
    cost: float


class Maze:
    """The channels of one layout.

    Flows may share a stretch only where that tells the truth: where each source on it feeds each target.
    """

    def __init__(self, layout: Layout, flows: Sequence[tuple[str, str]]) -> None:
        self._layout = layout
        self._flows = frozenset(flows)
        boxes = layout.boxes.values()
        self._walls = [(box.x, box.y, box.right, box.bottom) for box in boxes]
        if layout.group is not None:
            group = layout.group
            self._walls.append((group.x, group.y, group.x + group.width, group.y + group.height))
        around = [STEP * step for step in range(1, _OUTSIDE + 1)]
        self._xs = sorted(
            {box.x + BOX_WIDTH / 2 + side * 3 * STEP for box in boxes for side in (-1, 0, 1)}
            | {x for box in boxes for off in around for x in (box.x - off, box.right + off)}
        )
        self._ys = sorted(
            {box.y + BOX_HEIGHT / 2 + side * 2 * STEP for box in boxes for side in (-1, 0, 1)}
            | {y for box in boxes for off in around for y in (box.y - off, box.bottom + off)}
        )
        self._open: dict[tuple[Node, Heading], bool] = {}
        self._owners: dict[tuple[Node, Heading], set[tuple[str, str]]] = {}
        self._at_node: dict[Node, set[tuple[str, str]]] = {}
        self._at_port: dict[Point, list[tuple[tuple[str, str], bool]]] = {}
        self._stocks: list[tuple[str, tuple[float, float, float, float]]] = []

    def keep_clear(self, stock: Point, buffer: str, *, upright: bool) -> None:
        """Keep later flows, but for those of the same buffer, away from a stock and its figure."""
        x, y = stock
        around = (x - 8, y - 20, x + 60, y + 20) if upright else (x - 26, y - 20, x + 26, y + 36)
        self._stocks.append((buffer, around))

    def lead(self, source: End, target: End, *, buffer: str = "", alone: bool = False) -> list[Point]:
        """Return the corners of the cheapest way and keep it for later flows; `alone` shares no stretch with others.

        Raises:
            ValueError: if the boxes leave no way; layouts always do.
        """
        flow = (f"{source.unit} alone" if alone else source.unit), target.unit
        leaves = self._ports(source, flow, leaving=True)
        enters: dict[Node, list[_Port]] = {}
        for port in self._ports(target, flow, leaving=False):
            enters.setdefault(port.node, []).append(port)
        goal = self._layout.boxes[target.unit]
        order = count()
        queue: list[tuple[float, int, float, Node, Heading]] = []
        best: dict[tuple[Node, Heading], float] = {}
        came: dict[tuple[Node, Heading], tuple[Node, Heading] | _Port] = {}
        for port in leaves:
            state = port.node, port.out
            if port.cost < best.get(state, float("inf")):
                best[state] = port.cost
                came[state] = port
                heappush(queue, (port.cost + self._far(port.node, goal), next(order), port.cost, *state))
        done: tuple[float, tuple[Node, Heading], _Port] | None = None
        while queue:
            estimate, _, cost, node, heading = heappop(queue)
            if done is not None and estimate >= done[0]:
                break
            if cost > best[node, heading]:
                continue
            for port in enters.get(node, ()):
                inward = -port.out[0], -port.out[1]
                if inward == (-heading[0], -heading[1]):
                    continue
                whole = cost + port.cost + self._turn(node, heading, inward, flow)
                if done is None or whole < done[0]:
                    done = whole, (node, heading), port
            for onward in _SIDES:
                if onward == (-heading[0], -heading[1]) or not self._is_open(node, onward):
                    continue
                step = node[0] + onward[0], node[1] + onward[1]
                then = (
                    cost + self._turn(node, heading, onward, flow) + self._stretch(node, onward, flow, buffer)
                )
                if then < best.get((step, onward), float("inf")):
                    best[step, onward] = then
                    came[step, onward] = node, heading
                    heappush(queue, (then + self._far(step, goal), next(order), then, step, onward))
        if done is None:
            msg = f"no way from {source.unit} to {target.unit}: leave a channel between the boxes"
            raise ValueError(msg)
        return self._keep(flow, done[1], done[2], came)

    def _ports(self, end: End, flow: tuple[str, str], *, leaving: bool) -> list[_Port]:
        box = self._layout.boxes[end.unit]
        ahead: Heading = (0, 1) if self._layout.tall else (1, 0)
        found = []
        for out in _SIDES:
            along = out if leaving else (-out[0], -out[1])
            manner = 0.0 if along == ahead else _BACKWARDS if along == (-ahead[0], -ahead[1]) else _SIDEWAYS
            manner += _UPWARDS * (along == (0, -1))
            least, wished = (end.level, end.level) if out[0] else (end.upright, max(end.upright, end.wished))
            for off, steps in product((-1, 0, 1), sorted({least, wished})):
                at = _edge(box, out, off)
                outside = at[0] + out[0] * steps * STEP, at[1] + out[1] * steps * STEP
                node = bisect_left(self._xs, outside[0]), bisect_left(self._ys, outside[1])
                inside = node[0] < len(self._xs) and node[1] < len(self._ys)
                if not inside or self._point(node) != outside or self._is_walled(at, outside):
                    continue
                taken = any(
                    there != leaving or not self._is_true(flow, other)
                    for other, there in self._at_port.get(at, ())
                )
                cost = manner + _OFF_MIDDLE * abs(off) + _TAKEN * taken + steps * STEP
                found.append(_Port(end.unit, at, out, node, cost + _CROWDED * (steps < wished)))
        return found

    def _is_walled(self, start: Point, end: Point) -> bool:
        (ax, ay), (bx, by) = start, end
        off_x, off_y = (0.0, _CLEARANCE) if ay == by else (_CLEARANCE, 0.0)
        return any(
            min(ax, bx) < right + off_x and max(ax, bx) > left - off_x
            and min(ay, by) < bottom + off_y and max(ay, by) > top - off_y
            for left, top, right, bottom in self._walls
        )  # fmt: skip

    def _is_open(self, node: Node, heading: Heading) -> bool:
        known = self._open.get((node, heading))
        if known is None:
            step = node[0] + heading[0], node[1] + heading[1]
            inside = 0 <= step[0] < len(self._xs) and 0 <= step[1] < len(self._ys)
            known = inside and not self._is_walled(self._point(node), self._point(step))
            self._open[node, heading] = known
        return known

    def _stretch(self, node: Node, heading: Heading, flow: tuple[str, str], buffer: str) -> float:
        step = node[0] + heading[0], node[1] + heading[1]
        (ax, ay), (bx, by) = self._point(node), self._point(step)
        length = abs(ax - bx) + abs(ay - by)
        others = self._owners.get((node, heading), set()) | self._owners.get(
            (step, (-heading[0], -heading[1])), set()
        )
        through = sum(
            min(ax, bx) < right
            and max(ax, bx) > left
            and min(ay, by) < bottom
            and max(ay, by) > top
            and (buffer != owner or not buffer)
            for owner, (left, top, right, bottom) in self._stocks
        )
        dear = _OVERLAP if any(not self._is_true(flow, other) for other in others) else 1.0
        return length * (_SHARED if others and dear == 1.0 else dear) + through * _THROUGH_STOCK

    def _turn(self, node: Node, before: Heading, after: Heading, flow: tuple[str, str]) -> float:
        """Return what passing a node costs: a bend, and foreign flows that are crossed or touched there."""
        foreign = any(not self._is_true(flow, other) for other in self._at_node.get(node, ()))
        if before != after:
            return _BEND + _TOUCHING * foreign
        return _CROSSING * foreign

    def _is_true(self, one: tuple[str, str], other: tuple[str, str]) -> bool:
        return (one[0], other[1]) in self._flows and (other[0], one[1]) in self._flows

    def _far(self, node: Node, goal: Box) -> float:
        x, y = self._point(node)
        return _SHARED * (max(goal.x - x, 0.0, x - goal.right) + max(goal.y - y, 0.0, y - goal.bottom))

    def _point(self, node: Node) -> Point:
        return self._xs[node[0]], self._ys[node[1]]

    def _keep(
        self,
        flow: tuple[str, str],
        last: tuple[Node, Heading],
        enter: _Port,
        came: dict[tuple[Node, Heading], tuple[Node, Heading] | _Port],
    ) -> list[Point]:
        trail = [last[0]]
        before = came[last]
        while not isinstance(before, _Port):
            self._owners.setdefault((before[0], _heading(before[0], trail[-1])), set()).add(flow)
            trail.append(before[0])
            before = came[before]
        for node in trail:
            self._at_node.setdefault(node, set()).add(flow)
        for port, leaving in ((before, True), (enter, False)):
            self._at_port.setdefault(port.at, []).append((flow, leaving))
            self._keep_stub(port, flow, leaving=leaving)
        return _corners([before.at, *(self._point(node) for node in reversed(trail)), enter.at])

    def _keep_stub(self, port: _Port, flow: tuple[str, str], *, leaving: bool) -> None:
        """Keep what lies between a port and its first node: a long stretch passes over several."""
        node = port.node
        while self._is_open(node, inward := (-port.out[0], -port.out[1])):
            step = node[0] + inward[0], node[1] + inward[1]
            x, y = self._point(step)
            if (x - port.at[0]) * port.out[0] + (y - port.at[1]) * port.out[1] <= 0:
                break
            end = (step, port.out) if leaving else (node, inward)
            self._owners.setdefault(end, set()).add(flow)
            self._at_node.setdefault(step, set()).add(flow)
            node = step


def _edge(box: Box, out: Heading, off: int) -> Point:
    x, y = box.middle
    if out[0]:
        return (box.right if out[0] > 0 else box.x), y + off * 2 * STEP
    return x + off * 3 * STEP, (box.bottom if out[1] > 0 else box.y)


def _heading(start: Node, end: Node) -> Heading:
    return end[0] - start[0], end[1] - start[1]


def _corners(points: Sequence[Point]) -> list[Point]:
    """Leave out the points between which a path runs straight on.

    >>> _corners([(0, 0), (5, 0), (9, 0), (9, 4)])
    [(0, 0), (9, 0), (9, 4)]
    """
    kept = [points[0]]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        if not (before[0] == here[0] == after[0] or before[1] == here[1] == after[1]):
            kept.append(here)
    return [*kept, points[-1]]
