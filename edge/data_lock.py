"""One edge works in a data directory at a time; whoever repairs it works alone as well."""

import fcntl
import os
from pathlib import Path

_NAME = "edge.lock"


class DataInUse(OSError):
    """The data directory belongs to a running edge; the text names it and the remedy."""


class DataLock:
    """The right to work in `folder`, held until `release`; raises DataInUse, or OSError where it cannot be written."""

    def __init__(self, folder: Path) -> None:
        self._handle = os.open(folder / _NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._handle)
            raise DataInUse(
                f"an edge runs with the data in {folder}; stop it, or give another directory with --data"
            ) from None

    def release(self) -> None:
        """Let another use the directory; harmless when done already."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
