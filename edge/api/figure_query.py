"""Figures of any scope and window, summed from the stored tallies."""

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from edge.api.problem import Problem
from edge.api.time_range import DAY, HOUR, MINUTE, TimeRange, rfc3339
from edge.api.windows import WIDTHS, Window, WindowKind, aligned, shift_windows, whole_minutes
from edge.store import Store, TallyRow
from twin.kpi import figures, peak_power
from twin.kpi.energy import average_power
from twin.kpi.tally import Tally, add
from twin.kpi.tally import total as total_of
from twin.model.declaration import Declaration, UnitDeclaration

# A shift's name is reported when it changes, at least once a day: look back so far for the one that began earlier.
_SHIFT_LOOK_BACK_MS = 26 * HOUR
QUARTER = 15 * MINUTE
_PER_CARRIER = ("energy/", "energy_share/")  # figures named after what the plant meters


class FigureQuery:
    """Questions about figures; see Query, which adds the rest."""

    def __init__(
        self, store: Store, *, utc_offset: float, max_points: int, clock_ms: Callable[[], int]
    ) -> None:
        self.store = store
        self.utc_offset = utc_offset
        self.max_points = max_points
        self.clock_ms = clock_ms

    # -- names ---------------------------------------------------------------------------------------------

    def declaration(self, plant: str) -> Declaration:
        """Return a plant's current declaration; raises Problem that names the known plants."""
        declarations = self.store.declarations()
        for declaration in declarations:
            if declaration.plant == plant:
                return declaration
        known = (
            ", ".join(declaration.plant for declaration in declarations)
            or "none yet, the edge waits for them"
        )
        raise Problem(404, f"plant {plant!r} is unknown; known plants: {known}")

    def unit(self, declaration: Declaration, scope: str) -> UnitDeclaration:
        """Find a unit by name or path, the line's own unit for ""; raises Problem that names the known ones."""
        for unit in declaration.units:
            if scope in (unit.name, unit.path) or (not scope and unit.role == "line"):
                return unit
        known = ", ".join(unit.name for unit in declaration.units)
        raise Problem(404, f"unit {scope!r} is unknown in plant {declaration.plant}; its units: {known}")

    # -- figures -------------------------------------------------------------------------------------------

    def tally(self, scope: str, span: TimeRange) -> dict[str, float]:
        """Return what a scope added up over full minutes."""
        rounded = whole_minutes(span)
        rows = self.store.tally(scope, rounded.start_ms, rounded.end_ms, rounded.width_ms)
        return dict(rows[0].values) if rows else {}

    def figures(self, unit: UnitDeclaration, span: TimeRange) -> list[dict[str, Any]]:
        """Return every figure of a unit or the line over a range."""
        return described(self.tally(unit.path, span), unit)

    def losses(
        self, unit: UnitDeclaration, span: TimeRange, values: Mapping[str, float] | None = None
    ) -> dict[str, Any]:
        """Return the losses of planned busy time over a range, largest first; who has its sums gives `values`."""
        found = figures(self.tally(unit.path, span) if values is None else values, unit.count_unit)
        planned = found["availability"].inputs["PBT"]
        rows = [
            {
                "name": name.removeprefix("loss/").replace("_", " "),
                "seconds": figure.value,
                "share": figure.value / planned if planned > 0.0 and figure.value is not None else None,
                "formula": figure.formula,
                "note": figure.note,
            }
            for name, figure in found.items()
            if name.startswith("loss/")
        ]
        return {
            "scope": unit.path,
            "start": rfc3339(span.start_ms),
            "end": rfc3339(span.end_ms),
            "planned_busy_time": planned,
            "losses": sorted(rows, key=lambda row: -float(row["seconds"] or 0.0)),
        }

    def kpis(
        self,
        declaration: Declaration,
        unit: UnitDeclaration,
        kind: WindowKind,
        span: TimeRange,
        utc_offset: float | None = None,
        only: Sequence[str] = (),
    ) -> list[dict[str, Any]]:
        """Return the figures of each window in a range, oldest first; `only` those named, all for none.

        Raises Problem that names the known figures.
        """
        known = figures({}, unit.count_unit)
        unknown = [name for name in only if name not in known and not name.startswith(_PER_CARRIER)]
        if unknown:
            told = ", ".join((*known, *(f"{prefix}…" for prefix in _PER_CARRIER)))
            raise Problem(422, f"figures: {', '.join(unknown)} is unknown; known figures: {told}")
        offset = self.utc_offset if utc_offset is None else utc_offset
        scope = unit.path
        found: list[tuple[Window, Mapping[str, float]]]
        if kind is WindowKind.ORDER:
            now = self.clock_ms()
            found = [
                (Window(row.start_ms, now if row.end_ms is None else row.end_ms, row.order), row.values)
                for row in self.store.orders(scope, span.start_ms, span.end_ms)
            ]
        elif kind is WindowKind.SHIFT:
            shifts = self.shifts(declaration, span)
            found = list(zip(shifts, self._sums(scope, shifts), strict=True))
        elif kind is WindowKind.TOTAL:
            rounded = whole_minutes(span)
            found = [(Window(rounded.start_ms, rounded.end_ms), self.tally(scope, rounded))]
        else:
            width = WIDTHS[kind]
            wide = aligned(span, width, offset)
            if wide.width_ms // width > self.max_points:
                raise Problem(
                    422, f"window: more than {self.max_points} windows; take wider ones or a shorter range"
                )
            rows = self.store.tally(scope, wide.start_ms, wide.end_ms, width)
            found = [(Window(row.start_ms, row.start_ms + width), row.values) for row in rows]
        newest = self.clock_ms()
        return [
            {
                "start": rfc3339(window.start_ms),
                "end": rfc3339(window.end_ms),
                "label": window.label,
                "complete": window.end_ms < newest,
                "figures": described(values, unit, only),
            }
            for window, values in found[-self.max_points :]
        ]

    def shifts(self, declaration: Declaration, span: TimeRange) -> list[Window]:
        """Return the shifts that overlap a range, clipped to it."""
        path = f"{declaration.units[0].path}/shift"
        try:
            texts = self.store.texts(path, span.start_ms - _SHIFT_LOOK_BACK_MS, span.end_ms)
        except KeyError:
            return []
        return shift_windows(texts, span)

    def present_shift(self, declaration: Declaration, now_ms: int) -> Window | None:
        """Return the whole shift that runs at `now_ms`, None outside shifts."""
        shifts = self.shifts(declaration, TimeRange(now_ms - DAY, now_ms))
        return shifts[-1] if shifts and shifts[-1].end_ms >= now_ms // MINUTE * MINUTE else None

    def _sums(self, scope: str, windows: Sequence[Window]) -> list[Mapping[str, float]]:
        """Return what a scope added up in each of the windows, which follow one another.

        Those between the first and the last, which are often cut, are read in one pass where their edges lie on a
        common step.
        """
        spans = [whole_minutes(TimeRange(window.start_ms, window.end_ms)) for window in windows]
        inner = spans[1:-1]
        step = math.gcd(
            *(edge - inner[0].start_ms for span in inner for edge in (span.start_ms, span.end_ms))
        )
        if step < QUARTER:  # none, or odd edges
            return [self.tally(scope, span) for span in spans]
        sums: list[Tally] = [{} for _ in inner]
        starts = [span.start_ms for span in inner]
        for row in self.store.tally(scope, starts[0], inner[-1].end_ms, step):
            place = bisect_right(starts, row.start_ms) - 1
            if row.start_ms < inner[place].end_ms:
                add(sums[place], row.values)
        return [self.tally(scope, spans[0]), *sums, self.tally(scope, spans[-1])]

    # -- energy --------------------------------------------------------------------------------------------

    def energy(
        self, declaration: Declaration, span: TimeRange, values: Mapping[str, float] | None = None
    ) -> dict[str, Any]:
        """Return energy of the line by carrier and power state, its quarter-hour peak, CO2 and specific energy.

        Who has the line's sums over the range already gives them as `values`.
        """
        scope = declaration.units[0].path
        quarters = aligned(span, QUARTER, 0.0)
        by_quarter = self.store.tally(scope, quarters.start_ms, quarters.end_ms, QUARTER)
        if values is None:
            whole = quarters == whole_minutes(span)
            values = total_of(row.values for row in by_quarter) if whole else self.tally(scope, span)
        carriers: dict[str, dict[str, float]] = {}
        for key, value in values.items():
            if key.startswith("energy/"):
                _, carrier, state = key.split("/")
                carriers.setdefault(carrier, {})[state] = value
        total = sum(sum(states.values()) for states in carriers.values())
        rows = full_quarters(by_quarter)
        peak = peak_power(row.values for row in rows)
        peak_ms = next((row.start_ms for row in rows if average_power(row.values).value == peak.value), None)
        good = values.get("pq", 0.0) - values.get("sq", 0.0) - values.get("rq", 0.0)
        return {
            "plant": declaration.plant,
            "start": rfc3339(span.start_ms),
            "end": rfc3339(span.end_ms),
            "carriers": carriers,
            "total_kwh": total,
            "peak_kw": peak.value,
            "peak_start": None if peak_ms is None else rfc3339(peak_ms),
            "peak_start_ms": peak_ms,
            "co2_kg": values.get("co2"),
            "cost_cny": values.get("energy_cost"),
            "specific_kwh": total / good if good > 0 else None,
            "product_unit": declaration.product_unit,
        }


def full_quarters(rows: Sequence[TallyRow]) -> Sequence[TallyRow]:
    """Return the quarters of an hour that are over: a part of one has no mean power yet. All, where none is over."""
    return [row for row in rows if row.values.get("calendar_time", 0.0) >= QUARTER / 1000 - 1.0] or rows


def described(
    values: Mapping[str, float], unit: UnitDeclaration, only: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Return the figures of a tally with their arithmetic as plain data: those named in `only`, all for none."""
    found = figures(values, unit.count_unit, only)
    return [
        {"name": one.name, "value": one.value, "unit": one.unit, "formula": one.formula,
         "inputs": dict(one.inputs), "note": one.note}
        for one in found.values()
    ]  # fmt: skip
