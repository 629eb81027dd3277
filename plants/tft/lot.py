"""A lot: what a cassette of sheets has been through, and what that costs in panels."""

from collections.abc import Mapping

from plants.tft.laws import panel_yield, sheets_to_repair
from plants.tft.sheet import CLUSTERING, PANELS, THICKNESS
from twin.model.station import Station


class Lot:
    """The record of one lot.

    `killers` are open and short circuits a sheet by the tool group that made them: repair can save their panels.
    `losses` are shares of the panels lost otherwise. `layer` is the present one (-1: not begun), `mask` the product's
    for it, `film_at` the second at which the a-Si was finished, `thickness` the gate insulator's in nm.
    """

    __slots__ = ("film_at", "killers", "layer", "losses", "mask", "panels", "thickness")

    def __init__(self, product: str) -> None:
        self.panels = PANELS[product]
        self.layer = -1
        self.mask = product, -1
        self.film_at = 0.0
        self.thickness = THICKNESS
        self.killers: dict[Station, float] = {}
        self.losses: dict[tuple[Station, int], float] = {}  # by origin and layer

    def begin_layer(self) -> None:
        """Go on to the next layer, which has a mask of its own."""
        self.layer += 1
        self.mask = self.mask[0], self.layer

    def kill(self, origin: Station, killers: float) -> None:
        """Add killer defects a sheet."""
        self.killers[origin] = self.killers.get(origin, 0.0) + killers

    def lose(self, origin: Station, share: float) -> None:
        """Lose `share` of the panels that are left of this cause."""
        key = origin, self.layer
        before = self.losses.get(key, 0.0)
        self.losses[key] = before + (1.0 - before) * share

    def expose(self, origin: Station, share: float) -> None:
        """Lose `share` of the panels by the present exposure; what an exposure before it lost was stripped."""
        self.losses[origin, self.layer] = share

    def to_repair(self, located: float) -> float:
        """Return the share of sheets that need repair when `located` of the killers are found."""
        return sheets_to_repair(located * sum(self.killers.values()), CLUSTERING)

    def yield_after(self, saved: float) -> tuple[float, Mapping[Station, float]]:
        """Return the share of good panels when `saved` of the killers are repaired, and the lost shares by origin."""
        left = (1.0 - saved) * sum(self.killers.values())
        good = panel_yield(left, self.panels, CLUSTERING)
        weights: dict[Station, float] = {}
        if left > 0.0:
            share = (1.0 - good) * (1.0 - saved) / left
            weights = {origin: share * killers for origin, killers in self.killers.items()}
        for (origin, _), lost in self.losses.items():
            weights[origin] = weights.get(origin, 0.0) + lost
            good *= 1.0 - lost
        total = sum(weights.values())
        scale = (1.0 - good) / total if total > 0.0 else 0.0
        return good, {origin: scale * weight for origin, weight in weights.items()}
