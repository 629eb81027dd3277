"""Messages of one OPC UA connection: in the protocol's order, within sizes, in a session that stays where it began."""

# asyncua's annotations name its own integer and text types and its modules re-export implicitly.
# mypy: disable-error-code="arg-type, attr-defined"

import logging
import struct
from typing import Any

from asyncua import ua
from asyncua.common.utils import NotEnoughData, ServiceError
from asyncua.crypto.security_policies import SecurityPolicyNone
from asyncua.crypto.uacrypto import x509_from_der
from asyncua.server.uaprocessor import UaProcessor
from asyncua.ua.ua_binary import struct_from_binary, uatcp_to_binary
from asyncua.ua.uaerrors import UaStatusCodeError

from twin.opcua_decoder import elements_at_most
from twin.trust import application_uris
from twin.wire.opcua_access import request

_codes = ua.StatusCodes
_LEAST_CHUNK = 8_192  # of OPC UA; a smaller one would cut an answer into thousands
_REQUEST_BYTES, _REQUEST_CHUNKS = 512 * 1024, 8
_ELEMENTS = 1_200  # in the arrays of one request: decoding keeps everybody waiting, some 10 us each
_CREATE, _ACTIVATE = request("CreateSession"), request("ActivateSession")
_WITHOUT_SESSION = frozenset(
    {_CREATE, _ACTIVATE, request("GetEndpoints"), request("FindServers"), request("CloseSecureChannel")}
)
_OF_DISCOVERY_SERVERS = frozenset({request("RegisterServer"), request("RegisterServer2")})

_log = logging.getLogger("asyncua.processor")  # beside asyncua's own complaints


class Processor(UaProcessor):
    """asyncua's message handling, in the order that the protocol has, with sessions that stay where they began."""

    _greeted = False

    async def process(self, header: Any, body: Any) -> bool:
        """Handle one message; False ends the connection."""
        try:
            self._check_order(header)
            with elements_at_most(_ELEMENTS):
                going_on = bool(await super().process(header, body))  # type: ignore[no-untyped-call]
            if header.MessageType == ua.MessageType.Hello:
                self._bound_requests()
        except (ServiceError, UaStatusCodeError) as error:
            return self._refuse(error.code)
        except Exception as error:  # noqa: BLE001 (what a stranger's bytes may raise is asyncua's secret)
            _log.error("message not understood: %s: %.100s", type(error).__name__, error)
            return self._refuse(_codes.BadDecodingError)
        return going_on

    def _check_order(self, header: Any) -> None:
        kind = header.MessageType
        known = kind in (ua.MessageType.SecureMessage, ua.MessageType.SecureClose)
        if (
            kind == ua.MessageType.Error
            or self._greeted == (kind == ua.MessageType.Hello)
            or (known and not self._connection.is_open())
        ):
            raise ServiceError(_codes.BadTcpMessageTypeInvalid)

    def _bound_requests(self) -> None:
        self._greeted = True
        limits = self._limits
        if min(limits.max_recv_buffer, limits.max_send_buffer) < _LEAST_CHUNK:
            raise ServiceError(_codes.BadConnectionRejected)
        limits.max_message_size, limits.max_chunk_count = _REQUEST_BYTES, _REQUEST_CHUNKS

    def _refuse(self, code: int) -> bool:
        error = ua.ErrorMessage(ua.StatusCode(code), ua.StatusCode(code).name)
        self._transport.write(uatcp_to_binary(ua.MessageType.Error, error))
        return False

    async def _process_message(self, typeid: Any, requesthdr: Any, seqhdr: Any, body: Any) -> bool:
        self._check_session(typeid, requesthdr, body)
        try:
            going_on = await super()._process_message(typeid, requesthdr, seqhdr, body)  # type: ignore[no-untyped-call]
        except (NotEnoughData, struct.error, RecursionError, UnicodeError) as error:
            raise ServiceError(_codes.BadDecodingError) from error
        finally:
            if typeid == _CREATE and self.session is not None and self.session.nonce is None:
                await self._forget_session()
        return bool(going_on)

    def _check_session(self, typeid: Any, requesthdr: Any, body: Any) -> None:
        """Raise ServiceError unless this channel may ask this, in this session."""
        if typeid in _OF_DISCOVERY_SERVERS:
            raise ServiceError(_codes.BadServiceUnsupported)
        needs_session = typeid not in _WITHOUT_SESSION or typeid == _ACTIVATE
        if needs_session and (
            self.session is None or requesthdr.AuthenticationToken != self.session.auth_token
        ):
            raise ServiceError(_codes.BadSessionIdInvalid)
        if typeid == _CREATE:
            if self.session is not None:
                raise ServiceError(_codes.BadTooManySessions)
            if (
                self._connection.security_policy.permissions is None
            ):  # not one of the endpoints: discovery only
                raise ServiceError(_codes.BadSecurityPolicyRejected)
            self._check_application(struct_from_binary(ua.CreateSessionParameters, body.copy()))
        if typeid == _ACTIVATE:
            self._check_identity(struct_from_binary(ua.ActivateSessionParameters, body.copy()))

    def _check_application(self, params: ua.CreateSessionParameters) -> None:
        """Hold the application's claims against the certificate of the channel."""
        policy = self._connection.security_policy
        if not self.is_encrypted():
            return
        try:
            claimed = x509_from_der(params.ClientCertificate)
            channel = x509_from_der(policy.peer_certificate)
        except ValueError as error:
            raise ServiceError(_codes.BadCertificateInvalid) from error
        if channel is None or claimed != channel:
            raise ServiceError(_codes.BadCertificateInvalid)
        if params.ClientDescription.ApplicationUri not in application_uris(channel):
            raise ServiceError(_codes.BadCertificateUriInvalid)

    def _check_identity(self, params: ua.ActivateSessionParameters) -> None:
        """Take passwords in encrypted channels only: nobody signs what follows in a plain one."""
        if not self.is_encrypted() and isinstance(params.UserIdentityToken, ua.UserNameIdentityToken):
            raise ServiceError(_codes.BadIdentityTokenRejected)

    def is_encrypted(self) -> bool:
        """Tell whether the channel is open, signed and encrypted."""
        return self._connection.is_open() and not isinstance(
            self._connection.security_policy, SecurityPolicyNone
        )

    async def _forget_session(self) -> None:
        session, self.session = self.session, None
        if session is not None:
            await session.close_session(True)

    async def close(self) -> None:
        """End the session with its connection, and the connection with its session."""
        await super().close()  # type: ignore[no-untyped-call]
        self._transport.close()

    def _should_close_session_on_transport_loss(self) -> bool:
        return self.session is not None
