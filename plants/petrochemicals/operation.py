"""The plant as a whole, every minute: the load that its weakest part allows, and what is made and metered at it."""

from collections.abc import Sequence

from plants.petrochemicals.furnace_unit import show
from plants.petrochemicals.furnaces import Furnaces
from plants.petrochemicals.separation import Separation
from plants.petrochemicals.train import Train
from plants.petrochemicals.utilities import HOUR, Utilities
from twin.model.campaign import Campaign
from twin.model.line_unit import LineUnit
from twin.model.load import Load
from twin.model.specification import book
from twin.model.state import Reason, State
from twin.model.unit_operation import UnitOperation, drive

TOLD = 1e-4  # change of capacity that is worth telling


class Operation:
    """Runs the parts in the order in which the naphtha passes them; a law of the line.

    The line's capacity is the least of what the train carries and what the furnaces crack. It is ABORTED while a unit
    of the train has tripped.
    """

    def __init__(
        self, line: LineUnit, load: Load, furnaces: Furnaces, units: Sequence[UnitOperation], train: Train,
        separation: Separation, utilities: Utilities, *, every: int,
    ) -> None:  # fmt: skip
        self.every = every
        self.line = line
        self.load = load
        self.furnaces = furnaces
        self.units = units
        self.train = train
        self.separation = separation
        self.utilities = utilities
        self.campaign: Campaign | None = None
        self._stopped_by = ""
        self._power = 0.0  # kW of fuel of all furnaces since the last minute
        self._energy = 0.0  # kWh of fuel up to then
        self._at = 0.0
        # A glance at the running plant tells what the train holds in steady running.
        self.separation.start(furnaces.crack(1.0, separation.suction, utilities.paraffin, 0.0))
        self._meter()

    def begin(self, campaign: Campaign) -> None:
        """Follow the furnaces' `campaign` from now on."""
        self.campaign = campaign
        for place in range(len(self.units)):
            self.changed(place)

    def changed(self, place: int) -> None:
        """Follow the campaign at one furnace."""
        assert self.campaign is not None
        stage = self.campaign.stage[place]
        self.furnaces.serve(place, stage)
        show(self.units[place], stage, self._stopped_by)

    def step(self, seconds: float) -> None:
        """Run the plant for a minute."""
        separation, utilities, furnaces = self.separation, self.utilities, self.furnaces
        load = self.load.step(self.train.limit(), seconds)
        capacity = min(load, furnaces.bring(seconds), 1.0)
        utilities.supply(seconds)
        furnaces.heating_value = utilities.heating_value
        gas = furnaces.crack(load, separation.suction, utilities.paraffin, seconds)
        separation.step(gas, capacity)
        utilities.step(gas, capacity, separation.fouling, separation.cooled, separation.reflux, seconds)
        self.train.watch()
        self._tell(capacity)
        self._energy += self._power * seconds / HOUR
        self._at += seconds
        self._meter()
        self._count()

    def _tell(self, capacity: float) -> None:
        line, stopped_by = self.line, self.train.stopped_by()
        if abs(capacity - line.capacity) > TOLD or (capacity == 1.0 and line.capacity < 1.0):
            line.set_capacity(capacity)
        if stopped_by != self._stopped_by:
            self._stopped_by = stopped_by
            if stopped_by:
                drive(line, State.ABORTED, f"failure:{stopped_by}")
            else:
                drive(line, State.EXECUTE, Reason.PRODUCTION)
            for place in range(len(self.units)):
                self.changed(place)
        self.train.show(stopped_by)

    def _meter(self) -> None:
        self._power = 0.0
        for unit, fired in zip(self.units, self.furnaces.fired.tolist(), strict=True):
            unit.draw("fuel_gas", 1000.0 * fired)
            self._power += 1000.0 * fired
        unit = self.train.units["utilities"]
        unit.draw("steam", 1000.0 * self.utilities.steam)
        unit.draw("electricity", 1000.0 * self.utilities.electricity)

    def _count(self) -> None:
        separation, line = self.separation, [self.line]
        good = separation.processed - separation.flared - separation.off_spec
        book(line, separation.flared, off_spec=True, recovered=False)
        book(line, separation.off_spec, off_spec=True, recovered=True)
        book(line, good, off_spec=False, recovered=True)

    def fuel_burnt(self, now: float) -> float:
        """Return the fuel that the furnaces have burnt up to `now`, kWh, by their physics."""
        return self._energy + self._power * (now - self._at) / HOUR
