"""What is made: the models of the line, their orders, and what a cabinet carries through it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from plants.appliances.laws import TIGHT
from twin.model.order import Order
from twin.model.part import Part
from twin.model.station import Station
from twin.model.streams import Streams


@dataclass(frozen=True, slots=True, kw_only=True)
class Sku:
    """One stock-keeping unit: `cabin` and `door` are the contents of manual work, as multiples of the takt."""

    name: str
    family: str
    charge: float  # g of R600a
    cabin: float
    door: float


class Cabinet:
    """What the stations of the line do to one refrigerator and later ones feel or measure.

    `leak` is log10 of the circuit's leak rate in g/a and `joint` the station that made its worst joint; `void` the
    % of foam missing; `charge` g off the set charge; `pressure` Pa; `heat` K that a bad compressor adds;
    `leakage` mA; `mark` a blemish that can be seen, `marked_by` where it comes from.
    """

    __slots__ = (
        "charge", "expanded", "heat", "joint", "leak", "leakage", "mark", "marked_by", "pressure", "shot", "sku",
        "void",
    )  # fmt: skip

    def __init__(self, sku: Sku) -> None:
        self.sku = sku
        self.joint: Station | None = None
        self.mark = ""
        self.marked_by: Station | None = None
        self.leak = TIGHT
        self.shot = self.expanded = self.void = self.charge = self.heat = 0.0
        self.pressure = 12.0
        self.leakage = 0.3

    def blemish(self, station: Station, mark: str) -> None:
        """Bear a mark that can be seen; the first stays."""
        if not self.mark:
            self.mark, self.marked_by = mark, station


def reject(part: Part, origin: Station, defect: str) -> None:
    """Let an instrument or an eye find `defect` on `part`, whatever was found before."""
    part.defect = None
    part.spoil(origin, defect)


def models(count: int, families: int, loss: float, streams: Streams) -> dict[str, Sku]:
    """Return `count` models in `families`, with charges of 45-75 g (sheet 10.4).

    Work contents are evenly spread, such that manual segments lose 0.4 to 1.6 times `loss` of their time with them;
    what is long in the cabin need not be long at the door.
    """
    draw = streams.generator("models")
    cabin, door = draw.permutation(count).tolist(), draw.permutation(count).tolist()

    def content(rank: int) -> float:
        return float(1.0 / (1.0 - loss * (0.4 + 1.2 * (rank + 0.5) / count)))

    return {
        name: Sku(
            name=name, family=f"family_{place * families // count + 1}", charge=45.0 + 30.0 * (place + 0.5) / count,
            cabin=content(cabin[place]), door=content(door[place]),
        )
        for place in range(count) if (name := f"model_{place + 1:02d}")
    }  # fmt: skip


class Planning:
    """Orders for ever, family by family, every model once a round of demand; families and models in random sequence.

    Quantities are even between 0.26 and 1.74 of the mean `size`: 60-400 for 230 (sheet 10.1). With a `horizon` of 1 to
    2 rounds a family's orders of the next round are made along, in so many of its turns that a turn holds `horizon`
    rounds on average.
    """

    def __init__(self, skus: Sequence[Sku], size: float, streams: Streams, *, horizon: float = 1.0) -> None:
        self.horizon = horizon
        self._size = size
        self._generator = streams.generator("orders/mixed")
        self._chance = streams.uniform("orders/ahead")
        self._families: dict[str, list[str]] = {}
        for sku in skus:
            self._families.setdefault(sku.family, []).append(sku.name)
        self._number, self._due = 0, 0.0

    def orders(self) -> Iterator[Order]:
        """Yield them."""
        families = list(self._families)
        made_ahead: set[str] = set()
        while True:
            for place in self._generator.permutation(len(families)).tolist():
                family = families[place]
                if family in made_ahead:
                    made_ahead.remove(family)
                    continue
                yield from self._round(family)
                if self._chance() < self.horizon - 1.0:
                    made_ahead.add(family)
                    yield from self._round(family)

    def _round(self, family: str) -> Iterator[Order]:
        draw, names = self._generator, self._families[family]
        for place in draw.permutation(len(names)).tolist():
            self._number += 1
            quantity = max(round(self._size * (0.26 + 1.48 * draw.random())), 1)
            self._due += 16.0 * quantity
            yield Order(
                name=f"PO-{self._number:06d}",
                product=names[place],
                quantity=quantity,
                due=self._due + 14_400.0,
            )
