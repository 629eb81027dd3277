"""A plant's own OPC UA certificate, made at the first start."""

import asyncio
import socket
from pathlib import Path

from asyncua.crypto.cert_gen import (
    dump_private_key_as_pem,
    generate_private_key,
    generate_self_signed_app_certificate,
)
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from twin.key_pair import load_pair
from twin.private_file import write_private
from twin.trust import application_uris

_VALID_DAYS = 3650  # a demo plant's certificate is not renewed while it runs


async def certificate(folder: Path, plant: str, uri: str, host: str) -> tuple[Path, Path]:
    """Return (certificate, key) files in `folder`, made at the first start: self-signed, SAN = ApplicationUri."""
    return await asyncio.to_thread(_certificate, folder, plant, uri, host)


def _certificate(folder: Path, plant: str, uri: str, host: str) -> tuple[Path, Path]:
    cert, key = folder / f"{plant}.certificate.der", folder / f"{plant}.key.pem"
    found = load_pair(cert, key, days=1)
    if found is not None and uri in application_uris(found[0]):
        return cert, key
    private = generate_private_key()
    names = {"localhost", socket.gethostname(), host}
    alternatives = [x509.UniformResourceIdentifier(uri), *(x509.DNSName(name) for name in sorted(names))]
    made = generate_self_signed_app_certificate(
        private, f"{plant} twin", {"organizationName": "smart factory twin"}, alternatives,
        [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH], days=_VALID_DAYS,
    )  # fmt: skip
    write_private(key, dump_private_key_as_pem(private))
    cert.write_bytes(made.public_bytes(Encoding.DER))
    return cert, key
