"""An OPC UA client from its first byte to its last: protected as well as the server allows, and gone when it ends."""

import asyncio
import contextlib
import ipaddress
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from asyncua import ua
from asyncua.client.client import Client
from asyncua.crypto import uacrypto
from asyncua.crypto.security_policies import (
    SecurityPolicyAes128Sha256RsaOaep,
    SecurityPolicyAes256Sha256RsaPss,
    SecurityPolicyBasic256Sha256,
)

from edge.collect import LinkRefused
from edge.collect.certificate import APPLICATION_URI, client_certificate
from twin.opcua_decoder import guard_decoder
from twin.patience import within
from twin.trust import CertificateRefused, TrustList, load_certificate

_T = TypeVar("_T")
_POLICIES = (
    SecurityPolicyAes256Sha256RsaPss,
    SecurityPolicyAes128Sha256RsaOaep,
    SecurityPolicyBasic256Sha256,
)
_CALL = 5.0  # s, for every question to the server
_CONNECT = 10.0
_GOODBYE = 2.0
# What asyncua's client starts for itself; it forgets them when a connect or a disconnect is cancelled.
_OWN_TASKS = ("_supervisor_task", "_stale_watchdog_task", "_renew_channel_task")


async def soon(work: Awaitable[_T], seconds: float = _CALL) -> _T:
    """Wait for an answer, but not for ever; raises ConnectionError when there is none."""
    try:
        return await within(seconds, work)
    except TimeoutError:
        raise ConnectionError(f"no answer within {seconds:g} s") from None


@contextlib.asynccontextmanager
async def connected(
    address: str, *, user: str, password: str, data: Path, trust: TrustList
) -> AsyncIterator[Client]:
    """Give a connected client, which is gone with its socket and its tasks however the block ends.

    With `user` the connection is signed and encrypted, with the strongest policy that the server offers and the
    client certificate in `data`. Raises LinkRefused for a server whose certificate `trust` does not know, and where a
    password would leave this computer in clear.
    """
    guard_decoder()
    client = _new(address)
    try:
        if user:
            client.set_user(user)
            client.set_password(password)
            await _protect(client, address, data, trust)
        await soon(client.connect(), _CONNECT)
        yield client
    finally:
        await _end(client)


def _new(address: str) -> Client:
    # Our calls have limits of their own: asyncua's watchdog must not call a busy server dead before them.
    client = Client(address, timeout=_CALL, watchdog_intervall=_CALL)
    client.application_uri = APPLICATION_URI
    client.name = client.description = "smart factory twin edge"
    return client


async def _protect(client: Client, address: str, data: Path, trust: TrustList) -> None:
    """Take the best protection that the server offers, from a server that is trusted."""
    asking = _new(address)
    try:
        endpoints = await soon(asking.connect_and_get_server_endpoints())
    finally:
        await _end(asking)
    encrypted = {
        endpoint.SecurityPolicyUri: endpoint.ServerCertificate
        for endpoint in endpoints
        if endpoint.SecurityMode == ua.MessageSecurityMode.SignAndEncrypt
    }
    best = next((policy for policy in _POLICIES if policy.URI in encrypted), None)
    if best is not None:
        await asyncio.to_thread(_recognise, encrypted[best.URI], address, trust)
        cert, key = await asyncio.to_thread(client_certificate, data)
        server = uacrypto.CertProperties(encrypted[best.URI], "der")
        mode = ua.MessageSecurityMode.SignAndEncrypt
        await soon(client.set_security(best, cert, key, None, server, mode=mode))
    elif not _is_loopback(address):
        raise LinkRefused(
            "the server offers no SignAndEncrypt that we know, and a password in clear stays on loopback"
        )


def _recognise(content: bytes | None, address: str, trust: TrustList) -> None:
    """Raise LinkRefused unless the certificate that a server shows is trusted."""
    try:
        trust.check(load_certificate(content or b""), host=urlsplit(address).hostname or "")
    except CertificateRefused as error:
        raise LinkRefused(f"the server is not the one it should be, or not known yet: {error}") from error
    except ValueError as error:
        raise LinkRefused(f"the server shows no certificate that can be read: {error}") from error


async def _end(client: Client) -> None:
    """Say goodbye, within a limit; then, also when cancelled meanwhile, leave no socket and no task."""
    transport = getattr(client.uaclient.protocol, "transport", None)
    try:
        with contextlib.suppress(Exception):
            await within(_GOODBYE, client.disconnect())
    finally:
        found = [getattr(client, name, None) for name in _OWN_TASKS]
        found.append(getattr(client.uaclient, "_publish_task", None))
        tasks = [task for task in found if isinstance(task, asyncio.Task)]
        for task in tasks:
            task.cancel()
        client.disconnect_socket()
        if transport is not None:
            transport.abort()  # a peer that reads no more would keep a closing socket open
        if tasks:
            ended, _ = await asyncio.wait(tasks, timeout=_GOODBYE)
            for task in ended:
                if not task.cancelled():
                    task.exception()  # read, so that asyncio does not call it forgotten


def _is_loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
