"""What a script of Flux is made of, as `flux_reader` reads it."""

from dataclasses import dataclass, field
from typing import Any


class FluxError(ValueError):
    """A script that cannot be read or run."""


@dataclass(frozen=True, slots=True)
class Name:
    """A variable or function by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, number or truth value."""

    value: Any


@dataclass(frozen=True, slots=True)
class Duration:
    """A duration in nanoseconds."""

    ns: int


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a record: `of.name`."""

    of: Any
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call with named arguments."""

    function: Any
    arguments: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pipe:
    """What `source` gives, piped into a call."""

    source: Any
    call: Call


@dataclass(frozen=True, slots=True)
class Lambda:
    """A function of one expression."""

    parameters: tuple[str, ...]
    body: Any


@dataclass(frozen=True, slots=True)
class Record:
    """A record; `base` names the one that it adds to, "" where it stands alone."""

    values: dict[str, Any]
    base: str = ""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression between slashes."""

    text: str


@dataclass(frozen=True, slots=True)
class If:
    """One of two expressions."""

    condition: Any
    then: Any
    otherwise: Any


@dataclass(frozen=True, slots=True)
class Listed:
    """A list."""

    items: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary of a condition."""

    of: Any


@dataclass(frozen=True, slots=True)
class Exists:
    """Whether a value is there."""

    of: Any


@dataclass(frozen=True, slots=True)
class Binary:
    """Two expressions with a sign between them."""

    operator: str
    left: Any
    right: Any


@dataclass(slots=True)
class Script:
    """Imports, options, assignments and expressions in order; `None` as a name stands for a bare expression."""

    imports: list[str] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    statements: list[tuple[str | None, Any]] = field(default_factory=list)
