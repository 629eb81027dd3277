"""The upgrades of a running line: what is switched on, how far each is in effect, and the dials that follow."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import simpy

from twin.model.tag import Kind, Tag
from twin.model.upgrade import STRONGEST, Upgrade

if TYPE_CHECKING:
    from twin.model.line import Line
    from twin.model.plant import Plant

_STEP = 60.0  # s between two turns of the dials while an upgrade ramps in
_MONTH = (
    1.0 / 6.0
)  # h that a month of ramp-in lasts unless told otherwise: six months in an hour, to be watched


@dataclass(slots=True)
class _Switch:
    """One upgrade: `target` wanted; in effect `start` at second `begin`, the target `lasting` s later."""

    upgrade: Upgrade
    target: float
    start: float
    begin: float = 0.0
    lasting: float = 0.0

    def effect(self, now: float) -> float:
        """Return how far it is in effect at `now`, on the scale of strength 0..3."""
        if now >= self.begin + self.lasting:
            return self.target
        return self.start + (self.target - self.start) * (now - self.begin) / self.lasting


class Switchboard:
    """Switches the upgrades of `plant` on its running `line`: tags of the line's unit, turned by command.

    `upgrade_<key>` takes the strength wanted, 0 to 3; the effect follows linearly over the upgrade's ramp, for which a
    month lasts `upgrade_month` hours, and every minute the dials of the line are set to the parameters in force.
    An upgrade that changes a parameter without a dial cannot be written: it needs a start of the plant.
    """

    def __init__(
        self, env: simpy.Environment, plant: "Plant", line: "Line", installed: Mapping[str, float]
    ) -> None:
        self._env = env
        self._plant = plant
        self._line = line
        self.month = _MONTH
        self._switches = {
            upgrade.key: _Switch(upgrade, installed.get(upgrade.key, 0.0), installed.get(upgrade.key, 0.0))
            for upgrade in plant.upgrades()
        }
        self._in_force = plant.in_force(installed).configuration()
        self._turning = False

    def strengths(self) -> dict[str, float]:
        """Return how far every upgrade is in effect now, 0..3."""
        now = self._env.now
        return {key: switch.effect(now) for key, switch in self._switches.items()}

    def set(self, key: str, strength: float) -> None:
        """Want upgrade `key` at `strength` from now on."""
        now = self._env.now
        switch = self._switches[key]
        switch.start, switch.begin, switch.target = switch.effect(now), now, strength
        switch.lasting = switch.upgrade.ramp * self.month * 3600.0
        self._line.line_unit.log(switch.upgrade.switch, strength)
        if not self._turning:
            self._turning = True
            self._env.process(self._turn())

    def _turn(self) -> Generator[simpy.Event, Any, None]:
        """Set the dials now and every minute until nothing ramps any more."""
        while True:
            self._set_dials()
            now = self._env.now
            if all(now >= switch.begin + switch.lasting for switch in self._switches.values()):
                self._turning = False
                return
            yield self._env.timeout(_STEP)

    def _set_dials(self) -> None:
        values = self._plant.in_force(self.strengths()).configuration()
        for name, value in values.items():
            if value != self._in_force[name]:
                self._line.dials[name](value)
        self._in_force = values
        for unit in self._line.units:
            unit.touched = True

    def tags(self) -> list[Tag]:
        """Return a switch and an effect for each upgrade, and how long a month of ramp-in lasts."""
        tags = [
            Tag(name="upgrade_month", kind=Kind.SETPOINT, unit="h", low=0, high=744, read=lambda: self.month,
                write=self._set_month, description="hours that a month of an upgrade's ramp-in lasts here; 0: at once")
        ]  # fmt: skip
        for key, switch in self._switches.items():
            upgrade = switch.upgrade
            live = self._line.dials.keys() >= {change.parameter for change in upgrade.changes}
            write: Callable[[float], None] | None = partial(self.set, key) if live else None
            tags += [
                Tag(name=upgrade.switch, kind=Kind.STATE, low=0, high=STRONGEST, write=write,
                    read=partial(getattr, switch, "target"),
                    description=f"upgrade wanted: {upgrade.title}; 0 none, 1 low, 2 mid, 3 high"),
                Tag(name=f"{upgrade.switch}_effect", kind=Kind.MEASURE, low=0, high=STRONGEST, deadband=0.01,
                    read=partial(self._effect, switch), description=f"upgrade in effect: {upgrade.title}"),
            ]  # fmt: skip
        return tags

    def _effect(self, switch: _Switch) -> float:
        return switch.effect(self._env.now)

    def _set_month(self, hours: float) -> None:
        self.month = hours
