"""The pages of the plants: built from the plants, complete, and as new as they are."""

from xml.etree import ElementTree

import pytest

from tools import plant_page
from twin.discovery import discover
from twin.model.plant import Plant

PLANTS = discover()


@pytest.mark.parametrize("name", PLANTS)
def test_page_is_as_new_as_the_plant(name: str) -> None:
    for file, text in plant_page.pages(PLANTS[name]).items():
        assert file.exists(), "run: make docs"
        assert file.read_text() == text, f"{file.name} is out of date; run: make docs"


@pytest.mark.parametrize("name", PLANTS)
def test_page_tells_parameters_faults_and_sources(name: str) -> None:
    """Every parameter and fault stands in a table, every cited source has a title, the sketch is a picture."""
    plant: type[Plant] = PLANTS[name]
    (page, text), (_, picture) = plant_page.pages(plant).items()
    assert page.name == f"{name}.md"
    for parameter in plant.parameters():
        assert f"| `{parameter}` |" in text
    assert text.count("(`") >= 4
    assert "not listed" not in text
    root = ElementTree.fromstring(picture)
    assert len(root.findall(".//{*}rect[@class='unit']")) >= 3
