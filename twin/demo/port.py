"""Ports on loopback: taken, free, or promised to a demo whose programs are only beginning."""

import fcntl
import os
import socket
import tempfile
from pathlib import Path

LOOPBACK = "127.0.0.1"


def is_free(port: int) -> bool:
    """Tell whether a server could listen on `port` of loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return not answers(port)


def answers(port: int, timeout: float = 0.2) -> bool:
    """Tell whether somebody listens on `port` of loopback."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=timeout).close()
    except OSError:
        return False
    return True


def choose_port(wanted: int) -> int:
    """Return `wanted` when it is free, else the next free port above it."""
    for port in _candidates(wanted):
        if is_free(port):
            return port
    raise _none_free(wanted)


class Ports:
    """Ports promised to one demo until `release`: no other demo of this user chooses them meanwhile.

    A program needs seconds until it listens, and a port looks free for so long. The promise is a locked file in the
    directory for temporary files; the lock ends with the process that holds it.
    """

    def __init__(self) -> None:
        self._locks: dict[int, int] = {}

    def choose(self, wanted: int) -> int:
        """Return `wanted` when it is free and promised to nobody, else the next such port above it; OSError if none."""
        for port in _candidates(wanted):
            if port not in self._locks and self._promise(port):
                if is_free(port):
                    return port
                os.close(self._locks.pop(port))
        raise _none_free(wanted)

    def __contains__(self, port: int) -> bool:
        return port in self._locks

    def _promise(self, port: int) -> bool:
        folder = Path(tempfile.gettempdir()) / f"smart-factory-ports-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(folder / str(port), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(lock)
            return False
        self._locks[port] = lock
        return True

    def release(self) -> None:
        """Let others have the ports."""
        for lock in self._locks.values():
            os.close(lock)
        self._locks.clear()


def _candidates(wanted: int) -> range:
    return range(wanted, min(wanted + 200, 65_536))


def _none_free(wanted: int) -> OSError:
    return OSError(f"no free port between {wanted} and {wanted + 200}; stop a program that listens there")
