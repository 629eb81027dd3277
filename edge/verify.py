"""Reconciliation: what the edge added up from telemetry against the plant's own ledger over the same window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from edge.store import Store
from twin.model.declaration import Declaration, UnitDeclaration
from twin.model.energy import POWER_STATES
from twin.model.state import State, category

MINUTE = 60_000
SHARE = 0.001  # of the ledger's value: times and energy
# Moments are told to the millisecond, and one millisecond later where the full minute was told just before.
_MOMENT_S = 0.002
_ROUNDING = 1e-9

Page = Mapping[str, float]


class NotReconcilable(ValueError):
    """There is nothing to compare; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of one scope: what the edge has, what the ledger says, how far they may differ."""

    scope: str
    figure: str
    edge: float
    ledger: float
    tolerance: float

    @property
    def difference(self) -> float:
        """Edge minus ledger."""
        return self.edge - self.ledger

    @property
    def ok(self) -> bool:
        """Whether the difference is tolerable."""
        return abs(self.difference) <= self.tolerance


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The comparison of one plant over [start_ms, end_ms)."""

    plant: str
    epoch: int
    start_ms: int
    end_ms: int
    rows: tuple[Row, ...]

    @property
    def ok(self) -> bool:
        """Whether every figure agrees."""
        return all(row.ok for row in self.rows)

    @property
    def failed(self) -> tuple[Row, ...]:
        """The rows that differ."""
        return tuple(row for row in self.rows if not row.ok)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A mark as plants send it."""

    time_ms: int
    units: dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class _Marks:
    """What a plant answers when it is asked for its ledger."""

    epoch: int
    marks: list[_Mark]


_MARKS = TypeAdapter(_Marks)


def reconcile(
    store: Store, marks: Mapping[str, Any], plant: str, start_ms: int, end_ms: int
) -> Reconciliation:
    """Compare stored figures with `marks` (docs/telemetry.md, ledger marks) inside [start_ms, end_ms).

    Takes the widest pair of marks between which every minute is stored for the line. Counts must be exact, state
    times and energy within 0.1 %. Raises NotReconcilable when there is no such pair.
    """
    try:
        _MARKS.validate_python(marks)
    except ValidationError as error:
        cause = error.errors()[0]
        place = ".".join(map(str, cause["loc"]))
        raise NotReconcilable(
            f"the ledger of plant {plant} cannot be read: {place}: {cause['msg']}"
        ) from None
    epoch = int(marks["epoch"])
    declaration = store.declaration(plant, epoch)
    if declaration is None:
        raise NotReconcilable(
            f"plant {plant}: the edge knows nothing of epoch {epoch}; wait until it has collected from the plant"
        )
    first, last = _widest(store, declaration, marks["marks"], start_ms, end_ms)
    begin, end = int(first["time_ms"]), int(last["time_ms"])
    pages = {
        name: _difference(first["units"].get(name, {}), page) for name, page in sorted(last["units"].items())
    }
    rows: list[Row] = []
    for unit in declaration.units:
        if unit.name in pages:
            rows += _unit_rows(store, unit, pages[unit.name], begin, end)
    rows += _line_rows(store, declaration.units[0], pages, begin, end)
    return Reconciliation(plant, epoch, begin, end, tuple(rows))


def _widest(
    store: Store, declaration: Declaration, marks: Sequence[Mapping[str, Any]], start_ms: int, end_ms: int
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the two marks that lie furthest apart in one unbroken stretch of stored minutes."""
    usable = sorted(
        (mark for mark in marks if start_ms <= mark["time_ms"] <= end_ms and mark["time_ms"] % MINUTE == 0),
        key=lambda mark: int(mark["time_ms"]),
    )
    found: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None
    if len(usable) > 1:
        low, high = int(usable[0]["time_ms"]), int(usable[-1]["time_ms"])
        # A minute of which a part was lost is no minute: its sums are short.
        minutes = [
            row.start_ms
            for row in store.tally(declaration.units[0].path, low, high, MINUTE)
            if row.values.get("calendar_time", 0.0) > 59.999
        ]
        width = 0
        for begin, end in _stretches(minutes):
            inside = [mark for mark in usable if begin <= mark["time_ms"] <= end]
            if len(inside) > 1 and inside[-1]["time_ms"] - inside[0]["time_ms"] > width:
                found, width = (inside[0], inside[-1]), inside[-1]["time_ms"] - inside[0]["time_ms"]
    if found is None:
        raise NotReconcilable(
            f"plant {declaration.plant}: {len(usable)} ledger marks lie in the range, and no two of them have all "
            "minutes between them stored; ask for a longer range or wait for the next full minute"
        )
    return found


def _stretches(minutes: Sequence[int]) -> list[tuple[int, int]]:
    """Join minutes (start, ms, rising) that follow each other.

    >>> _stretches([0, 60_000, 180_000])
    [(0, 120000), (180000, 240000)]
    """
    found: list[tuple[int, int]] = []
    for minute in minutes:
        if found and found[-1][1] == minute:
            found[-1] = (found[-1][0], minute + MINUTE)
        else:
            found.append((minute, minute + MINUTE))
    return found


def _difference(before: Page, after: Page) -> dict[str, float]:
    return {key: value - before.get(key, 0.0) for key, value in after.items()}


def _unit_rows(store: Store, unit: UnitDeclaration, page: Page, begin: int, end: int) -> list[Row]:
    spent, moves = _state_seconds(store, unit.path, begin, end)
    keys = sorted(spent.keys() | {key for key in page if key.startswith("seconds/")})
    rows = [
        _close(unit.name, key, spent.get(key, 0.0), page.get(key, 0.0), 0.01 + _MOMENT_S * moves.get(key, 0))
        for key in keys
        if spent.get(key, 0.0) or page.get(key, 0.0)
    ]
    tally = _tally(store, unit.path, begin, end)
    if "prod_processed_count" in unit.tag_names:
        for figure, name, key in (
            ("processed", "pq", "processed"),
            ("scrapped", "sq", "scrapped"),
            ("reworked", "rq", "reworked"),
        ):
            truth = page.get(key, 0.0)
            # Exact: a sum of whole pieces has no rounding error, one of tonnes a tiny one.
            rows.append(Row(unit.name, figure, tally.get(name, 0.0), truth, _ROUNDING * max(abs(truth), 1.0)))
    if unit.role != "line":
        for key, truth in sorted(page.items()):
            if key.startswith("energy/"):
                rows.append(_close(unit.name, key, tally.get(key, 0.0), truth, 1e-6))
    return rows


def _line_rows(
    store: Store, line: UnitDeclaration, pages: Mapping[str, Page], begin: int, end: int
) -> list[Row]:
    """Compare what only the line has: the energy of all units together, labour, planned time."""
    tally = _tally(store, line.path, begin, end)
    rows = []
    for carrier in sorted(
        {key.split("/")[1] for page in pages.values() for key in page if key.startswith("energy/")}
    ):
        for label in POWER_STATES:
            key = f"energy/{carrier}/{label}"
            truth = sum(page.get(key, 0.0) for page in pages.values())
            rows.append(_close(line.name, key, tally.get(key, 0.0), truth, 1e-6))
    own = pages.get(line.name, {})
    rows.append(
        _close(line.name, "labour_hours", tally.get("labour_time", 0.0), own.get("labour_hours", 0.0), 1e-6)
    )
    busy = own.get("planned_busy_seconds", 0.0)
    # The calendar turns at full minutes: at most once in each.
    floor = 0.01 + _MOMENT_S * (end - begin) / MINUTE
    rows.append(_close(line.name, "planned_busy_seconds", tally.get("planned_busy_time", 0.0), busy, floor))
    return rows


def _close(scope: str, figure: str, edge: float, ledger: float, floor: float) -> Row:
    return Row(scope, figure, edge, ledger, max(SHARE * abs(ledger), floor))


def _tally(store: Store, scope: str, begin: int, end: int) -> Mapping[str, float]:
    rows = store.tally(scope, begin, end, end - begin)
    return rows[0].values if rows else {}


def _state_seconds(store: Store, scope: str, begin: int, end: int) -> tuple[dict[str, float], dict[str, int]]:
    """Return seconds and number of stays by `seconds/<state>/<category>`, clipped to the window."""
    spent: dict[str, float] = {}
    stays: dict[str, int] = {}
    for interval in store.intervals(scope, begin, end):
        until = end if interval.end_ms is None else min(interval.end_ms, end)
        key = f"seconds/{State(interval.state).name.lower()}/{category(interval.reason)}"
        spent[key] = spent.get(key, 0.0) + (until - max(interval.start_ms, begin)) / 1000.0
        stays[key] = stays.get(key, 0) + 1
    return spent, stays
