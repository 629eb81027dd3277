"""One scope's samples folded into tallies, one sample at a time: exact times, registers, capacity, prices."""

from twin.kpi.tally import Tally, add
from twin.kpi.time_model import FAILING, OUT_OF_SERVICE, Element, element
from twin.model.frame import Sample
from twin.model.state import Reason, State, category
from twin.model.tag import Value

_QUANTITIES = {
    "prod_processed_count": "pq",
    "scrap_count": "sq",
    "rework_count": "rq",
    "labour_time": "labour_time",
}
_RATES = ("price_", "carbon_", "unit_cost_", "hourly_cost_", "defect_cost_", "labour_rate")
# A register that falls by less than this share of itself was rounded, not reset.
_ROUNDING = 1e-9


def register_key(name: str) -> str:
    """Return the tally's name for a register, "" for a register that no figure uses.

    >>> register_key("energy_natural_gas_idle"), register_key("prod_processed_count")
    ('energy/natural_gas/idle', 'pq')
    """
    if name.startswith("energy_"):
        carrier, _, power_state = name.removeprefix("energy_").rpartition("_")
        return f"energy/{carrier}/{power_state}" if carrier else ""
    return _QUANTITIES.get(name, "")


def is_rate(name: str) -> bool:
    """Tell whether a line parameter prices something (money or carbon)."""
    return name.startswith(_RATES)


class Register:
    """A cumulative register: what it said at the last cut (`base`), now (`last`), and before resets (`carry`)."""

    __slots__ = ("base", "carry", "key", "last", "time_ms")

    def __init__(self, key: str, value: float, time_ms: int) -> None:
        self.key = key
        self.base = value
        self.last = value
        self.carry = 0.0
        self.time_ms = time_ms

    def gained(self) -> float:
        """Return the increase since the last cut."""
        return self.carry + self.last - self.base


class Fold:
    """The running sums of one scope from `start_ms` on.

    Feed samples in order of time with `update`; `cut(t)` returns the tally of [previous cut, t) and goes on. `line`
    scopes also book labour, costs by piece and by hour. `planned` is whether the line is planned to be busy until
    `planned_busy` is told. State lasts until it changes, but not beyond `known_ms` where that is set: what lies
    between `known_ms` and a cut is unknown, and so is the state afterwards.
    """

    __slots__ = (
        "_capacity", "_category", "_cursor", "_done", "_failing_ms", "_failures", "_hourly", "_ideal", "_key",
        "_per_defect", "_per_piece", "_planned", "_planned_ms", "_priced", "_reason", "_spent", "_start", "_startup",
        "_state", "known_ms", "line", "rates", "registers", "resets",
    )  # fmt: skip

    def __init__(self, start_ms: int, *, line: bool = False, planned: bool = False) -> None:
        self.line = line
        self.known_ms: int | None = None
        self.rates: dict[str, float] = {}
        self.registers: dict[str, Register] = {}
        self.resets: list[
            tuple[int, str, float, float]
        ] = []  # time, register, before, after; the owner clears it
        self._start = self._cursor = start_ms
        self._planned = planned
        self._reason: str | None = None  # told, waits for its state
        self._state, self._category, self._capacity = 0, "", 1.0
        self._key = (0, "", 1.0)
        self._ideal: float | None = None
        self._priced = 0.0  # part of PQ since the last cut that is already in ideal_time
        self._hourly = self._per_piece = self._per_defect = 0.0
        self._spent: dict[
            tuple[int, str, float], int
        ] = {}  # ms of planned time by (state, category, capacity)
        self._planned_ms = self._failing_ms = self._failures = 0
        self._startup = 0.0
        self._done: Tally = {}

    # -- samples -------------------------------------------------------------------------------------------

    def update(self, name: str, value: Value, time_ms: int) -> None:
        """Take one sample of the tag called `name`; tags that no figure uses are passed over."""
        if isinstance(value, str):
            if name == "reason":
                self._reason = value
            return
        if name == "state":
            reason, self._reason = self._reason, None
            self.move(time_ms, int(value), self._category if reason is None else reason)
        elif name == "capacity":
            self.serve(time_ms, float(value))
        elif name == "planned_busy":
            self.plan(time_ms, value > 0)
        elif name == "ideal_cycle_time":
            self.idealise(float(value))
        elif is_rate(name):
            self.rate(time_ms, name, float(value))
        else:
            self.count(time_ms, name, float(value))

    def take(self, sample: Sample) -> None:
        """Take a sample by the last segment of its path."""
        self.update(sample.path.rpartition("/")[2], sample.value, sample.time_ms)

    def move(self, time_ms: int, state: int, reason: str) -> None:
        """Enter `state` for `reason` at `time_ms`."""
        self._advance(time_ms)
        why = category(reason)
        if why in FAILING and why != self._category and self._state:
            self._failures += 1
        self._state, self._category = state, why
        self._key = (state, why, self._capacity)

    def serve(self, time_ms: int, capacity: float) -> None:
        """Have the share `capacity` in service from `time_ms` on."""
        if capacity == self._capacity:
            return
        self._advance(time_ms)
        self._capacity = capacity
        self._key = (self._state, self._category, capacity)

    def plan(self, time_ms: int, busy: bool) -> None:
        """Be planned busy, or not, from `time_ms` on."""
        if busy is self._planned:
            return
        self._advance(time_ms)
        self._planned = busy

    def idealise(self, ideal: float) -> None:
        """Price what is processed from now on with the planned run time `ideal` (PRI, s per count unit)."""
        if ideal != self._ideal:
            self._price()
            self._ideal = ideal

    def rate(self, time_ms: int, name: str, value: float) -> None:
        """Apply a price, carbon factor or cost rate from `time_ms` on."""
        if self.rates.get(name) != value:
            self._settle(time_ms)
            self.rates[name] = value
            if self.line:
                self._hourly = sum(cost for key, cost in self.rates.items() if key.startswith("hourly_cost_"))
                self._per_piece = sum(
                    cost for key, cost in self.rates.items() if key.startswith("unit_cost_")
                )
                self._per_defect = sum(
                    cost for key, cost in self.rates.items() if key.startswith("defect_cost_")
                )

    def count(self, time_ms: int, name: str, value: float) -> None:
        """Take the reading of a register; one that fell was reset and counts from zero."""
        register = self.registers.get(name)
        if register is None:
            key = register_key(name)
            if key:
                self.registers[name] = Register(key, value, time_ms)
            return
        register.time_ms = time_ms
        last = register.last
        if value < last:
            if value >= last - _ROUNDING * abs(last):
                return
            self.resets.append((time_ms, name, last, value))
            register.carry += last - register.base
            register.base = last = 0.0
        register.last = value
        if self._category == Reason.CHANGEOVER and register.key in ("sq", "rq"):
            self._startup += value - last

    # -- sums ----------------------------------------------------------------------------------------------

    def cut(self, time_ms: int) -> Tally:
        """Return the tally of [previous cut, `time_ms`), zeros omitted; registers as they were last read."""
        self._settle(time_ms)
        done, self._done = self._done, {}
        return {name: value for name, value in done.items() if value}

    def _advance(self, time_ms: int) -> None:
        known = self.known_ms
        if known is not None and time_ms > known:
            self._book(known)
            self._state, self._category = 0, ""
            self._key = (0, "", self._capacity)
        self._book(time_ms)

    def _book(self, time_ms: int) -> None:
        elapsed = time_ms - self._cursor
        if elapsed <= 0:
            return
        self._cursor = time_ms
        if self._planned:
            self._planned_ms += elapsed
            self._spent[self._key] = self._spent.get(self._key, 0) + elapsed
        if self._category in FAILING:
            self._failing_ms += elapsed

    def _price(self) -> None:
        """Book the ideal time of what was processed with the ideal cycle time that held so far."""
        processed = self.registers.get("prod_processed_count")
        if processed is not None and self._ideal is not None:
            gained = processed.gained()
            if gained != self._priced:
                add(self._done, {"ideal_time": self._ideal * (gained - self._priced)})
                self._priced = gained

    def _settle(self, time_ms: int) -> None:
        """Move everything up to `time_ms` into the tally at the rates that held so far."""
        self._advance(time_ms)
        self._price()
        self._priced = 0.0
        done = self._done

        def book(name: str, value: float) -> None:
            done[name] = done.get(name, 0.0) + value

        elapsed = (self._cursor - self._start) / 1000.0
        self._start = self._cursor
        book("calendar_time", elapsed)
        book("planned_busy_time", self._planned_ms / 1000.0)
        for (state, why, capacity), spent in self._spent.items():
            self._book_element(state, why, capacity, spent / 1000.0)
        for register in self.registers.values():
            gained = register.gained()
            if gained:
                book(register.key, gained)
                register.base, register.carry = register.last, 0.0
                self._book_rates(register.key, gained)
        if self._hourly:
            book("other_cost", self._hourly * elapsed / 3600.0)
        book("startup_rejects", self._startup)
        book("failures", self._failures)
        book("failure_time", self._failing_ms / 1000.0)
        self._spent.clear()
        self._planned_ms = self._failing_ms = self._failures = 0
        self._startup = 0.0

    def _book_element(self, state: int, why: str, capacity: float, seconds: float) -> None:
        found = element(state, why)
        parts = {found.value: seconds}
        if found is not Element.UNKNOWN:
            parts[f"reason/{why}"] = seconds
        if state == State.EXECUTE and found is Element.PRODUCTION and capacity < 1.0:
            missing = seconds - seconds * capacity
            add(self._done, {Element.DOWN.value: missing, f"reason/{OUT_OF_SERVICE}": missing})
            parts = dict.fromkeys(parts, seconds * capacity)
        add(self._done, parts)

    def _book_rates(self, key: str, gained: float) -> None:
        rates, done = self.rates, self._done
        if key.startswith("energy/"):
            carrier = key.split("/")[1]
            done["co2"] = done.get("co2", 0.0) + rates.get(f"carbon_{carrier}", 0.0) * gained
            done["energy_cost"] = done.get("energy_cost", 0.0) + rates.get(f"price_{carrier}", 0.0) * gained
        elif key == "labour_time":
            done["labour_cost"] = done.get("labour_cost", 0.0) + rates.get("labour_rate", 0.0) * gained
        elif key == "pq" and self._per_piece:
            done["other_cost"] = done.get("other_cost", 0.0) + self._per_piece * gained
        elif key in ("sq", "rq") and self._per_defect:
            done["other_cost"] = done.get("other_cost", 0.0) + self._per_defect * gained

    # -- memory --------------------------------------------------------------------------------------------

    def state(self) -> list[object]:
        """Return what must be remembered between cuts, as plain JSON values; call it right after `cut`."""
        return [
            self._cursor, self._state, self._category, self._capacity, self._planned, self._ideal, self._reason,
            {name: [register.last, register.time_ms] for name, register in self.registers.items()}, self.rates,
        ]  # fmt: skip

    @classmethod
    def restore(cls, state: list[object], *, line: bool = False) -> "Fold":
        """Return the fold that `state` described."""
        cursor, now, why, capacity, planned, ideal, reason, registers, rates = state
        assert isinstance(cursor, int)
        assert isinstance(registers, dict)
        assert isinstance(rates, dict)
        fold = cls(cursor, line=line, planned=bool(planned))
        for name, value in rates.items():
            fold.rate(cursor, name, value)
        fold._done = {}
        for name, (last, time_ms) in registers.items():
            fold.registers[name] = Register(register_key(name), last, time_ms)
        assert isinstance(now, int)
        assert isinstance(capacity, int | float)
        fold._state, fold._category, fold._capacity = now, str(why), float(capacity)
        fold._key = (fold._state, fold._category, fold._capacity)
        fold._ideal = float(ideal) if isinstance(ideal, int | float) else None
        fold._reason = None if reason is None else str(reason)
        return fold
