"""Drawings of the page of gains: dots and whiskers where the numbers say, waterfalls that add up, words for none."""

import re
from html import escape
from typing import Any

import pytest

from edge.comparison import Asked, Comparison, Stage
from edge.measured import Change, Figure, FoundSurvey, Mean, Measured, Survey
from edge.web.change_table import ChangeRow, change_table
from edge.web.compare_page import list_html
from edge.web.interval_strip import Scale, strip_svg
from edge.web.measured_view import as_comparison, measured_html, run_html
from edge.web.survey_view import command_of, survey_html
from edge.web.waterfall import waterfall_html
from twin.kpi.headline import HEADLINES

SURVEY = Survey(
    projects=7, finished=6, seed=3, digest="d" * 64, code="c" * 64, versions={"simpy": "4"}, discrete_share=0.65,
    efforts={"a": {"projects": 4, "days": 1, "warmup_days": 0.5}, "b": {"projects": 2, "days": 7, "warmup_days": 0}},
    kinds={"a": "discrete", "b": "process"}, cpu_seconds=1,
    plants={
        "a": {"productivity": Mean(mean=0.2, half_width=0.03)},
        "b": {"productivity": Mean(mean=0.1, half_width=None)},
    },
    figures={"productivity": Figure(
        count=6, mean=Mean(mean=0.15, half_width=0.05), median=0.12, low=-0.1, high=0.4, improved=0.5, weighted=None,
        published=0.34,
    )},
)  # type: ignore[call-arg, arg-type]  # as a file tells it, with more  # fmt: skip


def places(svg: str, kind: str) -> list[float]:
    """Return where parts of a kind begin, in per cent of the width."""
    return [float(place) for place in re.findall(rf'class="{kind}" (?:cx|x1|x)="([\d.]+)%"', svg)]


def test_strip_places_dot_whisker_and_what_is_reported() -> None:
    """On a scale from -1 to 1 the middle lies at 50 %, and each tenth is 4.6 % of the width."""
    svg = strip_svg(Scale(-1.0, 1.0), 0.2, (0.1, 0.3), published=0.5)
    assert places(svg, "mean") == [59.2]
    assert places(svg, "whisker") == [54.6, 54.6, 63.8]
    assert places(svg, "published") == [73.0]
    assert places(svg, "zero") == [50.0]


def test_strip_without_interval_has_no_whisker_and_stays_within_its_width() -> None:
    svg = strip_svg(Scale(0.0, 1e-9), 5.0, None, spread=(-9e9, 9e9))
    assert places(svg, "whisker") == []
    assert (places(svg, "mean"), places(svg, "spread")) == ([96.0], [4.0])


def test_table_of_changes_shows_every_figure_or_a_dash_and_trusts_no_text() -> None:
    html = change_table(
        "Plant", [ChangeRow("<b>x", {"productivity": Mean(mean=0.1, half_width=0.02)}, '/"', ())]
    )
    row = html.split("<tr>")[-1]
    assert [re.sub("<.*?>", "", cell) for cell in re.findall(r'class="num">(.*?)</span>', row)] == [
        "+10.0 ± 2.0 %", "–", "–", "–", "–",
    ]  # fmt: skip
    assert "&lt;b&gt;x" in row
    assert 'href="/&quot;"' in row
    assert [f"{100 * one.published:+.1f} %" in html for one in HEADLINES] == [True] * 5


@pytest.mark.parametrize("kind", ["single", "last_in"])
def test_waterfall_begins_each_bar_where_the_one_above_ends(kind: str) -> None:
    """10 and 20 points of a total of 25 leave an interaction of -5; 0 to 30 is 92 % of the width."""
    steps: list[dict[str, Any]] = [
        {"upgrade": key, kind: {"mean": mean, "half_width": None}} for key, mean in (("a", 10.0), ("b", 20.0))
    ]
    html = waterfall_html({"steps": steps, "total": {"mean": 25.0, "half_width": 2.0}}, {"a": "Ace"}, "label")
    rows = re.findall(r'<tr class="(\w+)"><th scope="row">(.*?)</th>.*?<td class="n">(.*?)</td>', html)
    assert rows == [
        ("one", "Ace", "+10.0"), ("one", "b", "+20.0"), ("inter", "interaction", "-5.0"),
        ("all", "all together", "+25.0 ± 2.0"),
    ]  # fmt: skip
    assert places(html, "bar") == pytest.approx([4.0, 34.7, 80.7, 4.0])


def test_survey_shows_its_spread_and_how_it_was_made() -> None:
    html = survey_html(FoundSurvey(origin="own", survey=SURVEY), {"a": "Plant A"}, None)
    for text in (
        "6 projects: each buys", "Your own survey.", "6 of 7 projects are finished.", "+15.0 ± 5.0 %", "+12.0 %",
        "-10.0 … +40.0 %", "50 %", "+34.0 %", '<a href="/gains/a">Plant A</a>', "0.5 + 1", "d" * 12,
        "twin survey --projects 7 --seed 3 --only a,b<",
    ):  # fmt: skip
        assert text in html
    assert "/gains/b" not in html  # nothing was measured of it
    (spread,), (low, high) = places(html, "spread"), places(html, "whisker")[:3:2]
    assert spread < low < places(html, "mean")[0] < high


def test_command_of_a_survey_names_what_is_not_usual() -> None:
    """Plants that all ran equally long may have been told to; where they differ, it is what is usual."""
    equal = SURVEY.efforts["a"].model_copy(update={"days": 0.5})
    every = {"a", "b"}
    assert command_of(SURVEY, every) == "twin survey --projects 7 --seed 3"
    same = SURVEY.model_copy(update={"efforts": {"a": equal, "b": equal}})
    assert command_of(same, every) == "twin survey --projects 7 --seed 3 --days 0.5 --warmup 0.5"


def test_what_is_missing_or_damaged_is_said() -> None:
    told = survey_html(FoundSurvey(origin="shipped", survey=None, trouble="<no>"), {}, None)
    assert "No survey came with this version." in told
    assert "&lt;no&gt;" in told
    assert "make gains" in measured_html([])


def test_measured_plants_lead_to_their_waterfalls() -> None:
    measured = Measured()
    html = measured_html(measured.runs())
    assert f"Mean of {len(measured.runs())} plants" in html
    for run in measured.runs():
        assert f'href="/gains/{run.plant}"' in html
        page = run_html(run, measured.survey())
        assert page.count("</details>") == len(run.waterfalls) == len(HEADLINES)
        assert "what the upgrade adds to all the others" in page
        for upgrade in run.upgrades:
            assert page.count(f'<th scope="row">{escape(upgrade.title)}</th>') == len(HEADLINES)


def test_a_run_is_told_as_a_comparison_with_its_seeds() -> None:
    run = Measured().runs()[0]
    told = as_comparison(run)
    assert told["seeds"] == list(range(run.design.seed, run.design.seed + run.levels.mid.pairs))


def test_change_without_ends_has_no_interval() -> None:
    one = Change(before=1, after=2, mean=1, low=None, high=2, significant=False)
    assert one.interval == Mean(mean=1, half_width=None)


def test_comparisons_of_all_plants_name_the_plant_and_lead_to_its_page() -> None:
    """The operator's token is asked for there: nothing is cancelled from the list of all."""
    one = Comparison(
        id="x", asked=Asked(plant="p", model="p"), who="me", begun_ms=0, stage=Stage.RUNNING, of=4, done=1
    )
    html = list_html([one], 1000, 0.0, {"p": "Plant P"})
    assert "<span>Plant P</span>: <span>all upgrades at mid</span>" in html
    assert '<a href="/plants/p/compare">Follow</a>' in html
    assert "data-compare" not in html
    assert 'data-compare="cancel"' in list_html([one], 1000, 0.0)
