"""Frames and results as points on their way to InfluxDB: what is written before a commit."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from edge.store import Event, Interval, OrderRow, Results
from edge.store.catalogue import Epoch
from edge.store.influxdb_chart import WINDOW, Charts
from edge.store.influxdb_kpi import RunningWindows
from edge.store.influxdb_lines import (
    SeriesPrefixes,
    chart_line,
    event_line,
    interval_line,
    kpi_line,
    order_line,
    special_line,
    tally_line,
    text_line,
)
from edge.store.influxdb_link import InfluxLink
from edge.store.influxdb_schema import Bucket
from edge.store.influxdb_setup import Layout
from edge.store.line_protocol import bodies, columns
from twin.kpi import figures
from twin.packing import Batch

_DAY_MS = 86_400_000
_Row: TypeAlias = Interval | OrderRow
_Key: TypeAlias = tuple[str, int, str, str]  # plant, epoch, kind of row, scope


class PointWriter:
    """Writes points that may be written again: nothing of it counts before the commit that follows."""

    def __init__(
        self,
        link: InfluxLink,
        layout: Layout,
        windows: RunningWindows,
        charts: Charts,
        clock: Callable[[], float],
    ) -> None:
        self._link = link
        self._layout = layout
        self._windows = windows
        self._charts = charts
        self._clock = clock
        self._prefixes: dict[tuple[str, int], SeriesPrefixes] = {}
        self._told: dict[
            _Key, _Row
        ] = {}  # the newest committed row; the engine tells the open one with every frame

    def write(self, epoch: Epoch, batches: Sequence[Batch], results: Results) -> Callable[[], None]:
        """Write everything but the commit; return what is to be called after that.

        Raises StoreUnavailable.
        """
        refused = self._link.refused.count
        texts: list[bytes] = []
        for batch in batches:
            texts += self._write_samples(epoch, batch)
        changed = self._changed(epoch, results)
        lines = texts + self._result_lines(epoch, results, [row for _, row in changed])
        self._link.write(self._layout.bucket(Bucket.RESULTS), bodies(lines), "ns")
        self._tell_refused(epoch, self._link.refused.count - refused)
        return lambda: self._told.update(changed)

    def _tell_refused(self, epoch: Epoch, points: int) -> None:
        """Write an event about points that went to quarantine."""
        if points:
            refused = self._link.refused
            event = Event(
                round(self._clock() * 1000), epoch.declaration.units[0].path, "system", "warning",
                f"InfluxDB refused {points} points ({refused.reason}); they are kept in {refused.path.name}",
            )  # fmt: skip
            line = event_line(event, epoch.declaration.plant, epoch.declaration.epoch)
            self._link.write(self._layout.bucket(Bucket.RESULTS), [line], "ns")

    # -- samples -------------------------------------------------------------------------------------------

    def _write_samples(self, epoch: Epoch, batch: Batch) -> list[bytes]:
        """Write a batch's numbers; return its texts as lines."""
        plant, number = epoch.declaration.plant, epoch.declaration.epoch
        prefixes = self._prefixes.get((plant, number))
        if prefixes is None:
            prefixes = self._prefixes[plant, number] = SeriesPrefixes.of(epoch)
        which = epoch.base[batch.sample_source] + batch.tag - prefixes.first
        finite = np.isfinite(batch.value)
        numeric = self._in_retention(batch) & finite
        numeric[list(batch.texts)] = False
        bucket = self._layout.bucket(Bucket.RAW)
        self._link.write(
            bucket,
            columns(prefixes.samples, which[numeric], batch.value[numeric], batch.sample_ms[numeric]),
            "ms",
        )
        special = [
            special_line(plant, number, prefixes.keys[which[at]], int(batch.sample_ms[at]), float(batch.value[at]))
            for at in np.flatnonzero(~finite).tolist()
        ]  # fmt: skip
        self._link.write(bucket, bodies(special), "ms")
        return [
            text_line(plant, number, prefixes.keys[which[at]], int(batch.sample_ms[at]), text)
            for at, text in batch.texts.items()
        ]

    def _in_retention(self, batch: Batch) -> np.ndarray:
        """Tell which samples the bucket still keeps: the server would refuse the others, request by request."""
        if not self._layout.raw_days:
            return np.ones(len(batch.tag), np.bool_)
        kept: np.ndarray = batch.sample_ms >= self._clock() * 1000 - self._layout.raw_days * _DAY_MS
        self._link.expired += int(len(kept) - np.count_nonzero(kept))
        return kept

    # -- results -------------------------------------------------------------------------------------------

    def _changed(self, epoch: Epoch, results: Results) -> list[tuple[_Key, _Row]]:
        """Return the intervals and orders that differ from what was told, oldest first, the latest of each begin."""
        plant, number = epoch.declaration.plant, epoch.declaration.epoch
        latest: dict[tuple[_Key, int], _Row] = {}
        rows: list[_Row] = [*results.intervals, *results.orders]
        for row in rows:
            latest[(plant, number, type(row).__name__, row.scope), row.start_ms] = row
        ordered = sorted(latest.items(), key=lambda item: item[0])
        return [(key, row) for (key, _), row in ordered if self._told.get(key) != row]

    def _result_lines(self, epoch: Epoch, results: Results, rows: Sequence[_Row]) -> list[bytes]:
        plant, number = epoch.declaration.plant, epoch.declaration.epoch
        count_units = {unit.path: unit.count_unit for unit in epoch.declaration.units}
        lines = [tally_line(plant, number, row) for row in results.tallies]
        lines += [event_line(event, plant, number) for event in results.events]
        for window in self._windows.add(plant, number, results.tallies):
            made = figures(window.tally, count_units[window.scope])
            told = (plant, number, window.scope, window.window, window.start_ms)
            lines.append(kpi_line(*told, figures=made, complete=window.complete))
            if window.complete and window.window == WINDOW:
                lines += [
                    chart_line(plant, number, window.scope, window.start_ms, chart)
                    for chart in self._charts.add(plant, number, window.scope, window.start_ms, made)
                ]
        for row in rows:
            if isinstance(row, Interval):
                lines.append(interval_line(plant, number, row))
                continue
            lines.append(order_line(plant, number, row))
            lines.append(
                kpi_line(
                    plant, number, row.scope, "order", row.start_ms,
                    figures=figures(row.values, count_units[row.scope]), complete=row.end_ms is not None,
                )
            )  # fmt: skip
        return lines
