"""The cellar: 84 fermenters that take three koji lots each, ripen them, and give them to the presses."""

from collections import deque
from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import simpy

from plants.brewing.laws import Array
from plants.brewing.moromi import BRINE_PER_RAW, COLD, Moromi
from plants.brewing.recipe import HOUR
from twin.model.batch import Batch, Phase, Recipe
from twin.model.equipment import Allocation, Equipment
from twin.model.outage import Outage
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.tag import Limits
from twin.model.unit_operation import UnitOperation, drive
from twin.model.wander import wander

LOTS = 3  # in a fermenter, 5.1
USUAL_DUTY = 450.0  # K, of the fermenters at the usual output
AGEING = 25.0  # °C, est.
RIPE = 0.80  # g/100 mL of amino nitrogen in the sample that ends the ageing, est.
SHOWN = (
    11,
    25,
    46,
    67,
)  # places of the fermenters that are published one by one; at the start 1/8 … 7/8 of the way


class Cellar:
    """Fermenters as equipment over the arrays of `moromi`.

    One fermenter is open and takes lots; the others ripen or wait, clean. A ripe one goes to the presses, oldest
    first. `dosing` is the error of the brine's salt in % and `strength` what the brine maker gives.
    """

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        moromi: Moromi,
        *,
        recipe: Callable[[], Recipe],
        brine: float,
        brine_sigma: float,
        sample_sigma: float,
        power: float,
        pumps: float,
        rate: float,
        failures: float,
    ) -> None:
        self.every = moromi.every // 10
        self._env, self.moromi, self._recipe = env, moromi, recipe
        self._power, self._pumps = power, pumps
        count = moromi.count
        self.sampled = np.zeros(count)
        self.brine_setpoint = np.array([brine])
        self.dosing = 0.0
        self.strength = brine
        self._brine_sigma = brine_sigma
        self._brine = wander(streams.normal("cellar/brine"), 20.0)
        self._error = streams.normal("cellar/sample")
        self._sample_sigma = sample_sigma
        self._number = 0
        self.lots = np.zeros(count)
        self.open_place: int | None = None
        self.ripe: deque[int] = deque()
        self.fresh_salt = 17.0  # g/100 mL of the fermenter that was filled last
        self.unit = UnitOperation(
            env, "cellar", title="Brine and fermenters", kind="cellar",
            power={"electricity": {"execute": power, "idle": power, "standby": power}},
        )  # fmt: skip
        self.units: dict[int, UnitOperation] = {}
        self.tanks: list[Equipment] = []
        for place in range(count):
            unit = None
            if place in SHOWN:
                unit = UnitOperation(
                    env,
                    f"fermenter_{place + 1:03d}",
                    title=f"Fermenter {place + 1}",
                    kind="fermenter",
                    running=False,
                )
                unit.to(State.IDLE, Reason.NO_ORDER)
                self.units[place] = unit
                self._describe(unit, place)
            name = f"fermenter_{place + 1:03d}"
            tank = Equipment(env, name, unit=unit, entered=self._enter(place), poll=600.0)
            tank.suffer(
                streams,
                Outage(
                    state=State.HELD,
                    reason="failure:agitator",
                    between=3000 * HOUR / failures,
                    lasting=12 * HOUR,
                ),
            )
            self.tanks.append(tank)
        self._describe_cellar()
        self._opening = streams.generator("cellar/opening")
        self._rate = rate
        self._clean = Allocation(env, [])

    def _describe(self, unit: UnitOperation, place: int) -> None:
        moromi = self.moromi
        rows: tuple[tuple[str, Array, str, float, float, float, Limits, str], ...] = (
            ("temperature", moromi.temperature, "Cel", 1.3, 0, 60, Limits(lolo=10, lo=13, hi=35, hihi=40), "moromi"),
            ("nacl", moromi.salt, "g/dL", 0.4, 0, 30, Limits(lolo=14.5, lo=16, hi=19.5, hihi=21), "salt"),
            ("ph", moromi.acidity, "[pH]", 0.12, 3, 9, Limits(lolo=4.3, lo=4.6), "acidity; 4.8-5.2 after day 45"),
            ("amino_nitrogen", moromi.amino, "g/dL", 0.02, 0, 2, Limits(), "amino nitrogen; 0.85-1.05 at day 120"),
            ("amino_nitrogen_rate", moromi.amino_rate, "g/(dL.d)", 0.002, -1, 1, Limits(), "gain of amino nitrogen"),
            ("total_nitrogen", moromi.nitrogen, "g/dL", 0.04, 0, 3, Limits(), "total nitrogen; 1.50-1.75 at day 120"),
            ("reducing_sugar", moromi.sugar, "g/dL", 0.2, 0, 12, Limits(hi=8, hihi=9), "reducing sugar; 3-5 ripe"),
            ("total_acid", moromi.acid, "g/dL", 0.06, 0, 6, Limits(hi=2.3, hihi=2.5), "total acid as lactic acid"),
            ("ethanol", moromi.ethanol, "%{vol}", 0.1, 0, 8, Limits(hi=3, hihi=4), "ethanol; 1.0-2.2 ripe"),
            ("sampled_amino_nitrogen", self.sampled, "g/dL", 0.02, 0, 2, Limits(), "amino nitrogen of the last sample"),
        )  # fmt: skip
        for name, array, measure, sigma, low, high, limits, words in rows:
            unit.measure(name, array, place, unit=measure, sigma=sigma, low=low, high=high, limits=limits,
                         description=words)  # fmt: skip
        unit.setpoint("active_temperature_setpoint", moromi.target, place, unit="Cel", low=20, high=40,
                      description="temperature wanted in active fermentation")  # fmt: skip

    def _describe_cellar(self) -> None:
        unit, moromi = self.unit, self.moromi
        unit.setpoint("brine_strength_setpoint", self.brine_setpoint, unit="%", low=15, high=27,
                      description="salt wanted in the brine")  # fmt: skip
        unit.measure("brine_strength", lambda: self.strength, unit="%", sigma=0.4, low=0, high=35,
                     limits=Limits(lolo=17, lo=18.5, hi=24, hihi=25), description="salt in the brine")  # fmt: skip
        unit.measure("fresh_nacl", lambda: self.fresh_salt, unit="g/dL", sigma=0.4, low=0, high=30,
                     limits=Limits(lolo=14.5, lo=16, hi=19.5, hihi=21),
                     description="salt of the fermenter filled last")  # fmt: skip
        unit.measure("fermenters_full", lambda: float((moromi.mass > 0.0).sum()), unit="{piece}", sigma=1.0, low=0,
                     high=moromi.count + 1, description="fermenters with moromi in them")  # fmt: skip
        unit.measure("fermenters_ripe", lambda: float(len(self.ripe)), unit="{piece}", sigma=1.0, low=0,
                     high=moromi.count + 1, description="fermenters that wait for the presses")  # fmt: skip
        unit.measure("jacket_duty", lambda: moromi.duty, unit="K", sigma=20.0, low=0, high=5000,
                     description="temperature held against the cellar, summed over the fermenters")  # fmt: skip

    # -- the opening state -----------------------------------------------------------------------------------

    def open(self) -> None:
        """Begin with fermenters of all ages, filled one after the other: number 1 is the oldest."""
        moromi = self.moromi
        draw, rate = self._opening, self._rate
        shift = draw.random()  # of a fermenter that the presses still have before the next one is ripe
        procedure = self._recipe()["Moromi"]
        ripening = sum(phase.duration for phase in procedure.phases[1:-2])
        order = np.arange(moromi.count)
        age = np.maximum(ripening - (order - 1.0 + shift) / rate, 0.0)
        age[0] = ripening
        filled = age > 0.0
        lot = 24_000.0
        for place in range(moromi.count):
            if filled[place]:
                moromi.begin(place)
                moromi.mass[place] = LOTS * lot * (1.36 + BRINE_PER_RAW)
                strength = self.brine_setpoint.item(0) + 0.3 * draw.standard_normal()
                moromi.salt_mass[place] = LOTS * lot * BRINE_PER_RAW * strength / 100.0
                moromi.salt[place] = moromi.salt_wanted(place)
                moromi.protease[place] = 1250.0 * (1.0 + 0.05 * draw.standard_normal())
                moromi.contamination[place] = 1.05
        moromi.mass[0] *= shift
        moromi.salt_mass[0] *= shift
        moromi.grow_old(age, self._wanted)
        self.sampled[:] = moromi.amino
        moromi.tanks.open()
        waiting = [place for place in range(moromi.count) if not filled[place]]
        for place in waiting:
            self._clean.give(self.tanks[place])
        for place in np.flatnonzero(filled).tolist():
            self._env.process(self._live(place, float(age[place])))

    def _wanted(self, age: Array) -> None:
        moromi = self.moromi
        start = 0.0
        for phase in self._recipe()["Moromi"].phases[1:-2]:
            here = (age >= start) & (age < start + phase.duration)
            if phase.name == "RAMP":
                share = (age - start) / phase.duration
                np.copyto(moromi.setpoint, COLD + share * (moromi.target - COLD), where=here)
            elif phase.name == "COLD-HOLD":
                moromi.setpoint[here] = COLD
            else:
                np.copyto(moromi.setpoint, moromi.target if phase.name != "AGE" else AGEING, where=here)
                moromi.yeast[here] = 1.0
            start += phase.duration

    # -- the recipe in the fermenters ------------------------------------------------------------------------

    def _enter(self, place: int) -> Callable[[Batch, Phase], None]:
        moromi = self.moromi

        def entered(batch: Batch, phase: Phase) -> None:
            name = phase.name
            if name == "SAMPLE":
                self.sampled[place] = moromi.amino.item(place) + self._sample_sigma * self._error()
            elif name == "RAMP":
                # a moromi that joins in on its way goes on from its set point
                spent = (moromi.setpoint.item(place) - COLD) / (moromi.target.item(place) - COLD)
                left = phase.duration * max(1.0 - spent, 1e-3)
                moromi.slope[place] = (moromi.target.item(place) - moromi.setpoint.item(place)) / left
            elif name in ("YEAST-DOSE", "ACTIVE"):
                moromi.slope[place] = 0.0
                moromi.setpoint[place] = moromi.target.item(place)
                moromi.yeast[place] = 1.0
            elif name == "AGE":
                moromi.setpoint[place] = AGEING
            elif name == "HARVEST":
                self.ripe.append(place)

        return entered

    def _live(self, place: int, age: float | None) -> Generator[simpy.Event, Any, None]:
        self._number += 1
        batch = Batch(f"M-{self._number:04d}", self._recipe(), float(LOTS))
        batch.traits["place"] = float(place)
        procedure = batch.recipe["Moromi"]
        if age is not None:
            self.lots[place] = LOTS
            yield from self.tanks[place].execute(batch, procedure, elapsed=age + HOUR)
        else:
            yield from self.tanks[place].execute(batch, procedure)
        if place in self.units:
            drive(self.units[place], State.IDLE, Reason.NO_ORDER)
        self._clean.give(self.tanks[place])

    def filled(self, batch: Batch) -> bool:
        """Say whether the fermenter of `batch` has all its lots."""
        return self.lots.item(int(batch.traits["place"])) >= LOTS

    def mature(self, batch: Batch) -> bool:
        """Say whether the last sample of `batch` has the amino nitrogen that a harvest needs."""
        return self.sampled.item(int(batch.traits["place"])) >= RIPE

    def harvested(self, batch: Batch) -> bool:
        """Say whether the fermenter of `batch` is empty."""
        return self.moromi.mass.item(int(batch.traits["place"])) == 0.0

    # -- lots in, moromi out ---------------------------------------------------------------------------------

    def room(self) -> bool:
        """Say whether a fermenter can take a koji lot."""
        return self.open_place is not None or bool(self._clean.free)

    def receive(self, batch: Batch, koji: float, state: dict[str, float]) -> None:
        """Bring the `koji` (kg) of a lot into brine, in the open fermenter."""
        moromi = self.moromi
        if self.open_place is None:
            tank = self._clean.free.popleft()
            self.open_place = self.tanks.index(tank)
            moromi.begin(self.open_place)
            self.lots[self.open_place] = 0
            self._env.process(self._live(self.open_place, None))
        place = self.open_place
        moromi.fill(
            place, koji=koji, brine=1000.0 * BRINE_PER_RAW * batch.size, strength=self.strength,
            protease=state["protease"], contamination=state["contamination"],
        )  # fmt: skip
        self.fresh_salt = moromi.salt_wanted(place)
        self.lots[place] += 1
        if self.lots[place] >= LOTS:
            self.open_place = None

    def draw_off(self, mass: float) -> tuple[float, float]:
        """Return up to `mass` kg of the oldest ripe moromi and its amino nitrogen."""
        place = self.ripe[0]
        amino = self.moromi.amino.item(place)
        taken = self.moromi.draw_off(place, mass)
        if self.moromi.mass.item(place) == 0.0:
            self.ripe.popleft()
        return taken, amino

    def step(self, seconds: float) -> None:
        """Mix brine, and meter pumps and jackets."""
        del seconds
        self.strength = self.brine_setpoint.item(0) + self.dosing + self._brine_sigma * self._brine()
        self.unit.draw(
            "electricity", self._pumps + (self._power - self._pumps) * self.moromi.duty / USUAL_DUTY
        )
