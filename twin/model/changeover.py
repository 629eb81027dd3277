"""Sequence-dependent changeovers of a whole line."""

from collections.abc import Mapping

from twin.model.streams import Streams


class Changeover:
    """Time from the last part of one order to the release of the next: `mean` s, times `within` inside a family.

    `families` maps a product to its family; a product that follows itself needs no changeover. Lognormal with
    coefficient of variation `cv`.
    """

    def __init__(
        self,
        streams: Streams,
        *,
        mean: float,
        families: Mapping[str, str],
        within: float = 1.0,
        cv: float = 0.2,
    ) -> None:
        if mean < 0:
            raise ValueError(f"changeover: mean {mean} s must not be negative")
        if not 0 <= within <= 1:
            raise ValueError(f"changeover: within {within} must lie in 0..1")
        self.mean = mean
        self.within = within
        self._families = dict(families)
        self._draw = streams.lognormal("changeover/time", 1.0, cv)

    def family(self, product: str) -> str:
        """Return the family of `product`; raises ValueError when it has none."""
        if product not in self._families:
            raise ValueError(f"changeover: product {product!r} has no family; add it to `families`")
        return self._families[product]

    def time(self, before: str, after: str) -> float:
        """Draw the time in s of the change from product `before` to `after`."""
        if before == after:
            return 0.0
        share = self.within if self.family(before) == self.family(after) else 1.0
        return self.mean * share * self._draw()
