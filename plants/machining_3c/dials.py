"""What can be turned on the running shop: each parameter that an upgrade changes, at once and by its mechanism."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from plants.machining_3c.cnc_group import CncGroup
from plants.machining_3c.media import Media
from plants.machining_3c.metrology import FinalInspection
from plants.machining_3c.operators import Errands
from twin.model.energy import POWER_STATES
from twin.model.line_unit import LineUnit
from twin.model.station import Station


class Dials:
    """The shop's parameters in force; it was `built` with others, and follows as its mechanisms can."""

    def __init__(
        self,
        built: Mapping[str, float],
        line_unit: LineUnit,
        media: Media,
        errands: Errands,
        groups: Sequence[CncGroup],
        wash_and_inspection: tuple[Station, FinalInspection],
    ) -> None:
        self._built = built
        self._now = dict(built)
        self._line_unit = line_unit
        self._media = media
        self._errands = errands
        self._groups = groups
        self._after = wash_and_inspection

    def by_parameter(self) -> dict[str, Callable[[float], None]]:
        """Return the dial of each parameter that has one."""
        dials: dict[str, Callable[[], None]] = {
            "load_time": self._load, "errands": self._send, "changeover": self._set_up, "feed": self._cut,
            "tool_life": self._change_tools, "technical": self._stop, "repair": self._stop, "handling": self._spoil,
            "detection_delay": self._spoil, "detection": self._inspect, "false_reject": self._inspect,
            "idle_power": self._rest, "base_load": self._ventilate, "air_leakage": self._leak, "staff": self._pay,
        }  # fmt: skip
        return {name: partial(self._turn, name, follow) for name, follow in dials.items()}

    def _turn(self, name: str, follow: Callable[[], None], value: float) -> None:
        self._now[name] = value
        follow()

    def _ratio(self, name: str) -> float:
        """Return the parameter in force over the one that the shop was built with."""
        built = self._built[name]
        return self._now[name] / built if built > 0.0 else 1.0

    def _load(self) -> None:
        for group in self._groups:
            group.load_within(self._now["load_time"])

    def _send(self) -> None:
        self._errands.share = self._now["errands"]

    def _set_up(self) -> None:
        for group in self._groups:
            group.set_up_time = 60.0 * self._now["changeover"]

    def _cut(self) -> None:
        for group in self._groups:
            group.feed = self._now["feed"]
            group.tempo = 1.0 / self._ratio("feed")
        self._stop()

    def _change_tools(self) -> None:
        for group in self._groups:
            group.stretch_tools(self._ratio("tool_life"))
        self._stop()

    def _stop(self) -> None:
        chance, repair = self._ratio("technical"), self._ratio("repair")
        # a tool is changed after so many frames: sooner, in seconds of cutting, the faster they are cut
        changes = self._ratio("feed") / self._ratio("tool_life")
        for station in (*self._groups, *self._after):
            station.tune(pace=chance, lasting=repair, modes=("technical",))
        for group in self._groups:
            group.tune(lasting=repair, modes=("spindle", "tool_breakage"))
            group.tune(pace=changes, modes=("tool_change",))

    def _spoil(self) -> None:
        for station in (*self._groups, self._after[0]):
            station.tune_defects("chip_mark", delay=self._ratio("detection_delay"))
            station.tune_defects("scratch", rate=self._ratio("handling"))

    def _inspect(self) -> None:
        _, inspection = self._after
        assert inspection.inspection is not None
        inspection.inspection = replace(inspection.inspection, detection=self._now["detection"])
        inspection.false_reject = self._now["false_reject"]

    def _rest(self) -> None:
        for station in (*self._groups, *self._after):
            for state in ("idle", "standby"):
                station.scale_power(state, self._ratio("idle_power"))

    def _ventilate(self) -> None:
        for state in POWER_STATES:
            self._line_unit.scale_power(state, self._ratio("base_load"))

    def _leak(self) -> None:
        self._media.leakage = self._now["air_leakage"] / 60.0

    def _pay(self) -> None:
        self._line_unit.set_staff(self._now["staff"])
