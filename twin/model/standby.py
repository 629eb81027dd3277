"""Standby of a station that has nothing to do: it draws less, and needs time and energy to wake."""

import math
from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import simpy

from twin.model.part import Part
from twin.model.state import Reason, State
from twin.model.tag import Kind, Tag

if TYPE_CHECKING:
    from twin.model.station import Station

WAKING = (State.SUSPENDED, f"{Reason.WAITING}:wake_up")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standby:
    """A station that may be sent to standby: it needs `wake` s before it can work again.

    The start-up takes `energy` kWh of `carrier` beyond what the station draws idle.
    """

    wake: float
    energy: float = 0.0
    carrier: str = "electricity"

    def __post_init__(self) -> None:
        for field in ("wake", "energy"):
            value = getattr(self, field)
            if not 0.0 <= value < math.inf:
                raise ValueError(f"standby: {field} {value} must be finite and not negative")


class Sleep:
    """The standby of `station` at work, permitted by its tag `standby`.

    While that is 1 the station sleeps as long as it is SUSPENDED or IDLE, with every machine in service. The next part,
    or a 0, wakes it; parts that come meanwhile are on their places and begin when it is awake. A station that is
    STOPPED draws standby power anyway, and starts with its shift.
    """

    def __init__(self, station: "Station", standby: Standby) -> None:
        meter = station.meters.get(standby.carrier)
        if meter is None:
            known = ", ".join(station.meters) or "none"
            raise ValueError(
                f"station {station.name}: standby takes {standby.carrier!r}, but its power names: {known}"
            )
        if not meter.power.get("idle", 0.0) > meter.power.get("standby", 0.0):
            raise ValueError(
                f"station {station.name}: standby saves nothing, its idle power is not above its standby power; leave "
                f"`standby` out or give `power` both"
            )
        self._station = station
        self._standby = standby
        self._permitted = False
        self._asleep = False
        self._waking = False
        self._kept: list[Part] = []

    def permit(self, value: float) -> None:
        """Permit standby with 1; with 0 take it back, and wake."""
        permitted = value >= 0.5
        if permitted is not self._permitted:
            self._permitted = permitted
            self._station.log("standby", float(permitted))
            if permitted:
                self.follow()
            elif self._asleep:
                self._wake()

    def follow(self) -> None:
        """Fall asleep if the station's state is such that it has nothing to do; a stop ends the sleep."""
        station = self._station
        idle = (
            station.state in (State.SUSPENDED, State.IDLE) and not self._waking and station.shortage is None
        )
        if idle and self._permitted:
            self._asleep = True
            self._switch("standby")
        elif station.state not in (State.SUSPENDED, State.IDLE):
            self._asleep = False

    def keeps(self, part: Part) -> bool:
        """Return whether `part` must wait on its place until the station is awake; wake it."""
        if self._asleep:
            self._wake()
        if not self._waking:
            return False
        station = self._station
        self._kept.append(part)
        station.busy += 1
        station.active += 1
        station.waiting_since = -1.0
        station.shortage = WAKING
        station.move(*WAKING)
        return True

    def _wake(self) -> None:
        self._asleep = False
        self._waking = True
        self._switch("idle")
        self._station.meters[self._standby.carrier].add(self._standby.energy)
        self._station.env.process(self._wake_up())

    def _wake_up(self) -> Generator[simpy.Event, Any, None]:
        yield self._station.env.timeout(self._standby.wake)
        self._waking = False
        station = self._station
        kept, self._kept = self._kept, []
        if kept:
            station.shortage = None
            station.busy -= len(kept)
            station.active -= len(kept)
            for part in kept:
                station.begin(part)
        else:
            self.follow()

    def _switch(self, label: str) -> None:
        for meter in self._station.meters.values():
            if meter.label != label:
                meter.switch(label)
        self._station.touched = True

    def tag(self) -> Tag:
        """Return the tag: 1 while the station may sleep."""
        return Tag(
            name="standby", kind=Kind.STATE, low=0, high=1, read=lambda: float(self._permitted), write=self.permit,
            description=f"standby permitted while there is nothing to do; waking takes {self._standby.wake:g} s",
        )  # fmt: skip
