"""Slabs and the schedule that they come in: roll campaigns from wide to narrow, grades and gauges in blocks."""

import numpy as np

from plants.steel import laws
from plants.steel.sheet import GAUGE_SHARES, GAUGES, NARROWEST, RECIPES, WIDEST, Recipe
from twin.model.piece import Piece
from twin.model.streams import Streams
from twin.model.wander import wander

BLOCK = 12  # slabs of one caster sequence: same grade, gauge and charging temperature (est.)
_SCATTERS = 9
WIDTH = 4  # place of the width among the scatters
WIDTH_SPELL = 8.0  # slabs over which the sizing press strays in the same direction (est.)


class Slab(Piece):
    """A slab on its way to a coil.

    `gauge` and `width` in mm are ordered; `hot` says that it came straight from the caster. `scatter` are its own
    standard normal numbers, drawn when it is made, so that what happens to others shifts none of them. The figures
    of the coil are deviations: K, µm, mm, I-units.
    """

    __slots__ = (
        "campaign", "charged_mass", "coiling_sum", "crown", "discharge", "finishing", "flatness", "force",
        "gauge", "grade", "hot", "last", "looks", "mark", "rolled", "roughed", "scatter", "speed", "thickness_error",
        "width", "width_error", "width_offset",
    )  # fmt: skip

    def __init__(
        self, number: int, grade: Recipe, *, width: float, gauge: float, hot: bool, temperature: float,
        scatter: list[float],
    ) -> None:  # fmt: skip
        super().__init__(
            number, grade.name, laws.slab_mass(width), temperature=temperature, thickness=laws.SLAB_THICKNESS
        )
        self.grade = grade
        self.width = width
        self.gauge = gauge
        self.hot = hot
        self.scatter = scatter
        self.charged_mass = self.mass
        self.campaign = 0
        self.last = False  # of its roll campaign
        self.rolled = False  # it has left the finishing mill
        self.mark = 0.0  # chance that the mark which a roll has printed on it spoils it; 0 without a mark
        self.discharge = self.roughed = 0.0  # °C
        self.width_offset = 0.0  # mm, what the sizing press was told
        self.finishing = self.thickness_error = self.width_error = self.crown = self.flatness = 0.0
        self.force = 1.0
        self.speed = 8.0  # m/s
        self.coiling_sum = 0.0  # K, over `looks` readings along the strip
        self.looks = 0

    @property
    def coiling(self) -> float:
        """The strip's mean deviation from the coiling temperature, K."""
        return self.coiling_sum / self.looks if self.looks else 0.0


class Schedule:
    """Makes slabs in the order of rolling; `campaign` t of coils are rolled with one set of rolls.

    A campaign begins wide and ends narrow, so that strip edges do not print into the next strip; `hot` is the share
    that is charged hot.
    """

    def __init__(self, streams: Streams, *, campaign: float, hot: float) -> None:
        self.campaign = campaign
        self.hot = hot
        self._scatter = streams.normal("slab/scatter")
        self._width = wander(streams.normal("slab/width"), WIDTH_SPELL)
        self._choice = streams.uniform("slab/block")
        self._degree = streams.uniform("slab/temperature")
        self._grades = np.cumsum([recipe.share for recipe in RECIPES]).tolist()
        self._gauges = np.cumsum(GAUGE_SHARES).tolist()
        self._left = 0
        self._block: tuple[Recipe, float, bool] = (RECIPES[0], GAUGES[3], False)
        self.done = campaign * streams.uniform("slab/campaign")()  # t: campaigns are met at any age
        self.number = 0
        self.campaigns = 1

    def make(self) -> Slab:
        """Return the next slab."""
        if self._left == 0:
            self._left = BLOCK
            grade = RECIPES[_place(self._grades, self._choice())]
            gauge = GAUGES[_place(self._gauges, self._choice())]
            self._block = (grade, gauge, self._choice() < self.hot)
        self._left -= 1
        self.number += 1
        grade, gauge, hot = self._block
        width = WIDEST - (WIDEST - NARROWEST) * min(self.done / self.campaign, 1.0)
        slab = Slab(
            self.number, grade, width=width, gauge=gauge, hot=hot,
            temperature=(500.0 + 200.0 * self._degree()) if hot else (10.0 + 30.0 * self._degree()),
            scatter=[self._scatter() for _ in range(_SCATTERS)],
        )  # fmt: skip
        slab.scatter[WIDTH] = self._width()
        slab.campaign = self.campaigns
        self.done += slab.mass / 1000.0
        if self.done >= self.campaign:
            slab.last = True
            self.done = 0.0
            self.campaigns += 1
        return slab


def _place(bounds: list[float], chance: float) -> int:
    return next((place for place, bound in enumerate(bounds) if chance < bound), len(bounds) - 1)
