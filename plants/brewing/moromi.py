"""The moromi in the fermenters: temperature, salt, and the slow chemistry of ripening, one array a variable."""

from collections.abc import Callable

import numpy as np

from plants.brewing import laws
from plants.brewing.laws import Array
from twin.model.disturbance import OrnsteinUhlenbeck
from twin.model.material import Holdup, MaterialStream
from twin.model.streams import Streams

HOUR, DAY = 3600.0, 86_400.0
JACKET_TAU = 30 * HOUR  # 5.5
SALT_TAU = DAY  # mixing in of fresh brine, 5.5
PH_TAU, PH_FRESH, PH_RIPE = 10 * DAY, 6.5, 5.0  # 5.5
NITROGEN_TAU = 25.0 / 28.0  # total nitrogen is that much faster than amino nitrogen, 5.5
ACID_TAU, YEAST_TAU, SUGAR_TAU = 18 * DAY, 18 * DAY, 12 * DAY  # est.
AMBIENT = 18.0  # °C of the cellar, est.
COLD = 15.0  # °C, 5.2
DENSITY, LIQUID = 1.16, 0.92  # t/m3; share of the volume that is liquid, est. for 16.5-18.5 g/100 mL of salt
BRINE_PER_RAW = 2.75  # t/t dry raw; fitted: 5.7 t of sauce of 0.55 g/100 mL a t raw (5.1, 5.6)


class Moromi:
    """Arrays of the fermenters; `setpoint` in °C is what each one's phase wants, `jacket` 0 where its valve is stuck.

    `slope` in K/s moves the set point while the temperature is ramped.
    """

    def __init__(
        self,
        streams: Streams,
        count: int,
        *,
        koji: Holdup,
        step: float,
        temperature_sigma: float,
        utilisation: float,
    ) -> None:
        self.every = round(600.0 / step)
        self.count = count
        self.utilisation = utilisation

        def filled(value: float) -> Array:
            return np.full(count, value)

        self.mass = filled(0.0)  # kg
        self.salt_mass = filled(0.0)  # kg
        self.temperature = filled(AMBIENT)
        self.setpoint = filled(AMBIENT)
        self.slope = filled(0.0)
        self.target = filled(30.0)  # °C wanted when the moromi ferments actively
        self.jacket = filled(1.0)
        self.salt = filled(17.0)  # g/100 mL
        self.acidity = filled(PH_FRESH)  # pH
        self.amino = filled(0.0)  # g/100 mL
        self.amino_rate = filled(0.0)  # g/100 mL and day
        self.nitrogen = filled(0.0)
        self.released = filled(0.0)  # g/100 mL of sugar that the starch gave
        self.sugar = filled(0.0)
        self.acid = filled(laws.OPENING_ACID)
        self.ethanol = filled(0.0)  # % by volume
        self.protease = filled(laws.FULL_PROTEASE)
        self.contamination = filled(1.0)
        self.nitrogen_share = filled(utilisation)  # % of the nitrogen that goes into solution
        self.yeast = filled(0.0)
        self.duty = 0.0  # K that the jackets hold against the cellar, summed
        self._wander = OrnsteinUhlenbeck(
            streams, "moromi/temperature", places=count, sigma=temperature_sigma * np.sqrt(2.0).item(), tau=30 * HOUR,
            step=600.0,
        )  # fmt: skip
        self.tanks = Holdup("fermenters", read=self.total)
        self.discharging = MaterialStream(koji, self.tanks)
        self.brine = MaterialStream(None, self.tanks)

    def total(self) -> float:
        """Return the moromi in all fermenters, kg."""
        return float(np.add.reduce(self.mass))

    def begin(self, place: int) -> None:
        """Make an empty fermenter ready for a new moromi."""
        for array, value in (
            (self.salt_mass, 0.0), (self.temperature, COLD + 2.0), (self.setpoint, COLD), (self.slope, 0.0),
            (self.acidity, PH_FRESH), (self.amino, 0.0), (self.nitrogen, 0.0), (self.released, 0.0), (self.sugar, 0.0),
            (self.acid, laws.OPENING_ACID), (self.ethanol, 0.0), (self.yeast, 0.0), (self.protease, 0.0),
            (self.contamination, 0.0), (self.nitrogen_share, self.utilisation), (self.amino_rate, 0.0),
        ):  # fmt: skip
            array[place] = value

    def fill(
        self, place: int, *, koji: float, brine: float, strength: float, protease: float, contamination: float
    ) -> None:
        """Add `koji` and `brine` (kg; `strength` in % of salt) to a fermenter; properties mix by mass."""
        before, added = self.mass.item(place), koji + brine
        share = added / (before + added)
        self.mass[place] = before + added
        self.salt_mass[place] += brine * strength / 100.0
        for array, value in (
            (self.protease, protease), (self.contamination, contamination), (self.acid, laws.OPENING_ACID),
            (self.acidity, PH_FRESH), (self.amino, 0.0), (self.nitrogen, 0.0), (self.released, 0.0),
        ):  # fmt: skip
            array[place] += share * (value - array.item(place))
        if before == 0.0:
            self.salt[place] = self.salt_wanted(place)
        self.discharging.move(koji)
        self.brine.move(brine)

    def salt_wanted(self, place: int) -> float:
        """Return the salt of a fermenter when all is mixed, g/100 mL of liquid."""
        volume = self.mass.item(place) / (1000.0 * DENSITY) * LIQUID  # m3
        return self.salt_mass.item(place) / (10.0 * volume)

    def draw_off(self, place: int, mass: float) -> float:
        """Take up to `mass` kg out of a fermenter; return what came."""
        there = self.mass.item(place)
        taken = min(mass, there)
        self.salt_mass[place] *= 1.0 - taken / there if there > 0.0 else 0.0
        self.mass[place] = there - taken if taken < there else 0.0
        return taken

    # -- every ten minutes -----------------------------------------------------------------------------------

    def step(self, seconds: float) -> None:
        """Let the moromi ripen for `seconds`."""
        self._wander.step()
        full = (self.mass > 0.0).astype(np.float64)
        self.setpoint += self.slope * seconds
        np.minimum(self.setpoint, self.target, out=self.setpoint, where=self.slope > 0.0)
        wanted = self.setpoint + self._wander.values
        wanted = AMBIENT + (wanted - AMBIENT) * self.jacket
        wanted = np.where(full > 0.0, wanted, AMBIENT)
        self.duty = float((np.abs(wanted - AMBIENT) * full * self.jacket).sum())
        self.temperature += (wanted - self.temperature) * (1.0 - np.exp(-seconds / JACKET_TAU))
        volume = np.maximum(self.mass, 1.0) / (1000.0 * DENSITY) * LIQUID
        self.salt += (
            (self.salt_mass / (10.0 * volume) - self.salt) * (1.0 - np.exp(-seconds / SALT_TAU)) * full
        )
        self.react(seconds, full)

    def react(self, seconds: float, full: Array) -> None:
        """Advance the chemistry by `seconds` where a fermenter is `full` (1) at the present temperatures."""
        rate = laws.hydrolysis_rate(self.temperature, self.salt, self.protease) * full
        wanted = laws.AMINO_PER_UTILISATION * self.nitrogen_share
        change = (wanted - self.amino) * (1.0 - np.exp(-seconds * rate))
        self.amino += change
        np.multiply(change, DAY / seconds, out=self.amino_rate)
        wanted = laws.TOTAL_NITROGEN * self.nitrogen_share
        self.nitrogen += (wanted - self.nitrogen) * (1.0 - np.exp(-seconds * rate / NITROGEN_TAU))
        warm = laws.arrhenius(self.temperature) * full
        self.acidity += (
            (PH_RIPE - 0.12 * (self.contamination - 1.0) - self.acidity)
            * (1.0 - np.exp(-seconds / PH_TAU))
            * full
        )
        self.released += (laws.SUGAR_POTENTIAL - self.released) * (1.0 - np.exp(-seconds * warm / SUGAR_TAU))
        soured = laws.OPENING_ACID + laws.ACID * (1.0 + 0.3 * (self.contamination - 1.0))
        self.acid += (soured - self.acid) * (1.0 - np.exp(-seconds * warm / ACID_TAU))
        fed = self.sugar / (self.sugar + 1.0)  # yeast starves without sugar (Monod)
        self.ethanol += (laws.ETHANOL - self.ethanol) * (
            1.0 - np.exp(-seconds * warm * self.yeast * fed / YEAST_TAU)
        )
        eaten = self.acid - laws.OPENING_ACID + laws.SUGAR_PER_ETHANOL * self.ethanol
        np.maximum(self.released - eaten, 0.0, out=self.sugar)

    def grow_old(self, age: Array, follow: Callable[[Array], None]) -> None:
        """Bring each fermenter to its `age` in s; `follow(age)` sets what the recipe wants at that age."""
        step = 6.0 * HOUR
        since = float(age.max())
        while since > 0.0:
            born = age >= since
            now = np.where(born, age - since, -1.0)
            follow(now)
            full = (born & (self.mass > 0.0)).astype(np.float64)
            self.temperature += (self.setpoint - self.temperature) * (1.0 - np.exp(-step / JACKET_TAU)) * full
            self.react(step, full)
            since -= step
        self.temperature += self._wander.values / np.sqrt(2.0) * (self.mass > 0.0)
        self.amino_rate *= self.mass > 0.0
