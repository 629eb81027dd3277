"""The application on a socket, until SIGINT or SIGTERM."""

import asyncio
import contextlib
import logging
import signal
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import uvicorn

from edge.header_deadline import DeadlineProtocol
from edge.settings import Settings

_GRACE_S = 2  # for requests under way when the service is asked to end


class _Server(uvicorn.Server):
    """A server whose signals end it without being raised again; streams are ended first, so that the rest follows."""

    def __init__(self, config: uvicorn.Config, closing: asyncio.Event) -> None:
        super().__init__(config)
        self._closing = closing

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._end)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

    def _end(self) -> None:
        self._closing.set()
        self.force_exit = self.should_exit  # the second Ctrl-C does not wait for requests
        self.should_exit = True


def check_tls(settings: Settings) -> None:
    """Raise ValueError, with the remedy, for a certificate and key that cannot be used."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
            settings.tls_certificate, settings.tls_key
        )
    except OSError as error:
        raise ValueError(
            f"{settings.tls_certificate} and {settings.tls_key} cannot be used ({error}); give a PEM certificate and "
            "its key as tls_certificate and tls_key"
        ) from None


async def serve(application: Any, closing: asyncio.Event, sock: socket.socket, settings: Settings) -> None:
    """Serve `application` on `sock`; `closing` is set when it shall end. Raises OSError for a port that is lost."""
    config = uvicorn.Config(
        application, http=DeadlineProtocol, log_config=None, access_log=False, timeout_graceful_shutdown=_GRACE_S,
        timeout_keep_alive=15, ws_max_size=1_000_000, h11_max_incomplete_event_size=32_768, lifespan="on",
        ssl_certfile=settings.tls_certificate, ssl_keyfile=settings.tls_key, proxy_headers=settings.behind_proxy,
    )  # fmt: skip
    try:
        await _Server(config, closing).serve(sockets=[sock])
    except OSError:
        # the end of a service that never began is no news
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        raise
