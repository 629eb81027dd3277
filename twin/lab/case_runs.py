"""The cases of a comparison: which upgrades each has, and the figures of its runs, each run made once."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from twin.lab.experiment import spread
from twin.lab.product_introduction import DefectCurve
from twin.lab.project import rd_period, simulated_figures
from twin.model.plant import Plant

Case: TypeAlias = frozenset[str]  # keys of the upgrades that are in
BASE: Case = frozenset()


def only(chosen: Iterable[str]) -> dict[str, Case]:
    """Return the case with each upgrade alone, by upgrade."""
    return {key: frozenset({key}) for key in chosen}


def without(chosen: Sequence[str]) -> dict[str, Case]:
    """Return the case with all upgrades but one, by the one that is left out.

    >>> without(["a", "b"])["a"]
    frozenset({'b'})
    """
    return {key: frozenset(chosen) - {key} for key in chosen}


class CaseRuns:
    """Runs of `plant` with some of the upgrades at `strengths`: replication r of every case has the seed `seed` + r.

    Cases that differ in nothing that the line knows (upgrades of the introduction alone) share their runs. `curve` is
    that of the plant's introductions; `done` is called with the runs made and those wanted so far.
    """

    def __init__(
        self,
        plant: Plant,
        strengths: Mapping[str, float],
        curve: DefectCurve | None,
        *,
        seed: int,
        days: float,
        warmup_days: float,
        jobs: int = -1,
        done: Callable[[int, int], None] = lambda made, wanted: None,
    ) -> None:
        self._plant = plant
        self._strengths = strengths
        self._curve = curve
        self._seed = seed
        self._options = {"days": days, "warmup_days": warmup_days}
        self._jobs = jobs
        self._done = done
        chosen = [one for one in plant.upgrades() if one.key in strengths]
        self._on_line = frozenset(one.key for one in chosen if one.changes or one.loops)
        self._on_introduction = frozenset(one.key for one in chosen if one.introduction)
        self._runs: dict[tuple[Case, int], dict[str, float]] = {}
        self._weeks: dict[tuple[Case, int], float] = {}

    def run(self, wanted: Iterable[tuple[Case, int]], *, deadline: float, always: int = 0) -> bool:
        """Make the runs (case, replication) that are still missing; return whether all are there now.

        Past `deadline` (monotonic s) no run begins any more, except the first `always`.
        """
        missing = list(dict.fromkeys((self._on_line & case, index) for case, index in wanted))
        missing = [one for one in missing if one not in self._runs]
        made, total = len(self._runs), len(self._runs) + len(missing)
        self._done(made, total)

        def calls() -> Iterable[tuple[Plant, dict[str, float | int]]]:
            for place, (case, index) in enumerate(missing):
                if place >= always and time.monotonic() > deadline:
                    return
                strengths = {key: value for key, value in self._strengths.items() if key in case}
                yield self._plant.with_upgrades(strengths), self._options | {"seed": self._seed + index}

        for place, figures in spread(simulated_figures, calls(), jobs=self._jobs):
            self._runs[missing[place]] = figures
            self._done(len(self._runs), total)
        return len(self._runs) == total

    def has(self, cases: Iterable[Case], replication: int) -> bool:
        """Say whether this replication of all `cases` was run."""
        return all((self._on_line & case, replication) in self._runs for case in cases)

    def figures(self, case: Case, replication: int) -> dict[str, float]:
        """Return the figures of a run with its R&D period; raises KeyError for one that was not made."""
        place = (self._on_introduction & case, replication)
        if place not in self._weeks:
            strengths = {key: value for key, value in self._strengths.items() if key in place[0]}
            self._weeks[place] = rd_period(self._plant, strengths, self._curve, seed=self._seed + replication)
        return self._runs[self._on_line & case, replication] | {"rd_period": self._weeks[place]}
