"""What pages compute of a unit when it is looked at, kept each quarter hour where history is on a server."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import structlog

from edge.characteristic import Charts, characteristics, charts
from edge.remaining_life import Condition
from edge.store import Store
from edge.store.influxdb_lines import point
from edge.store.influxdb_schema import unit_tags
from edge.survived import survived
from twin.model.declaration import Declaration, UnitDeclaration
from twin.model.frame import Sample

QUARTER_MS = 900_000
_EVERY_S = 60.0

_log = structlog.get_logger(__name__)

Conditions = Callable[
    [Declaration, UnitDeclaration, Mapping[str, Sample], int], Sequence[Condition]
]  # as RemainingLife gives them
Tell = Callable[[Sequence[bytes]], None]  # as InfluxStore takes lines that nothing depends on


class UnitHistory:
    """Tells remaining life and capability as of the end of each quarter hour that a plant's data have passed.

    Times are those of the data, so that a plant that catches up is told when it has come there, and points carry the
    start of their quarter hour, as control charts do. Those before the first look, and while the edge did not run, are
    not made up for.
    """

    def __init__(self, store: Store, conditions: Conditions, tell: Tell) -> None:
        self._store, self._conditions, self._tell = store, conditions, tell
        # Plant, epoch -> end of the newest quarter hour that was told.
        self._told: dict[tuple[str, int], int] = {}

    async def run(self) -> None:
        """Look every minute until cancelled."""
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(_EVERY_S)

    def look(self) -> None:
        """Tell what is due; what goes wrong with a plant is due again at the next look, and ends nothing else."""
        with survived(_log, "units not kept"):
            for declaration in self._store.declarations():
                with survived(_log, "units not kept"):
                    self._look_at(declaration)

    def _look_at(self, declaration: Declaration) -> None:
        latest = self._store.last(
            [f"{unit.path}/{tag.name}" for unit in declaration.units for tag in unit.tags]
        )
        newest = max((sample.time_ms for sample in latest.values()), default=0)
        end_ms = newest // QUARTER_MS * QUARTER_MS
        key = (declaration.plant, declaration.epoch)
        if end_ms <= max(self._told.get(key, 0), declaration.start_ms):
            return
        lines: list[bytes] = []
        for unit in declaration.units:
            of_unit = unit_tags(declaration.plant, declaration.epoch, unit.path)
            found = self._conditions(declaration, unit, latest, end_ms)
            lines += [life_line(of_unit, one, end_ms - QUARTER_MS) for one in found]
            for tag in characteristics(declaration, unit):
                if tag.lo is not None or tag.hi is not None:
                    told = charts(self._store, declaration, unit, tag, end_ms)
                    if told.limits is not None:
                        lines.append(capability_line(of_unit, told, end_ms - QUARTER_MS))
        self._tell(lines)
        self._told[key] = end_ms


def life_line(of_unit: Mapping[str, str], one: Condition, start_ms: int) -> bytes:
    """Return a condition with its remaining life; without a trend there is no life, without a reading no way."""
    mean, low, high = (one.life[0], *one.interval) if one.life and one.interval else (None, None, None)
    fields = {
        "reading": one.reading, "way": one.way, "mean_s": mean, "low_s": low, "high_s": high, "acts": one.acts,
        "upgrade": one.upgrade.title,
    }  # fmt: skip
    return point("remaining_life", {**of_unit, "tag": one.tag}, fields, start_ms * 1_000_000)


def capability_line(of_unit: Mapping[str, str], found: Charts, start_ms: int) -> bytes:
    """Return the capability of a characteristic; an index that needs a limit which is not there has no field."""
    fields: dict[str, object] = {figure.name: figure.value for figure in found.figures}
    fields |= {"stable": not found.out_of_control, "values": len(found.values)}
    return point("capability", {**of_unit, "tag": found.tag.name}, fields, start_ms * 1_000_000)
