"""Questions about energy: where it goes, its quarter-hours, what idling costs, and how it does against its baseline."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge.api.figure_query import QUARTER, full_quarters
from edge.api.query import Query
from edge.api.time_range import DAY, HOUR, TimeRange
from edge.api.windows import whole_minutes
from edge.store import TallyRow
from edge.store.together import tallies
from twin.kpi.baseline import Baseline, Performance, baseline, performance
from twin.kpi.energy import average_power
from twin.kpi.quality import good_quantity
from twin.kpi.tally import Tally, carriers, energy, total
from twin.model.declaration import Declaration

REFERENCE_DAYS = 7
REPORTING_MS = 8 * HOUR
NOTHING = 1e-3  # kWh; less is what rounding leaves
SETTLED_MS = 2 * HOUR  # younger hours are read anew: something may come late
BASE_LOAD = "base load of the line"
UNPLANNED = "outside planned time"
UNTOLD = "cause not told"
PRODUCTION = "production"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """kWh of a carrier in a power state for a cause."""

    carrier: str
    state: str
    cause: str
    kwh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """What a carrier took: kWh, of which `idle_kwh` not in execute; price in CNY/kWh and carbon in kg/kWh as declared.

    None where the plant declares none.
    """

    name: str
    kwh: float
    idle_kwh: float
    price: float | None
    carbon: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enpi:
    """Energy performance by hour: hours of the reference [start, end) and of the reporting period.

    `fit` is None where the reference does not allow one; then `why` says why.
    """

    reference: TimeRange
    reporting: TimeRange
    points: list[tuple[float, float]]
    reported: list[tuple[float, float]]
    fit: Baseline | None
    told: Performance | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyView:
    """A plant's energy over a range; `quarters` are (start in UTC ms, mean kW)."""

    span: TimeRange
    uses: list[Use]
    carriers: list[Carrier]
    quarters: list[tuple[int, float]]
    total: Tally
    good: float


class EnergyQuery:
    """What can be asked about energy, from stored sums. Methods block on the store: call them from a thread."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self._hours: dict[tuple[str, int], dict[int, tuple[float, float] | None]] = {}
        self._guard = threading.Lock()

    def view(self, declaration: Declaration, span: TimeRange) -> EnergyView:
        """Return where a plant's energy went over full minutes, and its quarter-hours."""
        store = self.query.store
        line, *units = declaration.units
        rounded = whole_minutes(span)
        start = rounded.start_ms // QUARTER * QUARTER

        rows = tallies(store, [line.path, *(unit.path for unit in units)], start, rounded.end_ms, QUARTER)
        of_line = rows[line.path]
        uses = _uses(of_line, [rows[unit.path] for unit in units])
        summed = total(row.values for row in of_line)
        powers = [
            (row.start_ms, power)
            for row in full_quarters(of_line)
            if (power := average_power(row.values).value) is not None
        ]
        return EnergyView(
            span=TimeRange(start, rounded.end_ms), uses=uses, carriers=self._carriers(declaration, summed),
            quarters=powers, total=summed, good=good_quantity(summed),
        )  # fmt: skip

    def enpi(self, declaration: Declaration, end_ms: int) -> Enpi:
        """Hold the last eight full hours before `end_ms` against the baseline of the days before them."""
        end = end_ms // HOUR * HOUR
        reporting = TimeRange(end - REPORTING_MS, end)
        first = -(-declaration.start_ms // HOUR) * HOUR
        reference = TimeRange(
            max(first, reporting.start_ms - REFERENCE_DAYS * DAY), max(first, reporting.start_ms)
        )
        hours = self._read_hours(declaration, reference.start_ms, end)
        points = [hours[at] for at in sorted(hours) if at < reference.end_ms]
        reported = [hours[at] for at in sorted(hours) if at >= reporting.start_ms]
        fit = baseline(points)
        why = "" if fit is not None else _why_not(points)
        told = performance(fit, reported) if fit is not None and reported else None
        return Enpi(
            reference=reference, reporting=reporting, points=points, reported=reported, fit=fit, told=told, why=why
        )  # fmt: skip

    def _read_hours(
        self, declaration: Declaration, start_ms: int, end_ms: int
    ) -> dict[int, tuple[float, float]]:
        """Return (output, kWh) of the hours that were told in full, by their start; what is settled is read once."""
        key = (declaration.plant, declaration.epoch)
        with self._guard:
            self._hours = {one: hours for one, hours in self._hours.items() if one[0] != key[0] or one == key}
            known = self._hours.setdefault(key, {})
            for at in [at for at in known if not start_ms <= at < end_ms - SETTLED_MS]:
                del known[at]
            missing = next((at for at in range(start_ms, end_ms, HOUR) if at not in known), end_ms)
            if missing < end_ms:
                scope = declaration.units[0].path
                known.update(dict.fromkeys(range(missing, end_ms, HOUR)))
                known.update(_full_hours(self.query.store.tally(scope, missing, end_ms, HOUR)))
            return {at: hour for at, hour in known.items() if hour is not None}

    def _carriers(self, declaration: Declaration, summed: Mapping[str, float]) -> list[Carrier]:
        line = declaration.units[0].path
        names = carriers(summed)
        newest = self.query.store.last(
            [f"{line}/{kind}_{name}" for name in names for kind in ("price", "carbon")]
        )

        def rate(kind: str, name: str) -> float | None:
            sample = newest.get(f"{line}/{kind}_{name}")
            return None if sample is None else float(sample.value)

        found = [
            Carrier(
                name=name, kwh=energy(summed, name), idle_kwh=energy(summed, name) - energy(summed, name, "execute"),
                price=rate("price", name), carbon=rate("carbon", name),
            )
            for name in names
        ]  # fmt: skip
        return sorted(found, key=lambda one: -one.kwh)


def _full_hours(rows: Sequence[TallyRow]) -> dict[int, tuple[float, float]]:
    """Return (output, kWh) of the hours that were told in full, by their start."""
    return {
        row.start_ms: (row.values.get("pq", 0.0), energy(row.values))
        for row in rows
        if row.values.get("calendar_time", 0.0) >= 3599.0
    }


def _why_not(points: Sequence[tuple[float, float]]) -> str:
    if len(points) < 8:
        return f"{len(points)} full hours of reference are stored; a baseline needs 8"
    return "the output did not vary from hour to hour, so that base load and slope cannot be told apart"


def _uses(of_line: Sequence[TallyRow], of_units: Sequence[Sequence[TallyRow]]) -> list[Use]:
    """Split energy by cause: in execute it is production; otherwise by the time that each reason took in the quarter.

    What the line meters beyond its units is its own base load.
    """
    sums: dict[tuple[str, str, str], float] = {}

    def book(carrier: str, state: str, cause: str, kwh: float) -> None:
        key = (carrier, state, cause)
        sums[key] = sums.get(key, 0.0) + kwh

    own: dict[tuple[int, str], float] = {}
    for row in of_line:
        for name, kwh in _energies(row):
            own[row.start_ms, name] = kwh
    for rows in of_units:
        for row in rows:
            causes = _causes(row.values)
            for name, kwh in _energies(row):
                _, carrier, state = name.split("/")
                own[row.start_ms, name] = own.get((row.start_ms, name), 0.0) - kwh
                if state == "execute":
                    book(carrier, state, PRODUCTION, kwh)
                    continue
                for cause, share in causes.items():
                    book(carrier, state, cause, kwh * share)
    for (_, name), kwh in own.items():
        _, carrier, state = name.split("/")
        book(carrier, state, BASE_LOAD, kwh)
    return [
        Use(carrier=carrier, state=state, cause=cause, kwh=kwh)
        for (carrier, state, cause), kwh in sorted(sums.items())
        if kwh > NOTHING
    ]


def _energies(row: TallyRow) -> list[tuple[str, float]]:
    return [(name, value) for name, value in row.values.items() if name.startswith("energy/")]


def _causes(values: Mapping[str, float]) -> dict[str, float]:
    """Return the shares of the time in which a unit did not produce, by reason; they add up to 1.

    >>> _causes({"calendar_time": 9.0, "planned_busy_time": 6.0, "reason/production": 5.0, "reason/starved": 1.0})
    {'starved': 0.25, 'outside planned time': 0.75}
    """
    seconds = {
        name.removeprefix("reason/").replace("_", " "): value
        for name, value in values.items()
        if name.startswith("reason/")
        and name not in ("reason/production", "reason/out_of_service")
        and value > 0.0
    }
    outside = values.get("calendar_time", 0.0) - values.get("planned_busy_time", 0.0)
    if outside > 0.0:
        seconds[UNPLANNED] = outside
    whole = sum(seconds.values())
    return {cause: value / whole for cause, value in seconds.items()} if whole > 0.0 else {UNTOLD: 1.0}
