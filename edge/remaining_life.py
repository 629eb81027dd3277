"""How long what wears will last: from the loops of predictive maintenance, or from their trend while they are off."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass

from edge.loops import Loops
from edge.store import Store
from twin.control.catalogue import build
from twin.control.predictive_maintenance import PredictiveMaintenance
from twin.model.declaration import Declaration, UnitDeclaration, UpgradeDeclaration
from twin.model.frame import Sample
from twin.model.loop import Loop

KIND = "predictive_maintenance"
MINUTE, HOUR = 60_000, 3_600_000
LOOK_BACK_MS = 24 * HOUR  # of readings for a trend that nobody has followed yet
_Z95 = 1.96  # standard normal, two-sided 95 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition that wears: `tag` goes from `healthy` to `failed`.

    `life` is mean and standard deviation of the remaining seconds of operation, None while there is no trend. It was
    computed by the loop of `upgrade` that runs (`acts`), or from the readings since `since_ms`.
    """

    tag: str
    upgrade: UpgradeDeclaration
    healthy: float
    failed: float
    reading: float | None
    life: tuple[float, float] | None
    acts: bool
    since_ms: int | None

    @property
    def way(self) -> float | None:
        """How far the reading is on the way from healthy to failed, 0..1 and beyond."""
        return None if self.reading is None else (self.reading - self.healthy) / (self.failed - self.healthy)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the remaining life in s, from 0 on."""
        if self.life is None:
            return None
        mean, sigma = self.life
        return max(0.0, mean - _Z95 * sigma), mean + _Z95 * sigma


@dataclass(slots=True)
class _Follower:
    """A controller that only watches: it is fed a reading a minute, and what it would do is dropped."""

    controller: PredictiveMaintenance
    since_ms: int
    known_ms: int


class RemainingLife:
    """The conditions of units, for pages and dashboards. Safe to use from several threads; blocks on the store."""

    def __init__(self, store: Store, loops: Loops) -> None:
        self._store = store
        self._loops = loops
        self._followers: dict[tuple[str, int, str], _Follower] = {}
        self._guard = threading.Lock()

    def conditions(
        self, declaration: Declaration, unit: UnitDeclaration, latest: Mapping[str, Sample], now_ms: int
    ) -> list[Condition]:
        """Return every condition of a unit that a loop of the plant's upgrades watches, as of `now_ms`."""
        found = []
        for upgrade in declaration.upgrades:
            running = self._loops.loops_of(declaration, upgrade.key)
            for place, loop in enumerate(upgrade.loops):
                owner, _, tag = loop.inputs.get("condition", "").partition("/")
                if loop.kind != KIND or owner != unit.name:
                    continue
                sample = latest.get(f"{unit.path}/{tag}")
                controller = running[place].guard.controller if place < len(running) else None
                since = None
                if not isinstance(controller, PredictiveMaintenance):
                    follower = self._follow(declaration, upgrade, loop, now_ms)
                    if follower is None:
                        continue
                    controller, since = follower.controller, follower.since_ms
                found.append(
                    Condition(
                        tag=tag, upgrade=upgrade, healthy=loop.settings["healthy"], failed=loop.settings["failed"],
                        reading=None if sample is None else float(sample.value), life=controller.remaining_life(),
                        acts=since is None, since_ms=since,
                    )
                )  # fmt: skip
        return found

    def _follow(
        self, declaration: Declaration, upgrade: UpgradeDeclaration, loop: Loop, now_ms: int
    ) -> _Follower | None:
        """Bring the follower of a loop up to `now_ms`; None for a loop that cannot be built."""
        path = f"{declaration.line_path}/{loop.inputs['condition']}"
        key = (declaration.plant, declaration.epoch, path)
        with self._guard:
            follower = self._followers.get(key)
            if follower is None:
                try:
                    guard = build(loop, key=upgrade.key, line_path=declaration.line_path)
                except ValueError:  # the loops tell it as an event
                    return None
                if not isinstance(guard.controller, PredictiveMaintenance):
                    return None
                self._forget(declaration)
                start = max(declaration.start_ms, now_ms - LOOK_BACK_MS)
                follower = self._followers[key] = _Follower(guard.controller, start, start)
            end = now_ms // MINUTE * MINUTE
            if end > follower.known_ms:
                try:
                    series = self._store.series(path, follower.known_ms, end, MINUTE)
                except KeyError:
                    return follower
                for at, value in zip(series.time_ms.tolist(), series.last.tolist(), strict=True):
                    follower.controller.update(Sample(path, value, at))
                follower.controller.decide(end)
                follower.known_ms = end
            return follower

    def _forget(self, declaration: Declaration) -> None:
        """Drop the followers of a plant's older epochs."""
        self._followers = {
            key: one
            for key, one in self._followers.items()
            if key[0] != declaration.plant or key[1] == declaration.epoch
        }
