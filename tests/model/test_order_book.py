"""The order book: what is to come is told, the next order is chosen by a tag, nobody waits for ever."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
import simpy

from twin.model.calendar import Calendar, Shift
from twin.model.changeover import Changeover
from twin.model.command import Command, CommandRefused
from twin.model.cycle import Cycle
from twin.model.discrete_line import DiscreteLine
from twin.model.line_unit import LineUnit
from twin.model.order import Order, campaigns
from twin.model.plant import Plant
from twin.model.simulation import Simulation
from twin.model.station import Station
from twin.model.streams import Streams

ALWAYS = Calendar([Shift("always", 0, 24)])
FAMILIES = {"a": "f", "b": "f", "c": "g"}


def orders_of(products: str) -> Iterator[Order]:
    """Order two parts of each product in turn, due an hour after each other."""
    return iter(
        [
            Order(name=f"{place}{name}", product=name, quantity=2, due=3600.0 * place)
            for place, name in enumerate(products)
        ]
    )


def line_of(env: simpy.Environment, orders: Iterator[Order], **options: Any) -> DiscreteLine:
    """Build a line of one station of 10 s a part, 100 s a changeover, 40 s within a family."""
    streams = Streams(1)
    station = Station(env, streams, "s", cycle=Cycle(mean=10.0))
    change = Changeover(streams, mean=100.0, families=FAMILIES, within=0.4, cv=0.0)
    return DiscreteLine(
        env, streams, LineUnit(env, ALWAYS, ideal_cycle_time=10.0), dict.fromkeys("abc", (station,)), orders=orders,
        pacing="s", **({"changeover": change} | options),
    )  # fmt: skip


def run(
    orders: Iterator[Order], choices: Sequence[tuple[float, float]] = (), until: float = 1e5, **options: Any
) -> Any:
    """Run a line and choose at the moments of `choices`; return its unit."""
    env = simpy.Environment()
    line = line_of(env, orders, **options)
    unit = line.line_unit
    unit.pending = []
    line.start()
    for moment, choice in choices:
        env.run(until=moment)
        choose(unit, choice)
    env.run(until=until)
    return unit


def choose(unit: LineUnit, place: float) -> None:
    write = next(tag.write for tag in unit.tags() if tag.name == "next_order")
    assert write is not None
    write(place)


def made(unit: LineUnit) -> list[str]:
    return [str(value) for _, name, value in unit.pending or () if name == "order"]


def books(unit: LineUnit) -> list[tuple[float, list[str]]]:
    """Return when the book was told, and the orders that it showed."""
    return [
        (time, [row["order"] for row in json.loads(str(value))])
        for time, name, value in unit.pending or ()
        if name == "order_book"
    ]


def test_without_a_book_there_is_no_tag() -> None:
    unit = line_of(simpy.Environment(), orders_of("abc")).line_unit
    assert {"order_book", "next_order"}.isdisjoint(tag.name for tag in unit.tags())


def test_nobody_chooses_and_nothing_differs() -> None:
    """With a book that nobody uses, the line makes the same orders at the same moments as without."""
    units = [run(orders_of("abcabc"), book=book) for book in (0, 3)]
    logs = [[entry for entry in unit.pending if entry[1] != "order_book"] for unit in units]
    assert logs[0] == logs[1]
    assert units[0].account() == units[1].account()


def test_the_book_is_told_at_every_turn() -> None:
    """A turn comes when the first station has made the last part: at 20, 80 and 200 s; then the book is empty."""
    unit = run(orders_of("abca"), book=2)
    assert books(unit) == [
        (0.0, ["0a", "1b"]),
        (0.0, ["1b", "2c"]),
        (20.0, ["2c", "3a"]),
        (80.0, ["3a"]),
        (200.0, []),
    ]


def test_the_book_tells_product_family_quantity_and_due() -> None:
    order = Order(name="x", product="c", quantity=3, lot=4.0)
    unit = run(iter([Order(name="w", product="a", quantity=1, due=7.5), order]), book=2, until=1.0)
    first = json.loads(next(str(value) for _, name, value in unit.pending if name == "order_book"))
    assert first == [
        {"order": "w", "product": "a", "family": "f", "quantity": 1.0, "due_ms": 7500},
        {"order": "x", "product": "c", "family": "g", "quantity": 12.0, "due_ms": None},
    ]


def test_a_choice_counts_for_one_turn() -> None:
    """While the first order is made, the third is chosen; the one after that is first come again."""
    unit = run(orders_of("acbcb"), [(5.0, 1.0)], book=3)
    assert made(unit) == ["0a", "2b", "1c", "3c", "4b"]
    read = next(tag.read for tag in unit.tags() if tag.name == "next_order")
    assert read is not None
    assert read() == -1.0


def test_a_choice_can_be_taken_back_and_a_place_beyond_the_book_is_first_come() -> None:
    assert made(run(orders_of("acb"), [(5.0, 1.0), (6.0, -1.0)], book=3)) == ["0a", "1c", "2b"]
    assert made(run(orders_of("acb"), [(5.0, 2.0)], book=3)) == ["0a", "1c", "2b"]


def test_a_better_sequence_saves_changeover() -> None:
    """The sequence a c b c takes 300 s of changeover, a b c c takes 140 s."""
    spent = []
    for choices in ((), ((5.0, 1.0),)):
        unit = run(orders_of("acbc"), choices, book=3)
        page = unit.account()
        spent.append(page["seconds/resetting/changeover"])
    assert spent == pytest.approx([300.0, 140.0])


def test_no_order_is_overtaken_too_often() -> None:
    """Who always chooses the last of two lets the first wait for four turns, and no longer."""
    env = simpy.Environment()
    orders = (Order(name=str(number), product="abc"[number % 3], quantity=1) for number in count())
    line = line_of(env, orders, book=2)
    line.line_unit.pending = []
    line.start()
    while len(made(line.line_unit)) < 14:
        env.run(until=env.now + 5.0)
        choose(line.line_unit, 1.0)
    assert " ".join(made(line.line_unit)) == "0 2 3 4 5 1 7 8 9 10 6 12 13 14"


def test_the_orders_are_drawn_as_without_a_book() -> None:
    """A look ahead draws the same orders in the same sequence: nothing depends on when they are drawn."""
    told = [
        made(run(campaigns("abc", 2, Streams(5), lead=100.0), until=5000.0, book=book)) for book in (0, 12)
    ]
    assert told[0] == told[1]
    assert len(told[0]) > 20


def test_bad_books_are_refused() -> None:
    for options, text in (
        ({"book": -1}, "book -1 must be a number of orders, 0 for none"),
        ({"book": 3, "changeover": None}, "book 3 needs a changeover"),
    ):
        with pytest.raises(ValueError, match=text):
            line_of(simpy.Environment(), orders_of("a"), **options)
    with pytest.raises(ValueError, match="product 'd' has no family; add it to `families`"):
        Changeover(Streams(1), mean=1.0, families=FAMILIES).family("d")


def test_a_command_chooses_and_the_book_bounds_it() -> None:
    """As a controller does it: read the book, write a place in it; due times are UTC."""

    class Press(Plant):
        name, title, industry = "press", "Press", "none"

        def build(self, env: simpy.Environment, streams: Streams) -> DiscreteLine:
            return line_of(env, orders_of("acb"), book=3)

    start = datetime(2026, 3, 2, tzinfo=UTC)
    simulation = Simulation(Press(), seed=1, start=start)
    names = tuple(tag.name for tag in simulation.line.line_unit.tags())
    told = [
        sample.value
        for frame in simulation.advance(5.0)
        if frame.source.endswith("/line")
        for sample in frame.samples(names)
        if sample.path.endswith("/order_book")
    ]
    book = json.loads(str(told[-1]))
    assert [row["due_ms"] - simulation.start_ms for row in book] == [3_600_000, 7_200_000]
    path = f"{simulation.line_path}/line/next_order"
    with pytest.raises(CommandRefused, match=r"lies outside -1\.\.2"):
        simulation.write(Command(id="1", path=path, value=3.0, expires_ms=2**62))
    place = next(place for place, row in enumerate(book) if row["family"] == "f")
    simulation.write(Command(id="2", path=path, value=float(place), expires_ms=2**62))
    simulation.advance(60.0)
    assert simulation.line.line_unit.product == "b"
