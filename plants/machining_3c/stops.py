"""The stop modes of machines and stations, from table 6.2."""

import math

from plants.machining_3c.laws import USUAL_FEED
from plants.machining_3c.sheet import (
    BEARING_LIFE,
    BEARING_REPAIR,
    BEARING_SHAPE,
    BREAKAGE_SHAPE,
    BREAKAGE_SHARE,
    CUTTING,
    EDGE,
    NEVER,
    STATIONS,
    TAKT,
    VIBRATION,
    Row,
    Tools,
)
from twin.model.failure import StopMode
from twin.model.state import Reason

PLANNED = 0.82 * 0.80 / TAKT  # frames a second of planned time, 6.1


def group_stops(
    row: Row,
    tools: Tools,
    *,
    feed: float,
    tool_life: float,
    tool_change: float,
    failures: float,
    technical: float,
    breakages: float,
    repair: float,
    micro_stops: float,
    hold: float,
) -> list[StopMode]:
    """Return the stops of one CNC machine, in seconds of cutting.

    The table's MTBF counts all stops over 5 min; a fifth of them are broken tools, a few are spindles. An edge that
    chips is heard before the tool breaks; changed in time it takes no longer than any other tool.
    """
    rate = 1.0 / (row.mtbf * 3600.0 * CUTTING)
    change = tools.interval * row.cycle / feed
    # Weibull: (life/scale)^shape events in a life that ends with the planned change of the tool.
    life = tools.number * tools.interval * row.cycle / USUAL_FEED
    scale = life / (BREAKAGE_SHARE * rate * breakages * life) ** (1.0 / BREAKAGE_SHAPE)
    bearing = 3600.0 * BEARING_LIFE
    return [
        StopMode(name="technical", duration=3600.0 * row.mttr * repair,
                 between=1.0 / (failures * technical * ((1.0 - BREAKAGE_SHARE) * rate - 1.0 / bearing))),
        StopMode(name="spindle", between=bearing / failures, shape=BEARING_SHAPE,
                 duration=3600.0 * BEARING_REPAIR * repair, symptoms=(VIBRATION,)),
        StopMode(name="tool_breakage", between=scale * math.gamma(1.0 + 1.0 / BREAKAGE_SHAPE), shape=BREAKAGE_SHAPE,
                 duration=3600.0 * row.mttr * repair, category=Reason.TOOLING, symptoms=(EDGE,),
                 planned=60.0 * tools.change),
        StopMode(name="tool_change", between=change * tool_life, duration=60.0 * tools.change * tool_change, cv=0.2,
                 category=Reason.TOOLING, regular=True, crewed=True),
        StopMode(name="quality_hold", between=NEVER, duration=hold, cv=0.5, category=Reason.QUALITY),
        StopMode(name="chip_jam", between=3600.0 * CUTTING / (row.micro_rate * micro_stops),
                 duration=row.micro_length, cv=0.6, category=Reason.MICRO_STOP),
    ]  # fmt: skip


def station_stops(
    name: str, *, failures: float, technical: float, repair: float, micro_stops: float
) -> list[StopMode]:
    """Return the stops of the wash or the inspection, in seconds of work; the table counts planned hours."""
    row = STATIONS[name]
    share = row.cycle / row.machines * PLANNED
    found = [
        StopMode(name="technical", between=3600.0 * row.mtbf * share / (failures * technical),
                 duration=3600.0 * row.mttr * repair),
        StopMode(name="handling", between=3600.0 * share / (row.micro_rate * micro_stops), duration=row.micro_length,
                 cv=0.6, category=Reason.MICRO_STOP),
    ]  # fmt: skip
    if name == "wash":
        week = 7.0 * 20.0 * 3600.0 * share
        found.append(
            StopMode(name="bath_change", between=week, duration=3600.0, cv=0.1, category=Reason.MAINTENANCE,
                     regular=True)
        )  # fmt: skip
    return found
