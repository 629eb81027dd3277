"""The presses and what is measured at each stroke."""

from typing import Any, ClassVar

import simpy

from plants.stamping.sheet import IDEAL_RATE, SPELL
from twin.model.part import Part
from twin.model.set_point import SetPoint
from twin.model.signal import Signal
from twin.model.state import State
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.wander import wander
from twin.model.warmth import Warmth

NONE = (None, None, None, None)


def force_deviation(strength: float, thickness: float) -> float:
    """Return the deviation of press force in % for deviations of yield strength (MPa) and thickness (mm).

    Drawing force goes with strength times thickness (Siebel); it is 0.4 of the tonnage of 300 MPa, 0.8 mm sheet (est.).
    """
    return 100.0 * 0.4 * (strength / 300.0 + thickness / 0.8)


class Press(Station):
    """A press with its die. `rated` maps a product to its die's nominal force in kN, `paces` to its pace."""

    signals: ClassVar[tuple[Signal, ...]] = (
        Signal("tonnage", "kN", 0, 25_000, 50, NONE, "press force of the last stroke"),
        Signal("tonnage_deviation", "%", -30, 30, 1, (-12, -7, 7, 12), "force, from the die's nominal"),
        Signal("tonnage_balance", "%", 0, 30, 1, (None, None, 10, 15), "left/right difference of force"),
        Signal("shut_height", "mm", -1, 1, 0.03, (-0.35, -0.2, 0.2, 0.35), "from the die's nominal"),
        Signal("die_temperature", "Cel", 0, 100, 0.2, (None, 15, 55, 65), "die surface"),
    )
    sigma = 1.0
    tonnage = nominal = tonnage_deviation = tonnage_balance = shut_height = 0.0
    yielding = 0.0  # % of the force that moves to one side
    product = ""
    rated: dict[str, float]
    paces: dict[str, float]
    die: Warmth

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._force, self._balance, self._height = (
            wander(streams.normal(f"{name}/{what}"), SPELL) for what in ("force", "balance", "height")
        )

    def prepare(self, product: str) -> None:
        """Mount the cold die of `product`; its feeder program sets the stroke rate."""
        super().prepare(product)
        self.product = product
        self.nominal = self.rated[product]
        self.pace = self.paces[product]
        self.die.renew()

    def run_at(self, paces: dict[str, float]) -> None:
        """Run every die at its pace of `paces`, the mounted one from the next stroke on."""
        self.paces = paces
        self.pace = paces.get(self.product, self.pace)

    def move(self, state: State, reason: str) -> None:
        """Let the die warm while the press strokes and cool while it does not."""
        self.die.work(at_work=state is State.EXECUTE)
        super().move(state, reason)

    @property
    def die_temperature(self) -> float:
        """The die's surface temperature now, °C."""
        return self.die.value

    def work(self, part: Part) -> None:
        """Measure the stroke."""
        worn = self.tool_wear
        deviation = force_deviation(*part.traits) + 0.6 * worn + 1.9 * self.sigma * self._force()
        self.tonnage_deviation = deviation
        self.tonnage = self.nominal * (1.0 + deviation / 100.0)
        self.tonnage_balance = abs(3.0 + self.yielding + 2.0 * self._balance())
        self.shut_height = 0.03 * worn + 0.05 * self._height()


class DrawPress(Press):
    """The draw press: cushion and draw-in besides; beyond their limits the panel splits or wrinkles."""

    signals = (
        *Press.signals,
        Signal("cushion_force", "kN", 0, 5_000, 15, NONE, "die cushion force"),
        Signal("cushion_deviation", "%", -30, 30, 1, (-10, -6, 6, 10), "deviation from the die's nominal"),
        Signal("draw_in", "mm", -8, 8, 0.4, (-4, -2.5, 2.5, 4), "flange draw-in, worst of 4 points"),
        Signal("stroke_rate", "1/min", 0, 20, 0.05, (None, 9, 15, 16), "of the feeder program in use"),
    )
    set_points = (SetPoint("cushion_offset", "%", -8, 8, "added to the cushion's set force; range est."),)
    cushion_force = cushion_deviation = draw_in = 0.0
    stroke_rate = IDEAL_RATE
    cushion_leak = 0.0  # % of the cushion's force that is lost
    cushion_offset = 0.0

    def __init__(self, env: simpy.Environment, streams: Streams, name: str, **options: Any) -> None:
        super().__init__(env, streams, name, **options)
        self._cushion = wander(streams.normal(f"{name}/cushion"), SPELL)
        self._flange = wander(streams.normal(f"{name}/flange"), SPELL)

    def work(self, part: Part) -> None:
        """Draw the panel; the cushion holds with a quarter of the press force (sheet 8.4)."""
        super().work(part)
        self.stroke_rate = IDEAL_RATE / self.pace
        self.cushion_deviation = 2.2 * self.sigma * self._cushion() - self.cushion_leak + self.cushion_offset
        self.cushion_force = 0.25 * self.nominal * (1.0 + self.cushion_deviation / 100.0)
        self.draw_in = -0.3 * part.traits[0] / 9.0 + 0.85 * self.sigma * self._flange()
        if abs(self.draw_in) > 2.5 or abs(self.cushion_deviation) > 6.0:
            part.spoil(self, "common:split_or_wrinkle")
