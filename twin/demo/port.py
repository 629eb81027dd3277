"""Ports on loopback: taken or free."""

import socket
from collections.abc import Collection

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


def choose_port(wanted: int, taken: Collection[int] = ()) -> int:
    """Return `wanted` when it is free, else the next free port above it; `taken` are promised already."""
    for port in range(wanted, min(wanted + 200, 65_536)):
        if port not in taken and is_free(port):
            return port
    raise OSError(f"no free port between {wanted} and {wanted + 200}; stop a program that listens there")
