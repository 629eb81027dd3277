"""What lies between a running plant and a transport: the frame channel, what is new, and how the plant is."""

from dataclasses import asdict, dataclass
from typing import Any, Protocol

from twin.model.declaration import Declaration
from twin.model.tag import Value


class WireError(ValueError):
    """A plant that cannot be put on the wire; the text names the cause and the remedy."""


@dataclass(frozen=True, slots=True)
class Change:
    """The newest value of one tag: `unit` and `tag` index the declaration."""

    unit: int
    tag: int
    value: Value
    time_ms: int


@dataclass(frozen=True, slots=True)
class Update:
    """What one step of the plant brought: the newest journal position, its parcel, the tags that changed.

    `parcel` is empty while the plant is behind the clock: history is fetched, not pushed.
    """

    position: int
    parcel: bytes
    changes: tuple[Change, ...]


@dataclass(slots=True)
class Status:
    """How a running plant is. `phase`: starting, replaying, catching_up, live, stalled (journal cannot be written)."""

    phase: str = "starting"
    time_ms: int = 0
    lag_s: float = 0.0
    head: int = 0
    depth: int = 0
    depth_bytes: int = 0
    dropped: int = 0
    transport: str = "starting"
    detail: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


class Channel(Protocol):
    """The frame channel of a running plant, as docs/telemetry.md defines it."""

    declaration: Declaration
    journal_id: bytes
    status: Status

    def now_ms(self) -> int:
        """Return UTC in ms since 1970."""

    def newest(self) -> tuple[Change, ...]:
        """Return the newest value of every tag that has one."""

    async def fetch(self, position: int, max_bytes: int) -> bytes:
        """Return a parcel of entries from `position` on, possibly without entries."""

    async def acknowledge(self, journal: bytes, upto: int) -> None:
        """Forget entries up to `upto`; ignored for another journal's id."""

    async def declare(self, epoch: int) -> str:
        """Return the declaration of an epoch as JSON, 0 for the newest, "" for one that never was."""

    async def ledger(self, max_bytes: int) -> str:
        """Return the ledger marks as JSON of at most `max_bytes`; the oldest minutes give way."""

    async def command(self, text: str) -> str:
        """Give a command (JSON); return "" when accepted, else the reason."""


class Transport(Protocol):
    """One protocol's side of the wire."""

    async def start(self) -> str:
        """Begin to serve and return the address; raises WireError."""

    async def publish(self, update: Update) -> None:
        """Show an update to whoever listens; never raises for a listener that is gone."""

    async def stop(self) -> None:
        """Say goodbye and release everything."""
