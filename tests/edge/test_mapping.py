"""Mapping files: the example is a plant, and every mistake is told with file, field and remedy."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge.cli import app
from edge.collect.mapping import Mapping, MappingError, read_mapping
from twin.model.declaration import Declaration
from twin.model.tag import Kind

EXAMPLE = Path(__file__).parents[2] / "docs" / "mapping.example.toml"


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = EXAMPLE.read_text()
    assert old in text
    file = tmp_path / "plant.toml"
    file.write_text(text.replace(old, new, 1))
    return file


def test_the_example_declares_a_plant_of_our_contract() -> None:
    found = read_mapping(EXAMPLE).declare(7, 60_000)
    assert Declaration.from_json(found.to_json()) == found
    assert [unit.name for unit in found.units] == ["line", "filler", "labeller"]
    assert found.units[0].tag_names == (
        "state", "reason", "prod_processed_count", "ideal_cycle_time", "power_on_duration", "source_connected",
    )  # fmt: skip
    temperature = next(tag for tag in found.unit("filler").tags if tag.name == "temperature")
    assert (temperature.kind, temperature.unit, temperature.hi) == (Kind.MEASURE, "Cel", 90.0)
    assert not any(tag.writable for unit in found.units for tag in unit.tags)


def test_a_line_of_its_own_keeps_its_tags(tmp_path: Path) -> None:
    tag = 'name = "ideal_cycle_time"\nvalue = 2.0\nkind = "parameter"\nunit = "s"'
    line = f'[[unit]]\nname = "line"\n[[unit.tag]]\n{tag}\n'
    file = tmp_path / "plant.toml"
    file.write_text(EXAMPLE.read_text() + "\n" + line)
    mapping: Mapping = read_mapping(file)
    assert mapping.of_pacing() == ("state", "reason", "prod_processed_count")
    assert mapping.declare(1, 0).units[0].tag_names[0] == "ideal_cycle_time"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('plant = "bottling"', 'plant = "Bottling"', "use lower snake case"),
        ('plant = "bottling"', "", "plant: this key is missing"),
        ('plant = "bottling"', 'plant = "bottling"\nplan = 1', "plan: unknown key"),
        ('pacing = "filler"', 'pacing = "capper"', "pacing 'capper' is no unit of the file"),
        ("opc.tcp://127.0.0.1:4841", "http://127.0.0.1", "write opc.tcp://HOST:PORT"),
        ('title = "Labeller"', 'titel = "Labeller"', "unit labeller, titel: unknown key"),
        ('name = "labeller"', 'name = "filler"', "a unit is there twice"),
        (
            'unit = "Cel"',
            'unit = "°C"',
            "unknown unit of measure '°C': did you mean Cel",
        ),
        ("hi = 90.0", "hi = 90.0\nlo = 95.0", "alarm limits"),
        ("deadband = 0.2", "deadbnad = 0.2", "unit filler, tag temperature, deadbnad: unknown key"),
        ("nsu=urn:foreign:bottling;i=1042", "ns=2;i=1042", "write nsu=URI;s=NAME"),
        ("value = 0.5", 'value = 0.5\nnode = "nsu=a;s=b"', "one of them"),
        ('kind = "measure"', "", "tag 'temperature': kind is missing"),
        ('kind = "measure"', 'kind = "mesure"', "unit filler, tag temperature, kind:"),
        ('["EXECUTE", "production"]', '["RUNNING", "production"]', "'RUNNING' is no state"),
        ('["EXECUTE", "production"]', '["EXECUTE", "running"]', "'running' is no reason"),
        ('name = "mode"', 'name = "state"', "a state needs a reason"),
        ('name = "door_open"', 'name = "source_connected"', "made by the edge"),
        ('name = "door_open"', 'name = "temperature"', "tag 'temperature' is there twice"),
        ("[[unit]]", "[unit", "not valid TOML"),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, old: str, new: str, expected: str) -> None:
    file = changed(tmp_path, old, new)
    with pytest.raises(MappingError) as caught:
        read_mapping(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert expected in str(caught.value)


def test_the_command_checks_a_file(tmp_path: Path) -> None:
    good = CliRunner().invoke(app, ["map", "check", str(EXAMPLE)])
    assert good.exit_code == 0
    assert "demo/bottling/area_1/line_1/filler (Filler)" in good.output
    bad = CliRunner().invoke(app, ["map", "check", str(tmp_path / "none.toml")])
    assert bad.exit_code == 2
    assert "no such file" in bad.output
    assert (
        CliRunner()
        .invoke(app, ["run", "--map", str(tmp_path / "none.toml"), "--data", str(tmp_path)])
        .exit_code
        == 2
    )
