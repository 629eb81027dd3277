"""A part: the piece (later: the lot) that moves through a discrete line."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from twin.model.station import Station

SCRAP = "scrap"
REWORK = "rework"


class Part:
    """One piece of `product` on its `route`; `step` is the station of the route that it is at or goes to.

    A route may name a station more than once. `entered` is the second of its release. `origin` is the station
    that made it defective and `defect` the cause, None while it is good; `verdict` is what an inspection made of
    it (SCRAP, REWORK or None). `traits` is the plant's own: what one station leaves for the next to know.
    """

    __slots__ = ("defect", "entered", "origin", "product", "route", "step", "traits", "verdict")

    def __init__(self, product: str, route: "Sequence[Station]", entered: float) -> None:
        self.product = product
        self.route = route
        self.step = 0
        self.entered = entered
        self.origin: Station | None = None
        self.defect: str | None = None
        self.verdict: str | None = None
        self.traits: Any = None

    def spoil(self, origin: "Station", defect: str) -> None:
        """Make the part defective; the first cause stays."""
        if self.defect is None:
            self.origin = origin
            self.defect = defect
