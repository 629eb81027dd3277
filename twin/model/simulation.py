"""The running model: clock, seed, scan; all that others see of it."""

import json
import math
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from twin.model.agenda import Agenda, describe
from twin.model.command import Command, CommandRefused
from twin.model.declaration import (
    Declaration,
    EffectDeclaration,
    FaultDeclaration,
    FlowDeclaration,
    TagDeclaration,
    UnitDeclaration,
    UpgradeDeclaration,
)
from twin.model.frame import Frame
from twin.model.line_unit import LineUnit
from twin.model.path import path
from twin.model.plant import Plant
from twin.model.scanner import Scanner
from twin.model.site import Site
from twin.model.streams import Streams
from twin.model.switchboard import Switchboard
from twin.model.tag import Kind, Tag

ENTERPRISE = "demo"
PULSE = 5.0  # s between looks at the line's own unit, so that a standing line is seen to be alive


class Simulation:
    """One run of one plant with one seed.

    `start` is the UTC moment of simulated second 0, on a full minute; `scan` the interval in seconds at which
    touched units are read (60 must be a multiple of it). With `telemetry=False` nothing is scanned and
    `advance` returns no frames, for experiments that read the ledger alone; commands act at the same moments.
    """

    def __init__(
        self,
        plant: Plant,
        *,
        seed: int,
        start: datetime,
        scan: float = 1.0,
        epoch: int = 0,
        enterprise: str = ENTERPRISE,
        telemetry: bool = True,
    ) -> None:
        if start.tzinfo is None:
            raise ValueError("start must be an aware UTC datetime")
        start_ms = round(start.timestamp() * 1000)
        if start_ms % 60_000:
            raise ValueError(f"start {start.isoformat()} must be a full minute")
        scans = 60.0 / scan if scan > 0 else 0.5
        if scans != round(scans):
            raise ValueError(f"scan {scan} s must divide 60 s")
        self.plant = plant
        self.seed = seed
        self.epoch = epoch
        self.start_ms = start_ms
        self.scan = scan
        self.env = Site()
        installed = dict(plant.installed)
        self.line = plant.in_force(installed).build(self.env, Streams(seed))
        lost = [unit.name for unit in self.env.units if unit not in self.line.units]
        if lost:
            raise ValueError(
                f"unit {lost[0]}: nothing reaches it, it is no part of the line; put it on a route or among the "
                f"line's units, or take it away"
            )
        if isinstance(self.line.line_unit, LineUnit):
            self.line.line_unit.place(start)
            if plant.upgrades():
                self.line.line_unit.switchboard = Switchboard(self.env, plant, self.line, installed)
        self.line_path = path(enterprise, plant.called, plant.area, plant.line)
        self._scans_a_minute = round(scans)
        self._scans_a_pulse = max(round(PULSE / scan), 1)
        self._index = 0  # scans done
        self._target = 0.0
        self._agenda = Agenda(self._reader)
        self._units = {unit.name: unit for unit in self.line.units}
        self._writable: dict[str, Tag] = {}
        self._scanners: list[Scanner] = []
        for unit in self.line.units:
            unit_path = path(self.line_path, unit.name)
            for tag in unit.tags():
                if tag.write is not None:
                    self._writable[f"{unit_path}/{tag.name}"] = tag
            if telemetry:
                self._scanners.append(Scanner(unit, unit_path, epoch, start_ms))
        self._check_faults()
        self.declaration = self._declare()
        self._sampled = False  # the opening scan is done
        self._stirred = False  # a command has just changed something: look at the next scan
        self.line.start()

    @property
    def now_ms(self) -> int:
        """The last scan's moment, UTC ms."""
        return self.start_ms + round(self._index * self.scan * 1000)

    def advance(self, seconds: float) -> list[Frame]:
        """Run `seconds` of simulated time on; return the frames in order of time.

        Frames depend on the total time only, not on how it is cut into calls.
        """
        self._target += seconds
        frames: list[Frame] = []
        env = self.env
        last = int(self._target / self.scan + 1e-9)
        if not self._scanners:
            self._advance_silently(last)
            return frames
        if not self._sampled:
            self._sampled = True
            self._scan(frames, minute=True, hour=True)
        while self._index < last:
            self._index += 1
            moment = self._index * self.scan
            minute = self._index % self._scans_a_minute == 0
            pulse = self._index % self._scans_a_pulse == 0
            if pulse:
                self.line.line_unit.touched = True
            expected = self._agenda.entries and self._expects()
            if minute or pulse or self._stirred or expected or env.peek() < moment:
                self._run(moment)
                hour = minute and (self.start_ms + round(moment * 1000)) % 3_600_000 == 0
                self._scan(frames, minute=minute, hour=hour)
                self._stirred = self._carry_out()
        return frames

    def _advance_silently(self, last: int) -> None:
        while (moment_ms := self._agenda.next_ms(self.now_ms)) is not None:
            due = math.ceil((moment_ms - self.start_ms) / (self.scan * 1000))
            reached = max(self._index + 1, due)
            if reached > last:
                break
            self._index = reached
            self._run(reached * self.scan)
            self._carry_out()
        self._index = max(self._index, last)
        if self._target > self.env.now:
            self._run(self._target)

    def _run(self, until: float) -> None:
        """Run on to `until`; the event that stops SimPy goes back into its queue, ahead of all others: out with it."""
        self.env.run(until=until)
        self.env.step()

    def _scan(self, frames: list[Frame], *, minute: bool, hour: bool) -> None:
        time_ms = self.now_ms
        for scanner in self._scanners:
            if minute or scanner.unit.touched:
                frame = scanner.scan(time_ms, minute=minute, hour=hour)
                if frame is not None:
                    frames.append(frame)

    # -- commands ------------------------------------------------------------------------------------------

    def write(self, command: Command) -> None:
        """Accept a command; raises CommandRefused with the reason.

        It is carried out at the end of the next scan, or of the first at which its trigger says so.
        """
        tag = self._writable.get(command.path)
        if tag is None:
            known = ", ".join(sorted(self._writable)) or "none"
            raise CommandRefused(f"{command.path} cannot be written; writable tags: {known}")
        if tag.low is not None and tag.high is not None and not tag.low <= command.value <= tag.high:
            raise CommandRefused(
                f"{command.path}: {command.value:g} {tag.unit} lies outside {tag.low:g}..{tag.high:g}"
            )
        if command.expires_ms < self.now_ms:
            raise CommandRefused(f"{command.path}: command {command.id} expired")
        self._agenda.accept(command)
        self._tell_pending()

    def reader(self, subject: str) -> Callable[[], float | str]:
        """Return what reads the tag `unit/tag` of the line now, for experiments without telemetry; ValueError."""
        name, _, tag_name = subject.partition("/")
        for tag in self._units[name].tags() if name in self._units else ():
            if tag.name == tag_name and tag.kind is Kind.TEXT and tag.read is not None:
                read = tag.read
                return lambda: str(read())
        return self._reader(subject)

    def _expects(self) -> bool:
        """Say whether a command may be carried out at the scan under way."""
        due_ms = self._agenda.next_ms(0)
        return due_ms is not None and due_ms <= self.now_ms

    def _carry_out(self) -> bool:
        """Carry out what is due; return whether anything was."""
        stirred = False
        for command, outcome in self._agenda.take(self.now_ms):
            stirred = True
            if outcome == "carried_out":
                tag = self._writable[command.path]
                assert tag.write is not None
                tag.write(command.value)
                self._units[command.path.split("/")[-2]].touched = True
            if self._scanners and isinstance(self.line.line_unit, LineUnit):  # else nobody hears it
                told = describe(command) | {"outcome": outcome}
                self.line.line_unit.log("command", json.dumps(told, separators=(",", ":")))
        if stirred:
            self._tell_pending()
        return stirred

    def _tell_pending(self) -> None:
        if self._scanners and isinstance(self.line.line_unit, LineUnit):
            pending = self._agenda.to_json()
            if pending != self.line.line_unit.pending_commands:
                self.line.line_unit.pending_commands = pending
                self.line.line_unit.touched = self._stirred = True

    def _reader(self, subject: str) -> Callable[[], float]:
        """Return what reads the tag of a condition; raises CommandRefused."""
        name, tag_name = subject.split("/")
        unit = self._units.get(name)
        if unit is None:
            raise CommandRefused(f"when: the line has no unit {name!r}; units: {', '.join(self._units)}")
        for tag in unit.tags():
            if tag.name == tag_name and tag.kind is not Kind.TEXT:
                if tag.read is not None:
                    read = tag.read
                    return lambda: float(read())
                if tag_name == "state":
                    return lambda: float(unit.state)
                if tag_name == "capacity":
                    return lambda: unit.capacity
        raise CommandRefused(f"when: {subject} is no tag of the line that can be compared with a number")

    # -- ground truth --------------------------------------------------------------------------------------

    def ledger(self) -> dict[str, dict[str, float]]:
        """Return every unit's page of the ledger (see Unit.account), exact to the present moment."""
        return {unit.name: unit.account() for unit in self.line.units}

    def _check_faults(self) -> None:
        owners: dict[str, str] = {}
        for fault in self.line.faults:
            other = owners.setdefault(fault.key, fault.unit.name)
            if other != fault.unit.name:
                raise ValueError(
                    f"units {other} and {fault.unit.name} both have a fault {fault.key!r}; "
                    "a key names one fault of the plant: rename one"
                )
        if owners:
            tags = {f"{unit.name}/{tag.name}": tag for unit in self.line.units for tag in unit.tags()}
            for fault in self.line.faults:
                fault.check(tags)

    def _declare(self) -> Declaration:
        units = tuple(
            UnitDeclaration(
                name=unit.name, title=unit.title, role=unit.role, kind=unit.kind, path=path(self.line_path, unit.name),
                count_unit=unit.count_unit, tags=tuple(TagDeclaration.of(tag) for tag in unit.tags()),
            )
            for unit in self.line.units
        )  # fmt: skip
        flows = tuple(
            FlowDeclaration(
                source=flow.source,
                target=flow.target,
                label=flow.label,
                buffer=flow.buffer,
                capacity=flow.capacity,
            )
            for flow in self.line.flows
        )
        faults = tuple(
            FaultDeclaration(
                unit=fault.unit.name, key=fault.key, tag=fault.tag_name, title=fault.title, mechanism=fault.mechanism,
                effects=tuple(EffectDeclaration(**asdict(effect)) for effect in fault.effects),
            )
            for fault in self.line.faults
        )  # fmt: skip
        upgrades = tuple(
            UpgradeDeclaration.of(
                upgrade, live=self.line.dials.keys() >= {one.parameter for one in upgrade.changes}
            )
            for upgrade in self.plant.upgrades()
        )
        return Declaration(
            plant=self.plant.called, title=self.plant.title, industry=self.plant.industry, line_kind=self.line.kind,
            line_path=self.line_path, pacing=self.line.pacing, product_unit=self.plant.product_unit, epoch=self.epoch,
            start_ms=self.start_ms, scan_s=self.scan, seed=self.seed, configuration=self.plant.configuration(),
            units=units, flows=flows, faults=faults, upgrades=upgrades, model=self.plant.name,
            targets={name: float(value) for name, value in self.plant.targets().items()},
        )  # fmt: skip
