"""Grey and black water: two trains whose scale narrows them until they are cleaned; the slag lock hopper."""

import simpy

from twin.model.state import Reason
from twin.model.streams import Streams
from twin.model.tag import Limits
from twin.model.unit_operation import UnitOperation
from twin.model.wander import wander

HOUR, DAY = 3600.0, 86_400.0
LOCK_CYCLE = 30 * 60.0


class GreyWater:
    """Train 1 serves the first gasifier that is on, train 2 the second.

    Scale grows over `between` s of running to its full size, at which a train carries `narrowed` less; at the share
    `cleaned_at` of it the train is cleaned in `cleaning` s, of which the grey-water tank bridges `buffer`. Fails by
    the same scale: there is no other.
    """

    every = 2

    def __init__(
        self, env: simpy.Environment, streams: Streams, *, between: float, cleaning: float, buffer: float,
        narrowed: float, spread: float, cleaned_share: float, cleaned_at: float, power: float, step: float,
    ) -> None:  # fmt: skip
        self._between, self._cleaning, self._buffer = between, cleaning, buffer
        self._narrowed, self._cleaned_share = narrowed, cleaned_share
        self.cleaned_at = cleaned_at
        phase = streams.uniform("grey_water/phase")()
        self.scale = [phase, (phase + 0.5) % 1.0]
        self._out = [0.0, 0.0]  # s left of cleaning
        self._long = [cleaning, cleaning]  # s that it lasts in all
        self.growth = 1.0  # times the usual
        self._hardness = wander(streams.normal("grey_water/hardness"), 2 * DAY / (step * self.every))
        self._lasting = streams.lognormal("grey_water/cleaning", cleaning, 0.3)
        self._spread = spread
        self.conductivity = 1.0
        self.cleanings = 0.0
        self._env = env
        self.unit = unit = UnitOperation(
            env, "grey_water", title="Grey water and slag lock hopper", kind="vessel",
            power={"electricity": {"execute": power, "idle": power, "standby": 0.5 * power}},
        )  # fmt: skip
        for number in (0, 1):
            unit.measure(f"train_{number + 1}_scale", lambda number=number: 100.0 * self.scale[number], unit="%",  # type: ignore[misc]
                         sigma=2.0, low=0, high=130, limits=Limits(hi=110),
                         description=f"scale in train {number + 1}, 100 %: to be cleaned")  # fmt: skip
            unit.measure(f"train_{number + 1}_share", lambda number=number: 100.0 * self.share(number), unit="%",  # type: ignore[misc]
                         sigma=1.0, low=0, high=110, description=f"what train {number + 1} can carry")  # fmt: skip
        unit.total("cleaning_count", lambda: self.cleanings, description="trains cleaned of scale")
        unit.total(
            "lock_hopper_count",
            lambda: float(int(env.now / LOCK_CYCLE)),
            description="cycles of the lock hopper",
        )

    def share(self, train: int) -> float:
        """Return the share of its gasifier's load that `train` carries."""
        if 0.0 < self._out[train] <= self._long[train] - self._buffer:
            return self._cleaned_share
        return 1.0 - self._narrowed * min(self.scale[train], 1.2)

    def step(self, seconds: float) -> None:
        """Scale up, or clean."""
        pace = seconds / self._between * self.growth * max(0.2, 1.0 + self._spread * self._hardness())
        for train in (0, 1):
            if self._out[train] > 0.0:
                self._out[train] -= seconds
                if self._out[train] <= 0.0:
                    self.scale[train] = 0.0
                    self.cleanings += 1.0
            else:
                self.scale[train] += pace
                if self.scale[train] >= self.cleaned_at and max(self._out) <= 0.0:
                    lasting = self._lasting()
                    self._out[train] = lasting
                    self._long[train] = lasting
        cleaning = max(self._out) > 0.0
        self.unit.to(self.unit.state, f"{Reason.PRODUCTION}:cleaning" if cleaning else Reason.PRODUCTION)
        share = round(0.5 * (self.share(0) + self.share(1)), 2)
        if share != self.unit.capacity:
            self.unit.set_capacity(share)
        self.unit.touched = True
