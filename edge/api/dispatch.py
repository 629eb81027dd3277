"""Commands on their way to a plant: on record before they act, carried out once, and again with what became of them."""

import sqlite3
from collections.abc import Callable, Sequence

import anyio.to_thread
import structlog

from edge.api.access import Caller
from edge.api.problem import Problem
from edge.api.query import Query
from edge.audit import Audit, Deed
from edge.collect import Link
from edge.store import Event
from twin.model.command import Command

ACCEPTED = 202
_AGAIN = 503  # the outcome is not known: a repeat with the same id asks the plant again, which acts once

_log = structlog.get_logger("edge.api")


class Dispatch:
    """Sends commands over whichever link serves the plant; `links` are those that run now.

    A command has an id. One that has its outcome is never sent again: its repeat gets the same answer, however often
    the edge was started anew meanwhile. One without an outcome is sent as it was asked for first, until it expires.
    """

    def __init__(self, query: Query, links: Callable[[], Sequence[Link]], audit: Audit) -> None:
        self.audit = audit
        self._query = query
        self._links = links

    async def send(self, plant: str, command: Command, intent: str, caller: Caller) -> Command:
        """Send `command`, which `intent` tells in words; return it as it was accepted.

        Raises Problem when it is not accepted, now or when it was asked for first.
        """
        deed, new = await self._begin(plant, command, caller.name, caller.client)
        if not new:
            same = deed.sent()
            if not _alike(same, command):
                raise Problem(
                    409,
                    f"id {command.id} was another command already: {same.path} = {same.value:g}; use a new id",
                )
            if deed.status == ACCEPTED:
                return same
            if deed.status not in {0, _AGAIN}:
                raise Problem(deed.status, deed.outcome)
            if same.expires_ms < self._query.clock_ms():
                raise Problem(409, f"command {same.id} expired before the plant took it; use a new id")
            command = same
        unit_path, _, tag = command.path.rpartition("/")

        def record(severity: str, text: str) -> None:
            event = Event(self._query.clock_ms(), unit_path, "command", severity, text, tag, command.value)
            self._query.store.record([event])

        try:
            about = f"{command.reason}; id {command.id}" if command.reason else f"id {command.id}"
            await anyio.to_thread.run_sync(record, "info", f"{intent} ({about})")
        except Exception as error:
            text = f"the command was not sent: it could not be put on record ({error})"
            await self._end(deed, _AGAIN, text)
            raise Problem(503, text) from error
        refusal, status = await self._deliver(plant, command)
        await self._end(deed, status if refusal else ACCEPTED, refusal or "accepted by the plant")
        if refusal:
            await anyio.to_thread.run_sync(
                record, "warning", f"command {command.id} not carried out: {refusal}"
            )
            raise Problem(status, refusal)
        await anyio.to_thread.run_sync(record, "info", f"command {command.id} accepted by the plant")
        return command

    async def refusal(self, plant: str, command: Command) -> str:
        """Send a loop's command, on record too; return why it was not accepted, "" if it was."""
        try:
            deed, _ = await self._begin(plant, command, command.source or "loop", "edge")
        except Problem as problem:
            return problem.detail
        refusal, status = await self._deliver(plant, command)
        await self._end(deed, status if refusal else ACCEPTED, refusal or "accepted by the plant")
        return refusal

    async def _begin(self, plant: str, command: Command, who: str, client: str) -> tuple[Deed, bool]:
        try:
            return await anyio.to_thread.run_sync(
                self.audit.begin_command, self._query.clock_ms(), who, client, "command", plant, command
            )
        except sqlite3.Error as error:
            raise Problem(
                503, f"the command was not sent: it could not be put on record ({error}); free disk space"
            ) from error

    async def _end(self, deed: Deed, status: int, outcome: str) -> None:
        try:
            await anyio.to_thread.run_sync(
                self.audit.end, deed.number, self._query.clock_ms(), status, outcome
            )
        except sqlite3.Error as error:
            # What was done stands without its outcome; a repeat of its id asks the plant, which knows.
            _log.error("outcome not recorded", number=deed.number, outcome=outcome, cause=str(error))

    async def _deliver(self, plant: str, command: Command) -> tuple[str, int]:
        """Hand `command` to the plant's link; return why it was not accepted ("" if it was) and the status for that."""
        link = next(
            (one for one in self._links() if one.status.plant == plant and one.status.state == "online"), None
        )
        if link is None:
            return f"plant {plant} has no link that is online; try again when it is back", _AGAIN
        try:
            return await link.write(command), 409
        except (ConnectionError, TimeoutError) as error:
            return f"plant {plant} did not answer: {error}", _AGAIN


def _alike(first: Command, again: Command) -> bool:
    """Tell whether two commands ask for the same; a repeat comes later, so that its times differ."""
    return (first.path, first.value, first.when, first.withdraw, bool(first.due_ms)) == (
        again.path, again.value, again.when, again.withdraw, bool(again.due_ms)
    )  # fmt: skip
