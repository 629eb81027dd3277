"""The discrete line against results of queueing theory that nobody here computed."""

import math
from itertools import pairwise

import numpy as np
import pytest
import simpy

from twin.model.calendar import Calendar
from twin.model.cycle import Cycle
from twin.model.discrete_line import DiscreteLine
from twin.model.failure import Crew, StopMode
from twin.model.line_unit import LineUnit
from twin.model.order import endless
from twin.model.part import Part
from twin.model.station import Station
from twin.model.streams import Streams

SECONDS = 12_000.0  # counted of each replication of a saturated line
T_99 = {
    10: 3.250,
    12: 3.106,
    20: 2.861,
}  # Student's t, two-sided 99 %, n - 1 degrees of freedom, by replications


def within_99(values: list[float], truth: float) -> None:
    """Assert that `truth` lies in the 99 % interval of the replications' mean, narrower than 1.25 % of it."""
    half = T_99[len(values)] * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    mean = float(np.mean(values))
    assert abs(mean - truth) <= half, f"{mean:.4f} +- {half:.4f} misses {truth:.4f}"
    assert half < 0.0125 * truth, f"interval {half:.4f} is too wide to prove anything"


def serial_line(stations: int, buffer: float, seed: int) -> DiscreteLine:
    """Build a saturated line of exponential stations with mean 1 s."""
    env, streams = simpy.Environment(), Streams(seed)
    route = [
        Station(env, streams, f"s{n}", cycle=Cycle(mean=1.0, exponential=True), buffer=buffer if n else 0)
        for n in range(stations)
    ]
    unit = LineUnit(env, Calendar.continuous(), ideal_cycle_time=1.0)
    line = DiscreteLine(env, streams, unit, {"a": route}, orders=endless("a"), pacing="s0")
    line.start()
    return line


def throughput(line: DiscreteLine, warm_up: float, seconds: float) -> float:
    line.env.run(until=warm_up)
    before = line.good
    line.env.run(until=warm_up + seconds)
    return (line.good - before) / seconds


@pytest.mark.parametrize(("stations", "truth"), [(3, 0.5641), (4, 0.5148), (5, 0.4858)])
def test_saturated_line_without_buffers(stations: int, truth: float) -> None:
    """Hillier & Boling 1967: throughput per mean service time of exponential stations without buffers."""
    within_99([throughput(serial_line(stations, 0, seed), 200, SECONDS) for seed in range(12)], truth)


@pytest.mark.parametrize("buffer", [0, 1, 4])
def test_two_machines_one_buffer(buffer: int) -> None:
    """Blocking after service, equal rates: throughput (b + 2) / (b + 3), the birth-death chain on 0..b + 2."""
    within_99(
        [throughput(serial_line(2, buffer, seed), 200, SECONDS) for seed in range(12)],
        (buffer + 2) / (buffer + 3),
    )


def test_a_wrong_truth_is_refused() -> None:
    """The comparison can fail: the two-machine figure of another buffer lies outside the interval."""
    values = [throughput(serial_line(2, 1, seed), 200, SECONDS) for seed in range(12)]
    with pytest.raises(AssertionError, match="misses"):
        within_99(values, 4 / 5)


class Server(Station):
    """A station that notes how long parts were in it and the queue before it."""

    def __init__(self, env: simpy.Environment, streams: Streams, cycle: Cycle) -> None:
        super().__init__(env, streams, "server", cycle=cycle, buffer=math.inf)
        self.sojourns: list[float] = []

    def work(self, part: Part) -> None:
        self.sojourns.append(self.env.now - part.entered)


def queue(cycle: Cycle, load: float, seed: int, seconds: float) -> tuple[DiscreteLine, Server]:
    """Run a single server with Poisson arrivals of rate `load` per s; its mean cycle is 1 s."""
    env, streams = simpy.Environment(), Streams(seed)
    server = Server(env, streams, cycle)
    unit = LineUnit(env, Calendar.continuous(), ideal_cycle_time=1.0)
    line = DiscreteLine(
        env, streams, unit, {"a": [server]}, orders=endless("a"), pacing="server",
        interarrival=streams.exponential("arrivals", 1.0 / load),
    )  # fmt: skip
    line.start()
    env.run(until=seconds)
    return line, server


@pytest.mark.parametrize(
    ("cycle", "variance", "seconds"),
    [
        (Cycle(mean=1.0, exponential=True), 1.0, 300_000.0),
        (Cycle(mean=1.0), 0.0, 130_000.0),
        (Cycle(mean=1.0, cv=0.5), 0.25, 200_000.0),
    ],
    ids=["M/M/1", "M/D/1", "M/G/1"],
)
def test_single_server_waits(cycle: Cycle, variance: float, seconds: float) -> None:
    """Pollaczek-Khinchine: wait = load (1 + cv^2) / 2 / (1 - load) mean cycles; exponential gives M/M/1."""
    load = 0.4
    waits = []
    for seed in range(20):
        _, server = queue(cycle, load, seed, seconds)
        waits.append(float(np.mean(server.sojourns[200:])) - 1.0)
    within_99(waits, load * (1.0 + variance) / 2.0 / (1.0 - load))


def test_littles_law() -> None:
    """L = lambda W, exact on a run that ends empty: the area under the work in progress is the sum of sojourns."""
    line, server = queue(Cycle(mean=1.0, exponential=True), 0.7, 3, 1.0)
    env = line.env
    area, last, level = 0.0, env.now, line.wip
    while env.now < 5000 or line.wip:
        env.step()
        area += level * (env.now - last)
        last, level = env.now, line.wip
    assert area == pytest.approx(sum(server.sojourns), rel=1e-3)
    assert line.good == line.started


def test_machine_repairman() -> None:
    """Four machines, one repairman, exponential lives and repairs: the mean number of running machines."""
    machines, life, repair = 4, 50.0, 20.0
    ratio = repair / life
    weights = [
        math.factorial(machines) / math.factorial(machines - down) * ratio**down
        for down in range(machines + 1)
    ]
    truth = sum((machines - down) * weight for down, weight in enumerate(weights)) / sum(weights)
    running = []
    for seed in range(10):
        env, streams = simpy.Environment(), Streams(seed)
        crew = Crew(env, 1)
        mode = StopMode(name="fail", between=life, duration=repair, memoryless=True, crewed=True)
        stations = [
            Station(env, streams, f"m{n}", cycle=Cycle(mean=10.0), stops=(mode,), crew=crew)
            for n in range(machines)
        ]
        for station in stations:
            unit = LineUnit(env, Calendar.continuous(), ideal_cycle_time=1.0)
            DiscreteLine(
                env, streams, unit, {"a": [station]}, orders=endless("a"), pacing=station.name
            ).start()
        env.run(until=260_000)
        running.append(sum(station.operating for station in stations) / 260_000)
    within_99(running, truth)


def test_more_buffer_never_hurts() -> None:
    """Throughput of one seed rises with the buffer: the streams of the stations stay the same."""
    rates = [throughput(serial_line(3, buffer, 5), 100, 5000) for buffer in (0, 1, 2, 5, 20)]
    assert all(less < more for less, more in pairwise(rates))
