"""The command `twin`: what it prints, its exit codes, and one clear line for every mistake."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer.testing

from twin.cli import app
from twin.demo.port import LOOPBACK, choose_port

TOY = str(Path(__file__).parent / "toy_plant")


def twin(*arguments: str) -> tuple[int, str, str]:
    """Run the command in this process; return exit code, output and errors."""
    result = typer.testing.CliRunner().invoke(app, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_list_prints_plants_with_kind_and_default_transport() -> None:
    code, out, _ = twin("list", "--plants", TOY, "--json")
    toy = next(row for row in json.loads(out) if row["name"] == "toy")
    assert (code, toy["kind"], toy["transport"]) == (0, "discrete", "sparkplug")
    assert toy["parameters"]["cycle"] == {
        "value": 10.0, "unit": "s", "low": 1, "high": 100, "source": "est.", "description": "time per piece"
    }  # fmt: skip
    assert "Toy machine" in twin("list", "--plants", TOY)[1]


@pytest.mark.parametrize("command", [[], ["list"], ["check"], ["run"], ["demo"]])
def test_help_of_every_command_shows_an_example(command: list[str]) -> None:
    code, out, _ = twin(*command, "--help")
    assert code == 0
    if command:
        assert "Example: twin " in out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run", "toi"], "there is no plant 'toi'; did you mean toy?"),
        (["check", "toi"], "there is no plant 'toi'; did you mean toy?"),
        (["check"], "name one plant or give --all"),
        (["run", "toy", "--set", "cicle=3"], "no parameter 'cicle'; did you mean cycle?"),
        (["run", "toy", "--set", "cycle"], "--set 'cycle': write NAME=VALUE"),
        (["run", "toy", "--set", "cycle=fast"], "--set cycle=fast: not a number; write one in s"),
        (["run", "toy", "--set", "cycle=nan"], "cycle=nan must be a number in s"),
        (["run", "toy", "--set", "cycle=1000"], "cycle=1000 s lies outside its physical range 1..100"),
        (["run", "toy", "--set", "cycle=2", "--set", "cycle=3"], "cycle is given twice"),
        (["run", "toy", "--since", "yesterday"], "--since: 'yesterday' is no duration; write"),
        (["run", "toy", "--since", "9999d"], "--since 9999d: a run begins at most 366 days back"),
        (["run", "toy", "--speed", "0"], "--speed 0 never catches up with the clock"),
        (["run", "toy", "--speed", "nan"], "--speed nan never catches up with the clock"),
        (["run", "toy", "--scan", "7"], "--scan 7 s must divide 60 s"),
        (["run", "toy", "--scan", "1e-9"], "--scan 1e-09 s must divide 60 s"),
        (
            ["run", "toy", "--transport", "modbus"],
            "there is no transport 'modbus'; transports: opcua, sparkplug",
        ),
        (
            ["run", "toy", "--transport", "opcua", "--address", "mqtt://127.0.0.1"],
            "opcua wants opc.tcp://HOST:PORT",
        ),
        (["run", "toy", "--address", "mqtt://127.0.0.1:99999"], "is no address"),
        (["run", "toy", "--address", "mqtt://me:pw@127.0.0.1:1883"], "holds a user or password"),
        (["list"], "no such folder"),
    ],
)
def test_mistake_is_told_in_one_line_with_exit_code_2(
    arguments: list[str], expected: str, tmp_path: Path
) -> None:
    folder = str(tmp_path / "none") if arguments == ["list"] else TOY
    code, out, err = twin(*arguments, "--plants", folder)
    assert code == 2
    assert expected in err
    assert err.count("\n") == 1
    assert out == ""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--plants", "nothing-here"], "there is no plant 'nothing-here'"),
        (["--plants", ","], "names none"),
        (["--plants", "toy", "--since", "1x"], "'1x' is no duration"),
        (["--plants", "toy", "--since", "9999d"], "at most 366 days back"),
        (["--plants", "toy", "--speed", "1"], "--speed 1 never catches up"),
        (
            ["--plants", "toy", "--transport", "toy"],
            "--transport 'toy': write PLANT=opcua or PLANT=sparkplug",
        ),
        (["--plants", "toy", "--transport", "toy=telex"], "there is no transport 'telex'"),
        (["--plants", "toy", "--transport", "toi=opcua"], "did you mean toy?"),
    ],
)
def test_mistake_in_demo_is_told_before_anything_starts(
    arguments: list[str], expected: str, tmp_path: Path
) -> None:
    code, _, err = twin("demo", *arguments, "--plants-dir", TOY, "--data", str(tmp_path / "var"))
    assert code == 2
    assert expected in err
    assert not (tmp_path / "var").exists()


def test_demo_refuses_a_directory_that_it_did_not_make(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("irreplaceable")
    code, _, err = twin("demo", "--plants", "toy", "--plants-dir", TOY, "--data", str(tmp_path), "--fresh")
    assert code == 2
    assert "was not made by `twin demo`" in err
    assert (tmp_path / "thesis.txt").read_text() == "irreplaceable"


@pytest.mark.parametrize("options", [["check", "toy", "--replications", "4", "--days", "4"]])
def test_check_passes_an_honest_plant_and_prints_its_table(options: list[str]) -> None:
    code, out, _ = twin(*options, "--plants", TOY)
    assert code == 0, out
    assert "contract: kept" in out
    for word in (
        "availability",
        "effectiveness",
        "quality_ratio",
        "specific_energy",
        "defect_rate",
        "of pieces",
    ):
        assert word in out


def test_check_fails_a_plant_that_misses_its_data_sheet(tmp_path: Path) -> None:
    text = (Path(TOY) / "toy.py").read_text()
    (tmp_path / "toy_off.py").write_text(text.replace('"availability": 1.0', '"availability": 0.8'))
    code, out, _ = twin(
        "check", "toy", "--plants", str(tmp_path), "--replications", "4", "--days", "2", "--json"
    )
    assert code == 1
    figures = {figure["name"]: figure["verdict"] for figure in json.loads(out)[0]["figures"]}
    assert figures["availability"] == "fail"
    assert figures["effectiveness"] == "pass"


def test_check_prints_broken_promises_of_the_contract(tmp_path: Path) -> None:
    text = (Path(TOY) / "toy.py").read_text()
    (tmp_path / "toy_bare.py").write_text(text.replace('title: ClassVar[str] = "Toy machine"', ""))
    code, out, _ = twin("check", "toy", "--plants", str(tmp_path))
    assert code == 1
    assert "toy_bare.py: title: empty; set the class variable 'title'" in out


def test_check_names_a_target_that_is_no_figure(tmp_path: Path) -> None:
    text = (Path(TOY) / "toy.py").read_text()
    (tmp_path / "toy_misspelt.py").write_text(text.replace('"availability": 1.0', '"availabilty": 1.0'))
    code, out, _ = twin("check", "toy", "--plants", str(tmp_path))
    assert code == 1
    assert "toy_misspelt.py: targets()['availabilty']: no such figure; take one of availability," in out


def test_check_says_when_a_plant_states_no_targets(tmp_path: Path) -> None:
    text = (Path(TOY) / "toy.py").read_text()
    (tmp_path / "toy_aimless.py").write_text(text.replace("def targets(", "def other("))
    code, out, _ = twin("check", "toy", "--plants", str(tmp_path), "--replications", "2", "--days", "0.1")
    assert code == 0
    assert "targets(): none stated" in out


def test_plant_that_fails_while_it_runs_is_told_with_its_line(tmp_path: Path) -> None:
    """An error of the plant's author names file and line, not the way through the kernel."""
    from twin.secret import make_secrets

    make_secrets(tmp_path / "secrets", ["edge", "toy"])
    text = (Path(TOY) / "toy.py").read_text()
    faulty = tmp_path / "toy_faulty.py"
    faulty.write_text(text.replace("self.made += 1", "self.made += self.step_width"))
    line = next(
        number for number, row in enumerate(faulty.read_text().splitlines(), 1) if "step_width" in row
    )
    done = subprocess.run(
        [
            sys.executable, "-m", "twin.cli", "run", "toy", "--plants", str(tmp_path), "--transport", "opcua",
            "--address", f"opc.tcp://{LOOPBACK}:{choose_port(24_840)}", "--data", str(tmp_path / "data"),
            "--secrets", str(tmp_path / "secrets"), "--since", "1h",
        ],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert f"toy_faulty.py, line {line}: AttributeError" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_module_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "twin.cli", "run", "toy", "--plants", TOY, "--since", "soon"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("twin: --since: 'soon' is no duration")


def test_port_in_use_is_told_with_exit_code_1(tmp_path: Path) -> None:
    import socket

    from twin.secret import make_secrets

    make_secrets(tmp_path / "secrets", ["edge", "toy"])
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [
                sys.executable, "-m", "twin.cli", "run", "toy", "--plants", TOY, "--transport", "opcua",
                "--address", f"opc.tcp://127.0.0.1:{port}", "--data", str(tmp_path / "data"),
                "--secrets", str(tmp_path / "secrets"), "--since", "1min",
            ],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert str(port) in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command", [["compare", "toy"], ["survey"], ["check", "toy"]], ids=lambda words: words[0]
)
def test_command_that_needs_the_extra_lab_tells_what_to_install(command: list[str]) -> None:
    """As where the wheel was installed without its extras."""
    without = "import sys; sys.modules['joblib'] = None; from twin.cli import app; app()"
    done = subprocess.run(
        [sys.executable, "-c", without, *command, "--plants", TOY],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "twin: joblib is not installed; pip install 'smart-factory-twin[lab]'\n"
