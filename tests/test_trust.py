"""The trust directory: what is accepted, what is refused, and what is kept of strangers."""

from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.wire.encrypted import Identity
from twin.trust import SERVERS, CertificateRefused, TrustList, application_uris

_SERVER = ExtendedKeyUsageOID.SERVER_AUTH


@pytest.fixture
def trust(tmp_path: Path) -> TrustList:
    made = TrustList(tmp_path / "certificates")
    made.prepare()
    return made


def refusal(trust: TrustList, who: Identity, host: str = "") -> str:
    """Return the reason for which a certificate is refused, "" when it is accepted."""
    try:
        trust.check(who.certificate, host=host)
    except CertificateRefused as error:
        return error.reason
    return ""


def test_stranger_is_kept_and_trusted_by_moving_the_file(trust: TrustList, tmp_path: Path) -> None:
    stranger = Identity(tmp_path, "stranger")
    assert refusal(trust, stranger) == "untrusted"
    (kept,) = (trust.folder / "rejected").iterdir()
    kept.rename(trust.folder / "trusted" / kept.name)
    assert refusal(trust, stranger) == ""
    assert application_uris(stranger.certificate) == ["urn:test:client"]


def test_trust_ends_when_the_file_goes_or_is_revoked(trust: TrustList, tmp_path: Path) -> None:
    one, other = Identity(tmp_path, "one"), Identity(tmp_path, "other")
    file = one.place(trust.folder / "trusted")
    other.place(trust.folder / "trusted")
    assert (refusal(trust, one), refusal(trust, other)) == ("", "")
    other.place(trust.folder / "revoked")
    file.unlink()
    assert (refusal(trust, one), refusal(trust, other)) == ("untrusted", "revoked")


@pytest.mark.parametrize(
    ("reason", "flaw"),
    [
        ("time", {"valid_days": -1.0}),
        ("weak", {"bits": 1024}),
        ("use", {"use": ExtendedKeyUsageOID.SERVER_AUTH}),
    ],
    ids=["expired", "short_key", "server_only"],
)
def test_flawed_certificate_is_refused_though_trusted(
    trust: TrustList, tmp_path: Path, reason: str, flaw: dict[str, object]
) -> None:
    made = Identity(tmp_path, "flawed", **flaw)  # type: ignore[arg-type]
    made.place(trust.folder / "trusted")
    assert refusal(trust, made) == reason


def test_authority_vouches_for_what_it_issued_and_for_nothing_else(trust: TrustList, tmp_path: Path) -> None:
    authority = Identity(tmp_path, "authority", authority=True)
    authority.place(trust.folder / "trusted")
    plain = Identity(tmp_path, "plain")
    plain.place(trust.folder / "trusted")
    impostor = Identity(tmp_path, "authority", authority=True)
    assert refusal(trust, Identity(tmp_path, "issued", issuer=authority)) == ""
    assert refusal(trust, Identity(tmp_path, "forged", issuer=impostor)) == "untrusted"
    assert refusal(trust, Identity(tmp_path, "issued_by_peer", issuer=plain)) == "untrusted"


def test_number_of_strangers_is_bounded(
    trust: TrustList, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("twin.trust._REJECT_EVERY", 0.0)
    monkeypatch.setattr("twin.trust._KEPT", 2)
    for name in ("a", "b", "c"):
        assert refusal(trust, Identity(tmp_path, name)) == "untrusted"
    assert sorted(file.name[0] for file in (trust.folder / "rejected").iterdir()) == ["b", "c"]


def test_broken_file_is_named_and_hides_nothing(trust: TrustList, tmp_path: Path) -> None:
    good = Identity(tmp_path, "good")
    good.place(trust.folder / "trusted")
    (trust.folder / "trusted" / "broken.der").write_bytes(b"no certificate")
    assert refusal(trust, good) == ""
    assert trust.unreadable() == ("trusted/broken.der",)


def test_published_certificate_is_trusted(trust: TrustList, tmp_path: Path) -> None:
    mine = Identity(tmp_path, "mine")
    trust.publish(mine.cert)
    assert refusal(trust, mine) == ""


def test_servers_and_clients_are_trusted_apart(trust: TrustList, tmp_path: Path) -> None:
    """Whoever may publish a server cannot let a client in, and the other way round."""
    servers = TrustList(trust.folder, SERVERS)
    client, server = Identity(tmp_path, "client"), Identity(tmp_path, "server", use=_SERVER)
    trust.publish(client.cert)
    servers.publish(server.cert)
    assert (refusal(trust, client), refusal(servers, server)) == ("", "")
    client.place(trust.folder / "servers")
    server.place(trust.folder / "trusted")
    assert (refusal(servers, client), refusal(trust, server)) == ("use", "use")
    (trust.folder / "servers" / server.cert.name).unlink()
    assert refusal(servers, server) == "untrusted"


def test_server_of_an_authority_must_bear_the_name_it_was_called_by(trust: TrustList, tmp_path: Path) -> None:
    servers = TrustList(trust.folder, SERVERS)
    authority = Identity(tmp_path, "authority", authority=True)
    authority.place(trust.folder / "servers")
    issued = Identity(tmp_path, "issued", issuer=authority, use=_SERVER, host="Plant.example")
    assert refusal(servers, issued, "plant.example") == ""
    assert refusal(servers, issued, "other.example") == "host"
    issued.place(trust.folder / "servers")
    assert refusal(servers, issued, "other.example") == ""
