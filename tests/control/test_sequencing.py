"""Sequencing: fewer set-ups than first come, first served, and no lateness bought with them."""

import json
import math
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.control.closed_loop import START_MS
from twin.control.actuator import Actuator
from twin.control.guard import Guarded, Limits
from twin.control.order_book import BookedOrder, Setup, read_book
from twin.control.sequencing import Sequencing
from twin.model.frame import Sample
from twin.model.streams import Streams

BOOK, NEXT = "demo/p/a/l/line/order_book", "demo/p/a/l/line/next_order"
FAMILIES = {
    "hood": "outer",
    "door": "outer",
    "roof": "outer",
    "floor": "inner",
    "sill": "inner",
    "rail": "frame",
}
SETUP = Setup(changeover=3600.0, within=0.3, cycle=6.0)


def booked(name: str, product: str, due_ms: float = math.inf, quantity: float = 100.0) -> BookedOrder:
    return BookedOrder(
        order=name, product=product, family=FAMILIES[product], quantity=quantity, due_ms=due_ms
    )


def text(orders: list[BookedOrder]) -> str:
    return json.dumps(
        [
            {"order": one.order, "product": one.product, "family": one.family, "quantity": one.quantity,
             "due_ms": one.due_ms if math.isfinite(one.due_ms) else None}
            for one in orders
        ]
    )  # fmt: skip


def sequencing(**changes: float) -> Sequencing:
    return Sequencing(
        Actuator(key="aps", path=NEXT, whole=True), BOOK,
        **({"within": 0.3, "changeover": 3600.0, "cycle": 6.0} | changes),
    )  # fmt: skip


def make_all(orders: list[BookedOrder], guard: Guarded, ahead: int = 8) -> list[BookedOrder]:
    """Let the line make every order of a book that shows the next `ahead`; return them as they were made."""
    waiting, made, index, now_ms = list(orders), [], 0, START_MS
    while waiting:
        guard.update(Sample(BOOK, text(waiting[:ahead]), now_ms))
        for command in guard.decide(now_ms):
            index = int(command.value)
        order = waiting.pop(min(index, len(waiting) - 1))
        now_ms += round((SETUP.time(made[-1] if made else None, order) + SETUP.cycle * order.quantity) * 1000)
        made.append(order)
    return made


def random_orders(seed: int, count: int, *, due: float = math.inf) -> list[BookedOrder]:
    draw = Streams(seed).uniform("orders")
    names = list(FAMILIES)
    return [
        booked(f"PO-{number}", names[int(draw() * len(names))], START_MS + due * 1000.0 * (number + 2))
        for number in range(count)
    ]


def guard_of(inner: Sequencing) -> Guarded:
    return Guarded(inner, Limits(low=0.0, high=50.0, stale=1e9))


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_set_ups_take_much_less_time_than_in_order_of_arrival(seed: int) -> None:
    orders = random_orders(seed, 60)
    made = make_all(orders, guard_of(sequencing()))
    assert sorted(one.order for one in made) == sorted(one.order for one in orders)
    assert SETUP.total(made, None, START_MS)[0] < 0.6 * SETUP.total(orders, None, START_MS)[0]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_tight_dates_are_not_sold_for_set_ups(seed: int) -> None:
    """Dates that the order of arrival just keeps: the sum of lateness is no greater, and set-ups are still saved."""
    orders = random_orders(seed, 30, due=3000.0)
    made = make_all(orders, guard_of(sequencing()))
    setup, late = SETUP.total(made, None, START_MS)
    first_setup, first_late = SETUP.total(orders, None, START_MS)
    assert late <= first_late
    assert setup < first_setup


def test_no_order_waits_for_ever() -> None:
    """An odd product among an endless supply of its betters comes after at most eight that overtook it."""
    guard = guard_of(sequencing())
    orders = [booked("odd", "rail"), *(booked(f"PO-{number}", "hood") for number in range(40))]
    first = [booked("start", "hood")]
    made = make_all(first + orders, guard)
    assert [one.order for one in made].index("odd") <= 9


def test_small_books_are_solved_exactly() -> None:
    orders = [
        booked(str(n), product) for n, product in enumerate(("hood", "floor", "door", "rail", "sill", "roof"))
    ]
    best = min(SETUP.total(sequence, None, 0.0)[0] for sequence in permutations(orders))
    assert SETUP.total(SETUP.best(orders, None, 0.0), None, 0.0)[0] == best == 2 * 3600.0 + 3 * 1080.0


@settings(max_examples=25)
@given(st.lists(st.sampled_from(sorted(FAMILIES)), min_size=7, max_size=8))
def test_the_heuristic_is_near_the_optimum_and_never_worse_than_arrival(products: list[str]) -> None:
    orders = [booked(str(number), product) for number, product in enumerate(products)]
    found = SETUP.total(SETUP.best(orders, None, 0.0), None, 0.0)[0]
    groups = [FAMILIES[product] for product in set(products)]
    optimum = 3600.0 * (len(set(groups)) - 1) + 1080.0 * (len(groups) - len(set(groups)))
    assert found <= SETUP.total(orders, None, 0.0)[0]
    assert found <= 1.1 * optimum + 1e-6


def test_it_goes_on_with_the_family_that_is_mounted() -> None:
    inner = sequencing()
    inner.update(Sample(BOOK, text([booked("a", "floor"), booked("b", "hood"), booked("c", "sill")]), 1))
    inner.update(Sample(BOOK, text([booked("b", "hood"), booked("c", "sill")]), 2))
    (command,) = inner.decide(START_MS)
    assert command.value == 1.0
    assert command.reason == (
        "c (sill) after floor: set-ups of the next 2 orders take 78 min, 120 min as they arrived; "
        "lateness 0.0 h against 0.0 h"
    )


def test_a_decision_is_not_repeated() -> None:
    inner = sequencing()
    inner.update(Sample(BOOK, text([booked("a", "floor"), booked("b", "hood"), booked("c", "sill")]), 1))
    inner.update(Sample(BOOK, text([booked("b", "hood"), booked("c", "sill")]), 2))
    (command,) = inner.decide(START_MS)
    inner.actuator.value = command.value
    assert inner.decide(START_MS + 10_000) == []


@settings(max_examples=50)
@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert isinstance(read_book(text), list)


@pytest.mark.parametrize(
    "text", ["", "7", "{}", "[3]", '[{"order": "a"}]', "[[]]", "null", "[null]", "[" * 9999]
)
def test_what_is_no_book_is_empty(text: str) -> None:
    assert read_book(text) == []
    inner = sequencing()
    inner.update(Sample(BOOK, text, 1))
    assert inner.decide(START_MS) == []


def test_a_book_without_dates_and_families_is_read() -> None:
    (order,) = read_book('[{"order": 7, "product": "x", "quantity": "many", "due_ms": null}]')
    assert order == BookedOrder(order="7", product="x", family="", quantity=0.0, due_ms=math.inf)


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match=r"within in 0\.\.1"):
        sequencing(within=1.5)
