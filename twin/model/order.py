"""Production orders: what is made, how many, until when."""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twin.model.streams import Streams

if TYPE_CHECKING:
    from twin.model.station import Station


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Make `quantity` parts of `product` until `due` (simulated seconds; inf: when there is time).

    Each part is a lot of `lot` count units. `route` is a route of its own (one of a kind), None for the product's;
    `traits` is what the plant's stations know of the parts from the start.
    """

    name: str
    product: str
    quantity: int
    due: float = float("inf")
    lot: float = 1.0
    route: "tuple[Station, ...] | None" = None
    traits: Any = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lot) and self.lot > 0):
            raise ValueError(
                f"order {self.name}: lot {self.lot} count units a part must be positive and finite"
            )
        if self.route is not None and not self.route:
            raise ValueError(
                f"order {self.name}: its route visits no station; leave it out for the product's"
            )
        if self.quantity < 1:
            raise ValueError(f"order {self.name}: quantity {self.quantity} must be at least 1 part")


def campaigns(products: Sequence[str], quantity: int, streams: Streams, *, lead: float) -> Iterator[Order]:
    """Return orders without end: every product once a round, each round in a new random sequence.

    The n-th order is due after n + 1 times `lead` s.
    """
    if not products:
        raise ValueError("campaigns: products is empty; name at least one")
    if quantity < 1:
        raise ValueError(f"campaigns: quantity {quantity} must be at least 1 part")
    if not (math.isfinite(lead) and lead > 0):
        raise ValueError(f"campaigns: lead {lead} s must be positive and finite")
    return _rounds(products, quantity, streams, lead)


def _rounds(products: Sequence[str], quantity: int, streams: Streams, lead: float) -> Iterator[Order]:
    generator = streams.generator("orders/sequence")
    number = 0
    for _ in itertools.count():
        for place in generator.permutation(len(products)).tolist():
            number += 1
            yield Order(
                name=f"PO-{number:06d}", product=products[place], quantity=quantity, due=(number + 1) * lead
            )


def endless(product: str) -> Iterator[Order]:
    """Yield one order that never ends: a saturated line."""
    yield Order(name="endless", product=product, quantity=2**62)
