"""The cabinet's body: shell, liner, pre-assembly, foam."""

from typing import Any, ClassVar

import simpy

from plants.appliances import laws
from plants.appliances.cabinet import Cabinet, Sku, reject
from plants.appliances.sheet import FOAMING, FOAMING_SET, JIGS, LINER, LINER_SET, SPELL
from twin.model.machine_group import MachineGroup
from twin.model.part import Part
from twin.model.quality import DefectCause, Defects
from twin.model.set_point import SetPoint
from twin.model.signal import Signal
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.wander import wander


class Excursion:
    """A special event: each part has the chance `rate` that it begins, and it is noticed after `delay` parts."""

    __slots__ = ("_defects",)

    def __init__(
        self, name: str, station: str, streams: Streams, *, rate: float, delay: float, hit: float
    ) -> None:
        self._defects = Defects(DefectCause(name=name, rate=rate, delay=delay, hit=hit), station, streams)

    def strikes(self) -> bool:
        """Return whether it strikes the next part."""
        defects = self._defects
        defects.left -= 1
        return not defects.left and defects.strikes()

    def tune(self, *, rate: float = 1.0, delay: float = 1.0) -> None:
        """Let it begin `rate` times as often and go on `delay` times as long as usual; for upgrades."""
        self._defects.tune(rate=rate, delay=delay)


class UShell(MachineGroup):
    """Roll-forming and bending of the shell; each part that it begins becomes a cabinet."""

    skus: dict[str, Sku]
    dents: Excursion
    coating_gas = 0.0  # kWh of natural gas in the coating oven per shell

    def work(self, part: Part) -> None:
        """Form and coat the shell."""
        part.traits = cabinet = Cabinet(self.skus[part.product])
        self.line.line_unit.meters["natural_gas"].add(self.coating_gas)
        if self.dents.strikes():
            cabinet.blemish(self, "dent")


class Liner(MachineGroup):
    """Thermoforming and trimming of the liner; the wall is gauged at the trim press."""

    signals: ClassVar[tuple[Signal, ...]] = LINER
    set_points: ClassVar[tuple[SetPoint, ...]] = LINER_SET
    sheet_temperature, wall = laws.SHEET_SET, 1.05
    sheet_offset = 0.0
    sigma = 1.0
    cold_zone: Excursion

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._heat = wander(streams.normal(f"{name}/heat"), SPELL)

    def work(self, part: Part) -> None:
        """Heat and draw the sheet; a heater zone that fails now and then leaves a cold strip."""
        temperature = laws.SHEET_SET + self.sheet_offset + 3.5 * self.sigma * self._heat()
        if self.cold_zone.strikes():
            temperature -= 30.0
        self.sheet_temperature = temperature
        self.wall = wall = laws.wall(temperature) + 0.058 * self.sigma * self.normal()
        if wall < 0.8:
            reject(part, self, "thin_wall")


class PreAssembly(MachineGroup):
    """Evaporator, harness and seals go into shell and liner; the evaporator's joints are crimped here."""

    loose_crimp: Excursion
    shop_power = 0.0  # kWh of electricity per cabinet in the shops that feed the line
    content_of: dict[str, float]

    def content(self, part: Part) -> float:
        """Return the model's work content."""
        return self.content_of[part.product]

    def work(self, part: Part) -> None:
        """Crimp the joints."""
        self.line.line_unit.meters["electricity"].add(self.shop_power)
        if self.loose_crimp.strikes():
            cabinet: Cabinet = part.traits
            cabinet.leak += 1.3
            cabinet.joint = self


class Foaming(Station):
    """Dosing machine and mixing heads: one shot a cabinet."""

    signals: ClassVar[tuple[Signal, ...]] = FOAMING
    set_points: ClassVar[tuple[SetPoint, ...]] = FOAMING_SET
    mix_ratio, component_temperature, shot_deviation = laws.RATIO_SET, laws.COMPONENT_SET, 0.0
    cyclopentane_lel = 2.5
    sigma = 1.0
    ratio_shift = 0.0  # ISO:POL
    ratio_offset = 0.0
    blocked_filter: Excursion

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._ratio, self._component, self._lel = (
            wander(streams.normal(f"{name}/{what}"), SPELL) for what in ("ratio", "component", "lel")
        )

    def work(self, part: Part) -> None:
        """Shoot."""
        sigma = self.sigma
        ratio = laws.RATIO_SET + self.ratio_offset + self.ratio_shift + 0.012 * sigma * self._ratio()
        if self.blocked_filter.strikes():
            ratio -= 0.065
        self.mix_ratio = ratio
        self.component_temperature = component = laws.COMPONENT_SET + 0.6 * sigma * self._component()
        self.shot_deviation = shot = 0.55 * sigma * self.normal()
        self.cyclopentane_lel = abs(2.5 + 0.8 * self._lel())
        cabinet: Cabinet = part.traits
        cabinet.shot = shot
        cabinet.expanded = laws.expansion(ratio, component, laws.JIG_SET)


class FoamJigs(MachineGroup):
    """Heated jigs in which the foam expands and cures; what the cavity lacks of foam is a void."""

    signals: ClassVar[tuple[Signal, ...]] = JIGS
    jig_temperature, foam_density = laws.JIG_SET, laws.FOAM_DENSITY
    sigma = 1.0
    overpack = 2.0  # % more foam than the cavity holds
    cold = 0.0  # K that the jigs lose without heating
    _cooling_since, _cooled = 0.0, 0.0

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._heat = wander(streams.normal(f"{name}/heat"), SPELL)

    @property
    def cooled(self) -> float:
        """K by which the jigs are colder than heated: first order, 25 min (est.)."""
        gone = laws.settled(self.env.now - self._cooling_since, 1500.0)
        return self._cooled + (self.cold - self._cooled) * gone

    def lose_heat(self, cold: float) -> None:
        """Let the jigs settle `cold` K below their set temperature from now on."""
        self._cooled, self._cooling_since = self.cooled, self.env.now
        self.cold = cold

    def work(self, part: Part) -> None:
        """Cure and demould."""
        jig = laws.JIG_SET + 1.6 * self.sigma * self._heat()
        if self._cooling_since:
            jig -= self.cooled
        self.jig_temperature = jig
        cabinet: Cabinet = part.traits
        expanded = cabinet.expanded + 0.25 * (jig - laws.JIG_SET)
        self.foam_density = laws.density(cabinet.shot, expanded)
        cabinet.void = max(-(self.overpack + cabinet.shot + expanded), 0.0)
