"""Tools that products bring along: they wear, stop the station when neglected, and are maintained off-line."""

import math
from collections import deque
from collections.abc import Generator, Sequence
from typing import Any

import simpy

from twin.model.failure import Stop, StopMode
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.unit import Unit


class Tool:
    """The tool of one product on one station: `age` operating s since it was last maintained."""

    __slots__ = ("age", "budget")

    def __init__(self, age: float, budget: float) -> None:
        self.age = age
        self.budget = budget  # hazard left until the next event, from an exponential of mean 1


class Tooling(Stop):
    """Tool events of a station as a stop whose hazard follows the age of the tool that is mounted.

    Weibull hazard (age/scale)^shape: an event strikes when the hazard used up since the last event reaches an
    exponential number of mean 1, so that maintenance in good time prevents events. `mode.between` is the Weibull
    scale in operating s here, `life` the operating s after which a tool is due for maintenance.
    """

    __slots__ = ("_budget", "_mounted", "life", "tool", "tools")

    def __init__(
        self, mode: StopMode, station: str, streams: Streams, *, products: Sequence[str], life: float
    ) -> None:
        if mode.category != Reason.TOOLING:
            raise ValueError(f"station {station}: tooling needs a stop mode of category {Reason.TOOLING!r}")
        if not life > 0:
            raise ValueError(f"station {station}: tool life {life} s must be positive")
        if not products:
            raise ValueError(f"station {station}: tooling needs at least one product")
        self._budget = streams.exponential(f"{station}/{mode.name}/budget")
        self.life = life
        # Tools come to the first order at any age of their life: no run-in of the statistics.
        age = streams.uniform(f"{station}/{mode.name}/age")
        self.tools = {product: Tool(life * age(), self._budget()) for product in products}
        self.tool = Tool(0.0, 1.0)
        self._mounted = 0.0
        super().__init__(mode, station, streams)
        self.mount(products[0], 0.0)

    def mount(self, product: str, operating: float) -> None:
        """Take the present tool off and put the one of `product` on."""
        self._age_to(operating)
        self.tool = self.tools[product]
        self._mounted = operating
        self.began = operating - self.tool.age
        self._aim(operating)

    def worn(self, operating: float) -> float:
        """Return the mounted tool's age as a share of its life; above 1 it is overdue."""
        return (self.tool.age + operating - self._mounted) / self.life

    def renew(self, operating: float) -> None:
        """Polish the mounted tool after an event."""
        self._mounted = operating
        self.tool.age = 0.0
        self.tool.budget = self._budget()
        self.began = operating
        self._aim(operating)

    def hasten(self, operating: float, factor: float) -> None:
        """Multiply the hazard at every age by `factor` from `operating` seconds on; the station must aim anew."""
        self._refuse(factor=factor)
        self._age_to(operating)
        self.haste = factor
        self._aim(operating)

    def tune(self, operating: float, *, pace: float = 1.0, lasting: float = 1.0) -> None:
        """Let the usual hazard be `pace` times, and durations to come `lasting` times the mode's; for upgrades."""
        self._refuse(pace=pace, lasting=lasting)
        self.lasting = lasting
        if pace != self.pace:
            self._age_to(operating)
            self.pace = pace
            self._aim(operating)

    def _age_to(self, operating: float) -> None:
        tool, scale, shape = self.tool, self.mode.between, self.mode.shape
        age = tool.age + operating - self._mounted
        used = self.haste * self.pace * ((age / scale) ** shape - (tool.age / scale) ** shape)
        tool.budget = max(tool.budget - used, 1e-12)
        tool.age = age
        self._mounted = operating

    def _aim(self, operating: float) -> None:
        tool, scale, shape = self.tool, self.mode.between, self.mode.shape
        hazard = tool.budget / (self.haste * self.pace) + (tool.age / scale) ** shape
        self.at = operating + scale * hazard ** (1.0 / shape) - tool.age


def tool_scale(events: float, life: float, shape: float) -> float:
    """Return the Weibull scale at which a tool of `life` s, maintained at its end, has `events` per life."""
    return life / math.pow(events, 1.0 / shape)


class ToolShop(Unit):
    """Maintains tools that were taken off the line, one set at a time, `duration` s each."""

    def __init__(
        self, env: simpy.Environment, name: str, *, duration: float, title: str = "", **options: Any
    ) -> None:
        if duration <= 0:
            raise ValueError(f"tool shop {name}: duration {duration} s must be positive")
        super().__init__(env, name, title=title, kind="workshop", counted=True, **options)
        self._duration = duration
        self._queue: deque[tuple[Tool, ...]] = deque()
        self._wake = env.event()

    def accept(self, tools: tuple[Tool, ...]) -> None:
        """Take a set of tools in; they are as new when their turn is over."""
        self._queue.append(tools)
        if not self._wake.triggered:
            self._wake.succeed()

    def run(self) -> Generator[simpy.Event, Any, None]:
        """Maintain what comes."""
        self.to(State.IDLE, Reason.NO_ORDER)
        while True:
            while self._queue:
                if self.state is not State.EXECUTE:
                    self.to(State.EXECUTE, Reason.PRODUCTION)
                yield self.env.timeout(self._duration)
                for tool in self._queue.popleft():
                    tool.age = 0.0
                self.count(1)
            if self.state is State.EXECUTE:
                self.to(State.COMPLETE, Reason.PRODUCTION)
                self.to(State.IDLE, Reason.NO_ORDER)
            self._wake = self.env.event()
            yield self._wake
