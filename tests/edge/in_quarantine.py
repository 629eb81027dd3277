"""What an outbox holds in quarantine, for the tests of the edge's intake."""

from pathlib import Path

from edge.outbox import Outbox
from edge.quarantine import Quarantine


def in_quarantine(outbox: Outbox) -> list[tuple[str, int, str]]:
    """Return `(plant, position, reason)` of the entries, oldest first."""
    items = Quarantine(outbox, Path(outbox.file.path).parent).items()
    return [(item.plant, item.position, item.reason) for item in items]
