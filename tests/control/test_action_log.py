"""The action log: each action once, with the objective before it and the change that followed."""

from twin.control.action_log import Action, ActionLog
from twin.model.command import Command


def command(value: float) -> Command:
    return Command(id="i", path="a/b", value=value, expires_ms=9, source="controller:spc", reason="why")


def test_an_action_is_finished_after_its_settling_time_and_taken_once() -> None:
    log = ActionLog(settling=120.0)
    log.measure(0, 5.0)
    log.measure(60_000, 7.0)
    log.begin(command(1.0), 60_000)
    log.measure(120_000, 3.0)
    assert log.take_finished() == []
    log.begin(command(2.0), 120_000)
    log.measure(180_000, 1.0)
    assert log.take_finished() == [
        Action(time_ms=60_000, key="spc", path="a/b", value=1.0, reason="why", before=6.0, effect=-4.0)
    ]
    assert log.take_finished() == []
    log.measure(240_000, None)
    (second,) = log.take_finished()
    assert (second.value, second.before, second.effect) == (2.0, 5.0, -4.0)


def test_without_an_objective_there_is_no_effect() -> None:
    log = ActionLog(settling=60.0)
    log.begin(command(1.0), 0)
    log.measure(60_000, None)
    (action,) = log.take_finished()
    assert (action.before, action.effect) == (None, None)
