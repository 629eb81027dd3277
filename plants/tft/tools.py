"""A tool group of the array shop: particles, excursions and chipped edges, and the power of its tools."""

import math
from collections import deque
from collections.abc import Hashable
from typing import Any, ClassVar

import simpy

from plants.tft.lot import Lot
from plants.tft.sheet import (
    COMMON,
    EXCURSION_KILL,
    EXCURSION_PARTICLES,
    PARTICLE_RISE,
    PARTICLE_SIGMA,
    PARTICLES,
    Tools,
)
from twin.model.failure import StopMode
from twin.model.metered_group import MeteredGroup
from twin.model.part import Part
from twin.model.quality import DefectCause, Defects
from twin.model.signal import Signal
from twin.model.state import Reason
from twin.model.streams import Streams

PARTICLE_SIGNAL = Signal(
    "particles", "{piece}", 0, 5_000, 4, (None, None, 100, 200), "1 um and more, a sheet"
)
_GOLDEN = 0.618034  # golden ratio less one: multiples of it fill 0..1 evenly (modulo 1)
AGE = Signal(
    "tool_age", "1", 0, 1, 0.05, (None,) * 4, "since maintenance, share of the interval, mean of the tools"
)


class ToolGroup(MeteredGroup):
    """Parallel tools that process lots. `killers` a sheet and pass come from particles, as the data sheet's loss says.

    `excursion` is the special event of one tool, `chipping` what handling does. `dirt` multiplies the particles of
    all tools and `idle_power` the draw of those that do not work, repaired ones included.
    """

    signals: ClassVar[tuple[Signal, ...]] = (AGE,)
    dirt = 1.0
    set_up_time = 0.0  # s
    kinds = 0  # of set-ups

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        name: str,
        *,
        row: Tools,
        stops: list[StopMode],
        excursion: DefectCause,
        chipping: DefectCause,
        killers: float,
        sigma: float,
        idle_power: float,
        **options: Any,
    ) -> None:
        idle = row.power[1] * idle_power
        super().__init__(
            env, streams, name, places=row.number, stops=stops, title=row.title, kind="tool_group",
            ideal_cycle_time=row.tact * row.share / row.number,
            machine_power={"electricity": {"execute": row.power[0], "idle": idle, "standby": idle}}, **options,
        )  # fmt: skip
        self.row = row
        self.sigma = sigma
        self.care = row.care[0] if row.care is not None else ""
        self._cares = [(tool, tool.stop(self.care)) for tool in self.machines if self.care]
        self.particles = PARTICLES
        self.killers = COMMON * killers  # a sheet and pass
        self._trips: dict[str, float] = {}
        self._served: dict[Hashable, float] = {}  # when a set-up was last in use
        self._excursions = [Defects(excursion, f"{name}/{tool.number}", streams) for tool in self.machines]
        self._chips = Defects(chipping, name, streams)
        # a run of 4.4 lots: four on most tools, five on the others
        self._phases = {tool.number: math.modf(tool.number * _GOLDEN)[0] for tool in self.machines}
        self._particle = streams.normal(f"{name}/particles")

    @property
    def tool_age(self) -> float:
        """Time since maintenance as a share of the interval, mean of the tools."""
        return sum(care.degradation(tool.operating) for tool, care in self._cares) / self.places

    def notice_within(self, factor: float) -> None:
        """Let excursions go on for `factor` times as many lots as usual."""
        for excursion in self._excursions:
            excursion.tune(delay=factor)

    def run_masks(self, longest_run: float) -> None:
        """Let up to `longest_run` lots in a row be processed on a set-up, the mean of the tools."""
        assert self._set_up is not None
        self._set_up.longest_run = longest_run

    def trip(self, cause: str, factor: float) -> None:
        """Let tools need help `factor` times as often for `cause`; causes multiply."""
        self._trips[cause] = factor
        self.hasten("assist", math.prod(self._trips.values()))

    # -- dispatching -----------------------------------------------------------------------------------------

    def _select(self, items: deque[Part]) -> int:
        """Prefer what a free tool is set up for, then what has waited longest for a tool to be set up for it.

        In turn, so that every layer moves on at the same rate: first in, first out would keep each wave of lots
        going round the loop for weeks.
        """
        set_up, served = self._set_up, self._served
        assert set_up is not None
        longest, phases = set_up.longest_run, self._phases
        ready = {tool.set_up_for for tool in self._free if tool.run < longest - phases[tool.number]}
        chosen, since = 0, math.inf
        seen: set[Hashable] = set()
        for place, part in enumerate(items):
            key = set_up.key(part)
            if key in seen:
                continue
            if key in ready:
                chosen = place
                break
            seen.add(key)
            last = served.get(key, -1.0)
            if last < since:
                chosen, since = place, last
            if len(seen) == self.kinds:
                break
        served[set_up.key(items[chosen])] = self.env.now
        return chosen

    # -- lots ------------------------------------------------------------------------------------------------

    def work(self, part: Part) -> None:
        """Process a lot: what its tool's age and state put on the glass."""
        lot: Lot = part.traits
        if self._happens(self._chips):
            lot.lose(self, 1.0 / part.quantity)
        worn = self.machine.worn(self.care) if self.care else 0.5
        excursion = self._happens(self._excursions[self.machine.number - 1])
        self.process(part, lot, worn, excursion=excursion)

    def process(self, part: Part, lot: Lot, worn: float, *, excursion: bool) -> None:
        """Let particles fall on the sheets; groups with more physics override."""
        self.soil(lot, worn, excursion=excursion)

    def soil(self, lot: Lot, worn: float, *, excursion: bool) -> None:
        """Draw the particles of a lot, log-normal around a median that rises with the tool's age; they kill."""
        relative = self.dirt * math.exp(PARTICLE_RISE * (worn - 0.5) + PARTICLE_SIGMA * self._particle())
        if excursion:
            relative *= EXCURSION_PARTICLES
        self.particles = PARTICLES * relative
        lot.kill(self, self.killers * relative * (EXCURSION_KILL if excursion else 1.0))

    @staticmethod
    def _happens(event: Defects) -> bool:
        event.left -= 1
        return not event.left and event.strikes()


def stop_modes(row: Tools, *, failures: float, repair: float, assists: float) -> list[StopMode]:
    """Return a group's stops: breakdowns, assists, and regular maintenance at the sheet's calendar interval."""
    hours = 3600.0 * row.run_share
    modes = [
        StopMode(name="failure", between=hours * row.mtbf / failures, duration=3600.0 * row.mttr * repair),
        StopMode(
            name="assist",
            between=3600.0 / (row.assists * assists),
            duration=row.assist,
            cv=0.6,
            category=Reason.MICRO_STOP,
        ),
    ]
    if row.care is not None:
        name, interval, duration = row.care
        modes.append(
            StopMode(name=name, between=hours * interval, duration=3600.0 * duration * repair, cv=0.2, regular=True,
                     category=Reason.MAINTENANCE)
        )  # fmt: skip
    return modes


def lot_of(part: Part) -> Lot:
    """Return the record of the lot; a new one at its first step."""
    if part.traits is None:
        part.traits = Lot(part.product)
    lot: Lot = part.traits
    return lot


class Clean(ToolGroup):
    """Washes the glass before each deposition: here a lot begins its next layer."""

    signals = (*ToolGroup.signals, PARTICLE_SIGNAL)

    def work(self, part: Part) -> None:
        """Begin the next layer."""
        lot_of(part).begin_layer()
        super().work(part)
