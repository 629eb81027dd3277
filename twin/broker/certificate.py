"""The broker's certificate, signed by an authority of this installation alone; both are made at first start."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from twin.key_pair import load_pair
from twin.mqtt_address import CA_FILE
from twin.private_file import write_private

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
_AUTHORITY_DAYS, _SERVER_DAYS, _RENEW_DAYS = 3650, 397, 30


@dataclass(frozen=True, slots=True)
class BrokerFiles:
    """PEM files: `certificate` and `key` of the broker, `authority` that clients check them with."""

    certificate: Path
    key: Path
    authority: Path


def broker_certificate(folder: Path, secrets: Path, names: Sequence[str] = LOCAL_NAMES) -> BrokerFiles:
    """Return the broker's files, made where they are missing, unusable, for other names, or end within 30 days.

    The broker's certificate and both keys (mode 0600) lie in `folder`, the authority's certificate in `secrets`, where
    plants and edge find it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    files = BrokerFiles(folder / "server.crt", folder / "server.key", secrets / CA_FILE)
    authority_key_file = folder / "ca.key"
    authority, authority_key = _load(files.authority, authority_key_file)
    if authority is None or authority_key is None:
        authority_key = ec.generate_private_key(ec.SECP256R1())
        authority = _authority(authority_key)
        write_private(authority_key_file, _pem(authority_key))
        write_private(files.authority, authority.public_bytes(Encoding.PEM), 0o644)
        files.certificate.unlink(missing_ok=True)
    found, _ = _load(files.certificate, files.key)
    if found is None or _names(found) != set(names):
        key = ec.generate_private_key(ec.SECP256R1())
        made = _server(key, names, authority, authority_key)
        write_private(files.key, _pem(key))
        write_private(files.certificate, made.public_bytes(Encoding.PEM), 0o644)
    return files


def _load(
    certificate: Path, key: Path
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | tuple[None, None]:
    found = load_pair(certificate, key, days=_RENEW_DAYS)
    if found is None or not isinstance(found[1], ec.EllipticCurvePrivateKey):
        return None, None
    return found[0], found[1]


def _authority(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "smart factory twin authority")])
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        _builder(name, name, key, _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _server(
    key: ec.EllipticCurvePrivateKey, names: Sequence[str], authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:  # fmt: skip
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "smart factory twin broker")])
    signer = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        _builder(subject, authority.subject, key, _SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(signer), critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=days))
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _names(certificate: x509.Certificate) -> set[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {str(one.value) for one in found}


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
