"""The edge's own certificate for OPC UA, made once."""

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from twin.key_pair import load_pair
from twin.private_file import write_private
from twin.trust import CERTIFICATES, TRUSTED, TrustList

APPLICATION_URI = "urn:smart-factory-twin:edge"
_VALID_DAYS = 3650

_log = structlog.get_logger(__name__)


def client_certificate(folder: Path) -> tuple[Path, Path]:
    """Return the files of certificate (DER) and key (PEM, mode 0600) in `folder`; make them when they are missing."""
    cert, key = folder / "edge.certificate.der", folder / "edge.key.pem"
    if load_pair(cert, key, days=1) is not None:
        return cert, key
    folder.mkdir(parents=True, exist_ok=True)
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "smart factory twin edge")])
    now = datetime.now(UTC)
    alternatives = [x509.UniformResourceIdentifier(APPLICATION_URI), x509.DNSName(socket.gethostname())]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=_VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True, content_commitment=True, key_encipherment=True, data_encipherment=True,
                key_agreement=False, key_cert_sign=True, crl_sign=False, encipher_only=False, decipher_only=False,
            ),
            critical=False,
        )
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(private, hashes.SHA256())
    )  # fmt: skip
    write_private(key, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    cert.write_bytes(made.public_bytes(Encoding.DER))
    return cert, key


def publish_certificate(folder: Path, secrets: Path) -> None:
    """Let plants that share `secrets` with us trust the certificate in `folder`, which is made when it is missing.

    Where `secrets` cannot be written, somebody has to move our certificate from `rejected` to `trusted` there.
    """
    cert, _ = client_certificate(folder)
    trust = TrustList(secrets / CERTIFICATES)
    try:
        trust.publish(cert)
    except OSError as error:
        remedy = f"copy {cert} into {trust.folder / TRUSTED} where each OPC UA plant has its secrets"
        _log.warning("certificate not published", cause=f"{error.filename}: {error.strerror}", remedy=remedy)
