"""Furnaces that melt and hold: demand, holding, energy, failures."""

import math
from collections.abc import Iterator

import pytest
import simpy

from twin.model.calendar import Calendar, Shift
from twin.model.cycle import Cycle
from twin.model.discrete_line import DiscreteLine
from twin.model.holding_furnace import HoldingFurnace, MeltShop
from twin.model.line_unit import LineUnit
from twin.model.order import Order
from twin.model.state import State
from twin.model.station import Station
from twin.model.streams import Streams


def moulds(count: int, mass: float) -> Iterator[Order]:
    yield Order(name="o", product="casting", quantity=count, lot=mass)


def foundry(
    count: int, *, mass: float = 1.0, furnaces: int = 1, patience: float = math.inf, **options: float
) -> tuple[simpy.Environment, DiscreteLine, Station, tuple[HoldingFurnace, ...]]:
    """One moulder a minute, one pouring station, furnaces of 5 t that melt in an hour once 4 t are wanted."""
    env, streams = simpy.Environment(), Streams(1)
    shop = tuple(
        HoldingFurnace(
            env, streams, f"furnace_{number}", charge=5.0, melting=3600.0, energy=500.0, least=4.0, patience=patience,
            power={"idle": 100.0, "standby": 10.0}, **options,
        )
        for number in range(furnaces)
    )  # fmt: skip
    melt = MeltShop(env, streams, furnaces=shop, need=lambda part: part.quantity)
    moulder = Station(env, streams, "moulder", cycle=Cycle(mean=60.0))
    pouring = Station(env, streams, "pouring", cycle=Cycle(mean=60.0), buffer=math.inf, supplies=[melt])
    unit = LineUnit(env, Calendar([Shift("always", 0, 24)]), ideal_cycle_time=60.0, count_unit="t")
    line = DiscreteLine(
        env,
        streams,
        unit,
        {"casting": [moulder, pouring]},
        orders=moulds(count, mass),
        pacing="pouring",
        others=shop,
    )
    line.start()
    return env, line, pouring, shop


def test_a_heat_is_melted_when_enough_moulds_wait() -> None:
    """Four moulds of 1 t after 4 min, an hour to melt, a minute each to pour; the fifth tonne is held."""
    env, line, pouring, (furnace,) = foundry(4)
    env.run(until=239.0)
    assert (furnace.state, pouring.state) == (State.IDLE, State.SUSPENDED)
    env.run(until=4 * 60.0 + 300.0 + 3600.0 + 250.0)
    assert (line.good, furnace.heats, furnace.content) == (4, 1, 1.0)
    assert furnace.state is State.HELD


def test_too_few_moulds_wait_until_patience_ends() -> None:
    env, line, _, _ = foundry(2, patience=7200.0)
    env.run(until=7200.0)
    assert line.good == 0
    env.run(until=7200.0 + 2 * 300.0 + 3600.0 + 200.0)
    assert line.good == 2


def test_energy_of_melting_and_holding() -> None:
    """5 t at 500 kWh each to melt; 100 kW as long as it is held, 10 kW while empty and cold."""
    env, _, _, (furnace,) = foundry(4)
    env.run(until=36_000.0)
    meter = furnace.meters["electricity"]
    page = furnace.account()
    held = page["seconds/held/waiting"]
    assert meter.read("execute") == pytest.approx(2500.0)
    assert meter.read("idle") == pytest.approx(100.0 * held / 3600.0)
    assert meter.read("standby") == pytest.approx(10.0 * page["seconds/idle/no_order"] / 3600.0, rel=1e-6)
    assert sum(value for key, value in page.items() if key.startswith("seconds/")) == pytest.approx(36_000.0)


def test_a_rest_too_small_for_the_next_mould_is_pigged() -> None:
    """Moulds of 2 t from charges of 5 t: 1 t of every charge goes back."""
    env, line, _, (furnace,) = foundry(12, mass=2.0)
    env.run(until=100_000.0)
    assert line.good == 12
    assert furnace.processed == 5.0 * furnace.heats
    assert furnace.heats == 6


def test_two_furnaces_share_the_demand() -> None:
    env, line, _, shop = foundry(40, furnaces=2)
    env.run(until=50_000.0)
    assert line.good == 40
    assert all(furnace.heats >= 3 for furnace in shop)
    assert line.balances()["pieces"] == 0.0


def test_a_failure_delays_the_heat() -> None:
    env, line, _, (furnace,) = foundry(4, between=1800.0, repair=7200.0)
    env.run(until=200_000.0)
    assert line.good == 4
    assert furnace.account()["seconds/aborted/failure"] > 0.0


@pytest.mark.parametrize(
    ("options", "problem"),
    [({"least": 9.0}, "least 9.0 t"), ({"melting": 0.0}, "melting 0.0 s"), ({"energy": -1.0}, "energy -1.0")],
)
def test_bad_furnaces_are_refused(options: dict[str, float], problem: str) -> None:
    env = simpy.Environment()
    figures = {"charge": 5.0, "melting": 3600.0, "energy": 500.0, "least": 4.0} | options
    with pytest.raises(ValueError, match=problem):
        HoldingFurnace(env, Streams(1), "furnace", power={"idle": 1.0}, **figures)
    with pytest.raises(ValueError, match="at least one furnace"):
        MeltShop(env, Streams(1), furnaces=(), need=lambda part: part.quantity)
