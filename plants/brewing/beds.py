"""The koji beds of the four discs, in sectors: growth, heat, moisture, protease, contamination, and their air."""

from collections.abc import Callable

import numpy as np
import simpy

from plants.brewing import laws
from plants.brewing.laws import Array
from twin.model.disturbance import OrnsteinUhlenbeck, StepEvents
from twin.model.dynamics import PiController
from twin.model.material import Holdup, MaterialStream
from twin.model.streams import Streams

HOUR = 3600.0
DISCS, SECTORS = 4, 48
PLACES = DISCS * SECTORS
ROOM = 25.0  # °C
FRESH_AIR = 0.05  # of the circulated air, est.
CHILLING = 14.0  # K that the chiller can take from the air, est.
HEATING = 6.0  # K that the steam coil can give, est.
AIR_TAU = 300.0  # s, 5.5
BLOCKED = 0.88  # of the air flow that a clump takes from its sector, est.
DEGRADING = 2 * HOUR  # above 38 °C, 5.5
DEGRADED_PROTEASE, DEGRADED_CONTAMINATION = 0.75, 3.0  # 5.5
DRY_LOSS = 0.06  # of the dry matter, burnt by the full-grown mycelium, est.
EVAPORATION = 6.5e-9  # kg/kg dry, 1/s and 1/Pa; fitted: 28-32 % moisture at the end (5.5)
WARMED = 1.12  # relative humidity at which the air, warmed by the bed, would take no more, est.
PROTEASE_RATE = 56.0 / HOUR  # U/g and s of the full-grown mycelium; fitted: 1,250 U/g at 36 h (5.5)
GERM_RATE = 0.02 / HOUR  # 1/s: bacteria that grow with the koji, est.
TORN = 0.03  # of the protease still to form that a turn beside the recipe's costs: torn mycelium, est.
REST = 2 * HOUR  # s that the mycelium needs between two such turns, est.
CONTAMINATED = 4.0  # times the usual count of bacteria, from which koji is off grade, est.


class Beds:
    """Arrays of `DISCS` x `SECTORS` places; `degraded(disc, share)` is called when a share of them becomes off grade.

    `set_bed` °C and `fan` (share of full speed) of each disc are what its phase wants, `bed_offset` K comes on top;
    `asked` is 1 where somebody wants the bed turned. `chill` and `germs` are 1 unless something is wrong with the
    chilled water or the air filters.
    """

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        *,
        step: float,
        sigma: float,
        clumps: float,
    ) -> None:
        self.every = round(60.0 / step)
        self.degraded: Callable[[int, float], None] = lambda disc, share: None

        def filled(value: float) -> Array:
            return np.full(PLACES, value)

        self.present = filled(0.0)  # 1 with koji
        self.dry = filled(0.0)  # kg of dry matter brought, 0 without koji
        self.temperature = filled(ROOM)  # °C
        self.water = filled(0.9)  # kg/kg dry as brought
        self.grown = filled(0.0)  # of the full-grown mycelium
        self.protease = filled(0.0)  # U/g dry
        self.hot = filled(0.0)  # s above 38 °C
        self.spoiled = filled(0.0)  # 1 off grade
        self.contamination = filled(1.0)  # times the usual count of bacteria
        self.forming = filled(0.0)  # U/g and s of the full-grown mycelium
        self.set_bed = np.full(DISCS, ROOM)
        self.bed_offset = np.zeros(DISCS)
        self.asked = np.zeros(DISCS)
        self._rests = np.zeros(DISCS)  # s until the bed may be turned again
        self.fan = np.zeros(DISCS)
        self.supply = np.full(DISCS, ROOM)  # °C
        self.chilled = np.zeros(DISCS)  # K taken from the air times fan speed
        self.chill = 1.0
        self.germs = 1.0
        # Published means of each disc.
        self.mean = np.full(DISCS, ROOM)
        self.hottest = np.full(DISCS, ROOM)
        self.mean_moisture = np.full(DISCS, 47.0)
        self.mean_protease = np.zeros(DISCS)
        self.mean_contamination = np.ones(DISCS)
        self.humidity = np.full(DISCS, 92.0)

        def wander(name: str, places: int, spread: float, tau: float) -> OrnsteinUhlenbeck:
            return OrnsteinUhlenbeck(streams, f"koji/{name}", places=places, sigma=spread, tau=tau, step=60.0)

        self._heat = wander("heat", DISCS, 1.6 * sigma / HOUR, 2 * HOUR)  # K/s
        self._flow = wander("air_flow", PLACES, 0.05 * sigma, 3 * HOUR)  # share
        self._damp = wander("humidity", DISCS, 4.0, 600.0)  # %
        self.clumps = StepEvents(
            env, streams, "koji/clump", places=PLACES, rate=clumps / HOUR, duration=6 * HOUR
        )
        self._controllers = [
            PiController(gain=1.2, reset=1.5 * HOUR, step=60.0, low=18.0, high=34.0, setpoint=31.0, bias=26.0)
            for _ in range(DISCS)
        ]
        self.koji = Holdup("koji", read=self.mass)
        self.loading = MaterialStream(None, self.koji)
        self.drying = MaterialStream(self.koji, None)
        self.scraping = MaterialStream(self.koji, None)

    def places(self, disc: int) -> slice:
        """Return the places of a disc's sectors."""
        return slice(disc * SECTORS, (disc + 1) * SECTORS)

    def mass(self) -> float:
        """Return the koji on all discs, kg."""
        return float(np.add.reduce(self.dry * (1.0 - DRY_LOSS * self.grown + self.water)))

    def occupied(self, disc: int) -> bool:
        """Say whether koji lies on a disc."""
        return self.present.item(disc * SECTORS) > 0.0

    def lay(self, disc: int, *, dry: float, water: float, contamination: float, vigour: float) -> None:
        """Lay out a charge of `dry` kg with `water` kg/kg, its bacteria and spores on an empty disc."""
        places = self.places(disc)
        self.present[places] = 1.0
        self.dry[places] = dry / SECTORS
        self.forming[places] = PROTEASE_RATE * vigour
        self.temperature[places] = 30.0
        self.water[places] = water
        self.grown[places] = laws.INOCULUM
        self.protease[places] = 0.0
        self.hot[places] = 0.0
        self.spoiled[places] = 0.0
        self.contamination[places] = contamination
        self.clear(disc)
        self.loading.move(dry * (1.0 - DRY_LOSS * laws.INOCULUM + water))
        self.average()

    def clear(self, disc: int) -> None:
        """Turn the bed: clumps and channels are gone."""
        for place in range(disc * SECTORS, (disc + 1) * SECTORS):
            self.clumps.clear(place)
        self._rests[disc] = REST

    def _turn_as_asked(self, seconds: float) -> None:
        self._rests -= seconds
        for disc in np.flatnonzero((self.asked > 0.0) & (self._rests <= 0.0)).tolist():
            self.asked[disc] = 0.0
            if self.occupied(disc):
                self.clear(disc)
                self.forming[self.places(disc)] *= 1.0 - TORN

    def take_off(self, disc: int) -> float:
        """Return the kg of a disc's koji, which is there no longer; the books are the caller's."""
        places = self.places(disc)
        mass = float(np.add.reduce((self.dry * (1.0 - DRY_LOSS * self.grown + self.water))[places]))
        self.present[places] = self.dry[places] = 0.0
        self.temperature[places] = ROOM
        return mass

    # -- every minute ----------------------------------------------------------------------------------------

    def step(self, seconds: float) -> None:
        """Let the koji grow for `seconds`."""
        self._heat.step()
        self._flow.step()
        self._damp.step()
        self._turn_as_asked(seconds)
        present = self.present
        self._condition_air(seconds)
        temperature, grown = self.temperature, self.grown
        growing = laws.GROWTH * laws.growth_factor(temperature) * grown * (1.0 - grown) * present
        flow = np.repeat(self.fan, SECTORS) * np.maximum(1.0 + self._flow.values, 0.2)
        flow = np.maximum(flow * (1.0 - BLOCKED * np.minimum(self.clumps.active, 1.0)), 0.03)
        heat = laws.self_heating(grown, growing) + np.repeat(self._heat.values, SECTORS)
        supply = np.repeat(self.supply, SECTORS)
        away = laws.vapour_pressure(temperature) * np.repeat(WARMED - self._damp_air() / 100.0, SECTORS)
        before = self.mass()
        self.water -= (
            np.minimum(EVAPORATION * away * np.minimum(flow, 1.0) * seconds, 0.1 * self.water) * present
        )
        # Exact for air that stays as it is over the step.
        settled = supply + heat * present * laws.BED_TAU / flow
        temperature += (settled - temperature) * (1.0 - np.exp(-seconds * flow / laws.BED_TAU))
        self.protease += seconds * present * self.forming * grown * laws.protease_factor(temperature)
        if self.germs > 1.0:
            self.contamination += GERM_RATE * self.germs * seconds * present
        grown += growing * seconds
        self.drying.move(before - self.mass())
        self._judge(seconds, present)
        self.average()

    def _damp_air(self) -> Array:
        humidity: Array = np.clip(92.0 + self._damp.values, 40.0, 99.0, out=self.humidity)
        return humidity

    def _condition_air(self, seconds: float) -> None:
        share = min(seconds / AIR_TAU, 1.0)
        for disc in range(DISCS):
            back = (1.0 - FRESH_AIR) * self.mean.item(disc) + FRESH_AIR * ROOM
            fan = self.fan.item(disc)
            controller = self._controllers[disc]
            controller.setpoint = self.set_bed.item(disc) + self.bed_offset.item(disc)
            wanted = controller.step(self.mean.item(disc)) if fan > 0.0 else ROOM
            given = min(max(wanted, back - CHILLING * self.chill), back + HEATING)
            supply = self.supply.item(disc)
            supply += (given - supply) * share
            self.supply[disc] = supply
            self.chilled[disc] = max(back - supply, 0.0) * fan * self.chill

    def _judge(self, seconds: float, present: Array) -> None:
        if self.temperature.max() <= laws.HOT and self.germs <= 1.0:
            return
        self.hot += seconds * (self.temperature > laws.HOT) * present
        overheated = (self.hot > DEGRADING) & (self.spoiled == 0.0)
        if overheated.any():
            self.protease[overheated] *= DEGRADED_PROTEASE
            self.contamination[overheated] *= DEGRADED_CONTAMINATION
        foul = (self.contamination > CONTAMINATED) & (present > 0.0) & (self.spoiled == 0.0)
        spoiled = overheated | foul
        if spoiled.any():
            self.spoiled[spoiled] = 1.0
            for disc, count in enumerate(spoiled.reshape(DISCS, SECTORS).sum(axis=1).tolist()):
                if count:
                    self.degraded(disc, count / SECTORS)

    def average(self) -> None:
        """Renew the means of the discs."""
        shape = (DISCS, SECTORS)
        bed = self.temperature.reshape(shape)
        np.add.reduce(bed, axis=1, out=self.mean)
        self.mean /= SECTORS
        np.maximum.reduce(bed, axis=1, out=self.hottest)
        dry = 1.0 - DRY_LOSS * self.grown
        share = (100.0 / SECTORS) * self.water / (self.water + dry)
        np.add.reduce(share.reshape(shape), axis=1, out=self.mean_moisture)
        np.add.reduce(self.protease.reshape(shape), axis=1, out=self.mean_protease)
        self.mean_protease /= SECTORS
        np.add.reduce(self.contamination.reshape(shape), axis=1, out=self.mean_contamination)
        self.mean_contamination /= SECTORS
