"""The order book: the orders to come as a line shows them, and out of what sequence it takes them."""

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from twin.model.changeover import Changeover
from twin.model.line_unit import LineUnit
from twin.model.order import Order
from twin.model.tag import Kind, Tag

FIRST_COME = -1


@dataclass(slots=True)
class _Entry:
    order: Order
    overtaken: int = 0


class OrderBook:
    """The next `size` of `orders`, told by the tag `order_book` of `unit`; the tag `next_order` chooses among them.

    The choice is a place in the book, it counts for one turn. No order is overtaken more than `patience` times
    (2 * `size`, est.): then it is taken, whatever is chosen. `check` refuses orders that the line cannot make.
    """

    def __init__(
        self,
        orders: Iterator[Order],
        size: int,
        changeover: Changeover,
        unit: LineUnit,
        *,
        check: Callable[[Order], object],
    ) -> None:
        self.size = size
        self.patience = 2 * size
        self._orders = orders
        self._changeover = changeover
        self._unit = unit
        self._check = check
        self._entries: list[_Entry] = []
        self._choice = FIRST_COME
        self._told = ""

    def open(self) -> None:
        """Take the first orders in; at the start of the line."""
        self._fill()

    def take(self) -> Order | None:
        """Take the order out whose turn it is, None when there is none left."""
        if not self._entries:
            return None
        place = self._turn()
        for entry in self._entries[:place]:
            entry.overtaken += 1
        order = self._entries.pop(place).order
        self._choose(FIRST_COME)
        self._fill()
        return order

    def _turn(self) -> int:
        chosen = self._choice if 0 <= self._choice < len(self._entries) else 0
        waited = (place for place, entry in enumerate(self._entries) if entry.overtaken >= self.patience)
        return min(next(waited, chosen), chosen)

    def _fill(self) -> None:
        while len(self._entries) < self.size and (order := next(self._orders, None)) is not None:
            self._check(order)
            self._entries.append(_Entry(order))
        rows = [self._row(entry.order) for entry in self._entries]
        self._told = json.dumps(rows, separators=(",", ":"))
        self._unit.log("order_book", self._told)

    def _row(self, order: Order) -> dict[str, str | float | None]:
        due = None if math.isinf(order.due) else self._unit.start_ms + round(order.due * 1000.0)
        return {
            "order": order.name,
            "product": order.product,
            "family": self._changeover.family(order.product),
            "quantity": order.quantity * order.lot,
            "due_ms": due,
        }

    def _choose(self, place: float) -> None:
        choice = round(place)
        if choice != self._choice:
            self._choice = choice
            self._unit.touched = True

    def tags(self) -> list[Tag]:
        """Return the tags of the line's unit that tell the orders to come and set the next."""
        return [
            Tag(name="order_book", kind=Kind.TEXT, read=lambda: self._told,
                description="orders to come, first come first: order, product, family, quantity, due_ms; JSON"),
            Tag(name="next_order", kind=Kind.SETPOINT, low=FIRST_COME, high=self.size - 1,
                read=lambda: float(self._choice), write=self._choose,
                description="place in the order book of the order to make next, -1: first come; for one turn"),
        ]  # fmt: skip
