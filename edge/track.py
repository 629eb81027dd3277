"""One unit as the engine sees it: its open state interval, and its samples of the minute that is not closed yet."""

from typing import Any, TypeAlias

from edge.store import Event, Interval, Results
from twin.kpi.fold import Fold, is_rate
from twin.kpi.tally import Tally
from twin.kpi.time_model import FAILING
from twin.model.declaration import UnitDeclaration
from twin.model.state import category

# time (UTC ms), tag name, value, text. A state's text is its reason; CUT separates orders.
Entry: TypeAlias = tuple[int, str, float, str]
CUT = "cut"
_CONTINUOUS = ("energy/", "labour_time")  # registers that rise evenly between two readings


class Track:
    """A unit's way through the minutes; `index` is its place in the declaration."""

    def __init__(self, unit: UnitDeclaration, index: int) -> None:
        self.unit = unit
        self.index = index
        self.fold = Fold(0)
        self.pending: list[Entry] = []
        self.reason: str | None = None  # told, waits for its state
        self.open: Interval | None = None
        self._news = False  # the open interval was not told yet
        self.lost: tuple[int, str] | None = None  # state and reason before the unit fell silent

    # -- as samples arrive ---------------------------------------------------------------------------------

    def move(self, time_ms: int, state: int, results: Results) -> None:
        """Take a state with the reason that was told just before it; tell intervals and failures at once."""
        before = self.open
        reason = self.reason
        if reason is None:
            # A state that is as it was before a silence is taken to have its old reason.
            known = (before.state, before.reason) if before is not None else self.lost
            reason = known[1] if known is not None and (before is not None or known[0] == state) else ""
        self.reason = self.lost = None
        if before is not None:
            if before.state == state and before.reason == reason:
                return
            time_ms = max(time_ms, before.start_ms)
            if time_ms > before.start_ms:
                results.intervals.append(
                    Interval(before.scope, before.start_ms, time_ms, before.state, before.reason)
                )
        self.pending.append((time_ms, "state", float(state), reason))
        self.open = Interval(self.unit.path, time_ms, None, state, reason)
        self._news = True
        self._tell_failure(before.reason if before is not None else "", reason, time_ms, results)

    def _tell_failure(self, before: str, reason: str, time_ms: int, results: Results) -> None:
        was, now = category(before), category(reason)
        if now in FAILING and before != reason:
            text = f"{self.unit.title}: {reason.replace(':', ', ').replace('_', ' ')}"
            results.events.append(Event(time_ms, self.unit.path, "alarm", "critical", text, "state"))
        elif was in FAILING and now not in FAILING:
            text = f"{self.unit.title}: {was.replace('_', ' ')} over, now {now.replace('_', ' ')}"
            results.events.append(Event(time_ms, self.unit.path, "clear", "info", text, "state"))

    def tell(self, results: Results) -> None:
        """Tell the open interval, once."""
        if self._news and self.open is not None:
            results.intervals.append(self.open)
        self._news = False

    # -- as minutes close ----------------------------------------------------------------------------------

    def know(self, known_ms: int, end_ms: int, results: Results) -> None:
        """Take note that the unit was last heard at `known_ms` before the minute's end: what follows is unknown."""
        self.fold.known_ms = known_ms
        if known_ms < end_ms and self.open is not None:
            before, self.open = self.open, None
            self.lost = (before.state, before.reason)
            until = max(before.start_ms, known_ms)
            results.intervals.append(
                Interval(before.scope, before.start_ms, until, before.state, before.reason)
            )

    def feed(self, shared: list[Entry], end_ms: int) -> list[Tally]:
        """Fold the minute's samples up to `end_ms` together with what the line shares; cut where it says.

        `shared` are the line's planned busy time, rates and cuts. Returns one tally per cut and the last one.
        """
        entries = sorted(self.pending + shared, key=_time)
        self.pending = []
        tallies = []
        for place, entry in enumerate(entries):
            if entry[1] == CUT:
                self.bridge(entry[0], entries[place + 1 :])
                tallies.append(self.fold.cut(entry[0]))
            else:
                self.apply(entry, entries, place)
        tallies.append(self.fold.cut(end_ms))
        return tallies

    def apply(self, entry: Entry, entries: list[Entry], place: int) -> None:
        """Fold one entry; `entries[place + 1:]` follow it."""
        time_ms, name, value, text = entry
        if name in self.fold.registers:  # most entries
            self.fold.count(time_ms, name, value)
        elif name == "state":
            self.fold.move(time_ms, int(value), text)
        else:
            if is_rate(name) and self.fold.rates.get(name) != value:
                self.bridge(time_ms, entries[place + 1 :])
            self.fold.update(name, value, time_ms)

    def bridge(self, time_ms: int, following: list[Entry]) -> None:
        """Read continuous registers at `time_ms` on the straight line between their readings before and after."""
        for name, register in self.fold.registers.items():
            if register.time_ms < time_ms and register.key.startswith(_CONTINUOUS):
                for at, other, value, _ in following:
                    if other == name:
                        if at > time_ms and value >= register.last:
                            share = (time_ms - register.time_ms) / (at - register.time_ms)
                            self.fold.count(time_ms, name, register.last + (value - register.last) * share)
                        break

    # -- memory --------------------------------------------------------------------------------------------

    def state(self) -> list[Any]:
        """Return what must be remembered beside the fold, as plain JSON values."""
        held = self.open
        return [
            self.reason,
            None if held is None else [held.start_ms, held.state, held.reason],
            self.lost,
            self.pending,
        ]

    def restore(self, state: list[Any], fold: list[Any]) -> None:
        """Take over what `state` and `Fold.state` described."""
        self.reason, held, lost, pending = state
        self.lost = None if lost is None else (lost[0], lost[1])
        self.open = None if held is None else Interval(self.unit.path, held[0], None, held[1], held[2])
        self.pending = [(at, name, float(value), text) for at, name, value, text in pending]
        self.fold = Fold.restore(fold, line=self.index == 0)


def _time(entry: Entry) -> int:
    return entry[0]
