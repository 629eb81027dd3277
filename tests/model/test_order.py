"""Orders and changeovers."""

from itertools import islice

import pytest

from twin.model.changeover import Changeover
from twin.model.order import Order, campaigns
from twin.model.streams import Streams

PRODUCTS = [f"p{n}" for n in range(7)]


def test_every_product_once_a_round() -> None:
    """Each round makes every product once, in a sequence of its own; names and due times rise."""
    orders = list(islice(campaigns(PRODUCTS, 900, Streams(1), lead=100.0), 21))
    rounds = [[order.product for order in orders[n : n + 7]] for n in (0, 7, 14)]
    assert [sorted(products) for products in rounds] == [PRODUCTS] * 3
    assert rounds[0] != rounds[1]
    assert [order.due for order in orders] == [100.0 * (n + 2) for n in range(21)]
    assert orders[0].name == "PO-000001"


def test_sequence_depends_on_the_seed_alone() -> None:
    first, second, other = (
        [order.product for order in islice(campaigns(PRODUCTS, 1, Streams(seed), lead=1.0), 20)]
        for seed in (1, 1, 2)
    )
    assert first == second != other


def test_changeover_depends_on_the_family() -> None:
    """Within a family it takes its share, between families all of it, and none to the same product."""
    families = {"a": "f", "b": "f", "c": "g"}
    change = Changeover(Streams(1), mean=1000.0, families=families, within=0.5, cv=0.0)
    assert [change.time("a", to) for to in "abc"] == [0.0, 500.0, 1000.0]


def test_bad_orders_are_refused() -> None:
    with pytest.raises(ValueError, match="order o: quantity 0"):
        Order(name="o", product="a", quantity=0)
    with pytest.raises(ValueError, match="campaigns: products is empty"):
        next(campaigns([], 1, Streams(1), lead=1.0))
    with pytest.raises(ValueError, match="changeover: mean -1"):
        Changeover(Streams(1), mean=-1.0, families={})
    with pytest.raises(ValueError, match="changeover: within 2"):
        Changeover(Streams(1), mean=1.0, families={}, within=2.0)
