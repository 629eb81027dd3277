"""Everybody who tries to change a plant over OPC UA without being allowed to, and the one who may."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asyncua import Client, ua
from asyncua.ua.ua_binary import nodeid_from_binary, struct_from_binary
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import CertificateRevocationListBuilder, RevokedCertificateBuilder
from cryptography.x509.oid import ExtendedKeyUsageOID

from edge.collect.opcua_client import _end
from tests.robustness.served_plant import ServedPlant
from tests.wire.encrypted import Identity
from tests.wire.running import PASSWORD

_PATIENCE = 5.0
_SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH
Stage = Callable[[Client], Awaitable[Any]]


async def _hello(client: Client) -> None:
    await client.connect_socket()
    await client.send_hello()


async def _channel(client: Client) -> None:
    await client.open_secure_channel()


async def _session(client: Client) -> None:
    await client.create_session()


async def _activate(client: Client) -> None:
    await client.activate_session(client._username, client._password)


WHOLE_WAY: tuple[Stage, ...] = (_hello, _channel, _session, _activate)


@dataclass
class Somebody:
    """One who tries: how their client is made, and the steps that it takes, each whether the last worked or not."""

    name: str
    make: Callable[[str], Awaitable[Client]]
    stages: tuple[Stage, ...] = WHOLE_WAY
    reads: bool = False  # may read all the same

    @contextlib.asynccontextmanager
    async def client(self, address: str) -> AsyncIterator[Client]:
        """Give a client that got as far as it could."""
        client = await self.make(address)
        try:
            for stage in self.stages:
                with contextlib.suppress(Exception):
                    await asyncio.wait_for(stage(client), _PATIENCE)
            yield client
        finally:
            await _end(client)


async def ask(client: Client, request: Any) -> str:
    """Send any request and return what came back: a status or why there was none."""
    protocol = client.uaclient.protocol
    if protocol is None or protocol.transport is None:
        return "no connection"
    try:
        data = await asyncio.wait_for(protocol.send_request(request, _PATIENCE), _PATIENCE)
    except Exception as error:  # noqa: BLE001 (the reply is not what counts)
        return type(error).__name__
    nodeid_from_binary(data)
    return str(struct_from_binary(ua.ResponseHeader, data).ServiceResult.name)


def plain(user: str = "", password: str = "") -> Callable[[str], Awaitable[Client]]:
    """Make clients without protection."""

    async def make(address: str) -> Client:
        client = Client(address)
        if user:
            client.set_user(user)
            client.set_password(password)
        return client

    return make


def strangers(plant: ServedPlant, folder: Path, edge_token: Callable[[], ua.NodeId]) -> list[Somebody]:
    """Return all who may change nothing; certificates are put where their story wants them."""
    trusted, revoked = plant.certificates / "trusted", plant.certificates / "revoked"
    good = Identity(folder, "good")
    good.place(trusted)
    certified = {"expired": Identity(folder, "expired", valid_days=-1.0), "revoked": Identity(folder, "revoked"),
                 "server_only": Identity(folder, "server_only", use=_SERVER_AUTH)}  # fmt: skip
    for one in certified.values():
        one.place(trusted)
    certified["revoked"].place(revoked)
    authority = Identity(folder, "authority", authority=True)
    authority.place(trusted)
    listed = Identity(folder, "listed", issuer=authority)
    (revoked / "authority.crl").write_bytes(_revocation_list(authority, listed))
    certified |= {"listed": listed, "untrusted": Identity(folder, "untrusted")}

    def with_certificate(
        one: Identity, user: str = "edge", password: str = PASSWORD, uri: str = ""
    ) -> Callable[[str], Awaitable[Client]]:
        return lambda address: one.client(address, user, password, uri=uri)

    async def steal(client: Client) -> None:
        client.uaclient.protocol.authentication_token = edge_token()
        await client.activate_session("edge", "guessed")

    async def borrow(client: Client) -> None:
        client.uaclient.protocol.authentication_token = edge_token()

    return [
        Somebody("anonymous", plain(), reads=True),
        Somebody("anonymous, encrypted", with_certificate(good, "", ""), reads=True),
        Somebody("wrong password", with_certificate(good, password="wrong")),
        Somebody("empty password", with_certificate(good, password="")),
        Somebody("admin, any password", with_certificate(good, "admin", "admin")),
        Somebody("admin, not encrypted", plain("admin", "admin")),
        Somebody("unknown user", with_certificate(good, "operator")),
        Somebody("edge, not encrypted", plain("edge", PASSWORD)),
        Somebody("edge, expired certificate", with_certificate(certified["expired"])),
        Somebody("edge, untrusted certificate", with_certificate(certified["untrusted"])),
        Somebody("edge, revoked certificate", with_certificate(certified["revoked"])),
        Somebody("edge, certificate on a revocation list", with_certificate(certified["listed"])),
        Somebody("edge, certificate for servers only", with_certificate(certified["server_only"])),
        Somebody("edge, certificate of another application", with_certificate(good, uri="urn:somebody:else")),
        Somebody("no session", plain(), (_hello, _channel)),
        Somebody("no channel", plain(), (_hello, _session, _activate)),
        Somebody("thief of the edge's session", plain(), (_hello, _channel, steal)),
        Somebody("thief of the edge's token", plain(), (*WHOLE_WAY, borrow)),
    ]


def the_edge(plant: ServedPlant, folder: Path) -> Somebody:
    """Return the user `edge` with password and trusted certificate."""
    mine = Identity(folder, "edge")
    mine.place(plant.certificates / "trusted")
    return Somebody("edge", lambda address: mine.client(address, "edge", PASSWORD), reads=True)


def _revocation_list(authority: Identity, gone: Identity) -> bytes:
    since, until = authority.certificate.not_valid_before_utc, authority.certificate.not_valid_after_utc
    entry = RevokedCertificateBuilder().serial_number(gone.certificate.serial_number).revocation_date(since)
    return (
        CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(since)
        .next_update(until)
        .add_revoked_certificate(entry.build())
        .sign(authority.private, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )
