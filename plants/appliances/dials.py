"""The dials of the refrigerator line: each takes a parameter's new value and turns the mechanism that runs."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from plants.appliances.body import Excursion
from plants.appliances.cabinet import Planning, Sku
from plants.appliances.sheet import HANDLING, KITTED, PACKING_SHARE, SPECIAL_EVENTS
from twin.model.discrete_line import DiscreteLine
from twin.model.energy import POWER_STATES
from twin.model.supply import Supply

MANUAL = {"pre_assembly": "cabin", "assembly": "door"}  # station and the content of its work, see Sku
_BASE = {"base_load": "electricity", "base_heat": "natural_gas"}


class Dials:
    """What can be turned on a running refrigerator line; `usual` are the parameters that it was built with.

    `set_ups` are minutes by station, `skus` returns the models for a loss of speed by unbalanced work content. Factors
    of upgrades multiply what a fault does.
    """

    def __init__(
        self,
        line: DiscreteLine,
        usual: Mapping[str, float],
        *,
        planning: Planning,
        set_ups: dict[str, float],
        supplies: Sequence[Supply],
        skus: Callable[[float], dict[str, Sku]],
    ) -> None:
        self._line = line
        self._usual = usual
        self._now = dict(usual)
        self._stations: dict[str, Any] = {station.name: station for station in line.stations}
        self._supplies = supplies
        self._set_ups = set_ups
        self._skus = skus
        line.can_turn(
            horizon=partial(setattr, planning, "horizon"), mould_change=partial(self.set_up, ("liner",)),
            shell_change=partial(self.set_up, ("u_shell",)), jig_change=partial(self.set_up, ("foam_jigs",)),
            kit_change=self.kit, kit_trip=self.bring, speed_loss=self.balance, manual_variation=self.vary,
            staff=line.line_unit.set_staff, detection=partial(self.look, "detection", 1.0),
            false_rejects=partial(self.look, "false_reject", 0.01),
            **{name: partial(self.turn_stops, name) for name in ("breakdowns", "repair")},
            **{name: partial(self.turn_events, name) for name in ("handling", "wrong_parts", "detection_delay")},
            **{name: partial(self.load, name) for name in _BASE},
        )  # fmt: skip

    def set_up(self, stations: Sequence[str], minutes: float) -> None:
        """Let the set-ups to come of `stations` take `minutes` on average."""
        self._set_ups.update(dict.fromkeys(stations, minutes))

    def kit(self, minutes: float) -> None:
        """Let the changes of kit to come take `minutes` on average."""
        self.set_up(KITTED, minutes)
        self.set_up(("packing",), PACKING_SHARE * minutes)

    def bring(self, seconds: float) -> None:
        """Let the trips to come of kits, compressors and doors last `seconds` on average."""
        for supply in self._supplies:
            supply.usual = self._share("kit_trip", seconds)

    def balance(self, loss: float) -> None:
        """Lose the share `loss` of manual time to unbalanced work content."""
        models = self._skus(loss)
        for name, content in MANUAL.items():
            self._stations[name].content_of = {sku: getattr(model, content) for sku, model in models.items()}

    def vary(self, cv: float) -> None:
        """Let manual cycles to come scatter with coefficient of variation `cv`."""
        if self._usual["manual_variation"]:
            for name in MANUAL:
                self._stations[name].vary(cv)

    def look(self, field: str, scale: float, value: float) -> None:
        """Let every look at a cabinet have `value` times `scale` as its chance `field`."""
        for station in self._line.stations:
            if hasattr(station, field):
                setattr(station, field, scale * value)

    def turn_stops(self, name: str, value: float) -> None:
        """Let breakdowns come, or repairs of breakdowns and pumps last, `value` times as the sheet says."""
        self._now[name] = value
        often, lasting = (self._share(field, self._now[field]) for field in ("breakdowns", "repair"))
        for station in self._line.stations:
            station.tune(pace=often, lasting=lasting, modes=lambda mode: mode.name == "breakdown")
            station.tune(lasting=lasting, modes=lambda mode: mode.name == "pump")

    def turn_events(self, name: str, value: float) -> None:
        """Let special events and handling damage come, or go on, as parameter `name` at `value` says."""
        self._now[name] = value
        delay, wrong, handled = (
            self._share(field, self._now[field]) for field in ("detection_delay", "wrong_parts", "handling")
        )
        for station, events in SPECIAL_EVENTS.items():
            for event in events:
                excursion: Excursion = getattr(self._stations[station], event)
                excursion.tune(rate=wrong if event == "misfit" else 1.0, delay=delay)
        for station, damages in HANDLING.items():
            for damage in damages:
                getattr(self._stations[station], damage).tune(rate=handled)

    def load(self, name: str, power: float) -> None:
        """Connect a base load `name` of `power` kW."""
        for label in POWER_STATES:
            self._line.line_unit.scale_power(label, self._share(name, power), _BASE[name])

    def _share(self, name: str, value: float) -> float:
        usual = self._usual[name]
        return value / usual if usual else 1.0
