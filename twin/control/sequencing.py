"""Changeover sequencing: which order of the book comes next, so that little time is lost in set-ups."""

from twin.control.actuator import Actuator
from twin.control.order_book import BookedOrder, Setup, read_book
from twin.model.command import Command
from twin.model.frame import Sample


class Sequencing:
    """The next order by the cheapest sequence of the first `horizon` orders of the book.

    A change of product takes `changeover` s, the share `within` of it inside a family, none if the product
    stays. No sequence is taken that is in sum later than the order of arrival, with `cycle` s a part (0: only
    set-ups take time). An order that was passed over `horizon` times comes next whatever it costs. What the line is
    set up for is the order that has left the book last.
    """

    reads_text = True
    watch = 0
    usual: float | None = 0.0

    def __init__(
        self,
        actuator: Actuator,
        order_book: str,
        *,
        within: float,
        horizon: float = 8.0,
        changeover: float = 1800.0,
        cycle: float = 0.0,
        period: float = 10.0,
    ) -> None:
        if not (
            0.0 <= within <= 1.0 and horizon >= 1.0 and changeover > 0.0 and cycle >= 0.0 and period > 0.0
        ):
            raise ValueError(
                f"needs within in 0..1, horizon >= 1, changeover > 0, cycle >= 0 and period > 0, not {within}, "
                f"{horizon}, {changeover}, {cycle}, {period}"
            )
        self.actuator = actuator
        self.subjects = (order_book,)
        self.period = period
        self._horizon = round(horizon)
        self._setup = Setup(changeover=changeover, within=within, cycle=cycle)
        self._told = ""
        self._book: list[BookedOrder] = []
        self._mounted: BookedOrder | None = None
        self._passed_over: dict[str, int] = {}
        self._decided: tuple[int, str] | None = None  # index and reason, until the book changes

    def update(self, sample: Sample) -> None:
        """Take the newest book in."""
        text = str(sample.value)
        if text == self._told:
            return
        self._told = text
        book = read_book(text)
        if book == self._book:
            return
        names = {order.order for order in book}
        taken = [place for place, order in enumerate(self._book) if order.order not in names]
        if taken:
            self._mounted = self._book[taken[-1]]
            for order in self._book[: taken[-1]]:
                self._passed_over[order.order] = self._passed_over.get(order.order, 0) + 1
        self._passed_over = {name: count for name, count in self._passed_over.items() if name in names}
        self._book = book
        self._decided = None

    def badness(self) -> float | None:
        """Return None: what the order of arrival would have cost is not seen in this loop."""
        return None

    def decide(self, time_ms: int) -> list[Command]:
        """Name the order that comes next."""
        if not self._book:
            return []
        if self._decided is None:
            self._decided = self._choose(time_ms)
        index, reason = self._decided
        if self.actuator.value == index:
            return []
        return [self.actuator.command(float(index), time_ms, reason)]

    def _choose(self, time_ms: int) -> tuple[int, str]:
        seen = self._book[: self._horizon]
        for place, order in enumerate(seen):
            if self._passed_over.get(order.order, 0) >= self._horizon:
                return place, f"{order.order} ({order.product}): was passed over {self._horizon} times"
        best = self._setup.best(seen, self._mounted, time_ms)
        plan, late = self._setup.total(best, self._mounted, time_ms)
        arrival, arrival_late = self._setup.total(seen, self._mounted, time_ms)
        chosen = best[0]
        after = f" after {self._mounted.product}" if self._mounted else ""
        reason = (
            f"{chosen.order} ({chosen.product}){after}: set-ups of the next {len(seen)} orders take "
            f"{plan / 60.0:.0f} min, {arrival / 60.0:.0f} min as they arrived; lateness {late / 3600.0:.1f} h against "
            f"{arrival_late / 3600.0:.1f} h"
        )
        return seen.index(chosen), reason
