"""Certificates and encrypted clients for the tests of OPC UA servers."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from asyncua import Client
from asyncua.crypto.security_policies import SecurityPolicyAes256Sha256RsaPss
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

URI = "urn:test:client"


class Identity:
    """A client's certificate and key in files `<name>.der` and `<name>.pem`, self-signed unless `issuer` is given."""

    def __init__(
        self, folder: Path, name: str, *, uri: str = URI, valid_days: float = 1.0, bits: int = 2048,
        authority: bool = False, use: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH,
        issuer: "Identity | None" = None, host: str = "",
    ) -> None:  # fmt: skip
        self.name, self.uri = name, uri
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        until = now + timedelta(days=valid_days)
        alternatives = [x509.UniformResourceIdentifier(uri), *([x509.DNSName(host)] if host else [])]
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.certificate.subject if issuer else subject)
            .public_key(self.private.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(min(now, until) - timedelta(hours=1))
            .not_valid_after(until)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(_usage(authority=authority), critical=False)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
            .sign(issuer.private if issuer else self.private, hashes.SHA256())
        )
        self.cert, self.key = folder / f"{name}.der", folder / f"{name}.pem"
        self.cert.write_bytes(self.certificate.public_bytes(Encoding.DER))
        self.key.write_bytes(self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    def place(self, folder: Path) -> Path:
        """Put the certificate into a directory of a trust list; return the file."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / self.cert.name).write_bytes(self.cert.read_bytes())
        return folder / self.cert.name

    async def client(
        self, address: str, user: str = "", password: str = "", policy: Any = SecurityPolicyAes256Sha256RsaPss,
        uri: str = "",
    ) -> Client:  # fmt: skip
        """Return a client that is not yet connected; it claims to be the application `uri`."""
        made = Client(address)
        made.application_uri = self.uri
        if user:
            made.set_user(user)
            made.set_password(password)
        await made.set_security(policy, self.cert, self.key)
        made.application_uri = uri or self.uri
        return made


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=True, data_encipherment=True,
        key_agreement=False, key_cert_sign=authority, crl_sign=authority, encipher_only=False, decipher_only=False,
    )  # fmt: skip
