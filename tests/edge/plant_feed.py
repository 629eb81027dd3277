"""A plant for the tests of collection: the real wire in front of frames on paper."""

import json

from tests.edge.telemetry import declaration, frames
from twin.model.command import Command
from twin.model.declaration import Declaration
from twin.packing import Parcel, pack
from twin.wire.channel import Change, Status, Update


class Feed:
    """The wire's channel over entries that a test appends; remembers what it was asked."""

    def __init__(self, plant: str = "press", epoch: int = 1, journal: bytes = b"j" * 16) -> None:
        self.declaration: Declaration = declaration(plant, epoch)
        self.journal_id = journal
        self.status = Status(phase="live")
        self.entries: dict[int, bytes] = {}
        self.seconds = 0
        self.samples = 0
        self.frames = 0
        self.fetched: list[int] = []
        self.commands: list[dict[str, object]] = []
        self.remembered: dict[str, object] = {}

    def grow(self, entries: int = 1, seconds: int = 5) -> Update:
        """Append entries of `seconds` scans each; return the update of the newest."""
        for _ in range(entries):
            some = frames(
                self.declaration, seconds, seed=self.seconds, first_seq=self.seconds + 1, start_s=self.seconds
            )
            self.seconds += seconds
            self.frames += len(some)
            self.samples += sum(map(len, some))
            self.status.head += 1
            self.entries[self.status.head] = pack(some, self.declaration.sources)
        head = self.status.head
        return Update(head, Parcel(self.journal_id, ((head, self.entries[head]),)).to_bytes(), ())

    def now_ms(self) -> int:
        return self.declaration.start_ms + self.seconds * 1000

    def newest(self) -> tuple[Change, ...]:
        return ()

    async def fetch(self, position: int, max_bytes: int) -> bytes:
        self.fetched.append(position)
        chosen: list[tuple[int, bytes]] = []
        size = 0
        for found in sorted(self.entries):
            if found >= position:
                size += len(self.entries[found])
                if chosen and size > max_bytes:
                    break
                chosen.append((found, self.entries[found]))
        return Parcel(self.journal_id, tuple(chosen)).to_bytes()

    async def acknowledge(self, journal: bytes, upto: int) -> None:
        if journal == self.journal_id:
            self.entries = {position: data for position, data in self.entries.items() if position > upto}

    async def declare(self, epoch: int) -> str:
        return self.declaration.to_json() if epoch in {0, self.declaration.epoch} else ""

    async def ledger(self, max_bytes: int) -> str:
        return json.dumps({"epoch": self.declaration.epoch, "marks": [], "max": max_bytes})

    async def command(self, text: str) -> str:
        known = Command(**json.loads(text))
        self.commands.append(json.loads(text))
        return "" if known.value < 10 else f"{known.value:g} is too much"

    # what SparkplugNode keeps in the journal
    def recall(self, name: str) -> object:
        return self.remembered.get(name)

    def remember(self, name: str, value: object) -> None:
        self.remembered[name] = value
