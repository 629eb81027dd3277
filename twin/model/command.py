"""A command: one value that somebody wants a tag to take, at once or when its trigger says so."""

from dataclasses import dataclass

ALL = "*"  # in `withdraw`: whatever is pending for the command's own path


class CommandRefused(ValueError):
    """A command that the plant does not carry out; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Set the tag at `path` to `value`.

    `id` makes a repeat harmless; `expires_ms` (UTC, ms) is the moment after which it must not be carried out.
    Its trigger: `due_ms` (UTC, ms; 0: at once) is the moment before which it must not be carried out, `when` a
    condition on a tag of the same line (see Condition), looked at on every scan; until then the command is pending.
    `withdraw` takes back what is pending: the command with that id, instead of writing anything, or ALL that is
    pending for `path` before `value` is written.
    """

    id: str
    path: str
    value: float
    expires_ms: int
    source: str = ""
    reason: str = ""
    due_ms: int = 0
    when: str = ""
    withdraw: str = ""

    @property
    def triggered(self) -> bool:
        """Whether it waits for a moment or a condition."""
        return self.due_ms > 0 or bool(self.when)
