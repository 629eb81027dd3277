"""What can be turned on the running shop: each parameter that an upgrade changes, at once and by its mechanism."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from plants.tft.facility import Facility, Stocker
from twin.model.energy import POWER_STATES
from twin.model.line_unit import LineUnit


def noticed(parameters: Mapping[str, float]) -> float:
    """Return the share of the lots that an excursion strikes at which somebody notices it.

    The parameter `detection_delay` holds at the usual sampling (0.5) and escape (0.2).
    """
    seen = parameters["sampling"] / 0.5 * (1.0 - parameters["escape"]) / 0.8
    return max(min(seen / parameters["detection_delay"], 1.0), 1e-6)


class Dials:
    """The shop's parameters in force; it was `built` with others, and follows as its mechanisms can."""

    def __init__(
        self,
        built: Mapping[str, float],
        line_unit: LineUnit,
        facility: Facility,
        stocker: Stocker,
        groups: Mapping[str, Any],
    ) -> None:
        self._built = built
        self._now = dict(built)
        self._line_unit = line_unit
        self._facility = facility
        self._stocker = stocker
        self._groups = groups

    def by_parameter(self) -> dict[str, Callable[[float], None]]:
        """Return the dial of each parameter that has one."""
        dials: dict[str, Callable[[], None]] = {
            "detection_delay": self._notice, "escape": self._look, "repair_time": self._weld,
            "longest_run": self._dispatch, "failures": self._stop, "repair": self._stop,
            "facility_load": self._ventilate, "move_low": self._move, "move_span": self._move, "staff": self._pay,
        }  # fmt: skip
        return {name: partial(self._turn, name, follow) for name, follow in dials.items()}

    def _turn(self, name: str, follow: Callable[[], None], value: float) -> None:
        self._now[name] = value
        follow()

    def _ratio(self, name: str) -> float:
        """Return the parameter in force over the one that the shop was built with."""
        built = self._built[name]
        return self._now[name] / built if built > 0.0 else 1.0

    def _notice(self) -> None:
        for group in self._groups.values():
            group.notice_within(noticed(self._built) / noticed(self._now))

    def _look(self) -> None:
        self._groups["aoi"].escape = self._now["escape"]
        self._groups["repair"].located = 1.0 - self._now["escape"]
        self._notice()

    def _weld(self) -> None:
        self._groups["repair"].tempo = self._ratio("repair_time")

    def _dispatch(self) -> None:
        self._groups["photo"].run_masks(self._now["longest_run"])

    def _stop(self) -> None:
        pace, lasting = self._ratio("failures"), self._ratio("repair")
        for group in self._groups.values():
            group.tune(pace=pace, lasting=lasting, modes=("failure",))
            if group.care:
                group.tune(lasting=lasting, modes=(group.care,))

    def _ventilate(self) -> None:
        for state in POWER_STATES:
            self._facility.scale_power(state, self._ratio("facility_load"))

    def _move(self) -> None:
        self._stocker.low = 60.0 * self._now["move_low"]
        self._stocker.span = 60.0 * self._now["move_span"]

    def _pay(self) -> None:
        self._line_unit.set_staff(self._now["staff"])
