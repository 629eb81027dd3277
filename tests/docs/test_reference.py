"""The pages that are made from the code are as new as the code, and say what is in it."""

import re

import pytest

from edge.settings import Settings
from tools import command_page, operation_page, setting_page
from tools.docs import stale


@pytest.mark.parametrize("made", [command_page, setting_page, operation_page], ids=lambda one: one.__name__)
def test_page_is_as_new_as_the_code(made: object) -> None:
    pages = made.pages()  # type: ignore[attr-defined]
    assert [file.name for file in stale(pages)] == [], "run: make docs"


def test_commands_are_told_with_their_options() -> None:
    """Each command has a heading, each of its options a row, and an example."""
    for name in command_page.PROGRAMS:
        page = command_page.pages()[command_page.PAGES / f"{name}.md"]
        for words, command in command_page.commands(name).items():
            part = page.partition(f"\n## {words}\n")[2].partition("\n## ")[0]
            options = {one for parameter in command.params for one in parameter.opts if one.startswith("--")}
            assert {one for one in options if one not in part} == set()
            assert f"```sh\n{words}" in part


def test_settings_are_told_with_default_and_meaning() -> None:
    (page,) = setting_page.pages().values()
    rows = dict(re.findall(r"^\| `EDGE_(\w+)` \| .* \| (\S.*) \|$", page, re.MULTILINE))
    assert rows.keys() == {name.upper() for name in Settings.model_fields}


def test_roles_are_what_the_edge_answers() -> None:
    """Reading a plant takes a viewer, changing it an operator, rotating tokens an admin; /healthz takes nobody."""
    (page,) = operation_page.pages().values()
    roles = dict(re.findall(r"^\| `([A-Z]+ /\S*)` \| (\w+) \|", page, re.MULTILINE))
    assert roles["GET /healthz"] == "nobody"
    assert roles["GET /api/v1/plants"] == "viewer"
    assert roles["GET /api/v1/audit"] == "operator"
    assert roles["POST /api/v1/plants/{plant}/faults/{key}"] == "operator"
    assert roles["POST /api/v1/tokens/{role}"] == "admin"
    plants = {name: role for name, role in roles.items() if "/plants" in name}
    assert plants.pop("GET /api/v1/plants/{plant}/schedule") == "operator", "it tells what will strike"
    assert {role for name, role in plants.items() if name.startswith("GET ")} == {"viewer"}
    assert {role for name, role in plants.items() if not name.startswith("GET ")} == {"operator"}
