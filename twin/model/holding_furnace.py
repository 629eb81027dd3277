"""Furnaces that melt a charge and hold it hot until it is taken: a batch supply for a station."""

import math
from collections.abc import Callable, Generator, Mapping
from typing import TYPE_CHECKING, Any

import simpy

from twin.model.passage import go
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.supply import Supply
from twin.model.tag import Kind, Tag
from twin.model.unit import Unit

if TYPE_CHECKING:
    from twin.model.part import Part

_LOOK = 300.0  # s between two looks of an empty furnace at the demand


class HoldingFurnace(Unit):
    """One furnace: melts `charge` t in `melting` s of its own time, then holds what is left until it is taken.

    It melts when the melt shop is asked for at least `least` t, or when somebody has waited for `patience` s. `energy`
    kWh melt a tonne; while it holds it draws the `idle` power, empty the `standby` power. It fails every `between` s
    of melting in the mean (exponential) and is repaired within `repair` s (lognormal). Plants override `tapped` for
    what a new charge is like and `held` for what holding does to it. `mending` is a factor on repairs to come, for
    upgrades.
    """

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        name: str,
        *,
        charge: float,
        melting: float,
        energy: float,
        least: float,
        patience: float = math.inf,
        between: float = math.inf,
        repair: float = 0.0,
        power: Mapping[str, float],
        carrier: str = "electricity",
        **options: Any,
    ) -> None:
        if not (0.0 < least <= charge):
            raise ValueError(
                f"furnace {name}: least {least} t must lie above 0 and not above the charge {charge} t"
            )
        if not (melting > 0.0 and energy > 0.0):
            raise ValueError(
                f"furnace {name}: melting {melting} s and energy {energy} kWh/t must be positive"
            )
        super().__init__(
            env, name, kind="furnace", counted=True, count_unit="t", power={carrier: dict(power)},
            ideal_cycle_time=melting / charge, **options,
        )  # fmt: skip
        self.charge = charge
        self.melting = melting
        self.energy = energy
        self.least = least
        self.patience = patience
        self.content = 0.0  # t of molten metal
        self.heats = 0
        self.held_since = 0.0
        self._carrier = carrier
        self._pause = streams.exponential(f"{name}/failure", between) if math.isfinite(between) else None
        self._repair = streams.lognormal(f"{name}/repair", repair, 0.8) if repair > 0.0 else lambda: 0.0
        self.mending = 1.0
        self._left = self._pause() if self._pause is not None else math.inf
        self._wake = env.event()
        self.shop: MeltShop | None = None

    def tapped(self) -> None:
        """Take notice of a new charge, ready to be poured; the default does nothing."""

    def held(self, seconds: float) -> None:
        """Take notice that the charge was held for `seconds` until now; the default does nothing."""

    def draw_off(self, mass: float) -> None:
        """Take `mass` t of molten metal out."""
        self.held(self.env.now - self.held_since)
        self.held_since = self.env.now
        self.content = max(self.content - mass, 0.0)
        self.touched = True
        if self.content <= 1e-9:
            self.content = 0.0
            self.wake()

    def wake(self) -> None:
        """Look at the demand again."""
        if not self._wake.triggered:
            self._wake.succeed()

    def own_tags(self) -> tuple[Tag, ...]:
        """Return the content."""
        return (
            Tag(name="content", kind=Kind.MEASURE, unit="t", low=0, high=2 * self.charge, deadband=0.05,
                read=lambda: self.content, description="molten metal in the furnace"),
        )  # fmt: skip

    def run(self) -> Generator[simpy.Event, Any, None]:
        """Melt and hold, charge by charge."""
        self._cool_down()
        while True:
            assert self.shop is not None
            self._wake = self.env.event()
            if self.content > 0.0:
                yield self._wake
            elif self.shop.wants_heat(self):
                yield from self._melt()
            else:
                if self.state is not State.IDLE:
                    self._cool_down()
                yield self._wake | self.env.timeout(_LOOK)

    def _cool_down(self) -> None:
        go(self, State.IDLE, Reason.NO_ORDER)
        self.meters[self._carrier].switch("standby")

    def _melt(self) -> Generator[simpy.Event, Any, None]:
        assert self.shop is not None
        self.shop.melting += 1
        left = self.melting
        while left > 0.0:
            go(self, State.EXECUTE, Reason.PRODUCTION)
            self.meters[self._carrier].set_draw(self.energy * self.charge / self.melting * 3600.0)
            ahead = min(left, self._left)
            yield self.env.timeout(ahead)
            left -= ahead
            self._left -= ahead
            if self._left <= 0.0 and self._pause is not None:
                go(self, State.ABORTED, f"{Reason.FAILURE}:{self.name}")
                yield self.env.timeout(self._repair() * self.mending)
                self._left = self._pause()
        self.shop.melting -= 1
        self.content = self.charge
        self.heats += 1
        self.held_since = self.env.now
        self.count(self.charge)
        self.tapped()
        go(self, State.HELD, f"{Reason.WAITING}:mould")
        self.shop.ready()


class MeltShop(Supply):
    """Furnaces as the supply of a pouring station: each part takes what `need(part)` says, in t, from one furnace.

    `source` is the furnace that the last part was poured from. A station waits with the reason `waiting:melt`.
    """

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        *,
        furnaces: tuple[HoldingFurnace, ...],
        need: "Callable[[Part], float]",
        name: str = "melt",
    ) -> None:
        if not furnaces:
            raise ValueError(f"melt shop {name}: needs at least one furnace")
        super().__init__(env, streams, name, size=1, containers=1, trip=0.0)
        self.sources = self.furnaces = furnaces
        self.source = furnaces[0]
        self.melting = 0
        self._need = need
        self._asked_since = math.inf
        for furnace in furnaces:
            furnace.shop = self

    def wants_heat(self, furnace: HoldingFurnace) -> bool:
        """Return whether `furnace` should melt: for what waits beyond what is molten or melting already."""
        assert self.station is not None
        now = self._env.now
        there = sum(other.content for other in self.furnaces) + self.melting * furnace.charge
        waiting = sum(self._need(part) for part in self.station.inbox.items) - there
        if waiting >= furnace.least:
            return True
        return waiting > 0.0 and not self.melting and now - self._asked_since >= furnace.patience

    def has(self, part: "Part | None") -> bool:
        """Return whether one furnace holds enough for `part`; ask for a heat otherwise."""
        if part is None:
            raise ValueError(f"supply {self.name}: needs a part to know how much; let parts wait in a buffer")
        if self._holding(self._need(part)) is not None:
            return True
        self._asked_since = min(self._asked_since, self._env.now)
        for furnace in self.furnaces:
            if not furnace.content:
                furnace.wake()
        return False

    def take(self, part: "Part | None") -> None:
        """Pour `part`; a rest that is too small for the next part is pigged: it goes back with the next charge."""
        assert part is not None
        need = self._need(part)
        furnace = self._holding(need)
        assert furnace is not None
        self._asked_since = math.inf
        self.source = furnace
        furnace.draw_off(need)

    def _holding(self, need: float) -> HoldingFurnace | None:
        """Return the furnace that holds enough, of several the one with the least; what is too little is pigged."""
        found = None
        for furnace in self.furnaces:
            if furnace.content >= need and (found is None or furnace.content < found.content):
                found = furnace
        if found is None:
            for furnace in self.furnaces:
                if 0.0 < furnace.content < need:
                    furnace.draw_off(furnace.content)
        return found

    def ready(self) -> None:
        """Let the station go on: a charge is ready."""
        assert self.station is not None
        self.station.touched = True
        self.station.pull()

    def tag(self) -> Tag:
        """Return the tag that tells how much is molten."""
        total = sum(furnace.charge for furnace in self.furnaces)
        return Tag(
            name=f"{self.name}_stock", kind=Kind.MEASURE, unit="t", low=0, high=total + 1.0, deadband=0.1,
            read=lambda: sum(furnace.content for furnace in self.furnaces), description="molten metal at hand",
        )  # fmt: skip
