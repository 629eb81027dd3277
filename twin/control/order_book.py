"""The order book of a line as its text tag holds it, and what a sequence of its orders costs."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations

_EXACT = 6  # orders of which every sequence is tried
_LATE = (
    1e3  # weight of a second of lateness more than in the order of arrival, against a second of set-up (est.)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedOrder:
    """An order that waits; `due_ms` inf where it has no date."""

    order: str
    product: str
    family: str
    quantity: float
    due_ms: float


def read_book(text: str) -> list[BookedOrder]:
    """Return the orders of a JSON list of objects with order, product, family, quantity, due_ms; [] if it is none."""
    try:
        return [
            BookedOrder(
                order=str(entry["order"]),
                product=str(entry["product"]),
                family=str(entry.get("family", "")),
                quantity=max(_number(entry.get("quantity"), 0.0), 0.0),
                due_ms=_number(entry.get("due_ms"), math.inf),
            )
            for entry in json.loads(text)
        ]
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return []


def _number(value: object, otherwise: float) -> float:
    if isinstance(value, int | float) and not math.isnan(value):
        return float(value)
    return otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What a change of product takes: `changeover` s, the share `within` of it inside a family.

    A part takes `cycle` s.
    """

    changeover: float
    within: float
    cycle: float = 0.0

    def time(self, before: BookedOrder | None, after: BookedOrder) -> float:
        """Return the set-up time in s from one order to the next; none is known before the first."""
        if before is None or before.product == after.product:
            return 0.0
        return self.changeover * (self.within if before.family == after.family else 1.0)

    def total(
        self, orders: Sequence[BookedOrder], first: BookedOrder | None, now_ms: float
    ) -> tuple[float, float]:
        """Return the set-up time and the summed lateness in s of `orders` in this sequence, after `first` now."""
        setup = late = elapsed = 0.0
        before = first
        for order in orders:
            change = self.time(before, order)
            setup += change
            elapsed += change + self.cycle * order.quantity
            late += max(now_ms / 1000.0 + elapsed - order.due_ms / 1000.0, 0.0)
            before = order
        return setup, late

    def best(
        self, orders: Sequence[BookedOrder], first: BookedOrder | None, now_ms: float
    ) -> list[BookedOrder]:
        """Return the sequence with the least set-up time that is in sum no later than `orders` as they stand.

        Up to six orders every sequence is tried. Above that: the nearest neighbour and the present sequence, each
        improved by reversing and moving stretches (2-opt and or-opt) until nothing gets better. The first wins a tie.
        """
        allowed = self.total(orders, first, now_ms)[1]

        def cost(sequence: Sequence[BookedOrder]) -> float:
            setup, late = self.total(sequence, first, now_ms)
            return setup + _LATE * max(late - allowed, 0.0)

        if len(orders) <= _EXACT:
            return min((list(sequence) for sequence in permutations(orders)), key=cost)
        starts = [list(orders), self._nearest(orders, first)]
        return min((_improve(start, cost) for start in starts), key=cost)

    def _nearest(self, orders: Sequence[BookedOrder], first: BookedOrder | None) -> list[BookedOrder]:
        left, found, last = list(orders), [], first
        while left:
            last = min(left, key=lambda order: (self.time(last, order), order.due_ms))
            left.remove(last)
            found.append(last)
        return found


def _improve(
    sequence: list[BookedOrder], cost: Callable[[Sequence[BookedOrder]], float]
) -> list[BookedOrder]:
    best, least = sequence, cost(sequence)
    improved = True
    while improved:
        improved = False
        for start in range(len(best)):
            for end in range(start + 1, len(best)):
                stretch = best[start : end + 1]
                for candidate in (
                    best[:start] + stretch[::-1] + best[end + 1 :],
                    best[:start] + stretch[1:] + stretch[:1] + best[end + 1 :],
                    best[:start] + stretch[-1:] + stretch[:-1] + best[end + 1 :],
                ):
                    price = cost(candidate)
                    if price < least - 1e-9:
                        best, least, improved = candidate, price, True
    return best
