"""A plant's own OPC UA certificate, made at the first start."""

import asyncio
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asyncua.crypto.cert_gen import (
    dump_private_key_as_pem,
    generate_private_key,
    generate_self_signed_app_certificate,
)
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

_VALID_DAYS = 3650  # a demo plant's certificate is not renewed while it runs


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
