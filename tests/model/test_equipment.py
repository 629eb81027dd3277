"""Equipment: phases by time and by condition, holds and restarts, joining in midway, allocation, published texts."""

import math
from collections.abc import Generator
from typing import Any

import pytest
import simpy

from twin.model.batch import Batch, Operation, Phase, Recipe, Recurrence, UnitProcedure
from twin.model.equipment import Allocation, Equipment
from twin.model.outage import Outage
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.tag import Kind
from twin.model.unit_operation import UnitOperation

MIX = Phase(name="MIX", duration=100.0)
COOK = Phase(name="COOK", duration=200.0)
CLEAN = Phase(name="CLEAN", duration=50.0, state=State.RESETTING, reason="changeover:cip")


def brew(*phases: Phase, recurring: tuple[Recurrence, ...] = ()) -> Recipe:
    operation = Operation(name="ALL", phases=phases, recurring=recurring)
    return Recipe("ale", (UnitProcedure(name="BREW", operations=(operation,)),))


def start(
    env: simpy.Environment, equipment: Equipment, recipe: Recipe, *, elapsed: float = 0.0, name: str = "B-1"
) -> Batch:
    batch = Batch(name, recipe, 1.0)
    env.process(equipment.execute(batch, recipe["BREW"], elapsed=elapsed))
    return batch


def events(batch: Batch) -> list[tuple[float, str, str]]:
    return [(entry.time, entry.phase, entry.event) for entry in batch.record]


def test_phases_follow_each_other_and_are_recorded() -> None:
    env = simpy.Environment()
    entered: list[tuple[float, str]] = []
    kettle = Equipment(env, "kettle", entered=lambda batch, phase: entered.append((env.now, phase.name)))
    batch = start(env, kettle, brew(MIX, COOK))
    env.run(until=1000.0)
    assert entered == [(0.0, "MIX"), (100.0, "COOK")]
    assert events(batch) == [
        (0.0, "MIX", "began"), (100.0, "MIX", "ended"), (100.0, "COOK", "began"), (300.0, "COOK", "ended"),
    ]  # fmt: skip
    assert kettle.batch is None
    assert kettle.phase_text == ""


def test_unit_publishes_batch_and_phase_and_follows_with_its_state() -> None:
    env = simpy.Environment()
    unit = UnitOperation(env, "kettle", running=False)
    kettle = Equipment(env, "kettle", unit=unit)
    texts = {tag.name: tag for tag in unit.tags() if tag.kind is Kind.TEXT}
    start(env, kettle, brew(MIX, CLEAN))
    env.run(until=50.0)
    assert [texts[name].read() for name in ("batch", "phase")] == ["B-1", "MIX"]  # type: ignore[misc]
    assert unit.state is State.EXECUTE
    env.run(until=120.0)
    assert texts["phase"].read is not None
    assert texts["phase"].read() == "CLEAN"
    assert (unit.state, unit.reason) == (State.RESETTING, "changeover:cip")
    assert unit.account()["seconds/execute/production"] == 100.0


def test_phase_ends_by_its_condition_after_its_duration() -> None:
    env = simpy.Environment()
    hot = Phase(name="HEAT", duration=30.0, ends=lambda batch: env.now >= 75.0)
    batch = start(env, Equipment(env, "kettle", poll=10.0), brew(hot))
    env.run(until=500.0)
    assert batch.lasted("HEAT") == 80.0


@pytest.mark.parametrize("poll", [7.0, 10.0, 0.1])
def test_phase_never_outlasts_its_longest_time(poll: float) -> None:
    """Whatever the poll: rounding of many small waits neither ends it early nor lets it hang."""
    env = simpy.Environment(initial_time=1.0 / 3.0)
    never = Phase(name="HEAT", ends=lambda batch: False, longest=100.0)
    batch = start(env, Equipment(env, "kettle", poll=poll), brew(never))
    env.run(until=500.0)
    assert batch.lasted("HEAT") == pytest.approx(100.0)


def test_hold_stops_the_clock_of_the_phase_until_the_last_restart() -> None:
    """Two causes overlap: the first gives the state, the phase goes on when both are gone, and loses no time."""
    env = simpy.Environment()
    unit = UnitOperation(env, "kettle", running=False)
    kettle = Equipment(env, "kettle", unit=unit)
    batch = start(env, kettle, brew(MIX))
    env.run(until=40.0)
    kettle.hold("failure:pump", State.ABORTED)
    kettle.hold("quality:sample")
    env.run(until=60.0)
    assert (unit.state, unit.reason) == (State.ABORTED, "failure:pump")
    assert not kettle.working
    kettle.restart("failure:pump")
    env.run(until=90.0)
    assert (unit.state, unit.reason) == (State.HELD, "quality:sample")
    kettle.restart("quality:sample")
    env.run(until=1000.0)
    assert batch.lasted("MIX") == 150.0
    assert [entry.detail for entry in batch.record if entry.event == "held"] == [
        "failure:pump",
        "quality:sample",
    ]
    assert unit.account()["seconds/aborted/failure"] == 20.0


def test_batch_under_way_joins_in_where_it_is() -> None:
    env = simpy.Environment()
    batch = start(env, Equipment(env, "kettle"), brew(MIX, COOK), elapsed=180.0)
    env.run(until=1000.0)
    assert events(batch) == [
        (-180.0, "MIX", "began"), (-80.0, "MIX", "ended"), (-80.0, "COOK", "began"), (120.0, "COOK", "ended"),
    ]  # fmt: skip


@pytest.mark.parametrize(("elapsed", "times"), [(0.0, [60.0, 120.0, 180.0]), (90.0, [30.0, 90.0])])
def test_recurring_phase_comes_in_time_beside_the_others(elapsed: float, times: list[float]) -> None:
    env = simpy.Environment()
    stir = Recurrence(phase=Phase(name="STIR", duration=5.0), every=60.0)
    kettle = Equipment(env, "kettle")
    batch = start(env, kettle, brew(COOK, recurring=(stir,)), elapsed=elapsed)
    env.run(until=times[0] + 2.0)
    assert kettle.phase_text == "COOK+STIR"
    env.run(until=1000.0)
    assert [entry.time for entry in batch.record if entry.phase == "STIR" and entry.event == "began"] == times
    assert batch.lasted("COOK") == 200.0


def test_second_batch_in_the_same_equipment_is_refused() -> None:
    env = simpy.Environment()
    kettle = Equipment(env, "kettle")
    start(env, kettle, brew(MIX))
    start(env, kettle, brew(MIX), name="B-2")
    with pytest.raises(ValueError, match="B-1 is in work"):
        env.run(until=10.0)


def test_outage_holds_only_what_works() -> None:
    """Half the time at work, a stop of 10 s every 100 s of work: about a tenth as long as it works."""
    env = simpy.Environment()
    kettle = Equipment(env, "kettle")
    outage = Outage(
        state=State.HELD, reason=f"{Reason.MICRO_STOP}:valve", between=100.0, lasting=10.0, cv=0.0
    )
    kettle.suffer(Streams(1), outage)
    held: list[float] = []

    def work() -> Generator[simpy.Event, Any, None]:
        for number in range(300):
            batch = Batch(f"B-{number}", brew(MIX), 1.0)
            yield from kettle.execute(batch, batch.recipe["BREW"])
            held.append(batch.lasted("MIX") - 100.0)
            yield env.timeout(100.0)

    env.process(work())
    env.run(until=200_000.0)
    assert len(held) == 300
    assert math.fsum(held) / 300 == pytest.approx(10.0, rel=0.15)
    assert all(time >= -1e-6 for time in held)


def test_allocation_serves_first_come_first_served() -> None:
    env = simpy.Environment()
    kettles = [Equipment(env, "kettle_1"), Equipment(env, "kettle_2")]
    allocation = Allocation(env, kettles)
    got: list[tuple[float, str, str]] = []

    def ask(name: str, after: float) -> Generator[simpy.Event, Any, None]:
        yield env.timeout(after)
        kettle = yield allocation.take()
        got.append((env.now, name, kettle.name))
        yield env.timeout(100.0)
        allocation.give(kettle)

    for number in range(4):
        env.process(ask(f"lot_{number}", 10.0 * number))
    env.run(until=1000.0)
    assert got == [
        (0.0, "lot_0", "kettle_1"), (10.0, "lot_1", "kettle_2"), (100.0, "lot_2", "kettle_1"),
        (110.0, "lot_3", "kettle_2"),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="free already"):
        allocation.give(kettles[0])


def test_impossible_poll_is_refused() -> None:
    with pytest.raises(ValueError, match="poll"):
        Equipment(simpy.Environment(), "kettle", poll=0.0)
