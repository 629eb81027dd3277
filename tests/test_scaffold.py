"""`twin new`: a student's plant begins short and passes every check at once."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from twin.checks.plant import check_plant
from twin.cli import app
from twin.discovery import discover
from twin.lab.fault_trial import FaultBench

LONGEST = 80  # lines


def invoke(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return done.exit_code, done.output


@pytest.mark.parametrize("like", sorted(discover()))
def test_new_plant_is_short_and_keeps_the_contract(like: str, tmp_path: Path) -> None:
    """Begun like any plant, the file has at most 80 lines, the contract holds and its fault does what it says."""
    name = f"begun_like_{like}"
    code, output = invoke("new", name, "--like", like, "--plants", tmp_path)
    assert (code, output.splitlines()[0]) == (0, f"written: {tmp_path / name}.py")
    assert len((tmp_path / f"{name}.py").read_text().splitlines()) <= LONGEST
    plant = discover(tmp_path)[name]
    assert check_plant(plant, hours=1.0) == []
    assert all(trial.passed for trial in FaultBench(plant()).trials())


def test_new_discrete_plant_takes_stations_over(tmp_path: Path) -> None:
    """The row has the names and cycle times of the plant it is begun with, the pacing station among them."""
    invoke("new", "my_line", "--like", "stamping", "--plants", tmp_path)
    source = (tmp_path / "my_line.py").read_text()
    assert '"op10": (4.29, 1, 2, ' in source
    assert "class MyLine(model.Plant):" in source
    assert 'title: ClassVar[str] = "My line"' in source


@pytest.mark.parametrize(
    ("name", "like", "problem"),
    [
        ("stamping", "stamping", "there is a plant called 'stamping' already; choose another name"),
        ("My-Plant", "stamping", "use lower snake case"),
        ("class", "stamping", "cannot be a Python file to import"),
        ("mine", "stampin", "did you mean stamping?"),
    ],
)
def test_new_plant_is_refused(name: str, like: str, problem: str, tmp_path: Path) -> None:
    code, output = invoke("new", name, "--like", like, "--plants", tmp_path / "none")
    assert (code, problem in output) == (2, True), output
    assert not (tmp_path / "none").exists()


def test_new_plant_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("mine = 1\n")
    code, output = invoke("new", "mine", "--plants", tmp_path)
    assert code == 2
    assert "exists and is left as it is" in output
    assert (tmp_path / "mine.py").read_text() == "mine = 1\n"


def test_scaffolded_file_is_typed_and_tidy(tmp_path: Path) -> None:
    """A student's editor finds nothing to complain about."""
    invoke("new", "mine", "--plants", tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(tmp_path / "mine.py")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
