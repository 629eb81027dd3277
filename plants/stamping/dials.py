"""The dials of the press line: each takes a parameter's new value and turns the mechanism that runs."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from plants.stamping.faults import OVERLOAD
from plants.stamping.press import Press
from twin.model.changeover import Changeover
from twin.model.discrete_line import DiscreteLine
from twin.model.energy import POWER_STATES
from twin.model.failure import StopMode
from twin.model.state import Reason
from twin.model.station import Station
from twin.model.supply import Supply

EVENT = "surface"  # the special event of every die and of the destacker


class Dials:
    """What can be turned on a running press line; `usual` are the parameters that it was built with.

    `paces` returns each product's pace for a loss of speed. Factors of upgrades multiply what a fault does.
    """

    def __init__(
        self,
        line: DiscreteLine,
        usual: Mapping[str, float],
        *,
        changeover: Changeover,
        racks: Supply,
        blanks: Supply,
        paces: Callable[[float], dict[str, float]],
    ) -> None:
        self._line = line
        self._usual = usual
        self._now = dict(usual)
        self._changeover = changeover
        self._supplies = {"rack_trip": racks, "blank_trip": blanks}
        self._paces = paces
        self._presses = [station for station in line.stations if isinstance(station, Press)]
        line.can_turn(
            changeover=self.change_over, rack_trip=self.bring_racks, blank_trip=self.bring_blanks,
            repair=self.repair, micro_stops=self.stop_briefly, draw_events=self.draw, detection_delay=self.notice,
            detection=self.inspect, staff=line.line_unit.set_staff, base_load=self.load, speed_loss=self.slow,
        )  # fmt: skip

    def change_over(self, minutes: float) -> None:
        """Let the changeovers to come last `minutes` on average."""
        self._changeover.mean = 60.0 * minutes

    def bring_racks(self, seconds: float) -> None:
        """Let the trips of racks to come last `seconds` on average."""
        self._bring("rack_trip", seconds)

    def bring_blanks(self, seconds: float) -> None:
        """Let the trips of blanks to come last `seconds` on average."""
        self._bring("blank_trip", seconds)

    def _bring(self, name: str, seconds: float) -> None:
        self._supplies[name].usual = self._share(name, seconds)

    def repair(self, factor: float) -> None:
        """Let repairs to come last `factor` times the sheet's."""
        for station in self._line.stations:
            station.tune(lasting=self._share("repair", factor), modes=_repaired)

    def stop_briefly(self, factor: float) -> None:
        """Let micro-stops come `factor` times as often as the sheet's."""
        for station in self._line.stations:
            station.tune(pace=self._share("micro_stops", factor), modes=_brief)

    def draw(self, factor: float) -> None:
        """Let special events of the draw die come `factor` times as often as usual."""
        self._now["draw_events"] = factor
        self._tune_events()

    def notice(self, panels: float) -> None:
        """Let special events to come be noticed after `panels`."""
        self._now["detection_delay"] = panels
        self._tune_events()

    def _tune_events(self) -> None:
        delay = self._share("detection_delay", self._now["detection_delay"])
        drawn = self._share("draw_events", self._now["draw_events"])
        destacker, draw, *_ = self._line.stations
        for station in (destacker, *self._presses):
            station.tune_defects(EVENT, rate=drawn if station is draw else 1.0, delay=delay)

    def inspect(self, detection: float) -> None:
        """Find the share `detection` of bad panels from now on."""
        tunnel: Station = self._line.stations[-1]
        assert tunnel.inspection is not None
        tunnel.inspection = replace(tunnel.inspection, detection=detection)

    def load(self, power: float) -> None:
        """Connect a base load of `power` kW."""
        for label in POWER_STATES:
            self._line.line_unit.scale_power(label, self._share("base_load", power))

    def slow(self, loss: float) -> None:
        """Lose the share `loss` of production time to dies that run slowly, the mounted one included."""
        paces = self._paces(loss)
        for press in self._presses:
            press.run_at(paces)

    def _share(self, name: str, value: float) -> float:
        usual = self._usual[name]
        return value / usual if usual else 1.0


def _repaired(mode: StopMode) -> bool:
    return mode.category != Reason.MICRO_STOP and mode.name != OVERLOAD.name


def _brief(mode: StopMode) -> bool:
    return mode.category == Reason.MICRO_STOP
