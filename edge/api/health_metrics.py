"""The report of the edge's health as Prometheus metrics."""

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from edge.health import Flow, Report

_GAUGES: tuple[tuple[str, str, Callable[[Flow], float]], ...] = (
    ("journal_entries", "journal entries that the plant holds and the edge does not", lambda one: one.journal_entries),
    ("outbox_entries", "entries of the plant that wait for the store", lambda one: one.outbox.entries),
    ("outbox_bytes", "bytes of the plant that wait for the store", lambda one: one.outbox.bytes),
    ("outbox_age_seconds", "age of the plant's oldest waiting entry", lambda one: one.outbox.age_s),
    ("quarantine_entries", "entries of the plant in quarantine", lambda one: one.quarantined_entries),
)  # fmt: skip


class HealthMetrics(Collector):
    """What `report` tells; one label a plant or part, so that cardinality stays bounded."""

    def __init__(self, report: Callable[[], Report]) -> None:
        self._report = report

    def describe(self) -> Iterator[Metric]:
        """Nothing is promised before it is collected."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Read the present figures."""
        report = self._report()
        state = GaugeMetricFamily("edge_state", "0 ok, 1 degraded, 2 stopped", labels=["part"])
        state.add_metric(["edge"], report.state)
        for part in report.parts:
            state.add_metric([part.name], part.state)
        yield state
        for name, text, value in _GAUGES:
            family = GaugeMetricFamily(f"edge_plant_{name}", text, labels=["plant"])
            for flow in report.flows:
                family.add_metric([flow.plant], value(flow))
            yield family
        reconnects = CounterMetricFamily("edge_link_reconnects", "connections made anew", labels=["plant"])
        dropped = CounterMetricFamily(
            "edge_dropped", "given up: journal positions, entries or points, as the reason says",
            labels=["plant", "reason"],
        )  # fmt: skip
        for flow in report.flows:
            reconnects.add_metric([flow.plant], flow.reconnects)
            for reason, count in flow.dropped.items():
                dropped.add_metric([flow.plant, reason], count)
        for reason, count in report.dropped.items():
            dropped.add_metric(["", reason], count)
        yield from (reconnects, dropped)
        yield GaugeMetricFamily("edge_quarantine_items", "items in quarantine", value=report.quarantined)
        yield GaugeMetricFamily(
            "edge_commit_newest_seconds", "newest transaction of the store", value=report.commit_s
        )
        yield GaugeMetricFamily("edge_disk_free_bytes", "free where the data is", value=report.disk_free)
        yield GaugeMetricFamily(
            "edge_disk_size_bytes", "size of the disk where the data is", value=report.disk_size
        )
        yield GaugeMetricFamily(
            "edge_loop_late_seconds",
            "worst delay of the event loop within a minute",
            value=report.loop_late_s,
        )
