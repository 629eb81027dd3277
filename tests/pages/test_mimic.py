"""The mimic as a drawing: every plant's line can be read without lines through boxes or cut names."""

import re
from datetime import UTC, datetime
from itertools import combinations

import pytest

from edge.web import mimic
from edge.web.mimic_layout import BOX_HEIGHT, BOX_WIDTH, Layout, tall, wide
from edge.web.mimic_route import crosses, route
from edge.web.unit_view import mimic_view, reading, telling_tag
from tests.edge import toy_line
from twin.discovery import discover
from twin.model.declaration import Declaration
from twin.model.frame import Sample
from twin.model.simulation import Simulation

START = datetime(2026, 1, 31, tzinfo=UTC)
DECLARATIONS = {
    "toy_line": toy_line.simulation().declaration,
    **{name: Simulation(plant(), start=START, seed=1).declaration for name, plant in discover().items()},
}


@pytest.fixture(params=DECLARATIONS)
def declaration(request: pytest.FixtureRequest) -> Declaration:
    return DECLARATIONS[request.param]


@pytest.fixture(params=["wide", "tall"])
def layout(request: pytest.FixtureRequest, declaration: Declaration) -> Layout:
    return wide(declaration) if request.param == "wide" else tall(declaration)


def test_every_unit_has_a_place_of_its_own_inside_the_picture(
    declaration: Declaration, layout: Layout
) -> None:
    assert set(layout.boxes) == {unit.name for unit in declaration.units if unit.role != "line"}
    for one, other in combinations(layout.boxes.values(), 2):
        assert abs(one.x - other.x) >= BOX_WIDTH or abs(one.y - other.y) >= BOX_HEIGHT
    for box in layout.boxes.values():
        assert min(box.x, box.y) >= 0
        assert box.right <= layout.width
        assert box.bottom <= layout.height


def test_no_flow_runs_through_a_third_box(declaration: Declaration, layout: Layout) -> None:
    for flow in declaration.flows:
        ends = layout.boxes[flow.source], layout.boxes[flow.target]
        path = route(*ends, layout, at_source=False, stocked=bool(flow.buffer))
        for name, box in layout.boxes.items():
            if box not in ends:
                assert not crosses(path.points, box), f"{flow.source} to {flow.target} runs through {name}"


def test_names_are_drawn_in_full(declaration: Declaration) -> None:
    drawn = re.sub(r"</text><text[^>]*>", " ", mimic.svg(declaration, mimic_view(declaration, {})))
    text = re.sub(r"<title>[^<]*</title>", "", drawn).replace("&#x27;", "'").replace("&amp;", "&")
    for unit in declaration.units:
        assert unit.role == "line" or f">{unit.title}<" in text or f">{unit.title} " in text


def test_stock_that_feeds_many_units_is_drawn_once(declaration: Declaration) -> None:
    drawn = mimic.svg(declaration, mimic_view(declaration, {}))
    assert drawn.count("data-buffer=") == len({flow.buffer for flow in declaration.flows if flow.buffer})


@pytest.mark.parametrize(
    ("plant", "expected"),
    [("toy_line", "tonnage"), ("stamping", "tonnage_deviation"), ("aluminium", "voltage")],
)
def test_trend_opens_with_a_measure_that_has_limits(plant: str, expected: str) -> None:
    found = telling_tag(DECLARATIONS[plant])
    assert found is not None
    assert found[1] == expected


def test_measured_value_is_written_as_fine_as_its_deadband() -> None:
    """Digits below the deadband mean nothing and would flicker."""
    units = {unit.name: unit for unit in DECLARATIONS["toy_line"].units}
    tag = next(tag for tag in units["op10"].tags if tag.name == "tonnage")
    assert tag.deadband == 0.02
    assert reading(tag, 7.81234) == "7.81 MN"
    assert reading(tag, -0.004) == "0.00 MN"


def test_patch_tells_only_what_changed() -> None:
    declared = DECLARATIONS["toy_line"]
    unit = next(unit for unit in declared.units if unit.name == "op10")
    path = f"{unit.path}/state"
    before = mimic_view(declared, {})
    after = mimic_view(declared, {path: Sample(path, 6, 0)})
    change = mimic.patch(before, after, declared)
    assert set(change["units"]) == {"op10"}
    assert change["units"]["op10"]["word"] == "Execute"
    assert mimic.patch(after, after, declared) == {}
