"""The pull of docs/telemetry.md, the same on every protocol: fetch, commit to the outbox, acknowledge."""

import asyncio
import time
from typing import Protocol

import structlog

from edge.collect import Inbox, LinkStatus
from edge.collect.declared import read_declaration
from twin.crash_point import crash_point
from twin.model.declaration import Declaration
from twin.packing import DamagedFrames, Parcel, epoch_of

PARCEL_BYTES = 1_000_000
_FULL_PAUSE = 0.2  # s, while the outbox waits for the store

_log = structlog.get_logger(__name__)


class FrameChannel(Protocol):
    """A plant's frame channel as one protocol offers it; every method raises ConnectionError when it is lost."""

    async def fetch(self, position: int, max_bytes: int) -> bytes:
        """Return the parcel of entries from `position` on; without entries when there is nothing newer.

        It answers this very question: what it leaves out after `position` is taken for lost.
        """

    async def acknowledge(self, journal: bytes, upto: int) -> None:
        """Let the plant forget entries up to `upto`."""

    async def declare(self, epoch: int) -> str:
        """Return the declaration of an epoch as JSON, "" for one that never was."""


class Pull:
    """One session's pull of one plant's journal into the inbox."""

    def __init__(
        self, channel: FrameChannel, inbox: Inbox, status: LinkStatus, *, plant: str, journal: bytes,
        max_bytes: int = PARCEL_BYTES,
    ) -> None:  # fmt: skip
        self._channel = channel
        self._inbox = inbox
        self._status = status
        self._plant = plant
        self._journal = journal
        self._max_bytes = max_bytes
        self._unknown: set[int] = set()  # epochs that the plant says never were
        status.committed = inbox.expected(plant, journal) - 1

    async def catch_up(self) -> None:
        """Fetch until there is nothing newer; one parcel is on its way while another is being committed."""
        position = self._inbox.expected(self._plant, self._journal)
        ahead: asyncio.Task[Parcel] | None = None
        try:
            while True:
                parcel = await (ahead or self._fetch(position))
                ahead = None
                if not parcel.entries:
                    return
                first, last = parcel.entries[0][0], parcel.entries[-1][0]
                if first > position:
                    # The plant only forgets what was acknowledged or exceeds its retention.
                    await asyncio.to_thread(self._inbox.skip, self._plant, self._journal, first)
                self._status.head = max(self._status.head, last)
                size = sum(len(data) for _, data in parcel.entries)
                if last < self._status.head or size > self._max_bytes // 2:
                    ahead = asyncio.create_task(self._fetch(last + 1))
                upto = await self._deliver(parcel)
                if upto < last:
                    self._status.detail = "outbox is full: waiting for the store"
                    await _drop(ahead)
                    ahead = None
                    await asyncio.sleep(_FULL_PAUSE)
                elif ahead is None:
                    self._status.detail = ""
                    return
                position = upto + 1
        finally:
            await _drop(ahead)

    async def push(self, parcel: Parcel) -> bool:
        """Take a parcel that came unasked; False when something before it is missing: then `catch_up`."""
        if parcel.journal != self._journal:
            raise ConnectionError("the plant has a new journal")
        if not parcel.entries:
            return True
        self._status.head = max(self._status.head, parcel.entries[-1][0])
        if parcel.entries[0][0] > self._inbox.expected(self._plant, self._journal):
            return False
        return await self._deliver(parcel) >= parcel.entries[-1][0]

    async def _fetch(self, position: int) -> Parcel:
        data = await self._channel.fetch(position, self._max_bytes)
        if not data:
            return Parcel(self._journal, ())
        parcel = Parcel.from_bytes(data)
        if parcel.journal != self._journal:
            raise ConnectionError("the plant has a new journal")
        return parcel

    async def _deliver(self, parcel: Parcel) -> int:
        """Declare, commit, acknowledge; return the position up to which all is committed."""
        for position, data in parcel.entries:
            await self._declare(position, data)
        upto = await asyncio.to_thread(self._inbox.accept, self._plant, self._journal, parcel.entries)
        if upto:
            await self._channel.acknowledge(self._journal, upto)
            crash_point("after_acknowledge")
        self._status.committed = upto
        self._status.received += sum(1 for position, _ in parcel.entries if position <= upto)
        self._status.last_data = time.monotonic()
        return upto

    async def _declare(self, position: int, data: bytes) -> None:
        """See to it that the entry's epoch is declared; what cannot be, the pipeline puts in quarantine."""
        try:
            epoch = epoch_of(data)
        except DamagedFrames:
            return
        if epoch in self._unknown or self._inbox.declared(self._plant, epoch):
            return
        text = await self._channel.declare(epoch)
        if not text:
            self._unknown.add(epoch)
            _log.error("epoch was never declared", plant=self._plant, epoch=epoch, position=position)
            return
        await keep_declaration(self._inbox, text, self._plant)


async def _drop(ahead: asyncio.Task[Parcel] | None) -> None:
    """Let a fetch go whose parcel nobody takes."""
    if ahead is not None:
        ahead.cancel()
        await asyncio.gather(ahead, return_exceptions=True)


async def keep_declaration(inbox: Inbox, text: str, plant: str = "") -> Declaration:
    """Read a declaration and keep it; raises LinkRefused for one that cannot be used or is another plant's."""
    declaration = await asyncio.to_thread(read_declaration, text, plant)
    if not inbox.declared(declaration.plant, declaration.epoch):
        await asyncio.to_thread(inbox.declare, declaration)
    return declaration
