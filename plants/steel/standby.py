"""Auxiliary drives that may be let down to standby while the mill waits, and must run up before it goes on."""

from collections.abc import Callable
from typing import Any

import simpy

from plants.steel.product import Slab
from twin.model.piece import Stage
from twin.model.state import State
from twin.model.tag import Kind, Tag
from twin.model.unit_operation import UnitOperation

WAITING = frozenset({State.SUSPENDED, State.IDLE, State.STOPPED, State.ABORTED})


class Drives(UnitOperation):
    """A unit with the tag `standby`: while it is 1 and the unit waits, its drives draw standby power.

    Called back to work they draw `energy` kWh at once and need `wake` s: `woken(wake)` is called. The tag goes back
    to 0 by itself.
    """

    def __init__(self, *args: Any, wake: float, energy: float, **more: Any) -> None:
        self.asked = False
        self.resting = False
        self._wake, self._energy = wake, energy
        self.woken: Callable[[float], None] = lambda wake: None
        super().__init__(*args, **more)
        self.publish(
            Tag(name="standby", kind=Kind.STATE, low=0, high=1, read=lambda: float(self.asked), write=self.ask,
                description="1: drives on standby while the unit waits")
        )  # fmt: skip

    def ask(self, value: float) -> None:
        """Let the drives down, or run them up."""
        self.asked = value >= 0.5
        self._follow()

    def to(self, state: State, reason: str) -> None:
        """Move to `state`; drives that rest run up before the unit works."""
        super().to(state, reason)
        if state not in WAITING:
            self.asked = False
        if self.asked or self.resting:
            self._follow()

    def _follow(self) -> None:
        rests = self.asked and self.state in WAITING
        if rests == self.resting:
            if rests:
                self._let_down()
            return
        self.resting, self.touched = rests, True
        if rests:
            self._let_down()
            return
        meter = self.meters["electricity"]
        if "electricity" in self._draws:
            self.draw("electricity", meter.power["idle"])
        else:
            meter.switch(meter.label)
        meter.add(self._energy)
        self.woken(self._wake)

    def _let_down(self) -> None:
        standby = self.meters["electricity"].power["standby"]
        if "electricity" in self._draws:
            self.draw("electricity", standby)
        else:
            self.meters["electricity"].set_draw(standby)


def run_up(env: simpy.Environment, stage: Stage[Slab], seconds: float) -> None:
    """Let `stage` begin nothing while its drives run up."""
    stage.close()
    env.timeout(seconds).callbacks.append(lambda _event: stage.open())
