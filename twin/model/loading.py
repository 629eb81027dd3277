"""Loading by people: a machine waits for a free operator before it begins a part."""

from dataclasses import dataclass

from twin.model.failure import Crew


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """An operator of `operators` loads each part for `seconds`; a machine that finds none free waits."""

    operators: Crew
    seconds: float

    def __post_init__(self) -> None:
        if not self.seconds >= 0:
            raise ValueError(f"loading: {self.seconds} s must not be negative")
