"""Work spread over machines: the workers of a Dask scheduler, which have this project installed."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

Result = TypeVar("Result")


class ClusterError(RuntimeError):
    """A cluster that cannot be used; the text says why and what to do."""


def spread_over(
    scheduler: str,
    function: Callable[..., Result],
    tasks: Iterable[tuple[Any, ...]],
    *,
    patience: float = 10.0,
) -> Iterator[Result]:
    """Call `function(*task)` for each of `tasks` on the workers of the Dask `scheduler` (tcp://HOST:PORT).

    Yield results in the order in which they are done; joblib's own Dask backend gives none before the last, so that
    nothing could be kept on the way. Earlier tasks come first. Who stops reading cancels the rest. Raises ClusterError
    when there is no such scheduler within `patience` seconds, or Dask is not installed.
    """
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise ClusterError(
            "a cluster needs Dask, the extra `cluster`: pip install 'smart-factory-twin[cluster]'"
        ) from None
    try:
        client = Client(scheduler, timeout=patience, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(
            f"no Dask scheduler answers at {scheduler} ({error}); start one with: dask scheduler, "
            f"and on every machine: dask worker {scheduler}"
        ) from None
    with client:
        futures = [
            client.submit(function, *task, pure=False, priority=-place) for place, task in enumerate(tasks)
        ]
        try:
            for future in as_completed(futures, loop=client.loop):
                yield future.result()
                future.release()
        finally:
            client.cancel(futures)
