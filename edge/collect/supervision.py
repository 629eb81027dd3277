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
    """Run `session` again and again; returns by cancellation only.

    A session counts itself in `status.connects` once it is online. Whatever it raises, `explain` gives state and detail
    for it, for people; each cause is logged once, as `event`.
    """
    failures = 0
    while True:
        connects = status.connects
        try:
            await session()
        except Exception as error:  # noqa: BLE001 (the supervisor outlives whatever a library, a plant or a disk does)
            state, detail = explain(error)
            if detail != status.detail:
                _log.warning(event, address=status.address, plant=status.plant, cause=detail)
            status.state, status.detail = state, detail
        failures = 0 if status.connects > connects else failures + 1
        pause = BACKOFF_S[min(failures, len(BACKOFF_S) - 1)]
        await asyncio.sleep(REFUSED_S if status.state == "refused" else pause)
