"""What people do to the files of an edge: look into the quarantine, decide about it, take a backup."""

import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from edge.backup import AUDIT_FILE as AUDIT_FILE
from edge.backup import DRILLS_FILE as DRILLS_FILE
from edge.backup import OUTBOX_FILE as OUTBOX_FILE
from edge.backup import STORE_FILE as STORE_FILE
from edge.backup import BackupError, back_up
from edge.data_lock import DataInUse, DataLock
from edge.desk import DeskError, ask
from edge.outbox import Outbox, OutboxError
from edge.quarantine import Item, Quarantine, QuarantineError, described
from edge.store import Event, Store, StoreUnavailable
from edge.store.duckdb import DuckDbStore

ALL = "all"


class UpkeepError(RuntimeError):
    """What was asked cannot be done; the text says why and what helps."""


class Upkeep:
    """The tasks on the files in `data`, done by whoever holds their lock: the edge, or a command while none runs."""

    def __init__(self, data: Path, outbox: Outbox, quarantine: Quarantine, store: Store | None) -> None:
        self._data, self._outbox, self._quarantine, self._store = data, outbox, quarantine, store

    def perform(self, task: str, arguments: Mapping[str, Any]) -> Any:
        """Do a task and return what it gives, as plain data; raises UpkeepError."""
        try:
            match task:
                case "list":
                    return [described(item) for item in self._quarantine.items()]
                case "show":
                    return described(self._quarantine.item(arguments["key"]), whole=True)
                case "retry" | "drop":
                    return self._decide(task, arguments["keys"])
                case "backup":
                    return self._back_up(Path(arguments["folder"]))
        except (QuarantineError, BackupError, OutboxError, StoreUnavailable, OSError) as error:
            raise UpkeepError(str(error)) from error
        raise UpkeepError(f"task {task!r} is not known; does the edge have the version of this command?")

    def _decide(self, task: str, keys: list[str]) -> list[dict[str, Any]]:
        chosen = [item.key for item in self._quarantine.items()] if keys == [ALL] else keys
        for key in chosen:
            self._quarantine.item(key)  # all are there before any is touched
        decide = self._quarantine.retry if task == "retry" else self._quarantine.drop
        done = [decide(key) for key in chosen]
        for item in done:
            self._tell(item, task)
        return [described(item) for item in done]

    def _back_up(self, folder: Path) -> dict[str, Any]:
        found = back_up(folder, self._data, self._outbox, self._store)
        self._record("", "info", f"backup made in {folder}")
        return found

    def _tell(self, item: Item, task: str) -> None:
        what = f"journal entry {item.position}" if item.what == "entry" else f"points of bucket {item.bucket}"
        told = "tried again" if task == "retry" else "dropped for good"
        declared = [one for one in self._outbox.declarations() if one.plant == item.plant]
        scope = declared[-1].units[0].path if declared else ""
        self._record(
            scope, "warning", f"{what} in quarantine {told} by hand; it was there because: {item.reason}"
        )

    def _record(self, scope: str, severity: str, text: str) -> None:
        if self._store is not None:
            self._store.record([Event(time.time_ns() // 1_000_000, scope, "system", severity, text)])


def have_done(data: Path, task: str, arguments: Mapping[str, Any]) -> Any:
    """Have the edge that runs with `data` do a task, or do it here where none runs; raises UpkeepError."""
    if not (data / OUTBOX_FILE).is_file():
        raise UpkeepError(f"{data} holds no {OUTBOX_FILE}; give the data directory of an edge with --data")
    try:
        lock = DataLock(data)
    except DataInUse:
        try:
            return ask(data, task, arguments)
        except DeskError as error:
            raise UpkeepError(str(error)) from error
    except OSError as error:
        raise UpkeepError(f"{data}: {error}; run this as the user of the edge") from error
    try:
        with closing(Outbox(data / OUTBOX_FILE)) as outbox:
            quarantine = Quarantine(outbox, data)
            if task != "backup" or not (data / STORE_FILE).exists():
                return Upkeep(data, outbox, quarantine, None).perform(task, arguments)
            with closing(DuckDbStore(data / STORE_FILE)) as store:
                return Upkeep(data, outbox, quarantine, store).perform(task, arguments)
    except (OutboxError, StoreUnavailable) as error:
        raise UpkeepError(str(error)) from error
    finally:
        lock.release()
