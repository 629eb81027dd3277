"""Dry etch: the endpoint tells how fast the tool etches; too short or too long, contacts fail."""

from plants.tft.laws import panels_beyond
from plants.tft.lot import Lot
from plants.tft.sheet import ENDPOINT, ENDPOINT_DRIFT, ENDPOINT_LIMIT, ENDPOINT_SIGMA
from plants.tft.tools import PARTICLE_SIGNAL, ToolGroup
from twin.model.part import Part
from twin.model.signal import Signal

ENDPOINT_LOCAL = 1.0  # s: scatter over the glass (est.)


class DryEtch(ToolGroup):
    """Etches island, channel and contact hole until the endpoint, which comes later the dirtier the chamber is."""

    signals = (
        *ToolGroup.signals,
        PARTICLE_SIGNAL,
        Signal("endpoint_time", "s", 0, 120, 0.8, (50, 54, 66, 70), "etch time to endpoint, last lot"),
    )
    endpoint_time = ENDPOINT
    overrun = 0.0  # s that etching goes on because the endpoint is not seen

    def process(self, part: Part, lot: Lot, worn: float, *, excursion: bool) -> None:
        """Etch: beyond +-8 s the film below is gone, or film is left."""
        self.soil(lot, worn, excursion=excursion)
        drift = ENDPOINT_DRIFT * (worn - 0.5)
        self.endpoint_time = ENDPOINT + drift + self.sigma * ENDPOINT_SIGMA * self.normal() + self.overrun
        lot.lose(self, panels_beyond(self.endpoint_time - ENDPOINT, ENDPOINT_LIMIT, ENDPOINT_LOCAL))
