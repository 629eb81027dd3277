"""The condition of a trigger: a tag of the line, compared with a number."""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_FORM = re.compile(r"\s*([a-z0-9_]+/[a-z0-9_]+)\s*(<=|>=|==|!=|<|>)\s*([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*")
MOST = 200  # characters


@dataclass(frozen=True, slots=True)
class Condition:
    """`subject` (`unit/tag` of the same line) compared with `bound`, in the tag's unit of measure."""

    subject: str
    comparison: str
    bound: float

    @classmethod
    def parse(cls, text: str) -> "Condition":
        """Read a condition; raises ValueError that says how one is written.

        >>> Condition.parse("op10/tonnage > 12000")
        Condition(subject='op10/tonnage', comparison='>', bound=12000.0)
        """
        found = _FORM.fullmatch(text) if len(text) <= MOST else None
        try:
            if found is not None:
                return cls(found[1], found[2], float(found[3]))
        except ValueError:
            pass
        raise ValueError(
            f"when: {text[:MOST]!r} is no condition; write unit/tag, one of {' '.join(_COMPARE)} and a number, "
            "for example: op10/tonnage > 12000"
        )

    def holds(self, value: float) -> bool:
        """Say whether the condition is true at `value`."""
        return _COMPARE[self.comparison](value, self.bound)
