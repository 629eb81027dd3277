"""Remaining life on pages: the trend of the readings with its interval, and nothing where there is none."""

from dataclasses import replace

import numpy as np
import pytest

from edge.loops import Loops
from edge.remaining_life import HOUR, LOOK_BACK_MS, MINUTE, RemainingLife
from edge.store import Series
from edge.store.memory import MemoryStore
from tests.edge.drifting import drifting
from twin.model.declaration import Declaration
from twin.model.frame import Sample
from twin.model.loop import Loop

HEALTHY, FAILED, NOISE, LIFE_H = 2.0, 12.0, 0.05, 30.0
WEAR = Loop(
    kind="predictive_maintenance", inputs={"condition": "lathe/dimension"}, outputs={"service": "lathe/offset"},
    settings={"healthy": HEALTHY, "failed": FAILED, "noise": NOISE, "horizon": 3600.0},
)  # fmt: skip


class Worn(MemoryStore):
    """A store whose condition wears by the cube of the used share of life, with noise; `asked` are the ranges read."""

    def __init__(self, declaration: Declaration, *, wears: bool) -> None:
        super().__init__()
        self._start = declaration.start_ms
        self._wears = wears
        self._noise = np.random.default_rng(11).normal(scale=NOISE, size=10_000)
        self.asked: list[tuple[int, int]] = []

    def series(self, path: str, start_ms: int, end_ms: int, every_ms: int = 0) -> Series:
        self.asked.append((start_ms, end_ms))
        time_ms = np.arange(start_ms, end_ms, every_ms)
        minute = (time_ms - self._start) // MINUTE
        share = minute / (LIFE_H * 60.0) * self._wears
        value = HEALTHY + (FAILED - HEALTHY) * share**3 + self._noise[minute]
        return Series(path, every_ms, time_ms, value, value, value, value)


def plant() -> Declaration:
    declared = drifting().declaration
    return replace(declared, upgrades=(replace(declared.upgrades[0], loops=(WEAR,)),))


def watch(declaration: Declaration, store: MemoryStore) -> RemainingLife:
    loops = Loops.__new__(Loops)  # none of them runs
    loops._running = {}
    return RemainingLife(store, loops)


def at(declaration: Declaration, hours: float) -> int:
    return declaration.start_ms + round(hours * HOUR)


def test_trend_of_the_readings_gives_remaining_life_with_an_interval_that_holds_the_truth() -> None:
    declaration = plant()
    life = watch(declaration, Worn(declaration, wears=True))
    unit = declaration.unit("lathe")
    latest = {f"{unit.path}/dimension": Sample(f"{unit.path}/dimension", 7.0, 0)}
    (found,) = life.conditions(declaration, unit, latest, at(declaration, 22))
    assert found.life is not None
    mean, sigma = found.life
    assert abs(mean - 8.0 * 3600.0) < 4.0 * sigma < 3600.0
    assert (found.way, found.acts, found.since_ms) == (0.5, False, declaration.start_ms)
    (later,) = life.conditions(declaration, unit, latest, at(declaration, 26))
    assert later.life is not None
    assert later.life[0] == pytest.approx(4.0 * 3600.0, abs=1200.0)


def test_no_trend_is_told_as_none() -> None:
    declaration = plant()
    life = watch(declaration, Worn(declaration, wears=False))
    (found,) = life.conditions(declaration, declaration.unit("lathe"), {}, at(declaration, 22))
    assert (found.life, found.reading, found.way) == (None, None, None)


def test_each_minute_is_read_once_and_no_more_than_a_day_to_begin_with() -> None:
    declaration = plant()
    store = Worn(declaration, wears=True)
    life = watch(declaration, store)
    for hours in (40.0, 40.005, 40.5):
        life.conditions(declaration, declaration.unit("lathe"), {}, at(declaration, hours))
    assert store.asked == [
        (at(declaration, 40) - LOOK_BACK_MS, at(declaration, 40)), (at(declaration, 40), at(declaration, 40.5)),
    ]  # fmt: skip


def test_other_units_and_other_loops_have_no_condition() -> None:
    declaration = drifting().declaration
    life = watch(declaration, Worn(declaration, wears=True))
    for unit in declaration.units:
        assert life.conditions(declaration, unit, {}, at(declaration, 22)) == []
