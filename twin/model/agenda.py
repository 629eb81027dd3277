"""What a plant has accepted and not carried out yet: commands for the next scan, and those that wait for a trigger."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from twin.model.command import ALL, Command, CommandRefused
from twin.model.condition import Condition

MOST = 50  # pending commands: their list is one text tag


@dataclass(frozen=True, slots=True)
class _Entry:
    command: Command
    condition: Condition | None
    read: Callable[[], float] | None

    def holds(self) -> bool:
        return self.condition is None or self.read is None or self.condition.holds(self.read())


class Agenda:
    """Commands in the order in which they were accepted: `entries`.

    `reader` gives what reads the tag of a condition; it raises CommandRefused for a tag that cannot be compared.
    """

    def __init__(self, reader: Callable[[str], Callable[[], float]]) -> None:
        self._reader = reader
        self.entries: list[_Entry] = []

    def __bool__(self) -> bool:
        return bool(self.entries)

    def accept(self, command: Command) -> None:
        """Take `command` in; raises CommandRefused with the reason."""
        condition = read = None
        if command.when:
            try:
                condition = Condition.parse(command.when)
            except ValueError as error:
                raise CommandRefused(f"{command.path}: {error}") from None
            read = self._reader(condition.subject)
        if command.due_ms < 0 or 0 < command.expires_ms < command.due_ms:
            raise CommandRefused(f"{command.path}: due_ms must lie between 0 and expires_ms")
        if command.withdraw not in ("", ALL) and not self._pending(command.withdraw):
            raise CommandRefused(f"{command.path}: no command {command.withdraw} is pending")
        if command.triggered and sum(entry.command.triggered for entry in self.entries) >= MOST:
            raise CommandRefused(f"{command.path}: {MOST} commands are pending already; withdraw one of them")
        self.entries.append(_Entry(command, condition, read))

    def next_ms(self, now_ms: int) -> int | None:
        """Return the moment from which something may be carried out, None for never."""
        if not self.entries:
            return None
        return max(now_ms, min(entry.command.due_ms for entry in self.entries))

    def take(self, now_ms: int) -> Iterator[tuple[Command, str]]:
        """Yield what is settled at `now_ms`, with what becomes of it: carried_out, withdrawn or expired.

        Whoever takes carries it out before taking the next: a later condition may look at what it changed.
        """
        for entry in list(self.entries):
            if entry not in self.entries:
                continue  # withdrawn by one before it
            command = entry.command
            if command.triggered and command.expires_ms < now_ms:
                self.entries.remove(entry)
                yield command, "expired"
            elif command.due_ms <= now_ms and entry.holds():
                self.entries.remove(entry)
                for other in self._withdrawn(command):
                    self.entries.remove(other)
                    yield other.command, "withdrawn"
                if command.withdraw in ("", ALL):
                    yield command, "carried_out"

    def _pending(self, id_: str) -> list[_Entry]:
        return [entry for entry in self.entries if entry.command.triggered and entry.command.id == id_]

    def _withdrawn(self, command: Command) -> list[_Entry]:
        if command.withdraw != ALL:
            return self._pending(command.withdraw)
        return [
            entry for entry in self.entries if entry.command.triggered and entry.command.path == command.path
        ]

    def to_json(self) -> str:
        """Return the pending commands as a JSON list, "" when there is none."""
        told = [describe(entry.command) for entry in self.entries if entry.command.triggered]
        return json.dumps(told, separators=(",", ":")) if told else ""


def describe(command: Command) -> dict[str, str | float | int]:
    """Return what others are told of a command: what is empty is left out."""
    fields: dict[str, str | float | int] = {
        "id": command.id, "path": command.path, "value": command.value, "source": command.source,
        "reason": command.reason, "due_ms": command.due_ms, "when": command.when,
    }  # fmt: skip
    if command.triggered:
        fields["expires_ms"] = command.expires_ms
    return {name: value for name, value in fields.items() if name == "value" or value not in ("", 0)}
