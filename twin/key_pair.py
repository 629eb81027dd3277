"""A certificate and its private key in two files, as servers and clients of an installation keep them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from twin.trust import load_certificate


def load_pair(certificate: Path, key: Path, *, days: int) -> tuple[x509.Certificate, PrivateKeyTypes] | None:
    """Return the certificate (DER or PEM) and its key (PEM).

    None where one is missing or damaged, they do not belong together, or the certificate ends within `days`.
    """
    try:
        found = load_certificate(certificate.read_bytes())
        private = load_pem_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        return None
    lasts = found.not_valid_after_utc > datetime.now(UTC) + timedelta(days=days)
    return (found, private) if lasts and found.public_key() == private.public_key() else None
