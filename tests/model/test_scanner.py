"""The scan of a unit: moves of one moment get milliseconds of their own, none of them in the future."""

import pytest
import simpy

from twin.model.scanner import Scanner
from twin.model.state import Reason, State
from twin.model.unit import Unit


@pytest.mark.parametrize("before", [0.0004, 0.0, 0.25])
def test_moves_just_before_a_scan_do_not_lie_after_it(before: float) -> None:
    """Three moves at one moment that rounds to the scan's own: told in order, at or before the scan."""
    env = simpy.Environment()
    unit = Unit(env, "mill")
    scanner = Scanner(unit, "mill", 0, 0)
    scanner.scan(0, minute=True, hour=True)
    env.run(until=5.0 - before)
    unit.to(State.IDLE, Reason.NO_ORDER)
    unit.to(State.EXECUTE, Reason.PRODUCTION)
    unit.to(State.HELD, "micro_stop:mill")
    frame = scanner.scan(5000, minute=False, hour=False)
    assert frame is not None
    place = scanner.index["state"]
    told = [
        (time, value)
        for tag, time, value in zip(frame.tags, frame.times_ms, frame.values, strict=True)
        if tag == place
    ]
    assert [value for _, value in told] == [State.IDLE, State.EXECUTE, State.HELD]
    times = [time for time, _ in told]
    assert times == sorted(set(times))
    assert times[-1] <= 5000
    assert times[0] >= 5000 - round(before * 1000.0) - 2
