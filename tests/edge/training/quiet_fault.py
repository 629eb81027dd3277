"""A lathe with a fault that does nothing at all, so that nothing but the truth itself can give it away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import simpy

from edge.store.memory import MemoryStore
from tests.edge.api_bench import TOKEN, Bench, served
from tests.edge.drifting import START, Drifting
from tests.edge.filled_store import Filler
from twin.model.command import Command
from twin.model.fault import Effect, Fault
from twin.model.line import Line
from twin.model.simulation import Simulation
from twin.model.streams import Streams

PLANT = "quiet"
KEY = "hidden_crack"
OPERATOR = {"Authorization": f"Bearer {TOKEN}"}


@dataclass(frozen=True, kw_only=True)
class Quiet(Drifting):
    """The drifting lathe with a fault of no effect."""

    name = PLANT

    def build(self, env: simpy.Environment, streams: Streams) -> Line:
        line = super().build(env, streams)
        line.units[1].can_suffer(
            Fault(KEY, "Hidden crack", mechanism="A crack that shows nowhere.", strike=lambda: None,
                  mend=lambda: None, effects=(Effect(subject="lathe/dimension", change=1.0, end=60.0),))
        )  # fmt: skip
        return line


@asynccontextmanager
async def quiet(minutes: float = 90.0) -> AsyncIterator[Bench]:
    """Serve the API over some minutes of the lathe; what its link is sent reaches the lathe."""
    store = MemoryStore()
    filler = Filler(Simulation(Quiet(), seed=3, start=START, epoch=1), store)
    filler.fill(minutes)
    async with served(store, filler) as bench:
        bench.link.status.plant = PLANT
        carry(bench)
        yield bench


def carry(bench: Bench) -> None:
    """Let what the link is sent reach the plant."""
    write = bench.link.write

    async def both(command: Command) -> str:
        bench.filler.run.write(command)
        return await write(command)

    bench.link.write = both  # type: ignore[method-assign]


async def begin(bench: Bench, after_s: float, **more: Any) -> str:
    """Plan and start a drill of twenty minutes in which the fault is there for ten; return its id."""
    plan = {"name": "Night shift", "plant": PLANT, "length_s": 1200,
            "faults": [{"key": KEY, "after_s": after_s, "duration_s": 600}]}  # fmt: skip
    made = await bench.client.post("/api/v1/drills", json=plan | more, headers=OPERATOR)
    assert made.status_code == 201, made.text
    id_ = str(made.json()["id"])
    started = await bench.client.post(f"/api/v1/drills/{id_}/start", headers=OPERATOR)
    assert started.status_code == 200, started.text
    return id_


async def run_on(bench: Bench, minutes: float) -> None:
    """Let lathe and schedule go on, step by step."""
    left = minutes
    while left > 0:
        await bench.schedule.step()
        bench.filler.fill(min(0.5, left))
        left -= 0.5
    await bench.schedule.step()
