"""My plant: stations in a row."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import simpy

from twin import model

# Each station: cycle time in s, places, buffer in front (parts), mean time between failures and repair time in h,
# power in kW running and idle. Write your own figures here.
STATIONS = {
    "first": (10.0, 1, 0, 20.0, 0.5, 20.0, 8.0),
    "second": (12.0, 1, 5, 40.0, 1.0, 40.0, 15.0),
    "last": (10.0, 1, 5, 60.0, 0.5, 10.0, 4.0),
}


@dataclass(frozen=True, kw_only=True)
class MyPlant(model.Plant):
    """Parts pass stations in a row; the last one inspects them.

    What is made, how, and where the figures come from belongs here: this text is the data sheet.
    """

    name: ClassVar[str] = "my_plant"
    title: ClassVar[str] = "My plant"
    industry: ClassVar[str] = "education"

    failures: Annotated[float, model.Parameter("1", 0.05, 20, "est.", "factor on the rate of failures")] = 1
    repair: Annotated[float, model.Parameter("1", 0.05, 20, "est.", "factor on repair times")] = 1
    defects: Annotated[float, model.Parameter("%", 0, 50, "est.", "parts spoilt by each station")] = 0.5
    detection: Annotated[float, model.Parameter("1", 0, 1, "est.", "share of bad parts that are found")] = 0.9
    staff: Annotated[float, model.Parameter("1", 0, 500, "est.", "people a shift")] = 6
    base_load: Annotated[float, model.Parameter("kW", 0, 5000, "est.", "light, air, heating")] = 50

    def build(self, env: simpy.Environment, streams: model.Streams) -> model.DiscreteLine:
        """Build the line."""
        row = [self._station(env, streams, name) for name in STATIONS]
        row[-1].inspection = model.Inspection(detection=self.detection, scrap_share={})
        slowest = max(row, key=lambda station: station.ideal_cycle_time or 0.0)
        window = max(14_400.0, 500 * (slowest.ideal_cycle_time or 1.0))  # s, long enough to see it
        slowest.can_suffer(
            model.Fault(
                "worn_guide", "Worn guide", mechanism="friction: every cycle takes half as long again",
                strike=lambda: setattr(slowest, "pace", 1.5), mend=lambda: setattr(slowest, "pace", 1.0),
                effects=(model.Effect(subject="effectiveness", change=-0.1, end=window),
                         model.Effect(subject="line/prod_processed_count", change=-10, end=window)),
            )
        )  # fmt: skip
        base = dict.fromkeys(("execute", "idle", "standby", "off"), self.base_load)
        line = model.LineUnit(
            env, model.Calendar.continuous(), ideal_cycle_time=slowest.ideal_cycle_time or 1.0,
            power={"electricity": base}, staff=self.staff, labour_rate=50, prices={"electricity": 0.6},
            carbon={"electricity": 0.5366},
        )  # fmt: skip
        orders = model.campaigns(["part"], 500, streams, lead=3600)
        return model.DiscreteLine(env, streams, line, {"part": row}, orders=orders, pacing=slowest.name)

    def _station(self, env: simpy.Environment, streams: model.Streams, name: str) -> model.Station:
        cycle, places, buffer, between, repair, run, idle = STATIONS[name]
        breakdown = model.StopMode(
            name="breakdown", between=3600 * between / self.failures, duration=3600 * repair * self.repair
        )
        return model.Station(
            env, streams, name, cycle=model.Cycle(mean=cycle, cv=0.05), places=places, buffer=buffer, stops=[breakdown],
            causes=[model.DefectCause(name="spoilt", rate=self.defects / 100)],
            power={"electricity": {"execute": run, "idle": idle, "standby": idle / 4}},
        )  # fmt: skip
