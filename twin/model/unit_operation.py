"""One unit operation of a process line: a unit whose tags read the arrays that the physics integrates."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import simpy
from numpy.typing import NDArray

from twin.model.state import LEGAL_MOVES, Reason, State
from twin.model.tag import NO_LIMITS, Kind, Limits, Tag
from twin.model.unit import Unit

# A change of this share of a variable's standard deviation is worth reporting.
DEADBAND_SHARE = 0.4

# States that lie on the way to another one: they are passed in no time.
_ROUTES = {
    (State.ABORTED, State.EXECUTE): (State.STOPPED, State.IDLE),
    (State.ABORTED, State.SUSPENDED): (State.STOPPED, State.IDLE, State.EXECUTE),
    (State.ABORTED, State.HELD): (State.STOPPED, State.IDLE, State.EXECUTE),
    (State.ABORTED, State.RESETTING): (State.STOPPED,),
    (State.STOPPED, State.EXECUTE): (State.IDLE,),
    (State.STOPPED, State.HELD): (State.IDLE, State.EXECUTE),
    (State.STOPPED, State.SUSPENDED): (State.IDLE, State.EXECUTE),
    (State.RESETTING, State.SUSPENDED): (State.EXECUTE,),
    (State.RESETTING, State.HELD): (State.EXECUTE,),
    (State.EXECUTE, State.RESETTING): (State.COMPLETE,),
    (State.EXECUTE, State.IDLE): (State.COMPLETE,),
    (State.HELD, State.RESETTING): (State.COMPLETE,),
    (State.SUSPENDED, State.RESETTING): (State.COMPLETE,),
}


def drive(unit: Unit, state: State, reason: str) -> None:
    """Move `unit` to `state`, through the states that PackML puts between, for `reason`."""
    if state is not unit.state and state not in LEGAL_MOVES[unit.state]:
        for between in _ROUTES.get((unit.state, state), ()):
            unit.to(between, unit.reason)
    unit.to(state, reason)


class UnitOperation(Unit):
    """A unit of a process line, composed of tags over arrays.

    `power` gives the nominal draw in kW by power state; a draw that the physics sets with `draw` stays until it
    is set again, whatever state the unit moves to. It stands in EXECUTE from the first moment when
    `running`, as a process line does that never stops.
    """

    def __init__(
        self,
        env: simpy.Environment,
        name: str,
        *,
        title: str = "",
        kind: str = "vessel",
        power: Mapping[str, Mapping[str, float]] | None = None,
        counted: bool = False,
        count_unit: str = "t",
        ideal_cycle_time: float | None = None,
        capacity: float = 1.0,
        running: bool = True,
    ) -> None:
        super().__init__(
            env, name, title=title, kind=kind, power=power, counted=counted, count_unit=count_unit,
            ideal_cycle_time=ideal_cycle_time, capacity=capacity,
        )  # fmt: skip
        self._tags: list[Tag] = []
        self._draws: dict[str, float] = {}
        if running:
            drive(self, State.EXECUTE, Reason.PRODUCTION)

    # -- composing -----------------------------------------------------------------------------------------

    def measure(
        self,
        name: str,
        read: NDArray[np.float64] | Callable[[], float],
        place: int = 0,
        *,
        unit: str = "1",
        sigma: float,
        low: float | None = None,
        high: float | None = None,
        limits: Limits = NO_LIMITS,
        description: str = "",
    ) -> None:
        """Publish element `place` of an array (or what a function returns); `sigma` is its usual spread."""
        if not sigma >= 0.0:
            raise ValueError(f"tag {name} of unit {self.name}: sigma {sigma} must not be negative")
        reader = partial(read.item, place) if isinstance(read, np.ndarray) else read
        self._tags.append(
            Tag(name=name, kind=Kind.MEASURE, unit=unit, read=reader, low=low, high=high, limits=limits,
                deadband=DEADBAND_SHARE * sigma, description=description)
        )  # fmt: skip

    def total(self, name: str, read: Callable[[], float], *, unit: str = "1", description: str = "") -> None:
        """Publish a cumulative register."""
        self._tags.append(Tag(name=name, kind=Kind.COUNT, unit=unit, read=read, description=description))

    def setpoint(
        self,
        name: str,
        array: NDArray[np.float64],
        places: int | slice = 0,
        *,
        unit: str = "1",
        low: float,
        high: float,
        description: str = "",
    ) -> None:
        """Publish a set point that can be written: a command sets all `places` of the array the physics reads."""
        first = places.start or 0 if isinstance(places, slice) else places

        def write(value: float) -> None:
            array[places] = value

        self._tags.append(
            Tag(name=name, kind=Kind.SETPOINT, unit=unit, read=partial(array.item, first), write=write, low=low,
                high=high, description=description)
        )  # fmt: skip

    def publish(self, tag: Tag) -> None:
        """Publish a tag that none of the above describes."""
        self._tags.append(tag)

    def own_tags(self) -> tuple[Tag, ...]:
        """Return the composed tags in the order they were composed."""
        return tuple(self._tags)

    # -- running -------------------------------------------------------------------------------------------

    def draw(self, carrier: str, power: float) -> None:
        """Draw `power` kW of `carrier` from now on; raises ValueError for a carrier that `power` did not name."""
        meter = self.meters.get(carrier)
        if meter is None:
            known = ", ".join(self.meters) or "none"
            raise ValueError(f"unit {self.name} has no meter of {carrier!r}; its power names: {known}")
        self._draws[carrier] = power
        meter.set_draw(power)
        self.touched = True

    def to(self, state: State, reason: str) -> None:
        """Move to `state` as every unit does; draws that the physics has set stay."""
        super().to(state, reason)
        for carrier, power in self._draws.items():
            self.meters[carrier].set_draw(power)
