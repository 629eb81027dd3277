"""Distillation of crude methanol in two product columns, its crude tank, and the product's quality."""

import simpy

from plants.coal_chemicals import laws
from plants.coal_chemicals.synthesis import Synthesis
from twin.model.disturbance import StepEvents
from twin.model.material import Holdup, MaterialStream
from twin.model.outage import Machines, Outage
from twin.model.state import State
from twin.model.streams import Streams
from twin.model.tag import Limits
from twin.model.unit import Unit
from twin.model.unit_operation import UnitOperation
from twin.model.wander import wander

HOUR = 3600.0
COLUMNS = 2  # pressurised and atmospheric, each half of the product
WATER_LIMIT = 0.10  # %, GB/T 338 superior grade
FLICKER = 0.013  # % by which the water reading scatters within a minute, est.
SWING = 360.0  # s over which tray temperatures and with them the water hang together, est.
TANK_HOURS = 24.0  # of crude at full rate, est.
MOST = 1.15  # of the usual rate that the columns can do, est.
LOST = 0.004  # share of methanol lost in fusel oil and waste water, est.
TANK_CHANGE = 8 * HOUR  # product tanks are changed once a shift


class Distillation:
    """Columns that follow the crude tank's level; what the on-line analyser finds off-spec goes back to the tank.

    `rate` is the usual rate in kg/s; `excursions` a column's upsets in 1/s, `delay` s until the operator corrects
    one; `flush` kg of product are sent back at each change of the product tank.
    """

    every = 2

    def __init__(
        self, env: simpy.Environment, streams: Streams, synthesis: Synthesis, crude: Holdup, water: Holdup, line: Unit,
        *, rate: float, ideal: float, moisture: float, sigma: float, excursions: float, excursion: float, delay: float,
        flush: float, between: float, repair: float, power: float, step: float,
    ) -> None:  # fmt: skip
        self._synthesis = synthesis
        self.crude, self.crude_water = crude, water
        self._usual = rate
        self._full = TANK_HOURS * HOUR * rate
        self.distilling = MaterialStream(crude, None)
        self.returning = MaterialStream(None, crude)
        self.draining = MaterialStream(water, None)
        self.moisture, self._sigma = moisture, sigma
        self._excursion, self._flush = excursion, flush
        self._inflow = rate
        self.rate = rate
        seconds = step * self.every
        self._water = [
            wander(streams.normal(f"distillation/{name}"), SWING / seconds) for name in range(COLUMNS)
        ]
        self._others = wander(streams.normal("distillation/others"), 2 * HOUR / seconds)
        self.upset = StepEvents(
            env, streams, "distillation/excursion", places=COLUMNS, rate=excursions, duration=delay, cv=0.5
        )
        self.product_water = moisture
        self.others = 0.02
        self.off_spec = 0.0
        self._since_change = 0.0
        self._power = power
        self.unit = unit = UnitOperation(
            env, "distillation", title="Distillation and tanks", kind="column", counted=True, ideal_cycle_time=ideal,
            power={"electricity": {"execute": power, "idle": 0.3 * power, "standby": 0.2 * power}},
        )  # fmt: skip
        self._booked = (unit, line)
        Machines(env, streams, unit, 1,
                 [Outage(state=State.ABORTED, reason="failure:column", between=between, lasting=repair)])  # fmt: skip
        unit.measure("product_water", lambda: self.product_water, unit="%", sigma=0.015, low=0, high=5,
                     limits=Limits(hi=0.10, hihi=0.15), description="water in the product, worse column")  # fmt: skip
        unit.measure("product_purity", lambda: 100.0 - self.product_water - self.others, unit="%", sigma=0.015,
                     low=90, high=100, limits=Limits(lo=99.85), description="methanol in the product")  # fmt: skip
        unit.measure("off_spec_share", lambda: 100.0 * self.off_spec, unit="%", sigma=1.0, low=0, high=100,
                     description="product that goes back to the crude tank")  # fmt: skip
        unit.measure("crude_tank_level", lambda: 100.0 * self.crude.mass / self._full, unit="%", sigma=2.0, low=0,
                     high=120, limits=Limits(lolo=5, lo=15, hi=85, hihi=95),
                     description="crude methanol held")  # fmt: skip
        unit.measure("product_rate", lambda: 3.6 * self.rate, unit="t/h", sigma=1.5, low=0, high=150,
                     description="methanol distilled")  # fmt: skip

    def step(self, seconds: float) -> None:
        """Distil for `seconds`; return what is off-spec."""
        share = seconds / (1.5 * HOUR)
        self._inflow += (32.042 * self._synthesis.loop.liquid[4] - self._inflow) * share
        worst, off = 0.0, 0.0
        strain = 0.02 * (self.rate / self._usual - 1.0)
        for column, wandering in enumerate(self._water):
            moisture = (
                self.moisture
                + strain
                + self._sigma * wandering()
                + self._excursion * self.upset.active.item(column)
            )
            worst = max(worst, moisture)
            off += laws.beyond(moisture, WATER_LIMIT, FLICKER) / COLUMNS
        self.product_water = max(0.005, worst)
        self.others = 0.02 + 0.004 * self._others()
        self.off_spec = off
        if self.unit.state is not State.EXECUTE:
            self.rate = 0.0
            return
        level = self.crude.mass / self._full
        self.rate = max(0.0, min(MOST * self._usual, self._inflow + (level - 0.5) * self._full / (8 * HOUR)))
        drawn = min(self.rate * seconds, 0.9 * self.crude.mass)
        if drawn <= 0.0:
            return
        lost = LOST * drawn
        whole = drawn - lost
        back = off * whole
        self._since_change += seconds
        if self._since_change >= TANK_CHANGE:
            self._since_change -= TANK_CHANGE
            back = min(whole, back + self._flush)
        wet = self.crude_water.mass * drawn / self.crude.mass
        self.distilling.move(drawn)
        self.draining.move(wet)
        self.returning.move(back)
        self.unit.draw("electricity", self._power * self.rate / self._usual)
        for unit in self._booked:
            unit.count(whole / 1000.0, reworked=back / 1000.0)
