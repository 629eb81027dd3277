"""Plants are found where they are, and what keeps one from being found is named."""

from pathlib import Path

import pytest

from twin.discovery import DiscoveryError, discover, find_plant

TOY = Path(__file__).parent / "toy_plant"
NONE = "no_such_package"

PLANT = '''"""Doc."""
from dataclasses import dataclass
from typing import ClassVar
from twin.model.plant import Plant

@dataclass(frozen=True, kw_only=True)
class {cls}(Plant):
    """Data sheet."""
    name: ClassVar[str] = "{name}"
'''


def test_plants_of_package_are_found_by_scanning() -> None:
    assert all(name == plant.name for name, plant in discover().items())


def test_plant_of_folder_is_found_and_named() -> None:
    plants = discover(TOY, package=NONE)
    assert plants["toy"].title == "Toy machine"


def test_two_plants_of_one_name_are_refused_with_both_files(tmp_path: Path) -> None:
    (tmp_path / "first_of_two.py").write_text(PLANT.format(cls="First", name="twice"))
    (tmp_path / "second_of_two.py").write_text(PLANT.format(cls="Second", name="twice"))
    with pytest.raises(
        DiscoveryError, match=r"two plants are called 'twice'.*first_of_two.py.*second_of_two.py"
    ):
        discover(tmp_path, package=NONE)


@pytest.mark.parametrize(
    ("file", "text", "cause"),
    [
        ("broken_import.py", "import does_not_exist_anywhere", "line 1.*does_not_exist_anywhere"),
        ("broken_syntax.py", "x = 1\ny = (", "line 2.*SyntaxError"),
        ("broken_value.py", "x = 1\ny = int('z')", "line 2.*ValueError"),
        ("refused_value.py", "from twin.model import Limits\nx = Limits(lo=2, hi=1)", "line 2.*out of order"),
    ],
)
def test_file_that_does_not_import_is_named_with_line_and_cause(
    tmp_path: Path, file: str, text: str, cause: str
) -> None:
    (tmp_path / file).write_text(text)
    with pytest.raises(DiscoveryError, match=f"(?s)/{file}, {cause}"):
        discover(tmp_path, package=NONE)


def test_file_with_the_name_of_a_library_is_refused(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("")
    with pytest.raises(DiscoveryError, match="rename the file"):
        discover(tmp_path, package=NONE)


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DiscoveryError, match=f"{tmp_path}/none: no such folder"):
        discover(tmp_path / "none", package=NONE)


def test_unknown_plant_suggests_close_names() -> None:
    with pytest.raises(DiscoveryError, match=r"no plant 'toi'; did you mean toy\? plants: .*toy"):
        find_plant("toi", discover(TOY, package=NONE))
