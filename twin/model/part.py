"""A part: the piece (later: the lot) that moves through a discrete line."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twin.model.station import Station
    from twin.model.unit import Unit

SCRAP = "scrap"
REWORK = "rework"


class Part:
    """One piece, or one lot of `quantity` count units, of `product` on its `route`; it is at or goes to step `step`.

    A route may name a station more than once. `entered` is the second of its release. `origin` is the station
    that made it defective and `defect` the cause, None while it is good; `verdict` is what an inspection made of
    it (SCRAP, REWORK or None). Of a lot's quantity `lost` was scrapped and `redone` reworked on the way. `detours`
    counts how often it was sent back; up to the step `returning` it is on such a way; `reworked` says whether that
    counts against its first pass. `traits` is the plant's own: what an order says of its parts, and what one station
    leaves for the next.
    """

    __slots__ = (
        "defect", "detours", "entered", "lost", "origin", "product", "quantity", "redone", "returning", "reworked",
        "route", "step", "traits", "verdict",
    )  # fmt: skip

    def __init__(
        self,
        product: str,
        route: "Sequence[Station]",
        entered: float,
        quantity: float = 1.0,
        traits: Any = None,
    ) -> None:
        self.product = product
        self.route = route
        self.step = 0
        self.entered = entered
        self.quantity = quantity
        self.lost = 0.0
        self.redone = 0.0
        self.origin: Station | None = None
        self.defect: str | None = None
        self.verdict: str | None = None
        self.detours = 0
        self.returning = -1
        self.reworked = False
        self.traits = traits

    def spoil(self, origin: "Station", defect: str) -> None:
        """Make the part defective; the first cause stays."""
        if self.defect is None:
            self.origin = origin
            self.defect = defect

    def lose(self, quantity: float, origin: "Unit") -> None:
        """Scrap up to `quantity` count units of a lot, spoilt by `origin`; the rest goes on."""
        lost = min(quantity, self.quantity - self.lost - self.redone)
        self.lost += lost
        origin.count(scrapped=lost)

    def redo(self, quantity: float, origin: "Unit") -> None:
        """Rework up to `quantity` count units of a lot, spoilt by `origin`; they go on as good."""
        redone = min(quantity, self.quantity - self.lost - self.redone)
        self.redone += redone
        origin.count(reworked=redone)
