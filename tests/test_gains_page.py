"""docs/gains.md is what its generator makes of the results, and its prose holds no number of its own."""

import json
import re
from pathlib import Path

import pytest

from edge.measured import Measured
from tools import gains_page
from tools.gains_run import Effort, measure
from tools.gains_screening import screening
from twin.discovery import discover

TOYS = Path(__file__).parent / "toy_upgrades"
SMOKE = Effort(minutes=5.0, projects=3, days=0.05, warmup_days=0.0, replications=2, jobs=1)


def test_page_is_what_its_results_make() -> None:
    assert gains_page.PAGE.read_text() == gains_page.page(gains_page.DATA), "run: python -m tools.gains_page"


def test_prose_holds_no_number() -> None:
    """Whatever the template states with a digit would not follow the results."""
    prose = gains_page.TEMPLATE.read_text()
    assert re.findall(r".*\d.*", prose) == []


def test_data_sheet_has_the_means_that_it_states() -> None:
    """Section 11 gives the means of its ten rows, too: a typing error would show."""
    plants = json.loads(gains_page.SHEET.read_text())["plants"].values()
    means = {name: 100 * sum(row[name] for row in plants) / 10 for name in gains_page.NAMES}
    stated = {"productivity": 32.7, "energy_utilisation": 15.0, "operating_cost": -18.2, "rd_period": -36.7,
              "defect_rate": -30.6}  # fmt: skip
    assert means == pytest.approx(stated, abs=0.15)


def test_smoke_run_measures_and_builds_and_is_not_repeated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = discover(TOYS, package="no_such_package")["bench"]()
    data, images, work = tmp_path / "data", tmp_path / "images", tmp_path / "work"
    measure([bench], SMOKE, data, images, work)
    gains_page.build(data, tmp_path / "gains.md", images)
    text = (tmp_path / "gains.md").read_text()
    assert "[Work bench](plants/bench.md)" in text
    assert "without the robot" in text
    assert "Not measured yet: steel," in text
    assert {file.name for file in images.iterdir()} == {
        f"gains_{name}.svg" for name in ("plants", "screening", "survey")
    }
    result = json.loads((data / "bench.json").read_text())
    mid, high = (result["levels"][level]["changes"]["productivity"]["mean"] for level in ("mid", "high"))
    assert mid == pytest.approx(1.0, abs=0.02)
    assert high == pytest.approx(3.0, abs=0.1)
    (run,) = Measured(folder=data).runs()  # as the edge reads it
    assert (run.plant, run.levels.mid.changes["productivity"].mean) == ("bench", mid)
    capsys.readouterr()
    measure([bench], SMOKE, data, images, work)
    assert "bench: kept" in capsys.readouterr().err
    assert gains_page.page(data) == text


def test_screening_takes_one_upgrade_away() -> None:
    """Two upgrades of ten and five log points on one of two plants: half of what the plant loses is the mean's."""
    change = {"mean": 0.15, "low": 0.1, "high": 0.2}
    fall = {"total": {"mean": 15.0}, "steps": {"a": {"mean": 10.0}, "b": {"mean": 5.0}}}
    plant = {
        "title": "P", "upgrades": [{"key": "a", "title": "Ace"}, {"key": "b", "title": "Bee"}],
        "waterfalls": {"productivity": fall},
        "levels": {level: {"changes": {"productivity": change | {"mean": mean}}}
                   for level, mean in (("low", 0.1), ("mid", 0.15), ("high", 0.2))},
    }  # fmt: skip
    other = plant | {"upgrades": [], "waterfalls": {}}
    effects = {what: effect["productivity"] for _, what, effect in screening({"p": plant, "q": other})}
    assert effects["without ace"] == pytest.approx((2.71828**0.05 - 2.71828**0.15) / 2, abs=1e-6)
    assert effects["strengths low"] == pytest.approx(-0.05)
    assert next(iter(effects)) == "without ace"
