"""What a product must be like: a constraint that is violated makes off-spec mass."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from twin.model.tag import Limits
from twin.model.unit import Unit


@dataclass(frozen=True, slots=True)
class Specification:
    """Limits of the product's properties by name; of `Limits` only `lo` and `hi` count.

    >>> al99_70 = Specification({"iron": Limits(hi=0.20)})
    >>> al99_70.violations({"iron": 0.25})
    ('iron',)
    """

    limits: Mapping[str, Limits] = field(default_factory=dict)

    def violations(self, properties: Mapping[str, float]) -> tuple[str, ...]:
        """Return the names of the properties outside their limits; a property without a limit is free."""
        outside = []
        for name, limits in self.limits.items():
            if name not in properties:
                raise ValueError(
                    f"specification: property {name!r} is missing; given: {', '.join(properties) or 'none'}"
                )
            value = properties[name]
            if (limits.hi is not None and value > limits.hi) or (limits.lo is not None and value < limits.lo):
                outside.append(name)
        return tuple(outside)


def book(units: Iterable[Unit], amount: float, *, off_spec: bool, recovered: bool) -> None:
    """Count `amount` (count unit) as processed by all `units`; off-spec is rework if it is recovered, else scrap."""
    for unit in units:
        unit.count(
            amount,
            scrapped=amount if off_spec and not recovered else 0.0,
            reworked=amount if off_spec and recovered else 0.0,
        )
