"""What the whole shop lives on: clean room, compressed dry air, and the stocker that carries the cassettes."""

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import simpy

from plants.tft.laws import trip_rate
from plants.tft.tools import ToolGroup
from twin.model.disturbance import OrnsteinUhlenbeck
from twin.model.signal import Signal
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.tag import Tag
from twin.model.unit import Unit

if TYPE_CHECKING:
    from twin.model.discrete_line import DiscreteLine

STEP = 60.0  # s between two looks at the clean room
# Sheet 7.4: °C, %, MPa; the humidity's sigma is est., drier by 3 % for each kelvin more (saturation pressure).
TEMPERATURE, HUMIDITY, AIR_PRESSURE = 23.0, 55.0, 0.70
TEMPERATURE_SIGMA, HUMIDITY_SIGMA, AIR_PRESSURE_SIGMA = 0.15, 0.9, 0.01
WANDERING = 1800.0  # s: correlation time of the room's climate and the air's pressure (est.)
MOVES = 50  # cassette moves that a mean is taken over


class Facility(Unit):
    """Clean room and compressed dry air (CDA), most of the electricity.

    Warm glass is longer: overlay. Low pressure trips the tools' switches. `warming` K and `pressure_loss` MPa are what
    a fault adds.
    """

    signals = (
        Signal("temperature", "Cel", 15, 35, 0.06, (22, 22.4, 23.6, 24), "of the clean room"),
        Signal("humidity", "%", 30, 80, 0.4, (49, 52, 58, 61), "of the clean room, relative"),
        Signal("cda_pressure", "MPa", 0, 1, 0.004, (0.60, 0.64, 0.75, 0.80), "compressed dry air"),
    )

    def __init__(self, env: simpy.Environment, streams: Streams, *, load: float) -> None:
        power = dict.fromkeys(("execute", "idle", "standby", "off"), load)
        super().__init__(
            env, "facility", title="Clean room and dry air", kind="utility", power={"electricity": power}
        )
        self._climate = OrnsteinUhlenbeck(
            streams, "facility/climate", places=3, sigma=1.0, tau=WANDERING, step=STEP
        )
        self.groups: tuple[ToolGroup, ...] = ()
        self.warming = self.pressure_loss = 0.0
        self.temperature, self.humidity, self.cda_pressure = TEMPERATURE, HUMIDITY, AIR_PRESSURE
        self._trips = 1.0

    @property
    def temperature_deviation(self) -> float:
        """Kelvin beyond the clean room's set point."""
        return self.temperature - TEMPERATURE

    def own_tags(self) -> tuple[Tag, ...]:
        """Return the room's and the air's tags."""
        return tuple(signal.tag(self) for signal in self.signals)

    def run(self) -> Generator[simpy.Event, Any, None]:
        """Keep the climate, and let tools trip more often where the air is too thin."""
        for state in (State.IDLE, State.EXECUTE):
            self.to(state, Reason.PRODUCTION)
        while True:
            self._climate.step()
            room, moisture, air = self._climate.values.tolist()
            self.temperature = TEMPERATURE + self.warming + TEMPERATURE_SIGMA * room
            self.humidity = HUMIDITY - 3.0 * self.warming + HUMIDITY_SIGMA * moisture
            self.cda_pressure = AIR_PRESSURE - self.pressure_loss + AIR_PRESSURE_SIGMA * air
            trips = trip_rate(self.cda_pressure)
            if abs(trips - self._trips) > 0.02 * self._trips:
                self._trips = trips
                for group in self.groups:
                    group.trip("air", trips)
            self.touched = True
            yield self.env.timeout(STEP)


class Stocker(Unit):
    """Stockers and overhead shuttles: carry every cassette from tool to tool. `slowness` multiplies the time of a move.

    A move takes `low` s and up to `span` s more, `late` of them (share) twice as long as the longest.
    """

    signals = (
        Signal(
            "transport_time",
            "s",
            0,
            20_000,
            10,
            (None, None, 900, 1800),
            f"of a move, mean of the last {MOVES}",
        ),
        Signal("cassettes_moving", "{piece}", 0, 2_000, 2, (None,) * 4, "cassettes on their way"),
        Signal("work_in_process", "{piece}", 0, 20_000, 2, (None,) * 4, "cassettes in the shop"),
    )

    def __init__(
        self, env: simpy.Environment, streams: Streams, *, low: float, span: float, late: float
    ) -> None:
        super().__init__(env, "stocker", title="Stockers and overhead shuttle", kind="transport")
        self._draw: Callable[[], float] = streams.uniform("stocker/move")
        self._late = streams.uniform("stocker/late")
        self.low, self.span, self._share = low, span, late
        self.slowness = 1.0
        self.transport_time = low + 0.5 * self.span
        self.line: DiscreteLine | None = None

    @property
    def cassettes_moving(self) -> float:
        """Cassettes on their way."""
        return self.line.travelling if self.line is not None else 0.0

    @property
    def work_in_process(self) -> float:
        """Cassettes in the shop."""
        return self.line.wip if self.line is not None else 0.0

    def own_tags(self) -> tuple[Tag, ...]:
        """Return the stocker's tags."""
        return tuple(signal.tag(self) for signal in self.signals)

    def move(self) -> float:
        """Return the time in s that the next move takes."""
        late = self._late() < self._share
        seconds = 2.0 * (self.low + self.span) if late else self.low + self.span * self._draw()
        seconds *= self.slowness
        self.transport_time += (seconds - self.transport_time) / MOVES
        self.touched = True
        return seconds

    def run(self) -> Generator[simpy.Event, Any, None]:
        """Be there."""
        for state in (State.IDLE, State.EXECUTE):
            self.to(state, Reason.PRODUCTION)
        return
        yield
