"""`twin survey`: what it prints and writes, that Ctrl-C loses nothing, and one clear line for every mistake."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pyarrow.parquet as pq
import pytest
import typer.testing

from edge.measured import Measured
from twin.cli import app
from twin.lab.survey import Survey

TOYS = str(Path(__file__).parent / "toy_upgrades")
SHORT = ("--only", "bench", "--projects", "3", "--days", "0.05", "--warmup", "0", "--jobs", "1")


def twin(*arguments: str) -> tuple[int, str, str]:
    """Run the command in this process; return exit code, output and errors."""
    result = typer.testing.CliRunner().invoke(app, ["survey", *arguments, "--plants", TOYS])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_survey_prints_the_table_writes_it_and_goes_on_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second start with the same arguments runs nothing and tells the same."""
    code, out, err = twin(*SHORT, "--output", str(tmp_path))
    assert code == 0, err
    for text in ("3 of 3 projects", "Productivity", "+34.0", "By plant", "process, not of physics"):
        assert text in out
    names = [f"{name}.{kind}" for name in ("distributions", "plants") for kind in ("png", "svg")]
    assert {file.name for file in tmp_path.iterdir()} == {"projects.parquet", "summary.json", *names}
    first = json.loads((tmp_path / "summary.json").read_text())
    assert first["figures"]["productivity"]["improved"] == 1.0
    assert first["efforts"]["bench"] == {"projects": 3, "days": 0.05, "warmup_days": 0.0}
    shown = Measured(tmp_path).survey()  # as the edge reads it
    assert shown.survey is not None
    assert (shown.origin, shown.survey.digest, shown.trouble) == ("own", first["digest"], "")

    def never(survey: Survey, *rest: object, **options: object) -> None:
        raise AssertionError("it ran again")

    monkeypatch.setattr("twin.lab.survey.run", never)
    code, out, _ = twin(*SHORT, "--output", str(tmp_path), "--json")
    assert code == 0
    assert json.loads(out) | {"seconds": 0} == first | {"seconds": 0}


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures take seconds, and one test has seen them."""
    monkeypatch.setattr("twin.lab.survey_plot.draw", lambda *arguments: [])


@pytest.mark.usefixtures("no_pictures")
def test_zero_moves_nothing(tmp_path: Path) -> None:
    code, out, _ = twin(*SHORT, "--zero", "--output", str(tmp_path), "--json")
    assert code == 0
    assert {row["mean"]["mean"] for row in json.loads(out)["figures"].values()} == {0.0}


@pytest.mark.usefixtures("no_pictures")
def test_other_arguments_are_refused_until_a_fresh_start(tmp_path: Path) -> None:
    assert twin(*SHORT, "--output", str(tmp_path))[0] == 0
    code, _, err = twin(*SHORT, "--seed", "2", "--output", str(tmp_path))
    assert code == 2
    assert "differs in: projects, seed; choose another --output, or begin anew with --fresh" in err
    assert twin(*SHORT, "--seed", "2", "--fresh", "--output", str(tmp_path))[0] == 0


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--only", "bensch"], "there is no plant 'bensch'; did you mean bench?"),
        (["--only", "bench,stamping", "--projects", "3"], "3 projects are too few for 2 plants"),
        ([*SHORT, "--scheduler", "tcp://127.0.0.1:1"], "a cluster needs Dask"),
    ],
)
def test_mistake_is_told_in_one_line_with_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], expected: str
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    code, out, err = twin(*arguments, "--output", str(tmp_path))
    assert (code, out) == (2, "")
    assert expected in err
    assert err.count("\n") == 1


def test_help_shows_an_example() -> None:
    assert "Example: twin survey" in twin("--help")[1]


def test_ctrl_c_ends_the_workers_and_keeps_what_is_finished(tmp_path: Path) -> None:
    """As in a terminal, the whole group gets the signal; the same command then goes on."""
    command = [sys.executable, "-m", "twin.cli", "survey", "--plants", TOYS, "--only", "bench", "--projects", "400",
               "--days", "2", "--jobs", "2", "--output", str(tmp_path)]  # fmt: skip
    program = subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE, text=True)
    try:
        while not (tmp_path / "projects.parquet").exists():
            assert program.poll() is None
            time.sleep(0.1)
        os.killpg(program.pid, signal.SIGINT)
        _, errors = program.communicate(timeout=30)
    finally:
        if program.poll() is None:
            os.killpg(program.pid, signal.SIGKILL)
            program.wait()
    assert program.returncode == 130
    assert "stopped: " in errors
    assert "the same command goes on from there" in errors
    assert "Traceback" not in errors
    assert 0 < pq.read_table(tmp_path / "projects.parquet").num_rows < 400
    patience = time.monotonic() + 20.0
    while left := _alive(program.pid):
        assert time.monotonic() < patience, left
        time.sleep(0.1)


def _alive(group: int) -> list[str]:
    """Return the processes of a group that still run; Python's own trackers of resources end a moment later."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.cmdline()))
    return found
