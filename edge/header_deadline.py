"""HTTP connections that do not tell their request in time are closed: half-open ones cannot pile up."""

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

SECONDS = 5.0
_Protocol: Any = AutoHTTPProtocol  # chosen when uvicorn is imported, so that no type is known


class DeadlineProtocol(_Protocol):  # type: ignore[misc] # as above
    """Uvicorn's protocol with a deadline from a connection's begin, or a request's first byte, to the headers' end.

    Bodies have their own deadline (BodyLimit), silence between requests has uvicorn's.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Wait for the first request."""
        self._deadline: asyncio.TimerHandle | None = None
        super().connection_made(transport)
        self._expect()

    def data_received(self, data: bytes) -> None:
        """Take bytes: the deadline stands until they complete a request's headers."""
        before = self.cycle
        super().data_received(data)
        became_websocket = self not in self.connections
        if became_websocket or self.cycle is not before:
            self._relax()
        elif before is None or before.response_complete:
            self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadline."""
        self._relax()
        super().connection_lost(exc)

    def _expect(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(SECONDS, self._close)

    def _relax(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _close(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()
