"""Production orders of a line: begun and ended at their exact time, summed on the way."""

from typing import Any

from edge.store import Event, OrderRow, Results
from twin.kpi.tally import Tally, add


class OrderTrack:
    """The running order of the line at path `scope`, and those that the frames just folded have ended."""

    def __init__(self, scope: str) -> None:
        self._scope = scope
        self.told: dict[str, str] = {}  # newest order, product and shift, as they arrive
        self._name = ""
        self._product = ""
        self._quantity = 0.0
        self._about = ("", 0.0)  # product and quantity of the running order
        self._start = 0
        self._values: Tally = {}
        self._next: list[tuple[int, str, str, float]] = []  # begun in the minute that is being closed
        self._changed: dict[int, OrderRow] = {}

    def tell(self, time_ms: int, name: str, text: str, results: Results) -> None:
        """Take the text tag `name` (order, product, shift) as it arrives; tell people of a change."""
        before = self.told.get(name)
        self.told[name] = text
        if text == before or name == "product" or (not text and not before):
            return
        if name == "shift":
            words = f"shift {text} begins" if text else f"shift {before} ends"
        elif text:
            product = self.told.get("product", "")
            words = f"order {text} begins" + (f": {product}" if product else "")
        else:
            words = f"order {before} ends"
        results.events.append(Event(time_ms, self._scope, name, "info", words, name))

    def describe(self, name: str, value: float, text: str) -> None:
        """Take product or quantity; they precede the order that they describe."""
        if name == "product":
            self._product = text
        else:
            self._quantity = value

    def starts(self, time_ms: int, name: str) -> bool:
        """Tell whether `name` is another order than the one before, and remember it for `close`."""
        running = self._next[-1][1] if self._next else self._name
        if name == running:
            return False
        self._next.append((time_ms, name, self._product, self._quantity))
        return True

    def close(self, parts: list[Tally]) -> None:
        """Add a closed minute: one tally for each order that ended in it, and one for the order that runs on."""
        for (time_ms, name, product, quantity), part in zip(self._next, parts, strict=False):
            self._add(part, time_ms)
            self._name, self._start, self._values = name, time_ms, {}
            self._about = (product, quantity)
        self._next.clear()
        self._add(parts[-1], None)

    def _add(self, part: Tally, end_ms: int | None) -> None:
        if self._name:
            add(self._values, part)
            product, quantity = self._about
            self._changed[self._start] = OrderRow(
                self._scope, self._name, product, quantity, self._start, end_ms, dict(self._values)
            )

    def rows(self) -> list[OrderRow]:
        """Return the rows that are new or changed since the last call, oldest first."""
        rows = [self._changed[start] for start in sorted(self._changed)]
        self._changed.clear()
        return rows

    # -- memory --------------------------------------------------------------------------------------------

    def state(self) -> list[Any]:
        """Return what must be remembered between minutes, as plain JSON values."""
        return [self._name, self._product, self._quantity, self._start, self._values, list(self._about)]

    def restore(self, state: list[Any], told: dict[str, str]) -> None:
        """Take over what `state` and `told` described."""
        self._name, self._product, self._quantity, self._start, self._values, about = state
        self._about = (str(about[0]), float(about[1]))
        self.told = dict(told)
