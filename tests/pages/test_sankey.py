"""Sankey diagrams: widths conserve the flow, nothing lies on anything else or outside."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.web.sankey import GAP, LINE, Flow, Layout, layout, sankey_svg

names = st.sampled_from([f"n{number}" for number in range(6)])
flows = st.lists(
    st.builds(Flow, st.tuples(names, names, names), st.just(0.0) | st.floats(1e-6, 1e6)), max_size=30
)


def bands_at(found: Layout, column: int, name: str) -> tuple[float, float]:
    """Return the widths that enter and leave a node."""
    entering = sum(one.width for one in found.bands if (one.target.column, one.target.name) == (column, name))
    leaving = sum(one.width for one in found.bands if (one.source.column, one.source.name) == (column, name))
    return entering, leaving


@given(flows)
def test_what_enters_a_node_leaves_it_and_every_column_carries_the_whole(given_flows: list[Flow]) -> None:
    found = layout(given_flows, width=900, height=330)
    whole = sum(flow.value for flow in given_flows)
    assert bool(found.nodes) == (whole > 0.0)
    for node in found.nodes:
        entering, leaving = bands_at(found, node.column, node.name)
        if node.column > 0:
            assert entering == pytest.approx(node.height, abs=1e-6)
        if node.column < 2:
            assert leaving == pytest.approx(node.height, abs=1e-6)
        assert node.height == pytest.approx(node.value * found.scale, abs=1e-6)
        assert -1e-6 <= node.y <= node.y + node.height <= 330.0 + 1e-6
    for column in range(3):
        inside = [node for node in found.nodes if node.column == column]
        if whole > 0.0:
            assert sum(node.value for node in inside) == pytest.approx(whole)
        for above, below in itertools.pairwise(inside):
            assert below.y - above.y - above.height == pytest.approx(GAP, abs=1e-6)


@given(flows)
def test_bands_lie_side_by_side_within_their_nodes(given_flows: list[Flow]) -> None:
    for node in (found := layout(given_flows, width=900, height=330)).nodes:
        for side in (
            [(one.y0, one.width) for one in found.bands if one.source is node],
            [(one.y1, one.width) for one in found.bands if one.target is node],
        ):
            side.sort()  # by their middles: a band without width may lie on a neighbour's edge
            bands = [(middle - width / 2, middle + width / 2) for middle, width in side]
            edges = [edge for band in bands for edge in band]
            assert all(before <= after + 1e-6 for before, after in itertools.pairwise(edges))
            if edges:
                assert node.y - 1e-6 <= edges[0]
                assert edges[-1] <= node.y + node.height + 1e-6


def test_paths_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="each column"):
        layout([Flow(("a", "b"), 1.0), Flow(("a",), 1.0)], width=10, height=10)


def test_picture_names_nodes_and_tells_bands_without_letting_a_name_be_markup() -> None:
    drawn = sankey_svg(
        [Flow(("<gas>", "idle"), 3.0)],
        width=100,
        height=50,
        styles={},
        labels={"idle": "idle 3 kWh"},
        title="x",
    )
    assert "&lt;gas&gt;" in drawn
    assert "<gas>" not in drawn
    assert "idle 3 kWh" in drawn


@given(flows)
def test_labels_of_a_column_do_not_overlap(given_flows: list[Flow]) -> None:
    drawn = sankey_svg(given_flows, width=900, height=330, styles={}, labels={}, title="x")
    columns: dict[str, list[float]] = {}
    for x, y in re.findall(r'<text x="([\d.]+)" y="([-\d.]+)"', drawn):
        columns.setdefault(x, []).append(float(y))
    for places in columns.values():
        assert all(below - above >= LINE - 0.11 for above, below in itertools.pairwise(places))
        assert max(places) <= 330 + 4.1
