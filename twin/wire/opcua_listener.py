"""The socket of a plant's OPC UA server: who may connect, and how much may wait on either side."""

# asyncua's annotations name its own integer and text types and its modules re-export implicitly.
# mypy: disable-error-code="arg-type, attr-defined"

import asyncio
import gc
import logging
import time
from typing import Any

from asyncua import Server, ua
from asyncua.common.connection import TransportLimits
from asyncua.crypto.security_policies import SecurityPolicyFactory, SecurityPolicyNone
from asyncua.crypto.uacrypto import x509_from_der
from asyncua.server.binary_server_asyncio import BinaryServer, OPCUAProtocol
from asyncua.ua.uaerrors import UaStatusCodeError

from twin.opcua_decoder import guard_decoder
from twin.patience import within
from twin.trust import CertificateRefused, TrustList
from twin.wire.opcua_access import is_edge
from twin.wire.opcua_processor import Processor

_codes = ua.StatusCodes
_CHUNK = 65_535
_ANSWER_BYTES = 4 * 1024 * 1024  # told to clients: asyncua's hold answers against what we say about requests
_WAITING, _RESUME = 20, 5  # messages of one connection
_SLOW_S = 30.0  # a client that takes nothing for so long is sent away
_CLEAN_S = 30.0  # asyncua's closed connections are cyclic garbage
_TYPES = frozenset({b"HEL", b"OPN", b"MSG", b"CLO", b"ERR"})
_REFUSALS = {
    "damaged": _codes.BadCertificateInvalid, "weak": _codes.BadCertificatePolicyCheckFailed,
    "time": _codes.BadCertificateTimeInvalid, "use": _codes.BadCertificateUseNotAllowed,
    "revoked": _codes.BadCertificateRevoked, "untrusted": _codes.BadCertificateUntrusted,
}  # fmt: skip

_log = logging.getLogger("asyncua.listener")  # beside asyncua's own complaints


class _TrustingFactory(SecurityPolicyFactory):
    """A security policy for clients whose certificate is trusted: asked before anything is decrypted."""

    def __init__(self, plain: SecurityPolicyFactory, trust: TrustList) -> None:
        super().__init__(
            plain.cls, plain.mode, plain.certificate, plain.private_key, plain.permission_ruleset,
            plain.certificate_chain,
        )  # type: ignore[no-untyped-call] # fmt: skip
        self._trust = trust

    def create(self, peer_certificate: bytes | None) -> Any:
        if self.cls is not SecurityPolicyNone:
            try:
                peer = x509_from_der(peer_certificate)
                if peer is None:
                    raise ValueError("there is none")
                self._trust.check(peer)
            except CertificateRefused as error:
                _log.error("client refused: %s", error)
                raise UaStatusCodeError(_REFUSALS[error.reason]) from error
            except ValueError as error:
                raise UaStatusCodeError(_codes.BadCertificateInvalid) from error
        return super().create(peer_certificate)  # type: ignore[no-untyped-call]


class _Connection(OPCUAProtocol):
    """One client's socket: bounded in what it may leave here unread, on both sides."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._room = asyncio.Event()
        self._room.set()
        self._paused = False
        self._since = time.monotonic()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if len(self.clients) >= self.iserver.max_connections:
            self._send_one_away()
        super().connection_made(transport)
        if self.processor is not None:
            self.processor = Processor(self.iserver, self.transport, self.limits)
            self.processor.set_policies(self.policies)  # type: ignore[no-untyped-call]

    def _send_one_away(self) -> None:
        """Make room for a newcomer: the one idle longest goes, first of those without certificate, never the edge."""
        others = [one for one in self.clients if isinstance(one, _Connection) and not one.is_edge()]
        if others:
            idle = min(others, key=lambda one: (one.is_trusted(), one.last_seen()))
            self.clients.remove(idle)
            if idle.transport is not None:
                idle.transport.abort()

    def is_edge(self) -> bool:
        """Tell whether the user `edge` has a session here."""
        session = self.processor.session if self.processor is not None else None
        return session is not None and session.is_activated() and is_edge(session.user)

    def is_trusted(self) -> bool:
        """Tell whether the channel is encrypted, which it is with a trusted certificate only."""
        return isinstance(self.processor, Processor) and self.processor.is_encrypted()

    def last_seen(self) -> float:
        """Return when the client last asked for something, or connected; monotonic."""
        asked = self.processor.session_last_activity if self.processor is not None else None
        return asked or self._since

    def data_received(self, data: bytes) -> None:
        if self.processor is None or self.transport is None:
            return
        super().data_received(data)
        if len(self._buffer) >= 8 and not _may_become_a_chunk(self._buffer):
            self.transport.abort()
        elif not self._paused and self.messages.qsize() > _WAITING and not self.transport.is_closing():
            self._paused = True
            self.transport.pause_reading()

    def pause_writing(self) -> None:
        """The client does not read: answer nothing more until it does."""
        self._room.clear()

    def resume_writing(self) -> None:
        """The client reads again."""
        self._room.set()

    async def _wait_for_room(self) -> bool:
        try:
            await within(_SLOW_S, self._room.wait())
        except TimeoutError:
            if self.transport is not None:
                self.transport.abort()
            return False
        return True

    async def _process_one_msg(self, header: Any, buf: Any) -> bool:
        if not self._room.is_set() and not await self._wait_for_room():
            return False
        going_on = await super()._process_one_msg(header, buf)
        if self._paused and self.messages.qsize() <= _RESUME and self.transport is not None:
            self._paused = False
            if not self.transport.is_closing():
                self.transport.resume_reading()
        await asyncio.sleep(0)  # a full queue of cheap messages must not keep the others waiting
        return going_on


def _may_become_a_chunk(start: bytes) -> bool:
    kind, size = start[:3], int.from_bytes(start[4:8], "little")
    return kind in _TYPES and size <= _CHUNK


class _Listener(BinaryServer):
    """asyncua's listener with our connections, and a broom for what they leave behind."""

    def _make_protocol(self) -> OPCUAProtocol:
        return _Connection(
            iserver=self.iserver, policies=self._policies, clients=self.clients, closing_tasks=self.closing_tasks,
            limits=self.limits,
        )  # fmt: skip

    async def start(self) -> None:
        await super().start()
        gc.freeze()  # the address space stays: sweeping around it takes microseconds instead of tenths of seconds
        self._broom = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        self._broom.cancel()
        await asyncio.wait([self._broom])
        gc.unfreeze()
        await super().stop()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_CLEAN_S)
            gc.collect()


class GuardedServer(Server):
    """asyncua's server behind our listener."""

    def __init__(self, core: Any, trust: TrustList) -> None:
        guard_decoder()
        super().__init__(iserver=core)
        self.limits = TransportLimits(_CHUNK, _CHUNK, _ANSWER_BYTES // _CHUNK + 1, _ANSWER_BYTES)
        self._trust = trust

    async def start(self) -> None:
        """Listen; raises OSError."""
        await self._setup_server_nodes()
        for endpoint in self.iserver.endpoints:
            if endpoint.SecurityMode == ua.MessageSecurityMode.None_:
                tokens = endpoint.UserIdentityTokens
                endpoint.UserIdentityTokens = [
                    one for one in tokens if one.TokenType == ua.UserTokenType.Anonymous
                ]
        await self.iserver.start()
        host, port = self._get_bind_socket_info()
        self.bserver = _Listener(self.iserver, host or "127.0.0.1", port or 0, self.limits)
        self.bserver.set_policies([_TrustingFactory(each, self._trust) for each in self._policies])
        try:
            await self.bserver.start()
        except OSError:
            await self.iserver.stop()
            raise
