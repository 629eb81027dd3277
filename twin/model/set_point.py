"""Set points: values of a station that operators and loops write, each declared as one row of a table."""

from dataclasses import dataclass
from functools import partial

from twin.model.tag import Kind, Tag


@dataclass(frozen=True, slots=True)
class SetPoint:
    """A SETPOINT tag that reads and writes the station's attribute of the same name, from the next part on."""

    name: str
    unit: str
    low: float
    high: float
    description: str

    def tag(self, owner: object) -> Tag:
        """Return the tag of `owner`; raises ValueError when it has no such attribute."""
        if not hasattr(owner, self.name):
            raise ValueError(
                f"set point {self.name}: class {type(owner).__name__} has no attribute {self.name!r}; "
                f"give it a first value there"
            )
        return Tag(
            name=self.name, kind=Kind.SETPOINT, unit=self.unit, low=self.low, high=self.high,
            read=partial(getattr, owner, self.name), write=partial(setattr, owner, self.name),
            description=self.description,
        )  # fmt: skip
