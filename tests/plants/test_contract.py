"""Every plant that is found keeps the plug-in contract."""

import pytest

from twin.checks.plant import check_plant
from twin.discovery import discover

PLANTS = discover()


@pytest.mark.parametrize("name", PLANTS)
def test_plant_keeps_the_contract(name: str) -> None:
    assert [str(finding) for finding in check_plant(PLANTS[name])] == []
