"""From the melt to the inspected casting: furnaces, pouring, fettling, inspection."""

from collections.abc import Generator
from typing import Any

import simpy

from plants.casting import laws
from plants.casting.mould import correction, job_of
from plants.casting.sheet import (
    CARBON_EQUIVALENT,
    COOLING_EXPONENT,
    DIMENSION,
    HEAT,
    HEAT_TREATMENT_GAS,
    LADLE_GAS,
    MAGNESIUM,
    POUR_LOSS,
    PROBE_ERROR,
    PROBED,
    TAP,
    YIELD,
)
from twin.model.holding_furnace import HoldingFurnace, MeltShop
from twin.model.metered_group import MeteredGroup
from twin.model.part import Part
from twin.model.quality import DefectCause, Defects
from twin.model.signal import Signal
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.tag import Tag


def metal_needed(part: Part) -> float:
    """Return the tonnes to be poured for the castings of `part`."""
    return part.quantity / YIELD


class InductionFurnace(HoldingFurnace):
    """A medium-frequency furnace: the temperature at the tap, carbon equivalent and magnesium scatter by charge.

    `bath_offset` in K, `carbon_offset` and `magnesium_offset` in % correct the charge that is held: power, additions to
    the bath, and the wire feeder. They are 0 again with the next charge. While it is held it is probed every quarter of
    an hour, by the same instruments that may misread or have drifted.
    """

    signals = (
        Signal("tap_temperature", "Cel", 20, 1700, 5, (1430, 1455, 1550, 1570), "metal at the tap"),
        Signal("carbon_equivalent", "%", 3, 5.5, 0.02, (4.05, 4.15, 4.55, 4.65), "carbon equivalent of the charge"),
        Signal("magnesium", "%", 0, 0.1, 0.002, (0.028, 0.032, 0.055, 0.062), "residual magnesium of the charge"),
        Signal("bath_temperature", "Cel", 20, 1700, 5, (1430, 1455, 1550, 1570), "probe of the charge that is held"),
        Signal("bath_carbon_equivalent", "%", 3, 5.5, 0.02, (4.05, 4.15, 4.55, 4.65), "sample of the charge held"),
        Signal("melting_energy", "kW.h/t", 300, 1200, 8, (None, None, 620, 680), "energy of the last charge"),
    )  # fmt: skip
    sigma, misread, drift = 1.0, 0.0, 0.0
    tap_temperature, carbon_equivalent, magnesium = TAP[0], CARBON_EQUIVALENT[0], MAGNESIUM[0]
    bath_temperature, bath_carbon_equivalent = TAP[0], CARBON_EQUIVALENT[0]
    melting_energy = 550.0

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._normal = streams.normal(f"{name}/charge")
        self._usual = self.energy
        self._draw = streams.normal(f"{name}/energy")
        self._probed = streams.normal(f"{name}/probe")
        self._next = 0.0
        self._bath = self._carbon = self._wire = 0.0  # corrections of the charge

    def own_tags(self) -> tuple[Tag, ...]:
        """Return the content and what is measured of a charge."""
        return (
            *super().own_tags(),
            *(signal.tag(self) for signal in self.signals),
            correction(self, "bath_offset", "K", 40.0, "by which the charge was warmed, or left to cool"),
            correction(self, "carbon_offset", "%", 0.3, "carbon equivalent added to the charge, or diluted"),
            correction(self, "magnesium_offset", "%", 0.03, "magnesium that was fed to the charge"),
        )

    def tapped(self) -> None:
        """Analyse the new charge; a thermocouple that reads too high leaves the metal too cold."""
        normal, sigma = self._normal, self.sigma
        self.tap_temperature = TAP[0] + TAP[1] * sigma * normal() - self.misread
        self.carbon_equivalent = CARBON_EQUIVALENT[0] + CARBON_EQUIVALENT[1] * sigma * normal() + self.drift
        self.magnesium = MAGNESIUM[0] + MAGNESIUM[1] * sigma * normal()
        self.melting_energy = self.energy
        self.energy = self._usual * (1.0 + 0.04 * self._draw()) * (1.0 + self._next)
        self._bath = self._carbon = self._wire = 0.0
        self.env.process(self._probe(self.heats))

    def _probe(self, heat: int) -> Generator[simpy.Event, Any, None]:
        """Probe the charge of `heat` while it is held."""
        while True:
            yield self.env.timeout(PROBED)
            if self.heats != heat or self.content <= 0.0:
                return
            self.bath_temperature = self.tap_temperature + self.misread + PROBE_ERROR[0] * self._probed()
            self.bath_carbon_equivalent = (
                self.carbon_equivalent - self.drift + PROBE_ERROR[1] * self._probed()
            )
            self.touched = True

    @property
    def bath_offset(self) -> float:
        """K by which the charge was warmed since the tap; an empty furnace cannot be."""
        return self._bath

    @bath_offset.setter
    def bath_offset(self, offset: float) -> None:
        if self.content > 0.0:
            warmer = offset - self._bath
            self._bath = offset
            self.tap_temperature += warmer
            self.meters["electricity"].add(max(warmer, 0.0) * self.content * HEAT)

    @property
    def carbon_offset(self) -> float:
        """Carbon equivalent that was added to the charge, %."""
        return self._carbon

    @carbon_offset.setter
    def carbon_offset(self, offset: float) -> None:
        if self.content > 0.0:
            self.carbon_equivalent += offset - self._carbon
            self._carbon = offset

    @property
    def magnesium_offset(self) -> float:
        """Magnesium that was fed to the charge, %; what is in cannot be taken out."""
        return self._wire

    @magnesium_offset.setter
    def magnesium_offset(self, offset: float) -> None:
        if self.content > 0.0 and offset > self._wire:
            self.magnesium += offset - self._wire
            self._wire = offset

    def use(self, energy: float) -> None:
        """Melt a tonne with `energy` kWh from the next charge on."""
        self.energy *= energy / self._usual
        self._usual = energy

    def held(self, seconds: float) -> None:
        """Magnesium fades while the charge is held: a tenth an hour (est.); the power keeps the temperature."""
        self.magnesium *= 1.0 - 0.1 * seconds / 3600.0

    def line_lining(self, loss: float) -> None:
        """Let `loss` more of the heat go through the lining from the next charge on."""
        self._next = loss


class Pouring(MeteredGroup):
    """Pours what the furnaces hold into the moulds, and sees the metal's temperature there."""

    signals = (
        Signal("pouring_temperature", "Cel", 1000, 1600, 5, (1300, 1320, 1420, 1440), "metal in the mould"),
        Signal(
            "pouring_time", "%", -60, 60, 2.4, (-25, -15, 15, 25), "pouring time, from the casting's nominal"
        ),
    )
    sigma, pouring_temperature, pouring_time = 1.0, 1370.0, 0.0

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        name: str,
        *,
        melt: MeltShop,
        slag: DefectCause,
        **options: Any,
    ) -> None:
        super().__init__(env, streams, name, supplies=(melt,), **options)
        self._melt = melt
        self._generator = streams.generator(f"{name}/castings")
        self._share = streams.uniform(f"{name}/slagged")
        self.slag = Defects(slag, name, streams)

    def work(self, part: Part) -> None:
        """Pour one mould."""
        job, normal, source = job_of(part), self.normal, self._melt.source
        assert isinstance(source, InductionFurnace)
        draw = self._generator.binomial
        self.pouring_temperature = (
            source.tap_temperature - POUR_LOSS[0] + POUR_LOSS[1] * self.sigma * normal()
        )
        self.pouring_time = 6.0 * self.sigma * normal() + 0.1 * (1370.0 - self.pouring_temperature)
        job.spoil(self.name, "common", int(draw(job.castings, laws.misrun(self.pouring_temperature))))
        job.spoil(
            self.name, "common", int(draw(job.castings, laws.porosity(job.gas, self.pouring_temperature)))
        )
        wrong = laws.off_chemistry(source.carbon_equivalent, source.magnesium)
        job.spoil(source.name, "common", int(draw(job.castings, wrong)))
        self.slag.left -= 1
        if not self.slag.left and self.slag.strikes():
            job.spoil(self.name, "special", max(round((0.2 + 0.8 * self._share()) * job.castings), 1))
        self.meters["natural_gas"].add(LADLE_GAS * part.quantity)


class Cooling(Station):
    """The cooling floor: thick castings stay for two days, thin ones for a shift."""

    typical = 0.2  # t

    def content(self, part: Part) -> float:
        """Return the cooling time as a multiple of the usual one."""
        factor: float = (job_of(part).mass / self.typical) ** COOLING_EXPONENT
        return min(max(factor, 0.4), 2.4)


class Fettling(MeteredGroup):
    """Shake-out, blast, grinding and heat treatment: work goes with the mass."""

    def content(self, part: Part) -> float:
        """Return the tonnes; the cycle is that of a tonne."""
        return part.quantity

    def work(self, part: Part) -> None:
        """Heat-treat the castings of one job."""
        self.meters["natural_gas"].add(HEAT_TREATMENT_GAS * part.quantity)


class Inspection(MeteredGroup):
    """Scans and tests every casting; what is found bad is welded or scrapped."""

    signals = (
        Signal("dimension_grade", "1", 4, 14, 0.14, (None, None, 9, None), "casting tolerance grade CT"),
    )
    dimension_grade, detection, weldable = DIMENSION[0], 0.95, 0.35

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._generator = streams.generator(f"{name}/found")

    def work(self, part: Part) -> None:
        """Judge the castings of one job; escapes stay in it."""
        job, line = job_of(part), self.line
        self.dimension_grade = DIMENSION[0] + DIMENSION[1] * self.normal() + 0.4 * abs(job.strength - 1.7)
        units = {unit.name: unit for unit in line.units}
        for (name, _), count in job.bad.items():
            found = int(self._generator.binomial(count, self.detection))
            welded = int(self._generator.binomial(found, self.weldable)) if found else 0
            origin = units[name]
            part.lose((found - welded) * job.mass, origin)
            part.redo(welded * job.mass, origin)
