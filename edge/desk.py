"""Where a running edge takes tasks from commands on its own machine: a folder that only its user may write.

Whoever may write the data directory could stop the edge and change its files. So that right is the right to ask, and
nothing of this is open to a network.
"""

import asyncio
import contextlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import structlog

from edge.data_lock import DataInUse, DataLock
from twin.private_file import write_private

_FOLDER = "desk"
_ASK, _TOLD = ".ask", ".told"
_EVERY_S = 0.25
_TAKEN_WITHIN_S = 15.0
_MAX_BYTES = 1_000_000

_log = structlog.get_logger(__name__)


class DeskError(RuntimeError):
    """A task that the edge did not do; the text says why and what helps."""


class Performs(Protocol):
    """What does the tasks."""

    def perform(self, task: str, arguments: Mapping[str, Any]) -> Any:
        """Do a task and return what it gives, as plain data; raises RuntimeError with the reason."""


class Desk:
    """The edge's side: takes one task after another from the folder `desk` in `data`."""

    def __init__(self, data: Path, upkeep: Performs) -> None:
        self._folder = data / _FOLDER
        self._upkeep = upkeep
        shutil.rmtree(self._folder, ignore_errors=True)  # of those who no longer wait
        self._folder.mkdir(mode=0o700)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await asyncio.sleep(_EVERY_S)
            await asyncio.to_thread(self.work)

    def work(self) -> None:
        """Do the tasks that lie there; a task that fails answers why."""
        try:
            waiting = sorted(self._folder.glob(f"*{_ASK}"))
        except OSError:
            return
        for file in waiting:
            try:
                self._answer(file)
            except OSError as error:  # a full disk: the answer is lost, the edge is not
                _log.error("task not answered", cause=str(error))

    def _answer(self, file: Path) -> None:
        mine = file.lstat().st_uid in (0, os.geteuid()) and not file.is_symlink()
        asked_for = file.read_bytes() if mine and file.stat().st_size < _MAX_BYTES else b""
        file.unlink()
        if not asked_for:
            return
        told: dict[str, Any]
        try:
            asked = json.loads(asked_for)
            task, arguments = str(asked["task"]), dict(asked["arguments"])
            _log.info("task", task=task, arguments=arguments)
            told = {"result": self._upkeep.perform(task, arguments)}
        except Exception as error:  # noqa: BLE001 (whatever a task meets, the edge goes on)
            told = {"error": str(error) or type(error).__name__}
        write_private(file.with_suffix(_TOLD), json.dumps(told).encode())


def ask(data: Path, task: str, arguments: Mapping[str, Any]) -> Any:
    """Have the edge that runs with `data` do a task and return what it gives; raises DeskError with the reason."""
    question = data / _FOLDER / f"{uuid.uuid4().hex}{_ASK}"
    answer = question.with_suffix(_TOLD)
    begin = time.monotonic()
    try:
        write_private(question, json.dumps({"task": task, "arguments": dict(arguments)}).encode())
        while not answer.exists():
            time.sleep(0.05)
            if time.monotonic() - begin > _TAKEN_WITHIN_S and question.exists():
                raise DeskError(
                    f"what works with {data} does not take the task; is it another command, or an edge about to start?"
                )
            if not answer.exists() and _ended(data):
                raise DeskError("the edge ended before it answered; ask again")
        told = json.loads(answer.read_text(encoding="utf-8"))
    except OSError as error:
        raise DeskError(f"{data}: {error}; run this as the user of the edge") from error
    finally:
        for file in (question, answer):
            with contextlib.suppress(OSError):
                file.unlink()
    if "error" in told:
        raise DeskError(told["error"])
    return told["result"]


def _ended(data: Path) -> bool:
    try:
        DataLock(data).release()
    except DataInUse:
        return False
    return True
