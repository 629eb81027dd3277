"""One machine of a group: its stops, its wear, what it is set up for."""

from collections.abc import Hashable

from twin.model.failure import Stop
from twin.model.service import Service


class Machine:
    """One machine of a group. `operating` counts its seconds of work, `set_up_for` the key of its last part."""

    __slots__ = ("next_stop", "number", "operating", "run", "services", "set_up_for", "stops", "symptomatic")

    def __init__(self, number: int, stops: list[Stop]) -> None:
        self.number = number
        self.stops = stops
        self.symptomatic = [stop for stop in stops if stop.mode.symptoms]
        self.services: list[Service] = []
        self.operating = 0.0
        self.set_up_for: Hashable = None
        self.run = 0  # parts since the last set-up
        self.next_stop = 0.0
        self.aim()

    def aim(self) -> None:
        """Look for the next stop anew, after a change of the stops."""
        self.next_stop = min((stop.at for stop in self.stops), default=float("inf"))

    def stop(self, name: str) -> Stop:
        """Return the stop of the mode called `name`; raises KeyError."""
        for stop in self.stops:
            if stop.mode.name == name:
                return stop
        raise KeyError(name)

    def worn(self, name: str) -> float:
        """Return the used share 0..1 of the life that ends in a stop of mode `name`."""
        return self.stop(name).degradation(self.operating)
