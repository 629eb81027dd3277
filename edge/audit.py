"""Who did what: one durable row for everything that acts, written before it acts and completed with its outcome."""

import json
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from edge.sqlite_file import open_sqlite
from twin.model.command import Command

MOST = 100_000  # rows; about 50 MB
_SHARE = 10  # one tenth goes at once
_COLUMNS = "number, time_ms, who, client, action, plant, target, value, reason, id, command, status, outcome, ended_ms"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS deeds (
  number INTEGER PRIMARY KEY AUTOINCREMENT, time_ms INTEGER NOT NULL, who TEXT NOT NULL, client TEXT NOT NULL,
  action TEXT NOT NULL, plant TEXT NOT NULL, target TEXT NOT NULL, value TEXT NOT NULL, reason TEXT NOT NULL,
  id TEXT NOT NULL, command TEXT NOT NULL, status INTEGER NOT NULL, outcome TEXT NOT NULL, ended_ms INTEGER);
CREATE UNIQUE INDEX IF NOT EXISTS by_id ON deeds (plant, id) WHERE id <> '';
CREATE TABLE IF NOT EXISTS acknowledgements (
  plant TEXT NOT NULL, event TEXT NOT NULL, time_ms INTEGER NOT NULL, who TEXT NOT NULL, note TEXT NOT NULL,
  PRIMARY KEY (plant, event));
"""


@dataclass(frozen=True, slots=True)
class Deed:
    """One row: `who` from `client` asked `action` on `target` with `value`, for `reason`.

    `id` and `command` (JSON) are those of a command to a plant, "" for what concerns the edge alone. `status` is 0
    until the outcome is known, then the API's status for it.
    """

    number: int
    time_ms: int
    who: str
    client: str
    action: str
    plant: str
    target: str
    value: str
    reason: str
    id: str
    command: str
    status: int
    outcome: str
    ended_ms: int | None

    def sent(self) -> Command:
        """Return the command as it was first asked for."""
        return Command(**json.loads(self.command))


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """`who` has seen an event, at `time_ms`, with a `note`."""

    who: str
    time_ms: int
    note: str


class Audit:
    """The deeds in one SQLite file, or in memory without `path`; any thread may use it.

    Every method commits before it returns and raises sqlite3.Error when it cannot. At most `most` rows are kept: the
    oldest give way, and numbers go on, so that a reader sees what is gone. A file that cannot be read is set aside.
    """

    def __init__(self, path: Path | None = None, *, most: int = MOST) -> None:
        self._most = most
        self._guard = threading.Lock()
        self._db, self.incident = open_sqlite(
            path, _SCHEMA, "the audit was damaged ({error}) and is kept as {aside}; a new one was begun"
        )
        self._rows = int(self._db.execute("SELECT count(*) FROM deeds").fetchone()[0])
        self.close = weakref.finalize(self, self._db.close)

    # -- writing -------------------------------------------------------------------------------------------

    def begin(
        self, time_ms: int, who: str, client: str, action: str, *, plant: str = "", target: str = "",
        value: str = "", reason: str = "",
    ) -> int:  # fmt: skip
        """Put on record what is about to be done to the edge itself; return the row's number for `end`."""
        with self._transaction() as db:
            return self._add(
                db, (time_ms, who, client, action, plant, target, value, reason, "", "", 0, "", None)
            )

    def begin_command(
        self, time_ms: int, who: str, client: str, action: str, plant: str, command: Command
    ) -> tuple[Deed, bool]:
        """Put a command on record, once per plant and id; return its row and whether it is new."""
        with self._transaction() as db:
            found = db.execute(
                f"SELECT {_COLUMNS} FROM deeds WHERE plant = ? AND id = ?",
                (plant, command.id),
            ).fetchone()
            if found is not None:
                return Deed(*found), False
            value = f"{command.value:.10g}"
            text = json.dumps(asdict(command), separators=(",", ":"))
            row = (
                time_ms, who, client, action, plant, command.path, value, command.reason, command.id, text, 0, "", None,
            )  # fmt: skip
            return Deed(self._add(db, row), *row), True

    def end(self, number: int, time_ms: int, status: int, outcome: str) -> None:
        """Complete a row; a status of 503 tells that it may be tried again with the same id."""
        with self._transaction() as db:
            db.execute(
                "UPDATE deeds SET status = ?, outcome = ?, ended_ms = ? WHERE number = ?",
                (status, outcome[:500], time_ms, number),
            )

    def refused(self, time_ms: int, who: str, client: str, plant: str, target: str, outcome: str) -> None:
        """Put on record that somebody was not let in."""
        row = (
            time_ms,
            who,
            client,
            "refused",
            plant,
            target[:200],
            "",
            "",
            "",
            "",
            401,
            outcome[:500],
            time_ms,
        )
        with self._transaction() as db:
            self._add(db, row)

    def acknowledge(
        self, time_ms: int, who: str, client: str, plant: str, events: Sequence[str], note: str
    ) -> list[str]:
        """Put on record that `who` has seen `events` (ids) of a plant, a row each; return those not seen before.

        An event that was acknowledged keeps its first acknowledgement. As many are kept as rows of the audit.
        """
        with self._transaction() as db:
            fresh = [
                event
                for event in dict.fromkeys(events)
                if db.execute(
                    "INSERT OR IGNORE INTO acknowledgements VALUES (?, ?, ?, ?, ?)",
                    (plant, event, time_ms, who, note),
                ).rowcount
            ]
            for event in fresh:
                self._add(
                    db,
                    (
                        time_ms,
                        who,
                        client,
                        "acknowledge",
                        plant,
                        event,
                        "",
                        note,
                        "",
                        "",
                        200,
                        "kept",
                        time_ms,
                    ),
                )
            db.execute(
                "DELETE FROM acknowledgements WHERE rowid <= (SELECT max(rowid) FROM acknowledgements) - ?",
                (self._most,),
            )
        return fresh

    # -- reading -------------------------------------------------------------------------------------------

    def acknowledged(self, plant: str, events: Sequence[str]) -> dict[str, Acknowledgement]:
        """Return the acknowledgements of those of `events` (ids) that have one."""
        marks = ", ".join("?" * len(events))
        with self._guard:
            rows = self._db.execute(
                f"SELECT event, who, time_ms, note FROM acknowledgements WHERE plant = ? AND event IN ({marks})",
                (plant, *events),
            ).fetchall()
        return {event: Acknowledgement(*row) for event, *row in rows}

    def acknowledgements(self, plant: str) -> int:
        """Return a number that changes with every acknowledgement of the plant's events."""
        with self._guard:
            found = self._db.execute(
                "SELECT coalesce(max(rowid), 0) FROM acknowledgements WHERE plant = ?", (plant,)
            ).fetchone()
        return int(found[0])

    def page(self, *, before: int | None = None, plant: str = "", limit: int = 100) -> list[Deed]:
        """Return the newest rows first: those with a number below `before`, of `plant` or of all."""
        with self._guard:
            rows = self._db.execute(
                f"SELECT {_COLUMNS} FROM deeds WHERE number < ? AND (? = '' OR plant = ?) "
                "ORDER BY number DESC LIMIT ?",
                (before if before is not None else 1 << 62, plant, plant, limit),
            ).fetchall()
        return [Deed(*row) for row in rows]

    # -- inside --------------------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._guard, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db

    def _add(self, db: sqlite3.Connection, row: tuple[object, ...]) -> int:
        if self._rows >= self._most:
            gone = db.execute(
                "DELETE FROM deeds WHERE number IN (SELECT number FROM deeds ORDER BY number LIMIT ?)",
                (max(1, self._most // _SHARE),),
            ).rowcount
            self._rows -= gone
        number = db.execute(
            f"INSERT INTO deeds ({_COLUMNS}) VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row
        ).lastrowid
        self._rows += 1
        return int(number or 0)
