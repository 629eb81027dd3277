"""A closed loop as a plant describes it: which controller, what it sees, what it sets."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """A closed loop that an upgrade brings: which controller, what it sees, what it sets.

    `kind` names the controller (see twin.control), `inputs` and `outputs` map its roles to tags of the line
    (`unit/tag`); `settings` are its numbers.
    """

    kind: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    settings: Mapping[str, float] = field(default_factory=dict)
