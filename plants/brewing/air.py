"""The air of the koji rooms: fans, chilled water and filters, as one unit with its meter."""

import simpy

from plants.brewing.beds import CHILLING, DISCS, Beds
from twin.model.tag import Limits
from twin.model.unit_operation import UnitOperation


class AirHandling:
    """Meters fans (`fan` kW each at full speed) and chillers (`chiller` kW each at full load) of all discs."""

    def __init__(self, env: simpy.Environment, beds: Beds, *, fan: float, chiller: float) -> None:
        self.every = beds.every
        self._beds, self._fan, self._chiller = beds, fan, chiller
        self.unit = UnitOperation(
            env, "koji_air", title="Air handling of the koji rooms", kind="air_handler",
            power={"electricity": {"execute": DISCS * fan, "idle": 0.0, "standby": 0.0}},
        )  # fmt: skip
        self.unit.measure(
            "hottest_bed", lambda: beds.mean.max().item(), unit="Cel", sigma=1.6, low=0, high=60,
            limits=Limits(hi=35, hihi=38), description="hottest of the koji beds, mean of its sectors",
        )  # fmt: skip
        self.unit.measure(
            "worst_contamination", lambda: beds.mean_contamination.max().item(), sigma=0.5, low=0, high=1000,
            limits=Limits(hi=3, hihi=6), description="bacteria against the usual count, worst of the beds",
        )  # fmt: skip
        self.unit.measure(
            "chilling", self.chilling, unit="%", sigma=4.0, low=0, high=101,
            description="load of the chillers",
        )  # fmt: skip

    def chilling(self) -> float:
        """Return the load of the chillers, %."""
        return 100.0 * float(self._beds.chilled.sum()) / (DISCS * CHILLING)

    def step(self, seconds: float) -> None:
        """Meter the minute that begins; fans draw with the cube of their speed."""
        del seconds
        fans = self._fan * float((self._beds.fan**3).sum())
        self.unit.draw("electricity", fans + DISCS * self._chiller * self.chilling() / 100.0)
