"""The cracked gas compressor's care: what shows its wear, and what is renewed while it runs."""

from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from typing import Any

import simpy

from twin.model.signal import Signal, Symptom
from twin.model.streams import Streams
from twin.model.tag import Kind, Tag
from twin.model.unit_operation import UnitOperation
from twin.model.upset import Upsets

HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Wear:
    """What wears towards the upset of `reason`: its `symptom`, and its service on line (est.).

    The service, called `service_<name>`, takes the share `depth` of the rate for `lasting` s.
    """

    name: str
    reason: str
    symptom: Symptom
    depth: float
    lasting: float
    service: str


# A service is the upset or trip that it saves without its fault finding: parts and people are ready (est.).
WEARS = (
    Wear(
        "surge", "upset:surge",
        Symptom(Signal("polytropic_efficiency", "%", 0, 100, 0.2, (72.0, 74.5, None, None),
                       "of the cracked gas compressor: polymer on its wheels lowers it"), 80.0, 74.0, 0.1),
        depth=0.03, lasting=1.0 * HOUR, service="wash the wheels on line",
    ),
    Wear(
        "trip", "failure:compressor",
        Symptom(Signal("vibration", "um", 0, 200, 1.0, (None, None, 60.0, 75.0), "shaft vibration of the turbine set"),
                30.0, 75.0, 0.5),
        depth=0.10, lasting=3.0 * HOUR, service="attend to bearings and seals at a reduced rate",
    ),
)  # fmt: skip


class Care:
    """Symptoms of the compressor's foreseeable upsets, and tags that ask for the service that averts them."""

    def __init__(self, env: simpy.Environment, streams: Streams, unit: UnitOperation, upsets: Upsets) -> None:
        self._env = env
        self._unit = unit
        self._upsets = upsets
        self.readings = [wear.symptom.healthy for wear in WEARS]
        self.wanted = [0.0] * len(WEARS)
        self.services = 0
        self._noise = [streams.normal(f"compressor/{wear.symptom.signal.name}") for wear in WEARS]
        for place, wear in enumerate(WEARS):
            unit.publish(wear.symptom.signal.tag_of(partial(self.readings.__getitem__, place)))
            unit.publish(
                Tag(name=f"service_{wear.name}", kind=Kind.STATE, low=0, high=1, write=partial(self._ask, place),
                    read=partial(self.wanted.__getitem__, place), description=f"1: {wear.service}; 0 when it is done")
            )  # fmt: skip

    def read(self) -> None:
        """Renew the readings."""
        for place, wear in enumerate(WEARS):
            used = self._upsets.degradation(wear.reason)
            self.readings[place] = wear.symptom.value(used, self._noise[place]())

    def _ask(self, place: int, value: float) -> None:
        if value >= 0.5 and self.wanted[place] < 0.5:
            self.wanted[place] = 1.0
            self._unit.log(f"service_{WEARS[place].name}", 1.0)
            self._env.process(self._serve(place))

    def _serve(self, place: int) -> Generator[simpy.Event, Any, None]:
        wear = WEARS[place]
        self.services += 1
        self._upsets.impose(f"service/{wear.name}", wear.depth, f"maintenance:{wear.name}")
        yield self._env.timeout(wear.lasting)
        self._upsets.relieve(f"service/{wear.name}")
        self._upsets.renew(wear.reason)
        self.wanted[place] = 0.0
        self._unit.log(f"service_{wear.name}", 0.0)
