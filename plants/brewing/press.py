"""The filter presses: moromi in, raw sauce and cake out, by Ruth's law of filtration."""

from collections.abc import Callable, Generator
from typing import Any

import simpy

from plants.brewing import laws
from plants.brewing.cellar import Cellar
from plants.brewing.moromi import DENSITY
from plants.brewing.recipe import DAY, HOUR, MINUTE
from twin.model.batch import Batch, Phase, Recipe
from twin.model.equipment import Allocation, Equipment
from twin.model.material import Holdup, MaterialStream
from twin.model.outage import Outage
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.tag import Kind, Limits, Tag
from twin.model.unit_operation import UnitOperation, drive
from twin.model.wander import wander

PRESSES = 6
LOAD = 30.0  # m3 of moromi, 5.3: six presses, a cycle of 6 h, 30 m3/h together
FILTRATE = 26.0  # m3 of a load that is pressed out, est.
SAUCE_DENSITY = 1.17  # t/m3, est.
CAKE_LOSS = 0.03  # of the nitrogen, 5.3
PRESSURE = {"DRAIN": 0.0, "PRESS-LO": 1.0, "PRESS-HI": 3.0, "CAKE-DUMP": 0.0}  # relative
DRAINED = 6.0  # m3 that run off by themselves, est.
CLOGGING = 0.01  # relative pressure x h/m3 that each load adds to a cloth, est.
ROOM = 600.0  # m3 of the raw sauce tank, 5.3


class Presses:
    """Six presses that take loads of ripe moromi, one being filled at a time, while the raw tank has room.

    A load begins each `cadence` s while one fermenter is ripe, faster when several queue. `blinding` multiplies
    the resistance of the cloths. `amino` is the amino nitrogen of the sauce in the raw tank, `wash` the s that washing
    a press's cloths takes.
    """

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        cellar: Cellar,
        *,
        recipe: Callable[[], Recipe],
        step: float,
        power: float,
        wash: float,
        cadence: float,
        failures: float,
    ) -> None:
        self.every = round(60.0 / step)
        self._env, self._cellar, self._recipe = env, cellar, recipe
        self._power, self._cadence, self.wash = power, cadence, wash
        self.blinding = 1.0
        self.cloth = [laws.CLOTH_RESISTANCE] * PRESSES
        self.volume = [0.0] * PRESSES  # m3 of filtrate of the present load
        self._held = [0.0] * PRESSES  # kg of moromi in the press
        self.rate = 0.0  # m3/h of filtrate, all presses
        self.pressure = 0.0  # highest
        self.cake_loss = 100.0 * CAKE_LOSS  # % of the nitrogen
        self.amino = 0.9  # g/100 mL of the raw sauce
        self._load_amino = [self.amino] * PRESSES
        self.presses_mass = Holdup("presses", read=lambda: sum(self._held))
        self.raw = Holdup("raw_tank", 0.5 * ROOM * SAUCE_DENSITY * 1000.0)
        self._filling = MaterialStream(cellar.moromi.tanks, self.presses_mass)
        self._filtering = MaterialStream(self.presses_mass, self.raw)
        self._cake = MaterialStream(self.presses_mass, None)
        self._residue = wander(streams.normal("press/residue"), 6.0)
        self.unit = UnitOperation(
            env, "press", title="Filter presses", kind="press", counted=True,
            ideal_cycle_time=HOUR / (PRESSES * LOAD / 6.0 * SAUCE_DENSITY * FILTRATE / LOAD),
            power={"electricity": {"execute": 0.0, "idle": 0.1 * power, "standby": 0.1 * power}},
        )  # fmt: skip
        self._pump = Allocation(env, [Equipment(env, "press_pump")])
        self.presses = [
            Equipment(env, f"press_{number + 1}", entered=self._enter(number)) for number in range(PRESSES)
        ]
        for press in self.presses:
            for outage in (
                Outage(
                    state=State.ABORTED,
                    reason="failure:press",
                    between=160 * HOUR / failures,
                    lasting=2 * HOUR,
                ),
                Outage(
                    state=State.HELD, reason="micro_stop:press", between=HOUR / 0.6, lasting=120.0, cv=0.6
                ),
            ):
                press.suffer(streams, outage)
        for number in range(PRESSES):
            env.process(self._work(number))
        self._describe()

    def _describe(self) -> None:
        unit = self.unit
        unit.publish(
            Tag(name="batch", kind=Kind.TEXT, read=lambda: next((p.batch_text for p in self.presses if p.batch), ""),
                description="moromi in the presses")
        )  # fmt: skip
        unit.publish(
            Tag(name="phase", kind=Kind.TEXT, read=lambda: " ".join(p.phase_text for p in self.presses if p.batch),
                description="phases of the presses at work")
        )  # fmt: skip
        unit.measure("filtrate_rate", lambda: self.rate, unit="m3/h", sigma=2.0, low=0, high=200,
                     description="raw sauce from all presses")  # fmt: skip
        unit.measure("cloth_resistance", self.cloth_resistance, unit="%",
                     sigma=5.0, low=0, high=2000, limits=Limits(hi=180, hihi=250),
                     description="worst cloth against a clean one")  # fmt: skip
        unit.measure("cake_nitrogen_loss", lambda: self.cake_loss, unit="%", sigma=0.2, low=0, high=100,
                     limits=Limits(hi=4.0, hihi=6.0), description="nitrogen that stays in the cake")  # fmt: skip
        unit.measure("raw_sauce_level", self.raw_level, unit="%", sigma=2.0, low=0, high=120,
                     limits=Limits(lolo=5, lo=10, hi=95, hihi=99), description="raw sauce in its tank")  # fmt: skip
        unit.measure("raw_amino_nitrogen", lambda: self.amino, unit="g/dL", sigma=0.02, low=0, high=2,
                     limits=Limits(lolo=0.60, lo=0.75), description="amino nitrogen of the raw sauce")  # fmt: skip

    def raw_level(self) -> float:
        """Return how full the raw tank is, %."""
        return 100.0 * self.raw.mass / (ROOM * SAUCE_DENSITY * 1000.0)

    def cloth_resistance(self) -> float:
        """Return the resistance of the worst cloth, % of a clean one."""
        return 100.0 * max(self.cloth) / laws.CLOTH_RESISTANCE * self.blinding

    # -- loads -----------------------------------------------------------------------------------------------

    def _enter(self, number: int) -> Callable[[Batch, Phase], None]:
        def entered(batch: Batch, phase: Phase) -> None:
            if phase.name == "DRAIN":
                self.volume[number] = 0.0
            elif phase.name == "CAKE-DUMP":
                self._dump(number)

        return entered

    def pressed(self, batch: Batch) -> bool:
        """Say whether the load of `batch` has given all its filtrate."""
        number = int(batch.traits["press"])
        return self.volume[number] >= FILTRATE * batch.size

    def _work(self, number: int) -> Generator[simpy.Event, Any, None]:
        press = self.presses[number]
        loads = 0
        next_wash = self._env.now + DAY * (number + 1) / PRESSES
        while True:
            pump = yield self._pump.take()
            while not self._cellar.ripe or self.raw_level() > 85.0:
                yield self._env.timeout(5 * MINUTE)
            mass, amino = self._cellar.draw_off(1000.0 * LOAD * DENSITY)
            self._filling.move(mass)
            self._held[number] += mass
            self._load_amino[number] = amino
            loads += 1
            batch = Batch(f"P{number + 1}-{loads:05d}", self._recipe(), mass / (1000.0 * LOAD * DENSITY))
            batch.traits["press"] = float(number)
            self._env.process(self._pause(pump))
            yield from press.execute(batch, batch.recipe["Press"])
            self.cloth[number] += CLOGGING
            if self._env.now >= next_wash:
                next_wash = self._env.now + DAY
                yield self._env.timeout(self.wash)
                self.cloth[number] = laws.CLOTH_RESISTANCE

    def _pause(self, pump: Equipment) -> Generator[simpy.Event, Any, None]:
        # one load after the other in even time, faster when fermenters queue
        yield self._env.timeout(self._cadence / len(self._cellar.ripe) if self._cellar.ripe else 0.5 * HOUR)
        self._pump.give(pump)

    def _dump(self, number: int) -> None:
        press = self.presses[number]
        assert press.batch is not None
        wanted = FILTRATE * press.batch.size
        missing = max(1.0 - self.volume[number] / wanted, 0.0)
        self.cake_loss = 100.0 * (CAKE_LOSS + missing) + 0.1 * self._residue()
        self._cake.move(self._held[number])
        self._held[number] = 0.0

    # -- every minute ----------------------------------------------------------------------------------------

    def step(self, seconds: float) -> None:
        """Press for `seconds`."""
        hours = seconds / HOUR
        rate, at_work, self.pressure = 0.0, 0, 0.0
        for number, press in enumerate(self.presses):
            batch, phase = press.batch, press.phase
            if batch is None or phase is None:
                continue
            if not press.working:
                continue
            at_work += 1
            pressure = PRESSURE[phase.name]
            volume = self.volume[number]
            wanted = FILTRATE * batch.size
            if phase.name == "DRAIN":
                more = DRAINED * batch.size * seconds / phase.duration
            else:
                more = (
                    laws.filtrate_rate(pressure, volume / batch.size, self.cloth[number] * self.blinding)
                    * hours
                )
                more *= batch.size
            more = min(more, max(wanted - volume, 0.0))
            if more > 0.0:
                self.volume[number] = volume + more
                rate += more / hours
                self._out(number, more)
            self.pressure = max(self.pressure, pressure)
        self.rate = rate
        self._show(at_work)

    def _out(self, number: int, volume: float) -> None:
        mass = min(1000.0 * SAUCE_DENSITY * volume, self._held[number])
        self._held[number] -= mass
        share = mass / (self.raw.mass + mass)
        self.amino += share * (self._load_amino[number] - self.amino)
        self._filtering.move(mass)
        self.unit.count(mass / 1000.0)

    def _show(self, at_work: int) -> None:
        unit = self.unit
        out = sum(1 for press in self.presses if press.held)
        if unit.capacity != 1.0 - out / PRESSES:
            unit.set_capacity(1.0 - out / PRESSES)
        if at_work:
            drive(unit, State.EXECUTE, Reason.PRODUCTION)
        else:
            drive(unit, State.SUSPENDED, Reason.STARVED if not self._cellar.ripe else "blocked:raw_tank")
        unit.draw("electricity", self._power * max(at_work / PRESSES, 0.1))
