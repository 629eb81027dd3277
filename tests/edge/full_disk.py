"""A program for a small file system of its own: outbox and store on a disk that is full, and then is not.

Run by test_full_disk.py as `python -m tests.edge.full_disk FOLDER reserve|edge`; prints what it saw as JSON.
"""

import contextlib
import json
import os
import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

from edge.api.query import Query
from edge.collect import LinkStatus
from edge.health import Health, State
from edge.log import log_to_stderr
from edge.outbox import Outbox, OutboxError
from edge.pipeline import Pipeline
from edge.quarantine import Quarantine
from edge.store.duckdb import DuckDbStore
from tests.edge.telemetry import START, declaration, frames
from tests.edge.test_pipeline import PRESS, A, Counting, deliver, folded, stored, total

_PATIENCE_S = 60.0


class Ballast:
    """A file that takes all the room there is."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "ballast"

    def fill(self) -> None:
        """Take all that is free, to the last byte."""
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for size in (1 << 20, 4096, 1):
            with contextlib.suppress(OSError):
                while os.write(handle, bytes(size)) == size:
                    pass
        os.close(handle)


def empties_on_a_full_disk(folder: Path) -> dict[str, Any]:
    """A full outbox on a full disk is emptied, accepts nothing meanwhile, and goes on when there is room."""
    outbox, ballast = Outbox(folder / "outbox.sqlite"), Ballast(folder)
    refused = ""
    try:
        while True:
            outbox.accept("press", A, [(outbox.expected("press", A), os.urandom(100_000))])
    except OutboxError as error:
        refused = str(error)
    ballast.fill()
    held = outbox.depth().entries
    deleted = 0
    while waiting := outbox.pending(4):
        outbox.delete(waiting)
        deleted += len(waiting)
        ballast.fill()
    again = ""
    try:
        outbox.accept("press", A, [(outbox.expected("press", A), os.urandom(100_000))])
    except OutboxError as error:
        again = str(error)
    ballast.path.unlink()
    upto = outbox.accept("press", A, [(outbox.expected("press", A), os.urandom(100_000))])
    trouble = outbox.trouble
    outbox.close()
    return {
        "refused": refused, "held": held, "deleted": deleted, "refused_while_full": again, "accepted_after": upto,
        "trouble_after": trouble, "integrity": _integrity(folder / "outbox.sqlite"),
    }  # fmt: skip


def _integrity(file: Path) -> str:
    with contextlib.closing(sqlite3.connect(file)) as db:
        return str(db.execute("PRAGMA integrity_check").fetchone()[0])


def says_so_and_recovers(folder: Path) -> dict[str, Any]:
    """Outbox, pipeline and store on one disk: degraded while it is full, ok afterwards, every frame stored once."""
    outbox, store = Outbox(folder / "outbox.sqlite"), DuckDbStore(folder / "history.duckdb")
    pipeline, ballast = Pipeline(outbox, store, Counting), Ballast(folder)

    link = LinkStatus("opc.tcp://127.0.0.1:4840", "press", "online")

    def checks() -> dict[str, str]:
        return {"store": "", "outbox": outbox.trouble, "pipeline": pipeline.trouble}

    health = Health(
        Query(store, lambda: [link], clock_ms=lambda: START), outbox, pipeline, Quarantine(outbox, folder), folder,
        checks=checks, brokers=list,
    )  # fmt: skip

    def seconds_until(state: State) -> float:
        begin = time.monotonic()
        while health.report().state is not state:
            if time.monotonic() - begin > _PATIENCE_S:
                reasons = [item.reason for item in Quarantine(outbox, folder).items()]
                raise SystemExit(f"not {state.word}: {health.report().parts}; quarantine: {reasons}")
            time.sleep(0.02)
        return time.monotonic() - begin

    known, some = declaration(), frames(PRESS, 300)
    pipeline.start()
    deliver(outbox, known, some[:300])
    seconds_until(State.OK)
    ballast.fill()
    degraded_s = seconds_until(State.DEGRADED)
    refusals = 0
    place = 300
    while refusals < 3:  # a plant keeps what is not acknowledged, and sends it again
        try:
            deliver(outbox, known, some[place : place + 60], size=60)
            place += 60
        except OutboxError:
            refusals += 1
        if place >= len(some):
            break
        ballast.fill()
    reasons = {part.name: part.reason for part in health.report().parts if part.reason}
    ballast.path.unlink()
    deliver(outbox, known, some[place:], size=60)
    ok_s = seconds_until(State.OK)
    begin = time.monotonic()
    while outbox.depth().entries and time.monotonic() - begin < _PATIENCE_S:
        time.sleep(0.02)
    pipeline.stop()
    marks = store.watermarks("press").values()
    found = {
        "degraded_s": degraded_s, "ok_s": ok_s, "reasons": reasons, "refusals": refusals, "samples": total(some),
        "stored": stored(store), "folded": folded(store), "missing": sum(mark.seq - mark.frames for mark in marks),
    }  # fmt: skip
    store.close()
    outbox.close()
    return found | {"integrity": _integrity(folder / "outbox.sqlite")}


if __name__ == "__main__":
    log_to_stderr("warning")
    work = {"reserve": empties_on_a_full_disk, "edge": says_so_and_recovers}[sys.argv[2]]
    print(json.dumps(work(Path(sys.argv[1]))))
