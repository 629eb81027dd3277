"""Events by chance: their pace may change while one waits."""

from collections.abc import Generator
from typing import Any

import pytest
import simpy

from twin.model.chance import Chance


def moments(pace_at: dict[float, float], until: float) -> list[float]:
    """Return when events of 100 s came, with the pace changed at some moments."""
    env = simpy.Environment()
    chance = Chance(env, lambda: 100.0)
    came: list[float] = []

    def suffer() -> Generator[simpy.Event, Any, None]:
        while True:
            yield from chance.wait()
            came.append(env.now)

    def turn() -> Generator[simpy.Event, Any, None]:
        for moment, pace in pace_at.items():
            yield env.timeout(moment - env.now)
            chance.set_pace(pace)

    env.process(suffer())
    env.process(turn())
    env.run(until=until)
    return came


def test_usual_pace_is_as_drawn() -> None:
    assert moments({}, 350.0) == [100.0, 200.0, 300.0]


def test_a_change_holds_for_the_rest_of_the_wait_and_for_those_to_come() -> None:
    """At 40 s the pace is halved: the 60 s that are left take 120, the following 200; at 400 it is back."""
    assert moments({40.0: 0.5, 400.0: 1.0}, 600.0) == [160.0, 360.0, 480.0, 580.0]


def test_a_pace_must_be_positive() -> None:
    with pytest.raises(ValueError, match=r"chance slabs: pace 0.0 must be positive"):
        Chance(simpy.Environment(), lambda: 1.0, name="slabs").set_pace(0.0)
