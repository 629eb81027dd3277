"""Planned service: what wears is renewed in the next roll change or maintenance shift, if somebody asks for it."""

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

import simpy

from twin.model.failure import Stop
from twin.model.line_unit import LineUnit
from twin.model.streams import Streams
from twin.model.tag import Kind, Tag
from twin.model.unit_operation import UnitOperation

PLANNED = 0.5  # of an unplanned repair: parts and people are ready, nothing is to be found (est.)


class Service:
    """The renewal of what wears in one `stop` of `unit`, wanted through the tag `service_<mode>`.

    It is wanted until it is done, or until a failure has brought the renewal: the wish is for one life only.
    """

    def __init__(
        self, stop: Stop, unit: UnitOperation, streams: Streams, operating: Callable[[], float]
    ) -> None:
        self.unit = unit
        self._stop = stop
        self._operating = operating
        self._life: float | None = None  # when the life began that is to end
        self._draw = streams.lognormal(
            f"{unit.name}/{stop.mode.name}/planned", stop.mode.duration, stop.mode.cv
        )
        unit.publish(
            Tag(name=f"service_{stop.mode.name}", kind=Kind.STATE, low=0, high=1, read=lambda: float(self.wanted),
                write=self.ask, description=f"1: renew {stop.mode.name} in the next roll change or maintenance")
        )  # fmt: skip

    @property
    def wanted(self) -> bool:
        """Whether the service is still to be done."""
        return self._life == self._stop.began and self._operating() < self._stop.at

    def ask(self, value: float) -> None:
        """Want the service, or no longer."""
        self._life = self._stop.began if value >= 0.5 else None
        self.unit.touched = True

    def duration(self) -> float:
        """Draw how long it takes, in s."""
        return PLANNED * self._draw() * self._stop.lasting

    def renew(self) -> None:
        """Renew what wears, if a failure has not done so."""
        if self.wanted:
            self._stop.renew(self._operating())
        self.ask(0.0)


def longest(services: Sequence[Service]) -> float:
    """Return how long `services` take that are carried out side by side, in s."""
    return max((service.duration() for service in services), default=0.0)


class Services:
    """The services that the mill can carry out, one for each stop of `conditions` (by unit)."""

    def __init__(
        self,
        conditions: Mapping[str, Stop],
        units: Mapping[str, UnitOperation],
        streams: Streams,
        operating: Callable[[], float],
    ) -> None:
        self._all = [Service(stop, units[name], streams, operating) for name, stop in conditions.items()]

    def due(self) -> list[Service]:
        """Return those that are wanted."""
        return [service for service in self._all if service.wanted]

    def follow(self, line: LineUnit) -> Generator[simpy.Event, Any, None]:
        """Carry out what is wanted whenever the line is closed: maintenance takes longer than any service."""
        while True:
            if not line.segment.busy:
                for service in self.due():
                    service.renew()
            yield line.segment_changed
