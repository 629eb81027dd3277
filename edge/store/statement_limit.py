"""A limit on how long one statement may take, kept by one thread that interrupts what goes beyond it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Interruptible(Protocol):
    """A connection whose statement under way can be ended from another thread."""

    def interrupt(self) -> None:
        """End the statement under way; harmless when there is none."""


class StatementLimit:
    """Interrupts statements that take longer than `seconds`; any number of threads may ask at once."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._changed = threading.Condition()
        self._running: dict[int, tuple[float, Interruptible]] = {}  # in the order of their due moments
        self._numbers = 0
        self._closed = False
        self._thread: threading.Thread | None = None

    @contextmanager
    def watching(self, connection: Interruptible) -> Iterator[None]:
        """Interrupt `connection` when the block takes too long; never once the block has ended."""
        with self._changed:
            self._numbers += 1
            number = self._numbers
            self._running[number] = (time.monotonic() + self.seconds, connection)
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._watch, name="statement limit", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._changed:
                self._running.pop(number, None)

    def _watch(self) -> None:
        with self._changed:
            while not self._closed:
                now = time.monotonic()
                wait = self.seconds
                for number, (due, connection) in list(self._running.items()):
                    if due > now:
                        wait = due - now
                        break
                    del self._running[number]
                    connection.interrupt()
                # what comes meanwhile is due after that: nobody needs to wake us
                self._changed.wait(wait)

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()
