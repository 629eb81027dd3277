"""`twin upgrades` and `twin compare`: what they print and write, and one clear line for every mistake."""

import json
from pathlib import Path

import pytest
import typer.testing

from twin.cli import app

TOYS = str(Path(__file__).parent / "toy_upgrades")
SHORT = ("--days", "0.1", "--warmup", "0", "--replications", "2", "--waterfall", "2")


def twin(*arguments: str) -> tuple[int, str, str]:
    """Run the command in this process; return exit code, output and errors."""
    result = typer.testing.CliRunner().invoke(app, [*arguments, "--plants", TOYS])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_upgrades_are_listed_with_cost_and_source() -> None:
    code, out, _ = twin("upgrades", "bench", "--json")
    robot = json.loads(out)[0]
    assert (code, robot["key"], robot["paradigm"], robot["function"]) == (0, "robot", "networked", "labour")
    assert robot["effects"] == ["load × 0.75, 0.5, 0.25"]
    assert (robot["one_off"], robot["running"], robot["source"]) == (20_000, 1_000, "est.")
    assert "robot" in twin("upgrades", "bench")[1]


def test_comparison_prints_tables_and_writes_pictures_and_result(tmp_path: Path) -> None:
    code, out, err = twin("compare", "bench", *SHORT, "--output", str(tmp_path))
    assert code == 0, err
    for text in (
        "Productivity",
        "+34.0 %",
        "Availability",
        "interaction",
        "Payback: ",
        "process, not of physics",
    ):
        assert text in out
    result = json.loads((tmp_path / "result.json").read_text())
    assert result["changes"]["productivity"]["mean"] == pytest.approx(1.0, abs=0.01)
    names = {"changes", "oee", *(f"waterfall_{name}" for name in result["waterfalls"])}
    assert {file.name for file in tmp_path.iterdir()} == {"result.json"} | {
        f"{name}.{kind}" for name in names for kind in ("png", "svg")
    }


def test_json_is_the_result_that_is_written(tmp_path: Path) -> None:
    code, out, _ = twin(
        "compare", "bench", *SHORT, "--upgrades", "robot=low,cutter", "--level", "high", "--set", "scatter=0.1",
        "--output", str(tmp_path), "--json",
    )  # fmt: skip
    result = json.loads(out)
    assert code == 0
    assert result == json.loads((tmp_path / "result.json").read_text())
    assert [(one["key"], one["strength"]) for one in result["upgrades"]] == [("robot", 1.0), ("cutter", 3.0)]
    assert (result["configuration"]["scatter"], result["seeds"], len(result["before"])) == (0.1, [1, 2], 2)


def test_zero_moves_nothing_and_says_so(tmp_path: Path) -> None:
    code, out, _ = twin(
        "compare", "bench", *SHORT, "--zero", "--set", "scatter=0.3", "--output", str(tmp_path)
    )
    assert code == 0
    assert "no figure of any pair moved at all" in out
    assert "Payback: never" in out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["compare", "bench", "--upgrades", "robo"], "no upgrade 'robo'; did you mean robot? upgrades: robot,"),
        (["compare", "bench", "--upgrades", ","], "none of the upgrades is chosen; upgrades: robot, cutter, camera"),
        (["compare", "bench", "--upgrades", "robot,robot=1"], "names robot twice"),
        (["compare", "bench", "--level", "4"], "level '4': write low, mid, high or a number from 0 to 3"),
        (["compare", "bench", "--upgrades", "robot=huge"], "--upgrades robot: level 'huge': write low, mid, high"),
        (["compare", "bench", "--waterfall", "1"], "an interval needs at least 2 replications"),
        (["compare", "bensch"], "there is no plant 'bensch'; did you mean bench?"),
        (["upgrades", "bensch"], "there is no plant 'bensch'"),
        (["compare", "bench", "--set", "lod=1"], "no parameter 'lod'"),
    ],
)  # fmt: skip
def test_mistake_is_told_in_one_line_with_exit_code_2(arguments: list[str], expected: str) -> None:
    code, out, err = twin(*arguments)
    assert (code, out) == (2, "")
    assert expected in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("command", ["upgrades", "compare"])
def test_help_shows_an_example(command: str) -> None:
    assert "Example: twin " in twin(command, "--help")[1]
