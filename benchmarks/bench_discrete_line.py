"""The discrete line against plain and careful SimPy on one model, and the stamping plant's speed, in one run."""

import time
from collections import deque
from datetime import UTC, datetime

import numpy as np
import simpy

from plants.stamping import Stamping
from twin.model.calendar import Calendar
from twin.model.cycle import Cycle
from twin.model.discrete_line import DiscreteLine
from twin.model.failure import StopMode
from twin.model.line_unit import LineUnit
from twin.model.order import endless
from twin.model.quality import DefectCause, Inspection
from twin.model.simulation import Simulation
from twin.model.station import Station
from twin.model.streams import Streams

STATIONS, BUFFER = 6, 5
CYCLE, CV = 10.0, 0.1
LIFE, REPAIR = 7200.0, 300.0
DEFECTS = 0.01
SECONDS = 200_000.0
ROUNDS = 5


def plain() -> int:
    """Textbook SimPy: a Store between stations, breakdowns by interrupt."""
    env = simpy.Environment()
    rng = np.random.default_rng(1)
    stores = [simpy.Store(env, BUFFER) for _ in range(STATIONS - 1)]
    done = [0]

    class Machine:
        def __init__(self, place: int) -> None:
            self.place = place
            self.working = False
            self.process = env.process(self.work())
            env.process(self.fail())

        def work(self):
            while True:
                good = True
                if self.place:
                    good = yield stores[self.place - 1].get()
                left = rng.lognormal(np.log(CYCLE), CV)
                while left > 0:
                    begun = env.now
                    self.working = True
                    try:
                        yield env.timeout(left)
                        left = 0.0
                    except simpy.Interrupt:
                        left -= env.now - begun
                        self.working = False
                        yield env.timeout(rng.exponential(REPAIR))
                self.working = False
                good = good and rng.random() >= DEFECTS
                if self.place < STATIONS - 1:
                    yield stores[self.place].put(good)
                else:
                    done[0] += 1

        def fail(self):
            while True:
                yield env.timeout(rng.exponential(LIFE))
                if self.working:
                    self.process.interrupt()

    for place in range(STATIONS):
        Machine(place)
    env.run(until=SECONDS)
    return done[0]


def careful() -> int:
    """Careful SimPy with accounting: deques, bare events, failures drawn into the cycle, draws in batches."""
    env = simpy.Environment()
    streams = Streams(1)
    buffers: list[deque[bool]] = [deque() for _ in range(STATIONS - 1)]
    filled: list[simpy.Event | None] = [None] * STATIONS
    emptied: list[simpy.Event | None] = [None] * STATIONS
    seconds = [dict.fromkeys(("work", "down", "starved", "blocked"), 0.0) for _ in range(STATIONS)]
    energy = [0.0] * STATIONS
    made = [0] * STATIONS
    bad = [0] * STATIONS
    events: list[tuple[float, int, str]] = []

    def machine(place: int):
        draw = streams.lognormal(f"{place}/cycle", CYCLE, CV)
        life = streams.exponential(f"{place}/life", LIFE)
        repair = streams.exponential(f"{place}/repair", REPAIR)
        chance = streams.uniform(f"{place}/defect")
        book = seconds[place]
        before = buffers[place - 1] if place else None
        behind = buffers[place] if place < STATIONS - 1 else None
        left = life()
        while True:
            good = True
            if before is not None:
                if not before:
                    begun = env.now
                    filled[place] = env.event()
                    yield filled[place]
                    book["starved"] += env.now - begun
                good = before.popleft()
                waiting = emptied[place - 1]
                if waiting is not None:
                    emptied[place - 1] = None
                    waiting.succeed()
            cycle = draw()
            left -= cycle
            if left < 0:
                time_down = repair()
                events.append((env.now, place, "down"))
                book["down"] += time_down
                energy[place] += time_down * 5.0 / 3600.0
                left = life()
                yield env.timeout(cycle + time_down)
            else:
                yield env.timeout(cycle)
            book["work"] += cycle
            energy[place] += cycle * 20.0 / 3600.0
            made[place] += 1
            if chance() < DEFECTS:
                bad[place] += 1
                good = False
            if behind is not None:
                if len(behind) >= BUFFER:
                    begun = env.now
                    emptied[place] = env.event()
                    yield emptied[place]
                    book["blocked"] += env.now - begun
                behind.append(good)
                waiting = filled[place + 1]
                if waiting is not None:
                    filled[place + 1] = None
                    waiting.succeed()

    for place in range(STATIONS):
        env.process(machine(place))
    env.run(until=SECONDS)
    return made[-1]


def ours() -> int:
    """DiscreteLine with states, ledger, energy, defects and inspection."""
    env, streams = simpy.Environment(), Streams(1)
    route = [
        Station(
            env, streams, f"s{place}", cycle=Cycle(mean=CYCLE, cv=CV), buffer=BUFFER if place else 0,
            stops=[StopMode(name="fail", between=LIFE, duration=REPAIR, memoryless=True)],
            causes=[DefectCause(name="dirt", rate=DEFECTS)],
            inspection=Inspection(detection=1.0, scrap_share={}) if place == STATIONS - 1 else None,
            power={"electricity": {"execute": 20.0, "idle": 5.0, "standby": 5.0}},
        )
        for place in range(STATIONS)
    ]  # fmt: skip
    unit = LineUnit(env, Calendar.continuous(), ideal_cycle_time=CYCLE)
    line = DiscreteLine(env, streams, unit, {"a": route}, orders=endless("a"), pacing="s0")
    line.start()
    env.run(until=SECONDS)
    return int(unit.processed)


def main() -> None:
    """Run all three in turn, so that a busy machine disturbs them alike; print ratios."""
    rates: dict[str, list[float]] = {"plain": [], "careful": [], "ours": []}
    for _ in range(ROUNDS):
        for name, run in (("plain", plain), ("careful", careful), ("ours", ours)):
            begun = time.process_time()
            parts = run()
            rates[name].append(parts / (time.process_time() - begun))
    speed = {name: float(np.median(rate)) for name, rate in rates.items()}
    print(f"{STATIONS} stations, buffers of {BUFFER}, medians of {ROUNDS} runs, parts per CPU second")
    print(f"  plain SimPy (Store, interrupt)    {speed['plain']:10,.0f}")
    print(f"  careful SimPy with accounting     {speed['careful']:10,.0f}")
    print(f"  DiscreteLine                      {speed['ours']:10,.0f}")
    print(f"  DiscreteLine / plain              {speed['ours'] / speed['plain']:10.2f}   goal 1.5")
    print(f"  DiscreteLine / careful            {speed['ours'] / speed['careful']:10.2f}   goal 0.6")
    for telemetry, days, goal in ((False, 5.0, 100_000), (True, 0.5, 20_000)):
        simulation = Simulation(
            Stamping(), seed=1, start=datetime(2026, 1, 5, tzinfo=UTC), telemetry=telemetry
        )
        begun = time.process_time()
        simulation.advance(days * 86_400.0)
        rate = days * 86_400.0 / (time.process_time() - begun)
        words = "with" if telemetry else "without"
        print(f"  stamping {words} telemetry: {rate:,.0f} simulated s per CPU s   goal {goal:,}")


if __name__ == "__main__":
    main()
