"""Blending to grade, testing and bottling."""

from collections import deque
from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import simpy

from plants.brewing import laws
from plants.brewing.press import SAUCE_DENSITY
from plants.brewing.recipe import HOUR
from plants.brewing.refinery import Refinery
from plants.brewing.verdict import Verdict
from twin.model.batch import Batch, Recipe
from twin.model.equipment import Equipment
from twin.model.material import Holdup, MaterialStream
from twin.model.outage import Machines, Outage
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.tag import Kind, Limits, Tag
from twin.model.unit_operation import UnitOperation, drive
from twin.model.wander import wander

TANKS, BLEND = 6, 50_000.0  # kg, 5.3
GRADE = 0.55  # g/100 mL of amino nitrogen: second grade of GB/T 18186
BOTTLES = 36_000.0 / 3600.0  # 1/s a line, 5.3
VOLUME = 500.0  # mL
SHORT, OVER = 491.0, 512.0  # mL: LoLo -9 and HiHi +12, 5.5
BOTTLE = VOLUME * 1e-6 * SAUCE_DENSITY * 1000.0  # kg
SCATTER = 0.5  # mL from minute to minute, est.
START_TIME, START_ENERGY = 120.0, 0.5  # s, kWh: a line that stood by until it fills again, est.


class Blending:
    """Six blend tanks: settled sauce is diluted to the grade by the amino nitrogen that the laboratory found.

    What of a blend lies below the grade is downgraded: its share follows from the blend's mean and from how unevenly
    it is mixed (`spread`, g/100 mL). `laboratory_sigma` is the error of the sample, a share; `usual` the sauce that the
    settled tanks should hold, kg.
    """

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        refinery: Refinery,
        verdict: Verdict,
        *,
        recipe: Callable[[], Recipe],
        target: float,
        laboratory_sigma: float,
        spread: float,
        usual: float,
        power: float,
    ) -> None:
        self._env, self._refinery, self._verdict, self._recipe = env, refinery, verdict, recipe
        self.target = np.array([target])
        self.laboratory_sigma, self.spread, self._usual = laboratory_sigma, spread, usual
        self._error = streams.normal("blending/laboratory")
        self.amino = target
        self.dilution = refinery.amino / target
        self.off_grade = 0.0  # % of the last blend
        self._held: dict[str, float] = {}
        self.blends = Holdup("blend_tanks", read=lambda: sum(self._held.values()))
        self._sauce = MaterialStream(refinery.settled, self.blends)
        self._water = MaterialStream(None, self.blends)
        self.filling = MaterialStream(self.blends, None)
        self.released: deque[Batch] = deque()
        self._number = 0
        self.unit = UnitOperation(
            env, "blending", title="Blending and testing", kind="vessel", counted=True,
            power={"electricity": {"execute": power, "idle": 0.3 * power, "standby": 0.3 * power}},
        )  # fmt: skip
        self.tanks = [Equipment(env, f"blend_tank_{number + 1}") for number in range(TANKS)]
        for tank in self.tanks:
            env.process(self._work(tank))
        self.unit.publish(
            Tag(name="batch", kind=Kind.TEXT, read=lambda: next((t.batch_text for t in self.tanks if t.batch), ""),
                description="blend in the first tank at work")
        )  # fmt: skip
        self.unit.publish(
            Tag(name="phase", kind=Kind.TEXT, read=lambda: " ".join(t.phase_text for t in self.tanks if t.batch),
                description="phases of the tanks at work")
        )  # fmt: skip
        self.unit.setpoint("amino_nitrogen_setpoint", self.target, unit="g/dL", low=0.4, high=0.8,
                           description="amino nitrogen blended to; grade from 0.55")  # fmt: skip
        self.unit.measure("amino_nitrogen", lambda: self.amino, unit="g/dL", sigma=0.004, low=0, high=2,
                          limits=Limits(lolo=0.54, lo=0.55), description="amino nitrogen, last blend")  # fmt: skip
        self.unit.measure("dilution", lambda: self.dilution, sigma=0.02, low=0, high=5,
                          description="finished against settled sauce, by volume")  # fmt: skip
        self.unit.measure("off_grade", lambda: self.off_grade, unit="%", sigma=1.0, low=0, high=101,
                          limits=Limits(hi=10, hihi=25), description="below the grade, last blend")  # fmt: skip

    def _work(self, tank: Equipment) -> Generator[simpy.Event, Any, None]:
        env = self._env
        while True:
            while self._refinery.settled.mass < self._usual:
                yield env.timeout(600.0)
            self._number += 1
            batch = Batch(f"B-{self._number:05d}", self._recipe(), BLEND)
            found = self._refinery.amino * (1.0 + self.laboratory_sigma * self._error())
            self.dilution = max(found / self.target.item(0), 1.0)
            sauce = BLEND / self.dilution
            self._held[tank.name] = BLEND
            self._sauce.move(sauce)
            self._water.move(BLEND - sauce)
            batch.traits["amino"] = self._refinery.amino / self.dilution
            self._judge(batch.traits["amino"])
            yield from tank.execute(batch, batch.recipe["Blend-Fill"])

    def _judge(self, amino: float) -> None:
        self.amino = amino
        share = laws.share_below(GRADE, amino, self.spread)
        self.off_grade = 100.0 * share
        self.unit.count(BLEND / 1000.0, reworked=share * BLEND / 1000.0)
        self._verdict.rework("grade", share * BLEND / 1000.0)

    def tank_to_fill(self, taken: list[Equipment]) -> Equipment | None:
        """Return the tank that is ready to be filled from and that nobody else has, the oldest blend first."""
        ready = [
            tank for tank in self.tanks
            if tank.phase_text == "FILL" and tank not in taken and self._held[tank.name] > 0.0
        ]  # fmt: skip
        return min(ready, key=lambda tank: tank.batch_text) if ready else None

    def draw_off(self, tank: Equipment, mass: float) -> float:
        """Take up to `mass` kg from a tank for bottling."""
        taken = min(mass, self._held[tank.name])
        self._held[tank.name] -= taken
        self.filling.move(taken)
        return taken

    def emptied(self, batch: Batch) -> bool:
        """Say whether the tank of `batch` is empty."""
        return any(tank.batch is batch and self._held[tank.name] <= 0.0 for tank in self.tanks)


class Filler:
    """A filling and packing line; `drift` in mL is the error of its weigher, which the dosing follows.

    Of the bottles the share `capping` gets a wrong cap or label. While the tag `standby` is 1 a line that waits draws
    its standby power; it takes a while until it fills again.
    """

    every = 1

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        blending: Blending,
        verdict: Verdict,
        taken: list[Equipment],
        number: int,
        *,
        step: float,
        sigma: float,
        power: float,
        idle: float,
        standby: float,
        format_change: float,
        capping: float,
        failures: float,
    ) -> None:
        self.capping = capping
        self._standby = standby
        self._stands_by = False
        self._starting = 0.0  # s until it fills
        self._blending, self._verdict, self._taken = blending, verdict, taken
        self._tank: Equipment | None = None
        self._sigma = sigma
        self.target = np.array([VOLUME + 0.5])
        self.drift = 0.0
        self.rate = 0.0  # bottles/s
        self.content = VOLUME
        name = f"filler_{number}"
        self.unit = UnitOperation(
            env, name, title=f"Filling line {number}", kind="filler", counted=True, count_unit="t",
            ideal_cycle_time=1000.0 / (BOTTLES * BOTTLE),
            power={"electricity": {"execute": power, "idle": idle, "standby": idle}},
        )  # fmt: skip
        self.machine = Machines(
            env, streams, self.unit, 1,
            [
                Outage(state=State.ABORTED, reason="failure:filler", between=40 * HOUR / failures, lasting=0.6 * HOUR),
                Outage(state=State.HELD, reason="micro_stop:filler", between=HOUR / 6.0, lasting=35.0, cv=0.6),
                Outage(state=State.RESETTING, reason="changeover:format", between=24 * HOUR, lasting=format_change,
                       cv=0.2, regular=True),
            ],
        )  # fmt: skip
        self._scatter = wander(streams.normal(f"{name}/content"), 600.0 / step)
        self.unit.measure(
            "net_content", lambda: self.content, unit="mL", sigma=0.8, low=400, high=600,
            limits=Limits(lolo=491, lo=495, hi=508, hihi=512), description="bottle net content, mean of a minute",
        )  # fmt: skip
        self.unit.setpoint("net_content_setpoint", self.target, unit="mL", low=495, high=510,
                           description="bottle net content wanted")  # fmt: skip
        self.unit.publish(
            Tag(name="standby", kind=Kind.STATE, low=0, high=1, read=lambda: float(self._stands_by),
                write=self._stand_by, description="1 lets the line stand by while it waits")
        )  # fmt: skip
        self.unit.measure("speed", lambda: 3600.0 * self.rate, unit="{piece}/h", sigma=2000.0, low=0, high=60_000,
                          description="bottles an hour")  # fmt: skip

    def _stand_by(self, value: float) -> None:
        woken = self._stands_by and value < 0.5
        self._stands_by = value >= 0.5
        if woken:
            self._starting = START_TIME
            self.unit.meters["electricity"].add(START_ENERGY)
        self._show_power()
        self.unit.touched = True

    def _show_power(self) -> None:
        meter = self.unit.meters["electricity"]
        if self.unit.state is State.SUSPENDED and self._stands_by:
            meter.set_draw(self._standby, "standby")
        elif self.unit.state is State.SUSPENDED:
            meter.switch("idle")

    def step(self, seconds: float) -> None:
        """Fill for `seconds`."""
        self.rate = 0.0
        if not self.machine.in_service:
            return
        unit = self.unit
        if self._tank is None:
            self._tank = self._blending.tank_to_fill(self._taken)
            if self._tank is None:
                if unit.state is not State.SUSPENDED:
                    drive(unit, State.SUSPENDED, Reason.STARVED)
                    self._show_power()
                return
            self._taken.append(self._tank)
        if self._stands_by:
            self._stand_by(0.0)
        if self._starting > 0.0:
            self._starting -= seconds
            return
        if unit.state is not State.EXECUTE:
            drive(unit, State.EXECUTE, Reason.PRODUCTION)
        self.content = self.target.item(0) + self.drift + SCATTER * self._scatter()
        wanted = BOTTLES * seconds * BOTTLE
        mass = self._blending.draw_off(self._tank, wanted)
        self.rate = BOTTLES * mass / wanted
        if mass < wanted:
            self._taken.remove(self._tank)
            self._tank = None
        wrong = self.capping + laws.share_below(SHORT, self.content, self._sigma)
        wrong += laws.share_below(-OVER, -self.content, self._sigma)
        tonnes = mass / 1000.0
        unit.count(tonnes, reworked=min(wrong, 1.0) * tonnes)
        self._verdict.rework("filling", min(wrong, 1.0) * tonnes)
        unit.touched = True
