"""Planned service: what wears is renewed before it fails, in the next natural pause, at somebody's request."""

from collections.abc import Callable, Generator, Sequence
from typing import Any

import simpy

from twin.model.failure import Crew, Stop, StopMode
from twin.model.state import Reason, State
from twin.model.stoppable import Stoppable
from twin.model.streams import Streams
from twin.model.tag import Kind, Tag
from twin.model.unit import Unit


class Service:
    """The planned renewal of what wears towards `stop`, requested by a tag of `unit`.

    The tag goes back to 0 with the renewal, be it that of a failure that came first. `offer` is called with a request.
    """

    __slots__ = ("_number", "_offer", "_unit", "reason", "requested", "stop")

    def __init__(self, unit: Unit, stop: Stop, offer: Callable[[], None], number: int | None = None) -> None:
        self.stop = stop
        self.reason = f"{Reason.MAINTENANCE}:{stop.mode.name}"
        self.requested = False
        self._unit = unit
        self._offer = offer
        self._number = number
        stop.on_renewal = self._renewed

    @property
    def tag_name(self) -> str:
        """Name of the tag that tells and sets whether the service is requested."""
        name = f"service_{self.stop.mode.name}"
        return name if self._number is None else f"{name}_{self._number}"

    def request(self, value: float) -> None:
        """Request the service with 1, take the request back with 0; one that has begun is finished."""
        self._tell(requested=value >= 0.5)
        if self.requested:
            self._offer()

    def _renewed(self) -> None:
        self._tell(requested=False)

    def _tell(self, *, requested: bool) -> None:
        if requested is not self.requested:
            self.requested = requested
            self._unit.log(self.tag_name, float(requested))

    def tag(self) -> Tag:
        """Return the tag: 1 from the request until what wears is renewed."""
        machine = "" if self._number is None else f", machine {self._number}"
        return Tag(
            name=self.tag_name, kind=Kind.STATE, low=0, high=1, read=lambda: float(self.requested), write=self.request,
            description=f"planned service requested: renew {self.stop.mode.name} in the next natural pause{machine}",
        )  # fmt: skip


def due(services: Sequence[Service]) -> Service | None:
    """Return the first of `services` that is requested."""
    return next((service for service in services if service.requested), None)


class Serviceable(Stoppable):
    """A stoppable station whose `services` are done in a pause: a changeover, a break, the end of a shift.

    A service goes on while the line is closed: the fitters' work is in the others' pauses. One that outlasts the
    pause keeps its station STOPPED for maintenance. A crewed one that finds no free person in the pause waits for
    the next.
    """

    def __init__(
        self,
        env: simpy.Environment,
        streams: Streams,
        name: str,
        *,
        stops: Sequence[StopMode],
        crew: Crew | None,
        places: int,
        **options: Any,
    ) -> None:
        super().__init__(env, streams, name, stops=stops, crew=crew, places=places, **options)
        self.services = [Service(self, stop, self._offer_pause) for stop in self._symptomatic]
        self._serving: Service | None = None
        self._fitted = False  # a process does, or waits for people to do, what is requested

    def _pauses(self) -> bool:
        return not (self.ready or self.active or self.down)

    def rest(self) -> None:
        """Stand still while the line is closed; have done what is requested."""
        super().rest()
        self._offer_pause()

    def change_over(self) -> None:
        """Begin a changeover; have done what is requested."""
        super().change_over()
        self._offer_pause()

    def changed_over(self) -> None:
        """End a changeover, unless a service outlasts it."""
        if not self._overrun():
            super().changed_over()

    def reopen(self) -> None:
        """Be ready again, unless a service outlasts the pause."""
        if self.state is State.RESETTING or not self._overrun():
            super().reopen()

    def _overrun(self) -> bool:
        """Stand for maintenance if a service goes on at the end of a pause; return whether one does."""
        if self._serving is None:
            return False
        self.waiting_since = -1.0
        self.move(State.STOPPED, self._serving.reason)
        return True

    def _offer_pause(self) -> None:
        if self._pauses() and not self._fitted and due(self.services) is not None:
            self._fitted = True
            self.env.process(self._be_serviced())

    def _be_serviced(self) -> Generator[simpy.Event, Any, None]:
        while self._pauses() and (service := due(self.services)) is not None:
            crew = self._crew if service.stop.mode.crewed else None
            if crew is not None:
                yield from crew.join()
            if self._pauses() and service.requested:
                self.down = True
                self._serving = service
                yield self.env.timeout(service.stop.planned_duration())
                service.stop.renew(self.operating)
                self.aim()
                self._serving = None
                self.down = False
            if crew is not None:
                crew.leave()
            if self.reason == service.reason:  # longer than the pause
                break
        self._fitted = False
        if self._pauses() and self.state is State.STOPPED and self.line.open:
            self.ready = True
            self.move(State.EXECUTE, Reason.PRODUCTION)
            self.resume()
        elif not self.line.open:
            self.rest()
