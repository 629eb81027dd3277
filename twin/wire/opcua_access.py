"""Who may do what on a plant's OPC UA server: users, rights, certificate."""

# asyncua's annotations name its own integer and text types and its modules re-export implicitly.
# mypy: disable-error-code="arg-type, attr-defined"

import asyncio
import contextvars
import hmac
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from asyncua import ua
from asyncua.crypto.cert_gen import (
    dump_private_key_as_pem,
    generate_private_key,
    generate_self_signed_app_certificate,
)
from asyncua.crypto.permission_rules import SimpleRoleRuleset, User, UserRole
from asyncua.server.internal_server import InternalServer
from asyncua.server.internal_session import InternalSession
from asyncua.server.user_managers import UserManager
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

EDGE = "edge"
_VALID_DAYS = 3650  # a demo plant's certificate is not renewed while it runs
_READING = (
    "CreateSession", "CloseSession", "ActivateSession", "Read", "Browse", "GetEndpoints", "FindServers",
    "TranslateBrowsePathsToNodeIds", "CreateSubscription", "ModifySubscription", "DeleteSubscriptions",
    "TransferSubscriptions", "CreateMonitoredItems", "ModifyMonitoredItems", "DeleteMonitoredItems", "Publish",
    "Republish", "CloseSecureChannel", "SetMonitoringMode", "SetPublishingMode", "RegisterNodes", "UnregisterNodes",
)  # fmt: skip
_caller: contextvars.ContextVar[User | None] = contextvars.ContextVar("caller", default=None)


def caller_is_edge() -> bool:
    """Tell whether the method call under way comes from the user `edge`."""
    user = _caller.get()
    return user is not None and user.role is UserRole.User and user.name == EDGE


class _Rights(SimpleRoleRuleset):
    """Everybody who is let in may read; `edge` may also call methods; nobody may write, add or delete."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        reading = {
            ua.NodeId(getattr(ua.ObjectIds, f"{name}Request_Encoding_DefaultBinary")) for name in _READING
        }
        call = ua.NodeId(ua.ObjectIds.CallRequest_Encoding_DefaultBinary)
        self._permission_dict = {
            UserRole.Admin: set(),
            UserRole.Anonymous: reading,
            UserRole.User: reading | {call},
        }


class _Users(UserManager):
    """The user `edge` with its password, and anonymous readers where they are allowed."""

    def __init__(self, password: str, *, anonymous: bool) -> None:
        self._password = password
        self._anonymous = anonymous

    def get_user(
        self,
        iserver: InternalServer,
        username: str | None = None,
        password: Any = None,
        certificate: Any = None,
    ) -> User | None:
        """Return who this is, None for nobody."""
        if username is None:
            return User(role=UserRole.Anonymous) if self._anonymous else None
        given = password if isinstance(password, bytes) else str(password or "").encode()
        if username == EDGE and hmac.compare_digest(given, self._password.encode()):
            return User(role=UserRole.User, name=EDGE)
        return None


class _Session(InternalSession):
    """A session whose method calls know who calls: asyncua does not hand the user to a method."""

    async def call(self, params: list[ua.CallMethodRequest]) -> list[ua.CallMethodResult]:
        token = _caller.set(self.user if self.external else None)
        try:
            return await super().call(params)
        finally:
            _caller.reset(token)


class _Internal(InternalServer):
    """asyncua's server core with our sessions."""

    def create_session(self, name: str, user: User | None = None, external: bool = False) -> InternalSession:
        return _Session(
            self,
            self.aspace,
            self.subscription_service,
            name,
            user=user or User(role=UserRole.Anonymous),
            external=external,
        )


def guarded_core(password: str, *, anonymous: bool) -> InternalServer:
    """Return a server core that knows our users and bounds what a client may ask for."""
    core = _Internal(user_manager=_Users(password, anonymous=anonymous))
    core.allow_remote_admin = False
    core.max_session_timeout_ms = 60_000
    core.max_connections = 50
    core.max_pending_activation_seconds = 5.0
    core.max_subscriptions = 100
    tokens = (ua.AnonymousIdentityToken, ua.UserNameIdentityToken)
    core.supported_tokens = tokens if anonymous else tokens[1:]  # type: ignore[assignment]
    return core


def rights() -> SimpleRoleRuleset:
    """Return the ruleset of every endpoint."""
    return _Rights()


async def certificate(folder: Path, plant: str, uri: str, host: str) -> tuple[Path, Path]:
    """Return (certificate, key) files in `folder`, made at the first start: self-signed, SAN = ApplicationUri."""
    return await asyncio.to_thread(_certificate, folder, plant, uri, host)


def _certificate(folder: Path, plant: str, uri: str, host: str) -> tuple[Path, Path]:
    cert, key = folder / f"{plant}.certificate.der", folder / f"{plant}.key.pem"
    if _usable(cert, key, uri):
        return cert, key
    private = generate_private_key()
    names = {"localhost", socket.gethostname(), host}
    alternatives = [x509.UniformResourceIdentifier(uri), *(x509.DNSName(name) for name in sorted(names))]
    made = generate_self_signed_app_certificate(
        private, f"{plant} twin", {"organizationName": "smart factory twin"}, alternatives,
        [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH], days=_VALID_DAYS,
    )  # fmt: skip
    key.unlink(missing_ok=True)
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(dump_private_key_as_pem(private))
    cert.write_bytes(made.public_bytes(Encoding.DER))
    return cert, key


def _usable(cert: Path, key: Path, uri: str) -> bool:
    try:
        found = x509.load_der_x509_certificate(cert.read_bytes())
        private = load_pem_private_key(key.read_bytes(), None)
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    return (
        uri in names.get_values_for_type(x509.UniformResourceIdentifier)
        and found.public_key() == private.public_key()
        and found.not_valid_after_utc > datetime.now(UTC) + timedelta(days=1)
    )
