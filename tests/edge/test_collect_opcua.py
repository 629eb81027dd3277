"""Collection over OPC UA from the real server of the wire."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from asyncua import ua
from asyncua.client.client import Client
from asyncua.crypto.security_policies import SecurityPolicyAes256Sha256RsaPss
from asyncua.server.server import Server

from edge.collect.opcua import OpcUaLink
from tests.edge.opcua_bench import Bench, clients, opened
from tests.edge.plant_feed import Feed
from tests.edge.waiting import cancelled, until
from twin.model.command import Command


@pytest.fixture
async def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    async with opened(tmp_path, monkeypatch) as made:
        yield made


async def test_history_is_fetched_then_live_entries_follow(bench: Bench) -> None:
    feed = Feed()
    feed.grow(40, seconds=60)
    server = await bench.serve(feed)
    link = bench.link()
    await until(lambda: not feed.entries)
    assert (link.status.state, link.status.plant, link.status.head) == ("online", "press", 40)
    for _ in range(5):
        await server.publish(feed.grow())
        await until(lambda: not feed.entries)
    assert bench.frames() == feed.frames
    assert bench.outbox.declaration("press", 1) == feed.declaration
    assert (bench.folder / "certificates" / "edge.key.pem").stat().st_mode & 0o077 == 0


async def test_password_goes_out_signed_and_encrypted(bench: Bench) -> None:
    """What the server sees of the link's channel: Aes256_Sha256_RsaPss, SignAndEncrypt, the edge's own certificate."""
    feed = Feed()
    server = await bench.serve(feed)
    link = bench.link()
    await until(lambda: link.status.state == "online")
    assert server._server is not None
    offered = {endpoint.SecurityMode for endpoint in await server._server.get_endpoints()}
    assert ua.MessageSecurityMode.None_ in offered, "the link had the choice"
    (client,) = clients(server)
    policy, session = client.processor._connection.security_policy, client.processor.session
    assert (policy.URI, policy.Mode) == (
        SecurityPolicyAes256Sha256RsaPss.URI,
        ua.MessageSecurityMode.SignAndEncrypt,
    )
    assert policy.peer_certificate == (bench.folder / "certificates" / "edge.certificate.der").read_bytes()
    assert (session.user.name, session.is_activated()) == ("edge", True)


async def test_password_stays_here_when_a_distant_server_offers_no_encryption(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On loopback alone may it go out in clear."""
    server = Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{bench.port}")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    async with server:
        monkeypatch.setattr("edge.collect.opcua_client._is_loopback", lambda address: False)
        sessions: list[str] = []
        monkeypatch.setattr(Client, "create_session", lambda client: sessions.append(client.name))
        link = bench.link()
        await until(lambda: link.status.state == "refused")
        assert "in clear" in link.status.detail
        await cancelled(bench.tasks.pop())
        assert not sessions


async def test_entry_that_no_wakeup_tells_of_is_fetched_by_the_watchdog(bench: Bench) -> None:
    feed = Feed()
    await bench.serve(feed)
    link = bench.link()
    await until(lambda: link.status.state == "online")
    feed.grow()
    await until(lambda: not feed.entries)
    assert bench.frames() == feed.frames


async def test_edge_before_plant_and_plant_cut_and_restarted_lose_nothing(bench: Bench) -> None:
    """Patience with a visible state before the plant is there and while it is gone; then everything, once."""
    feed = Feed()
    link = bench.link()
    await until(lambda: "is the plant running" in link.status.detail)
    assert link.status.state == "connecting"
    for round_ in range(2):
        feed.grow(5)
        await bench.serve(feed)
        await until(lambda: not feed.entries)
        assert link.status.connects == round_ + 1
        await bench.cut()
        await until(lambda: link.status.state != "online")
        with pytest.raises(ConnectionError, match="offline"):
            await link.ledger()
    assert bench.frames() == feed.frames
    assert [entry.position for entry in bench.outbox.pending()] == list(range(1, 11))


async def test_new_journal_begins_at_one(bench: Bench) -> None:
    """A plant that lost its journal counts positions anew; what comes again is the store's to recognise."""
    feed = Feed()
    feed.grow(3)
    await bench.serve(feed)
    bench.link()
    await until(lambda: not feed.entries)
    await bench.cut()
    again = Feed(journal=b"k" * 16)
    again.grow(5)
    await bench.serve(again)
    await until(lambda: not again.entries)
    assert [entry.position for entry in bench.outbox.pending()] == [1, 2, 3, 1, 2, 3, 4, 5]


async def test_wrong_password_is_refused_in_words_and_tried_again(bench: Bench) -> None:
    feed = Feed()
    feed.grow()
    await bench.serve(feed)
    link = bench.link(password="wrong")
    await until(lambda: link.status.state == "refused")
    assert "password" in link.status.detail
    assert len(feed.entries) == 1
    link._password = bench.password
    await until(lambda: not feed.entries)


async def test_link_that_is_not_trusted_says_so_and_works_once_its_certificate_was_moved(
    bench: Bench,
) -> None:
    """The plant keeps the stranger's certificate; trusting it is moving the file, and nothing is started anew."""
    known = bench.folder / "secrets" / "certificates"
    (known / "trusted" / "edge.certificate.der").unlink()
    feed = Feed()
    feed.grow()
    await bench.serve(feed)
    link = bench.link()
    await until(lambda: link.status.state == "refused")
    assert "certificates/rejected" in link.status.detail
    (stranger,) = (known / "rejected").glob("*.der")
    stranger.rename(known / "trusted" / stranger.name)
    await until(lambda: not feed.entries)


async def test_server_that_is_not_trusted_gets_no_password_until_its_certificate_was_moved(
    bench: Bench,
) -> None:
    """Whoever takes a plant's place at its address shows another certificate: nothing is told to it."""
    known = bench.folder / "secrets" / "certificates"
    feed = Feed()
    feed.grow()
    server = await bench.serve(feed)
    (known / "servers" / "press.certificate.der").unlink()
    link = bench.link()
    await until(lambda: link.status.state == "refused")
    assert "not known yet" in link.status.detail
    assert str(known / "servers") in link.status.detail
    assert server._server is not None
    assert not server._server.iserver._external_sessions, "it was told who we are"
    assert len(feed.entries) == 1
    (stranger,) = (known / "rejected").glob("*.der")
    stranger.rename(known / "servers" / stranger.name)
    await until(lambda: not feed.entries)


async def test_server_that_is_revoked_is_refused_though_it_was_published(bench: Bench) -> None:
    known = bench.folder / "secrets" / "certificates"
    feed = Feed()
    feed.grow()
    await bench.serve(feed)
    (known / "servers" / "press.certificate.der").rename(known / "revoked" / "press.certificate.der")
    link = bench.link()
    await until(lambda: link.status.state == "refused")
    assert "is revoked" in link.status.detail
    assert len(feed.entries) == 1


async def test_server_that_is_no_plant_is_refused_in_words(bench: Bench) -> None:
    server = Server()
    await server.init()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{bench.port}")
    async with server:
        link = OpcUaLink(
            f"opc.tcp://127.0.0.1:{bench.port}", bench.outbox, data=bench.folder, trust=bench.folder
        )
        bench.tasks.append(asyncio.create_task(link.run()))
        await until(lambda: link.status.state == "refused")
        assert "no plant" in link.status.detail
        await cancelled(bench.tasks.pop())


async def test_commands_and_ledger_pass(bench: Bench) -> None:
    feed = Feed()
    await bench.serve(feed)
    link = bench.link()
    await until(lambda: link.status.state == "online")
    command = Command(
        id="c1", path="demo/press/area_1/line_1/u1/speed", value=5.0, expires_ms=10**14, reason="test"
    )
    assert await link.write(command) == ""
    assert feed.commands[0]["path"] == command.path
    refused = Command(id="c2", path=command.path, value=50.0, expires_ms=10**14)
    assert await link.write(refused) == "50 is too much"
    assert (await link.ledger())["epoch"] == 1
