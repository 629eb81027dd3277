"""How far history has been filled: a bar for each plant, or a line now and then where there is no terminal."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

LIVE_WITHIN = 15.0  # s behind the wall clock at which a plant counts as live: a standing one speaks every 5 s
_LINE_EVERY = 5.0  # s between lines where there is no terminal


def filled(status: Mapping[str, Any]) -> float:
    """Return the share 0..1 of a plant's history, from the edge's status of it, that is stored.

    >>> filled({"start_ms": 1000, "last_ms": 4000, "now_ms": 5000, "behind_s": 1.0})
    0.75
    """
    last_ms = status.get("last_ms")
    span: float = status["now_ms"] - status["start_ms"]
    if last_ms is None or span <= 0:
        return 0.0
    share: float = (last_ms - status["start_ms"]) / span
    return min(1.0, max(0.0, share))


def is_live(status: Mapping[str, Any]) -> bool:
    """Tell whether a plant is connected and has caught up with the wall clock."""
    behind, link = status.get("behind_s"), status.get("link")
    online = link is not None and link["state"] == "online"
    return online and behind is not None and behind < LIVE_WITHIN


class History:
    """The progress of all plants; a context manager. `complete` once every plant has been live."""

    def __init__(self, console: Console, plants: Sequence[str]) -> None:
        self._console = console
        self._waiting = set(plants)
        self._progress = Progress(
            TextColumn("history of {task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(), TextColumn("{task.fields[note]}"), console=console, auto_refresh=False,
            disable=not console.is_terminal,
        )  # fmt: skip
        self._tasks: dict[str, TaskID] = {
            plant: self._progress.add_task(plant, total=1.0, note="waiting for the plant") for plant in plants
        }
        self._next_line = time.monotonic() + _LINE_EVERY

    @property
    def complete(self) -> bool:
        """Whether every plant has caught up."""
        return not self._waiting

    def __enter__(self) -> "History":
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def show(self, status: Mapping[str, Mapping[str, Any]]) -> None:
        """Show the edge's `status` by plant."""
        for plant, task in self._tasks.items():
            if plant not in status:
                continue
            if is_live(status[plant]):
                self._waiting.discard(plant)
            live = plant not in self._waiting
            self._progress.update(
                task, completed=1.0 if live else filled(status[plant]), note="live" if live else ""
            )
        self._progress.refresh()
        if self._progress.disable and time.monotonic() > self._next_line and not self.complete:
            self._next_line += _LINE_EVERY
            shares = (
                f"{plant} {100 * filled(status[plant]):.0f} %" for plant in self._tasks if plant in status
            )
            self._console.print(f"history: {', '.join(shares) or 'waiting for the plants'}", highlight=False)
