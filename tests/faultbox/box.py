"""One run: programs up, faults in, everything healed, everything counted."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faultbox.injection import Condition, Tally, inject
from tests.faultbox.oracle import Account, account
from tests.faultbox.plan import EDGE, LINKS, PLANTS, Group
from tests.faultbox.site import Site, wait_until

SETTLE_S = 120.0  # what has not recovered by then is a failure
_AHEAD_MS = 1500  # a plant whose clock was ahead stands still until the true time has come
_TICK_S = 0.05
_RAREST_S = 6.0  # a line's own unit tells its heartbeat every 5 s
_BACKOFF_S = 0.5


class NotRecovered(RuntimeError):
    """A group of faults after which fresh samples did not come back; the text ends with the logs."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """How long after the end of a group's last fault a sample taken since was in the store, of every plant."""

    group: Group
    seconds: float


@dataclass(slots=True)
class Outcome:
    """All that a run found. `drain` compares the rate at which a backlog went into the store with the live rate."""

    seed: int
    faults: int = 0
    samples: int = 0
    seconds: float = 0.0
    recoveries: list[Recovery] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    redelivered_frames: int = 0
    repeated_messages: int = 0
    moved_messages: int = 0
    connections: dict[str, int] = field(default_factory=dict)
    drain: float = 0.0
    history_rate: float = 0.0
    unplanned: list[str] = field(default_factory=list)
    tracebacks: list[str] = field(default_factory=list)


class Box:
    """Carries out a plan on a site. `say` is told how it goes."""

    def __init__(self, site: Site, seed: int, say: Callable[[str], None]) -> None:
        self.site = site
        self.outcome = Outcome(seed)
        self._say = say
        self._down: set[str] = set()  # processes that a fault holds down
        self._due: dict[str, float] = {}
        self._repeats = 0.0
        self._begun = time.monotonic()

    # -- the whole way -------------------------------------------------------------------------------------

    def run(
        self,
        groups: Sequence[Group],
        *,
        samples: int = 0,
        drain_s: float = 0.0,
        limit_s: float = float("inf"),
    ) -> Outcome:
        """Start, inject every group, heal, quiesce, count; goes on until `samples` are stored.

        After `limit_s` no further group is begun and no more samples are waited for: what there is, is counted.
        """
        try:
            self._start()
            for number, group in enumerate(groups, 1):
                if self._elapsed() > limit_s:
                    self._say(f"the time is up after {number - 1} of {len(groups)} groups")
                    break
                seconds = self._suffer(group)
                self._say(
                    f"[{number}/{len(groups)}] {'; '.join(map(str, group))}: fresh after {seconds:.2f} s, "
                    f"{self.outcome.samples:,} samples"
                )
            if drain_s:
                self._measure_drain(drain_s)
            while self._look() < samples and self._elapsed() < limit_s:
                self._tick(1.0)
            self._quiesce()
        finally:
            self.site.stop()
        for plant in PLANTS:
            self.outcome.accounts.append(
                account(
                    self.site.plant(plant),
                    self.site.plants_data / f"{plant}.journal",
                    self.site.edge_data / "history.duckdb",
                    self.site.edge_data / "outbox.sqlite",
                )
            )
        self.outcome.tracebacks = self.site.tracebacks()
        self.outcome.seconds = self._elapsed()
        return self.outcome

    def _elapsed(self) -> float:
        return time.monotonic() - self._begun

    def _start(self) -> None:
        begin = time.monotonic()
        self.site.start()
        self._settle(begin)
        stored = self._look()
        self.outcome.history_rate = stored / (time.monotonic() - begin)
        self._say(f"live with {stored:,} samples of history")

    def _quiesce(self) -> None:
        """Live on until every unit has told something: a gap in its numbers shows when its next frame comes."""
        end = time.monotonic() + _RAREST_S
        while time.monotonic() < end:
            self._tick()
        self._settle(time.monotonic())
        self._look()
        self.outcome.repeated_messages = self.outcome.moved_messages = 0
        for link in LINKS:
            count = self.site.links.count(link)
            self.outcome.connections[link] = count["connections"]
            self.outcome.repeated_messages += count["repeated"]
            self.outcome.moved_messages += count["moved"]

    # -- faults --------------------------------------------------------------------------------------------

    def _suffer(self, group: Group) -> float:
        """Do the faults of a group one upon the other; return the recovery time after the last has ended."""
        waiting = list(group)
        active: dict[str, tuple[Iterator[Condition], Condition]] = {}
        due = time.monotonic()
        while waiting or active:
            if waiting and time.monotonic() >= due and waiting[0].subject not in active:
                fault = waiting.pop(0)
                if fault.subject == fault.target:
                    self._down.add(fault.target)
                steps = inject(self.site, fault, self.outcome.tally)
                active[fault.subject] = (steps, next(steps))
                self.outcome.faults += 1
                due = time.monotonic() + (waiting[0].gap_s if waiting else 0.0)
            for subject, (steps, condition) in list(active.items()):
                if condition():
                    following = next(steps, None)
                    if following is None:
                        del active[subject]
                        self._down.discard(subject)
                    else:
                        active[subject] = (steps, following)
            self._tick()
        seconds = self._settle(time.monotonic())
        self.outcome.recoveries.append(Recovery(group, seconds))
        self._look()
        return seconds

    def _settle(self, since: float) -> float:
        """Wait until a sample that is newer than now is stored of every plant; return the seconds from `since`."""
        healed_ms = time.time_ns() // 1_000_000
        deadline = time.monotonic() + SETTLE_S
        while not self._fresh(healed_ms):
            if time.monotonic() > deadline:
                raise NotRecovered(
                    f"seed {self.outcome.seed}: no fresh samples after {SETTLE_S:g} s: {self.site.status()}\n"
                    f"{self.site.evidence()}"
                )
            self._tick()
        return time.monotonic() - since

    def _fresh(self, healed_ms: int) -> bool:
        status = self.site.status()
        latest_ms = time.time_ns() // 1_000_000 + _AHEAD_MS
        return all(healed_ms <= (status.get(plant, {}).get("last_ms") or 0) <= latest_ms for plant in PLANTS)

    def _tick(self, seconds: float = _TICK_S) -> None:
        """Let time pass; start again what ended by itself, as a supervisor does."""
        time.sleep(seconds)
        for name, child in self.site.children.items():
            code = self.site.ended(name)
            if code is None or name in self._down:
                continue
            if name not in self._due:
                self._due[name] = time.monotonic() + _BACKOFF_S
                self.outcome.unplanned.append(
                    f"{name} ended with exit code {code}: {child.last_lines(1)[-300:]}"
                )
            elif time.monotonic() >= self._due[name]:
                del self._due[name]
                child.start()

    # -- looking -------------------------------------------------------------------------------------------

    def _look(self) -> int:
        """Take note of what the edge tells; return the samples stored."""
        status: dict[str, dict[str, Any]] = self.site.status()
        self.outcome.samples = max(
            self.outcome.samples, sum(int(plant["samples"]) for plant in status.values())
        )
        repeats = self.site.metric("edge_intake_repeats_total")
        # a counter that fell belongs to a new process
        self.outcome.redelivered_frames += int(
            repeats - self._repeats if repeats >= self._repeats else repeats
        )
        self._repeats = repeats
        return self.outcome.samples

    def _measure_drain(self, seconds: float) -> None:
        """Hold the edge down, then compare how fast it stores the backlog with how fast the backlog came."""
        self._look()
        self._down.add(EDGE)
        self.site.kill(EDGE)
        begin = time.monotonic()
        while time.monotonic() - begin < seconds:
            self._tick(0.5)
        self.site.children[EDGE].start()
        self._down.discard(EDGE)
        wait_until(self.site.status, 60.0, "the edge does not answer")
        answered = time.monotonic()
        before = self.outcome.samples
        healed_ms = time.time_ns() // 1_000_000
        while not self._fresh(healed_ms):
            self._tick()
        took = max(time.monotonic() - answered, _TICK_S)
        self.outcome.drain = (self._look() - before) / took / self.site.size.per_second
        self._say(f"a backlog of {seconds:g} s was drained at {self.outcome.drain:.1f} times the live rate")
