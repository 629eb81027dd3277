"""`twin check` tries a plant's faults, and fails a plant whose fault does not do what it states."""

import json
from pathlib import Path

import pytest
import typer.testing

from twin.cli import app

TOY = (Path(__file__).parents[1] / "toy_plant" / "toy.py").read_text()
FAULT = """        machine.can_suffer(
            Fault("worn_tool", "Worn tool", mechanism="The edge has chipped.",
                  strike=lambda: setattr(machine, "_defects", 0.5), mend=lambda: setattr(machine, "_defects", 0.05),
                  effects=(Effect(subject="SUBJECT", change=CHANGE, end=3600),
                           Effect(subject="quality_ratio", change=-0.2, end=3600)))
        )
        return ToyLine("""


def check(folder: Path, subject: str, change: float, *options: str) -> tuple[int, str]:
    """Check the toy plant with a fault that states one change; return exit code and output."""
    text = TOY.replace(
        "        return ToyLine(", FAULT.replace("SUBJECT", subject).replace("CHANGE", str(change))
    )
    text = text.replace("def targets(", "def other(")
    text = text.replace(
        "from twin.model.line import",
        "from twin.model.fault import Effect, Fault\nfrom twin.model.line import",
    )
    (folder / f"{folder.name}.py").write_text(text)
    short = ("--replications", "2", "--days", "0.1", "--plants", str(folder))
    result = typer.testing.CliRunner().invoke(app, ["check", "toy", *short, *options], env={"COLUMNS": "200"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout


def test_fault_that_does_what_it_states_passes_and_is_printed(tmp_path: Path) -> None:
    code, out = check(tmp_path, "machine/scrap_count", 60.0)
    assert code == 0, out
    assert "machine/worn_tool" in out
    assert "quality_ratio" in out
    assert "fail" not in out


def test_fault_that_claims_too_much_fails_the_check(tmp_path: Path) -> None:
    code, out = check(tmp_path, "machine/temperature", 5.0, "--json")
    assert code == 1
    (result,) = json.loads(out)
    (fault,) = result["faults"]
    assert (result["passed"], fault["passed"], fault["cleared"]) == (False, False, True)
    temperature, quality = fault["effects"]
    assert (temperature["held"], quality["held"]) == (False, True)
    assert quality["measured"] == pytest.approx(-0.45, abs=0.08)
    assert check(tmp_path, "machine/temperature", 5.0, "--no-faults")[0] == 0


def test_effect_on_no_tag_is_a_broken_promise(tmp_path: Path) -> None:
    code, out = check(tmp_path, "machine/temprature", 5.0)
    assert code == 1
    assert "the line has no such tag; did you mean machine/temperature" in out
