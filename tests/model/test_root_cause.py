"""Why a line does not produce, when what is in its way works with a part of its places only."""

from typing import Any

import pytest
import simpy

from twin.model.calendar import Calendar, Shift
from twin.model.cycle import Cycle
from twin.model.discrete_line import DiscreteLine
from twin.model.failure import StopMode
from twin.model.line_unit import LineUnit
from twin.model.machine_group import MachineGroup
from twin.model.order import endless
from twin.model.state import Reason
from twin.model.station import Station
from twin.model.streams import Streams
from twin.model.supply import Supply

ALWAYS = Calendar([Shift("always", 0, 24)])


class Bed:
    """A test bed for one line."""

    def __init__(self) -> None:
        self.env = simpy.Environment()
        self.streams = Streams(1)

    def station(self, name: str, cycle: float, built: type[Station] = Station, **options: Any) -> Any:
        return built(self.env, self.streams, name, cycle=Cycle(mean=cycle), **options)

    def run(self, *route: Station, pacing: str, seconds: float) -> dict[str, float]:
        """Run the line and return the seconds of its unit."""
        unit = LineUnit(self.env, ALWAYS, ideal_cycle_time=1.0)
        line = DiscreteLine(self.env, self.streams, unit, {"a": route}, orders=endless("a"), pacing=pacing)
        line.start()
        self.env.run(until=seconds)
        return unit.account()


def test_group_with_machines_out_is_why_the_pacing_station_starves() -> None:
    """One of two machines is always under repair: half of the parts come, and the line names the group."""
    bed = Bed()
    mode = StopMode(name="jam", between=1e6, duration=1e6, cv=0.0)
    group = bed.station("group", 40.0, MachineGroup, places=2, stops=[mode])
    group.machines[0].stops[0].at = 1.0
    group.machines[0].aim()
    page = bed.run(group, bed.station("pace", 20.0), pacing="pace", seconds=8_000.0)
    assert group.state.name == "EXECUTE"
    # of each 40 s the pacing station works 20 and has waited 5 before it tells so
    assert page["seconds/aborted/failure"] / 8_000.0 == pytest.approx(15.0 / 40.0, abs=0.03)


def test_full_station_points_to_what_holds_its_parts_back() -> None:
    """Three of four places hold parts that a stopped station does not take: that one is the cause, not the full one."""
    bed = Bed()
    mode = StopMode(name="jam", between=500.0, duration=300.0, cv=0.0, category=Reason.FAILURE, regular=True)
    pace = bed.station("pace", 20.0)
    wide = bed.station("wide", 80.0, places=4)
    page = bed.run(pace, wide, bed.station("last", 20.0, stops=[mode]), pacing="pace", seconds=40_000.0)
    # 300 s in 800; four places take up what comes for a while
    assert page["seconds/aborted/failure"] / 40_000.0 == pytest.approx(300.0 / 800.0, abs=0.06)


def test_delayed_trips_of_a_supply_starve_its_station() -> None:
    """Trips of 10 s for 10 parts of 10 s do no harm; three times and more as long as the parts last, they do."""
    waits = []
    for delay in (1.0, 30.0):
        bed = Bed()
        supply = Supply(bed.env, bed.streams, "rack", size=10, containers=2, trip=10.0, cv=0.0)
        supply.delay = delay
        page = bed.run(bed.station("pace", 10.0, supplies=(supply,)), pacing="pace", seconds=9_000.0)
        waits.append(page.get("seconds/suspended/waiting", 0.0) / 9_000.0)
    assert waits == [0.0, pytest.approx(2.0 / 3.0, abs=0.05)]
