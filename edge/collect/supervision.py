"""The one supervisor of links: a session, and when it ends the next one, within a second."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from edge.collect import LinkStatus

BACKOFF_S = (0.2, 0.5, 1.0)  # between attempts: who comes back is heard within a second
REFUSED_S = 5.0  # where another attempt will hardly fare better

_log = structlog.get_logger(__name__)


async def supervise(
    status: LinkStatus,
    session: Callable[[], Awaitable[None]],
    explain: Callable[[Exception], tuple[str, str]],
    *,
    event: str = "link lost",
) -> None:
    """Run `session` again and again; ends when it is cancelled itself, and in no other way.

    A session counts itself in `status.connects` once it is online. Whatever it raises, `explain` gives state and detail
    for it, for people; each cause is logged once, as `event`.
    """
    failures = 0
    while True:
        connects = status.connects
        try:
            await session()
        except (Exception, asyncio.CancelledError) as error:
            if _is_cancelled():
                raise
            if isinstance(error, asyncio.CancelledError):  # a library's, of something that it gave up
                error = ConnectionAbortedError("the connection was given up")
            state, detail = explain(error)
            if detail != status.detail:
                _log.warning(event, address=status.address, plant=status.plant, cause=detail)
            status.state, status.detail = state, detail
        failures = 0 if status.connects > connects else failures + 1
        pause = BACKOFF_S[min(failures, len(BACKOFF_S) - 1)]
        await asyncio.sleep(REFUSED_S if status.state == "refused" else pause)


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
