"""Commands on their way to a plant: on record before they act, and again with what became of them."""

from collections.abc import Callable, Sequence

import anyio.to_thread

from edge.api.problem import Problem
from edge.api.query import Query
from edge.collect import Link
from edge.store import Event
from twin.model.command import Command


class Dispatch:
    """Sends commands over whichever link serves the plant; `links` are those that run now."""

    def __init__(self, query: Query, links: Callable[[], Sequence[Link]]) -> None:
        self._query = query
        self._links = links

    async def send(self, plant: str, command: Command, intent: str) -> None:
        """Send `command`, which `intent` tells in words; raises Problem when it is not accepted."""
        unit_path, _, tag = command.path.rpartition("/")

        def record(severity: str, text: str) -> None:
            event = Event(self._query.clock_ms(), unit_path, "command", severity, text, tag, command.value)
            self._query.store.record([event])

        try:
            about = f"{command.reason}; id {command.id}" if command.reason else f"id {command.id}"
            await anyio.to_thread.run_sync(record, "info", f"{intent} ({about})")
        except Exception as error:
            raise Problem(
                503, f"the command was not sent: it could not be put on record ({error})"
            ) from error
        refusal, status = await self.deliver(plant, command)
        if refusal:
            await anyio.to_thread.run_sync(
                record, "warning", f"command {command.id} not carried out: {refusal}"
            )
            raise Problem(status, refusal)
        await anyio.to_thread.run_sync(record, "info", f"command {command.id} accepted by the plant")

    async def deliver(self, plant: str, command: Command) -> tuple[str, int]:
        """Hand `command` to the plant's link; return why it was not accepted ("" if it was) and the status for that."""
        link = next(
            (one for one in self._links() if one.status.plant == plant and one.status.state == "online"), None
        )
        if link is None:
            return f"plant {plant} has no link that is online; try again when it is back", 503
        try:
            return await link.write(command), 409
        except (ConnectionError, TimeoutError) as error:
            return f"plant {plant} did not answer: {error}", 503

    async def refusal(self, plant: str, command: Command) -> str:
        """Hand `command` to the plant's link; return why it was not accepted, "" if it was."""
        return (await self.deliver(plant, command))[0]
