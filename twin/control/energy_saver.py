"""Energy saver: a unit that waits stands by when the gap is expected to be long enough to pay for the start."""

from twin.control.actuator import Actuator
from twin.control.gap import GapRule
from twin.model.command import Command
from twin.model.frame import Sample
from twin.model.state import State

_WAITING = frozenset({State.STOPPED, State.IDLE, State.SUSPENDED, State.COMPLETE})
_JOULES = 3600.0  # kW s in a kWh


class EnergySaver:
    """Standby in the gaps of a unit: waiting at `idle_power` kW against `standby_power` kW and a start.

    A start takes `start_energy` kWh and `start_time` s, each second of which costs as much as `delay_cost` kWh: the
    work that ends a gap must wait for it. Gaps inside and outside planned busy time are learned apart; when planned
    time comes back the unit is woken, whether there is work or not. See GapRule for when it is sent to stand by.
    """

    reads_text = False
    watch = 0
    usual: float | None = 1.0  # times what waiting through would have cost

    def __init__(
        self,
        actuator: Actuator,
        state: str,
        planned_busy: str = "",
        *,
        idle_power: float,
        standby_power: float,
        start_energy: float,
        start_time: float,
        delay_cost: float = 0.0,
        period: float = 10.0,
    ) -> None:
        if not (idle_power > standby_power >= 0.0 and period > 0.0):
            raise ValueError(
                f"idle_power {idle_power} kW must exceed standby_power {standby_power} kW >= 0; period {period} s "
                "must be positive"
            )
        if min(start_energy, start_time, delay_cost) < 0.0 or start_energy + delay_cost * start_time == 0.0:
            raise ValueError(
                f"start_energy {start_energy} kWh, start_time {start_time} s and delay_cost {delay_cost} kWh/s must "
                "not be negative, and a start must cost something"
            )
        self.actuator = actuator
        self.subjects = (state, planned_busy) if planned_busy else (state,)
        self.period = period
        self._state = state
        self._idle_power = idle_power / _JOULES
        self._start_time = start_time
        saved = (idle_power - standby_power) / _JOULES
        self._saved = saved
        self._start = start_energy + delay_cost * start_time
        self._rules = {busy: GapRule(rate=saved, start=self._start) for busy in (True, False)}
        self._busy = True
        self._began_ms: int | None = None  # of the gap
        self._waiting_time = 0.0
        self._standing_by_ms: int | None = None
        self._wake = ""
        self._costs: list[float] = []

    def update(self, sample: Sample) -> None:
        """Follow the unit's state and the calendar."""
        if sample.path == self._state:
            waits = sample.value in _WAITING
            if waits and self._began_ms is None:
                self._begin(sample.time_ms)
            elif not waits and self._began_ms is not None:
                self._end(sample.time_ms)
                self._wake = "the unit has work"
        else:
            busy = float(sample.value) >= 0.5
            if busy is not self._busy:
                waiting = self._began_ms is not None
                if waiting:
                    self._end(sample.time_ms)
                self._busy = busy
                if waiting:
                    self._begin(sample.time_ms)
                if busy:
                    self._wake = "planned busy time is back"

    def badness(self) -> float | None:
        """Return the cost of the gaps that ended since the last call, as a multiple of waiting through them."""
        if not self._costs:
            return None
        mean = sum(self._costs) / len(self._costs)
        self._costs.clear()
        return mean

    def decide(self, time_ms: int) -> list[Command]:
        """Send the unit to stand by, or wake it."""
        standing_by = self.actuator.value >= 0.5
        if standing_by and self._standing_by_ms is None:
            self._standing_by_ms = time_ms
        if not standing_by:
            self._standing_by_ms = None
            self._wake = ""
        elif self._wake:
            return [self.actuator.command(0.0, time_ms, f"wakes: {self._wake}")]
        if standing_by or self._began_ms is None:
            return []
        age = (time_ms - self._began_ms) / 1000.0
        if age <= self._waiting_time:
            return []
        rule = self._rules[self._busy]
        reason = (
            f"has waited {age:.0f} s, stands by from {self._waiting_time:.0f} s on after {rule.seen} gaps; expected "
            f"to save {rule.expected_saving(age):.3g} kWh, a start counts {self._start:.3g} kWh, "
            f"break-even {rule.break_even:.0f} s"
        )
        return [self.actuator.command(1.0, time_ms, reason)]

    def _begin(self, time_ms: int) -> None:
        self._began_ms = time_ms
        self._waiting_time = self._rules[self._busy].waiting_time()

    def _end(self, time_ms: int) -> None:
        assert self._began_ms is not None
        length = (time_ms - self._began_ms) / 1000.0
        cost = self._idle_power * length
        if self._standing_by_ms is not None:
            stood_by = max(time_ms - max(self._standing_by_ms, self._began_ms), 0) / 1000.0
            paid = cost - self._saved * stood_by + self._start
            length = max(length - self._start_time, 0.0)  # the work came before the start
        else:
            paid = cost
        if cost > 0.0:
            self._costs.append(paid / cost)
        self._rules[self._busy].learn(length)
        self._began_ms = None
