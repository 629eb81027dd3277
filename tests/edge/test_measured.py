"""What was measured beforehand: read from the shipped files, one's own survey before it, damage told and survived."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from edge.measured import FOLDER, FoundSurvey, Measured, Run, RunSummary, mean_of
from edge.store.memory import MemoryStore
from tests.edge.api_bench import Bench
from tests.edge.filled_store import Filler, filled
from tools.gains_screening import mean_change
from twin.discovery import discover
from twin.kpi.headline import HEADLINES


@pytest.fixture(scope="module")
def line() -> tuple[MemoryStore, Filler]:
    store = MemoryStore()
    return store, filled(10, store=store)[1]


def shipped(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return told


def test_every_plant_with_upgrades_was_measured_and_its_mean_is_that_of_the_document() -> None:
    runs = Measured().runs()
    assert [run.plant for run in runs] == sorted(name for name, one in discover().items() if one().upgrades())
    documented = {run.plant: shipped(run.plant) for run in runs}
    for headline in HEADLINES:
        mean = mean_of([run.levels.mid.changes[headline.name].interval for run in runs])
        assert (mean.mean, mean.half_width) == pytest.approx(mean_change(documented, headline.name))


def test_nothing_shipped_is_nothing_shown(tmp_path: Path) -> None:
    """An installation without the files works, and damage of one plant's file hides that plant alone."""
    empty = Measured(tmp_path / "own", tmp_path / "none")
    assert (empty.runs(), empty.run("stamping"), empty.survey()) == (
        [], None, FoundSurvey(origin="shipped", survey=None)
    )  # fmt: skip
    (tmp_path / "steel.json").write_text("{")
    (tmp_path / "stamping.json").write_text(json.dumps(shipped("stamping")))
    (tmp_path / "survey.json").write_text("[]")
    damaged = Measured(folder=tmp_path)
    assert [run.plant for run in damaged.runs()] == ["stamping"]
    assert damaged.survey().survey is None


def test_own_survey_comes_first_and_newer_files_may_tell_more(tmp_path: Path) -> None:
    measured = Measured(tmp_path)
    assert measured.survey().origin == "shipped"
    (tmp_path / "summary.json").write_text(json.dumps(shipped("survey") | {"finished": 12, "new": 1}))
    found = measured.survey()
    assert found.survey is not None
    assert (found.origin, found.survey.finished, found.trouble) == ("own", 12, "")


def changed(**figure: object) -> str:
    told = shipped("survey")
    told["figures"]["productivity"] |= figure
    return json.dumps(told)


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        pytest.param("{", "Invalid JSON", id="cut"),
        pytest.param("\xff", "Invalid JSON", id="bytes"),
        pytest.param("[" * 100_000, "recursion limit", id="deep"),
        pytest.param("{}", "projects: Field required; 10 more", id="empty"),
        pytest.param(json.dumps(shipped("stamping")), "projects: Field required", id="another"),
        pytest.param(changed(median=float("nan")), "productivity.median: Input should be a finite number", id="nan"),
        pytest.param(changed(median=1e300), "productivity.median: Input should be less than", id="huge"),
        pytest.param(changed(mean={"mean": 0.1, "half_width": -1}), "mean.half_width", id="negative"),
        pytest.param(" " * 1_000_001, "it has more than 1 MB", id="large"),
    ],
)  # fmt: skip
def test_own_survey_that_cannot_be_shown_is_told_with_the_remedy(
    tmp_path: Path, content: str, cause: str
) -> None:
    (tmp_path / "summary.json").write_text(content, encoding="latin-1")
    found = Measured(tmp_path).survey()
    assert cause in found.trouble
    assert f"write it anew with twin survey --output {tmp_path}" in found.trouble
    assert len(found.trouble) < 800
    assert (found.origin, found.survey is not None) == ("shipped", True)


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_file_is_not_read(tmp_path: Path, kind: str) -> None:
    """A pipe would be read for ever."""
    place = tmp_path / "summary.json"
    if kind == "folder":
        place.mkdir()
    else:
        os.mkfifo(place)
    assert "it is no file" in Measured(tmp_path).survey().trouble


async def test_api_gives_plants_one_plant_and_the_survey(bench: Bench) -> None:
    told = await bench.get("/api/v1/gains")
    assert told["count"] == len(told["items"]) == len(Measured().runs())
    for one in told["items"]:
        assert set(one) == set(RunSummary.model_fields)
    steel = await bench.get("/api/v1/gains/steel")
    assert set(steel) == set(Run.model_fields)
    file = shipped("steel")
    assert steel["waterfalls"] == file["waterfalls"]
    assert (
        steel["levels"]["mid"]["changes"]["productivity"] == file["levels"]["mid"]["changes"]["productivity"]
    )
    assert "GET /api/v1/gains lists" in (await bench.get("/api/v1/gains/nobody", 404))["detail"]
    survey = await bench.get("/api/v1/survey")
    assert (survey["origin"], survey["trouble"]) == ("shipped", "")
    assert survey["survey"]["figures"]["defect_rate"] == {
        name: value for name, value in shipped("survey")["figures"]["defect_rate"].items() if name != "name"
    }
