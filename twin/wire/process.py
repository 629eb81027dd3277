"""The plant as a process: simulation and journal in a worker thread, paced by the clock, asked by a transport."""

import asyncio
import json
import math
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from twin.model.command import Command
from twin.model.declaration import Declaration
from twin.model.plant import Plant
from twin.wire.channel import Change, Status, Transport, WireError
from twin.wire.clock import Clock
from twin.wire.journal import DamagedJournal, Journal, quarantine
from twin.wire.log import logger
from twin.wire.recorder import Recorder, parcel_of

_T = TypeVar("_T")
_TAKES_COMMANDS_S = 30.0  # farther behind the clock, a command would act in the past
_REPORT_S = 60.0
_RETRY_S = 1.0
MOST_AFTER_S = 366 * 86_400.0
_MIN_PAUSE_S = 0.2  # between steps at --speed: a commit each, not one for every scan


class PlantProcess:
    """One plant on the wire; implements the frame channel for its transport.

    The simulation and everything that touches it run in one worker thread; the event loop stays free to answer.
    """

    def __init__(
        self,
        plant: Plant,
        *,
        data: Path,
        seed: int,
        since: timedelta,
        speed: float | None = None,
        scan: float = 1.0,
        clock: Clock | None = None,
    ) -> None:
        if speed is not None and not speed > 0:
            raise WireError(f"speed {speed} must be positive; leave it out to catch up as fast as possible")
        if since < timedelta(0):
            raise WireError(f"since {since} must not be negative")
        self.clock = clock or Clock()
        self.speed = speed
        self.status = Status()
        self.log = logger(plant.called)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix=f"plant-{plant.called}")
        try:
            data.mkdir(parents=True, exist_ok=True)
            path = data / f"{plant.called}.journal"
            not_before = 0
            try:
                self.journal = Journal(path)
            except DamagedJournal as damage:
                # No frame lies after the file's last write, so that the new epoch begins behind all of the old ones.
                not_before = math.ceil(path.stat().st_mtime * 1000)
                aside = quarantine(path, self.clock.utc_ms())
                self.log.error(
                    "journal_damaged", cause=str(damage), moved_to=str(aside), remedy="a new one was begun"
                )
                self.journal = Journal(path)
        except OSError as error:
            raise WireError(
                f"data folder {data}: {error}; choose a folder that can be written and that no other plant process uses"
            ) from error
        try:
            now_ms = self.clock.utc_ms()
            self.recorder = Recorder(
                plant, self.journal, seed=seed, scan=scan, since=since, now_ms=now_ms, not_before=not_before
            )
        except ValueError as error:
            self.journal.close()
            raise WireError(str(error)) from error
        self.declaration: Declaration = self.recorder.declaration
        self.journal_id = self.journal.id
        self._paced_from: tuple[float, int] | None = None
        self._reported = -math.inf
        self._show("replaying" if self.recorder.replaying else "starting")
        self.log.info(
            "run",
            epoch=self.declaration.epoch,
            start_ms=self.declaration.start_ms,
            resumed=self.recorder.resumed,
        )

    # -- the frame channel ---------------------------------------------------------------------------------

    async def _call(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    def now_ms(self) -> int:
        """Return UTC in ms since 1970."""
        return self.clock.utc_ms()

    def newest(self) -> tuple[Change, ...]:
        """Return the newest value of every tag that has one."""
        known = list(self.recorder.newest.items())
        return tuple(Change(unit, tag, value, time_ms) for (unit, tag), (value, time_ms) in known)

    async def fetch(self, position: int, max_bytes: int) -> bytes:
        """Return a parcel of entries from `position` on, possibly without entries."""
        parcel = await asyncio.to_thread(parcel_of, self.journal, position, max_bytes)
        return parcel.to_bytes()

    async def acknowledge(self, journal: bytes, upto: int) -> None:
        """Forget entries up to `upto`; ignored for another journal's id."""
        if not await asyncio.to_thread(self.journal.acknowledge, journal, upto):
            self.log.warning("acknowledge_ignored", upto=upto, head=self.journal.head)

    async def declare(self, epoch: int) -> str:
        """Return the declaration of an epoch as JSON, 0 for the newest, "" for one that never was."""
        return await asyncio.to_thread(self.journal.declaration, epoch) or ""

    async def ledger(self, max_bytes: int) -> str:
        """Return the ledger marks as JSON of at most `max_bytes`; the oldest minutes give way."""
        return await self._call(lambda: self.recorder.ledger(max_bytes))

    async def command(self, text: str) -> str:
        """Give a command (JSON); return "" when accepted, else the reason."""
        try:
            command = _read_command(text, self.clock.utc_ms())
        except ValueError as error:
            return f"not a command: {error}"
        if command.expires_ms < self.clock.utc_ms():
            return f"{command.path}: command {command.id} expired"
        if self.recorder.replaying or self._lag_s() > _TAKES_COMMANDS_S:
            return "the plant is still catching up with the clock; try again when it is live"
        reason = await self._call(lambda: self.recorder.command(command))
        self.log.info(
            "command",
            id=command.id,
            path=command.path,
            value=command.value,
            source=command.source,
            due_ms=command.due_ms,
            when=command.when,
            refused=reason,
        )
        return reason

    # -- running -------------------------------------------------------------------------------------------

    async def run(self, transport: Transport, stop: asyncio.Event) -> None:
        """Advance, journal and publish until `stop` is set. Raises Diverged when the run must begin anew."""
        stopping = asyncio.create_task(stop.wait())
        waiting: set[asyncio.Task[Any]] = {stopping}
        try:
            while not stop.is_set():
                due = self._due()
                if self.recorder.scans < due or self.recorder.replaying:
                    await self._step(transport, due)
                pause = self._pause()
                if pause > 0:
                    waiting = {asyncio.create_task(self.clock.sleep(pause)), stopping}
                    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.wait(waiting)

    async def _step(self, transport: Transport, due: int) -> None:
        recorder = self.recorder
        live = not recorder.replaying and due - recorder.scans <= max(2, 2.0 / recorder.run.scan)
        try:
            update = await self._call(lambda: recorder.step(due, push=live))
        except sqlite3.OperationalError as error:
            self._show("stalled", f"journal {self.journal.path} cannot be written: {error}; free disk space")
            await self.clock.sleep(_RETRY_S)
            return
        self._show("replaying" if recorder.replaying else "live" if live else "catching_up")
        await transport.publish(update)

    def _due(self) -> int:
        """Return the scan that the clock has reached; never one in its future."""
        due = self.recorder.scans_at(self.clock.utc_ms())
        if self.speed is None or self.recorder.replaying:
            return due
        now = self.clock.monotonic()
        if self._paced_from is None:
            self._paced_from = (now, max(self.recorder.scans, 0))
        since, scans = self._paced_from
        return min(due, scans + int((now - since) * self.speed / self.recorder.run.scan))

    def _pause(self) -> float:
        recorder = self.recorder
        if recorder.replaying:
            return 0.0
        next_ms = recorder.run.start_ms + (recorder.scans + 1) * recorder.run.scan * 1000.0
        pause = (next_ms - self.clock.utc_ms()) / 1000.0
        if self.speed is not None and pause <= 0 and recorder.scans >= self._due():
            return max(_MIN_PAUSE_S, recorder.run.scan / self.speed)
        # A clock that stepped back makes the plant wait; it looks again soon, for the clock may be put right.
        return min(pause, 1.0)

    def _lag_s(self) -> float:
        behind_ms = self.clock.utc_ms() - (
            self.recorder.time_ms if self.recorder.scans >= 0 else self.declaration.start_ms
        )
        return max(0.0, behind_ms / 1000.0)

    def _show(self, phase: str, detail: str = "") -> None:
        status, journal = self.status, self.journal
        changed = phase != status.phase
        status.phase, status.detail = phase, detail
        status.time_ms, status.lag_s = self.recorder.time_ms, self._lag_s()
        status.head, status.depth, status.depth_bytes = journal.head, journal.depth, journal.size
        dropped, status.dropped = journal.dropped > status.dropped, journal.dropped
        now = self.clock.monotonic()
        if changed or dropped or now - self._reported >= _REPORT_S:
            self._reported = now
            self.log.info("status", **status.to_dict())

    def close(self) -> None:
        """Finish the step under way and release the journal."""
        self._worker.shutdown(wait=True)
        self.journal.close()


def _read_command(text: str, now_ms: int) -> Command:
    """Read a command; its field `after_s`, seconds from its acceptance at `now_ms`, becomes its due time."""
    raw = json.loads(text)
    if not isinstance(raw, dict):
        raise ValueError("a JSON object is needed")
    for name, kind in (("id", str), ("path", str), ("value", int | float), ("expires_ms", int)):
        if not isinstance(raw.get(name), kind) or isinstance(raw[name], bool):
            raise ValueError(f"field {name!r} is missing or of a wrong type")
    if not raw["id"] or not math.isfinite(raw["value"]):
        raise ValueError("id must not be empty and value must be finite")
    due_ms, after_s = raw.get("due_ms", 0), raw.get("after_s", 0)
    if not isinstance(due_ms, int) or isinstance(due_ms, bool) or due_ms < 0:
        raise ValueError("due_ms must be a whole number of ms since 1970")
    if not isinstance(after_s, int | float) or isinstance(after_s, bool) or not 0 <= after_s <= MOST_AFTER_S:
        raise ValueError(f"after_s must lie in 0..{MOST_AFTER_S:g}")
    if due_ms and after_s:
        raise ValueError("give due_ms or after_s, not both")
    source, reason, when, withdraw = (
        str(raw.get(name, ""))[:500] for name in ("source", "reason", "when", "withdraw")
    )
    return Command(
        id=raw["id"][:100], path=raw["path"], value=float(raw["value"]), expires_ms=raw["expires_ms"],
        source=source, reason=reason, due_ms=now_ms + round(after_s * 1000) if after_s else due_ms, when=when,
        withdraw=withdraw,
    )  # fmt: skip
