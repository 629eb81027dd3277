"""What orchestrators and monitors ask: alive, ready, healthy, metrics."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from edge.api.health_answer import HealthAnswer, health_answer
from edge.api.health_metrics import HealthMetrics
from edge.api.json_response import JsonResponse
from edge.api.query import Query
from edge.health import Report

Checks = Callable[[], Mapping[str, str]]
"""Names what must work, each with "" or the cause why it does not."""


class PlantMetrics(Collector):
    """Figures of links and history for Prometheus; one label a plant, so that cardinality stays bounded."""

    def __init__(self, query: Query, counters: Callable[[], Mapping[str, float]]) -> None:
        self._query = query
        self._counters = counters

    def describe(self) -> Iterator[Metric]:
        """Nothing is promised before it is collected."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Read the present figures."""
        samples = CounterMetricFamily("edge_samples_stored", "samples in the store", labels=["plant"])
        frames = CounterMetricFamily("edge_frames_stored", "frames in the store, each once", labels=["plant"])
        missing = GaugeMetricFamily("edge_frames_missing", "frames lost for good", labels=["plant"])
        behind = GaugeMetricFamily("edge_behind_seconds", "age of the newest stored sample", labels=["plant"])
        online = GaugeMetricFamily(
            "edge_link_online", "1 while the link is online", labels=["plant", "address"]
        )
        connects = CounterMetricFamily("edge_link_connects", "connections made", labels=["plant", "address"])
        received = CounterMetricFamily(
            "edge_link_entries", "journal entries received", labels=["plant", "address"]
        )
        for declaration in self._query.store.declarations():
            status = self._query.status(declaration)
            label = [declaration.plant]
            samples.add_metric(label, status["samples"])
            frames.add_metric(label, status["frames"])
            missing.add_metric(label, status["missing_frames"])
            if status["behind_s"] is not None:
                behind.add_metric(label, status["behind_s"])
        for link in self._query.statuses():
            labels = [link.plant, link.address]
            online.add_metric(labels, float(link.state == "online"))
            connects.add_metric(labels, link.connects)
            received.add_metric(labels, link.received)
        yield from (samples, frames, missing, behind, online, connects, received)
        for name, value in self._counters().items():
            yield GaugeMetricFamily(f"edge_{name}", name.replace("_", " "), value=value)


def health_routes(
    query: Query,
    checks: Checks,
    counters: Callable[[], Mapping[str, float]],
    registries: Sequence[CollectorRegistry] = (),
    health: Callable[[], Report] = Report,
) -> APIRouter:
    """Build `/healthz`, `/readyz`, `/metrics` and `/api/v1/health`; `registries` are shown with the metrics too."""
    router = APIRouter(tags=["operation"])
    registry = CollectorRegistry()
    registry.register(PlantMetrics(query, counters))
    registry.register(HealthMetrics(health))
    ProcessCollector(registry=registry)

    @router.get("/healthz")
    async def healthz() -> JsonResponse:
        """Answer while the process lives and its event loop turns."""
        return JsonResponse({"status": "ok"})

    @router.get("/readyz", responses={503: {"description": "not ready; the body says what is missing"}})
    def readyz() -> JsonResponse:
        """Answer 200 when store and pipeline work; links that wait for their plant are listed, not an error."""
        found = checks()
        faults = {name: cause for name, cause in found.items() if cause}
        links = [
            {"address": link.address, "plant": link.plant, "state": link.state, "detail": link.detail}
            for link in query.statuses()
        ]
        body = {
            "ready": not faults,
            "checks": {name: cause or "ok" for name, cause in found.items()},
            "links": links,
        }
        return JsonResponse(body, 503 if faults else 200)

    @router.get("/api/v1/health", response_model=HealthAnswer)
    def state() -> JsonResponse:
        """Tell how each part does (ok, degraded, stopped) and why, and where each plant's data is on its way."""
        return JsonResponse(health_answer(health()))

    @router.get("/metrics", response_class=Response)
    def metrics() -> Response:
        """Give the figures in Prometheus' text format."""
        text = b"".join(generate_latest(one) for one in (registry, *registries))
        return Response(text, media_type=CONTENT_TYPE_PLAIN_1_0_0)

    return router
