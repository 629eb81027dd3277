"""What could not be used and waits for a person's decision: journal entries, and points that a store refused."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.outbox import Entry, Outbox
from edge.store import Store
from edge.store.refused import Refused
from twin.packing import Batch, DamagedFrames, epoch_of, unpack

REFUSED_FILE = "influxdb_refused.jsonl"
_ENTRY = "SELECT id, plant, journal, position, time_ms, reason, data FROM poison"
_SHOWN_BYTES = 256
_BEFORE = "; before: "


class QuarantineError(ValueError):
    """What was asked of the quarantine cannot be done; the text says why and what helps."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing in quarantine: `key` names it (`e12` an entry, `p3fa9c1d2` points), `what` is `entry` or `points`.

    `plant` is "" and `position` 0 for points, `bucket` "" for entries; `size` is in bytes.
    """

    key: str
    what: str
    plant: str
    bucket: str
    position: int
    time_ms: int
    size: int
    reason: str
    data: bytes


class Quarantine:
    """Entries in the outbox, and points in the file beside it; safe to use while the edge works on both.

    `refused` is the running store's own file of refused points, None where the edge has no such store.
    """

    def __init__(self, outbox: Outbox, folder: Path, refused: Refused | None = None) -> None:
        self._outbox = outbox
        self._refused = refused or Refused(folder / REFUSED_FILE)
        self.dropped: Counter[str] = Counter()  # entries by plant, points under "", since the start

    def items(self) -> list[Item]:
        """Return everything, oldest first."""
        entries = [_entry(row) for row in self._outbox.file.ask(_ENTRY)]
        return sorted([*entries, *map(_points, self._refused.lines())], key=lambda item: item.time_ms)

    def counts(self) -> Counter[str]:
        """Count entries by plant, and blocks of points under ""."""
        found = Counter(dict(self._outbox.file.ask("SELECT plant, count(*) FROM poison GROUP BY plant")))
        if points := sum(1 for _ in self._refused.lines()):
            found[""] = points
        return found

    def item(self, key: str) -> Item:
        """Return one item; raises QuarantineError for a key that names none."""
        found = next((item for item in self.items() if item.key == key), None)
        if found is None:
            raise QuarantineError(f"nothing in quarantine is called {key!r}; see: edge quarantine list")
        return found

    def retry(self, key: str) -> Item:
        """Put an entry back into the queue; what still cannot be used returns, with the reason.

        Raises QuarantineError for an unknown key and for points, OutboxError when the file cannot be written.
        """
        item = self.item(key)
        if item.what == "points":
            raise QuarantineError(
                f"{key}: points that the server refused cannot be tried again as they are; their samples are in "
                f"`edge quarantine show {key}`. Mend the cause, write them with the server's own tool, then drop them"
            )
        self._outbox.take_back(int(key[1:]))
        return item

    def drop(self, key: str) -> Item:
        """Forget an item for good; raises QuarantineError, OutboxError, OSError."""
        item = self.item(key)
        if item.what == "points":
            self._refused.forget(lambda line: _points(line).key == key)
        else:
            self._outbox.forget(int(key[1:]))
        self.dropped[item.plant] += 1
        return item


def late(store: Store, entry: Entry, batch: Batch) -> str:
    """Return why an entry that is tried again cannot be stored, "" when it can or was never in quarantine.

    History grows at its end: frames behind a newer one of their unit would be taken for repeats, and lost.
    """
    if not entry.retried:
        return ""
    behind = len(batch) - sum(map(len, store.fresh(entry.plant, [batch])))
    if not behind:
        return ""
    before = entry.retried.rpartition(_BEFORE)[2]
    return f"{behind} of its {len(batch)} frames, or newer ones of their units, are stored already{_BEFORE}{before}"


def described(item: Item, *, whole: bool = False) -> dict[str, Any]:
    """Return an item as plain data; `whole` with its content."""
    told: dict[str, Any] = {
        "key": item.key, "what": item.what, "plant": item.plant, "bucket": item.bucket, "position": item.position,
        "time_ms": item.time_ms, "bytes": item.size, "reason": item.reason,
    }  # fmt: skip
    if whole and item.what == "points":
        told["lines"] = item.data.decode()
    elif whole:
        told |= _frames(item.data) | {"begins_with": item.data[:_SHOWN_BYTES].hex()}
    return told


def _frames(data: bytes) -> dict[str, Any]:
    """Tell what an entry holds as far as it can be read."""
    try:
        batch = unpack(data)
        times = batch.time_ms
        return {
            "epoch": batch.epoch, "frames": len(batch), "samples": len(batch.tag),
            "first_ms": int(times.min()) if len(times) else None,
            "last_ms": int(times.max()) if len(times) else None,
        }  # fmt: skip
    except DamagedFrames as error:
        unreadable = {"unreadable": str(error)}
        try:
            return {"epoch": epoch_of(data), **unreadable}
        except DamagedFrames:
            return unreadable


def _entry(row: tuple[Any, ...]) -> Item:
    number, plant, _, position, time_ms, reason, data = row
    return Item(f"e{number}", "entry", plant, "", position, time_ms, len(data), reason, bytes(data))


def _points(line: str) -> Item:
    told = json.loads(line)
    key = "p" + hashlib.sha256(line.encode()).hexdigest()[:8]
    body = str(told["lines"]).encode()
    return Item(key, "points", "", told["bucket"], 0, told["time_ms"], len(body), told["reason"], body)
