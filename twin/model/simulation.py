"""The running model: clock, seed, scan; all that others see of it."""

from dataclasses import dataclass
from datetime import datetime

import simpy

from twin.model.command import Command, CommandRefused
from twin.model.declaration import Declaration, FlowDeclaration, TagDeclaration, UnitDeclaration
from twin.model.frame import Frame
from twin.model.line_unit import LineUnit
from twin.model.path import path
from twin.model.plant import Plant
from twin.model.streams import Streams
from twin.model.tag import Kind, Tag
from twin.model.unit import Unit

ENTERPRISE = "demo"
PULSE = 5.0  # s between looks at the line's own unit, so that a standing line is seen to be alive
_MINUTE_KINDS = (Kind.STATE, Kind.COUNT, Kind.MEASURE)


@dataclass(slots=True)
class _Channel:
    """One tag as the scan sees it."""

    tag: Tag
    last_ms: int = -1
    last: float = float("nan")
    text: str | None = None


class _Scanner:
    """Turns one unit's tags into frames."""

    def __init__(self, unit: Unit, source: str, epoch: int, start_ms: int) -> None:
        self.unit = unit
        self.source = source
        self.epoch = epoch
        self.start_ms = start_ms
        self.seq = 0
        self.tags = unit.tags()
        self.channels = [_Channel(tag) for tag in self.tags]
        self.index = {tag.name: place for place, tag in enumerate(self.tags)}
        if len(self.index) != len(self.tags):
            names = [tag.name for tag in self.tags]
            raise ValueError(
                f"unit {unit.name}: tag named twice: {sorted({n for n in names if names.count(n) > 1})}"
            )
        self.read = [
            (place, channel, channel.tag.read, channel.tag.deadband)
            for place, channel in enumerate(self.channels)
            if channel.tag.read is not None
        ]
        self.states = [
            (place, channel)
            for place, channel in enumerate(self.channels)
            if channel.tag.kind is Kind.STATE and channel.tag.read is None
        ]
        self.texts = [
            (place, channel)
            for place, channel in enumerate(self.channels)
            if channel.tag.kind is Kind.TEXT and channel.tag.read is None
        ]
        self.channels[self.index["state"]].last = float(unit.state)
        self.channels[self.index["capacity"]].last = unit.capacity
        unit.pending = [(unit.env.now, "reason", unit.reason)]

    def scan(self, time_ms: int, *, minute: bool, hour: bool) -> Frame | None:
        """Return the frame of this scan, None when nothing is worth reporting."""
        unit = self.unit
        unit.touched = False
        tags: list[int] = []
        times: list[int] = []
        values: list[float] = []
        texts: dict[int, str] = {}
        if unit.pending:
            for when, name, value in unit.pending:
                place = self.index[name]
                channel = self.channels[place]
                moment = max(self.start_ms + round(when * 1000.0), channel.last_ms + 1)
                channel.last_ms = moment
                if isinstance(value, str):
                    channel.text = value
                    texts[len(tags)] = value
                    value = 0.0
                channel.last = float(value)
                tags.append(place)
                times.append(moment)
                values.append(channel.last)
            unit.pending.clear()
        for place, channel, read, deadband in self.read:
            value = read()
            if isinstance(value, str):
                if value == channel.text and not hour:
                    continue
                channel.text = value
                texts[len(tags)] = value
                value = 0.0
            elif not (
                (minute and channel.tag.kind in _MINUTE_KINDS)
                or hour
                or (value != channel.last and not abs(value - channel.last) <= deadband)
            ):
                continue
            if channel.last_ms >= time_ms:
                continue
            channel.last = float(value)
            channel.last_ms = time_ms
            tags.append(place)
            times.append(time_ms)
            values.append(channel.last)
        if hour:
            for place, channel in self.texts:
                if channel.last_ms < time_ms and channel.text is not None:
                    channel.last_ms = time_ms
                    texts[len(tags)] = channel.text
                    tags.append(place)
                    times.append(time_ms)
                    values.append(0.0)
        if minute:
            for place, channel in self.states:
                if channel.last_ms < time_ms and channel.last == channel.last:
                    channel.last_ms = time_ms
                    tags.append(place)
                    times.append(time_ms)
                    values.append(channel.last)
        if not tags:
            return None
        self.seq += 1
        return Frame(self.source, self.epoch, self.seq, time_ms, tags, times, values, texts)


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
        self._scanners: list[_Scanner] = []
        for unit in self.line.units:
            unit_path = path(self.line_path, unit.name)
            for tag in unit.tags():
                if tag.write is not None:
                    self._writable[f"{unit_path}/{tag.name}"] = tag
            if telemetry:
                self._scanners.append(_Scanner(unit, unit_path, epoch, start_ms))
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
        return Declaration(
            plant=self.plant.name, title=self.plant.title, industry=self.plant.industry, line_kind=self.line.kind,
            line_path=self.line_path, pacing=self.line.pacing, product_unit=self.plant.product_unit, epoch=self.epoch,
            start_ms=self.start_ms, scan_s=self.scan, seed=self.seed, configuration=self.plant.configuration(),
            units=units, flows=flows,
        )  # fmt: skip
