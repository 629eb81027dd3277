"""The recorder: a simulation whose frames go into the journal, and which after a restart is replayed from it."""

import hashlib
import inspect
import json
import math
import sqlite3
import sys
import zlib
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import twin.model
from twin.model.command import Command, CommandRefused
from twin.model.frame import Frame
from twin.model.plant import Plant
from twin.model.simulation import Simulation
from twin.model.tag import Value
from twin.packing import Parcel, pack
from twin.wire.channel import Change, Update
from twin.wire.journal import Journal, Run

CHUNK_S = 600.0  # simulated seconds that one entry may span
CHUNK_SAMPLES = 65_536  # and samples that it may hold
ENTRY_BYTES = 900_000  # an entry and its parcel's head stay below 1 MB
_MINUTE = 60_000
_HOUR = 3_600_000
_KEPT_MINUTES = 120
_KEPT_HOURS = 72


class Diverged(Exception):
    """A replayed frame differs from the journalled one: this run's numbers can no longer be proven."""


def configuration_digest(plant: Plant, *, seed: int, scan: float) -> str:
    """Digest all that a run's values follow from: parameters, seed, scan, the model's own code, its libraries."""
    model = Path(twin.model.__file__).parent
    files = sorted(model.glob("*.py"))
    own = inspect.getsourcefile(type(plant))
    if own is not None:
        source = Path(own)
        module = type(plant).__module__
        in_package = source.name == "__init__.py" or (module.startswith("plants.") and module.count(".") > 1)
        files += sorted(source.parent.glob("**/*.py")) if in_package else [source]
    facts = {
        "plant": plant.called, "parameters": plant.configuration(), "installed": plant.installed, "seed": seed,
        "scan": scan,
        "code": [hashlib.sha256(file.read_bytes()).hexdigest() for file in files],
        "libraries": [sys.version_info[:2], version("numpy"), version("simpy")],
    }  # fmt: skip
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _checksum(frame: Frame) -> int:
    return zlib.crc32(repr((frame.time_ms, frame.tags, frame.times_ms, frame.values, frame.texts)).encode())


class Recorder:
    """Advances one plant's simulation and journals its frames. Not thread-safe: one thread uses it.

    The journal's run goes on when plant, parameters, seed, scan and code are the same: it is recomputed from its
    start with the logged commands, and frames that the journal had are not journalled twice. Else a new epoch
    begins, at the earliest where the last one ended and at `since` before `now_ms`. `not_before` bounds both epoch
    and start for a plant whose former journal was lost.
    """

    def __init__(
        self,
        plant: Plant,
        journal: Journal,
        *,
        seed: int,
        scan: float,
        since: timedelta,
        now_ms: int,
        not_before: int = 0,
    ) -> None:
        digest = configuration_digest(plant, seed=seed, scan=scan)
        run = journal.run
        self.resumed = run is not None and run.configuration == digest
        if run is None or not self.resumed:
            last = max(not_before, run.last_ms if run else 0)
            start = (
                max((now_ms - since // timedelta(milliseconds=1)) // _MINUTE, -(-last // _MINUTE)) * _MINUTE
            )
            epoch = max(now_ms, not_before + 1, run.epoch + 1 if run else 0)
            run = Run(epoch=epoch, configuration=digest, start_ms=start, seed=seed, scan=scan)
        start_time = datetime.fromtimestamp(run.start_ms / 1000, UTC)
        self.simulation = Simulation(plant, seed=seed, start=start_time, scan=scan, epoch=run.epoch)
        self.declaration = self.simulation.declaration
        if not self.resumed:
            journal.begin(run, self.declaration.to_json())
        self.journal = journal
        self.run = run
        self.scans = -1  # the opening scan comes first
        self.newest: dict[tuple[int, int], tuple[Value, int]] = {}
        self.known_commands: set[str] = set()
        self._index = {source: place for place, source in enumerate(self.declaration.sources)}
        self._replay_to = run.scans if run.high else -1
        self._replayed: dict[str, Frame] = {}
        self._asked = 0.0
        self._logged = deque(journal.commands() if self.resumed else ())
        self._given = len(self._logged)  # numbers the log; none twice
        self._unsaved: list[bytes] = []
        self._hours: deque[dict[str, Any]] = deque(maxlen=_KEPT_HOURS)
        self._minutes: deque[dict[str, Any]] = deque(maxlen=_KEPT_MINUTES)
        self._opening: dict[str, Any] = {}

    @property
    def time_ms(self) -> int:
        """The last scan's moment."""
        return self.simulation.now_ms

    @property
    def replaying(self) -> bool:
        """Whether the run is still behind what its journal and its command log hold."""
        return self.scans < self._replay_to or bool(self._logged)

    def scans_at(self, time_ms: int) -> int:
        """Count the scans that are due at `time_ms`; negative before the run's start."""
        return math.floor((time_ms - self.run.start_ms) / (self.run.scan * 1000.0) + 1e-9)

    # -- advancing -----------------------------------------------------------------------------------------

    def step(self, target: int, *, push: bool) -> Update:
        """Advance towards `target` scans by at most one chunk, commit, and return what is new.

        Raises sqlite3.OperationalError while the journal cannot be written; the step is then completed by the next
        call. Raises Diverged when the run cannot be continued.
        """
        if self.scans < self._replay_to:
            return self._replay()
        positions = self._save() if self._unsaved else []
        frames = self._chunk(target)
        changes = self._note(frames)
        if frames:
            newest = {frame.source: frame for frame in frames}
            high = {source: (frame.seq, _checksum(frame)) for source, frame in newest.items()}
            self._unsaved = _packed(frames, self.declaration.sources)
            self.run = replace(
                self.run, scans=self.scans, last_ms=frames[-1].time_ms, high=self.run.high | high
            )
            positions += self._save()
        parcel = b""
        if positions and push:
            parcel = self.journal.read(positions[-1], ENTRY_BYTES).to_bytes()
        return Update(self.journal.head, parcel, changes)

    def _replay(self) -> Update:
        frames = self._chunk(self._replay_to)
        self._replayed |= {frame.source: frame for frame in frames}
        if self.scans == self._replay_to:
            reached = {source: (frame.seq, _checksum(frame)) for source, frame in self._replayed.items()}
            self._replayed.clear()
            if reached != self.run.high:
                self.journal.begin(replace(self.run, configuration="diverged"), self.declaration.to_json())
                raise Diverged("the recomputed frames are not those that the journal holds")
        return Update(self.journal.head, b"", self._note(frames))

    def _chunk(self, target: int) -> list[Frame]:
        frames: list[Frame] = []
        samples = 0
        goal = min(target, max(self.scans, 0) + int(CHUNK_S / self.run.scan))
        while self.scans < goal and samples < CHUNK_SAMPLES:
            more = self._advance(goal)
            frames += more
            samples += sum(map(len, more))
        return frames

    def _advance(self, goal: int) -> list[Frame]:
        """Advance to the goal, the next full minute or the next logged command, whichever comes first."""
        if self.scans < 0:
            self._opening = self._mark()
            reached = 0
        else:
            per_minute = round(60.0 / self.run.scan)
            reached = min(goal, (self.scans // per_minute + 1) * per_minute)
            if self._logged:
                reached = min(reached, self._logged[0][0])
        seconds = reached * self.run.scan - self._asked
        self._asked += seconds
        frames = self.simulation.advance(seconds)
        self.scans = reached
        time_ms = self.time_ms
        if reached and time_ms % _MINUTE == 0:
            mark = self._mark()
            self._minutes.append(mark)
            if time_ms % _HOUR == 0:
                self._hours.append(mark)
        while self._logged and self._logged[0][0] <= self.scans:
            _, fields = self._logged.popleft()
            self.known_commands.add(fields["id"])
            try:
                self.simulation.write(Command(**fields))
            except CommandRefused:
                continue  # it was refused then, too: the process died before it could be taken out of the log
        return frames

    def _note(self, frames: Sequence[Frame]) -> tuple[Change, ...]:
        latest: dict[tuple[int, int], tuple[Frame, int]] = {}
        for frame in frames:
            unit = self._index[frame.source]
            for place, tag in enumerate(frame.tags):
                latest[unit, tag] = (frame, place)
        changes = []
        for (unit, tag), (frame, place) in latest.items():
            value: Value = frame.texts.get(place, frame.values[place])
            before = self.newest.get((unit, tag))
            self.newest[unit, tag] = (value, frame.times_ms[place])
            if before is None or before[0] != value:
                changes.append(Change(unit, tag, value, frame.times_ms[place]))
        return tuple(changes)

    def _save(self) -> list[int]:
        positions = self.journal.append(self._unsaved, self.run)
        self._unsaved = []
        return positions

    # -- commands ------------------------------------------------------------------------------------------

    def command(self, command: Command) -> str:
        """Give a command between two scans: logged first, then carried out; return "" or the reason why not."""
        if command.id in self.known_commands:
            return ""
        if self.replaying:
            return "the plant is replaying its run; try again when it is live"
        scans = max(self.scans, 0)
        self._given += 1
        try:
            self.journal.log_command(scans, self._given, asdict(command))
        except sqlite3.Error as error:
            return f"the plant cannot log the command: {error}"
        try:
            self.simulation.write(command)
        except CommandRefused as refused:
            self.journal.forget_command(scans, self._given)
            return str(refused)
        self.known_commands.add(command.id)
        return ""

    # -- ledger --------------------------------------------------------------------------------------------

    def _mark(self) -> dict[str, Any]:
        return {"time_ms": self.time_ms, "units": self.simulation.ledger()}

    def ledger(self, max_bytes: int) -> str:
        """Return the ledger marks as JSON; the oldest minutes, then hours, give way to `max_bytes`."""
        recent = {mark["time_ms"]: mark for mark in self._minutes}
        opening = {self._opening["time_ms"]: self._opening} if self._opening else {}
        marks = opening | {mark["time_ms"]: mark for mark in self._hours} | recent
        texts = {when: json.dumps(mark, separators=(",", ":")) for when, mark in marks.items()}
        size = sum(len(text) + 1 for text in texts.values()) + 64
        least = [when for when in sorted(recent) if when % _HOUR] + [
            when for when in sorted(texts) if not when % _HOUR
        ]
        for when in least:
            if size <= max_bytes:
                break
            size -= len(texts.pop(when, "")) + 1
        body = ",".join(texts[when] for when in sorted(texts))
        return f'{{"epoch":{self.run.epoch},"marks":[{body}]}}'


def _packed(frames: list[Frame], sources: Sequence[str]) -> list[bytes]:
    blob = pack(frames, sources)
    if len(blob) <= ENTRY_BYTES or len(frames) == 1:
        return [blob]
    half = len(frames) // 2
    return _packed(frames[:half], sources) + _packed(frames[half:], sources)


def parcel_of(journal: Journal, position: int, max_bytes: int) -> Parcel:
    """Read entries for the wire; `max_bytes` is bounded so that a parcel always fits a message."""
    return journal.read(position, min(max(max_bytes, 0), ENTRY_BYTES))
