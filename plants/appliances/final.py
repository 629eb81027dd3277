"""From the charged circuit to the carton: doors, electrical test, run test, repair, packing."""

from typing import Any, ClassVar

import simpy

from plants.appliances import laws
from plants.appliances.body import Excursion
from plants.appliances.cabinet import Cabinet, reject
from plants.appliances.sheet import ASSEMBLY, ELECTRICAL, RUN_TEST, SPELL
from twin.model.machine_group import MachineGroup
from twin.model.part import Part
from twin.model.signal import Signal
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.tag import Kind, Tag
from twin.model.wander import wander

VISIBLE = ("dent", "misfit", "scratch")


class Assembly(MachineGroup):
    """Doors, electronics and harness: the longest manual segment."""

    signals: ClassVar[tuple[Signal, ...]] = ASSEMBLY
    torque = 2.0
    sigma = 1.0
    content_of: dict[str, float]
    misfit: Excursion
    scratch: Excursion
    pinched: Excursion

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._driver = wander(streams.normal(f"{name}/driver"), SPELL)

    def content(self, part: Part) -> float:
        """Return the model's work content."""
        return self.content_of[part.product]

    def work(self, part: Part) -> None:
        """Hang the doors, drive the screws, plug the harness."""
        cabinet: Cabinet = part.traits
        self.torque = torque = 2.0 + 0.09 * self.sigma * self._driver()
        if not 1.65 <= torque <= 2.35 or self.misfit.strikes():
            cabinet.blemish(self, "misfit")
        if self.scratch.strikes():
            cabinet.blemish(self, "scratch")
        if self.pinched.strikes():
            cabinet.leakage += 1.2


class ElectricalTest(Station):
    """High voltage and earth, and a look at fit and finish."""

    signals: ClassVar[tuple[Signal, ...]] = ELECTRICAL
    hipot_leakage = 0.3
    detection, false_reject = 1.0, 0.0
    assembly: Station

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._eye = streams.uniform(f"{name}/eye")
        self._insulation = streams.lognormal(f"{name}/insulation", 1.0, 0.18)

    def work(self, part: Part) -> None:
        """Measure and look."""
        cabinet: Cabinet = part.traits
        self.hipot_leakage = leakage = cabinet.leakage * self._insulation()
        eye = self._eye()
        if leakage > 0.7:
            reject(part, self.assembly, "insulation")
        elif cabinet.mark:
            if eye < self.detection:
                assert cabinet.marked_by is not None
                reject(part, cabinet.marked_by, cabinet.mark)
        elif eye < self.false_reject:
            reject(part, self, "false_reject")


class RunTest(Station):
    """An hour of cooling for every refrigerator, with noise measured and a last look by camera."""

    signals: ClassVar[tuple[Signal, ...]] = RUN_TEST
    pull_down, noise = -6.2, 36.0
    detection, false_reject = 1.0, 0.0
    limit = -3.0  # °C, 10.4
    energy = 0.0  # kWh that a refrigerator draws
    bad_compressor: Excursion
    vacuum: Station

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._eye = streams.uniform(f"{name}/eye")

    def work(self, part: Part) -> None:
        """Run it; a rejected one is blamed on the station that made the circuit, or on the compressor."""
        cabinet: Cabinet = part.traits
        normal = self.normal
        if self.bad_compressor.strikes():
            cabinet.heat = 7.0
        self.meters["electricity"].add(self.energy)
        warming = laws.warming(cabinet.pressure, cabinet.charge, cabinet.void)
        self.pull_down = freezer = -6.2 + warming + cabinet.heat + 1.0 * normal()
        self.noise = noise = 36.0 + 0.9 * normal() + 0.4 * cabinet.heat
        eye = self._eye()
        if freezer > self.limit or noise > 42.0:
            reject(part, self if cabinet.heat else self.vacuum, "cooling")
        elif cabinet.mark:
            if eye < self.detection:
                assert cabinet.marked_by is not None
                reject(part, cabinet.marked_by, cabinet.mark)
        elif eye < self.false_reject:
            reject(part, self, "false_reject")


class RepairBay(Station):
    """Fit and finish in a loop of 4 min, circuits and electrics in 25 min (sheet 10.2)."""

    success = 0.95

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._luck = streams.uniform(f"{name}/luck")

    def content(self, part: Part) -> float:
        """Return 1 for the short loop, 6.25 for a repair."""
        return 1.0 if part.traits.mark else 6.25

    def work(self, part: Part) -> None:
        """Mend what was found, with success or without."""
        if self._luck() < self.success:
            cabinet: Cabinet = part.traits
            cabinet.mark = ""
            cabinet.leakage, cabinet.heat, cabinet.charge, cabinet.void = 0.3, 0.0, 0.0, 0.0
            cabinet.pressure, cabinet.leak = 12.0, min(cabinet.leak, laws.TIGHT)


class Packing(MachineGroup):
    """Clean, pack, label; `hidden_leaks` counts what leaves with a leak that no test found."""

    false_reject = 0.0
    torn_carton: Excursion
    hidden_leaks = 0
    leak_limit = 1.0  # g/a

    def own_tags(self) -> tuple[Tag, ...]:
        """Return the station's tags and the count of hidden leaks."""
        hidden = Tag(
            name="hidden_leak_count", kind=Kind.COUNT, unit=self.count_unit, read=lambda: self.hidden_leaks,
            description="packed with a leak that no test found: only a simulation knows",
        )  # fmt: skip
        return (*super().own_tags(), hidden)

    def work(self, part: Part) -> None:
        """Pack."""
        if 10.0**part.traits.leak > self.leak_limit:
            self.hidden_leaks += 1
        if self.torn_carton.strikes():
            reject(part, self, "carton")
