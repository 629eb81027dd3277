"""The toy press line with an upgrade that can be switched while it runs, and a history of it in a store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

import simpy

from edge.engine import Engine
from edge.store import Store
from tests.edge.toy_line import Press, PressLine, ToyLine
from twin.model.command import Command
from twin.model.line import Line
from twin.model.plant import Parameter
from twin.model.simulation import Simulation
from twin.model.streams import Streams
from twin.model.upgrade import Change, Function, Paradigm, Upgrade
from twin.packing import pack, unpack


@dataclass(frozen=True, kw_only=True)
class PairLine(ToyLine):
    """Four presses; better dies halve the scrap."""

    name: ClassVar[str] = "pair_line"

    scrap: Annotated[float, Parameter("1", 0.0, 1.0, "est.", "share of scrap")] = 0.06

    def build(self, env: simpy.Environment, streams: Streams) -> Line:
        line = super().build(env, streams)
        assert isinstance(line, PressLine)

        def set_scrap(share: float) -> None:
            for unit in line.units:
                if isinstance(unit, Press):
                    unit.scrap_share = share

        set_scrap(self.scrap)
        line.dials["scrap"] = set_scrap
        return line

    def upgrades(self) -> tuple[Upgrade, ...]:
        return (
            Upgrade(
                key="dies", title="Better dies", paradigm=Paradigm.INTELLIGENT, function=Function.PROCESS,
                mechanism="Sharper edges tear fewer panels.", changes=(Change("scrap", 0.75, 0.5, 0.25),),
                one_off=20_000, running=1_000, source="est.", ramp=3,
            ),
        )  # fmt: skip


def fill(
    store: Store, name: str, epoch_ms: int, start: datetime, hours: int, disturbed: Sequence[str] = ()
) -> str:
    """Store hours of a line called `name`; in the third one the writable tags named in `disturbed` are set to 1.

    Returns the path of the line.
    """
    run = Simulation(PairLine(alias=name), seed=3, start=start, epoch=epoch_ms)
    engine = Engine(run.declaration)
    store.declare(run.declaration)
    for hour in range(hours):
        for number, path in enumerate(disturbed if hour == 2 else ()):
            run.write(
                Command(id=f"c{number}", path=f"{run.line_path}/{path}", value=1.0, expires_ms=epoch_ms * 2)
            )
        batch = unpack(pack(run.advance(3600.0), run.declaration.sources))
        store.write(name, [batch], engine.fold([batch]))
    return run.line_path
