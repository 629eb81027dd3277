"""Collection: a link per plant and protocol pulls journal entries into the outbox and acknowledges after commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from twin.model.command import Command
from twin.model.declaration import Declaration


@dataclass(slots=True)
class LinkStatus:
    """What a link knows of itself, for pages and metrics."""

    address: str
    plant: str = ""
    state: str = "connecting"  # connecting | online | stale | refused
    detail: str = ""
    connects: int = 0
    received: int = 0  # journal entries
    head: int = 0  # newest journal position the plant has told
    committed: int = 0  # newest journal position in the outbox or behind it
    last_data: float = 0.0  # monotonic


class LinkRefused(ConnectionError):
    """The other side answers but does not let us in, or is no plant; trying again soon does not help."""


class Inbox(Protocol):
    """Where links deliver; the outbox implements it. Every method commits before it returns."""

    def expected(self, plant: str, journal: bytes) -> int:
        """Return the next journal position wanted of this plant and journal (1 at first)."""

    def declare(self, declaration: Declaration) -> None:
        """Keep a declaration; an entry's epoch must be declared before `accept`."""

    def declared(self, plant: str, epoch: int) -> bool:
        """Tell whether the declaration of `epoch` is already kept."""

    def skip(self, plant: str, journal: bytes, position: int) -> None:
        """Expect `position` next: the plant holds nothing older. What was missed is counted."""

    def accept(self, plant: str, journal: bytes, entries: Sequence[tuple[int, bytes]]) -> int:
        """Commit the entries that are new and contiguous; return the position up to which all is committed."""


class Link(Protocol):
    """One plant over one protocol. `run` never returns but by cancellation and never raises on a lost connection."""

    status: LinkStatus

    async def run(self) -> None:
        """Connect, declare, fetch, deliver, acknowledge; again and again."""

    async def ledger(self) -> dict[str, Any]:
        """Ask the plant for its ledger marks (see docs/telemetry.md); raises ConnectionError when offline."""

    async def write(self, command: Command) -> str:
        """Send a command; return "" when accepted or the plant's reason for refusing it."""
