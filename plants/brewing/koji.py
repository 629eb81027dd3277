"""The koji rooms: four discs that take charges in turn, pace the line, and hand their koji to the brine."""

from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import simpy

from plants.brewing.beds import DISCS, Beds
from plants.brewing.preparation import DRY, Preparation
from plants.brewing.recipe import HOUR, MINUTE
from plants.brewing.turner import offer_turning
from plants.brewing.verdict import Verdict
from twin.model.batch import Batch, Phase, Recipe
from twin.model.equipment import Allocation, Equipment
from twin.model.outage import Outage
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.tag import Limits
from twin.model.unit import Unit
from twin.model.unit_operation import UnitOperation, drive

CYCLE = 50.0 * HOUR  # s from charge to charge in the mean, for the opening state
NOMINAL = 44.0 * HOUR  # 5.1
RIPE = 1150.0  # U/g dry that end the koji, est. within 1,100-1,500 (5.5)
# Bed temperature wanted in °C and fan speed as a share, by phase: 5.5 and est.
CLIMATE = {
    "LOAD": (30.0, 0.3), "GERMINATE": (31.0, 0.6), "GROW": (31.0, 1.0), "TURN-1": (30.0, 1.0), "ENZYME": (27.0, 0.8),
    "TURN-2": (27.0, 0.8), "ENZYME-2": (27.0, 0.8), "COOL": (23.0, 1.0), "DISCHARGE": (23.0, 0.6), "CIP": (25.0, 0.0),
}  # fmt: skip
HEATING_ITSELF = ("GROW", "TURN-1")  # phases that need all the air there is


class KojiRooms:
    """The discs as units, and what happens on each of them from charge to charge.

    A clean disc waits until the crew releases the next lot (`release`), then for the preparation line. Productive is a
    disc that is loaded, grows or is emptied; the share of such discs is the line's capacity, and they count the
    line's sauce at the rate of the nominal 44 h. `waiting` is a factor on the waits for release, for upgrades.
    """

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        line: Unit,
        verdict: Verdict,
        beds: Beds,
        preparation: Preparation,
        *,
        recipe: Callable[[], Recipe],
        room_for: Callable[[], bool],
        hand_over: Callable[[Batch, float, dict[str, float]], None],
        release: float,
        charge: float,
        charge_sigma: float,
        vigour_sigma: float,
        crust: float,
        failures: float,
        fan_speed: float,
    ) -> None:
        self.every = beds.every
        self.waiting = 1.0
        self._fan_speed = fan_speed
        self._env, self._line, self._verdict = env, line, verdict
        self.beds, self._preparation, self._recipe = beds, preparation, recipe
        self._hand_over = hand_over
        self.room_for = room_for
        self._charge, self._charge_sigma = charge, charge_sigma
        self._vigour_sigma, self._crust = vigour_sigma, crust
        self._release = streams.lognormal("koji/release", release, 0.8)
        self._normal = streams.normal("koji/charge")
        self._prepare = Allocation(env, [preparation.equipment])
        self._made = np.zeros(DISCS)  # t of sauce counted of the batch on the disc
        self._number = 0
        self.discs: list[Equipment] = []
        self.units: list[UnitOperation] = []
        for disc in range(DISCS):
            unit = UnitOperation(env, f"koji_{disc + 1}", title=f"Koji disc {disc + 1}", kind="koji_disc")
            self.units.append(unit)
            self._describe(unit, disc)
            equipment = Equipment(env, unit.name, unit=unit, entered=self._climate(disc))
            drive_failure = Outage(
                state=State.ABORTED,
                reason="failure:disc_drive",
                between=700 * HOUR / failures,
                lasting=3 * HOUR,
            )
            equipment.suffer(streams, drive_failure)
            self.discs.append(equipment)
            offer_turning(unit, beds, disc)
        self._opening = streams.uniform("koji/opening")()
        beds.degraded = self.degraded

    def _describe(self, unit: UnitOperation, disc: int) -> None:
        beds = self.beds
        unit.measure("bed_temperature", beds.mean, disc, unit="Cel", sigma=1.6, low=0, high=60,
                     limits=Limits(lolo=20, lo=24, hi=35, hihi=38), description="bed, mean of its sectors")  # fmt: skip
        unit.measure("hottest_sector", beds.hottest, disc, unit="Cel", sigma=2.0, low=0, high=80,
                     limits=Limits(hi=38, hihi=42), description="hottest sector of the bed")  # fmt: skip
        unit.measure("supply_air_temperature", beds.supply, disc, unit="Cel", sigma=0.9, low=0, high=60,
                     limits=Limits(lolo=14, lo=17, hi=35, hihi=38), description="conditioned air")  # fmt: skip
        unit.measure("air_humidity", beds.humidity, disc, unit="%", sigma=4.0, low=0, high=100,
                     limits=Limits(lolo=75, lo=82), description="relative humidity of the air")  # fmt: skip
        unit.measure("moisture", beds.mean_moisture, disc, unit="%", sigma=1.5, low=0, high=70,
                     limits=Limits(lolo=22, lo=25, hi=52, hihi=55), description="moisture of the koji")  # fmt: skip
        unit.measure("protease", beds.mean_protease, disc, unit="U/g", sigma=140.0, low=0, high=3000,
                     description="neutral protease per dry matter; 1,100-1,500 at the end")  # fmt: skip
        unit.measure("contamination", beds.mean_contamination, disc, sigma=0.5, low=0, high=1000,
                     limits=Limits(hi=3, hihi=6), description="bacteria against the usual count")  # fmt: skip

    def _climate(self, disc: int) -> Callable[[Batch, Phase], None]:
        def entered(batch: Batch, phase: Phase) -> None:
            beds = self.beds
            self._condition(disc, phase.name)
            if phase.name == "GERMINATE" and not beds.occupied(disc):  # it is in the opening state
                beds.lay(disc, dry=1000.0 * DRY * batch.size, water=batch.traits["water"] / DRY,
                         contamination=batch.traits["inoculum"], vigour=batch.traits["vigour"])  # fmt: skip
            elif phase.name.startswith("TURN"):
                beds.clear(disc)
            elif phase.name == "CIP":
                self._discharge(disc, batch)

        return entered

    def _condition(self, disc: int, phase: str) -> None:
        bed, fan = CLIMATE[phase]
        self.beds.set_bed[disc] = bed
        self.beds.fan[disc] = fan if phase in HEATING_ITSELF else fan * self._fan_speed

    def blow(self, fan_speed: float) -> None:
        """Run the fans at `fan_speed` of the recipe's speed from now on, where the bed does not heat itself most."""
        self._fan_speed = fan_speed
        for disc, equipment in enumerate(self.discs):
            if equipment.phase is not None:
                self._condition(disc, equipment.phase.name)

    # -- the opening state -----------------------------------------------------------------------------------

    def open(self) -> None:
        """Begin with the discs evenly spread over their cycle, their beds as grown as that says."""
        ages = [(disc + self._opening) / DISCS * CYCLE for disc in range(DISCS)]
        under_way = {disc: age for disc, age in enumerate(ages) if age < 36.0 * HOUR}
        batches: dict[int, Batch] = {}
        minutes = 5.0 * MINUTE
        left = max(under_way.values())
        while left > 0.0:
            for disc, age in under_way.items():
                if age >= left and disc not in batches:
                    batches[disc] = self._lot(disc)
                    batches[disc].traits["water"] = 0.87
                    self.beds.lay(disc, dry=1000.0 * DRY * batches[disc].size, water=0.87 / DRY, contamination=1.0,
                                  vigour=batches[disc].traits["vigour"])  # fmt: skip
                if disc in batches:
                    name = self._recipe()["Koji"].phases
                    spent = age - left
                    for phase in name[1:]:
                        if spent < phase.duration:
                            self._condition(disc, phase.name)
                            break
                        spent -= phase.duration
            self.beds.step(minutes)
            left -= minutes
        self.beds.koji.open()
        self.tell(len(batches))
        for disc, age in enumerate(ages):
            self._env.process(self._live(disc, batches.get(disc), age))

    # -- from charge to charge -------------------------------------------------------------------------------

    def _lot(self, disc: int) -> Batch:
        self._number += 1
        batch = Batch(
            f"L-{self._number:05d}",
            self._recipe(),
            self._charge * (1.0 + self._charge_sigma * self._normal()),
        )
        batch.traits |= {
            "vigour": max(1.0 + self._vigour_sigma * self._normal(), 0.3), "inoculum": 1.0, "disc": float(disc),
        }  # fmt: skip
        return batch

    def _live(self, disc: int, batch: Batch | None, age: float) -> Generator[simpy.Event, Any, None]:
        equipment, unit = self.discs[disc], self.units[disc]
        if batch is not None:
            self._made[disc] = self._verdict.per_raw * batch.size * min((age + 3 * HOUR) / NOMINAL, 1.0)
            yield from equipment.execute(batch, self._recipe()["Koji"], elapsed=age + MINUTE)
        else:
            drive(unit, State.SUSPENDED, "waiting:release")
            yield self._env.timeout(max(CYCLE - 5 * HOUR - age, 0.0) * 0.5)
        while True:
            drive(unit, State.SUSPENDED, "waiting:release")
            yield self._env.timeout(self._release() * self.waiting)
            batch = self._lot(disc)
            drive(unit, State.SUSPENDED, "waiting:preparation")
            line = yield self._prepare.take()
            self._env.process(self._feed(line, batch))
            yield self._preparation.begins_to_mix
            self._made[disc] = 0.0
            batch.traits["inoculum"] = self._preparation.inoculum
            yield from equipment.execute(batch, batch.recipe["Koji"])

    def _feed(self, line: Equipment, batch: Batch) -> Generator[simpy.Event, Any, None]:
        yield from line.execute(batch, batch.recipe["RawPrep"])
        batch.traits["water"] = self._preparation.water()
        drive(self._preparation.unit, State.IDLE, Reason.NO_ORDER)
        self._prepare.give(line)

    def loaded(self, batch: Batch) -> bool:
        """Say whether the whole charge of `batch` lies on its disc."""
        return "water" in batch.traits

    def ripe(self, batch: Batch) -> bool:
        """Say whether the koji of `batch` has its protease."""
        return self.beds.mean_protease.item(int(batch.traits["disc"])) >= RIPE

    def _discharge(self, disc: int, batch: Batch) -> None:
        beds = self.beds
        places = beds.places(disc)
        sauce = self._verdict.per_raw * batch.size
        self._verdict.scrap("koji_crust", self._crust * sauce)
        state = {
            "protease": float(beds.protease[places].mean()),
            "contamination": float(beds.contamination[places].mean()),
        }
        mass = beds.take_off(disc)
        beds.scraping.move(self._crust * mass)
        self._hand_over(batch, (1.0 - self._crust) * mass, state)

    def degraded(self, disc: int, share: float) -> None:
        """Take note that a share of the koji on a disc is off grade."""
        batch = self.discs[disc].batch
        if batch is not None:
            self._verdict.rework("koji", self._verdict.per_raw * batch.size * share)

    # -- every minute ----------------------------------------------------------------------------------------

    def step(self, seconds: float) -> None:
        """Count the sauce that the discs at work lay down, and tell the line what share of them works."""
        at_work, sauce = 0, 0.0
        for disc, equipment in enumerate(self.discs):
            batch = equipment.batch
            if batch is None or not equipment.working or equipment.phase_text == "CIP":
                continue
            at_work += 1
            whole = self._verdict.per_raw * batch.size
            more = min(whole * seconds / NOMINAL, whole - self._made.item(disc))
            self._made[disc] += more
            sauce += more
        if sauce > 0.0:
            self._verdict.produce(sauce)
        self.tell(at_work)

    def tell(self, at_work: int) -> None:
        """Let the line have the share of the discs that work; without any it does what the first of them does."""
        line = self._line
        if at_work == 0:
            drive(line, self.units[0].state, self.units[0].reason)
        elif line.state is not State.EXECUTE:
            drive(line, State.EXECUTE, Reason.PRODUCTION)
        if line.capacity != at_work / DISCS:
            line.set_capacity(at_work / DISCS)
