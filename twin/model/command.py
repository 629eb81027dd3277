"""A command: one value that somebody wants a tag to take."""

from dataclasses import dataclass


class CommandRefused(ValueError):
    """A command that the plant does not carry out; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Set the tag at `path` to `value`.

    `id` makes a repeat harmless; `expires_ms` (UTC, ms) is the moment after which it must not be carried out.
    """

    id: str
    path: str
    value: float
    expires_ms: int
    source: str = ""
    reason: str = ""
