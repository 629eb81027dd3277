"""Raw material: soy is soaked, steamed and cooled, wheat roasted and crushed, both mixed and inoculated."""

import numpy as np
import simpy

from plants.brewing import laws
from plants.brewing.recipe import HOUR
from plants.brewing.verdict import Verdict
from twin.model.batch import Batch, Phase
from twin.model.disturbance import StepEvents
from twin.model.equipment import Equipment
from twin.model.outage import Outage
from twin.model.state import State
from twin.model.streams import Streams
from twin.model.tag import Limits
from twin.model.unit_operation import UnitOperation
from twin.model.wander import wander

RATE = 8.0 / HOUR  # t/s of dry raw material, 5.3
SOY, DRY = 0.65, 0.95  # share of soy (5.1); dry matter of the raw material as bought, est.
WHEAT_WATER = 0.04  # kg/kg in roasted wheat, est.
COOLING_LOSS = 0.08  # kg/kg that evaporates on the cooler, est.
USUAL_MOISTURE = 59.5  # %, 5.5: 58-61
UNDERCOOKED = 6.5  # points of moisture that are missing while the steam is short, est.
LIMITS = Limits(lolo=52, lo=55, hi=63, hihi=66)
STEAM = 0.28 * laws.SAUCE_PER_RAW  # t per t raw, 5.3
CONTROLS = 12.0  # kW, est.


class Preparation:
    """Steamers, roaster, mixer and spore feeder: one charge after the other for the discs.

    Off-grade is what is steamed too little or too much, found at once by its moisture. `inoculum` is the count of
    bacteria in the spores against the usual. `water_offset` are points of moisture that are sprayed on, or left out,
    behind the steamer: they bring the moisture to its target, but cook nothing that the steam left raw. `steam` is a
    factor on the steam that is taken.
    """

    every = 1

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        verdict: Verdict,
        *,
        step: float,
        sigma: float,
        upsets: float,
        detection: float,
        steam: float,
        power: float,
        failures: float,
    ) -> None:
        self.steam = steam
        self.water_offset = np.zeros(1)
        self._env, self._verdict = env, verdict
        self.begins_to_mix = env.event()  # succeeds, and is replaced, with every charge
        self.unit = UnitOperation(
            env, "preparation", title="Steaming, roasting, mixing", kind="cooker", counted=True, running=False,
            ideal_cycle_time=1.0 / RATE,
            power={
                "electricity": {"execute": power, "idle": 0.15 * power, "standby": CONTROLS},
                "steam": {"execute": 0.0, "idle": 0.0, "standby": 0.0},
            },
        )  # fmt: skip
        self.unit.to(State.IDLE, "no_order")
        self.equipment = Equipment(env, "preparation", unit=self.unit, entered=self._entered)
        for name, between, lasting in (("steamer", 180.0, 2.0), ("mixer", 250.0, 1.5)):
            self.equipment.suffer(
                streams,
                Outage(state=State.ABORTED, reason=f"failure:{name}", between=between * HOUR / failures,
                       lasting=lasting * HOUR),
            )  # fmt: skip
        for name, rate, lasting in (("steamer", 1.0, 60.0), ("mixer", 0.8, 45.0)):
            self.equipment.suffer(
                streams,
                Outage(state=State.HELD, reason=f"micro_stop:{name}", between=HOUR / rate, lasting=lasting, cv=0.6),
            )  # fmt: skip
        self._sigma = sigma
        self._soy = wander(streams.normal("preparation/moisture"), 600.0 / step)
        self.upsets = StepEvents(
            env, streams, "preparation/steam_short", places=1, rate=upsets / HOUR, duration=detection, cv=0.5
        )
        self._mixing = False
        self.moisture = USUAL_MOISTURE  # % of steamed soy
        self.start_moisture = 47.0  # % of the mix
        self.rate = 0.0  # t/s
        self.mixed = 0.0  # t of the charge
        self._water = 0.0  # t
        self.inoculum = 1.0
        self.unit.measure(
            "soy_moisture", lambda: self.moisture, unit="%", sigma=1.2, low=40, high=75, limits=LIMITS,
            description="moisture of steamed soy",
        )  # fmt: skip
        self.unit.setpoint(
            "water_offset", self.water_offset, unit="%", low=-4, high=4,
            description="points of moisture sprayed onto the steamed soy, or left out",
        )  # fmt: skip
        self.unit.measure(
            "koji_start_moisture", lambda: self.start_moisture, unit="%", sigma=1.1, low=30, high=60,
            limits=Limits(lolo=40, lo=43, hi=52, hihi=55), description="moisture of the mix that goes to the disc",
        )  # fmt: skip
        self.unit.measure(
            "feed_rate", lambda: 3600.0 * self.rate, unit="t/h", sigma=0.5, low=0, high=12,
            description="dry raw material that goes through the mixer",
        )  # fmt: skip

    def _entered(self, batch: Batch, phase: Phase) -> None:
        self._mixing = phase.name == "MIX"
        if self._mixing:
            self.mixed = self._water = 0.0
            begun, self.begins_to_mix = self.begins_to_mix, self._env.event()
            begun.succeed()

    def ready(self, batch: Batch) -> bool:
        """Say whether the charge of `batch` has gone through the mixer."""
        return self.mixed >= batch.size

    def water(self) -> float:
        """Return the kg of water per kg of raw material in the charge that was mixed last."""
        return self._water / self.mixed

    def take_steam(self, factor: float) -> None:
        """Take `factor` times the usual steam from now on."""
        self.steam = factor
        self._draw_steam()

    def _draw_steam(self) -> None:
        self.unit.draw("steam", 3600.0 * self.rate * STEAM * self.steam * laws.STEAM_HEAT)

    def step(self, seconds: float) -> None:
        """Cook for `seconds`."""
        unit = self.unit
        at_work = self._mixing and self.equipment.working
        rate = RATE if at_work else 0.0
        if rate != self.rate:
            self.rate = rate
            self._draw_steam()
        if not at_work:
            return
        short = UNDERCOOKED if self.upsets.active.item(0) > 0.0 else 0.0
        cooked = USUAL_MOISTURE + self._sigma * self._soy() - short
        self.moisture = cooked + self.water_offset.item(0)
        soy = self.moisture / (100.0 - self.moisture)
        water = SOY * soy + (1.0 - SOY) * WHEAT_WATER - COOLING_LOSS
        self.start_moisture = 100.0 * laws.moisture(water)
        raw = rate * seconds
        self.mixed += raw
        self._water += raw * (DRY * water)
        assert LIMITS.lo is not None
        assert LIMITS.hi is not None
        wrong = not LIMITS.lo <= (cooked if short else self.moisture) <= LIMITS.hi
        unit.count(raw, reworked=raw if wrong else 0.0)
        if wrong:
            self._verdict.rework("cooking", self._verdict.per_raw * raw)
        unit.touched = True
