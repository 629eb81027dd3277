"""After the layers: optical inspection, array test and laser repair, where panels are counted good or lost."""

from plants.tft.laws import panels_beyond, threshold_shift
from plants.tft.lot import Lot
from plants.tft.sheet import THICKNESS, VTH, VTH_INTERFACE, VTH_LIMIT, VTH_LOCAL
from plants.tft.tools import ToolGroup
from twin.model.part import Part
from twin.model.signal import Signal
from twin.model.station import Station

NONE = (None,) * 4


class Aoi(ToolGroup):
    """Looks at a share `sampling` of the sheets after each layer; overlooks a share `escape` of the killer defects."""

    signals = (Signal("killer_defects", "1", 0, 100, 0.1, (None, None, 2, 4), "found a sheet, last lot"),)
    sampling, escape = 0.5, 0.2
    killer_defects = 0.0

    def content(self, part: Part) -> float:
        """Return the share of the sheets that is looked at."""
        return self.sampling

    def process(self, part: Part, lot: Lot, worn: float, *, excursion: bool) -> None:
        """Count the killers of all layers so far."""
        self.killer_defects = (1.0 - self.escape) * sum(lot.killers.values())


class ArrayTest(ToolGroup):
    """Tests every panel: threshold voltage of the test transistors, opens and shorts."""

    signals = (
        Signal(
            "threshold_voltage", "V", 0, 3, 0.07, (0.7, 1.0, 2.0, 2.3), "of the test transistors, last lot"
        ),
        Signal("panel_yield", "%", 0, 100, 1, (None, 75, None, None), "good before repair, last lot"),
    )
    threshold_voltage, panel_yield = VTH, 88.0
    films: Station  # where the gate insulator comes from

    def process(self, part: Part, lot: Lot, worn: float, *, excursion: bool) -> None:
        """Test the lot; panels whose transistors open too early or too late are lost."""
        shift = threshold_shift(lot.thickness - THICKNESS) + self.sigma * VTH_INTERFACE * self.normal()
        self.threshold_voltage = VTH + shift + self.sigma * VTH_LOCAL * self.normal()
        lot.lose(self.films, panels_beyond(shift, VTH_LIMIT, self.sigma * VTH_LOCAL))
        self.panel_yield = 100.0 * lot.yield_after(0.0)[0]


class Repair(ToolGroup):
    """Welds and cuts with the laser what was located: a share `located` of the killers, saved with `success`."""

    signals = (
        Signal("panel_yield", "%", 0, 100, 0.5, (None, 85, None, None), "good after repair, last lot"),
        Signal(
            "sheets_repaired", "%", 0, 100, 2, NONE, "share of the sheets with something to repair, last lot"
        ),
    )
    panel_yield, sheets_repaired = 95.0, 40.0
    located, success = 0.8, 0.75

    def content(self, part: Part) -> float:
        """Return the share of the sheets that need repair."""
        lot: Lot = part.traits
        return lot.to_repair(self.located)

    def process(self, part: Part, lot: Lot, worn: float, *, excursion: bool) -> None:
        """Repair, and settle the account: lost panels become lost sheets of the group that spoilt them."""
        self.sheets_repaired = 100.0 * lot.to_repair(self.located)
        good, lost = lot.yield_after(self.located * self.success)
        self.panel_yield = 100.0 * good
        for origin, share in lost.items():
            part.lose(share * part.quantity, origin)
