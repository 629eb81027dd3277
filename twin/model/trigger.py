"""The trigger of a fault as people give it: at a moment, after a while, when a condition holds."""

import math
from dataclasses import dataclass
from datetime import datetime

from twin.model.command import ALL, Command
from twin.model.condition import Condition
from twin.model.declaration import Declaration, FaultDeclaration

MOST_AFTER = 366 * 86_400.0  # s
_VALID_MS = 60_000  # how long after its moment a command may still act
_WATCH_MS = 86_400_000  # how long a condition is watched


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """`at` a moment (aware), or `after` so many seconds from now; `when` a condition holds from then on.

    Nothing given: at once. Raises ValueError that says what is wrong.
    """

    at: datetime | None = None
    after: float = 0.0
    when: str = ""

    def __post_init__(self) -> None:
        if self.at is not None and self.at.tzinfo is None:
            raise ValueError("at: give the moment with its zone, for example 2026-05-04T08:30:00Z")
        if not (math.isfinite(self.after) and 0.0 <= self.after <= MOST_AFTER):
            raise ValueError(f"after: {self.after} s must lie in 0..{MOST_AFTER:g}")
        if self.at is not None and self.after > 0.0:
            raise ValueError("give at or after, not both")
        if self.when:
            Condition.parse(self.when)

    def due_ms(self, now_ms: int) -> int:
        """Return the moment before which nothing happens, 0 for at once; raises ValueError for one in the past."""
        if self.at is not None:
            due = round(self.at.timestamp() * 1000)
            if not now_ms <= due <= now_ms + MOST_AFTER * 1000:
                raise ValueError(f"at: {self.at.isoformat()} does not lie in the next 366 days")
            return due
        return now_ms + round(self.after * 1000) if self.after > 0.0 else 0

    def expires_ms(self, now_ms: int) -> int:
        """Return the moment after which it is too late; a condition is watched for a day."""
        return max(now_ms, self.due_ms(now_ms)) + (_WATCH_MS if self.when else _VALID_MS)


def parse_moment(text: str) -> datetime:
    """Return the moment that `text` gives in RFC 3339; raises ValueError that shows how to write one."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"at: {text!r} is no moment; write it like 2026-05-04T08:30:00Z") from None


def find_fault(declaration: Declaration, key: str) -> FaultDeclaration:
    """Return the fault called `key`; raises ValueError that names those that there are."""
    for fault in declaration.faults:
        if fault.key == key:
            return fault
    known = ", ".join(fault.key for fault in declaration.faults) or "none"
    raise ValueError(f"plant {declaration.plant} has no fault {key!r}; it has: {known}")


def fault_command(
    declaration: Declaration,
    key: str,
    *,
    strike: bool,
    id_: str,
    now_ms: int,
    trigger: Trigger | None = None,
    source: str = "",
    reason: str = "",
) -> Command:
    """Return the command that lets a fault strike, or mends it and takes back what is pending; raises ValueError."""
    fault = find_fault(declaration, key)
    given = trigger or Trigger()
    return Command(
        id=id_, path=f"{declaration.unit(fault.unit).path}/{fault.tag}", value=float(strike),
        expires_ms=given.expires_ms(now_ms), due_ms=given.due_ms(now_ms), when=given.when,
        withdraw="" if strike else ALL, source=source, reason=reason,
    )  # fmt: skip
