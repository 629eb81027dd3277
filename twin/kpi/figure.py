"""A figure with everything that is needed to show its arithmetic."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: `value` in `unit` (display text, "" for a ratio), None where it is undefined and `note` says why.

    `formula` uses the symbols that are the keys of `inputs`.
    """

    name: str
    value: float | None
    unit: str
    formula: str
    inputs: Mapping[str, float] = field(default_factory=dict)
    note: str = ""


def ratio(
    name: str,
    unit: str,
    formula: str,
    numerator: float,
    denominator: float,
    inputs: Mapping[str, float],
    *,
    why_not: str,
    note: str = "",
) -> Figure:
    """Divide; a denominator that is not positive gives None and the reason `why_not`, never 0 or 100 %.

    >>> ratio("availability", "", "APT / PBT", 30.0, 40.0, {"APT": 30.0, "PBT": 40.0}, why_not="no planned time").value
    0.75
    """
    if denominator <= 0.0:
        return Figure(name, None, unit, formula, inputs, why_not)
    return Figure(name, numerator / denominator, unit, formula, inputs, note)
