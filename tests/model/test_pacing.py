"""Pacing: the slowest unit sets the interval, stops hold it, and the line's state tells the cause."""

import math
from collections.abc import Callable

import pytest
import simpy

from twin.model.calendar import Calendar, Closure
from twin.model.failure import Stop, StopMode
from twin.model.line_unit import LineUnit
from twin.model.pacing import Pacing, Standing
from twin.model.piece import Piece, Stage, Train
from twin.model.state import Reason, State
from twin.model.streams import Streams
from twin.model.unit_operation import UnitOperation


class Mill:
    """Two stages, a piece every 100 s, and a log of when pieces were let in and left."""

    def __init__(
        self,
        *,
        ready: Callable[[], float] = lambda: 0.0,
        calendar: Calendar | None = None,
        durations: tuple[float, float] = (40.0, 60.0),
    ) -> None:
        self.env = env = simpy.Environment()
        self.line = LineUnit(env, calendar or Calendar.continuous(), ideal_cycle_time=100.0)
        self.rough, self.finish = UnitOperation(env, "rough"), UnitOperation(env, "finish")
        self.stages = [
            Stage[Piece](env, unit, begin=lambda piece, lasting=lasting: lasting)  # type: ignore[misc]
            for unit, lasting in zip((self.rough, self.finish), durations, strict=True)
        ]
        self.left: list[float] = []
        self.let_in: list[float] = []
        self.train = Train(env, self.stages, lambda piece: self.left.append(env.now))
        self.pacing = Pacing(
            env, self.line, self.train, [self.rough, self.finish], ready=ready, take=self.take,
            interval=lambda piece: 100.0, starved=f"{Reason.WAITING}:slab",
        )  # fmt: skip

    def take(self) -> Piece:
        self.let_in.append(self.env.now)
        return Piece(len(self.let_in), "mild", 1000.0)

    def start(self) -> "Mill":
        self.env.process(self.line.run())
        self.env.process(self.pacing.follow_calendar())
        self.env.process(self.pacing.run())
        return self

    def run(self, until: float) -> None:
        self.env.run(until=until)


def test_pieces_are_let_in_at_the_interval() -> None:
    mill = Mill().start()
    mill.run(450.0)
    assert mill.let_in == [0.0, 100.0, 200.0, 300.0, 400.0]
    assert mill.left == [100.0, 200.0, 300.0, 400.0]
    assert mill.line.state is State.EXECUTE
    assert mill.pacing.operating() == 450.0


def test_interval_stands_while_something_stands() -> None:
    """A stop of 30 s, 50 s after a piece: the next comes 30 s late, and the line tells why."""
    mill = Mill().start()
    mill.run(150.0)
    standing = Standing(mill.finish, State.HELD, "micro_stop:finish")
    mill.env.process(mill.pacing.suffer(standing, 30.0, mill.stages[1]))
    mill.run(160.0)
    assert (mill.line.state, mill.line.reason) == (State.HELD, "micro_stop:finish")
    assert mill.finish.state is State.HELD
    assert mill.rough.state is State.EXECUTE
    mill.run(231.0)
    assert mill.let_in == [0.0, 100.0, 230.0]
    assert mill.line.state is State.EXECUTE


def test_failure_lets_the_train_run_empty_first() -> None:
    mill = Mill().start()
    mill.run(110.0)
    standing = Standing(mill.rough, State.ABORTED, "failure:rough")
    mill.env.process(mill.pacing.suffer(standing, 500.0, mill.stages[0], drained=True))
    mill.run(150.0)
    assert mill.line.state is State.EXECUTE
    mill.run(250.0)
    assert len(mill.train) == 0
    assert (mill.line.state, mill.line.reason) == (State.ABORTED, "failure:rough")
    assert (mill.finish.state, mill.finish.reason) == (State.SUSPENDED, "waiting:rough")
    mill.run(1000.0)
    assert mill.line.state is State.EXECUTE
    assert mill.let_in[2] == pytest.approx(700.0 + 90.0)
    assert mill.line.account()["seconds/aborted/failure"] == pytest.approx(500.0)


def test_changeover_beside_the_interval_costs_no_more_than_itself() -> None:
    """A standing without gate does not hold the interval: whoever plans it makes the interval longer."""
    mill = Mill().start()
    mill.run(50.0)
    standing = Standing(mill.finish, State.RESETTING, "changeover:rolls", gate=False)
    mill.env.process(mill.pacing.suffer(standing, 40.0))
    mill.run(60.0)
    assert (mill.line.state, mill.line.reason) == (State.RESETTING, "changeover:rolls")
    mill.run(101.0)
    assert mill.let_in == [0.0, 100.0]
    assert mill.pacing.operating() == pytest.approx(61.0)


def test_line_tells_the_stop_that_came_first() -> None:
    mill = Mill().start()
    mill.run(10.0)
    first = Standing(mill.rough, State.ABORTED, "failure:rough")
    second = Standing(mill.finish, State.ABORTED, "failure:finish")
    mill.pacing.stand(first)
    mill.pacing.stand(second)
    assert mill.line.reason == "failure:rough"
    mill.pacing.resume(first)
    assert mill.line.reason == "failure:finish"
    assert mill.rough.reason == "waiting:finish"
    mill.pacing.resume(second)
    assert mill.line.state is State.EXECUTE


def test_source_without_a_piece_suspends_the_line() -> None:
    env_ready = {"at": 500.0}
    mill = Mill(ready=lambda: max(env_ready["at"] - mill.env.now, 0.0)).start()
    mill.run(10.0)
    assert (mill.line.state, mill.line.reason) == (State.SUSPENDED, "waiting:slab")
    mill.run(501.0)
    assert mill.let_in == [500.0]
    assert mill.line.state is State.EXECUTE


def test_source_that_never_has_a_piece_is_asked_again() -> None:
    mill = Mill(ready=lambda: math.inf).start()
    mill.run(5000.0)
    assert mill.let_in == []
    assert mill.line.state is State.SUSPENDED


def test_full_train_takes_no_more() -> None:
    mill = Mill(durations=(10.0, 400.0)).start()
    mill.run(2000.0)
    assert mill.train.is_consistent()
    assert len(mill.left) == 4
    assert len(mill.train) <= 4


def test_calendar_closes_the_line() -> None:
    mill = Mill(calendar=Calendar.continuous(closures=[Closure(1.0, 2.0)])).start()
    mill.run(2.0 * 3600.0)
    assert (mill.line.state, mill.line.reason) == (State.STOPPED, "not_scheduled:maintenance")
    assert mill.rough.state is State.STOPPED
    let_in = len(mill.let_in)
    assert mill.let_in[-1] <= 3600.0
    mill.run(3.0 * 3600.0 + 101.0)
    assert len(mill.let_in) == let_in + 1
    assert mill.line.planned_busy_seconds() == pytest.approx(3701.0)


def test_stops_come_in_operating_time() -> None:
    """MTBF of 2,000 s of operating time and repairs of 1,000 s: some three failures in 10,000 s."""
    mill = Mill()
    mode = StopMode(name="drive", between=2000.0, duration=1000.0)
    mill.pacing.subject(Stop(mode, "finish", Streams(1)), mill.finish, mill.stages[1])
    mill.start().run(1e6)
    page = mill.line.account()
    down = page["seconds/aborted/failure"] / 1e6
    assert down == pytest.approx(1.0 / 3.0, abs=0.05)
    assert page["seconds/aborted/failure"] == mill.finish.account()["seconds/aborted/failure"]
    assert mill.pacing.operating() == pytest.approx(1e6 - page["seconds/aborted/failure"])
    assert mill.train.is_consistent()
