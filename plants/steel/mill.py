"""Descaling, roughing, shearing and finishing: what one slab goes through until it is a strip."""

from collections.abc import Callable

import numpy as np

from plants.steel import laws
from plants.steel.product import WIDTH, Slab
from plants.steel.sheet import BAR_ENERGY, POWER
from twin.model.disturbance import OrnsteinUhlenbeck
from twin.model.failure import Stop
from twin.model.streams import Streams
from twin.model.unit_operation import UnitOperation

DESCALING_TIME, SHEARING_TIME = 20.0, 25.0  # s
COBBLE = "special:cobble"
COBBLE_TIME = 20.0  # s until a cobbled bar is stopped, est.
PRESSURE_SIGMA = 0.5  # MPa, PI-110
# Scatter of the coil means at constant cause, chosen so that the sums have the sigmas of 1.4 (est.).
ROUGHED_SIGMA, FINISHING_SIGMA, THICKNESS_SIGMA = 6.0, 10.9, 16.5  # K, K, µm
WIDTH_SIGMA, CROWN_SIGMA, FLATNESS_SIGMA, FORCE_SIGMA = 2.5, 11.5, 12.0, 0.04  # mm, µm, I-units, share
WIDTH_MARGIN = 4.0  # mm rolled wider than ordered
STANDS = 7
GAUGE_PER_FORCE = 80.0  # µm that the automatic gauge control leaves of a force 100 % too high (est.)


class Mill:
    """The roughing and finishing trains as they are now, and the work of each stage on a slab.

    `wear` is the used share of the work rolls' life of `roll_life` km; `setup` is the factor on what the set-up leaves
    of temperature and gauge; `conditions` are the stops by wear whose signals a unit reads with every slab.
    `cobbled(slab)` is called when a strip is lost in the mill. The drawn energies are booked while the rolls bite.
    """

    every = 1

    def __init__(
        self,
        streams: Streams,
        units: dict[str, UnitOperation],
        *,
        step: float,
        sigma: float,
        setup: float,
        roll_life: float,
        energy: float,
        crop: float,
        cobble_rate: float,
        scale_rate: float,
        camber_rate: float,
        mark_rate: float,
        mark_hit: float,
        conditions: dict[str, Stop],
        operating: Callable[[], float],
        cobbled: Callable[[Slab], None],
    ) -> None:
        self._units = units
        self._reading = (units["finishing_mill"], units["laminar_cooling"])
        self.sigma = sigma
        self.setup = setup
        self.roll_life = roll_life
        self._energy = energy
        self._crop = crop
        self._cobble_rate = cobble_rate
        self._scale_rate = scale_rate
        self._camber_rate = camber_rate
        self._mark_rate = mark_rate
        self._mark_hit = mark_hit
        self._idle = {
            name: units[name].meters["electricity"].power["idle"]
            for name in ("roughing_mill", "finishing_mill")
        }
        self._conditions = conditions
        self.width_offset = np.zeros(1)  # mm at the sizing press
        self._operating = operating
        self._cobbled = cobbled
        self._chance = {
            name: streams.uniform(f"mill/{name}") for name in ("scale", "camber", "cobble", "roll_mark")
        }
        self._flutter = OrnsteinUhlenbeck(
            streams, "mill/strip", places=4, sigma=1.0, tau=30.0, step=step
        )  # along the strip: finishing temperature, thickness, flatness, pressure
        self.pressure_loss = 0.0  # MPa, of worn descaling pumps
        self.pressure = laws.REFERENCE_PRESSURE
        self.distance = 0.5 * roll_life  # km rolled since the last roll change
        self.tonnage = 0.0  # t since then
        self.mark = 0.0  # chance that the mark which a work roll prints on every strip spoils it; 0: no mark
        self.next_cobbles = False
        self.strip: Slab | None = None  # in the finishing mill
        self.roughed = laws.REFERENCE_ROUGHED
        self.rough_load = self.finish_load = 0.0  # % of the rated power, of the last bite
        self.finishing_deviation = 0.0
        self.finishing_temperature = 875.0
        self.thickness_error = self.flatness = 0.0
        self.width_error, self.crown = WIDTH_MARGIN, 45.0
        self.speed = 9.0
        self.forces = np.array(laws.FORCES)

    @property
    def wear(self) -> float:
        """The used share of the work rolls' life."""
        return self.distance / self.roll_life

    def change_rolls(self) -> None:
        """Put new work rolls in."""
        self.distance = self.tonnage = self.mark = 0.0

    # -- stages ----------------------------------------------------------------------------------------------

    def descale(self, slab: Slab) -> float:
        """Descale and size a slab; what water does not break off is rolled in."""
        self._conditions["descaler"].measure(self._operating())
        slab.width_offset = self.width_offset.item(0)
        if self._chance["scale"]() < laws.scale_chance(self._scale_rate, self.pressure):
            slab.spoil("special:rolled_in_scale")
        return DESCALING_TIME

    def rough(self, slab: Slab) -> float:
        """Rough a slab to the transfer bar."""
        duration = laws.roughing_time(slab.grade.hardness)
        slab.roughed = laws.roughed_temperature(slab.discharge, slab.waited) + (
            ROUGHED_SIGMA * self.sigma * slab.scatter[1]
        )
        slab.temperature = self.roughed = slab.roughed
        energy = BAR_ENERGY * self._energy * slab.mass / 1000.0 * slab.grade.hardness
        energy *= 1.0 + 0.003 * (laws.REFERENCE_ROUGHED - slab.roughed)
        power = energy * 3600.0 / duration
        self._conditions["roughing_mill"].measure(self._operating())
        self.rough_load = 100.0 * power / POWER["roughing_mill"][0]
        self._units["roughing_mill"].draw("electricity", self._idle["roughing_mill"] + power)
        if self._chance["camber"]() < self._camber_rate:
            slab.spoil("special:camber")
        return duration

    def roughed_out(self, slab: Slab) -> bool:
        """Let the bar go on; the rougher idles."""
        slab.thickness = laws.BAR_THICKNESS
        self._units["roughing_mill"].draw("electricity", self._idle["roughing_mill"])
        return True

    def shear(self, slab: Slab) -> float:
        """Crop head and tail."""
        self._conditions["crop_shear"].measure(self._operating())
        slab.mass -= slab.mass * self._crop
        return SHEARING_TIME

    def finish(self, slab: Slab) -> float:
        """Roll the strip: everything that makes it prime or not follows from its temperature and the rolls."""
        sigma, setup, scatter, wear = self.sigma, self.setup, slab.scatter, self.wear
        entry = laws.entry_temperature(slab.roughed, slab.waited)
        deviation, change = laws.set_up(entry)
        factor = laws.force_factor(entry, slab.grade.hardness, slab.width, slab.gauge)
        slab.temperature = entry
        slab.force = factor
        slab.finishing = deviation + FINISHING_SIGMA * sigma * setup * scatter[2]
        cold = laws.force_factor(entry, 1.0, laws.REFERENCE_WIDTH, laws.REFERENCE_THICKNESS) - 1.0
        slab.thickness_error = GAUGE_PER_FORCE * cold + THICKNESS_SIGMA * sigma * setup * scatter[3]
        slab.width_error = WIDTH_MARGIN + WIDTH_SIGMA * sigma * scatter[WIDTH] + slab.width_offset
        slab.crown = laws.crown(wear, CROWN_SIGMA * sigma * scatter[5])
        slab.flatness = laws.flatness(wear, FLATNESS_SIGMA * sigma * scatter[6])
        slab.speed = laws.finishing_speed(slab.gauge) * (1.0 + change / 100.0)
        np.multiply(laws.FORCES, factor * (1.0 + FORCE_SIGMA * scatter[7]), out=self.forces)
        length = laws.strip_length(slab.mass, slab.width, slab.gauge)
        duration = length / slab.speed + laws.THREADING_TIME
        energy = laws.deformation_energy(
            (1.0 - BAR_ENERGY) * self._energy, slab.gauge, entry, slab.grade.hardness
        )
        power = energy * slab.mass / 1000.0 * 3600.0 / duration
        self.finish_load = 100.0 * power / POWER["finishing_mill"][0]
        self._units["finishing_mill"].draw("electricity", self._idle["finishing_mill"] + power)
        self._conditions["finishing_mill"].measure(self._operating())
        self.distance += length / 1000.0
        self.tonnage += slab.mass / 1000.0
        self._mark(slab)
        self.strip = slab
        lost = self._chance["cobble"]() < laws.cobble_chance(self._cobble_rate, entry, wear)
        if lost or self.next_cobbles:
            self.next_cobbles = False
            slab.defect = COBBLE
            return COBBLE_TIME
        return duration

    def _mark(self, slab: Slab) -> None:
        if self._chance["roll_mark"]() < self._mark_rate * (0.4 + 1.2 * self.wear):
            self.mark = max(self.mark, self._mark_hit)
        slab.mark = self.mark

    def finished(self, slab: Slab) -> bool:
        """Let the strip run out; a cobbled one stays in the mill."""
        self.strip = None
        slab.rolled = True
        slab.thickness = slab.gauge
        self._units["finishing_mill"].draw("electricity", self._idle["finishing_mill"])
        if slab.defect == COBBLE:
            self._cobbled(slab)
            return False
        return True

    # -- along the strip -------------------------------------------------------------------------------------

    def step(self, seconds: float) -> None:
        """Read the instruments: those of the strip only while one runs."""
        del seconds
        self._flutter.step()
        heat, gauge, shape, water = self._flutter.values.tolist()
        self.pressure = laws.REFERENCE_PRESSURE - self.pressure_loss + PRESSURE_SIGMA * water
        strip = self.strip
        if strip is None:
            return
        for unit in self._reading:
            unit.touched = True
        self.finishing_deviation = strip.finishing + 3.0 * heat
        self.finishing_temperature = strip.grade.finishing + self.finishing_deviation
        self.thickness_error = strip.thickness_error + 5.0 * gauge
        self.flatness = strip.flatness + 3.0 * shape
        self.width_error = strip.width_error
        self.crown = strip.crown
        self.speed = strip.speed
