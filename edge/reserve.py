"""Room that is set aside on the disk, so that a queue on a full disk can still be emptied."""

import os
from pathlib import Path

_BLOCK = 1024 * 1024


class Reserve:
    """A file of `size` bytes that only takes up room; `held` tells whether it is there."""

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self.held = False
        self._size = size

    def hold(self) -> bool:
        """Take the room, unless it is taken already; return whether it is."""
        if not self.held:
            try:
                _fill(self.path, self._size)
                self.held = True
            except OSError:
                self.path.unlink(missing_ok=True)
        return self.held

    def release(self) -> bool:
        """Give the room back to the disk; return whether there was any."""
        held, self.held = self.held, False
        self.path.unlink(missing_ok=True)
        return held


def _fill(path: Path, size: int) -> None:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if os.fstat(handle).st_size == size:
            return
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(handle, 0, size)
        else:
            for _ in range(0, size, _BLOCK):
                os.write(handle, bytes(_BLOCK))
        os.ftruncate(handle, size)
    finally:
        os.close(handle)
