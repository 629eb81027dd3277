"""What a task tells beside the history: nothing depends on it, and the next look is due whatever went wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from edge.store import StoreUnavailable


@contextmanager
def survived(log: structlog.stdlib.BoundLogger, event: str) -> Iterator[None]:
    """Let the block fail: it is logged as `event`, and goes no further."""
    try:
        yield
    except StoreUnavailable as error:
        log.debug(event, cause=str(error))  # told as the store's state
    except Exception as error:  # noqa: BLE001 (whatever it is, the next look is due all the same)
        log.warning(event, cause=repr(error))
