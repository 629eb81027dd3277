"""The jobs of the shop: every one is one of a kind."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from plants.casting.sheet import BOX_METAL, BOX_PACKING
from twin.model.order import Order
from twin.model.streams import Streams

SMALLEST = 0.02  # t, 9.1
LARGEST = 3.0
MEAN_CASTING = 0.15  # t, est.


@dataclass(slots=True)
class Job:
    """One box of cores: `castings` of `mass` t each, for a `new` part or a known one.

    `bad` counts spoilt castings by (station, cause); the stations leave the rest for one another.
    """

    castings: int
    mass: float
    new: bool
    bad: dict[tuple[str, str], int] = field(default_factory=dict)
    strength: float = 1.7
    gas: float = 10.6
    binder: float = 1.8
    loi: float = 1.7

    def spoil(self, station: str, cause: str, count: int) -> None:
        """Spoil `count` more castings, as far as good ones are left."""
        left = self.castings - sum(self.bad.values())
        if count > 0 and left > 0:
            key = (station, cause)
            self.bad[key] = self.bad.get(key, 0) + min(count, left)


class Jobs:
    """Draws jobs: the `packing` of the box in %, the size of the castings, whether the part is new (in even turn)."""

    def __init__(self, streams: Streams, *, packing: float, new_parts: float) -> None:
        self.packing = packing
        self._new_parts = new_parts
        self._fill = streams.lognormal("jobs/packing", 1.0, 0.10)
        self._mass = streams.lognormal("jobs/mass", MEAN_CASTING, 1.2)
        self._due = streams.uniform("jobs/new")()  # of a new part

    def orders(self) -> Iterator[Order]:
        """Yield orders of one box each for ever."""
        number = 0
        while True:
            number += 1
            yield self.order(f"PO-{number:06d}", number)

    def order(self, name: str, number: int) -> Order:
        """Return the next order."""
        metal = BOX_METAL * self.packing / BOX_PACKING * self._fill()
        mass = min(max(self._mass(), SMALLEST), LARGEST, metal)
        castings = max(round(metal / mass), 1)
        self._due += self._new_parts
        new = self._due >= 1.0
        self._due -= float(new)
        return Order(name=name, product="iron_casting", quantity=1, lot=metal, due=(number + 60) * 2100.0,
                     traits=Job(castings, metal / castings, new))  # fmt: skip
