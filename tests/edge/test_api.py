"""The API over the memory store: answers keep their shape, errors are problems."""

import asyncio
from typing import Any

import httpx
import orjson
import pytest
from pydantic import TypeAdapter

from edge.api import answer, event_answer
from edge.api.application import application
from edge.api.query import Query
from edge.store.memory import MemoryStore
from tests.edge.api_bench import BASE, Bench, actors, tokens
from tests.edge.filled_store import Filler, filled


@pytest.fixture(scope="module")
def line() -> tuple[MemoryStore, Filler]:
    store, filler = filled(180)
    assert isinstance(store, MemoryStore)
    return store, filler


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/api/v1/status", answer.StatusAnswer),
        ("/api/v1/plants", answer.Items[answer.PlantAnswer]),
        (BASE, answer.PlantAnswer),
        (f"{BASE}/units", answer.Items[answer.UnitAnswer]),
        (f"{BASE}/tags", answer.Items[answer.TagAnswer]),
        (f"{BASE}/values", answer.Items[answer.ValueAnswer]),
        (f"{BASE}/values?unit=op10", answer.Items[answer.ValueAnswer]),
        (f"{BASE}/series?path=op10/tonnage&start=-1h", answer.SeriesAnswer),
        (f"{BASE}/series?path=op10/tonnage&start=-10m&every=raw", answer.SeriesAnswer),
        (f"{BASE}/series?path=line/order&start=-3h", answer.SeriesAnswer),
        (f"{BASE}/losses", answer.LossAnswer),
        (f"{BASE}/energy", answer.EnergyAnswer),
        (f"{BASE}/intervals?scope=op20", answer.Items[answer.IntervalAnswer]),
        (f"{BASE}/orders", answer.Items[answer.OrderAnswer]),
        (f"{BASE}/events", event_answer.EventsAnswer),
        *((f"{BASE}/kpis?window={window}&start=-2h", answer.KpiAnswer)
          for window in ("1m", "15m", "hour", "shift", "day", "order", "total")),
    ],
)  # fmt: skip
async def test_answer_has_the_documented_shape_and_is_not_empty(bench: Bench, path: str, shape: Any) -> None:
    found = await bench.client.get(path)
    assert found.status_code == 200, found.text
    TypeAdapter(shape).validate_json(found.content)
    body = found.json()
    assert body.get("items", body.get("windows", [1]))


async def test_kpi_windows_add_up_to_the_total_and_carry_their_arithmetic(bench: Bench) -> None:
    def inputs(window: dict[str, Any]) -> dict[str, float]:
        figure = next(one for one in window["figures"] if one["name"] == "availability")
        assert figure["formula"] == "APT / PBT"
        found: dict[str, float] = figure["inputs"]
        return found

    hours = (await bench.get(f"{BASE}/kpis", window="hour", start="-3h"))["windows"]
    total = (await bench.get(f"{BASE}/kpis", window="total", start="-4h"))["windows"][0]
    for name in ("APT", "PBT"):
        assert sum(inputs(hour)[name] for hour in hours) == pytest.approx(inputs(total)[name])


async def test_kpis_give_only_the_figures_asked_for(bench: Bench) -> None:
    every = (await bench.get(f"{BASE}/kpis", window="hour", start="-2h"))["windows"]
    some = (await bench.get(f"{BASE}/kpis", window="hour", start="-2h", figures="oee_index, availability"))[
        "windows"
    ]
    assert [[one["name"] for one in window["figures"]] for window in some] == [
        ["oee_index", "availability"]
    ] * len(every)
    for full, short in zip(every, some, strict=True):
        assert all(figure in full["figures"] for figure in short["figures"])


async def test_figure_that_cannot_be_computed_is_null_with_a_reason(bench: Bench) -> None:
    body = await bench.get(f"{BASE}/kpis", start="2020-01-01T00:00:00Z", end="2020-01-01T01:00:00Z")
    oee = next(one for one in body["windows"][0]["figures"] if one["name"] == "oee_index")
    assert oee["value"] is None
    assert "undefined" in oee["note"]


async def test_status_tells_how_far_history_reaches(bench: Bench) -> None:
    status = (await bench.get("/api/v1/status"))["plants"][0]
    assert status["behind_s"] == pytest.approx(1.5)
    assert status["last_ms"] - status["start_ms"] == 180 * 60_000
    assert (status["link"]["state"], status["missing_frames"]) == ("online", 0)


async def test_day_windows_follow_the_utc_offset_asked_for(bench: Bench) -> None:
    at_eight = (await bench.get(f"{BASE}/kpis", window="day", start="-1h"))["windows"][0]
    at_zero = (await bench.get(f"{BASE}/kpis", window="day", start="-1h", utc_offset=0))["windows"][0]
    assert (at_eight["start"][11:16], at_zero["start"][11:16]) == ("16:00", "00:00")


@pytest.mark.parametrize(
    ("path", "status", "expected"),
    [
        ("/api/v1/plants/nope", 404, "known plants: toy_line"),
        (f"{BASE}/tags?unit=nope", 404, "its units: line, op10"),
        (f"{BASE}/series?path=op10/nope", 404, "has no tag 'nope'"),
        (f"{BASE}/series?path=op10/tonnage&start=yesterday", 422, "is no moment"),
        (f"{BASE}/series?path=op10/tonnage&start=2026-01-01T00:00:00", 422, "is no moment"),
        (f"{BASE}/series?path=op10/tonnage&start=now&end=-1h", 422, "must lie before"),
        (f"{BASE}/series?path=op10/tonnage&start=-9999d", 422, "longer than"),
        (f"{BASE}/series?path=op10/tonnage&start=-24h&every=raw", 422, "at most 6 hours"),
        (f"{BASE}/series?path=op10/tonnage&start=-300d&every=1s", 422, "more than"),
        (f"{BASE}/series?path=op10/tonnage&every=0s", 422, "is no length"),
        (f"{BASE}/series?path=op10/tonnage&points=1", 422, "points"),
        (f"{BASE}/kpis?window=week", 422, "window"),
        (f"{BASE}/kpis?figures=oee", 422, "known figures: "),
        (f"{BASE}/kpis?window=1m&start=-300d", 422, "more than"),
        (f"{BASE}/events?limit=100000", 422, "limit"),
        ("/api/v1/nowhere", 404, "/docs"),
        (f"{BASE}/reconciliation?start=-1h", 409, "know"),
    ],
)
async def test_bad_request_is_a_problem_that_says_why(
    bench: Bench, path: str, status: int, expected: str
) -> None:
    bench.link.marks = {"epoch": 99, "marks": []}
    body = await bench.get(path, status)
    assert expected in body["detail"]
    assert body["status"] == status


async def test_reconciliation_agrees_with_the_plants_own_ledger(bench: Bench) -> None:
    start_ms, now_ms = bench.filler.run.start_ms, bench.filler.run.now_ms
    bench.link.marks = {
        "epoch": 1,
        "marks": [
            {"time_ms": start_ms, "units": {}},
            {"time_ms": now_ms, "units": bench.filler.run.ledger()},
        ],
    }
    body = await bench.get(f"{BASE}/reconciliation")
    answer.ReconciliationAnswer.model_validate(body)
    assert body["agrees"], [row for row in body["rows"] if not row["agrees"]]
    assert len(body["rows"]) > 20


async def test_reconciliation_without_a_link_says_so(bench: Bench) -> None:
    bench.link.status.state = "stale"
    assert "no link" in (await bench.get(f"{BASE}/reconciliation", 503))["detail"]


# -- stream, health, description -----------------------------------------------------------------------------


async def test_stream_begins_with_a_snapshot(line: tuple[MemoryStore, Filler]) -> None:
    """Asked over plain ASGI, because the test client of httpx waits for a body's end."""
    store, filler = line
    closing = asyncio.Event()
    query = Query(store, clock_ms=lambda: filler.run.now_ms)
    app = application(query, list, *actors(query, list), tokens=tokens(), version="0", closing=closing)
    parts: list[bytes] = []

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        parts.append(message.get("body", b""))
        if b"\n\n" in b"".join(parts):
            closing.set()

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": f"{BASE}/stream", "raw_path": b"", "query_string": b"", "root_path": "", "headers": [],
        "client": ("127.0.0.1", 1), "server": ("edge", 80),
    }  # fmt: skip
    await asyncio.wait_for(app(scope, receive, send), 10)
    event, data = b"".join(parts).decode().split("\n")[:2]
    assert event == "event: snapshot"
    values = orjson.loads(data.removeprefix("data: "))
    assert values["demo/toy_line/area_1/line_1/op10/prod_processed_count"][0] > 100


async def test_stream_of_unknown_plant_is_a_problem(bench: Bench) -> None:
    await bench.get("/api/v1/plants/nope/stream", 404)


async def test_health_readiness_and_metrics(bench: Bench) -> None:
    assert (await bench.get("/healthz"))["status"] == "ok"
    assert (await bench.get("/readyz"))["ready"] is True
    text = (await bench.client.get("/metrics")).text
    assert 'edge_link_online{address="mqtt://127.0.0.1:1883/demo/toy_line",plant="toy_line"} 1.0' in text
    assert "edge_outbox_entries 3.0" in text
    assert 'edge_samples_stored_total{plant="toy_line"}' in text


async def test_store_that_fails_makes_the_edge_not_ready() -> None:
    query = Query(MemoryStore())
    app = application(
        query,
        list,
        *actors(query, list),
        tokens=tokens(),
        version="0",
        closing=asyncio.Event(),
        checks=lambda: {"store": "no disk"},
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://edge") as client:
        found = await client.get("/readyz")
    assert (found.status_code, found.json()["checks"]) == (503, {"store": "no disk"})


async def test_description_and_reference_name_every_operation_and_no_foreign_host(bench: Bench) -> None:
    description = await bench.get("/openapi.json")
    assert {f"{BASE.replace('toy_line', '{plant}')}/kpis", "/metrics"} <= description["paths"].keys()
    page = (await bench.client.get("/docs")).text
    assert "GET /api/v1/plants/{plant}/kpis" in page
    assert "src=" not in page
    assert 'href="http' not in page
