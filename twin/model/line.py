"""What both lines share: units joined by flows, one of them the line itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import simpy

from twin.model.fault import Fault
from twin.model.unit import Unit


@dataclass(frozen=True, slots=True)
class Flow:
    """Material that goes from unit `source` to unit `target` (unit names); drawn as an arrow on the mimic.

    `buffer` names the tag of `target` or `source` path-relative to the line (`unit/tag`) that tells the level
    between them, "" where there is none; `capacity` is that buffer's size in the same unit of measure.
    """

    source: str
    target: str
    label: str = ""
    buffer: str = ""
    capacity: float = 0.0


class Line:
    """Units of one line. `units[0]` is the line itself (role `line`): calendar, orders, base load, line figures.

    `kind` is `discrete` or `process`; `pacing` names the unit whose pace is the line's.
    """

    kind = "line"

    def __init__(
        self, env: simpy.Environment, units: Sequence[Unit], flows: Sequence[Flow], pacing: str
    ) -> None:
        names = [unit.name for unit in units]
        doubled = {name for name in names if names.count(name) > 1}
        if doubled:
            raise ValueError(f"units named twice: {', '.join(sorted(doubled))}; give each a name of its own")
        if not units or units[0].role != "line":
            raise ValueError("units[0] must be the line's own unit (role 'line')")
        for name in [end for flow in flows for end in (flow.source, flow.target)] + [pacing]:
            if name not in names:
                raise ValueError(f"unit {name!r} does not exist; units: {', '.join(names)}")
        self.env = env
        self.units = tuple(units)
        self.flows = tuple(flows)
        self.pacing = pacing
        self.dials: dict[str, Callable[[float], None]] = {}

    @property
    def line_unit(self) -> Unit:
        """The line's own unit."""
        return self.units[0]

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults that can be injected, in the order of the units."""
        return tuple(fault for unit in self.units for fault in unit.faults)

    def can_turn(self, **dials: Callable[[float], None]) -> None:
        """Let plant parameters, by name, be changed while the line runs: each dial takes the parameter's new value."""
        self.dials |= dials

    def start(self) -> None:
        """Start every unit's behaviour."""
        for unit in self.units:
            self.env.process(unit.run())

    def balances(self) -> dict[str, float]:
        """Return closure errors of mass and pieces by name, relative (0 = closed); lines override."""
        return {}
