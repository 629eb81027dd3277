"""Drills, planned faults, participants and marks in one SQLite file that survives a restart of the edge."""

import hashlib
import secrets
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge.sqlite_file import open_sqlite
from edge.training.drill import (
    MOST_MARKS,
    MOST_PARTICIPANTS,
    Drill,
    Mark,
    Participant,
    Phase,
    Plan,
    PlannedFault,
    Progress,
)
from edge.training.drills_file import DRILL, FAULT, SCHEMA, read_drill, read_fault

MOST_DRILLS = 200  # ended ones beyond them give way, with their participants and marks
MOST_PLANNED = 1000  # finished faults without a drill beyond them give way


class NotNow(ValueError):
    """What was asked does not fit the drill as it stands; the text says why and what helps."""


class Drills:
    """Everything about training that must last, in one SQLite file, or in memory without `path`; any thread may use it.

    Every method commits before it returns and raises sqlite3.Error when it cannot. Marks are only ever added. A file
    that cannot be read is set aside. Of a participant's token its digest alone is kept.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._guard = threading.Lock()
        self._db, self.incident = open_sqlite(
            path, SCHEMA, "the drills were damaged ({error}) and are kept as {aside}; a new file was begun"
        )
        self._running: Mapping[str, int] = {}
        self._remember()
        self.close = weakref.finalize(self, self._db.close)

    def hidden(self) -> Mapping[str, int]:
        """Return since when (UTC ms) the truth about each plant with a running drill is hidden."""
        return self._running

    # -- drills --------------------------------------------------------------------------------------------

    def add(self, drill: Drill, plans: Sequence[Plan]) -> None:
        """Keep a planned drill with its faults."""
        with self._transaction() as db:
            old = db.execute(
                "SELECT id FROM drills WHERE phase = ? ORDER BY created_ms DESC LIMIT -1 OFFSET ?",
                (Phase.ENDED, MOST_DRILLS - 1),
            ).fetchall()
            for table, column in (
                ("drills", "id"),
                ("faults", "drill"),
                ("participants", "drill"),
                ("marks", "drill"),
            ):
                db.executemany(f"DELETE FROM {table} WHERE {column} = ?", old)
            db.execute(
                f"INSERT INTO drills ({DRILL}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (drill.id, drill.name, drill.plant, drill.by, drill.created_ms, drill.length_s, drill.seed,
                 drill.reference_min, drill.phase, drill.start_ms, drill.end_ms, drill.cancelled),
            )  # fmt: skip
            for plan in plans:
                self._add_fault(db, drill.id, drill.plant, plan, drill.by, 0)

    def drills(self) -> list[Drill]:
        """Return all drills, newest first."""
        return [
            read_drill(row)
            for row in self._ask(f"SELECT {DRILL} FROM drills ORDER BY created_ms DESC, rowid DESC")
        ]

    def drill(self, id_: str) -> Drill | None:
        """Return one drill, None where there is none of that id."""
        rows = self._ask(f"SELECT {DRILL} FROM drills WHERE id = ?", id_)
        return read_drill(rows[0]) if rows else None

    def start(self, id_: str, now_ms: int) -> None:
        """Begin a planned drill now; raises NotNow where it is not planned or another one runs on its plant."""
        with self._transaction() as db:
            drill = self._of_phase(db, id_, Phase.PLANNED)
            other = db.execute(
                "SELECT name FROM drills WHERE plant = ? AND phase = ?", (drill.plant, Phase.RUNNING)
            ).fetchone()
            if other is not None:
                raise NotNow(
                    f"drill {other[0]!r} runs on plant {drill.plant} already; wait for its end or cancel it"
                )
            db.execute(
                "UPDATE drills SET phase = ?, start_ms = ?, end_ms = ? WHERE id = ?",
                (Phase.RUNNING, now_ms, now_ms + round(drill.length_s * 1000), id_),
            )
            db.execute(
                "UPDATE faults SET due_ms = ? + CAST(round(after_s * 1000) AS INTEGER) WHERE drill = ?",
                (now_ms, id_),
            )
        self._remember()

    def end(self, id_: str, now_ms: int, *, cancelled: bool = False) -> None:
        """End a drill: what did not strike yet never does; raises NotNow where it has ended already."""
        with self._transaction() as db:
            found = db.execute(f"SELECT {DRILL} FROM drills WHERE id = ?", (id_,)).fetchone()
            if found is None or found[8] == Phase.ENDED:
                raise NotNow(f"drill {id_} has ended already")
            drill = read_drill(found)
            end_ms = min(now_ms, drill.end_ms) if drill.phase is Phase.RUNNING else 0
            db.execute(
                "UPDATE drills SET phase = ?, end_ms = ?, cancelled = ? WHERE id = ?",
                (Phase.ENDED, end_ms, cancelled, id_),
            )
            db.execute(
                "UPDATE faults SET progress = ?, told = CASE told WHEN '' THEN ? ELSE told END "
                "WHERE drill = ? AND progress = ?",
                (Progress.CANCELLED if cancelled else Progress.SKIPPED, "the drill ended before it could strike",
                 id_, Progress.WAITING),
            )  # fmt: skip
        self._remember()

    # -- planned faults ------------------------------------------------------------------------------------

    def plan(self, plant: str, plan: Plan, by: str, now_ms: int) -> PlannedFault:
        """Keep a fault that strikes without a drill, `after_s` from now."""
        with self._transaction() as db:
            db.execute(
                "DELETE FROM faults WHERE number IN (SELECT number FROM faults WHERE drill = '' AND progress NOT IN "
                "(?, ?) ORDER BY number DESC LIMIT -1 OFFSET ?)",
                (Progress.WAITING, Progress.STRUCK, MOST_PLANNED),
            )
            number = self._add_fault(db, "", plant, plan, by, now_ms + round(plan.after_s * 1000))
        return self.faults_where("number = ?", number)[0]

    def faults(self, drill: str) -> list[PlannedFault]:
        """Return the faults of a drill, or with "" those without one, in order of time."""
        return self.faults_where("drill = ? ORDER BY due_ms, after_s, number", drill)

    def open_faults(self) -> list[PlannedFault]:
        """Return what waits for its time or for its reset."""
        return self.faults_where(
            "(progress = ? AND due_ms > 0) OR progress = ? ORDER BY due_ms", Progress.WAITING, Progress.STRUCK
        )

    def faults_where(self, condition: str, *values: object) -> list[PlannedFault]:
        """Return planned faults by a condition of SQL that this room writes."""
        return [
            read_fault(row) for row in self._ask(f"SELECT {FAULT} FROM faults WHERE {condition}", *values)
        ]

    def tell(
        self, number: int, progress: Progress, *, told: str = "", struck_ms: int = 0, reset_ms: int = 0
    ) -> None:
        """Keep what became of a fault; what is empty or 0 stays as it was."""
        with self._transaction() as db:
            db.execute(
                "UPDATE faults SET progress = ?, told = CASE ? WHEN '' THEN told ELSE ? END, "
                "struck_ms = max(struck_ms, ?), reset_ms = max(reset_ms, ?) WHERE number = ?",
                (progress, told, told, struck_ms, reset_ms, number),
            )

    def withdraw(self, number: int, now_ms: int) -> None:
        """Take back a fault without a drill: it never strikes, or is reset now; raises NotNow for any other."""
        with self._transaction() as db:
            row = db.execute(
                f"SELECT {FAULT} FROM faults WHERE number = ? AND drill = ''", (number,)
            ).fetchone()
            if row is None:
                raise NotNow(f"no fault is planned under number {number}")
            fault = read_fault(row)
            if fault.progress is Progress.WAITING:
                db.execute("UPDATE faults SET progress = ? WHERE number = ?", (Progress.CANCELLED, number))
            elif fault.progress is Progress.STRUCK:
                lasted = max(0.0, (now_ms - fault.due_ms) / 1000)
                db.execute("UPDATE faults SET duration_s = ? WHERE number = ?", (lasted, number))
            else:
                raise NotNow(f"planned fault {number} is {fault.progress} already")

    # -- participants --------------------------------------------------------------------------------------

    def join(self, drill: str, name: str, now_ms: int) -> tuple[Participant, str]:
        """Take somebody into a drill under a name of their own; return them with their token. Raises NotNow."""
        token = secrets.token_urlsafe(18)
        with self._transaction() as db:
            found = db.execute("SELECT phase FROM drills WHERE id = ?", (drill,)).fetchone()
            if found is None or found[0] == Phase.ENDED:
                raise NotNow("the drill has ended; nobody joins it any more")
            count = db.execute("SELECT count(*) FROM participants WHERE drill = ?", (drill,)).fetchone()[0]
            if count >= MOST_PARTICIPANTS:
                raise NotNow(f"{MOST_PARTICIPANTS} take part already, the most a drill takes")
            try:
                number = db.execute(
                    "INSERT INTO participants (drill, name, folded, digest, joined_ms) VALUES (?, ?, ?, ?, ?)",
                    (drill, name, name.casefold(), _digest(token), now_ms),
                ).lastrowid
            except sqlite3.IntegrityError:
                raise NotNow(f"somebody takes part as {name!r} already; choose another name") from None
        return Participant(int(number or 0), name, now_ms), token

    def participants(self, drill: str) -> list[Participant]:
        """Return who takes part, in the order in which they joined."""
        rows = self._ask(
            "SELECT number, name, joined_ms FROM participants WHERE drill = ? ORDER BY number", drill
        )
        return [Participant(*row) for row in rows]

    def participant(self, drill: str, token: str) -> Participant | None:
        """Return who has a token in a drill."""
        rows = self._ask(
            "SELECT number, name, joined_ms FROM participants WHERE drill = ? AND digest = ?",
            drill,
            _digest(token),
        )
        return Participant(*rows[0]) if rows else None

    def mark(self, drill: str, participant: int, now_ms: int, time_ms: int, unit: str, key: str) -> Mark:
        """Add a mark; raises NotNow where the drill does not run or the participant has set too many."""
        with self._transaction() as db:
            running = self._of_phase(db, drill, Phase.RUNNING)
            if now_ms >= running.end_ms:
                raise NotNow("the time of the drill is over")
            count = db.execute(
                "SELECT count(*) FROM marks WHERE drill = ? AND participant = ?", (drill, participant)
            ).fetchone()[0]
            if count >= MOST_MARKS:
                raise NotNow(f"{MOST_MARKS} marks are the most of one participant")
            number = db.execute(
                "INSERT INTO marks (drill, participant, made_ms, time_ms, unit, key) VALUES (?, ?, ?, ?, ?, ?)",
                (drill, participant, now_ms, time_ms, unit, key),
            ).lastrowid
        return Mark(int(number or 0), participant, now_ms, time_ms, unit, key)

    def marks(self, drill: str, participant: int | None = None) -> list[Mark]:
        """Return the marks of a drill in the order in which they were made, of one participant or of all."""
        rows = self._ask(
            "SELECT number, participant, made_ms, time_ms, unit, key FROM marks "
            "WHERE drill = ? AND (? IS NULL OR participant = ?) ORDER BY number",
            drill, participant, participant,
        )  # fmt: skip
        return [Mark(*row) for row in rows]

    def mark_counts(self, drill: str) -> dict[int, int]:
        """Return how many marks each participant has set, in the order in which they joined; 0 too."""
        rows = self._ask(
            "SELECT number, (SELECT count(*) FROM marks WHERE drill = ? AND participant = participants.number) "
            "FROM participants WHERE drill = ? ORDER BY number",
            drill, drill,
        )  # fmt: skip
        return dict(rows)

    # -- inside --------------------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._guard, self._db:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db

    def _ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._guard:
            return self._db.execute(query, values).fetchall()

    def _remember(self) -> None:
        rows = self._ask("SELECT plant, start_ms FROM drills WHERE phase = ?", Phase.RUNNING)
        self._running = {str(plant): int(start) for plant, start in rows}

    @staticmethod
    def _of_phase(db: sqlite3.Connection, id_: str, phase: Phase) -> Drill:
        row = db.execute(f"SELECT {DRILL} FROM drills WHERE id = ?", (id_,)).fetchone()
        if row is None or row[8] != phase:
            raise NotNow(f"drill {id_} is {'unknown' if row is None else row[8]}, not {phase}")
        return read_drill(row)

    @staticmethod
    def _add_fault(db: sqlite3.Connection, drill: str, plant: str, plan: Plan, by: str, due_ms: int) -> int:
        number = db.execute(
            f"INSERT INTO faults ({FAULT}) VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, '')",
            (drill, plant, plan.key, by, plan.after_s, plan.duration_s, due_ms, Progress.WAITING),
        ).lastrowid
        return int(number or 0)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
