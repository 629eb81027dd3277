"""The closed loops of the upgrades in effect: they see what the store knows and command over the links."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from edge.api.time_range import rfc3339
from edge.loop_modes import LoopModes
from edge.store import Event, Store
from twin.control.catalogue import build
from twin.control.guard import Guarded
from twin.model.command import Command
from twin.model.declaration import Declaration, UpgradeDeclaration
from twin.model.frame import Sample
from twin.model.upgrade import authority

TICK = 1.0  # s between looks
# Values are told by exception: numbers at least once a minute, texts once an hour. A younger one is the present one.
PRESENT_MS, PRESENT_TEXT_MS = 75_000, 3_675_000
HOLD_S = 3600.0  # a set point that nobody confirms for so long goes back to its baseline, at the plant
CONFIRM_S = 1200.0
PROPOSE_S = 600.0  # proposals of one loop are told no more often than this
SCOPE = "loops"  # events of loops stand apart: a busy loop must not crowd alarms out

_log = structlog.get_logger(__name__)

# Sends a command to a plant; returns "" or why it was not taken.
Deliver = Callable[[str, Command], Awaitable[str]]


def scope(plant: str, key: str = "") -> str:
    """Return where the events of a plant's loops, or of one upgrade's, are kept."""
    return f"{SCOPE}/{plant}/{key}" if key else f"{SCOPE}/{plant}"


@dataclass(slots=True)
class RunningLoop:
    """One controller at work: `due_ms` when it decides next.

    `hold` is the command that waits at the plant to put the set point back, given at `confirmed_ms`. A proposal was
    last told at `proposed_ms`, a refusal last was `refused`.
    """

    guard: Guarded
    whole: bool
    due_ms: int = 0
    hold: str = ""
    confirmed_ms: int = 0
    proposed_ms: int = 0
    refused: str = ""


class Loops:
    """Runs the loops of every plant whose upgrades are in effect; `modes` says which may act.

    What a loop does or proposes is an event with its reason, and another with its effect once that is known. A set
    point that a loop moved is confirmed now and then; when the edge dies, the plant itself puts it back (`HOLD_S`).
    """

    def __init__(
        self, store: Store, modes: LoopModes, deliver: Deliver, *, clock_ms: Callable[[], int]
    ) -> None:
        self.modes = modes
        self._store = store
        self._deliver = deliver
        self._clock_ms = clock_ms
        self._running: dict[tuple[str, int, str], list[RunningLoop]] = {}
        self._broken: set[tuple[str, int, str]] = set()

    async def run(self) -> None:
        """Look once a second until cancelled; a loop's trouble is logged and ends nothing else."""
        while True:
            try:
                await self.step()
            except Exception as error:  # noqa: BLE001 (the other loops go on)
                _log.error("loops wait", cause=repr(error))
            await asyncio.sleep(TICK)

    async def step(self) -> None:
        """Let every loop that is due decide."""
        for declaration in await asyncio.to_thread(self._store.declarations):
            newest = None
            for upgrade in declaration.upgrades:
                if not upgrade.loops:
                    continue
                if newest is None:
                    newest = await asyncio.to_thread(self._newest, declaration)
                await self._serve(declaration, upgrade, newest)

    def loops_of(self, declaration: Declaration, key: str) -> Sequence[RunningLoop]:
        """Return the loops of an upgrade that run now."""
        return self._running.get((declaration.plant, declaration.epoch, key), ())

    # -- serving -------------------------------------------------------------------------------------------

    def _newest(self, declaration: Declaration) -> Mapping[str, Sample]:
        line = declaration.units[0].path
        paths = {f"{line}/{upgrade.tag}_effect" for upgrade in declaration.upgrades}
        for upgrade in declaration.upgrades:
            for loop in upgrade.loops:
                paths |= {
                    f"{declaration.line_path}/{tag}"
                    for tag in (*loop.inputs.values(), *loop.outputs.values())
                }
        return self._store.last(sorted(paths))

    async def _serve(
        self, declaration: Declaration, upgrade: UpgradeDeclaration, newest: Mapping[str, Sample]
    ) -> None:
        effect = newest.get(f"{declaration.units[0].path}/{upgrade.tag}_effect")
        strength = 0.0 if effect is None else min(max(float(effect.value), 0.0), 3.0)
        key = (declaration.plant, declaration.epoch, upgrade.key)
        if strength <= 0.0:
            if key in self._running:
                await self._release(declaration, upgrade, self._running.pop(key))
            return
        loops = self._running.get(key)
        if loops is None:
            loops = self._start(declaration, upgrade)
        mode = self.modes[declaration.plant, upgrade.key]
        now = self._clock_ms()
        for loop in loops:
            if loop.guard.mode == "automatic" and mode == "advisory":
                await self._put_back(declaration, upgrade, loop, "switched to advisory")
            loop.guard.mode = mode
            if loop.guard.limits.authority != (share := authority(strength)):
                loop.guard.limits = replace(loop.guard.limits, authority=share)
            if now >= loop.due_ms:
                loop.due_ms = now + round(loop.guard.period * 1000)
                await self._decide(declaration, upgrade, loop, newest, now)

    def _start(self, declaration: Declaration, upgrade: UpgradeDeclaration) -> list[RunningLoop]:
        key = (declaration.plant, declaration.epoch, upgrade.key)
        ranges = declaration.writable_ranges()
        loops = []
        try:
            for loop in upgrade.loops:
                guard = build(loop, key=upgrade.key, line_path=declaration.line_path, ranges=ranges)
                loops.append(RunningLoop(guard, guard.controller.actuator.whole))
        except ValueError as error:
            loops = []
            if key not in self._broken:
                self._broken.add(key)
                self._tell(declaration, upgrade, "system", "warning", f"loop cannot run: {error}")
        self._running = {
            one: running for one, running in self._running.items() if one[0] != key[0] or one[1] == key[1]
        }
        self._running[key] = loops
        return loops

    async def _decide(
        self,
        declaration: Declaration,
        upgrade: UpgradeDeclaration,
        loop: RunningLoop,
        newest: Mapping[str, Sample],
        now: int,
    ) -> None:
        guard = loop.guard
        for path in guard.subjects:
            sample = newest.get(path)
            if sample is not None:
                lasting = PRESENT_TEXT_MS if isinstance(sample.value, str) else PRESENT_MS
                present = now - sample.time_ms <= lasting
                guard.update(replace(sample, time_ms=now) if present else sample)
        for command in guard.decide(now):
            await self._act(declaration, upgrade, loop, command)
        for command in guard.proposals:
            if now - loop.proposed_ms > PROPOSE_S * 1000:
                loop.proposed_ms = now
                self._tell(declaration, upgrade, "proposal", "info", _words(declaration, command), command)
        for action in guard.actions.take_finished():
            if action.effect is not None and action.before is not None:
                text = (
                    f"{_short(declaration, action.path)} = {action.value:.4g}, decided {rfc3339(action.time_ms)}: "
                    f"the loop's objective went from "
                    f"{action.before:.4g} to {action.before + action.effect:.4g} (less is better)"
                )
                self._tell(declaration, upgrade, "effect", "info", text)
        actuator = guard.controller.actuator
        moved = guard.mode == "automatic" and not loop.whole and actuator.value != actuator.baseline
        if moved and now - loop.confirmed_ms > CONFIRM_S * 1000:
            await self._send(declaration, loop, actuator.command(actuator.value, now, "confirmed"))

    async def _act(
        self, declaration: Declaration, upgrade: UpgradeDeclaration, loop: RunningLoop, command: Command
    ) -> None:
        refusal = await self._send(declaration, loop, command)
        text = _words(declaration, command)
        if refusal:
            if refusal != loop.refused:
                self._tell(
                    declaration, upgrade, "action", "warning", f"{text}; not carried out: {refusal}", command
                )
        else:
            self._tell(declaration, upgrade, "action", "info", text, command)
        loop.refused = refusal

    async def _send(self, declaration: Declaration, loop: RunningLoop, command: Command) -> str:
        """Send a command; with a set point goes, now and then, what puts it back when nobody confirms it."""
        refusal = await self._deliver(declaration.plant, command)
        if refusal:
            loop.guard.not_taken(command)
            return refusal
        now, baseline = self._clock_ms(), loop.guard.controller.actuator.baseline
        if loop.whole or (
            loop.hold and now - loop.confirmed_ms < CONFIRM_S * 1000 and command.value != baseline
        ):
            return ""
        if loop.hold:
            withdrawal = replace(command, id=f"{command.id}-free", withdraw=loop.hold)
            await self._deliver(declaration.plant, withdrawal)
            loop.hold = ""
        if command.value != baseline:
            due = now + round(HOLD_S * 1000)
            hold = replace(
                command, id=f"{command.id}-hold", value=baseline, due_ms=due, expires_ms=due + 60_000,
                reason=f"back to the baseline: not confirmed for {HOLD_S / 60:g} min",
            )  # fmt: skip
            if not await self._deliver(declaration.plant, hold):
                loop.hold, loop.confirmed_ms = hold.id, now
        return ""

    async def _release(
        self, declaration: Declaration, upgrade: UpgradeDeclaration, loops: Sequence[RunningLoop]
    ) -> None:
        for loop in loops:
            await self._put_back(declaration, upgrade, loop, "the upgrade is switched off")

    async def _put_back(
        self, declaration: Declaration, upgrade: UpgradeDeclaration, loop: RunningLoop, why: str
    ) -> None:
        actuator = loop.guard.controller.actuator
        if loop.guard.mode == "automatic" and actuator.value != actuator.baseline:
            command = actuator.command(actuator.baseline, self._clock_ms(), f"back to the baseline: {why}")
            await self._act(declaration, upgrade, loop, command)
            actuator.value = actuator.baseline

    def _tell(
        self,
        declaration: Declaration,
        upgrade: UpgradeDeclaration,
        kind: str,
        severity: str,
        text: str,
        command: Command | None = None,
    ) -> None:
        tag = "" if command is None else _short(declaration, command.path)
        value = None if command is None else command.value
        event = Event(
            self._clock_ms(), scope(declaration.plant, upgrade.key), kind, severity, text, tag, value
        )
        self._store.record([event])


def loop_status(loop: RunningLoop) -> dict[str, Any]:
    """Describe a running loop for API and page."""
    guard = loop.guard
    actuator = guard.controller.actuator
    return {
        "output": actuator.path, "value": actuator.value, "baseline": actuator.baseline, "status": guard.status,
        "fallbacks": guard.fallbacks, "objective": guard.controller.badness(),
        "proposals": [{"value": one.value, "reason": one.reason} for one in guard.proposals],
    }  # fmt: skip


def _short(declaration: Declaration, path: str) -> str:
    return path.removeprefix(f"{declaration.line_path}/")


def _words(declaration: Declaration, command: Command) -> str:
    return f"{_short(declaration, command.path)} = {command.value:.4g}: {command.reason}"
