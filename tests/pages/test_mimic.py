"""The mimic as a drawing: every plant's line can be read without lines through boxes or cut names."""

import re
from datetime import UTC, datetime
from itertools import combinations, pairwise, product

import pytest

from edge.web import mimic
from edge.web.mimic_channel import SIDES, Channels
from edge.web.mimic_layout import BOX_HEIGHT, BOX_WIDTH, Layout, tall, wide
from edge.web.mimic_order import order
from edge.web.mimic_route import Route, crosses, frame, routes
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
    for place, path in routes(declaration.flows, layout).items():
        flow = declaration.flows[place]
        for name, box in layout.boxes.items():
            assert not crosses(path.points, box), f"{flow.source} to {flow.target} runs through {name}"


def test_channels_are_open_where_no_box_is_near(layout: Layout) -> None:
    """Found from the boxes' edges, and the same as asked of every step."""
    channels = Channels(layout)
    columns, rows = len(channels.xs), len(channels.ys)
    for node in product(range(columns), range(rows)):
        open_ones = []
        for heading in SIDES:
            step = node[0] + heading[0], node[1] + heading[1]
            inside = 0 <= step[0] < columns and 0 <= step[1] < rows
            clear = inside and not channels.is_walled(channels.point(node), channels.point(step))
            assert channels.is_open(node, heading) == clear
            if clear:
                (ax, ay), (bx, by) = channels.point(node), channels.point(step)
                open_ones.append((heading, step, abs(ax - bx) + abs(ay - by)))
        assert channels.onward(node) == open_ones


def test_flows_lie_on_each_other_only_where_that_tells_the_truth(
    declaration: Declaration, layout: Layout
) -> None:
    """Two flows share a stretch only where each source on it feeds each target."""
    fed = {(flow.source, flow.target) for flow in declaration.flows}
    found = routes(declaration.flows, layout)
    for (one, first), (other, second) in combinations(found.items(), 2):
        here, there = declaration.flows[one], declaration.flows[other]
        honest = (here.source, there.target) in fed and (there.source, here.target) in fed
        both = first.both or second.both
        if not honest or both:
            named = f"{here.source} to {here.target}, {there.source} to {there.target}"
            assert shared_length(first, second) == 0, named


def shared_length(one: Route, other: Route) -> float:
    total = 0.0
    for (ax, ay), (bx, by) in pairwise(one.points):
        for (cx, cy), (dx, dy) in pairwise(other.points):
            if ay == by == cy == dy:
                total += max(0.0, min(max(ax, bx), max(cx, dx)) - max(min(ax, bx), min(cx, dx)))
            elif ax == bx == cx == dx:
                total += max(0.0, min(max(ay, by), max(cy, dy)) - max(min(ay, by), min(cy, dy)))
    return total


def test_picture_holds_all_flows_and_stocks(declaration: Declaration, layout: Layout) -> None:
    paths = routes(declaration.flows, layout)
    left, top, width, height = frame(layout, paths)
    for path in paths.values():
        for x, y in (*path.points, *([path.stock] if path.stock else [])):
            assert left < x < left + width
            assert top < y < top + height


def test_rework_stands_in_the_layer_of_the_unit_that_it_serves() -> None:
    found = order(DECLARATIONS["appliances"])
    assert found.depth["cabinet_repair"] == found.depth["leak_test"]
    assert {"cabinet_repair", "recovery", "repair_bay"} <= found.hanging


def test_units_that_feed_each_other_between_the_same_neighbours_share_a_layer() -> None:
    found = order(DECLARATIONS["tft"])
    assert found.depth["wet_etch"] == found.depth["dry_etch"]
    assert found.depth["sputter"] == found.depth["pecvd"]


def test_names_are_drawn_in_full(declaration: Declaration) -> None:
    drawn = re.sub(r"</text>\s*<text[^>]*>", " ", mimic.svg(declaration, mimic_view(declaration, {})))
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
