"""The cheapest way through the channels of a mimic that the flows before have left."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count, product

from edge.web.mimic_channel import SIDES, Channels, Heading, Node, Point, Step
from edge.web.mimic_layout import STEP, Box, Layout

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
    """The flows of one layout, led one after the other.

    Flows may share a stretch only where that tells the truth: where each source on it feeds each target.
    """

    def __init__(self, layout: Layout, flows: Sequence[tuple[str, str]]) -> None:
        self._layout = layout
        self._flows = frozenset(flows)
        self._channels = Channels(layout)
        self._owners: dict[Step, set[tuple[str, str]]] = {}
        self._at_node: dict[Node, set[tuple[str, str]]] = {}
        self._at_port: dict[Point, list[tuple[tuple[str, str], bool]]] = {}
        self._stocks: dict[Step, list[str]] = {}  # steps through one, and whose it is

    def keep_clear(self, stock: Point, buffer: str, *, upright: bool) -> None:
        """Keep later flows, but for those of the same buffer, away from a stock and its figure."""
        x, y = stock
        left, top, right, bottom = (
            (x - 8, y - 20, x + 60, y + 20) if upright else (x - 26, y - 20, x + 26, y + 36)
        )
        for step in self._channels.through(left, top, right, bottom):
            self._stocks.setdefault(step, []).append(buffer)

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
        foreign, shares = self._foreign(flow), self._shares(flow)
        away_x = [max(goal.x - x, 0.0, x - goal.right) for x in self._channels.xs]
        away_y = [max(goal.y - y, 0.0, y - goal.bottom) for y in self._channels.ys]

        def far(node: Node) -> float:
            return _SHARED * (away_x[node[0]] + away_y[node[1]])

        order = count()
        queue: list[tuple[float, int, float, Node, Heading]] = []
        best: dict[Step, float] = {}
        came: dict[Step, Step | _Port] = {}
        for port in leaves:
            state = port.node, port.out
            if port.cost < best.get(state, float("inf")):
                best[state] = port.cost
                came[state] = port
                heappush(queue, (port.cost + far(port.node), next(order), port.cost, *state))
        done: tuple[float, Step, _Port] | None = None
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
                whole = cost + port.cost + _turn(heading, inward, foreign=node in foreign)
                if done is None or whole < done[0]:
                    done = whole, (node, heading), port
            for onward, step, length in self._channels.onward(node):
                if onward == (-heading[0], -heading[1]):
                    continue
                stretch = length * shares.get((node, onward), 1.0)
                if stocks := self._stocks.get((node, onward)):
                    stretch += _THROUGH_STOCK * sum(buffer != owner or not buffer for owner in stocks)
                then = cost + _turn(heading, onward, foreign=node in foreign) + stretch
                if then < best.get((step, onward), float("inf")):
                    best[step, onward] = then
                    came[step, onward] = node, heading
                    heappush(queue, (then + far(step), next(order), then, step, onward))
        if done is None:
            msg = f"no way from {source.unit} to {target.unit}: leave a channel between the boxes"
            raise ValueError(msg)
        return self._keep(flow, done[1], done[2], came)

    def _ports(self, end: End, flow: tuple[str, str], *, leaving: bool) -> list[_Port]:
        box = self._layout.boxes[end.unit]
        ahead: Heading = (0, 1) if self._layout.tall else (1, 0)
        found = []
        for out in SIDES:
            along = out if leaving else (-out[0], -out[1])
            manner = 0.0 if along == ahead else _BACKWARDS if along == (-ahead[0], -ahead[1]) else _SIDEWAYS
            manner += _UPWARDS * (along == (0, -1))
            least, wished = (end.level, end.level) if out[0] else (end.upright, max(end.upright, end.wished))
            for off, steps in product((-1, 0, 1), sorted({least, wished})):
                at = _edge(box, out, off)
                outside = at[0] + out[0] * steps * STEP, at[1] + out[1] * steps * STEP
                node = self._channels.node(outside)
                if node is None or self._channels.is_walled(at, outside):
                    continue
                taken = any(
                    there != leaving or not self._is_true(flow, other)
                    for other, there in self._at_port.get(at, ())
                )
                cost = manner + _OFF_MIDDLE * abs(off) + _TAKEN * taken + steps * STEP
                found.append(_Port(end.unit, at, out, node, cost + _CROWDED * (steps < wished)))
        return found

    def _foreign(self, flow: tuple[str, str]) -> set[Node]:
        """Return the nodes where a flow would cross or touch one that it may not share a stretch with."""
        return {
            node
            for node, others in self._at_node.items()
            if any(not self._is_true(flow, other) for other in others)
        }

    def _shares(self, flow: tuple[str, str]) -> dict[Step, float]:
        """Return what a length costs on each step that flows before have taken, in either direction."""
        found: dict[Step, float] = {}
        for (node, (along, across)), others in self._owners.items():
            cost = _SHARED if all(self._is_true(flow, other) for other in others) else _OVERLAP
            for step in ((node, (along, across)), ((node[0] + along, node[1] + across), (-along, -across))):
                found[step] = max(cost, found.get(step, 0.0))
        return found

    def _is_true(self, one: tuple[str, str], other: tuple[str, str]) -> bool:
        return (one[0], other[1]) in self._flows and (other[0], one[1]) in self._flows

    def _keep(
        self,
        flow: tuple[str, str],
        last: Step,
        enter: _Port,
        came: dict[Step, Step | _Port],
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
        return _corners([before.at, *(self._channels.point(node) for node in reversed(trail)), enter.at])

    def _keep_stub(self, port: _Port, flow: tuple[str, str], *, leaving: bool) -> None:
        """Keep what lies between a port and its first node: a long stretch passes over several."""
        node = port.node
        while self._channels.is_open(node, inward := (-port.out[0], -port.out[1])):
            step = node[0] + inward[0], node[1] + inward[1]
            x, y = self._channels.point(step)
            if (x - port.at[0]) * port.out[0] + (y - port.at[1]) * port.out[1] <= 0:
                break
            end = (step, port.out) if leaving else (node, inward)
            self._owners.setdefault(end, set()).add(flow)
            self._at_node.setdefault(step, set()).add(flow)
            node = step


def _turn(before: Heading, after: Heading, *, foreign: bool) -> float:
    """Return what passing a node costs: a bend, and a foreign flow that is crossed or touched there."""
    if before != after:
        return _BEND + _TOUCHING * foreign
    return _CROSSING * foreign


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
