"""A survey finds known effects, repeats, goes on where it stopped, and takes nobody else's results for its own."""

import dataclasses
import math
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from twin.discovery import discover
from twin.lab.project_draw import Project
from twin.lab.survey import Outcome, Survey, curves, plan, run, without_effect
from twin.lab.survey_store import FIGURES, FILE, OtherSurvey, SurveyStore

BENCH: Any = discover(Path(__file__).parents[1] / "toy_upgrades", package="no_such_package")["bench"]()


def small(**options: Any) -> Survey:
    return plan([BENCH], **({"projects": 4, "days": 0.05, "warmup_days": 0.01} | options))


def outcomes(survey: Survey, **options: Any) -> list[Outcome]:
    return sorted(run(survey, {}, jobs=1, **options), key=lambda one: one.project.number)


@pytest.fixture(scope="module")
def finished() -> list[Outcome]:
    return outcomes(small())


def same(one: Outcome, other: Outcome) -> bool:
    """Compare all but the seconds; what is undefined equals itself."""
    told = [[repr(run.project), *sorted(map(repr, run.before.items())), *sorted(map(repr, run.after.items()))]
            for run in (one, other)]  # fmt: skip
    return told[0] == told[1]


def test_project_halves_what_its_strengths_say(finished: list[Outcome]) -> None:
    """A piece takes load + work; the upgrades of the bench shorten both, to a quarter at the highest strength."""
    for one in finished:
        factors = [_factor(one.project.strengths[key]) for key in ("robot", "cutter")]
        expected = 20.0 / (10.0 * sum(factors)) - 1.0
        assert one.change("throughput") == pytest.approx(expected, rel=0.03)
        assert one.seconds > 0.0


def _factor(strength: float) -> float:
    return 1.0 - 0.25 * strength


def test_survey_repeats_on_any_number_of_cores(finished: list[Outcome]) -> None:
    again = sorted(run(small(), {}, jobs=2), key=lambda one: one.project.number)
    assert all(same(one, other) for one, other in zip(finished, again, strict=True))


def test_zero_strength_moves_nothing_at_all() -> None:
    survey = without_effect(plan([dataclasses.replace(BENCH, scatter=0.3)], 2, days=0.05, warmup_days=0.01))
    found = list(run(survey, curves(survey, jobs=1), jobs=1))
    assert [one.moved for one in found] == [False, False]
    assert [one.change(name) for one in found for name in ("productivity", "rd_period")] == [0.0] * 4


def test_change_is_undefined_without_a_figure_before() -> None:
    project = Project(1, "bench", 1, {}, {})
    one = Outcome(project, {"a": 0.0, "b": 2.0, "c": math.nan}, {"a": 1.0, "b": 1.0, "c": 1.0}, 0.1)
    assert (one.change("b"), one.moved) == (-0.5, True)
    assert math.isnan(one.change("a"))
    assert math.isnan(one.change("c"))


def test_longest_projects_run_first(monkeypatch: pytest.MonkeyPatch) -> None:
    survey = small()
    efforts = {
        "bench": survey.efforts["bench"],
        "slow": dataclasses.replace(survey.efforts["bench"], cost=9.0),
    }
    slow = dataclasses.make_dataclass(
        "Slow", [], bases=(type(BENCH),), frozen=True, namespace={"name": "slow"}
    )()
    late = dataclasses.replace(survey.projects[0], number=5, plant="slow")
    mixed = dataclasses.replace(
        survey, plants=(BENCH, slow), projects=(*survey.projects, late), efforts=efforts
    )

    def in_order(function: Any, calls: Any, **options: Any) -> Any:
        yield from ((place, ({}, {}, 0.0)) for place, _ in enumerate(calls))

    monkeypatch.setattr("twin.lab.survey.spread", in_order)
    assert [one.project.number for one in run(mixed, {})] == [5, 1, 2, 3, 4]


def test_candidates_give_a_curve_a_plant() -> None:
    found = curves(small(), jobs=1)
    assert list(found) == ["bench"]
    assert found["bench"].rates == tuple(sorted(found["bench"].rates))


def test_parquet_gives_back_what_was_kept(tmp_path: Path, finished: list[Outcome]) -> None:
    survey = small()
    store = SurveyStore(tmp_path, survey)
    store.curves = curves(survey, jobs=1)
    for one in finished:
        store.add(one)
    store.save()
    again = SurveyStore(tmp_path, survey)
    assert again.curves == store.curves
    assert all(same(again.outcomes[one.project.number], one) for one in finished)
    table = pq.read_table(tmp_path / FILE)
    assert table.num_rows == 4
    assert {f"{name}_{when}" for name in FIGURES for when in ("before", "after", "change")} < set(
        table.column_names
    )
    assert dict(table.column("strengths")[0].as_py()) == finished[0].project.strengths


def test_survey_goes_on_where_it_stopped(tmp_path: Path, finished: list[Outcome]) -> None:
    """Only what is missing runs again; it joins what was kept."""
    survey = small()
    store = SurveyStore(tmp_path, survey)
    for one in finished[:3]:
        store.add(one)
    store.save()
    kept = SurveyStore(tmp_path, survey)
    rest = outcomes(survey, finished=list(kept.outcomes))
    assert [one.project.number for one in rest] == [4]
    assert same(rest[0], finished[3])


@pytest.mark.parametrize(
    ("options", "subjects"),
    [
        ({"seed": 2}, "projects, seed"),
        ({"projects": 5}, "projects"),
        ({"days": 0.06}, "efforts"),
    ],
)
def test_folder_of_another_survey_is_refused(tmp_path: Path, options: dict[str, Any], subjects: str) -> None:
    SurveyStore(tmp_path, small()).save()
    with pytest.raises(OtherSurvey, match=f"differs in: {subjects}; choose another --output, or begin anew"):
        SurveyStore(tmp_path, small(**options))


def test_results_of_other_code_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    SurveyStore(tmp_path, small()).save()
    monkeypatch.setattr("twin.lab.survey_store.code_digest", lambda plants: "another")
    with pytest.raises(OtherSurvey, match="differs in: code;"):
        SurveyStore(tmp_path, small())


def test_plants_without_upgrades_take_no_part() -> None:
    bare = dataclasses.make_dataclass(
        "Bare", [], bases=(type(BENCH),), frozen=True, namespace={"name": "bare", "upgrades": lambda self: ()}
    )()
    assert {one.plant for one in plan([BENCH, bare], 4).projects} == {"bench"}
    with pytest.raises(ValueError, match="no plant has upgrades"):
        plan([bare], 4)
