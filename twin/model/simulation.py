"""The running model: clock, seed, scan; all that others see of it."""

from dataclasses import asdict
from datetime import datetime

import simpy

from twin.model.command import Command, CommandRefused
from twin.model.declaration import (
    Declaration,
    EffectDeclaration,
    FaultDeclaration,
    FlowDeclaration,
    TagDeclaration,
    UnitDeclaration,
)
from twin.model.frame import Frame
from twin.model.line_unit import LineUnit
from twin.model.path import path
from twin.model.plant import Plant
from twin.model.scanner import Scanner
from twin.model.streams import Streams
from twin.model.tag import Tag

ENTERPRISE = "demo"
PULSE = 5.0  # s between looks at the line's own unit, so that a standing line is seen to be alive


class Simulation:
    """One run of one plant with one seed.

    `start` is the UTC moment of simulated second 0, on a full minute; `scan` the interval in seconds at which
    touched units are read (60 must be a multiple of it). With `telemetry=False` nothing is scanned and
    `advance` returns no frames: for experiments that read the ledger alone.
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
        self.env = simpy.Environment()
        self.line = plant.build(self.env, Streams(seed))
        if isinstance(self.line.line_unit, LineUnit):
            self.line.line_unit.place(start)
        self.line_path = path(enterprise, plant.name, plant.area, plant.line)
        self._scans_a_minute = round(scans)
        self._scans_a_pulse = max(round(PULSE / scan), 1)
        self._index = 0  # scans done
        self._target = 0.0
        self._commands: list[Command] = []
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
        if not self._scanners:
            if self._target > env.now:
                env.run(until=self._target)
            return frames
        if not self._sampled:
            self._sampled = True
            self._scan(frames, minute=True, hour=True)
        last = int(self._target / self.scan + 1e-9)
        while self._index < last:
            self._index += 1
            moment = self._index * self.scan
            minute = self._index % self._scans_a_minute == 0
            pulse = self._index % self._scans_a_pulse == 0
            if pulse:
                self.line.line_unit.touched = True
            if minute or pulse or self._commands or self._stirred or env.peek() < moment:
                env.run(until=moment)
                hour = minute and (self.start_ms + round(moment * 1000)) % 3_600_000 == 0
                self._scan(frames, minute=minute, hour=hour)
                self._stirred = bool(self._commands)
                self._carry_out()
        return frames

    def _scan(self, frames: list[Frame], *, minute: bool, hour: bool) -> None:
        time_ms = self.now_ms
        for scanner in self._scanners:
            if minute or scanner.unit.touched:
                frame = scanner.scan(time_ms, minute=minute, hour=hour)
                if frame is not None:
                    frames.append(frame)

    # -- commands ------------------------------------------------------------------------------------------

    def write(self, command: Command) -> None:
        """Accept a command; it is carried out at the end of the next scan. Raises CommandRefused with the reason."""
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
        self._commands.append(command)

    def _carry_out(self) -> None:
        for command in self._commands:
            tag = self._writable[command.path]
            assert tag.write is not None
            tag.write(command.value)
            self._units[command.path.split("/")[-2]].touched = True
        self._commands.clear()

    # -- ground truth --------------------------------------------------------------------------------------

    def ledger(self) -> dict[str, dict[str, float]]:
        """Return every unit's page of the ledger (see Unit.account), exact to the present moment."""
        return {unit.name: unit.account() for unit in self.line.units}

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
        return Declaration(
            plant=self.plant.name, title=self.plant.title, industry=self.plant.industry, line_kind=self.line.kind,
            line_path=self.line_path, pacing=self.line.pacing, product_unit=self.plant.product_unit, epoch=self.epoch,
            start_ms=self.start_ms, scan_s=self.scan, seed=self.seed, configuration=self.plant.configuration(),
            units=units, flows=flows, faults=faults,
        )  # fmt: skip
