"""History as files: the same rows as the JSON answer, of any length, in bounded memory."""

import io
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from edge.api.export import Form, table_response
from edge.api.export_query import SAMPLES
from edge.api.time_range import rfc3339
from edge.store.memory import MemoryStore
from tests.edge.api_bench import BASE, Bench
from tests.edge.filled_store import Filler, filled

SERIES, KPIS = f"{BASE}/series", f"{BASE}/kpis"


@pytest.fixture(scope="module")
def line() -> tuple[MemoryStore, Filler]:
    store, filler = filled(180)
    assert isinstance(store, MemoryStore)
    return store, filler


def ends(bench: Bench) -> dict[str, str]:
    """Return the newest two hours and a bit as a range that is the same for every question."""
    end = bench.filler.run.now_ms
    return {"start": rfc3339(end - 7_500_000), "end": rfc3339(end)}


async def table(bench: Bench, path: str, form: str, /, **parameters: Any) -> pa.Table:
    found = await bench.client.get(path, params=parameters | {"format": form})
    assert found.status_code == 200, found.text
    assert found.headers["content-disposition"].endswith(f'.{form}"')
    if form == "csv":
        return pa.csv.read_csv(io.BytesIO(found.content))
    return pa.parquet.read_table(io.BytesIO(found.content))


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("every", ["raw", "10s"])
async def test_series_as_a_file_has_the_samples_of_the_json_answer(
    bench: Bench, form: str, every: str
) -> None:
    asked = ends(bench) | {"path": "op10/tonnage", "every": every}
    listed = await bench.get(SERIES, **asked)
    found = await table(bench, SERIES, form, **asked)
    times = found["time"].cast(pa.timestamp("ms", tz="UTC")).cast(pa.int64()).to_pylist()
    assert times == listed["time_ms"]
    assert len(times) > 100
    for column in ("value",) if every == "raw" else ("low", "mean", "high", "last"):
        assert found[column].to_pylist() == listed["last" if every == "raw" else column]


async def test_texts_come_as_text_and_a_spreadsheet_computes_none(bench: Bench) -> None:
    listed = await bench.get(SERIES, path="line/order", start="-4h")
    found = await table(bench, SERIES, "csv", path="line/order", start="-4h")
    assert found["text"].to_pylist() == listed["text"]
    parts = [{"time": [0], "text": ["=1+1"]}]
    answer = table_response(parts, pa.schema([("time", pa.int64()), ("text", pa.string())]), Form.CSV, "x")
    body = b"".join([part async for part in answer.body_iterator])  # type: ignore[misc]
    assert body == b'time,text\n0,"\'=1+1"\n'


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("window", ["1m", "hour", "shift", "order", "total"])
async def test_figures_as_a_file_are_those_of_the_json_answer(bench: Bench, form: str, window: str) -> None:
    asked = ends(bench) | {"window": window, "figures": "availability,mtbf"}
    listed = await bench.get(KPIS, **asked)
    found = (await table(bench, KPIS, form, **asked)).to_pylist()
    assert [(row["figure"], row["value"], row["note"] or "") for row in found] == [
        (one["name"], one["value"], one["note"]) for window in listed["windows"] for one in window["figures"]
    ]
    assert found


async def test_accept_header_asks_for_a_file_and_the_parameter_wins(bench: Bench) -> None:
    asked = ends(bench) | {"path": "op10/tonnage"}
    for headers, extra, media in (
        ({"Accept": "text/csv"}, {}, "text/csv; charset=utf-8"),
        ({"Accept": "application/vnd.apache.parquet"}, {}, "application/vnd.apache.parquet"),
        ({"Accept": "text/csv"}, {"format": "json"}, "application/json"),
        ({"Accept": "*/*"}, {}, "application/json"),
    ):
        found = await bench.client.get(SERIES, params=asked | extra, headers=headers)
        assert found.headers["content-type"] == media


@pytest.mark.parametrize(
    ("path", "parameters", "status"),
    [
        (SERIES, {"path": "op10/nothing"}, 404),
        (SERIES, {"path": "op10/tonnage", "start": "-900d"}, 422),
        (KPIS, {"figures": "luck"}, 422),
        (KPIS, {"format": "xml"}, 422),
    ],
)
async def test_file_that_cannot_be_made_is_a_problem_and_no_torn_file(
    bench: Bench, path: str, parameters: dict[str, str], status: int
) -> None:
    await bench.get(path, status, **({"format": "csv"} | parameters))


@pytest.mark.parametrize("form", [Form.CSV, Form.PARQUET])
async def test_table_is_read_as_it_is_written(form: Form) -> None:
    """While the file is taken, no more than two parts of it were ever asked for ahead."""
    asked = 0

    def parts() -> Iterator[dict[str, Any]]:
        nonlocal asked
        for number in range(50):
            asked += 1
            yield {"time": list(range(number * 1000, number * 1000 + 1000)), "value": [0.5] * 1000}

    answer = table_response(parts(), SAMPLES, form, "long")
    taken, ahead = 0, []
    async for chunk in answer.body_iterator:
        taken += bool(chunk)
        ahead.append(asked - taken)
    assert asked == 50
    assert max(ahead) <= 2
