"""The release of orders: one after the other, part by part, with a changeover of the whole line between them."""

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import simpy

from twin.model.changeover import Changeover
from twin.model.order import Order
from twin.model.order_book import OrderBook
from twin.model.part import Part
from twin.model.station import Station
from twin.model.tool import ToolShop

if TYPE_CHECKING:
    from twin.model.discrete_line import DiscreteLine


class Release:
    """Releases the parts of `orders` into `line` as its first station takes them.

    With a `changeover` the line runs empty between orders of different products. The time of a changeover counts
    from the release of the last part; the tools that come off worn go to `shop`. With a `book` of that many orders to
    come, it tells them, and lets others choose the next.
    """

    def __init__(
        self,
        line: "DiscreteLine",
        orders: Iterator[Order],
        changeover: Changeover | None,
        shop: ToolShop | None,
        book: int = 0,
    ) -> None:
        if book < 0:
            raise ValueError(f"book {book} must be a number of orders, 0 for none")
        if book and changeover is None:
            raise ValueError(f"book {book} needs a changeover; without one any sequence of orders is as good")
        self._line = line
        self._orders = orders
        self._changeover = changeover
        self._shop = shop
        self._left = 0  # parts of the present order not yet released
        self._order: Order | None = None
        self._route: tuple[Station, ...] = ()
        self._next: Order | None = None
        self._ended = 0.0  # when the last part of the present order was released
        self._draining = False
        self._book: OrderBook | None = None
        if book and changeover is not None:
            self._book = OrderBook(orders, book, changeover, line.line_unit, check=self.route)
            line.line_unit.more_tags += tuple(self._book.tags())

    def begin(self) -> None:
        """Begin the first order, for which the stations are set up already."""
        if self._book is not None:
            self._book.open()
        order = self._take()
        if order is None:
            raise ValueError("orders: there is none; give the line at least one")
        self._begin(order)
        for station in self._line.stations:
            station.prepare(order.product)

    def has_next(self, station: Station) -> bool:
        """Return whether `station` may take a part of the present order now; turn to the next order if it is done."""
        if not self._left and not self._draining:
            self._turn()
        if self._draining:
            if not station.busy and station.ready:
                if self._next is not None:
                    station.change_over()
                else:
                    station.run_out()
            return False
        return self._route[0] is station and self._line.wip < self._line.wip_limit

    def next_part(self) -> Part:
        """Release the next part of the present order."""
        self._left -= 1
        order = self._order
        assert order is not None
        return self._line.bring_in(order.product, self._route, order.lot, order.traits)

    def emptied(self) -> None:
        """Take notice that no part is left on the routes."""
        if self._next is not None:
            order, self._next = self._next, None
            self._line.env.process(self._change_over(order))

    def route(self, order: Order) -> tuple[Station, ...]:
        """Return the route of the parts of `order`; raises ValueError when there is none on this line."""
        if order.product not in self._line.routes:
            raise ValueError(
                f"order {order.name}: product {order.product!r} has no route; add one to `routes`"
            )
        strangers = [station.name for station in order.route or () if station.line is not self._line]
        if strangers:
            raise ValueError(
                f"order {order.name}: its route visits {strangers}, which are stations of another line"
            )
        return order.route or self._line.routes[order.product]

    def _take(self) -> Order | None:
        if self._book is not None:
            return self._book.take()
        order = next(self._orders, None)
        if order is not None:
            self.route(order)
        return order

    def _turn(self) -> None:
        order = self._take()
        if order is not None and (self._changeover is None or order.product == self._line.line_unit.product):
            self._begin(order)
            return
        self._next = order
        self._ended = self._line.env.now
        self._draining = True
        if not self._line.wip:
            self.emptied()

    def _begin(self, order: Order) -> None:
        self._announce(order)
        self._open(order)

    def _announce(self, order: Order) -> None:
        self._line.line_unit.start_order(order.name, order.product, order.quantity * order.lot)

    def _open(self, order: Order) -> None:
        self._left = order.quantity
        self._order = order
        self._route = self.route(order)
        self._draining = False

    def _change_over(self, order: Order) -> Generator[simpy.Event, Any, None]:
        line = self._line
        assert self._changeover is not None
        time = self._changeover.time(line.line_unit.product, order.product)
        for station in line.stations:
            station.change_over()
        self._announce(order)
        yield from line.attend(max(time - (line.env.now - self._ended), 0.0))
        worn = [tooling for station in line.stations if (tooling := station.tooling) is not None]
        if self._shop is not None and any(station.tool_wear >= 1.0 for station in line.stations):
            self._shop.accept(tuple(tooling.tool for tooling in worn))
        for station in line.stations:
            station.prepare(order.product)
            station.changed_over()
        self._open(order)
        line.resume()
