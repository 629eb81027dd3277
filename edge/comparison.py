"""Comparisons that people start from a page: `twin compare` as a program of its own, one at a time."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import structlog

from twin.private_file import write_private

KEPT = 20  # finished comparisons; the oldest give way
NICENESS = 10  # the live plants go first
_GRACE_S = 5.0
_WORDS = 4000  # characters of what the program said last
_log = structlog.get_logger(__name__)


class Stage(StrEnum):
    """How far a comparison is."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class AlreadyRunning(RuntimeError):
    """Another comparison runs; the text names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is compared: a plant's `model` with its `upgrades` (KEY or KEY=LEVEL; all when empty) at `level`.

    At most `replications` pairs of runs of `days` (None: the usual of the plant) are made within `budget` minutes;
    `waterfall` replications of each upgrade alone and left out, 0 for none.
    """

    plant: str
    model: str
    upgrades: tuple[str, ...] = ()
    level: str = "mid"
    days: float | None = None
    replications: int = 4
    waterfall: int = 0
    budget: float = 20.0

    def arguments(self, folder: Path) -> list[str]:
        """Return the arguments of `twin`."""
        return [
            "compare", self.model, "--level", self.level, "--replications", str(self.replications),
            "--waterfall", str(self.waterfall), "--budget", f"{self.budget:g}", "--output", str(folder), "--json",
            "--progress-lines", *(("--days", f"{self.days:g}") if self.days else ()),
            *(("--upgrades", ",".join(self.upgrades)) if self.upgrades else ()),
        ]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One comparison; times are UTC ms. `done` of `of` steps of the present `step`; `detail` says why it failed."""

    id: str
    asked: Asked
    who: str
    begun_ms: int
    stage: Stage = Stage.RUNNING
    ended_ms: int | None = None
    step: str = ""
    done: int = 0
    of: int = 0
    detail: str = ""


@dataclass(slots=True)
class _Run:
    """The one that runs now."""

    told: Comparison
    process: asyncio.subprocess.Process
    task: asyncio.Task[None] | None = None
    cancelled: bool = False
    words: list[str] = field(default_factory=list)


class Comparisons:
    """Comparisons in folders of `folder`: what was asked and came of it in `comparison.json`, twin's `result.json`.

    One that an end of the edge cut short counts as failed. `program` begins the command line.
    """

    def __init__(
        self,
        folder: Path,
        program: Sequence[str] = (sys.executable, "-m", "twin.cli"),
        *,
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._folder = folder.resolve()
        self._program = tuple(program)
        self._clock_ms = clock_ms
        self._run: _Run | None = None
        self._known = {one.id: one for file in self._folder.glob("*/comparison.json") if (one := _read(file))}

    def all(self) -> list[Comparison]:
        """Return all, newest first."""
        known = self._known | ({self._run.told.id: self._run.told} if self._run else {})
        return sorted(known.values(), key=lambda one: (-one.begun_ms, one.id))

    def get(self, key: str) -> Comparison | None:
        """Return one, None where there is none of this id."""
        return next((one for one in self.all() if one.id == key), None)

    def result(self, key: str) -> Any:
        """Return what `twin compare --json` told, None while or where there is nothing."""
        if key not in self._known:
            return None
        try:
            return json.loads((self._folder / key / "result.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    async def start(self, asked: Asked, who: str) -> Comparison:
        """Begin; raises AlreadyRunning, and OSError where the folder cannot be written."""
        if self._run is not None:
            raise AlreadyRunning(
                f"{self._run.told.asked.plant} is being compared; wait for it or cancel it first"
            )
        told = Comparison(id=uuid.uuid4().hex[:12], asked=asked, who=who, begun_ms=self._clock_ms())
        folder = self._folder / told.id
        folder.mkdir(parents=True)
        _write(folder, told)
        process = await asyncio.create_subprocess_exec(
            "nice", "-n", str(NICENESS), *self._program, *asked.arguments(folder),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            start_new_session=True, cwd=folder, env={**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"},
        )  # fmt: skip
        self._run = _Run(told, process)
        self._run.task = asyncio.create_task(self._follow(self._run), name=f"comparison {told.id}")
        return told

    async def cancel(self, key: str) -> bool:
        """End the one that runs; return whether it was it."""
        run = self._run
        if run is None or run.told.id != key:
            return False
        run.cancelled = True
        _signal(run.process, signal.SIGTERM)
        assert run.task is not None
        done, _ = await asyncio.wait({run.task}, timeout=_GRACE_S)
        if not done:
            _signal(run.process, signal.SIGKILL)
            await asyncio.wait({run.task})
        return True

    async def close(self) -> None:
        """End what runs."""
        if self._run is not None:
            await self.cancel(self._run.told.id)

    async def _follow(self, run: _Run) -> None:
        """Read the program's progress until it ends, then keep what came of it."""
        assert run.process.stderr is not None
        async for line in run.process.stderr:
            text = line.decode("utf-8", "replace").strip()
            try:
                step = json.loads(text)
                run.told = replace(
                    run.told, step=str(step["step"]), done=int(step["done"]), of=int(step["of"])
                )
            except (ValueError, KeyError, TypeError):
                run.words.append(text)
        code = await run.process.wait()
        _signal(run.process, signal.SIGKILL)  # what it may have left in its group
        stage = Stage.CANCELLED if run.cancelled else Stage.DONE if code == 0 else Stage.FAILED
        detail = "" if stage is not Stage.FAILED else "\n".join(run.words)[-_WORDS:] or f"exit code {code}"
        ended = replace(run.told, stage=stage, detail=detail, ended_ms=self._clock_ms())
        try:
            _write(self._folder / ended.id, ended)
        except OSError as error:
            _log.error("comparison not kept", id=ended.id, cause=str(error))
        self._known[ended.id] = ended
        self._run = None
        for old in self.all()[KEPT:]:
            del self._known[old.id]
            shutil.rmtree(self._folder / old.id, ignore_errors=True)


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _write(folder: Path, told: Comparison) -> None:
    write_private(folder / "comparison.json", json.dumps(asdict(told), indent=1).encode())


def _read(file: Path) -> Comparison | None:
    """Return what a file tells; None where it cannot be read: its folder is then left alone."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        asked = told.pop("asked")
        asked["upgrades"] = tuple(asked["upgrades"])
        found = Comparison(**told | {"asked": Asked(**asked), "stage": Stage(told["stage"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        _log.warning("comparison unreadable", file=str(file), cause=str(error))
        return None
    if found.stage is Stage.RUNNING:
        return replace(found, stage=Stage.FAILED, detail="the edge ended before it; start it again")
    return found
