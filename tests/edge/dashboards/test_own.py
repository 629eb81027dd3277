"""Pages that people write themselves: built beside their file, or told in one line what is wrong."""

import json
from pathlib import Path

import pytest

from edge.dashboards.build import main

PAGE = """
from edge.dashboards import annotation, variable
from edge.dashboards.page import Page, Row
from edge.dashboards.panel import rows, Column
from edge.dashboards.question import OF_PLANT, columns

def page():
    stops = columns("state_interval", ("reason", "duration_s"), *OF_PLANT)
    return Page(uid="mine", title="Mine", told="", variables=(variable.plant(), variable.epoch()), rows=(
        Row(height=9, panels=((24, rows("Stops", stops, {"reason": Column(title="Reason")})),)),
    ))
"""


def build(folder: Path, text: str, *more: str) -> int:
    file = folder / "mine.py"
    file.write_text(text)
    return main([str(file), *more])


def test_page_is_written_beside_its_file_and_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A check writes nothing, and tells what differs; what is up to date is left alone."""
    file = tmp_path / "mine.json"
    assert build(tmp_path, PAGE, "--check") == 1
    assert "differs" in capsys.readouterr().err
    assert not file.exists()
    assert build(tmp_path, PAGE) == 0
    assert json.loads(file.read_text())["uid"] == "mine"
    assert capsys.readouterr().out == f"{file}: written\n"
    assert build(tmp_path, PAGE, "--check") == build(tmp_path, PAGE) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"reason", "dur', '"reasons", "dur', "mine.py:8: measurement state_interval has no field 'reasons'"),
        ('{"reason":', '{"why":', "panel 1 Stops: no column 'why' in its answer"),
        (", variable.epoch()", ",", "panel 1 Stops: variable 'epoch' is not among those of the page"),
        ('uid="mine"', 'uid="sf-plant"', "uid 'sf-plant' is that of a dashboard that comes along"),
        ('uid="mine"', 'uid="my page"', "uid 'my page' is no address"),
        ("((24,", "((20,", "not 24 wide"),
        ("def page", "def pages", "no function page()"),
        ("return Page", "return str", "mine.py:9: "),
        ("def page():", "def page(:", "line 7"),
        ("import annotation", "import annotations", "mine.py:2: cannot import name 'annotations'"),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, words: str
) -> None:
    assert old in PAGE
    assert build(tmp_path, PAGE.replace(old, new)) == 2
    told = capsys.readouterr().err
    assert words in told
    assert len(told.splitlines()) == 1
    assert not (tmp_path / "mine.json").exists()


def test_only_python_is_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A built page that is named by mistake is neither run nor overwritten."""
    build(tmp_path, PAGE)
    before = (tmp_path / "mine.json").read_text()
    assert main([str(tmp_path / "mine.json")]) == 2
    assert "is no Python file" in capsys.readouterr().err
    assert (tmp_path / "mine.json").read_text() == before
