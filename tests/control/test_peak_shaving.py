"""Peak shaving: the mean of no window exceeds the limit where the sheddable load allows, and little is shed."""

import numpy as np
import pytest

from tests.control.closed_loop import START_MS
from twin.control.actuator import Actuator
from twin.control.guard import Guarded, Limits
from twin.control.peak_shaving import PeakShaving
from twin.model.frame import Sample
from twin.model.streams import Streams

POWER, SHED = "demo/p/a/l/line/power_electricity", "demo/p/a/l/line/shed"
LIMIT, SHEDDABLE = 1000.0, 150.0
QUARTER = 900
BEGIN_MS = START_MS - START_MS % (QUARTER * 1000)


def shaving(**changes: float) -> PeakShaving:
    return PeakShaving(
        Actuator(key="peak", path=SHED), POWER, **({"limit": LIMIT, "sheddable": SHEDDABLE} | changes)
    )


def run(
    load: list[float], inner: PeakShaving, *, mode: str = "automatic"
) -> tuple[np.ndarray, np.ndarray, Guarded]:
    """A load in kW every 30 s; return the means of the windows, the shed shares and the guard."""
    guard = Guarded(inner, Limits(low=0.0, high=1.0, stale=180.0), mode=mode)  # type: ignore[arg-type]
    shed, powers, sheds = 0.0, [], []
    for number, kilowatts in enumerate(load):
        now_ms = BEGIN_MS + number * 30_000
        power = kilowatts - shed * SHEDDABLE
        guard.update(Sample(POWER, power, now_ms))
        for command in guard.decide(now_ms):
            shed = command.value
        powers.append(kilowatts - shed * SHEDDABLE)
        sheds.append(shed)
    return np.array(powers).reshape(-1, 30).mean(axis=1), np.array(sheds), guard


def busy_day(seed: int) -> list[float]:
    """A load that wanders about 960 kW: without control every fifth window is above 1,000."""
    draw = Streams(seed).normal("load")
    slow, load = 0.0, []
    for _ in range(30 * 96):
        slow = 0.98 * slow + 0.2 * draw()
        load.append(960.0 + 45.0 * slow + 30.0 * draw())
    return load


@pytest.mark.parametrize("sheddable", [SHEDDABLE, 0.5 * SHEDDABLE, 1.2 * SHEDDABLE])
def test_windows_stay_below_the_limit(sheddable: float) -> None:
    """Also where the sheddable load is twice or five sixths of what is believed."""
    load = busy_day(1)
    without, _, _ = run(load, shaving(), mode="advisory")
    held, _, guard = run(load, shaving(sheddable=sheddable))
    reachable = without[4:] < LIMIT + 0.5 * SHEDDABLE
    assert (without[4:] > LIMIT).sum() >= 8
    assert held[4:][reachable].max() < 1.005 * LIMIT
    assert guard.fallbacks == 0


def test_shed_late_and_only_as_needed() -> None:
    """At most 2.5 times what is needed is shed, late in the windows, and nothing in those that stay well below."""
    load = busy_day(2)
    without, _, _ = run(load, shaving(), mode="advisory")
    held, sheds, _ = run(load, shaving())
    by_window = sheds.reshape(-1, 30)
    energy_shed = float((without - held)[4:].sum())
    needed = float(np.maximum(without[4:] - LIMIT, 0.0).sum())
    assert energy_shed < 2.5 * needed
    quiet = without < 0.93 * LIMIT
    assert by_window[quiet][:, 10:].sum() == 0.0
    assert by_window[4:, :8].mean() < 0.5 * by_window[4:, 22:].mean()


def test_a_constant_load_above_the_limit_needs_exactly_its_excess() -> None:
    """1,060 kW: the windows end a hundredth below the limit, the margin."""
    held, _, _ = run([1060.0] * 30 * 12, shaving())
    assert held[5:] == pytest.approx(990.0, abs=8.0)


def test_a_first_window_that_was_not_seen_whole_is_not_judged() -> None:
    inner = shaving()
    inner.update(Sample(POWER, 5000.0, BEGIN_MS + 600_000))
    assert inner.decide(BEGIN_MS + 630_000) == []
    inner.decide(BEGIN_MS + 930_000)
    assert inner.badness() is None
    inner.decide(BEGIN_MS + 1_830_000)
    assert inner.badness() == pytest.approx(4.0)


def test_reason_has_the_numbers() -> None:
    inner = shaving()
    inner.update(Sample(POWER, 1300.0, BEGIN_MS))
    (command,) = inner.decide(BEGIN_MS + 60_000)
    assert command.value == 1.0
    assert command.reason == (
        "1300 kW now, the window's mean would be 1300 kW with 840 s left, limit 1000 kW: +332 kW to shed"
    )


@pytest.mark.parametrize("changes", [{"limit": 0.0}, {"window": 0.0}, {"sheddable": 0.0}, {"period": 1000.0}])
def test_nonsense_is_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        shaving(**changes)
