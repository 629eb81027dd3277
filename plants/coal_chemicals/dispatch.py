"""The shift leader: what load the gasifiers may have, where their coal and gas go, and the line's own unit."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from plants.coal_chemicals import laws
from plants.coal_chemicals.synthesis import METHANOL_YIELD
from twin.model.line_unit import LineUnit
from twin.model.state import Reason, State
from twin.model.tag import Kind, Tag
from twin.model.unit_operation import drive

if TYPE_CHECKING:
    from plants.coal_chemicals.line import Complex


class Dispatch:
    """The load that gasifiers may have, by what the sections behind them can carry."""

    every = 2

    def __init__(self, line: "Complex") -> None:
        self._line = line

    def step(self, seconds: float) -> None:
        """Look at all sections; tell the line's capacity in steps of one per cent."""
        del seconds
        line = self._line
        gasification, air = line.gasification, line.air
        behind = min(line.shift.section.capacity, line.wash.section.capacity, line.synthesis.section.capacity)
        if line.coal.changing:
            behind = min(behind, line.plant.blend_load / 100.0)
        gasification.setpoint = line.load_setpoint.item(0) / 100.0
        gasification.behind = behind
        gasification.supply = min(air.share, line.slurry.share)
        air.demand = gasification.oxygen
        able = min(behind, air.capacity, line.slurry.share, gasification.capacity)
        unit = line.line_unit
        capacity = round(able, 2)
        if capacity != unit.capacity:
            unit.set_capacity(capacity)
        if gasification.capacity > 0.0:
            drive(unit, State.EXECUTE, Reason.PRODUCTION)
        else:
            drive(unit, State.ABORTED, f"{Reason.FAILURE}:gasifiers")


class Feeding:
    """Hands the gas on from the gasifiers to the purification, and the coal from the tanks to the gasifiers."""

    every = 2

    def __init__(self, line: "Complex") -> None:
        self._line = line
        self.flared = 0.0  # kmol/s of CO + H2 to the flare, all causes
        self.flared_total = 0.0  # t of methanol that it could have been

    def step(self, seconds: float) -> None:
        """Move coal and gas for `seconds`."""
        line = self._line
        gasification = line.gasification
        if gasification.coal > 0.0:
            line.slurry.feeding.move(gasification.coal * seconds)
        line.purification.take(gasification.output)
        lost = gasification.flared
        self.flared = lost[0] + lost[2] + line.purification.flared + line.synthesis.vented
        if self.flared > 0.0:
            missed = self.flared / 3.0 * METHANOL_YIELD * laws.METHANOL * seconds / 1000.0
            self.flared_total += missed
            line.line_unit.count(missed, scrapped=missed)


class PlantUnit(LineUnit):
    """The line's own unit with the load that is wanted and what is flared."""

    def publish_load(self, setpoint: NDArray[np.float64], feeding: Feeding) -> None:
        """Publish the load's set point and the flare."""

        def write(value: float) -> None:
            setpoint[0] = value

        self._own = (
            Tag(name="load_setpoint", kind=Kind.SETPOINT, unit="%", read=lambda: setpoint.item(0), write=write, low=60,
                high=105, description="load wanted, of what is in service"),
            Tag(name="flare_flow", kind=Kind.MEASURE, unit="m3/h", low=0, high=400_000, deadband=500.0,
                read=lambda: 3600.0 * laws.MOLAR_VOLUME * feeding.flared,
                description="CO and H2 burnt in the flare, at 0 °C, 101.3 kPa"),
        )  # fmt: skip

    def own_tags(self) -> tuple[Tag, ...]:
        """Return the line's tags and those two."""
        return super().own_tags() + self._own
