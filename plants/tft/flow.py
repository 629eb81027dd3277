"""What flows through the shop: campaigns of lots, and the lots that are there when the line starts."""

import itertools
from collections.abc import Iterator

from plants.tft.sheet import LOT, PANELS, ROUTE, STOCK
from twin.model.order import Order
from twin.model.streams import Streams
from twin.model.underway import Underway


def campaigns_of_lots(campaign: int, streams: Streams) -> Iterator[Order]:
    """Release `campaign` lots of each product in turn, each round in a new random sequence."""
    generator = streams.generator("orders/sequence")
    products = tuple(PANELS)
    number = itertools.count(1)
    while True:
        for place in generator.permutation(len(products)).tolist():
            yield Order(name=f"CP-{next(number):06d}", product=products[place], quantity=campaign, lot=LOT)


def lots_underway(lots: int, cycle_time: float, streams: Streams) -> Iterator[Underway]:
    """Spread `lots` over the route as long runs have them; lots of a campaign follow one another."""
    shares = [STOCK[name] / ROUTE.count(name) for name in ROUTE]
    total = sum(shares)
    reached = [0.0, *itertools.accumulate(share / total for share in shares)]
    generator = streams.generator("orders/underway")
    products = tuple(PANELS)
    places = sorted(generator.random(lots).tolist(), reverse=True)
    step = len(ROUTE) - 1
    for number, place in enumerate(places):
        while reached[step] > place:
            step -= 1
        product = products[int(generator.integers(len(products)))]
        order = Order(name=f"UW-{number:04d}", product=product, quantity=1, lot=LOT)
        yield Underway(order, step, age=place * cycle_time)
