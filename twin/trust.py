"""Certificates that one installation trusts: a directory, so that trusting one is moving a file.

`trusted/` holds certificates of clients, `servers/` those of servers, and both of authorities; `revoked/` certificates
and revocation lists that count against them, `rejected/` the newest strangers that came by. Whoever may add a server
cannot let a client in.
"""

import hashlib
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from twin.private_file import write_private

CERTIFICATES = "certificates"  # the directory's name beside the secrets
TRUSTED, SERVERS, REJECTED, REVOKED = "trusted", "servers", "rejected", "revoked"
_PURPOSES = {
    TRUSTED: (ExtendedKeyUsageOID.CLIENT_AUTH, "clients"), SERVERS: (ExtendedKeyUsageOID.SERVER_AUTH, "servers"),
}  # fmt: skip
_KEPT = 20  # strangers in rejected/
_REJECT_EVERY = 1.0  # s between two files written because of strangers
_LEAST_KEY = 2048  # bits
_CERTIFICATES = {".der", ".pem", ".crt", ".cer"}
_LISTS = {".crl"}


class CertificateRefused(ValueError):
    """A certificate that is not accepted; `reason` is damaged, weak, time, use, revoked, untrusted or host."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Listed:
    """What the directory held when it was last read."""

    marks: tuple[tuple[str, int, int], ...] = ()
    trusted: frozenset[bytes] = frozenset()  # SHA-256
    authorities: tuple[x509.Certificate, ...] = ()
    revoked: frozenset[bytes] = frozenset()  # SHA-256
    revocations: tuple[x509.CertificateRevocationList, ...] = ()
    unreadable: tuple[str, ...] = ()


@dataclass(slots=True)
class TrustList:
    """The trust directory `folder`, read again whenever a file in it changed; `peers` is TRUSTED or SERVERS."""

    folder: Path
    peers: str = TRUSTED
    _listed: _Listed = field(default_factory=_Listed)
    _last_rejected: float = float("-inf")

    def prepare(self) -> None:
        """Make the directories (mode 0700) where they are missing; raises OSError."""
        for name in (TRUSTED, SERVERS, REJECTED, REVOKED):
            (self.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)

    def unreadable(self) -> tuple[str, ...]:
        """Return the names of files that are no certificates and no revocation lists."""
        return self._read().unreadable

    def check(self, certificate: x509.Certificate, *, host: str = "") -> None:
        """Accept a peer's certificate, or raise CertificateRefused; a stranger's is kept in rejected/.

        A server that only an authority vouches for must bear the name `host` that it was called by.
        """
        _check_itself(certificate, *_PURPOSES[self.peers])
        listed = self._read()
        mark = _mark(certificate)
        if mark in listed.revoked or _is_listed(certificate, listed.revocations):
            raise CertificateRefused("revoked", f"{_name(certificate)} is revoked")
        if mark in listed.trusted:
            return
        if not any(_issued(certificate, one) for one in listed.authorities):
            kept = self._reject(certificate)
            remedy = f"; move {kept} to {self.folder / self.peers} to trust it" if kept else ""
            raise CertificateRefused("untrusted", f"{_name(certificate)} is not trusted{remedy}")
        if self.peers == SERVERS and host.lower() not in _hosts(certificate):
            raise CertificateRefused("host", f"{_name(certificate)} is not for the host {host!r}")

    def publish(self, certificate: Path) -> None:
        """Trust the certificate in a DER file; raises OSError."""
        self.prepare()
        content = certificate.read_bytes()
        place = self.folder / self.peers / certificate.name
        if not place.exists() or place.read_bytes() != content:
            write_private(place, content)

    def _read(self) -> _Listed:
        marks = tuple(_marks(self.folder, self.peers))
        if marks != self._listed.marks:
            self._listed = _load(self.folder, self.peers, marks)
        return self._listed

    def _reject(self, certificate: x509.Certificate) -> Path | None:
        """Keep a stranger's certificate for the operator; None where that must not or cannot be."""
        content = certificate.public_bytes(Encoding.DER)
        file = self.folder / REJECTED / f"{_slug(certificate)}-{_mark(certificate).hex()[:16]}.der"
        if file.exists():
            return file
        if time.monotonic() - self._last_rejected < _REJECT_EVERY:
            return None
        self._last_rejected = time.monotonic()
        try:
            write_private(file, content)
            kept = sorted(file.parent.glob("*.der"), key=lambda each: each.stat().st_mtime_ns)
            for old in kept[:-_KEPT]:
                old.unlink(missing_ok=True)
        except OSError:  # a directory that is mounted read-only keeps no strangers
            return None
        return file


def application_uris(certificate: x509.Certificate) -> list[str]:
    """Return the URIs of the application that a certificate is for."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return []
    return names.get_values_for_type(x509.UniformResourceIdentifier)


def _hosts(certificate: x509.Certificate) -> set[str]:
    """Return the names and addresses of hosts that a certificate is for, in lower case."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        return set()
    addresses = map(str, names.get_values_for_type(x509.IPAddress))
    return {name.lower() for name in (*names.get_values_for_type(x509.DNSName), *addresses)}


def _check_itself(certificate: x509.Certificate, purpose: x509.ObjectIdentifier, peers: str) -> None:
    """Refuse what is wrong with a certificate whoever trusts it."""
    try:
        key = certificate.public_key()
        first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        uses = _uses(certificate)
    except ValueError as error:
        raise CertificateRefused("damaged", f"the certificate is damaged: {error}") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < _LEAST_KEY:
        raise CertificateRefused("weak", f"{_name(certificate)} has no RSA key of at least {_LEAST_KEY} bits")
    if not first <= datetime.now(UTC) <= last:
        raise CertificateRefused("time", f"{_name(certificate)} is valid from {first} to {last} only")
    if uses is not None and purpose not in uses:
        raise CertificateRefused("use", f"{_name(certificate)} is not for {peers}")


def _uses(certificate: x509.Certificate) -> x509.ExtendedKeyUsage | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return None


def _is_listed(certificate: x509.Certificate, lists: tuple[x509.CertificateRevocationList, ...]) -> bool:
    return any(
        one.issuer == certificate.issuer
        and one.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None
        for one in lists
    )


def _issued(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    if not authority.not_valid_before_utc <= datetime.now(UTC) <= authority.not_valid_after_utc:
        return False
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (ValueError, x509.ExtensionNotFound):
        return False


def _files(folder: Path, name: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder / name) as found:
            yield from sorted((each for each in found if each.is_file()), key=lambda each: each.name)
    except FileNotFoundError:
        return


def _marks(folder: Path, peers: str) -> Iterator[tuple[str, int, int]]:
    for name in (peers, REVOKED):
        for each in _files(folder, name):
            status = each.stat()
            yield f"{name}/{each.name}", status.st_mtime_ns, status.st_size


def _load(folder: Path, peers: str, marks: tuple[tuple[str, int, int], ...]) -> _Listed:
    certificates: dict[str, list[x509.Certificate]] = {peers: [], REVOKED: []}
    lists: list[x509.CertificateRevocationList] = []
    unreadable: list[str] = []
    for path, _, _ in marks:
        name, file = path.split("/", 1)[0], folder / path
        try:
            if file.suffix.lower() in _LISTS:
                lists.append(_revocations(file.read_bytes()))
            elif file.suffix.lower() in _CERTIFICATES:
                certificates[name].append(load_certificate(file.read_bytes()))
        except (OSError, ValueError):
            unreadable.append(path)
    return _Listed(
        marks, frozenset(map(_mark, certificates[peers])),
        tuple(one for one in certificates[peers] if _is_authority(one)),
        frozenset(map(_mark, certificates[REVOKED])), tuple(lists), tuple(unreadable),
    )  # fmt: skip


def load_certificate(content: bytes) -> x509.Certificate:
    """Return the certificate in DER or PEM; raises ValueError."""
    if content.lstrip().startswith(b"-----BEGIN"):
        return x509.load_pem_x509_certificate(content)
    return x509.load_der_x509_certificate(content)


def _revocations(content: bytes) -> x509.CertificateRevocationList:
    if content.lstrip().startswith(b"-----BEGIN"):
        return x509.load_pem_x509_crl(content)
    return x509.load_der_x509_crl(content)


def _mark(certificate: x509.Certificate) -> bytes:
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()


def _name(certificate: x509.Certificate) -> str:
    return f"the certificate {_slug(certificate)!r}"


def _slug(certificate: x509.Certificate) -> str:
    try:
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    except ValueError:
        names = []
    common = str(names[0].value) if names else ""
    return re.sub(r"[^a-z0-9]+", "_", common.lower())[:40].strip("_") or "nameless"
