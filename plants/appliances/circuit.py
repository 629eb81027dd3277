"""The refrigeration circuit: brazed, tested for leaks, evacuated, charged."""

from typing import Any, ClassVar

import simpy

from plants.appliances import laws
from plants.appliances.body import Excursion
from plants.appliances.cabinet import Cabinet, reject
from plants.appliances.sheet import BRAZING, BRAZING_SET, LEAK_TEST, SPELL, VACUUM, VACUUM_SET
from twin.model.machine_group import MachineGroup
from twin.model.part import Part
from twin.model.set_point import SetPoint
from twin.model.signal import Signal
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.wander import wander


class Brazing(MachineGroup):
    """Compressor mount and brazing of its joints by two robots."""

    signals: ClassVar[tuple[Signal, ...]] = BRAZING
    set_points: ClassVar[tuple[SetPoint, ...]] = BRAZING_SET
    braze_temperature = laws.BRAZE_SET
    sigma = 1.0
    colder = 0.0  # K that the burners are too cold
    flame_offset = 0.0
    flame_dip: Excursion

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._flame = wander(streams.normal(f"{name}/flame"), SPELL)

    def work(self, part: Part) -> None:
        """Braze; the worst joint makes the circuit's leak."""
        temperature = laws.BRAZE_SET + self.flame_offset - self.colder + 14.0 * self.sigma * self._flame()
        if self.flame_dip.strikes():
            temperature -= 60.0
        self.braze_temperature = temperature
        leak = laws.braze_leak(temperature) + 0.15 * self.normal()
        cabinet: Cabinet = part.traits
        if leak > cabinet.leak:
            cabinet.leak = leak
            cabinet.joint = self


class LeakTest(Station):
    """Helium chambers, and the look at the foamed cabinet: void by thermography, dents by eye."""

    signals: ClassVar[tuple[Signal, ...]] = LEAK_TEST
    leak_rate = 0.1
    limit = 1.0  # g/a
    drift = 0.0  # log10 by which the gauge reads too low
    detection, false_reject = 1.0, 0.0
    foaming: Station

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._eye = streams.uniform(f"{name}/eye")

    def work(self, part: Part) -> None:
        """Measure, look and judge; helium left in the hall is what a false reject comes of."""
        cabinet: Cabinet = part.traits
        reading = 10.0 ** (cabinet.leak - self.drift + 0.04 * self.normal())
        eye = self._eye()
        if eye < self.false_reject:
            reading += 1.5 * self.limit
        self.leak_rate = reading
        if reading > self.limit:
            reject(part, cabinet.joint or self, "leak")
        elif cabinet.void > 0.0 and eye < self.detection:
            reject(part, self.foaming, "void")
        elif cabinet.mark and eye < self.detection:
            assert cabinet.marked_by is not None
            reject(part, cabinet.marked_by, cabinet.mark)


class CabinetRepair(Station):
    """The bench behind the leak test: joints are brazed again, voids refilled, dents bent."""

    success = 0.92

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._luck = streams.uniform(f"{name}/luck")

    def work(self, part: Part) -> None:
        """Mend what was found, with success or without."""
        if self._luck() < self.success:
            cabinet: Cabinet = part.traits
            cabinet.leak = min(cabinet.leak, laws.TIGHT)
            cabinet.void = 0.0
            cabinet.mark = ""


class Recovery(Station):
    """The bench beside the carousel: the charge is drawn off; a circuit that does not evacuate is made tight."""

    def work(self, part: Part) -> None:
        """Empty the circuit and mend its leak."""
        cabinet: Cabinet = part.traits
        cabinet.leak = min(cabinet.leak, laws.TIGHT)


class Vacuum(Station):
    """The carousel: evacuation, R600a charge, sealing, sniffing of the seal.

    What is off its charge, badly evacuated or not tight at the seal is emptied and done again.
    """

    signals: ClassVar[tuple[Signal, ...]] = VACUUM
    set_points: ClassVar[tuple[SetPoint, ...]] = VACUUM_SET
    end_pressure, evacuation_time, charge, charge_deviation = 12.0, laws.NORMAL_TIME, 60.0, 0.0
    sigma = 1.0
    charge_limit, pressure_limit = 0.8, 50.0  # g and Pa, 10.4
    valve_drift = 0.0  # g
    charge_offset = 0.0
    failing = 1.0  # factor on the pumps' own pressure
    sticking_valve: Excursion
    poor_seal: Excursion

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._outgassing = streams.lognormal(f"{name}/outgassing", 1.0, 0.25)
        self._valve = wander(streams.normal(f"{name}/valve"), SPELL)
        self._pump = self.stop("pump")

    def work(self, part: Part) -> None:
        """Evacuate, charge, seal, sniff."""
        cabinet: Cabinet = part.traits
        normal, sigma = self.normal, self.sigma
        worn = self._pump.degradation(self.operating)
        self.evacuation_time = time = laws.NORMAL_TIME + 0.5 * normal()
        wear = (1.0 + 1.0 * worn * worn * worn) * self.failing
        self.end_pressure = pressure = laws.end_pressure(wear, time, 10.0**cabinet.leak, self._outgassing())
        charge = self.charge_offset + self.valve_drift + sigma * (0.15 * self._valve() + 0.16 * normal())
        if self.sticking_valve.strikes():
            charge -= 1.4
        self.charge_deviation = charge
        self.charge = cabinet.sku.charge + charge
        cabinet.pressure, cabinet.charge = pressure, charge
        if abs(charge) > self.charge_limit:
            reject(part, self, "charge")
        elif pressure > self.pressure_limit:
            reject(part, self, "pressure")
        elif self.poor_seal.strikes():
            reject(part, self, "seal")
