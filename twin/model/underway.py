"""Parts that are on their routes when a line starts: a line with a long cycle time need not fill from empty."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twin.model.order import Order

if TYPE_CHECKING:
    from twin.model.discrete_line import DiscreteLine


@dataclass(frozen=True, slots=True)
class Underway:
    """The parts of `order` that wait for step `step` of their route at second 0, released `age` s before.

    They are there besides the line's own orders. Their station needs an unlimited buffer.
    """

    order: Order
    step: int
    age: float = 0.0

    def __post_init__(self) -> None:
        if self.step < 0:
            raise ValueError(f"order {self.order.name}: step {self.step} must not be negative")
        if not (math.isfinite(self.age) and self.age >= 0.0):
            raise ValueError(f"order {self.order.name}: age {self.age} s must be finite and not negative")


def place(line: "DiscreteLine", underway: Iterable[Underway]) -> None:
    """Put the parts that are under way in front of their stations; every station behind them has worked on them."""
    for item in underway:
        order = item.order
        route = line.release.route(order)
        if item.step >= len(route):
            raise ValueError(
                f"order {order.name}: step {item.step} lies beyond its route of {len(route)} steps"
            )
        station = route[item.step]
        if not math.isinf(station.inbox.capacity):
            raise ValueError(
                f"order {order.name}: station {station.name} needs an unlimited buffer (math.inf) for parts that "
                "wait there when the line starts"
            )
        for _ in range(order.quantity):
            part = line.bring_in(order.product, route, order.lot, order.traits)
            part.entered -= item.age
            for part.step, behind in enumerate(route[: item.step]):
                behind.has_worked_on(part)
            part.step = item.step
            station.inbox.items.append(part)
            station.touched = True
