"""Wrong tokens slow down whoever sends them: a few at once, then one in a while, whatever the token."""

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable

import structlog

from edge.api.allowance import Allowance, Meter

_CLIENTS = 2000  # whose last good header is remembered; the one that was quiet longest is forgotten

_log = structlog.get_logger("edge.api")


class Guesses:
    """Counts wrong tokens by the client's address, in bounded memory.

    A client that has used up its allowance is not looked at until it has filled again, right token or wrong, so that
    nothing is learnt meanwhile; except for the header that was right before: who guesses from an address
    does not lock out who works from there.
    """

    def __init__(self, allowance: Allowance, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._meter = Meter(allowance, clock=clock)
        self._key = secrets.token_bytes(32)
        self._right: OrderedDict[str, bytes] = OrderedDict()

    def wait(self, client: str, authorization: str) -> float:
        """Return 0 when the header of `client` may be looked at, else the seconds until one may."""
        if self._right.get(client) == self._digest(authorization):
            return 0.0
        return self._meter.wait(client, cost=0.0)

    def wrong(self, client: str) -> None:
        """Count a header that was wrong."""
        self._meter.wait(client)
        if self._meter.wait(client, cost=0.0):
            _log.warning(
                "wrong tokens", client=client, effect="no token of this client is looked at for a while"
            )

    def right(self, client: str, authorization: str) -> None:
        """Remember a header that was right."""
        self._right[client] = self._digest(authorization)
        self._right.move_to_end(client)
        if len(self._right) > _CLIENTS:
            self._right.popitem(last=False)

    def _digest(self, authorization: str) -> bytes:
        return hashlib.blake2b(authorization.encode(errors="replace"), key=self._key, digest_size=16).digest()
