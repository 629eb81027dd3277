"""A characteristic's control charts as data: the newest values, their limits, what is out of control, capability."""

from dataclasses import dataclass

import numpy as np

from edge.api.query import display_unit
from edge.api.time_range import HOUR, MINUTE
from edge.store import Store
from twin.kpi.ewma import EwmaPoint, ewma
from twin.kpi.figure import Figure
from twin.kpi.spc import (
    RULES,
    ControlLimits,
    autocorrelation,
    capability,
    individuals,
    moving_ranges,
    violations,
)
from twin.model.declaration import Declaration, TagDeclaration, UnitDeclaration
from twin.model.tag import Kind

SHOWN = 100  # values on a chart
FEW = 25  # values below which limits are a first guess (ISO 7870-2: at least 25 subgroups)
DEPENDENT = 0.3  # lag-1 autocorrelation from which sigma within is misleading (est.)
_SLICE_MS = 6 * HOUR
_SLICES = 4
_PROCESS_MS = 5 * MINUTE  # between values of a process that flows


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """What is known of one characteristic; `times` in UTC ms. Without two different values there are no limits."""

    unit: UnitDeclaration
    tag: TagDeclaration
    target: float | None
    piecewise: bool
    times: list[int]
    values: list[float]
    limits: ControlLimits | None = None
    rules: list[list[int]]
    ranges: list[float]
    range_mean: float
    range_upper: float
    weighted: list[EwmaPoint]
    alike: float | None
    figures: list[Figure]

    @property
    def measure(self) -> str:
        """The unit of measure for people."""
        return display_unit(self.tag.unit)

    @property
    def out_of_control(self) -> bool:
        """Whether a rule is broken on any of the three charts."""
        return (
            any(self.rules)
            or any(one > self.range_upper for one in self.ranges)
            or any(point.beyond for point in self.weighted)
        )


def characteristics(declaration: Declaration, unit: UnitDeclaration) -> list[TagDeclaration]:
    """Return what the unit measures: first what a loop corrects run to run, then what has limits."""
    measures = [tag for tag in unit.tags if tag.kind is Kind.MEASURE and not tag.name.startswith("power_")]
    targets = _targets(declaration)

    def rank(tag: TagDeclaration) -> int:
        limited = tag.lo is not None or tag.hi is not None
        return 0 if f"{unit.name}/{tag.name}" in targets else 1 if limited else 2

    return sorted(measures, key=rank)


def charts(
    store: Store, declaration: Declaration, unit: UnitDeclaration, tag: TagDeclaration, end_ms: int
) -> Charts:
    """Gather the newest values before `end_ms` and compute the charts.

    A discrete line tells what has changed: what repeats to the last digit is a reminder and no new value. A process is
    read every five minutes, so that what is told more often where it moves counts no more than the rest.
    """
    piecewise = declaration.line_kind != "process"
    times, values = _newest(store, f"{unit.path}/{tag.name}", end_ms, 0 if piecewise else _PROCESS_MS)
    target = _targets(declaration).get(f"{unit.name}/{tag.name}")
    varies = len(set(values)) > 1
    limits = individuals(values) if varies else None
    ranges, mean, upper = moving_ranges(values) if varies else ([], 0.0, 0.0)
    return Charts(
        unit=unit, tag=tag, target=target, piecewise=piecewise, times=times, values=values, limits=limits,
        rules=violations(values, limits) if limits else [[] for _ in values], ranges=ranges, range_mean=mean,
        range_upper=upper, weighted=ewma(values, limits) if limits else [], alike=autocorrelation(values),
        figures=capability(values, tag.lo, tag.hi),
    )  # fmt: skip


def broken_rules(found: Charts) -> list[tuple[str, list[int]]]:
    """Return each rule that is broken in words, with the places of its values; what broke last comes first."""
    told = {
        f"rule {rule}: {words}": [place for place, rules in enumerate(found.rules) if rule in rules]
        for rule, words in RULES.items()
    }
    measure = f" {found.measure}" if found.measure else ""
    told[f"moving range above {found.range_upper:.4g}{measure}: a jump"] = [
        place for place, one in enumerate(found.ranges, 1) if one > found.range_upper
    ]
    told["EWMA beyond its limits: a small, lasting shift"] = [
        place for place, point in enumerate(found.weighted) if point.beyond
    ]
    return sorted(((words, places) for words, places in told.items() if places), key=lambda one: -one[1][-1])


def _newest(store: Store, path: str, end_ms: int, every_ms: int) -> tuple[list[int], list[float]]:
    """Return up to SHOWN values, oldest first; of raw samples those that differ from the one before."""
    parts: list[tuple[np.ndarray, np.ndarray]] = []
    count = 0
    for place in range(_SLICES):
        end = end_ms - place * _SLICE_MS
        try:
            series = store.series(path, end - _SLICE_MS, end, every_ms)
        except KeyError:
            break
        parts.insert(0, (series.time_ms, series.last))
        count += int(np.count_nonzero(np.diff(series.last))) if not every_ms else len(series.time_ms)
        if count > SHOWN:
            break
    if not parts:
        return [], []
    times, values = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    good = np.isfinite(values)
    times, values = times[good], values[good]
    if not every_ms and len(values):
        fresh = np.ones(len(values), np.bool_)
        fresh[1:] = np.diff(values) != 0.0
        times, values = times[fresh], values[fresh]
    return times[-SHOWN:].tolist(), values[-SHOWN:].tolist()


def _targets(declaration: Declaration) -> dict[str, float]:
    """Return the declared targets of characteristics (`unit/tag`): those of the loops that correct them."""
    return {
        loop.inputs["measured"]: loop.settings["target"]
        for upgrade in declaration.upgrades
        for loop in upgrade.loops
        if loop.kind == "run_to_run" and "measured" in loop.inputs and "target" in loop.settings
    }
