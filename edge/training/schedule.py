"""Strikes each planned fault at its time and resets it at its end, even if the edge was started anew meanwhile."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence

import structlog

from edge.store import Event
from edge.training.drill import Drill, Phase, PlannedFault, Progress
from edge.training.drills import Drills
from twin.model.command import Command
from twin.model.declaration import Declaration
from twin.model.trigger import fault_command

TICK_S = 1.0
AGAIN_S = 5.0  # between tries of a command that the plant did not take
LATE_MS = 10_000  # later than this is told
GIVE_UP_MS = 86_400_000  # a fault that cannot be reset for a day is left to a person

_log = structlog.get_logger(__name__)

Deliver = Callable[[str, Command], Awaitable[str]]
"""Sends a command to a plant, on record; returns "" or why it was not taken."""


class Schedule:
    """Runs the planned faults of `drills`, with and without a drill, and ends drills whose time is over.

    What is due while the edge or the plant is away is done late and told, or skipped and told when its time is over.
    Each command has the fault's own id, so that a repeat after a crash acts once.
    """

    def __init__(
        self,
        drills: Drills,
        declarations: Callable[[], Sequence[Declaration]],
        deliver: Deliver,
        record: Callable[[Sequence[Event]], None],
        *,
        clock_ms: Callable[[], int],
    ) -> None:
        self.drills = drills
        self._declarations = declarations
        self._deliver = deliver
        self._record = record
        self._clock_ms = clock_ms
        self._again: dict[int, float] = {}

    async def run(self) -> None:
        """Look once a second until cancelled."""
        while True:
            try:
                await self.step()
            except Exception as error:  # noqa: BLE001 (whatever it is, the next look tries again)
                _log.error("schedule waits", cause=repr(error))
            await asyncio.sleep(TICK_S)

    async def step(self) -> None:
        """Do what is due now."""
        if self.drills.hidden():
            await asyncio.to_thread(self._end_drills)
        open_faults = await asyncio.to_thread(self.drills.open_faults)
        for fault in open_faults:
            if self._again.get(fault.number, 0.0) <= time.monotonic():
                try:
                    await self._advance(fault)
                except Exception as error:  # noqa: BLE001 (the other faults go on)
                    self._again[fault.number] = time.monotonic() + AGAIN_S
                    _log.error("planned fault waits", number=fault.number, cause=repr(error))

    def tell(self, drill: Drill, what: str) -> None:
        """Put the beginning or end of a drill among the plant's events, without anything that gives it away."""
        declared = next((one for one in self._declarations() if one.plant == drill.plant), None)
        if declared is not None:
            text = f"drill {drill.name}: {what}"
            self._record([Event(self._clock_ms(), declared.units[0].path, "system", "info", text)])

    def _end_drills(self) -> None:
        now = self._clock_ms()
        for drill in self.drills.drills():
            if drill.phase is Phase.RUNNING and now >= drill.end_ms:
                self.drills.end(drill.id, now)
                self.tell(drill, "ended")

    async def _advance(self, fault: PlannedFault) -> None:
        now, end = self._clock_ms(), await asyncio.to_thread(self._end, fault)
        if fault.progress is Progress.WAITING:
            if now < fault.due_ms:
                return
            if now >= end:
                await self._tell(
                    fault,
                    Progress.SKIPPED,
                    f"skipped: its time was over when it could have struck{_because(fault)}",
                )
                return
            refusal = await self._send(fault, strike=True)
            if refusal:
                await self._tell(fault, Progress.WAITING, f"did not strike yet: {refusal}")
                return
            late = now - fault.due_ms
            told = f"struck {late / 1000:.0f} s late{_because(fault)}" if late > LATE_MS else ""
            await self._tell(fault, Progress.STRUCK, told, struck_ms=now)
        elif now >= end:
            refusal = await self._send(fault, strike=False)
            if not refusal:
                await self._tell(fault, Progress.OVER, "", reset_ms=now)
            elif now - end > GIVE_UP_MS:
                await self._tell(fault, Progress.OVER, f"not reset: {refusal}; reset it by hand")
            else:
                await self._tell(fault, Progress.STRUCK, f"not reset yet: {refusal}")

    def _end(self, fault: PlannedFault) -> int:
        end = fault.due_ms + round(fault.duration_s * 1000)
        drill = self.drills.drill(fault.drill) if fault.drill else None
        return end if drill is None else min(end, drill.end_ms)

    async def _send(self, fault: PlannedFault, *, strike: bool) -> str:
        """Send the command; return why it was not taken, "" when it was."""
        declared = next((one for one in self._declarations() if one.plant == fault.plant), None)
        if declared is None:
            return f"plant {fault.plant} is not known to the edge now"
        about = f"drill {fault.drill}" if fault.drill else f"planned {fault.number}"
        try:
            command = fault_command(
                declared, fault.key, strike=strike, id_=f"{self._id(fault)}-{'strike' if strike else 'reset'}",
                now_ms=self._clock_ms(), source=fault.by, reason=about,
            )  # fmt: skip
        except ValueError as error:
            return str(error)
        refusal = await self._deliver(fault.plant, command)
        if refusal:
            self._again[fault.number] = time.monotonic() + AGAIN_S
        return refusal

    @staticmethod
    def _id(fault: PlannedFault) -> str:
        """Return an id that no other fault has, not even one of a file of drills that was begun anew."""
        return uuid.uuid5(uuid.NAMESPACE_OID, f"{fault.plant} {fault.number} {fault.due_ms}").hex

    async def _tell(self, fault: PlannedFault, progress: Progress, told: str, **moments: int) -> None:
        if progress is not fault.progress or told != fault.told:
            await asyncio.to_thread(self.drills.tell, fault.number, progress, told=told, **moments)
        if progress is not fault.progress:
            self._again.pop(fault.number, None)
            _log.info(
                "planned fault", number=fault.number, plant=fault.plant, key=fault.key, progress=str(progress)
            )


def _because(fault: PlannedFault) -> str:
    before = fault.told.partition(": ")[2]
    return f" ({before})" if before else ""
